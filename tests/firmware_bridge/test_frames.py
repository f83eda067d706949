from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.frames import LIMIT, Deframer, Frame, FrameError

FRAMES = st.builds(
    Frame,
    type=st.integers(0, 255),
    payload=st.binary(max_size=80),
    seq=st.integers(0, 0xFFFF),
    t_us=st.integers(0, 0xFFFF_FFFF),
    flags=st.integers(0, 15),
    major=st.integers(0, 15),
)


@given(st.lists(FRAMES, max_size=5))
def test_round_trip(frames: list[Frame]) -> None:
    deframer = Deframer()
    assert deframer.feed(b"".join(map(bytes, frames))) == frames
    assert deframer.rejected == 0


@given(FRAMES)
def test_a_frame_holds_no_zero_but_at_its_ends(frame: Frame) -> None:
    wire = bytes(frame)
    assert wire[0] == wire[-1] == 0
    assert 0 not in wire[1:-1]
    assert len(wire) == len(frame.payload) + 15


@given(st.binary(max_size=600), FRAMES)
def test_after_any_bytes_the_next_whole_frame_is_understood(noise: bytes, frame: Frame) -> None:
    deframer = Deframer()
    deframer.feed(noise)
    assert deframer.feed(bytes(frame))[-1:] == [frame]


@given(st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_the_documented_error(data: bytes) -> None:
    encoded = data.replace(b"\0", b"\1")
    with suppress(FrameError):
        assert bytes(Frame.parse(encoded))[1:-1] == encoded


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_memory_is_bounded(chunks: list[bytes]) -> None:
    deframer = Deframer()
    for chunk in chunks:
        deframer.feed(chunk)
        assert len(deframer._partial) <= LIMIT + 1


def test_what_comes_before_the_first_delimiter_is_not_counted() -> None:
    wire = bytes(Frame(1, b"abc"))
    deframer = Deframer()
    assert deframer.feed(wire[5:]) == []
    assert deframer.rejected == 0
    assert deframer.feed(wire[3:]) == []
    assert deframer.rejected == 1
    assert "CRC" in deframer.last_error or "block" in deframer.last_error


def test_a_whole_frame_without_its_first_delimiter_counts() -> None:
    frame = Frame(1, b"abc")
    assert Deframer().feed(bytes(frame)[1:]) == [frame]


def test_a_frame_says_where_in_the_chunk_it_ended() -> None:
    one, other = bytes(Frame(1, b"abc")), bytes(Frame(2, b"d"))
    first, second = Deframer().feed(one + other)
    assert (first.end, second.end) == (len(one), len(one + other))
    deframer = Deframer()
    deframer.feed(one[:7])
    (late,) = deframer.feed(one[7:])
    assert late.end == len(one) - 7


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"\x01" * 255, "frame has more than 254 bytes"),
        (b"\x05ab", "frame of 3 bytes breaks off within a block"),
        (b"\x01\x01", "frame has 1 bytes, 12 at least are needed"),
        (b"\x01" * 20, "frame of 19 bytes has a wrong CRC"),
    ],
)
def test_each_refusal_has_its_own_words(encoded: bytes, message: str) -> None:
    with pytest.raises(FrameError) as caught:
        Frame.parse(encoded)
    assert str(caught.value) == message
