import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Link, Measurement, SensorStatus, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.serial.contec_old import Frame, Parser, Readings

NOW = BUILD_FLOOR
FRAME = Frame(signal=5, pleth=64, bar=6, pulse_rate=72, spo2=97)


def values(readings):
    return [(r.metric, r.value, r.flags) for r in readings if isinstance(r, Measurement)]


def test_a_frame_ends_when_another_begins():
    parser = Parser()
    assert parser.feed(b"\x12\xc5\x40\x06" + bytes(FRAME)) == [FRAME]
    assert (parser.rejected, parser.skipped) == (1, 4)


def test_the_end_of_a_capture_cuts_a_frame():
    parser = Parser()
    assert parser.feed(bytes(FRAME)[:4]) == []
    assert parser.finish() == []
    assert (parser.rejected, parser.skipped) == (0, 4)


def test_values():
    assert values(Readings("s").take([FRAME], NOW)) == [("spo2", 97, NO_DOUBT), ("pulse_rate", 72, NO_DOUBT)]


@pytest.mark.parametrize(
    ("doubt", "flags", "details"),
    [
        ({"finger_out": True}, Quality.PROBE_OFF, ["finger out"]),
        ({"probe_error": True}, Quality.PROBE_OFF, ["probe error"]),
        ({"searching": True}, Quality.QUESTIONABLE, []),
        ({"dropping": True, "beep": True}, NO_DOUBT, []),
    ],
)
def test_doubts(doubt, flags, details):
    said = Readings("s").take([Frame(5, 64, 6, 72, 97, **doubt)], NOW)
    assert {seen for _, _, seen in values(said)} == {flags}
    assert [r.detail for r in said if isinstance(r, SensorStatus)] == details


def test_zeros_that_the_sensor_explains_are_no_values():
    """Finger out: 0 % would be shown as a dying resident."""
    out = Frame(0, 0, 0, 0, 0, finger_out=True)
    assert values(Readings("s").take([out], NOW)) == []
    shown = values(Readings("s", blanks=True).take([out], NOW))
    assert [(metric, value) for metric, value, _ in shown] == [("spo2", 0), ("pulse_rate", 0)]
    assert all(flags == Quality.PROBE_OFF | Quality.IMPLAUSIBLE for _, _, flags in shown)


def test_a_zero_without_an_explanation_is_a_value():
    said = values(Readings("s").take([Frame(5, 64, 6, 0, 0)], NOW))
    assert {flags for _, _, flags in said} == {Quality.IMPLAUSIBLE}


def test_finger_out_and_back_is_told_once_each():
    readings = Readings("s")
    out = Frame(0, 0, 0, 0, 0, finger_out=True)
    said = readings.take([FRAME, out, out, FRAME, FRAME], NOW)
    statuses = [(r.link, r.flags, r.detail) for r in said if isinstance(r, SensorStatus)]
    assert statuses == [(Link.UP, Quality.PROBE_OFF, "finger out"), (Link.UP, NO_DOUBT, "")]


def test_a_minute_of_frames_is_a_minute_of_readings():
    """60 frames/s become about one value a second and an unbroken curve."""
    readings, said = Readings("s"), []
    for index in range(600):
        said += readings.take([FRAME] * 6, NOW + index * SECOND // 10)
    assert 60 <= len([r for r in said if isinstance(r, Measurement) and r.metric == "spo2"]) <= 67
    blocks = [r for r in said if isinstance(r, Waveform)]
    assert sum(len(block.samples) for block in blocks) == 3600
    assert {block.samples for block in blocks} == {(64,) * 20}
