"""Acts counted: by the clock on the wall, each resident once, and how long people waited."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.acts.activity import (
    COUNTED,
    FIGURES,
    WAITED,
    Activity,
    Counted,
    PeriodError,
    Span,
    Story,
    activity,
    before,
    facts,
    month_of,
    months,
    period,
)
from hub.acts.model import OPENED, Kind
from hub.acts.registry import MACHINES
from hub.alerting.load import Alarm
from hub.alerting.model import Code
from tests.hub.acts.stories import story

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * SECOND


def at(month: int, day: int, hour: int = 10) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=PARIS).timestamp()) * SECOND


def seen(
    resident: str, time: int, *, end: str = "take_in_charge", planned: bool = False, **said: object
) -> Story:
    """Return a téléconsultation that was asked for 20 minutes before a physician began it."""
    plan = ((time - 19 * MINUTE, "plan", "ines"),) if planned else ()
    return story(
        Kind.CONSULTATION,
        resident,
        (time - 20 * MINUTE, OPENED, "ines"),
        *plan,
        (time - MINUTE, "admit", "ines"),
        (time, "begin", "benali"),
        (time + 9 * MINUTE, end, "benali", dict(said)),
    )


def count(*stories: Story, alarms: tuple[Alarm, ...] = (), lived: float = 30.0) -> Activity:
    names = months("2026-09", "2026-10")
    periods = [*(period(name, name, PARIS, NOW) for name in names), period("2026-09", "2026-10", PARIS, NOW)]
    people = {f"r{number}": lived for number in range(4)}
    return activity("Les Tilleuls", names, Counted(stories, alarms, [Span(each, people) for each in periods]))


def told(found: Activity, area: str, figure: str) -> tuple[object, ...]:
    row = found.row(area, figure)
    assert row is not None, f"{area} {figure}"
    return (*row.months, row.total)


def test_a_month_is_the_walls() -> None:
    # 23:30 UTC on the last of September is October in Paris.
    assert month_of(int(datetime(2026, 9, 30, 23, 30, tzinfo=UTC).timestamp()) * SECOND, PARIS) == "2026-10"
    assert months("2025-11", "2026-02") == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert before("2026-01", 3) == "2025-10"
    # October has the hour twice.
    october = period("2026-10", "2026-10", PARIS, NOW)
    assert october.until - october.since == 31 * DAY + HOUR
    assert period("2026-11", "2026-11", PARIS, NOW).until == NOW


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-13", "2026-13", "is no month"),
        ("26-1", "2026-01", "is no month"),
        ("1999-01", "2026-01", "is no month"),
        ("2026-02", "2026-01", "is after"),
        ("2024-01", "2026-01", "25 months"),
    ],
)
def test_months_that_are_no_period(first: str, last: str, said: str) -> None:
    with pytest.raises(PeriodError, match=said):
        months(first, last)


def test_what_has_not_begun_is_no_period() -> None:
    with pytest.raises(PeriodError, match="has not begun"):
        period("2026-12", "2026-12", PARIS, NOW)


def test_held_counts_where_it_was_held_and_residents_once() -> None:
    found = count(
        seen("r1", at(9, 2)),
        seen("r1", at(9, 3)),
        seen("r1", at(10, 1)),
        seen("r2", at(10, 5)),
        seen("r3", at(11, 2)),
    )
    assert told(found, "consultation", "held") == (2, 2, 4)
    assert told(found, "consultation", "residents") == (1, 2, 2)
    assert told(found, "home", "covered") == (1, 2, 2)
    assert told(found, "home", "residents") == (4, 4, 4)


def test_an_act_over_the_end_of_a_month_is_in_both() -> None:
    found = count(seen("r1", at(10, 1, 0) + 5 * MINUTE))
    assert told(found, "consultation", "asked") == (1, 0, 1)
    assert told(found, "consultation", "held") == (0, 1, 1)


def test_what_became_of_it_and_where_it_went() -> None:
    found = count(
        seen("r1", at(9, 2)),
        seen("r1", at(9, 3), end="reorient", reoriented_to="specialist"),
        seen("r2", at(9, 4), end="emergency"),
        story(Kind.CONSULTATION, "r3", (at(9, 5), OPENED, "ines"), (at(9, 6), "cancel", "ines")),
    )
    assert [told(found, "consultation", each)[0] for each in ("in_charge", "reoriented", "emergency")] == [
        1,
        1,
        1,
    ]
    assert told(found, "consultation", "to_specialist")[0] == 1
    assert told(found, "consultation", "not_held")[0] == 1
    assert told(found, "consultation", "held")[0] == 3


def test_only_what_is_to_be_done_at_once_is_waited_for() -> None:
    found = count(seen("r1", at(9, 2)), seen("r2", at(9, 3), planned=True))
    assert told(found, "consultation", "waits") == (1, 0, 1)
    assert told(found, "consultation", "wait_median") == (20 * MINUTE, None, 20 * MINUTE)


def test_the_samu_answers_from_the_call_on_and_transfers_are_counted() -> None:
    def call(resident: str, end: str) -> Story:
        time = at(10, 7)
        return story(
            Kind.REGULATION,
            resident,
            (time, OPENED, "ines"),
            (time + 2 * MINUTE, "call_made", "ines"),
            (time + 3 * MINUTE, "call_made", "ines"),
            (time + 9 * MINUTE, "decide", "ines"),
            (time + 30 * MINUTE, end, "ines"),
        )

    undecided = story(
        Kind.REGULATION, "r3", (at(10, 8), OPENED, "ines"), (at(10, 8) + MINUTE, "call_made", "ines")
    )
    found = count(call("r1", "stay"), call("r2", "transfer"), undecided)
    assert told(found, "regulation", "held") == (0, 3, 3)
    assert told(found, "regulation", "stayed") == (0, 1, 1)
    assert told(found, "regulation", "transferred") == (0, 1, 1)
    assert told(found, "regulation", "wait_median") == (None, 7 * MINUTE, 7 * MINUTE)


def test_a_question_is_asked_when_it_is_sent() -> None:
    sent = at(9, 30, 20)
    asked = story(
        Kind.EXPERTISE,
        "r1",
        (sent - HOUR, OPENED, "ines"),
        (sent, "send", "ines"),
        (sent + HOUR, "accept", "roy"),
        (sent + 30 * HOUR, "answer", "roy"),
    )
    found = count(asked)
    assert told(found, "expertise", "asked") == (1, 0, 1)
    assert told(found, "expertise", "held") == (0, 1, 1)
    assert told(found, "expertise", "wait_median") == (None, 30 * HOUR, 30 * HOUR)


def test_watching_that_never_began_does_not_end() -> None:
    time = at(9, 2)
    start = ((time, OPENED, "ines"), (time + 1, "sign", "benali"), (time + 2, "agree", "ines"))
    never = story(Kind.SURVEILLANCE, "r1", *start, (time + 3, "withdraw", "ines"))
    ended = story(Kind.SURVEILLANCE, "r2", *start, (time + 3, "begin", "ines"), (time + 4, "end", "benali"))
    assert [fact.figure for fact in facts(never)] == ["asked"]
    found = count(never, ended)
    assert told(found, "surveillance", "held") == (1, 0, 1)
    assert told(found, "surveillance", "ended") == (1, 0, 1)


def test_alarms_for_each_resident_and_day() -> None:
    def rang(time: int, code: Code = Code.LIMIT_LOW, answered: int | None = None) -> Alarm:
        return Alarm(code, Priority.HIGH, "r1", "r1", "spo2", "l", time, time + HOUR, answered)

    time = at(9, 5)
    alarms = (
        rang(time, answered=time + 3 * MINUTE),
        rang(time + DAY),
        rang(time, Code.FALL),
        rang(time, Code.SENSOR_SILENT),
    )
    found = count(alarms=alarms, lived=25.0)
    assert told(found, "alarms", "measured") == (2, 0, 2)
    assert told(found, "alarms", "happened") == (1, 0, 1)
    assert told(found, "alarms", "technical") == (1, 0, 1)
    assert told(found, "alarms", "per_day") == (2 / 100, 0.0, 2 / 100)
    assert told(found, "alarms", "waits") == (1, 0, 1)
    assert told(found, "alarms", "wait_median") == (3 * MINUTE, None, 3 * MINUTE)


def test_every_event_that_counts_exists_and_every_figure_is_told() -> None:
    for kind, event in COUNTED:
        assert event == OPENED or event in MACHINES[kind].rules, f"{kind} {event}"
    for (kind, _), figure in COUNTED.items():
        assert figure in FIGURES[kind]
    found = count()
    for kind, figures in FIGURES.items():
        for figure in (
            *figures,
            "residents",
            *(("waits", "wait_median", "wait_ninetieth") if kind in WAITED else ()),
        ):
            assert found.row(kind, figure) is not None
