"""One encoder for all who watch: real libvpx, and decoded again."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import av
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from edge.media.names import Coding
from edge.video import encoding
from edge.video.encoding import BEHIND, SharedEncoder, Viewer
from edge.video.ladder import SOUND, Rung
from edge.video.picture import read_stamp
from edge.video.sources import GeneratedCamera
from tests.edge.video.peers import CLOCK, until

SIZE = (640, 480)


class Bench:
    """A drawn camera, an encoder, and what was told."""

    def __init__(self, camera: MediaStreamTrack | None = None) -> None:
        self.told: list[Rung] = []
        self.camera = camera or GeneratedCamera(CLOCK, SIZE, 15)
        self.encoder = SharedEncoder(self.camera, SIZE, 15, CLOCK, self.told.append)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.encoder.start()
    yield made
    made.encoder.stop()
    made.camera.stop()


async def packets(viewer: Viewer, count: int) -> list[Packet]:
    async with asyncio.timeout(60):
        return [await viewer.recv() for _ in range(count)]


def decoded(got: list[Packet], name: str = "vp8") -> list[av.VideoFrame]:
    codec = av.CodecContext.create(name, "r")
    return [frame for packet in [*map(bytes, got), None] for frame in codec.decode(packet and Packet(packet))]


async def test_all_who_watch_get_the_same_pictures(bench: Bench) -> None:
    first, second = bench.encoder.join(), bench.encoder.join()
    mine, theirs = await asyncio.gather(packets(first, 5), packets(second, 5))
    assert [bytes(one) for one in mine] == [bytes(one) for one in theirs]
    frames = decoded(mine)
    assert [(frame.width, frame.height) for frame in frames] == [SIZE] * 5
    age = (CLOCK.utc() // 1000 - read_stamp(frames[-1].to_ndarray()[:480])) & 0xFFFFFFFF
    assert age < 5000


async def test_pictures_are_encoded_in_one_thread_whatever_else_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each further thread would keep some ten megabytes of what it had freed."""
    threads: set[int] = set()
    encode = encoding._encoded

    def seen(*given: Any, whole: bool) -> list[Packet]:
        threads.add(threading.get_ident())
        return encode(*given, whole=whole)

    monkeypatch.setattr(encoding, "_encoded", seen)
    viewer = bench.encoder.join()
    for _ in range(5):
        others = [asyncio.to_thread(sum, range(300_000)) for _ in range(3)]
        await asyncio.gather(packets(viewer, 2), *others)
    assert len(threads) == 1


async def test_h264_is_encoded_once_too() -> None:
    camera = GeneratedCamera(CLOCK, SIZE, 15)
    encoder = SharedEncoder(camera, SIZE, 15, CLOCK, lambda _rung: None, Coding("h264"))
    encoder.start()
    try:
        first, second = encoder.join(), encoder.join()
        mine, theirs = await asyncio.gather(packets(first, 5), packets(second, 5))
    finally:
        encoder.stop()
        camera.stop()
    assert [bytes(one) for one in mine] == [bytes(one) for one in theirs]
    assert [(frame.width, frame.height) for frame in decoded(mine, "h264")] == [SIZE] * 5


async def test_time_stamps_are_the_camera_s(bench: Bench) -> None:
    got = await packets(bench.encoder.join(), 4)
    assert {one.time_base for one in got} == {Fraction(1, 90_000)}
    steps = {later.pts - earlier.pts for earlier, later in itertools.pairwise(got)}
    assert all(step % 6000 == 0 and step > 0 for step in steps)


async def test_who_comes_late_begins_with_a_whole_picture_soon(bench: Bench) -> None:
    await packets(bench.encoder.join(), 3)
    late = bench.encoder.join()
    got = await packets(late, 2)
    assert got[0].is_keyframe
    assert len(decoded(got)) == 2


async def test_a_lost_picture_is_made_good_at_most_twice_a_second(bench: Bench) -> None:
    viewer = bench.encoder.join()
    await packets(viewer, 1)
    for _ in range(30):
        bench.encoder.request_key_frame()
        await packets(viewer, 1)
    bench.encoder.request_key_frame()
    got = await packets(viewer, 30)
    times = [one.pts for one in got if one.is_keyframe]
    assert times
    assert all(later - earlier >= 40_000 for earlier, later in itertools.pairwise(times))


async def test_who_does_not_keep_up_starts_again_and_holds_up_nobody(bench: Bench) -> None:
    slow, quick = bench.encoder.join(), bench.encoder.join()
    await packets(slow, 1)
    await packets(quick, 2 * BEHIND + 4)
    assert slow.dropped > BEHIND
    bench.encoder.request_key_frame()
    await packets(quick, 16)
    got = await packets(slow, 1)
    assert got[0].is_keyframe


async def test_a_weak_line_gets_a_smaller_picture_and_then_none(bench: Bench) -> None:
    viewer = bench.encoder.join()
    rate = 150_000
    bench.encoder.listen(viewer, lambda: rate)
    await packets(viewer, 2)
    while (got := await packets(viewer, 1)) and not (got[0].is_keyframe and decoded(got)[0].height == 360):
        assert len(bench.told) <= 1
    assert bench.told[-1].name == "360p10"
    rate = 20_000
    await until(lambda: bench.told[-1] is SOUND, 20)


async def test_nothing_is_kept_for_a_connection_that_does_not_stand_yet(bench: Bench) -> None:
    early, quick = bench.encoder.join(), bench.encoder.join()
    before = await packets(quick, 2 * BEHIND)
    (first,) = await packets(early, 1)
    assert first.is_keyframe
    assert first.pts is not None
    assert before[-1].pts is not None
    assert first.pts > before[-1].pts, "what comes first is new"
    assert early.dropped == 0


async def test_nothing_is_encoded_while_nobody_watches(bench: Bench) -> None:
    viewer = bench.encoder.join()
    await packets(viewer, 2)
    bench.encoder.leave(viewer)
    with pytest.raises(MediaStreamError):
        await packets(viewer, BEHIND + 2)
    again = bench.encoder.join()
    assert (await packets(again, 1))[0].is_keyframe


class HardwareCamera(MediaStreamTrack):
    """Delivers packets, whole pictures each fourth time."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Packet] = []

    async def recv(self) -> Packet:
        await asyncio.sleep(0.005)
        if self.readyState != "live":
            raise MediaStreamError
        packet = Packet(bytes([len(self.sent) % 256] * 10))
        packet.pts, packet.time_base = len(self.sent) * 6000, Fraction(1, 90_000)
        packet.is_keyframe = len(self.sent) % 4 == 0
        self.sent.append(packet)
        return packet


async def test_a_camera_that_encodes_itself_is_passed_on() -> None:
    camera = HardwareCamera()
    made = Bench(camera)
    made.encoder.start()
    try:
        viewer = made.encoder.join()
        got = await packets(viewer, 6)
    finally:
        made.encoder.stop()
    start = camera.sent.index(got[0])
    assert got == camera.sent[start : start + 6]
    assert got[0].is_keyframe


async def test_it_ends_with_its_camera() -> None:
    made = Bench()
    made.encoder.start()
    await packets(made.encoder.join(), 1)
    made.camera.stop()
    await until(made.encoder._tasks[0].done)
    assert made.encoder._tasks[0].exception() is None
    made.encoder.stop()
