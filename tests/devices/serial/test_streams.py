"""What holds of every serial parser: chunks do not matter, noise harms only what it touches, nothing grows."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.serial import contec, contec_old, nonin_df2, nonin_df13, nonin_second


def of_a_second(number):
    """Return one of the two formats that share a module, as if it had one of its own."""
    own = ModuleType(f"devices.serial.nonin_df{number}")
    own.Parser = getattr(nonin_second, f"Parser{number}")
    own.Readings = nonin_second.Readings
    return own


nonin_df1, nonin_df8 = of_a_second(1), of_a_second(8)
first_byte = st.integers(0, 31).map(lambda bits: nonin_second.Status(0x80 | bits << 2))
shown_rates = st.integers(0, 321) | st.just(511)
shown_spo2 = st.integers(0, 100) | st.just(127)

u2, u4, u7, u8, u16 = (st.integers(0, (1 << bits) - 1) for bits in (2, 4, 7, 8, 16))
two_digits = st.integers(0, 99)

FRAMES = {
    nonin_df2: st.builds(
        nonin_df2.Frame,
        status=st.integers(0x80, 0xFF).map(nonin_df2.Status),
        # A byte after the value that could be taken for a start is left to the sums test below.
        pleth=u8,
        value=u7,
    ),
    nonin_df13: st.builds(
        nonin_df13.Record,
        year=st.integers(0, 9999),
        month=two_digits,
        day=two_digits,
        hours=two_digits,
        minutes=two_digits,
        seconds=two_digits,
        status=u16.map(nonin_df13.Status),
        pulse_rate=st.integers(0, 511),
        spo2=u7,
    ),
    nonin_df1: st.builds(nonin_second.Frame1, first_byte, shown_rates, shown_spo2),
    nonin_df8: st.builds(
        nonin_second.Frame8, first_byte, shown_rates, shown_spo2, u7.map(nonin_second.Status2)
    ),
    contec_old: st.builds(
        contec_old.Frame,
        signal=u4,
        pleth=u7,
        bar=u4,
        pulse_rate=u8,
        spo2=u7,
        beep=st.booleans(),
        dropping=st.booleans(),
        finger_out=st.booleans(),
        searching=st.booleans(),
        probe_error=st.booleans(),
    ),
    contec: st.builds(
        contec.RealTime,
        signal=u4,
        pleth=u7,
        bar=u4,
        pulse_rate=u8,
        spo2=u8,
        pi=u16,
        pi_valid=st.booleans(),
        search_too_long=st.booleans(),
        low_spo2=st.booleans(),
        beep=st.booleans(),
        probe_error=st.booleans(),
        searching=st.booleans(),
        reserved=st.integers(0, 7),
    )
    | st.builds(
        contec.Stored,
        values=st.lists(st.builds(contec.StoredValue, u8, u8), min_size=3, max_size=3).map(tuple),
    )
    | st.builds(
        contec.Stored, values=st.tuples(st.builds(contec.StoredValue, u8, u8, u16)), with_pi=st.just(True)
    )
    | st.builds(contec.Disconnect, u8)
    | st.builds(contec.Command, st.binary(min_size=7, max_size=7)),
}
# Bytes that cannot begin, continue or end a frame of the format.
SILENT = {
    nonin_df2: st.lists(st.integers(2, 255), max_size=12).map(bytes),
    nonin_df13: st.lists(st.integers(1, 255), max_size=30).map(bytes),
    nonin_df1: st.lists(u7, max_size=12).map(bytes),
    nonin_df8: st.lists(u7, max_size=12).map(bytes),
    contec_old: st.lists(u7, max_size=12).map(bytes),
    contec: st.lists(st.integers(0x10, 0x7C), max_size=12).map(bytes),
}
modules = pytest.mark.parametrize("module", FRAMES, ids=lambda module: module.__name__.rsplit(".", 1)[1])


def wire(frames):
    return b"".join(bytes(frame) for frame in frames)


def read(module, data):
    """Return what one parser says of a whole capture, places left out: they are not on the wire."""
    parser = module.Parser()
    return [bytes(message) for message in [*parser.feed(data), *parser.finish()]], parser


def draw(data, module, **limits):
    return data.draw(st.lists(FRAMES[module], **limits))


@modules
@given(st.data())
def test_round_trip(module, data):
    """What a virtual sensor sends is what the driver reads, all of it."""
    frames = draw(data, module, max_size=8)
    said, parser = read(module, wire(frames))
    assert said == [bytes(frame) for frame in frames]
    assert (parser.skipped, parser.rejected) == (0, 0)


@modules
@given(st.data())
def test_messages_are_equal_to_those_sent(module, data):
    frame = data.draw(FRAMES[module])
    parser = module.Parser()
    (message,) = [*parser.feed(bytes(frame)), *parser.finish()]
    if module is nonin_df2:
        message = module.Frame(message.status, message.pleth, message.value)
    assert message == frame


@modules
@given(st.data())
def test_chunks_do_not_matter(module, data):
    """The same bytes say the same, however a serial line cuts them."""
    stream = b"".join(data.draw(st.lists(FRAMES[module].map(bytes) | st.binary(max_size=9), max_size=8)))
    whole = module.Parser()
    expected = [*whole.feed(stream), *whole.finish()]
    parser, said, at = module.Parser(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 11))
        said += parser.feed(stream[at : at + size])
        at += size
    said += parser.finish()
    assert said == expected
    assert (parser.skipped, parser.rejected) == (whole.skipped, whole.rejected)


@modules
@given(st.data())
def test_noise_between_frames_loses_none(module, data):
    frames = draw(data, module, min_size=1, max_size=6)
    stream, noise = b"", 0
    for frame in frames:
        part = data.draw(SILENT[module])
        noise += len(part)
        stream += part + bytes(frame)
    said, parser = read(module, stream)
    if module is nonin_df2:
        # Alone between two noises a frame has none after it to confirm it: it may be passed over, never changed.
        assert set(said) <= {bytes(frame) for frame in frames}
        assert len(said) * 5 + parser.skipped == len(stream)
        return
    assert said == [bytes(frame) for frame in frames]
    assert parser.skipped == noise


@given(st.data())
def test_nonin_two_frames_in_a_row_outlive_any_silent_noise(data):
    pairs = data.draw(st.lists(st.tuples(FRAMES[nonin_df2], FRAMES[nonin_df2]), min_size=1, max_size=5))
    stream = b"".join(data.draw(SILENT[nonin_df2]) + wire(pair) for pair in pairs)
    said, _ = read(nonin_df2, stream)
    assert said == [bytes(frame) for pair in pairs for frame in pair]


@modules
@given(st.data())
def test_any_noise_is_survived(module, data):
    """Whatever came before, frames that follow are found again; a torn frame costs itself and one neighbour at most."""
    noise = data.draw(st.binary(max_size=60))
    frames = draw(data, module, min_size=4, max_size=8)
    # A record's header in the noise may wait for as many bytes as a record has: give it those.
    rest = wire(frames) * (60 if module is nonin_df13 else 4)
    said, _ = read(module, noise + rest)
    wanted = [bytes(frame) for frame in frames]
    assert said[-len(wanted) :] == wanted


@modules
@given(st.lists(st.binary(max_size=700), max_size=10))
def test_any_bytes_are_counted_and_nothing_grows(module, chunks):
    parser, taken = module.Parser(), 0
    for chunk in chunks:
        taken += sum(len(bytes(message)) for message in parser.feed(chunk))
        assert len(parser._buffer) < 300
    taken += sum(len(bytes(message)) for message in parser.finish())
    total = sum(map(len, chunks))
    assert parser.skipped <= total
    assert len(parser._buffer) == 0
    if module in {nonin_df1, nonin_df2, nonin_df8, contec_old}:
        assert taken + parser.skipped == total


@modules
@given(st.data())
def test_any_message_gives_readings(module, data):
    """No combination of fields is beyond the readings; times increase and none is in the future."""
    readings, now = module.Readings("s"), 1_800_000_000_000_000
    for _ in range(data.draw(st.integers(1, 4))):
        now += 100_000
        for reading in readings.take(draw(data, module, max_size=6), now):
            assert reading.sensor == "s"
            assert reading.time <= now
