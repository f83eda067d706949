import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.gatt.date_time import DateTime


def test_layout():
    moment = DateTime.parse(bytes.fromhex("ea07030e081e0f"))
    assert moment == DateTime(2026, 3, 14, 8, 30, 15)
    assert str(moment) == "2026-03-14T08:30:15"
    assert moment.problem is None
    assert moment.utc() == 1_773_477_015 * SECOND


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        (DateTime(0, 0, 0, 18, 26, 32), "date is unknown"),
        (DateTime(2026, 0, 1, 0, 0, 0), "date is unknown"),
        (DateTime(2026, 1, 0, 0, 0, 0), "date is unknown"),
        (DateTime(1581, 1, 1, 0, 0, 0), "year 1581 is not 1582 to 9999"),
        (DateTime(10000, 1, 1, 0, 0, 0), "year 10000 is not 1582 to 9999"),
        (DateTime(9999, 4, 31, 0, 0, 0), "date does not exist: day is out of range for month"),
        (DateTime(2026, 13, 1, 0, 0, 0), "date does not exist: month must be in 1..12"),
        (DateTime(2026, 1, 1, 24, 0, 0), "date does not exist: hour must be in 0..23"),
    ],
)
def test_no_moment(moment, problem):
    """The fields stay as sent; only the moment is refused."""
    assert moment.problem == problem
    assert moment.utc() is None
    assert DateTime.parse(bytes(moment)) == moment


@given(st.integers(0, 250_000_000_000))
def test_utc_round_trip(seconds):
    moment = DateTime.of(seconds * SECOND)
    assert moment.problem is None
    assert moment.utc() == seconds * SECOND


def test_too_short():
    with pytest.raises(DecodeError, match=r"^date time is 6 bytes, expected 7$"):
        DateTime.parse(b"\0" * 6)
