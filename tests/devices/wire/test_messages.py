import base64
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.limits import Limit, Priority
from devices.measurement import Link, Measurement, SensorStatus, Waveform
from devices.quality import Quality
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    LimitSet,
    Loss,
    Observation,
    Presence,
    SensorFact,
    Signal,
    SignalKind,
    StatusChange,
    SyncRequest,
    WaveformBlock,
    decode,
    decode_command,
    encode,
    observation,
    status_change,
    waveform_block,
    waveform_samples,
)

# No lone surrogates: JSON in UTF-8 cannot say them.
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
times = st.integers(0, 2**53)
flags = st.integers(0, 511)
numbers = st.floats(allow_nan=False, allow_infinity=False)
optional = st.none() | numbers

observations = st.builds(Observation, words, words, times, numbers, flags, st.booleans())
blocks = st.builds(
    WaveformBlock, words, words, times, numbers, st.binary().map(lambda raw: base64.b64encode(raw).decode())
)
statuses = st.builds(StatusChange, words, times, st.sampled_from(Link), flags, words)
limits = st.builds(
    Limit, words, words, st.sampled_from(Priority), optional, optional, numbers, numbers, numbers
)
MESSAGES = {
    Envelope: st.builds(
        Envelope,
        words,
        words,
        st.sampled_from(Lane),
        times,
        times,
        st.booleans(),
        st.lists(observations, max_size=3).map(tuple),
        st.lists(blocks, max_size=2).map(tuple),
        st.lists(statuses, max_size=2).map(tuple),
        st.lists(st.builds(Loss, words, times, times, times, words), max_size=2).map(tuple),
    ),
    Acknowledgement: st.builds(Acknowledgement, words, st.sampled_from(Lane), times, times),
    Presence: st.builds(
        Presence,
        edge=words,
        session=words,
        state=st.sampled_from(["online", "gone"]),
        time=times,
        synchronised=st.booleans(),
        pending=times,
        sensors=st.lists(
            st.builds(SensorFact, words, st.sampled_from(Link), st.none() | times, st.none() | times),
            max_size=2,
        ).map(tuple),
        counters=st.dictionaries(words, times, max_size=3),
    ),
    Signal: st.builds(
        Signal,
        call=words,
        epoch=times,
        kind=st.sampled_from(SignalKind),
        time=times,
        sdp=words,
        sdp_mline_index=st.none() | times,
        ice_servers=st.lists(st.dictionaries(words, words, max_size=2), max_size=2).map(tuple),
    ),
}
kinds = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@kinds
@given(st.data())
def test_round_trip(kind, data):
    message = data.draw(MESSAGES[kind])
    assert decode(kind, encode(message)) == message


@given(st.builds(SyncRequest, times) | st.builds(LimitSet, times, st.lists(limits, max_size=3).map(tuple)))
def test_commands_round_trip(command):
    assert decode_command(encode(command)) == command


@kinds
@given(st.binary(max_size=100))
def test_any_bytes_are_refused(kind, body):
    with pytest.raises(WireError) as caught:
        decode(kind, body)
    assert caught.value.reason == "schema"


@kinds
@given(st.data())
def test_any_field_of_another_shape_is_a_message_or_a_wire_error(kind, data):
    """A peer of another version, or a broken one: refused with the field's name, never another exception."""
    fields = json.loads(encode(data.draw(MESSAGES[kind])))
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(json_values)
    body = json.dumps(fields).encode()
    try:
        decode(kind, body)
    except WireError as error:
        refusal = error
    else:
        return
    assert refusal.reason == "schema"
    assert str(refusal).startswith(f"{kind.__name__.lower()} is malformed: ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "envelope is malformed: Input data was truncated"),
        (b"{}", "envelope is malformed: Object missing required field `edge`"),
        (
            b'{"edge":"a","spool":"s","lane":"fast","seq":1,"sent":1,"synchronised":true}',
            "envelope is malformed: Invalid enum value 'fast' - at `$.lane`",
        ),
        (
            (
                b'{"edge":"a","spool":"s","lane":"live","seq":1,"sent":1,"synchronised":true,'
                b'"observations":[{"sensor":"o","metric":"spo2","time":1,"value":1e400}]}'
            ),
            "envelope is malformed: Number out of range - at `$.observations[0].value`",
        ),
    ],
)
def test_the_refusal_names_the_field(body, message):
    with pytest.raises(WireError) as caught:
        decode(Envelope, body)
    assert str(caught.value) == message


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"edge":' * 30_000, b"\xff\xfe", b'"\xff"'])
def test_bodies_that_break_parsers(body):
    with pytest.raises(WireError):
        decode(Envelope, body)
    with pytest.raises(WireError):
        decode_command(body)


@pytest.mark.parametrize("body", [b"{}", b'{"type":"reboot"}', b'{"type":"limits","issued":1}', b"null"])
def test_a_command_that_is_none(body):
    with pytest.raises(WireError, match=r"^command is malformed: ") as caught:
        decode_command(body)
    assert caught.value.reason == "schema"


def test_an_unknown_field_of_a_later_version_is_passed_over():
    body = b'{"spool":"s","lane":"live","seq":3,"time":4,"colour":"red"}'
    assert decode(Acknowledgement, body) == Acknowledgement("s", Lane.LIVE, 3, 4)


def test_measurements_on_the_wire():
    measurement = Measurement("oxi", "spo2", 97, 5, Quality.MOTION | Quality.LATE, stored=True)
    assert observation(measurement) == Observation("oxi", "spo2", 5, 97, 34, stored=True)
    status = SensorStatus("oxi", 5, Link.SILENT, Quality.PROBE_OFF, "x")
    assert status_change(status) == StatusChange("oxi", 5, Link.SILENT, 1, "x")


def test_what_has_no_doubt_takes_no_room():
    body = encode(observation(Measurement("oxi", "spo2", 97, 5)))
    assert body == b'{"sensor":"oxi","metric":"spo2","time":5,"value":97}'


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_waveforms_round_trip(samples):
    block = waveform_block(Waveform("oxi", "pleth", 5, 75.0, tuple(samples), 0.5, Quality.MOTION))
    raw = waveform_samples(block)
    assert struct.unpack(f"<{len(samples)}h", raw) == tuple(samples)
    assert (block.sensor, block.metric, block.time, block.rate, block.scale, block.flags) == (
        "oxi",
        "pleth",
        5,
        75.0,
        0.5,
        2,
    )


@given(words)
def test_any_text_is_samples_or_a_wire_error(text):
    block = WaveformBlock("oxi", "pleth", 5, 75.0, text)
    try:
        raw = waveform_samples(block)
    except WireError as error:
        refusal = error.reason
    else:
        assert len(raw) % 2 == 0
        return
    assert refusal == "waveform"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AAA", "waveform of 'oxi' is not base64: Incorrect padding"),
        ("A*==", "waveform of 'oxi' is not base64: Only base64 data is allowed"),
        ("é", "waveform of 'oxi' is not base64: string argument should contain only ASCII characters"),
        ("AA==", "waveform of 'oxi' ends inside a sample"),
    ],
)
def test_samples_refused(text, message):
    with pytest.raises(WireError) as caught:
        waveform_samples(WaveformBlock("oxi", "pleth", 5, 75.0, text))
    assert (caught.value.reason, str(caught.value)) == ("waveform", message)
