import pytest

from devices.clock import BUILD_FLOOR
from devices.measurement import Link, Measurement, SensorStatus, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.serial.contec import (
    Command,
    Disconnect,
    Order,
    Parser,
    Readings,
    RealTime,
    Stored,
    StoredValue,
    command,
    pack,
    unpack,
)

NOW = BUILD_FLOOR
LIVE = RealTime(signal=5, pleth=64, bar=6, pulse_rate=72, spo2=97, pi=235, pi_valid=True)


def values(readings):
    return [(r.metric, r.value, r.flags) for r in readings if isinstance(r, Measurement)]


def live(**changes):
    fields = {name: getattr(LIVE, name) for name in LIVE.__slots__} | changes
    return RealTime(**fields)


def test_bit_seven_travels_in_the_second_byte():
    assert pack(1, b"\xff" * 7).hex() == "01ff" + "ff" * 7
    assert unpack(0xFF, b"\x80" * 7) == b"\x80" * 7
    assert unpack(0x80, b"\xff" * 7) == b"\x7f" * 7


def test_a_packet_has_seven_data_bytes_at_most():
    with pytest.raises(ValueError, match=r"^contec packet has 8 data bytes, at most 7$"):
        pack(1, b"\0" * 8)


@pytest.mark.parametrize(
    ("order", "arguments", "wire"),
    [
        (Order.START_REAL_TIME, (), "7d81a1808080808080"),
        (Order.KEEP_ALIVE, (), "7d81af808080808080"),
        (Order.READ_STORAGE, (1, 1), "7d81a6818180808080"),
    ],
)
def test_commands(order, arguments, wire):
    assert command(order, *arguments).hex() == wire
    assert Parser().feed(bytes.fromhex(wire)) == [Command(bytes([order, *arguments]).ljust(7, b"\0"))]


def test_a_packet_that_another_begins_inside_of():
    parser = Parser()
    assert parser.feed(bytes(LIVE)[:5] + bytes(LIVE)) == [LIVE]
    assert (parser.rejected, parser.skipped, parser.unknown) == (1, 5, 0)


def test_a_type_that_is_not_decoded_is_counted():
    parser = Parser()
    assert parser.feed(b"\x02\x80\xb1\xb2" + bytes(LIVE)) == [LIVE]
    assert (parser.rejected, parser.skipped, parser.unknown) == (0, 4, 1)


def test_padding_up_to_nine_bytes_is_no_noise():
    parser = Parser()
    assert parser.feed(b"\x0d\x80\x81" + b"\x80" * 6 + b"\x80") == [Disconnect(1)]
    assert parser.skipped == 1


def test_the_end_of_a_capture_cuts_a_packet():
    parser = Parser()
    assert parser.feed(bytes(LIVE)[:8]) == []
    assert parser.finish() == []
    assert parser.skipped == 8


def test_eight_bits_of_rate():
    said = values(Readings("s").take([live(pulse_rate=150)], NOW))
    assert said[1] == ("pulse_rate", 150, NO_DOUBT)


@pytest.mark.parametrize(
    ("message", "metrics"),
    [
        (LIVE, ["spo2", "pulse_rate", "perfusion_index"]),
        (live(spo2=127), ["pulse_rate", "perfusion_index"]),
        (live(pulse_rate=255), ["spo2", "perfusion_index"]),
        (live(pi=65535), ["spo2", "pulse_rate"]),
        (live(pi_valid=False), ["spo2", "pulse_rate"]),
    ],
)
def test_missing_values_are_absent(message, metrics):
    assert [metric for metric, _, _ in values(Readings("s").take([message], NOW))] == metrics


def test_a_saturation_beyond_a_person_is_told_and_flagged():
    """The 7F of the format means none; 208 is what the bytes say."""
    assert values(Readings("s").take([live(spo2=208)], NOW))[0] == ("spo2", 208, Quality.IMPLAUSIBLE)


@pytest.mark.parametrize(
    ("message", "flags", "details"),
    [
        (live(probe_error=True), Quality.PROBE_OFF, ["probe error"]),
        (live(search_too_long=True), Quality.PROBE_OFF, ["search too long"]),
        (live(searching=True), Quality.QUESTIONABLE, []),
        (live(low_spo2=True), NO_DOUBT, []),
    ],
)
def test_doubts(message, flags, details):
    said = Readings("s").take([message], NOW)
    assert {seen for _, _, seen in values(said)} == {flags}
    assert [r.detail for r in said if isinstance(r, SensorStatus)] == details


def test_probe_off_and_back_is_told_once_each():
    off = live(probe_error=True)
    said = Readings("s").take([off, off, LIVE, LIVE], NOW)
    statuses = [(r.flags, r.detail) for r in said if isinstance(r, SensorStatus)]
    assert statuses == [(Quality.PROBE_OFF, "probe error"), (NO_DOUBT, "")]


def test_a_disconnect_is_a_link_that_goes_down():
    (status,) = Readings("s").take([Disconnect(0)], NOW)
    assert (status.link, status.time) == (Link.DOWN, NOW)


def test_memory_and_commands_say_nothing_about_now():
    memory = Stored((StoredValue(97, 72), StoredValue(127, 255), StoredValue(96, 71)))
    order = Command(bytes(7))
    assert Readings("s").take([memory, order], NOW) == []
    shown = values(Readings("s", stored=True).take([memory, order], NOW))
    assert [(metric, value) for metric, value, _ in shown] == [
        ("spo2", 97),
        ("pulse_rate", 72),
        ("spo2", 96),
        ("pulse_rate", 71),
    ]
    assert {flags for _, _, flags in shown} == {Quality.LATE}


def test_the_pleth_becomes_blocks():
    blocks = [r for r in Readings("s").take([LIVE] * 45, NOW) if isinstance(r, Waveform)]
    assert [len(block.samples) for block in blocks] == [20, 20]
