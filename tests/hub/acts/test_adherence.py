"""On how many days something was measured: whole days, causes, gaps, weeks, and the mark of the first two months."""

from __future__ import annotations

import itertools
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND, isoformat
from hub.acts import adherence
from hub.acts.adherence import MONTH, Cause, Fact, Mark, Share, Span

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600 * SECOND
# 2026-10-20 12:00 in Paris.
BEGUN = 1_792_490_400 * SECOND
DAYS = adherence.days(BEGUN, BEGUN + 10 * 24 * HOUR, PARIS)


def whole(first: int, last: int) -> Span:
    return Span(DAYS[first].start, DAYS[last].end)


def test_days_are_whole_ones_of_the_ward_s_clock_also_when_one_has_25_hours() -> None:
    assert len(DAYS) == 9
    assert isoformat(DAYS[0].start).startswith("2026-10-20T22:00")
    lengths = [(day.end - day.start) // HOUR for day in DAYS]
    assert sorted(set(lengths)) == [24, 25]
    assert lengths[4] == 25
    assert all(before.end == after.start for before, after in itertools.pairwise(DAYS))
    assert adherence.days(BEGUN, BEGUN + HOUR, PARIS) == []


def test_a_day_wholly_paused_or_away_does_not_count() -> None:
    paused = Span(DAYS[2].start, DAYS[4].start + HOUR)
    assert adherence.counted(DAYS, [paused]) == [*DAYS[:2], *DAYS[4:]]
    assert adherence.counted(DAYS, []) == DAYS


def test_a_missing_day_has_the_cause_that_lasted_longest_and_of_two_the_one_that_explains_the_other() -> None:
    covered = [False] * len(DAYS)
    facts = [
        Fact(Cause.SENSOR, whole(0, 1)),
        Fact(Cause.BATTERY, whole(1, 1)),
        Fact(Cause.CARE, Span(DAYS[2].start, DAYS[2].start + HOUR)),
        Fact(Cause.LINK, Span(DAYS[2].start, DAYS[2].start + 2 * HOUR)),
        Fact(Cause.LINK, whole(3, 3), frozenset({"weight"})),
    ]
    found = adherence.meter("spo2", DAYS, covered, facts)
    causes = [cause for gap in found.gaps for cause in [gap.cause] * gap.days]
    assert causes[:4] == [Cause.SENSOR, Cause.BATTERY, Cause.LINK, Cause.UNKNOWN]
    assert found.missing == {Cause.SENSOR: 1, Cause.BATTERY: 1, Cause.LINK: 1, Cause.UNKNOWN: 6}
    assert (found.share.value, found.share.counted) == (0.0, 9)
    assert adherence.meter("weight", DAYS, covered, facts).missing[Cause.LINK] == 2


def test_gaps_are_days_in_a_row_of_one_cause() -> None:
    covered = [True, False, False, True, False, False, False, True, False]
    facts = [Fact(Cause.BATTERY, whole(4, 4))]
    found = adherence.meter("spo2", DAYS, covered, facts)
    assert [(gap.days, gap.cause, gap.span) for gap in found.gaps] == [
        (2, Cause.UNKNOWN, whole(1, 2)),
        (1, Cause.BATTERY, whole(4, 4)),
        (2, Cause.UNKNOWN, whole(5, 6)),
        (1, Cause.UNKNOWN, whole(8, 8)),
    ]
    # A day that does not count lies between two gaps.
    apart = [DAYS[0], DAYS[2]]
    assert [gap.days for gap in adherence.meter("spo2", apart, [False, False], []).gaps] == [1, 1]


@given(st.lists(st.booleans(), max_size=60))
def test_what_is_measured_weekly_holds_for_seven_days(present: list[bool]) -> None:
    weekly = adherence.covering(present, weekly=True)
    assert adherence.covering(present) == present
    for number, covered in enumerate(weekly):
        assert covered == any(present[max(0, number - 6) : number + 1])


@pytest.mark.parametrize(
    ("covered", "counted", "over", "reached"),
    [
        (15, 15, False, True),
        (14, 30, True, False),
        (15, 30, True, True),
        (3, 10, False, None),
        (0, 16, False, False),
        (0, 15, False, None),
    ],
)
def test_the_mark_is_decided_as_soon_as_nothing_can_change_it(
    covered: int, counted: int, over: Any, reached: Any
) -> None:
    assert Mark(Share(counted, covered), over=over).reached is reached


def test_the_first_two_months_have_marks_and_no_later_one() -> None:
    covered = [True] * MONTH + [False] * MONTH + [True] * 10
    first, second = adherence.marks(covered)
    assert (first.reached, first.over, second.reached, second.share.covered) == (True, True, False, 0)
    assert len(adherence.marks(covered[: MONTH + 1])) == 2
    assert adherence.marks([]) == ()


def test_no_days_have_no_share() -> None:
    assert Share(0, 0).value is None
    both = [adherence.meter(name, DAYS, [True] * 9, []) for name in ("spo2", "weight")]
    assert adherence.together(both) == Share(18, 18)
    assert whole(0, 8).holds(DAYS[3])
    assert DAYS[0].shared(DAYS[1]) == 0
