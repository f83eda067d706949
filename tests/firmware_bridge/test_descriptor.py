from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from firmware_bridge.descriptor import Descriptor, Stream

U8 = st.integers(0, 0xFF)
ASCII = st.text(st.characters(codec="ascii"), max_size=20)
STREAMS = st.builds(
    Stream,
    U8,
    U8,
    U8,
    st.integers(0, 0xFFFF_FFFF),
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.integers(0, 0xFFFF),
    st.integers(-128, 127),
)
DESCRIPTORS = st.builds(
    Descriptor,
    board=ASCII,
    firmware=ASCII,
    hardware=U8,
    ppm=st.integers(0, 0xFFFF),
    streams=st.lists(STREAMS, max_size=4).map(tuple),
    events=st.lists(U8, max_size=8).map(tuple),
    update=U8,
    baud=st.integers(0, 0xFFFF_FFFF),
)


@given(DESCRIPTORS)
def test_round_trip(descriptor: Descriptor) -> None:
    assert Descriptor.parse(bytes(descriptor)) == descriptor


@given(st.binary(max_size=100))
def test_any_bytes_are_a_descriptor_or_the_documented_error(data: bytes) -> None:
    with suppress(DecodeError):
        assert Descriptor.parse(bytes(Descriptor.parse(data))) == Descriptor.parse(data)


def test_unknown_records_and_longer_fields_are_passed_over() -> None:
    known = Descriptor(board="x", streams=(Stream(1, 1, 0x12, 250_000),), update=1, baud=115200)
    longer = bytes(known).replace(bytes([6, 5]), bytes([6, 7])) + b"\x01\x02" + bytes([200, 3, 1, 2, 3])
    assert Descriptor.parse(longer) == known


def test_streams_are_found_by_number() -> None:
    stream = Stream(7, 1, 0x12, 250_000, 512, 48828, -6)
    assert Descriptor(streams=(stream,)).stream(7) is stream
    assert Descriptor(streams=(stream,)).stream(8) is None
    assert stream.rate == 250
    assert stream.scale == 0.048828
    assert Stream(1, 1, 0x12, 1000, 0, 3, 2).scale == 300


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x01", "descriptor of 1 bytes breaks off in the record at 0"),
        (b"\x07\x01\x01\x01\x05abc", "descriptor of 8 bytes breaks off in the record at 3"),
        (b"\x03\x01\x01", "descriptor's clock has 1 bytes, 2 are needed"),
        (b"\x04\x02\x01\x01", "descriptor's stream has 2 bytes, 14 are needed"),
        (b"\x05\x00", "descriptor's event has 0 bytes, 1 is needed"),
        (b"\x01\x01\xff", "descriptor's board is not ASCII"),
    ],
)
def test_malformed(data: bytes, text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        Descriptor.parse(data)
    assert str(caught.value) == text
