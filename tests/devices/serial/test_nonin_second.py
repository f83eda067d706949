"""Formats 1 and 8, by the table of the sheet."""

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.measurement import Measurement, SensorStatus
from devices.quality import NO_DOUBT, Quality
from devices.serial.nonin_second import Frame1, Frame8, Parser1, Parser8, Readings, Status, Status2

NOW = BUILD_FLOOR


def said(parser, text, readings=None):
    found = (readings or Readings("s")).take(parser.feed(bytes.fromhex(text)), NOW)
    return [(each.metric, each.value, each.flags) for each in found if isinstance(each, Measurement)]


@pytest.mark.parametrize(
    ("text", "rate", "spo2", "flags"),
    [
        ("80 48 61 00", 72, 97, NO_DOUBT),
        ("91 16 5B 00", 150, 91, Quality.LOW_PERFUSION),
        ("88 48 61 00", 72, 97, Quality.LOW_PERFUSION),
        ("84 48 61 00", 72, 97, Quality.MOTION),
        ("A0 48 61 00", 72, 97, Quality.QUESTIONABLE),
        ("C0 48 61 20", 72, 97, NO_DOUBT),
        ("80 48 61 01", 72, 97, Quality.LOW_BATTERY),
        ("80 48 61 08", 72, 97, Quality.PROBE_OFF | Quality.HELD),
    ],
)
def test_format_8(text, rate, spo2, flags):
    assert said(Parser8(), text) == [("pulse_rate", rate, flags), ("spo2", spo2, flags)]


@pytest.mark.parametrize(
    ("text", "rate", "spo2", "flags"),
    [
        ("80 48 61", 72, 97, NO_DOUBT),
        ("C1 16 5B", 150, 91, Quality.PROBE_OFF),
        ("94 48 61", 72, 97, Quality.LOW_PERFUSION | Quality.MOTION),
    ],
)
def test_format_1(text, rate, spo2, flags):
    assert said(Parser1(), text) == [("pulse_rate", rate, flags), ("spo2", spo2, flags)]


def test_missing_values_say_nothing_but_the_probe_does():
    readings = Readings("s")
    found = readings.take(Parser8().feed(bytes.fromhex("83 7F 7F 08")), NOW)
    assert [(type(each), each.flags) for each in found] == [(SensorStatus, Quality.PROBE_OFF)]
    found = readings.take(Parser8().feed(bytes.fromhex("80 48 61 00")), NOW + SECOND)
    assert [type(each) for each in found] == [SensorStatus, Measurement, Measurement]
    assert found[0].flags == NO_DOUBT


@pytest.mark.parametrize("text", ["82 7F 61 00", "80 48 65 00", "80 48 7E 00"])
def test_what_no_instrument_shows_is_noise(text):
    parser = Parser8()
    assert parser.feed(bytes.fromhex(text + "80 48 61 00")) == [Frame8(Status.ALWAYS, 72, 97)]
    assert (parser.rejected, parser.skipped) == (1, 4)
    with pytest.raises(DecodeError, match="nonin frame has"):
        Frame1.parse(bytes.fromhex(text)[:3])


def test_frames_write_what_they_read():
    for text in ("91 16 5B 29", "FF 7F 7F 00"):
        assert bytes(Frame8.parse(bytes.fromhex(text))) == bytes.fromhex(text)
        assert bytes(Frame1.parse(bytes.fromhex(text)[:3])) == bytes.fromhex(text)[:3]
    assert bytes(Frame8(Status.ARTIFACT, 200, 88, Status2.LOW_BATTERY)) == bytes.fromhex("85 48 58 01")
