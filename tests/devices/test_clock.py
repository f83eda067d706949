from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND, ManualClock, SystemClock, isoformat, to_datetime


def test_the_system_clock_counts_microseconds():
    clock = SystemClock()
    before, now, after = clock.utc(), datetime.now(UTC).timestamp() * SECOND, clock.utc()
    assert before - SECOND <= now <= after + SECOND
    assert clock.monotonic() <= clock.monotonic()


def test_a_manual_clock_moves_only_when_told_to():
    clock = ManualClock(utc=5, monotonic=7)
    assert (clock.utc(), clock.monotonic()) == (5, 7)
    clock.advance(10)
    assert (clock.utc(), clock.monotonic()) == (15, 17)
    clock.set_utc(3)
    assert (clock.utc(), clock.monotonic()) == (3, 17)


def test_a_manual_clock_starts_set():
    assert ManualClock().utc() == BUILD_FLOOR


def test_the_floor_is_its_comment():
    assert isoformat(BUILD_FLOOR).startswith("2026-09-1")


def test_format():
    assert isoformat(0) == "1970-01-01T00:00:00.000Z"
    assert isoformat(1_773_477_015 * SECOND + 250_000) == "2026-03-14T08:30:15.250Z"


@given(st.integers(0, 4_000_000_000))
def test_whole_seconds_survive(seconds):
    assert to_datetime(seconds * SECOND).timestamp() == seconds
    assert to_datetime(seconds * SECOND).tzinfo is UTC
