"""A camera that encodes by itself: real H.264 bytes from a program that stands in for `rpicam-vid`."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import psutil
import pytest
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SystemClock
from devices.errors import ConfigError
from edge.media.bitstream import MAX_PICTURE, PictureSplitter, whole
from edge.media.names import Coding
from edge.video import hardware
from edge.video.codecs import encoder
from edge.video.encoding import SharedEncoder
from edge.video.hardware import WAITING, ProgramCamera, raspberry
from edge.video.ladder import SOUND, Rung
from edge.video.picture import read_stamp
from edge.video.sources import GeneratedCamera, open_camera
from tests.edge.video.peers import until

CLOCK = SystemClock()
SIZE = (320, 240)
STAND_IN = """#!{python}
import os, sys, time
options = dict(zip(sys.argv[1:], sys.argv[2:]))
assert options["--width"] == "320" and options["--codec"] == "h264" and "--inline" in sys.argv, sys.argv
with open({seen!r}, "w") as file:
    file.write(str(os.getpid()))
stream = open({stream!r}, "rb").read()
sizes = [int(each) for each in open({sizes!r}).read().split()]
while True:
    at = 0
    for size in sizes:
        sys.stdout.buffer.write(stream[at:at + size])
        sys.stdout.buffer.flush()
        at += size
        time.sleep(0.03)
    if {once}:
        print("the cable is loose", file=sys.stderr)
        sys.exit(3)
"""


async def pictures(count: int) -> list[bytes]:
    """What x264 makes of a drawn room; each tenth picture is whole."""
    camera, codec, made = GeneratedCamera(CLOCK, SIZE, 50), encoder("h264", SIZE, 50, 300_000), []
    for number in range(count):
        frame = await camera.recv()
        assert isinstance(frame, av.VideoFrame)
        (packet,) = codec.encode(frame, whole=number % 10 == 0)
        made.append(bytes(packet))
    return made


@pytest.fixture(scope="module")
def stream() -> list[bytes]:
    return asyncio.run(pictures(30))


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, stream: list[bytes], *, once: bool) -> Path:
    """Put a program of the camera's name first; return the file in which it leaves its process id."""
    (folder / "stream").write_bytes(b"".join(stream))
    (folder / "sizes").write_text(" ".join(str(len(each)) for each in stream))
    program = folder / "rpicam-vid"
    program.write_text(
        STAND_IN.format(
            python=sys.executable,
            seen=str(folder / "pid"),
            stream=str(folder / "stream"),
            sizes=str(folder / "sizes"),
            once=once,
        )
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "pid"


async def until_gone(pid: int) -> None:
    await until(lambda: not psutil.pid_exists(pid))


def decoded(packets: list[Packet]) -> list[av.VideoFrame]:
    codec = av.CodecContext.create("h264", "r")
    return [frame for packet in [*packets, None] for frame in codec.decode(packet)]


# ---- the splitter ----


@given(st.lists(st.floats(0, 1), max_size=40))
def test_pictures_are_found_however_the_bytes_come(stream: list[bytes], cuts: list[float]) -> None:
    splitter, whole_stream = PictureSplitter(), b"".join(stream[:6])
    places = [0, *sorted(round(cut * len(whole_stream)) for cut in cuts), len(whole_stream)]
    chunks = [whole_stream[start:end] for start, end in itertools.pairwise(places)]
    got = [picture for chunk in chunks for picture in splitter.receive(chunk)]
    assert [*got, splitter.flush()] == stream[:6]
    assert splitter.dropped == 0


def test_what_stands_before_the_first_picture_is_left_out_and_counted(stream: list[bytes]) -> None:
    splitter = PictureSplitter()
    assert splitter.receive(b"hello" + stream[0] + stream[1]) == [stream[0]]
    assert splitter.dropped == 5


@given(st.lists(st.binary(max_size=40) | st.just(b"\x00\x00\x01\x65\x88") | st.just(b"\x00\x00\x01\x67")))
def test_any_bytes_are_pictures_or_counted(chunks: list[bytes]) -> None:
    splitter = PictureSplitter()
    got = [picture for chunk in chunks for picture in splitter.receive(chunk)]
    got.append(splitter.flush())
    left = len(splitter.flush()) + len(splitter._buffer)
    assert sum(map(len, got)) + splitter.dropped + left == sum(map(len, chunks))


def test_a_picture_without_end_is_dropped() -> None:
    splitter = PictureSplitter()
    splitter.receive(b"\x00\x00\x01\x65\x88")
    for _ in range(5):
        splitter.receive(bytes([7]) * (MAX_PICTURE // 4))
    assert splitter.dropped > MAX_PICTURE
    assert len(splitter._buffer) < MAX_PICTURE


def test_parameters_wait_for_their_picture(stream: list[bytes]) -> None:
    splitter, key = PictureSplitter(), stream[0]
    slice_at = key.rindex(b"\x00\x00\x01", 0, len(key))
    assert splitter.receive(key[: slice_at - 1]) == []
    assert splitter.flush() == b""
    splitter.receive(key[slice_at - 1 :])
    assert splitter.flush() == key


# ---- the program ----


@pytest.fixture
async def camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: list[bytes]
) -> AsyncIterator[ProgramCamera]:
    install(tmp_path, monkeypatch, stream, once=False)
    opened = raspberry("", SIZE, 30, 300_000, CLOCK)
    yield opened
    opened.stop()
    await until_gone(int((tmp_path / "pid").read_text()))


async def test_its_pictures_are_passed_on_as_they_are(camera: ProgramCamera, stream: list[bytes]) -> None:
    async with asyncio.timeout(60):
        got = [await camera.recv() for _ in range(24)]
    assert [bytes(packet) for packet in got] == stream[:24]
    assert [packet.is_keyframe for packet in got] == [number % 10 == 0 for number in range(24)]
    times = [packet.pts for packet in got]
    assert times == sorted(times)
    assert {packet.time_base for packet in got} == {Fraction(1, 90_000)}
    frames = decoded(got)
    assert [(frame.width, frame.height) for frame in frames] == [SIZE] * 24
    stamps = [read_stamp(frame.to_ndarray()[: SIZE[1]]) for frame in frames]
    assert stamps == sorted(stamps)


async def test_a_viewer_begins_with_a_whole_picture(camera: ProgramCamera) -> None:
    shared = SharedEncoder(camera, SIZE, 30, CLOCK, lambda _rung: None, Coding("h264", 300_000))
    shared.start()
    try:
        async with asyncio.timeout(60):
            first = shared.join()
            await first.recv()
            second = shared.join()
            got = [await second.recv() for _ in range(3)]
    finally:
        shared.stop()
    assert got[0].is_keyframe
    assert len(decoded(got)) == 3


async def test_a_line_that_does_not_carry_it_gets_nothing_of_it_and_then_begins_anew(
    camera: ProgramCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.video.ladder.FALL", 200_000)
    monkeypatch.setattr("edge.video.ladder.RISE", 800_000)
    told: list[Rung] = []
    shared = SharedEncoder(camera, SIZE, 30, CLOCK, told.append, Coding("h264", 300_000))
    rate = 30_000
    viewer = shared.join()
    shared.listen(viewer, lambda: rate)
    shared.start()
    taken: list[Packet] = []

    async def take() -> None:
        while True:
            taken.append(await viewer.recv())

    taking = asyncio.create_task(take())
    try:
        await until(lambda: SOUND in told)
        rate, before = 900_000, len(taken)
        await until(lambda: len(taken) > before)
    finally:
        taking.cancel()
        shared.stop()
    assert [rung.name for rung in told[:2]] == ["sound", "240p30"]
    assert taken[before].is_keyframe


async def test_a_program_that_ends_is_told_and_takes_nothing_else_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    install(tmp_path, monkeypatch, stream[:4], once=True)
    opened = raspberry("", SIZE, 30, 300_000, CLOCK)
    told: list[Rung] = []
    shared = SharedEncoder(opened, SIZE, 30, CLOCK, told.append, Coding("h264", 300_000))
    shared.start()
    viewer = shared.join()
    try:
        await until(lambda: told)
    finally:
        shared.stop()
    assert told == [SOUND]
    assert (shared.failed, shared.rung, shared.best) == (True, SOUND, True)
    assert opened.readyState == "ended"
    assert viewer.readyState == "ended"
    assert "ended with 3: the cable is loose" in caplog.text
    with pytest.raises(MediaStreamError):
        await opened.recv()


async def test_nobody_who_takes_pictures_costs_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: list[bytes]
) -> None:
    install(tmp_path, monkeypatch, stream, once=True)
    opened = raspberry("", SIZE, 30, 300_000, CLOCK)
    async with asyncio.timeout(60):
        while opened._thread.is_alive():
            assert opened._packets.qsize() <= WAITING + 1
            await asyncio.sleep(0.05)
        packet = await opened.recv()
    assert packet.is_keyframe
    opened.stop()


async def test_a_program_that_will_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "PATIENCE", 0.2)
    code = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open(sys.argv[1], 'w').write(str(os.getpid())); os.close(1); time.sleep(60)"
    )
    pid = tmp_path / "pid"
    opened = ProgramCamera([sys.executable, "-c", code, str(pid)], CLOCK)
    await until(lambda: pid.exists() and pid.read_text())
    opened.stop()
    await until_gone(int(pid.read_text()))
    assert opened.readyState == "ended"


async def test_a_machine_without_the_program_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="neither rpicam-vid nor libcamera-vid is installed"):
        open_camera("rpicam:", SIZE, 30, CLOCK)


async def test_the_older_name_of_the_program_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: list[bytes]
) -> None:
    pid = install(tmp_path, monkeypatch, stream, once=False)
    (tmp_path / "rpicam-vid").rename(tmp_path / "libcamera-vid")
    opened = open_camera("rpicam:1?bitrate=300000", SIZE, 30, CLOCK)
    async with asyncio.timeout(60):
        packet = await opened.recv()
    opened.stop()
    assert isinstance(packet, Packet)
    assert whole("h264", bytes(packet))
    await until_gone(int(pid.read_text()))


async def test_a_film_of_h264_is_passed_on(tmp_path: Path, stream: list[bytes]) -> None:
    path = tmp_path / "film.h264"
    path.write_bytes(b"".join(stream))
    copy = tmp_path / "film.mp4"
    with av.open(str(path)) as source, av.open(str(copy), "w") as sink:
        line = sink.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size:
                packet.pts = packet.dts = number * 3000
                packet.time_base, packet.stream = Fraction(1, 90_000), line
                sink.mux(packet)
    opened = open_camera(f"file:{copy}?format=h264", SIZE, 30, CLOCK)
    async with asyncio.timeout(60):
        got = [await opened.recv() for _ in range(3)]
    opened.stop()
    assert all(isinstance(packet, Packet) for packet in got)
    assert got[0].is_keyframe  # type: ignore[union-attr]  # packets
