import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Link, Measurement, SensorStatus, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.serial.nonin_df2 import PACKET, Frame, Parser, Place, Readings, Status, packet, rate

NOW = BUILD_FLOOR
THIRD = SECOND // 3
FLAT = [100] * PACKET


def packets(*values, **rest):
    """Return the frames of one packet per (pulse_rate, spo2)."""
    return [
        frame
        for pulse_rate, spo2 in values
        for frame in packet(pulse_rate=pulse_rate, spo2=spo2, pleth=FLAT, **rest)
    ]


def measurements(readings):
    return [(r.metric, r.value, r.flags) for r in readings if isinstance(r, Measurement)]


def take(frames, now=NOW, readings=None):
    return (readings or Readings("s")).take(frames, now)


@pytest.mark.parametrize("pulse_rate", [0, 18, 72, 127, 128, 200, 321, 510])
def test_nine_bits_of_rate(pulse_rate):
    assert measurements(take(packets((pulse_rate, 97))))[0][:2] == ("pulse_rate", pulse_rate)


def test_rate_of_its_halves():
    assert rate(1, 72) == 200
    assert rate(0xFF, 0xFF) == 511


def test_values_speak_at_the_third_frame():
    """A third of a packet earlier than waiting for its end."""
    frames = packets((72, 97))
    readings = Readings("s")
    assert take(frames[:2], readings=readings) == []
    assert measurements(take(frames[2:3], NOW + 1, readings)) == [
        ("pulse_rate", 72, NO_DOUBT),
        ("spo2", 97, NO_DOUBT),
    ]


def test_nothing_speaks_before_the_first_sync():
    """Frames of a packet whose beginning was missed have no known meaning."""
    stream = b"".join(map(bytes, packets((72, 97), (80, 95))[7:]))
    parser = Parser()
    frames = parser.feed(stream)
    assert [frame.place for frame in frames[:19]] == [0] * 18 + [1]
    assert measurements(take(frames)) == [("pulse_rate", 80, NO_DOUBT), ("spo2", 95, NO_DOUBT)]


def test_a_packet_without_its_sync_is_dropped():
    frames = packets((72, 97), (80, 95), (72, 96))
    lost = Frame(frames[25].status & ~Status.SYNC, 100, frames[25].value)
    stream = b"".join(map(bytes, [*frames[:25], lost, *frames[26:]]))
    seen = Parser().feed(stream)
    assert [frame.place for frame in seen[24:27]] == [25, 0, 0]
    values = [value for metric, value, _ in measurements(take(seen)) if metric == "spo2"]
    assert values == [97, 96]


def test_a_torn_frame_loses_the_step_and_is_counted():
    stream = bytearray(b"".join(map(bytes, packets((72, 97), (80, 95)))))
    stream[5 * 10 + 2] ^= 0xFF
    parser = Parser()
    frames = parser.feed(bytes(stream))
    assert len(frames) == 49
    assert (parser.rejected, parser.skipped) == (1, 5)
    assert [frame.place for frame in frames[9:12]] == [10, 0, 0]


def test_a_good_sum_by_chance_is_no_frame():
    """Out of step two good frames in a row are wanted, and the first is told only once the second is whole."""
    chance = bytes(Frame(Status.ALWAYS, 1, 2))
    parser = Parser()
    assert parser.feed(chance + b"\xff" * 5) == []
    assert parser.feed(chance) == []
    assert parser.feed(chance[:4]) == []
    assert len(parser.feed(chance[4:])) == 2
    assert (parser.skipped, parser.rejected) == (10, 0)


def test_finger_out_holds_the_display_values():
    """They are told as held, so that nothing decides on them; the plain values are absent."""
    gone = packets((None, None), status=Status.SENSOR_ALARM)
    gone[Place.SPO2_DISPLAY - 1] = Frame(gone[8].status, 0, 97, Place.SPO2_DISPLAY)
    gone[Place.RATE_DISPLAY_MSB - 1] = Frame(gone[19].status, 0, 1, Place.RATE_DISPLAY_MSB)
    gone[Place.RATE_DISPLAY_LSB - 1] = Frame(gone[20].status, 0, 2, Place.RATE_DISPLAY_LSB)
    doubts = Quality.PROBE_OFF | Quality.HELD
    assert measurements(take(gone)) == [("spo2", 97, doubts), ("pulse_rate", 130, doubts)]


def test_finger_out_with_nothing_held():
    said = take(packets((None, None), status=Status.SENSOR_ALARM))
    assert measurements(said) == []
    assert [r for r in said if isinstance(r, SensorStatus)] == [
        SensorStatus("s", NOW - 22 * (SECOND // 75), Link.UP, Quality.PROBE_OFF)
    ]


def test_display_values_are_silent_while_the_plain_ones_speak():
    frames = packets((72, 97))
    frames[Place.SPO2_DISPLAY - 1] = Frame(Status.ALWAYS, 0, 50, Place.SPO2_DISPLAY)
    assert [value for metric, value, _ in measurements(take(frames)) if metric == "spo2"] == [97]


def test_a_display_rate_without_its_first_half_is_nothing():
    frames = packets((None, None))
    assert take([frames[0], frames[1], frames[Place.RATE_DISPLAY_LSB - 1]]) == []


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (Status.ALWAYS, NO_DOUBT),
        (Status.GREEN, NO_DOUBT),
        (Status.RED, Quality.LOW_PERFUSION),
        (Status.GREEN | Status.RED, Quality.LOW_PERFUSION),
        (Status.SENSOR_ALARM, Quality.PROBE_OFF),
        (Status.SENSOR_DISCONNECTED, Quality.PROBE_OFF),
        (Status.ARTIFACT, Quality.MOTION),
        (Status.OUT_OF_TRACK, Quality.QUESTIONABLE),
    ],
)
def test_status_bits(status, flags):
    said = take(packets((72, 97), status=status))
    assert {doubts for _, _, doubts in measurements(said)} == {flags}
    (block,) = [r for r in said if isinstance(r, Waveform)]
    assert block.flags == flags


def test_low_battery_is_told_and_taken_back():
    readings = Readings("s")
    first = take(packets((72, 97), low_battery=True), NOW, readings)
    assert {flags for _, _, flags in measurements(first)} == {NO_DOUBT}
    second = take(packets((72, 97)), NOW + THIRD, readings)
    assert {flags for _, _, flags in measurements(second)} == {Quality.LOW_BATTERY}
    third = take(packets((72, 97)), NOW + 2 * THIRD, readings)
    assert {flags for _, _, flags in measurements(third)} == {NO_DOUBT}
    statuses = [r.flags for r in (*first, *second, *third) if isinstance(r, SensorStatus)]
    assert statuses == [Quality.LOW_BATTERY, NO_DOUBT]


def test_an_artifact_after_the_third_frame_counts_for_the_next_packet():
    readings = Readings("s")
    frames = packets((72, 97))
    frames[12] = Frame(frames[12].status | Status.ARTIFACT, 0, 0, 13)
    take(frames, NOW, readings)
    second = take(packets((72, 97)), NOW + THIRD, readings)
    third = take(packets((72, 97)), NOW + 2 * THIRD, readings)
    assert {flags for _, _, flags in measurements(second)} == {Quality.MOTION}
    assert {flags for _, _, flags in measurements(third)} == {NO_DOUBT}


def test_perfusion_of_the_last_pulse_speaks_until_the_next():
    """The bit is set for 12 frames of a pulse; at 40 /min whole packets lie between two."""
    readings = Readings("s")
    take(packets((40, 97), status=Status.RED), NOW, readings)
    between = take(packets((40, 97)), NOW + THIRD, readings)
    after = take(packets((40, 97), status=Status.GREEN), NOW + 2 * THIRD, readings)
    take(packets((40, 97), status=Status.GREEN), NOW + 3 * THIRD, readings)
    assert [r.flags for r in between if isinstance(r, Waveform)] == [Quality.LOW_PERFUSION]
    assert [r.flags for r in after if isinstance(r, Waveform)] == [NO_DOUBT]


def test_the_pleth_becomes_blocks_of_a_packet():
    samples = list(range(50))
    frames = [
        frame for half in (samples[:25], samples[25:]) for frame in packet(pulse_rate=72, spo2=97, pleth=half)
    ]
    blocks = [r for r in take(frames) if isinstance(r, Waveform)]
    assert [sample for block in blocks for sample in block.samples] == samples
    assert [block.rate for block in blocks] == [75, 75]
    assert blocks[1].time - blocks[0].time == pytest.approx(SECOND / 3, abs=10)
    assert blocks[1].metric == "pleth"


def test_an_unchanged_value_is_told_once_a_second():
    readings, said = Readings("s"), []
    for index in range(30):
        said += measurements(take(packets((72, 97)), NOW + index * THIRD, readings))
    assert len(said) == 20


def test_a_packet_has_25_samples():
    with pytest.raises(ValueError, match=r"^packet has 24 pleth samples, expected 25$"):
        packet(pulse_rate=72, spo2=97, pleth=[0] * 24)
