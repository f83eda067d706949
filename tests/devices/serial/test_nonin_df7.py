"""Format 7: frames without a start byte, found by their sums and the SYNC of each packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Measurement, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.serial.nonin_df7 import MIDDLE, PACKET, Frame, Parser, Readings, Status, packet

NOW = BUILD_FLOOR
curves = st.lists(st.integers(0, 0xFFFF), min_size=PACKET, max_size=PACKET)
packets = st.builds(
    lambda rate, spo2, pleth: packet(pulse_rate=rate, spo2=spo2, pleth=pleth),
    st.none() | st.integers(18, 321),
    st.none() | st.integers(35, 100),
    curves,
)


def wire(frames):
    return b"".join(map(bytes, frames))


def measurements(readings):
    return [(r.metric, r.value, r.flags) for r in readings if isinstance(r, Measurement)]


def test_a_frame_is_status_two_bytes_of_pleth_value_and_their_sum():
    assert bytes(Frame(Status.ALWAYS | Status.SYNC, 0x1234, 0x48)) == bytes.fromhex("81 12 34 48 0F")


def test_values_and_curve_of_a_packet():
    pleth = [0, 0xFFFF, MIDDLE, *range(1000, 1000 + PACKET - 3)]
    frames = Parser().feed(wire(packet(pulse_rate=200, spo2=88, pleth=pleth)))
    readings = Readings("s").take(frames, NOW)
    assert measurements(readings) == [("pulse_rate", 200, NO_DOUBT), ("spo2", 88, NO_DOUBT)]
    (curve,) = [each for each in readings if isinstance(each, Waveform)]
    assert curve.samples[:3] == (-0x8000, 0x7FFF, 0)
    assert curve.rate == 75


def test_finger_out_says_held_values_and_probe_off():
    frames = packet(pulse_rate=None, spo2=None, pleth=[0] * PACKET, status=Status.SENSOR_ALARM)
    readings = Readings("s").take(Parser().feed(wire(frames)), NOW)
    assert measurements(readings) == []
    assert any(Quality.PROBE_OFF in each.flags for each in readings)


def test_a_flat_curve_is_not_read_one_byte_beside_its_frames():
    """80 00 00 00 80 | 80 ...: read from the fifth byte on the sums fit too, for as long as nothing changes."""
    flat = wire(packet(pulse_rate=None, spo2=None, pleth=[0] * PACKET))[4:]
    rest = wire(packet(pulse_rate=72, spo2=97, pleth=[0] * PACKET) * 2)
    readings = Readings("s").take(Parser().feed(flat + rest), NOW)
    assert ("pulse_rate", 72, NO_DOUBT) in measurements(readings)
    assert ("spo2", 97, NO_DOUBT) in measurements(readings)


def test_a_run_without_sync_is_left_and_found_again():
    endless = [Frame(Status.ALWAYS, 0, 0)] * (3 * PACKET)
    parser = Parser()
    parser.feed(wire(endless))
    assert parser.rejected >= 1
    sound = packet(pulse_rate=72, spo2=97, pleth=[40_000] * PACKET)
    frames = parser.feed(wire(sound * 3))
    assert [frame.place for frame in frames[-PACKET:]] == list(range(1, PACKET + 1))


@given(st.lists(packets, max_size=4))
def test_round_trip(listed):
    frames = [frame for each in listed for frame in each]
    parser = Parser()
    assert [*parser.feed(wire(frames)), *parser.finish()] == frames
    assert (parser.skipped, parser.rejected) == (0, 0)


@given(st.lists(packets.map(wire) | st.binary(max_size=9), max_size=6), st.data())
def test_chunks_do_not_matter(parts, data):
    stream = b"".join(parts)
    whole = Parser()
    expected = [*whole.feed(stream), *whole.finish()]
    parser, said, at = Parser(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 60))
        said += parser.feed(stream[at : at + size])
        at += size
    assert [*said, *parser.finish()] == expected
    assert (parser.skipped, parser.rejected) == (whole.skipped, whole.rejected)


@given(st.binary(max_size=60), st.integers(20, 300), st.integers(35, 100))
def test_any_noise_is_survived(noise, rate, spo2):
    rest = wire(packet(pulse_rate=rate, spo2=spo2, pleth=[30_000 + 7 * n for n in range(PACKET)]) * 4)
    readings = Readings("s", every=0).take(Parser().feed(noise + rest), NOW)
    # Noise whose sum fits may stand for a frame before the first and leave its doubts, never a value.
    assert [(metric, value) for metric, value, _ in measurements(readings)][-2:] == [
        ("pulse_rate", rate),
        ("spo2", spo2),
    ]


@given(st.lists(st.binary(max_size=700), max_size=10))
def test_any_bytes_are_counted_and_nothing_grows(chunks):
    parser, taken, now = Parser(), 0, NOW
    readings = Readings("s")
    for chunk in chunks:
        frames = parser.feed(chunk)
        taken += 5 * len(frames)
        now += SECOND
        assert all(reading.time <= now for reading in readings.take(frames, now))
        assert len(parser._buffer) < 15
    taken += 5 * len(parser.finish())
    assert taken + parser.skipped == sum(map(len, chunks))


def test_a_packet_is_25_samples():
    with pytest.raises(ValueError, match="24 pleth samples"):
        packet(pulse_rate=72, spo2=97, pleth=[0] * 24)
