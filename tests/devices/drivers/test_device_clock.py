"""What is read of a meter's clock, what is written to it, and where its records stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers.device_clock import FRESH, TOLERATED, WIDEST, DeviceClock
from devices.errors import DecodeError
from devices.gatt.current_time import CurrentTime
from devices.gatt.date_time import DateTime
from devices.quality import NO_DOUBT, Quality

NOW = BUILD_FLOOR + 100 * 24 * 3600 * SECOND
HOUR = 3600 * SECOND
LATE, UNCHECKED = Quality.LATE, Quality.LATE | Quality.DEVICE_TIME


def clock(ahead, now=NOW):
    found = DeviceClock()
    found.read(CurrentTime.of(now + ahead), now)
    return found


def written(writes):
    (write,) = writes
    assert (write.target, write.optional) == ("2a2b", True)
    return CurrentTime.parse(write.data).utc


def test_a_right_clock_is_left_alone():
    found = clock(TOLERATED - SECOND)
    assert found.checked
    assert found.correction(NOW) == []


def test_a_zone_is_no_error():
    found = clock(2 * HOUR)
    assert found.correction(NOW) == []
    assert found.error == 0
    assert found.place(NOW + 2 * HOUR - 5 * HOUR, NOW).time == NOW - 5 * HOUR


def test_an_error_is_corrected_once_and_the_zone_stays():
    found = clock(HOUR + 90 * SECOND)
    assert found.error == 90 * SECOND
    assert written(found.correction(NOW)) == NOW + HOUR
    assert found.correction(NOW) == []
    assert found.place(NOW + HOUR - 3 * HOUR, NOW).time == NOW - 3 * HOUR - 90 * SECOND


def test_a_clock_that_was_never_set_is_set_to_utc():
    found = clock(-3 * 365 * 24 * HOUR)
    assert not found.checked
    assert written(found.correction(NOW)) == NOW


def test_a_clock_that_shows_no_date_is_set():
    found = DeviceClock()
    found.read(CurrentTime(DateTime(0, 0, 0, 1, 2, 3), 0, 0), NOW)
    assert written(found.correction(NOW)) == NOW
    assert found.place(NOW - HOUR, NOW).flags == UNCHECKED


def test_nothing_is_written_without_having_read_or_without_knowing_the_time():
    assert DeviceClock().correction(NOW) == []
    assert clock(-3 * 365 * 24 * HOUR, now=NOW).correction(5 * SECOND) == []
    unknown = DeviceClock()
    unknown.read(CurrentTime.of(NOW), 5 * SECOND)
    assert (unknown.known, unknown.checked, unknown.error) == (True, False, None)
    assert unknown.correction(NOW) == []


@pytest.mark.parametrize(
    ("age", "flags"), [(0, NO_DOUBT), (FRESH, NO_DOUBT), (FRESH + SECOND, LATE), (400 * 24 * HOUR, LATE)]
)
def test_a_checked_record_is_late_when_it_is_old(age, flags):
    when = clock(0).place(NOW - age, NOW, "7")
    assert (when.time, when.flags, when.stored, when.record) == (NOW - age, flags, True, "7")


def test_a_clock_that_is_off_by_minutes_shifts_its_records():
    when = clock(20 * 60 * SECOND).place(NOW - HOUR, NOW)
    assert (when.time, when.flags) == (NOW - HOUR - 20 * 60 * SECOND, LATE)


def test_records_of_a_reset_clock_are_shifted_and_those_before_the_reset_are_not():
    ahead = -2 * 365 * 24 * HOUR
    found = clock(ahead)
    assert found.place(NOW + ahead - HOUR, NOW).time == NOW - HOUR
    assert found.place(NOW - 24 * HOUR, NOW).time == NOW - 24 * HOUR


def test_an_unread_clock_in_local_time_says_now_and_not_the_future():
    assert DeviceClock().place(NOW + 2 * HOUR, NOW).time == NOW


@pytest.mark.parametrize(
    ("own", "error"),
    [
        (None, "no time that exists"),
        (NOW + WIDEST + SECOND, "from the future"),
        (0, "clock was not set"),
    ],
)
def test_a_record_whose_time_cannot_be_known_is_refused(own, error):
    with pytest.raises(DecodeError, match=error):
        DeviceClock().place(own, NOW)


SMALL = TOLERATED // SECOND


@given(st.integers(-14, 14), st.integers(-SMALL, SMALL), st.integers(700, 10**7))
def test_a_small_error_or_its_correction_does_not_move_a_record(zone, error, age):
    """A cuff's record is known by its time: what was fetched before the correction is the same after it."""
    own = NOW - age * SECOND + zone * HOUR
    before = clock(zone * HOUR + error * SECOND).place(own, NOW)
    assert before == clock(zone * HOUR).place(own, NOW)
    assert before.time == NOW - age * SECOND


@given(st.integers(-14 * 3600, 14 * 3600), st.integers(700, 10**7))
def test_a_record_stands_where_it_was_taken_whatever_its_clock_says(ahead, age):
    when = clock(ahead * SECOND).place(NOW + (ahead - age) * SECOND, NOW)
    assert abs(when.time - (NOW - age * SECOND)) <= TOLERATED
