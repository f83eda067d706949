"""The cuff's records, and the conversation that fetches them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.quality import Quality
from devices.serial.beurer import Here, NoRecord, Parser, Readings, Record, ask

SHEET = bytes.fromhex("AC 56 2B 41 01 02 0B 34 08")
records = st.builds(
    Record,
    systolic=st.integers(60, 280),
    diastolic=st.integers(25, 59),
    pulse_rate=st.integers(0, 255),
    year=st.integers(2000, 2099),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)


def test_the_record_of_the_sheet():
    record = Record.parse(SHEET)
    assert (record.systolic, record.diastolic, record.pulse_rate) == (111, 68, 65)
    assert record.moment().isoformat() == "2008-01-02T11:52:00+01:00"
    assert bytes(record) == SHEET


def test_summer_time_is_the_wall_clock_s():
    record = Record(120, 70, 60, 2026, 7, 14, 8, 30)
    assert record.moment().isoformat() == "2026-07-14T08:30:00+02:00"
    assert record.utc() == 1784010600 * SECOND


def test_readings_are_stored_ones_at_the_cuff_s_own_time():
    record = Record(120, 70, 60, 2097, 7, 14, 8, 30)
    readings = Readings("s").take([Here(), record, NoRecord()], record.utc() + SECOND)
    assert [(each.metric, each.value, each.stored, each.time) for each in readings] == [
        ("systolic", 120, True, record.utc()),
        ("diastolic", 70, True, record.utc()),
        ("pulse_rate", 60, True, record.utc()),
    ]
    assert {each.flags for each in readings} == {Quality.DEVICE_TIME}


def test_a_clock_that_was_never_set_makes_its_values_questionable():
    readings = Readings("s").take([Record.parse(SHEET)], BUILD_FLOOR + SECOND)
    assert {each.flags for each in readings} == {Quality.DEVICE_TIME | Quality.QUESTIONABLE | Quality.LATE}


def test_a_record_kept_for_long_is_about_the_past():
    record = Record(120, 70, 60, 2097, 7, 14, 8, 30)
    for minutes, late in ((0, False), (9, False), (11, True), (600, True)):
        readings = Readings("s").take([record], record.utc() + minutes * 60 * SECOND)
        assert {Quality.LATE in each.flags for each in readings} == {late}


@pytest.mark.parametrize(
    "text",
    [
        "AC 56 2B 41 0D 02 0B 34 08",
        "AC 56 2B 41 02 1E 0B 34 08",
        "AC 56 2B 41 01 02 18 34 08",
        "AC 2B 56 41 01 02 0B 34 08",
        "AC 56 2B",
        "55",
    ],
)
def test_what_cannot_be_is_refused(text):
    with pytest.raises(DecodeError, match="beurer record"):
        Record.parse(bytes.fromhex(text))


def test_answers_in_any_chunks():
    stream = bytes([0x55]) + SHEET + bytes([0xA9])
    for size in range(1, len(stream) + 1):
        parser, said = Parser(), []
        for at in range(0, len(stream), size):
            said += parser.feed(stream[at : at + size])
        assert said == [Here(), Record.parse(SHEET), NoRecord()]
        assert (parser.skipped, parser.rejected) == (0, 0)


def test_noise_costs_itself_and_a_torn_record_itself():
    parser = Parser()
    assert parser.feed(b"\x01\x02" + SHEET[:5]) == []
    assert parser.feed(bytes.fromhex("FF FF FF FF") + SHEET) == [Record.parse(SHEET)]
    assert parser.rejected == 1
    assert parser.skipped == 11
    parser.feed(SHEET[:3])
    assert parser.finish() == []
    assert parser.skipped == 14


@given(st.lists(records | st.just(Here()) | st.just(NoRecord()), max_size=8))
def test_round_trip(messages):
    parser = Parser()
    assert parser.feed(b"".join(map(bytes, messages))) == messages
    assert (parser.skipped, parser.rejected) == (0, 0)


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_bytes_are_counted(chunks):
    parser, taken = Parser(), 0
    for chunk in chunks:
        taken += sum(len(bytes(message)) for message in parser.feed(chunk))
        assert len(parser._buffer) < 9
    parser.finish()
    assert taken + parser.skipped == sum(map(len, chunks))


def test_requests_count_from_one():
    assert ask(1) == bytes.fromhex("A3 01")
