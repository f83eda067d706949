"""Shifts by the clock on the wall, through changes of the hour."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerting.shifts import USUAL, shift_at, shift_before

PARIS = ZoneInfo("Europe/Paris")
SECOND = 1_000_000
HOUR = 3600 * SECOND


def at(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("time", "since", "until"),
    [
        ("2026-11-22 07:00", "2026-11-22 07:00", "2026-11-22 14:00"),
        ("2026-11-22 13:59:59", "2026-11-22 07:00", "2026-11-22 14:00"),
        ("2026-11-22 14:00", "2026-11-22 14:00", "2026-11-22 21:00"),
        ("2026-11-22 03:12", "2026-11-21 21:00", "2026-11-22 07:00"),
        ("2026-11-22 23:00", "2026-11-22 21:00", "2026-11-23 07:00"),
    ],
)
def test_a_time_lies_in_one_shift(time: str, since: str, until: str) -> None:
    assert shift_at(USUAL, PARIS, at(time)) == (at(since), at(until))


def test_the_shift_before() -> None:
    assert shift_before(USUAL, PARIS, at("2026-11-22 07:10")) == (
        at("2026-11-21 21:00"),
        at("2026-11-22 07:00"),
    )


@pytest.mark.parametrize(("night", "hours"), [("2026-10-25 04:00", 11), ("2026-03-29 04:00", 9)])
def test_a_night_with_a_change_of_the_hour(night: str, hours: int) -> None:
    since, until = shift_at(USUAL, PARIS, at(night))
    assert until - since == hours * HOUR


def test_one_shift_a_day() -> None:
    since, until = shift_at([datetime.time(8)], PARIS, at("2026-11-22 07:59"))
    assert (since, until) == (at("2026-11-21 08:00"), at("2026-11-22 08:00"))


@given(
    st.sets(st.times().map(lambda time: time.replace(microsecond=0)), min_size=1, max_size=6),
    st.integers(1_600_000_000, 2_000_000_000).map(lambda seconds: seconds * SECOND),
)
def test_every_instant_lies_in_a_shift_and_shifts_touch(starts: set[datetime.time], time: int) -> None:
    since, until = shift_at(starts, PARIS, time)
    assert since <= time < until
    assert shift_at(starts, PARIS, until)[0] == until
    assert shift_before(starts, PARIS, time)[1] == since
