"""Both encoders: what they make can be read by itself, comes at once, and keeps to its rate."""

from __future__ import annotations

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from av.packet import Packet
from av.video.frame import VideoFrame

from edge.media.bitstream import whole
from edge.media.names import Codec
from edge.video.codecs import MIME, encoder

SIZE, RATE, FPS = (320, 240), 300_000, 15
CODECS: tuple[Codec, ...] = ("vp8", "h264")


def frames(count: int) -> list[VideoFrame]:
    """Noise that changes: nothing is easy about it."""
    random = np.random.default_rng(5)
    made = []
    for number in range(count):
        rough = random.integers(0, 255, (SIZE[1] // 8, SIZE[0] // 8, 3), np.uint8)
        frame = VideoFrame.from_ndarray(np.kron(rough, np.ones((8, 8, 1), np.uint8)), format="rgb24")
        made.append(frame.reformat(format="yuv420p"))
        made[-1].pts = number * 90_000 // FPS
    return made


def encoded(codec: Codec, count: int, key_at: int) -> list[Packet]:
    made = encoder(codec, SIZE, FPS, RATE)
    got = [made.encode(frame, whole=number == key_at) for number, frame in enumerate(frames(count))]
    assert [len(packets) for packets in got] == [1] * count, "each picture comes at once"
    return [packet for packets in got for packet in packets]


@pytest.mark.parametrize("codec", CODECS)
def test_only_the_first_picture_and_those_asked_for_are_whole(codec: Codec) -> None:
    got = encoded(codec, 12, key_at=8)
    assert [bool(packet.is_keyframe) for packet in got] == [number in {0, 8} for number in range(12)]
    assert [whole(codec, bytes(packet)) for packet in got] == [packet.is_keyframe for packet in got]


@pytest.mark.parametrize("codec", CODECS)
def test_who_begins_with_a_whole_picture_needs_none_before_it(codec: Codec) -> None:
    got = encoded(codec, 12, key_at=8)
    reader = av.CodecContext.create(codec, "r")
    seen = [frame for packet in [*got[8:], None] for frame in reader.decode(packet)]
    assert [(frame.width, frame.height) for frame in seen] == [SIZE] * 4


@pytest.mark.parametrize("codec", CODECS)
def test_a_rate_is_kept(codec: Codec) -> None:
    got = encoded(codec, 60, key_at=0)
    assert sum(packet.size for packet in got[15:]) * 8 * FPS / 45 < 1.25 * RATE


def test_h264_is_what_every_browser_reads() -> None:
    units = list(H264Encoder._split_bitstream(bytes(encoded("h264", 1, key_at=0)[0])))
    parameters = next(unit for unit in units if unit[0] & 0x1F == 7)
    profile, constraints, level = parameters[1:4]
    assert (profile, level) == (66, 31)
    assert constraints & 0x40, "constrained baseline: RFC 6184 section 8.1"


def test_no_bytes_are_no_whole_picture() -> None:
    assert [whole(codec, b"") for codec in CODECS] == [False, False]
    assert not whole("h264", b"\x00\x00\x01")
    assert set(MIME) == set(CODECS)
