"""Lines are proposed for what may be billed, at what it was worth on its day; everything else has its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND
from hub.acts.activity import Story
from hub.acts.billing import DEFAULT, Biller, Status, TariffError, Terms, Why, bill, parse, write
from hub.acts.billing_sums import missing, sums
from hub.acts.model import OPENED, Kind
from tests.hub.acts.stories import story

PARIS = ZoneInfo("Europe/Paris")
DAY = 86_400 * SECOND
TARIFFS = parse(DEFAULT.read_text("utf-8"), "tariffs.toml")
PEOPLE = {
    "benali": Biller(Status.LIBERAL, consultation="TCG"),
    "roy": Biller(Status.LIBERAL),
    "ines": Biller(Status.SALARIED),
    "durand": Biller(Status.LIBERAL, beside="TLS"),
    "fund": Biller(Status.GLOBAL_FUND, consultation="TCG"),
}
TERMS = Terms(TARIFFS, PEOPLE, PARIS)


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 9, tzinfo=UTC).timestamp()) * SECOND


def seen(time: int, end: str = "take_in_charge", who: str = "benali", nurse: str = "ines") -> Story:
    opened = ((time, OPENED, nurse), (time + 1, "admit", nurse), (time + 2, "begin", who))
    last = () if not end else ((time + 3, end, who),)
    return story(Kind.CONSULTATION, "r1", *opened, *last)


def answered(
    time: int, after: int = DAY, asker: str = "benali", expert: str = "roy", resident: str = "r1"
) -> Story:
    return story(
        Kind.EXPERTISE,
        resident,
        (time, OPENED, asker),
        (time + 1, "send", asker),
        (time + 2, "accept", expert),
        (time + after, "answer", expert),
    )


def decided(
    *stories: Story, terms: Terms = TERMS
) -> tuple[list[tuple[str, str, int | None]], list[tuple[str, Why]]]:
    found = bill(stories, terms, at(2020, 1, 1), at(2027, 1, 1))
    lines = [(line.biller, line.tariff.code, line.cents) for line in found.lines]
    return lines, [(each.biller, each.why) for each in found.refusals]


def test_a_physician_who_took_in_charge_and_a_nurse_of_the_home() -> None:
    assert decided(seen(at(2026, 9, 1))) == ([("benali", "TCG", 2500)], [("ines", Why.SALARIED)])


def test_a_liberal_nurse_beside_the_resident() -> None:
    lines, refusals = decided(seen(at(2026, 9, 1), nurse="durand"))
    assert (sorted(lines), refusals) == ([("benali", "TCG", 2500), ("durand", "TLS", 1000)], [])


@pytest.mark.parametrize(
    ("end", "why"), [("reorient", Why.REORIENTED), ("emergency", Why.EMERGENCY), ("", Why.UNFINISHED)]
)
def test_what_was_not_taken_in_charge_gives_nothing(end: str, why: Why) -> None:
    assert decided(seen(at(2026, 9, 1), end)) == ([], [("benali", why)])


def test_what_was_not_held_gives_nothing() -> None:
    time = at(2026, 9, 1)
    asked = (time, OPENED, "ines")
    cancelled = story(Kind.CONSULTATION, "r1", asked, (time + 1, "cancel", "ines"))
    waiting = story(Kind.CONSULTATION, "r2", asked)
    sent_away = story(
        Kind.CONSULTATION, "r3", asked, (time + 1, "admit", "ines"), (time + 2, "reorient", "benali")
    )
    assert decided(cancelled)[1] == [("", Why.NOT_HELD)]
    assert decided(waiting)[1] == [("", Why.UNFINISHED)]
    assert decided(sent_away)[1] == [("", Why.REORIENTED)]


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("fund", Why.GLOBAL_FUND),
        ("roy", Why.CODE_UNKNOWN),
        ("nobody", Why.STATUS_UNKNOWN),
        ("ines", Why.SALARIED),
    ],
)
def test_who_may_not_bill(who: str, why: Why) -> None:
    lines, refusals = decided(seen(at(2026, 9, 1), who=who))
    assert lines == []
    assert (who, why) in refusals


def test_a_tariff_is_that_of_its_day() -> None:
    lines, _ = decided(answered(at(2025, 6, 1)), answered(at(2026, 6, 1)))
    assert [line for line in lines if line[1] == "TE2"] == [("roy", "TE2", 2000), ("roy", "TE2", 2300)]
    overseas = Terms(TARIFFS, PEOPLE, PARIS, overseas=True)
    assert ("roy", "TE2", 2760) in decided(answered(at(2026, 6, 1)), terms=overseas)[0]
    # Before who asks was paid for.
    assert ("benali", Why.NO_TARIFF) in decided(answered(at(2021, 6, 1)))[1]


def test_four_in_a_year_whatever_period_is_asked_for() -> None:
    asked = [answered(at(2026, month, 3)) for month in range(1, 8)]
    found = bill(asked, TERMS, at(2026, 5, 1), at(2026, 7, 1))
    assert found.lines == ()
    assert [each.why for each in found.refusals] == [Why.MAXIMUM] * 4
    assert len(bill(asked, TERMS, at(2026, 1, 1), at(2026, 5, 1)).lines) == 8


def test_an_experts_answers_are_counted_for_each_and_questions_whoever_asks() -> None:
    asked = [
        answered(
            at(2026, month, 3), asker=("benali", "durand")[month % 2], expert=("roy", "benali")[month % 2]
        )
        for month in range(1, 7)
    ]
    found = bill(asked, TERMS, at(2026, 1, 1), at(2027, 1, 1))
    codes = [line.tariff.code for line in found.lines]
    # Three answers of each of two experts; of six questions about one resident, four are paid.
    assert (codes.count("TE2"), codes.count("RQD")) == (6, 4)
    assert [each.why for each in found.refusals] == [Why.MAXIMUM] * 2
    told = {(year.limit.code, year.year): (year.lines, year.residents, year.full) for year in found.years}
    assert told == {("TE2", 2026): (6, 1, 0), ("RQD", 2026): (4, 1, 1)}


def test_a_year_is_told_up_to_the_end_of_the_period_and_each_by_itself() -> None:
    asked = [answered(at(2025, 12, 3)), *(answered(at(2026, month, 3), resident="r2") for month in (1, 2, 9))]
    found = bill(asked, TERMS, at(2025, 11, 1), at(2026, 3, 1))
    told = [(year.limit.code, year.year, year.lines, year.full) for year in found.years]
    assert told == [
        ("TE2", 2025, 1, 0),
        ("TE2", 2026, 2, 0),
        ("RQD", 2025, 1, 0),
        ("RQD", 2026, 2, 0),
    ]


def test_sums_by_professional_and_tariff() -> None:
    asked = [
        seen(at(2026, 9, 1)), seen(at(2026, 9, 2)), seen(at(2026, 9, 3), "reorient"), answered(at(2025, 6, 1)),
        answered(at(2026, 6, 1)), seen(at(2026, 9, 4), who="anyhow"),
    ]  # fmt: skip
    people = PEOPLE | {"anyhow": Biller(Status.LIBERAL, consultation="TC")}
    found = bill(asked, Terms(TARIFFS, people, PARIS), at(2025, 1, 1), at(2027, 1, 1))
    told = [(each.biller, each.tariff.code, each.cents, each.count, each.total) for each in sums(found.lines)]
    assert told == [
        ("anyhow", "TC", None, 1, None),
        ("benali", "RQD", 1000, 2, 2000),
        ("benali", "TCG", 2500, 2, 5000),
        ("roy", "TE2", 2000, 1, 2000),
        ("roy", "TE2", 2300, 1, 2300),
    ]
    assert [(each.why, each.biller, each.count) for each in missing(found.refusals)] == [
        (Why.SALARIED, "ines", 3),
        (Why.REORIENTED, "benali", 1),
    ]


def test_a_late_answer_and_none() -> None:
    assert {why for _, why in decided(answered(at(2026, 9, 1), 8 * DAY))[1]} == {Why.LATE}
    time = at(2026, 9, 1)
    sent = ((time, OPENED, "ines"), (time + 1, "send", "ines"))
    assert decided(story(Kind.EXPERTISE, "r1", *sent))[1] == [("", Why.UNFINISHED)]
    assert decided(story(Kind.EXPERTISE, "r1", *sent, (time + 9, "expire", "veilleuse")))[1] == [
        ("", Why.NOT_ANSWERED)
    ]
    assert decided(story(Kind.EXPERTISE, "r1", sent[0]))[1] == [("", Why.UNFINISHED)]


@pytest.mark.parametrize("kind", [Kind.ASSISTANCE, Kind.REGULATION, Kind.SURVEILLANCE])
def test_acts_that_nobody_bills(kind: Kind) -> None:
    assert decided(story(kind, "r1", (at(2026, 9, 1), OPENED, "ines"))) == ([], [("", Why.NO_ACT)])


def test_a_file_for_the_desk_claims_nothing_and_calculates_nothing() -> None:
    found = bill([seen(at(2026, 9, 1))], TERMS, 0, at(2027, 1, 1))
    text = write(found.lines, {"r1": "=1+1", "benali": "Dr Benali"}, PARIS)
    note, _, line = text.lstrip("\ufeff").strip().split("\r\n")
    assert "rien n'est transmis" in note
    assert line.startswith("01/09/2026;11:00;")
    assert ";'=1+1;Dr Benali;TCG;" in line
    assert ";25,00;" in line


ROW = '[[tariff]]\ncode = "A"\nlabel = "a"\nsince = 2020-01-01\nsource = "s"\nsure = "memory"\n'
HEAD = "answer_days = 7\n"
YEARLY = '[[yearly]]\ncode = "A"\nmaximum = 4\nof = "resident"\nsource = "s"\nsure = "memory"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "tariffs.toml"),
        (HEAD + ROW + ROW, "overlaps"),
        (HEAD + ROW + "until = 2019-01-01\n", "ends before"),
        (HEAD + ROW.replace("memory", "certain"), "certain"),
        (HEAD + ROW.replace('"s"', '""'), "where it is from"),
        (HEAD + ROW + "cents = -1\n", "less than nothing"),
        (HEAD.replace("7", "0") + ROW, "answer_days is 0"),
        (HEAD + ROW + YEARLY.replace("4", "0"), "maximum of A is not 1 to 366"),
        (HEAD + ROW + YEARLY.replace('"s"', '""'), "from nowhere"),
        (HEAD + ROW + YEARLY + YEARLY, "two yearly maxima"),
        (HEAD + ROW + YEARLY.replace('"resident"', '"home"'), "home"),
    ],
)
def test_tariffs_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(TariffError, match=said):
        parse(text, "tariffs.toml")


def test_every_row_says_where_it_is_from() -> None:
    assert TARIFFS.of("TE1", date(2022, 3, 31)) is not None
    assert TARIFFS.of("TE1", date(2022, 4, 1)) is None
    assert {row.sure for row in TARIFFS.tariff} == {"official", "secondary", "memory"}
