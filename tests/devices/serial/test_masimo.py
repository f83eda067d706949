"""Masimo's lines, by the sheet's grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.measurement import Measurement, SensorStatus
from devices.quality import NO_DOUBT, Quality
from devices.serial.masimo import MAX_LINE, Alarm, Line, Parser, Readings, Trouble

NOW = BUILD_FLOOR
GOOD = (
    "03/14/26 08:30:15 SN=0000012345 SPO2=098% BPM=057 PI=07.02% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- "
    "ALARM=0000 EXC=000800"
)
OFF = (
    "03/14/26 08:30:16 SN=0000012345 SPO2=---% BPM=--- PI=--.--% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- "
    "ALARM=0010 EXC=000820"
)
LOW = "03/14/26 08:30:17 SPO2=084% BPM=121 PI=00.55 ALARM=000016 EXC=0000804"
OLD = "03/14/26 08:30:18 SPO2=097% BPM=072 PI=02.50% ALARM=20 EXC=800"


def take(*lines, readings=None):
    data = "".join(line + "\r\n" for line in lines).encode()
    return (readings or Readings("s")).take(Parser().feed(data), NOW)


def measurements(readings):
    return [(each.metric, each.value, each.flags) for each in readings if isinstance(each, Measurement)]


def test_numbers():
    assert measurements(take(GOOD)) == [
        ("spo2", 98, NO_DOUBT),
        ("pulse_rate", 57, NO_DOUBT),
        ("perfusion_index", 7.02, NO_DOUBT),
    ]


def test_sensor_off_has_no_numbers_and_says_why():
    (status,) = take(OFF)
    assert isinstance(status, SensorStatus)
    assert (status.flags, status.detail) == (Quality.PROBE_OFF, "sensor off")
    assert Line.parse(OFF).alarm == Alarm.ACTIVE


def test_low_perfusion_and_a_perfusion_index_without_percent():
    assert measurements(take(LOW)) == [
        ("spo2", 84, Quality.LOW_PERFUSION),
        ("pulse_rate", 121, Quality.LOW_PERFUSION),
        ("perfusion_index", 0.55, Quality.LOW_PERFUSION),
    ]
    assert Line.parse(LOW).alarm == Alarm.SPO2_LOW | Alarm.RATE_HIGH | Alarm.ACTIVE


def test_short_codes_of_older_models():
    line = Line.parse(OLD)
    assert (line.alarm, line.trouble, line.flags) == (Alarm.SILENCED, Trouble.SET, NO_DOUBT)
    assert (line.number("SPO2"), line.number("PVI"), line.text("SN")) == (97, None, None)


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        ("000802", Quality.PROBE_OFF),
        ("001800", Quality.PROBE_OFF),
        ("000808", Quality.QUESTIONABLE),
        ("000C00", Quality.QUESTIONABLE),
        ("000810", Quality.MOTION),
        ("000840", Quality.MOTION),
        ("600800", NO_DOUBT),
        ("80000800", NO_DOUBT),
    ],
)
def test_what_disturbs(code, flags):
    assert Line.parse(f"03/14/26 08:30:15 SPO2=098% BPM=057 ALARM=0000 EXC={code}").flags == flags


def test_battery_and_the_end_of_trouble_are_told_once():
    readings = Readings("s")
    low = GOOD.replace("ALARM=0000", "ALARM=0040")
    statuses = [e for e in take(low, low, GOOD, GOOD, readings=readings) if isinstance(e, SensorStatus)]
    assert [each.flags for each in statuses] == [Quality.LOW_BATTERY, NO_DOUBT]


@pytest.mark.parametrize(
    "text",
    [
        "08:30:15 SPO2=098%",
        "03/14/26 08:30:15 SPO2",
        "03/14/26 08:30:15 SPO2=9x%",
        "03/14/26 08:30:15 EXC=00G0",
        "03/14/26 08:30:15 SN=",
        "03/14/26 08:30:15 SPO2=098% SPO2=097%",
        "03/14/26 08:30:15SPO2=098%",
    ],
)
def test_what_is_no_line_is_refused(text):
    with pytest.raises(DecodeError, match="masimo"):
        Line.parse(text)
    parser = Parser()
    assert parser.feed(f"{text}\r\n{GOOD}\r\n".encode()) == [Line.parse(GOOD)]
    assert (parser.rejected, parser.skipped) == (1, len(text) + 2)
    assert parser.last_error.startswith("masimo")


def test_a_line_without_end_is_dropped_as_it_comes():
    parser = Parser()
    for _ in range(10):
        assert parser.feed(b"x" * 300) == []
        assert len(parser._buffer) <= MAX_LINE
    assert parser.feed(b"\r\n" + GOOD.encode() + b"\r\n") == [Line.parse(GOOD)]
    assert (parser.rejected, parser.skipped) == (1, 3002)


def test_bytes_that_are_no_text_cost_their_line():
    parser = Parser()
    assert parser.feed(GOOD.encode().replace(b"098", b"0\xb98") + b"\n") == []
    assert parser.rejected == 1
    assert parser.feed(b"\r\n\0\r\n") == []
    assert parser.rejected == 1


def test_a_capture_may_end_without_a_line_feed():
    parser = Parser()
    assert [*parser.feed(GOOD.encode()), *parser.finish()] == [Line.parse(GOOD)]
    assert parser.finish() == []


names = st.from_regex("[A-Z][A-Z0-9]{0,6}", fullmatch=True).filter(
    lambda name: name not in {"SPO2", "BPM", "PI", "ALARM", "EXC", "EXC1"}
)
lines = st.builds(
    lambda spo2, bpm, alarm, exc, others: Line(
        "03/14/26 08:30:15",
        (
            ("SPO2", f"{spo2:03}%" if spo2 else "---%"),
            ("BPM", f"{bpm:03}"),
            *others.items(),
            ("ALARM", f"{alarm:04X}"),
            ("EXC", f"{exc:06x}"),
        ),
    ),
    st.integers(0, 100),
    st.integers(0, 300),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFF),
    st.dictionaries(names, st.from_regex("[0-9A-Za-z.+-]{1,8}", fullmatch=True), max_size=4),
)


@given(st.lists(lines, max_size=5), st.data())
def test_round_trip_whatever_the_chunks(listed, data):
    stream = b"".join(map(bytes, listed))
    parser, said, at = Parser(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 40))
        said += parser.feed(stream[at : at + size])
        at += size
    assert [*said, *parser.finish()] == listed
    assert (parser.skipped, parser.rejected) == (0, 0)


@given(st.lists(st.binary(max_size=700) | lines.map(bytes), max_size=8))
def test_any_bytes_are_survived(chunks):
    parser, readings, now, taken = Parser(), Readings("s"), NOW, 0
    for chunk in chunks:
        found = parser.feed(chunk)
        taken += len(found)
        now += SECOND
        assert all(reading.time <= now for reading in readings.take(found, now))
        assert len(parser._buffer) <= MAX_LINE
    assert len(parser.feed(b"\n" + GOOD.encode() + b"\n")) >= 1
