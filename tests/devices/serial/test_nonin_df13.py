import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.quality import NO_DOUBT, Quality
from devices.serial.nonin_df13 import Parser, Readings, Record, Status, set_clock

GOOD = bytes.fromhex("0002000D000E20260314083015000000004800615303")
RECORD = Record(2026, 3, 14, 8, 30, 15, Status(0), 72, 97)
OWN = 1_773_477_015 * SECOND


def record(**changes):
    fields = {name: getattr(RECORD, name) for name in RECORD.__slots__} | changes
    return Record(**fields)


def test_vector():
    parser = Parser()
    assert parser.feed(GOOD) == [RECORD]
    assert bytes(RECORD) == GOOD


def damaged(at, value):
    data = bytearray(GOOD)
    data[at] = value
    return bytes(data)


def resummed(at, value):
    """Return the record with one octet of data changed and its sum right again."""
    data = bytearray(damaged(at, value))
    data[-2] = sum(data[6:-2]) & 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [damaged(-2, 0x54), damaged(-1, 0x04), damaged(5, 0x0D), damaged(4, 0xFF), resummed(7, 0x2A)],
    ids=["sum", "end", "too short", "too long", "not decimal"],
)
def test_a_damaged_record_is_counted_and_the_next_is_read(data):
    parser = Parser()
    assert parser.feed(data + GOOD) == [RECORD]
    assert parser.rejected == 1
    assert parser.skipped == len(data)


def test_a_record_that_begins_inside_a_torn_one_is_found():
    parser = Parser()
    assert parser.feed(GOOD[:12] + GOOD + GOOD) == [RECORD, RECORD]
    assert (parser.rejected, parser.skipped) == (1, 12)


def test_a_cut_record_is_counted_at_the_end():
    parser = Parser()
    assert parser.feed(b"\xff" + GOOD[:-1]) == []
    assert parser.finish() == []
    assert parser.skipped == len(GOOD)


def test_set_clock_is_utc():
    """2050-12-31 14:30:15, the example of the maker's document."""
    assert set_clock(2_556_109_815 * SECOND).hex(" ") == "02 72 06 32 0c 1f 0e 1e 0f 03"


@pytest.mark.parametrize(
    ("own", "now", "time", "flags"),
    [
        (RECORD, 0, OWN, Quality.DEVICE_TIME),
        (record(status=Status.FROM_MEMORY), 0, OWN, Quality.DEVICE_TIME | Quality.LATE),
        (record(month=4, day=31), 0, 0, NO_DOUBT),
        # 2026-03-14 is before this release: a clock that says so was never set.
        (RECORD, BUILD_FLOOR + SECOND, BUILD_FLOOR + SECOND, NO_DOUBT),
        (record(year=2027), BUILD_FLOOR, BUILD_FLOOR, NO_DOUBT),
    ],
)
def test_time(own, now, time, flags):
    said = Readings("s").take([own], now)
    assert {(r.time, r.flags, r.stored) for r in said} == {(time, flags, True)}


def test_a_clock_a_little_ahead_is_not_the_future():
    own = record(year=2027)
    now = own.utc() - 30 * SECOND
    assert {r.time for r in Readings("s").take([own], now)} == {now}
    assert {r.time for r in Readings("s").take([own], now + 3600 * SECOND)} == {own.utc()}


def test_missing_values_are_absent():
    said = Readings("s").take([record(pulse_rate=511), record(spo2=127)], 0)
    assert [(r.metric, r.value) for r in said] == [("spo2", 97), ("pulse_rate", 72)]


def test_low_battery():
    said = Readings("s").take([record(status=Status.LOW_BATTERY)], 0)
    assert all(Quality.LOW_BATTERY in r.flags for r in said)
