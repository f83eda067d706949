"""How much a ward is alarmed: what counts, by whose clock, and who makes most of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.load import DAY, Alarm, Kind, Load, Period, load
from hub.alerting.model import Code

PARIS = ZoneInfo("Europe/Paris")
MINUTE = 60 * SECOND


def at(text: str) -> int:
    """Return a moment of the ward's clock."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()) * SECOND


WEEK = Period(at("2026-11-16T00:00"), at("2026-11-23T00:00"), PARIS)


def alarm(raised: int, who: str | None = "jeanne", code: Code = Code.LIMIT_LOW, **more: Any) -> Alarm:
    values: dict[str, Any] = {
        "code": code,
        "priority": Priority.MEDIUM,
        "subject": who or "room-1",
        "resident": who,
        "metric": "spo2" if code is Code.LIMIT_LOW else "",
        "limit_id": "l1" if code is Code.LIMIT_LOW else "",
        "raised": raised,
        "cleared": None,
        "answered": None,
    }
    return Alarm(**(values | more))


def counted(*alarms: Alarm, **lived: float) -> Load:
    return load(alarms, lived or {"jeanne": 7.0}, WEEK)


def test_nothing_of_nothing_is_no_number() -> None:
    empty = load([], {}, WEEK)
    figures = empty.figures[Kind.MEASURED]
    assert (figures.count, figures.per_day, figures.answered, figures.median) == (0, None, None, None)
    assert (empty.worst, empty.worst_share, list(empty.rules), list(empty.residents)) == (0, None, [], [])
    assert len(empty.days) == 7


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Code.LIMIT_HIGH, Kind.MEASURED),
        (Code.NEWS2, Kind.MEASURED),
        (Code.COMPOSITE, Kind.MEASURED),
        (Code.NURSE_CALL, Kind.HAPPENED),
        (Code.APNOEA, Kind.HAPPENED),
        (Code.SENSOR_FAULT, Kind.TECHNICAL),
        (Code.EDGE_SILENT, Kind.TECHNICAL),
    ],
)
def test_three_kinds_are_kept_apart(code: Code, kind: Kind) -> None:
    found = counted(alarm(WEEK.since, code=code))
    assert {each: found.figures[each].count for each in Kind} == {each: int(each is kind) for each in Kind}
    assert found.residents[0].counts[kind] == 1
    assert found.residents[0].personal == int(kind is not Kind.TECHNICAL)


def test_a_rate_is_per_day_that_somebody_lived_here() -> None:
    some = [alarm(WEEK.since + n * DAY) for n in range(7)]
    assert counted(*some, jeanne=7.0, paul=3.5).figures[Kind.MEASURED].per_day == pytest.approx(7 / 10.5)


def test_before_a_day_has_passed_there_is_no_rate_per_day() -> None:
    """One alarm in an hour is no 24 a day, and fifty residents of an hour each are not two days."""
    people = {f"r{number}": 1 / 24 for number in range(50)}
    short = load([alarm(WEEK.since, resident="r1")], people, WEEK)
    assert (short.figures[Kind.MEASURED].count, short.figures[Kind.MEASURED].per_day) == (1, None)
    assert {each.per_day for each in short.residents} == {None}
    # From a day on there is one, also for the home; who came an hour ago has none yet.
    found = load([alarm(WEEK.since, resident="r1")], people | {"r1": 1.0}, WEEK)
    assert found.figures[Kind.MEASURED].per_day == pytest.approx(1 / (1 + 49 / 24))
    assert [each.per_day for each in found.residents][:2] == [1.0, None]


def test_what_is_outside_of_the_period_does_not_count() -> None:
    found = counted(
        alarm(WEEK.since - 1), alarm(WEEK.since), alarm(WEEK.until - 1), alarm(WEEK.until, code=Code.FALL)
    )
    assert found.figures[Kind.MEASURED].count == 2
    assert found.figures[Kind.HAPPENED].count == 0


def test_hours_and_days_are_those_of_the_ward() -> None:
    found = counted(alarm(at("2026-11-17T00:30")), alarm(at("2026-11-17T23:59")))
    [rule] = found.rules
    assert (rule.rule, rule.count, rule.hours[0], rule.hours[23]) == ((Code.LIMIT_LOW, "spo2"), 2, 1, 1)
    assert [day.counts[Kind.MEASURED] for day in found.days] == [0, 2, 0, 0, 0, 0, 0]


def test_the_day_on_which_the_hour_changes_is_one_day() -> None:
    autumn = Period(at("2026-10-25T00:00"), at("2026-10-26T00:00"), PARIS)
    assert (autumn.until - autumn.since) == 25 * 3600 * SECOND
    # 02:30 comes twice that night.
    twice = [int(datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp()) * SECOND for hour in (0, 1)]
    found = load([alarm(time) for time in twice], {"jeanne": 1.0}, autumn)
    assert [str(day.day) for day in found.days] == ["2026-10-25"]
    assert found.rules[0].hours[2] == 2


def test_answers() -> None:
    some = [
        alarm(WEEK.since + n * DAY // 2, answered=WEEK.since + n * DAY // 2 + n * MINUTE)
        for n in range(1, 11)
    ]
    figures = counted(*some, alarm(WEEK.since), alarm(WEEK.since + DAY * 6)).figures[Kind.MEASURED]
    assert figures.answered == pytest.approx(10 / 12)
    assert (figures.median, figures.ninetieth) == (5 * MINUTE, 9 * MINUTE)


def test_what_ended_before_anybody_came() -> None:
    start = WEEK.since
    figures = counted(
        alarm(start, cleared=start + 20),
        alarm(start + DAY, cleared=start + DAY + 20, answered=start + DAY + 30),
        alarm(start + 2 * DAY, cleared=start + 2 * DAY + 20, answered=start + 2 * DAY + 10),
        alarm(start + 3 * DAY),
        alarm(start + 4 * DAY, code=Code.FALL, cleared=start + 4 * DAY),
    ).figures
    assert figures[Kind.MEASURED].alone == 0.5
    assert figures[Kind.HAPPENED].alone is None


def test_what_comes_back_within_the_hour_is_repeated() -> None:
    start = WEEK.since
    figures = counted(
        alarm(start),
        alarm(start + 3600 * SECOND),
        alarm(start + 3 * 3600 * SECOND),
        alarm(start + 3 * 3600 * SECOND, "paul"),
        alarm(start + 3 * 3600 * SECOND + MINUTE, metric="pulse_rate"),
        jeanne=7.0,
        paul=7.0,
    ).figures[Kind.MEASURED]
    assert figures.repeated == pytest.approx(1 / 5)
    assert figures.chattering == 0.0


def test_three_in_half_an_hour_chatter() -> None:
    start = WEEK.since
    quick = [alarm(start + n * 10 * MINUTE) for n in range(4)]
    slow = [alarm(start + DAY + n * 16 * MINUTE) for n in range(3)]
    assert counted(*quick, *slow).figures[Kind.MEASURED].chattering == pytest.approx(4 / 7)


def test_equipment_of_an_empty_room_chatters_too() -> None:
    some = [alarm(WEEK.since + n * MINUTE, None, Code.SENSOR_SILENT) for n in range(3)]
    found = counted(*some, alarm(WEEK.since, None, Code.SENSOR_SILENT, subject="room-2"))
    assert found.figures[Kind.TECHNICAL].chattering == 0.75
    assert found.residents[0].counts[Kind.TECHNICAL] == 0


def test_the_worst_tenth_and_what_rings_most() -> None:
    people = {f"r{n:02}": 7.0 for n in range(21)}
    some = [alarm(WEEK.since + n * DAY // 4, "r07", limit_id="l7") for n in range(6)]
    some += [alarm(WEEK.since + n, "r07", Code.NURSE_CALL) for n in range(5)]
    some += [alarm(WEEK.since, "r07", limit_id="l8"), alarm(WEEK.since, "r03"), alarm(WEEK.since + 1, "r03")]
    some += [alarm(WEEK.since, "r09", Code.PROBE_OFF)]
    found = load(some, people, WEEK)
    assert found.worst == 2  # of the three that a tenth of 21 rounded up would be: only two rang
    assert [each.resident for each in found.residents[:3]] == ["r07", "r03", "r09"]
    first = found.residents[0]
    assert (first.loudest, first.loudest_count, first.limit_id) == ((Code.LIMIT_LOW, "spo2"), 7, "l7")
    assert (found.residents[2].loudest, found.residents[2].loudest_count) == (None, 0)
    assert found.worst_share == 1.0


def test_somebody_who_did_not_live_here_is_nobody_of_the_list() -> None:
    found = counted(alarm(WEEK.since, "gone"), jeanne=7.0)
    assert found.figures[Kind.MEASURED].count == 1
    assert [each.resident for each in found.residents] == ["jeanne"]
    assert found.worst_share is None


def test_days_lived_within_the_period() -> None:
    assert WEEK.days_within(WEEK.since - DAY, None) == 7
    assert WEEK.days_within(WEEK.since + DAY, WEEK.since + 3 * DAY) == 2
    assert WEEK.days_within(WEEK.until, None) == 0
    assert WEEK.days_within(WEEK.since - 2 * DAY, WEEK.since - DAY) == 0


alarms = st.builds(
    alarm,
    st.integers(WEEK.since - DAY, WEEK.until + DAY),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(list(Code)),
)


@given(st.lists(alarms, max_size=40), st.randoms())
def test_whatever_the_order_the_sums_agree(some: list[Alarm], random: Any) -> None:
    found = load(some, dict.fromkeys("abc", 7.0), WEEK)
    shuffled = list(some)
    random.shuffle(shuffled)
    again = load(shuffled, dict.fromkeys("abc", 7.0), WEEK)
    assert (again.figures, again.rules, again.days, again.residents) == (
        found.figures,
        found.rules,
        found.days,
        found.residents,
    )
    inside = sum(WEEK.since <= each.raised < WEEK.until for each in some)
    assert sum(figures.count for figures in found.figures.values()) == inside
    assert sum(rule.count for rule in found.rules) == inside
    assert sum(sum(day.counts.values()) for day in found.days) == inside
    for figures in found.figures.values():
        assert (figures.chattering or 0) <= (figures.repeated or 0) * 3
