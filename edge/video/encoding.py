"""One picture, encoded once, for all who watch.

A track that yields encoded packets is only cut into RTP packets by aiortc, so every viewer gets the same ones. A viewer who
joins, or who lost a picture, needs a whole one: it is made for all, at most twice a second. A viewer who does not keep up
gets nothing until the next whole picture, and holds up nobody. A camera that delivers packets itself (a hardware encoder) is
passed on as it is, or not at all where a line does not carry it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from devices.clock import SECOND, Clock
from edge.media.names import VP8, Coding
from edge.video import tuning
from edge.video.codecs import Encoder, encoder
from edge.video.ladder import SOUND, Ladder, Rung, passed, rungs

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_log = logging.getLogger(__name__)

BEHIND: Final = 8
"Pictures that wait for one viewer: half a second; more is a viewer who does not keep up."
KEY_EVERY: Final = SECOND // 2
"Between two whole pictures: one is about ten times as large as another."
STEP: Final = 0.15
"Share by which the bit rate must change before a new encoder is worth a whole picture."
SMOOTH: Final = 0.3
"Share of the newest half second in the rate that is sent: whole pictures are large."
LOOK: Final = 0.5
"Seconds between two looks at the lines."


class Viewer(MediaStreamTrack):
    """One viewer's copy of the packets."""

    kind = "video"

    def __init__(self, wanted: Callable[[], None]) -> None:
        super().__init__()
        self._wanted = wanted
        self._packets: asyncio.Queue[Packet[Any] | None] = asyncio.Queue(BEHIND + 1)
        self._whole = True
        self.takes = False
        "Somebody takes the packets: what is made before the connection stands would be old when it does."
        self.dropped = 0
        "Packets that this viewer did not get, because it did not keep up."

    def restart(self) -> None:
        """Take nothing before the next whole picture."""
        self._whole = True

    def push(self, packet: Packet[Any]) -> None:
        """Give a packet."""
        if not self.takes or (self._whole and not packet.is_keyframe):
            return
        self._whole = False
        if self._packets.qsize() >= BEHIND:
            self.dropped += self._packets.qsize() + 1
            while not self._packets.empty():
                self._packets.get_nowait()
            self._whole = True
            self._wanted()
            return
        self._packets.put_nowait(packet)

    async def recv(self) -> Packet[Any]:
        """Return the next packet."""
        if self.readyState != "live":
            raise MediaStreamError
        if not self.takes:
            self.takes = True
            self._wanted()
        packet = await self._packets.get()
        if packet is None:
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        """End: whoever waits for a packet learns it."""
        super().stop()
        if self._packets.qsize() <= BEHIND:
            self._packets.put_nowait(None)


class SharedEncoder:
    """Takes pictures from a camera while it is open, and gives packets to every viewer. Lives on the event loop."""

    def __init__(
        self,
        camera: MediaStreamTrack,
        size: tuple[int, int],
        fps: int,
        clock: Clock,
        told: Callable[[Rung], None],
        coding: Coding = VP8,
    ) -> None:
        """Prepare.

        Args:
            camera: yields pictures, or packets that are encoded already.
            size: of the camera's picture.
            fps: pictures a second of the camera.
            clock: the edge's clock.
            told: is told of every change of the rung.
            coding: how pictures become packets; those of a camera that encodes itself must be of its codec.
        """
        self.codec: Final = coding.codec
        self._camera = camera
        self._size = size
        self._clock = clock
        self._told = told
        self.failed = False
        "The camera ended by itself."
        if coding.passed is None:
            available, start = rungs(size[1], fps), tuning.VIDEO_START
        else:
            available, start = passed(size[1], fps, coding.passed), coding.passed
        self.ladder = Ladder(available, clock.monotonic(), start=start)
        self._viewers: dict[Viewer, Callable[[], int | None]] = {}
        self._encoder: Encoder | None = None
        self._whole_wanted = True
        self._whole_at = 0
        self._due = 0.0
        self._bits = 0
        self._rate = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._thread: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin to take pictures."""
        # One thread, always the same: each thread that ever encoded keeps some ten megabytes of what it had freed.
        self._thread = ThreadPoolExecutor(1, "encoder")
        self._tasks = [
            asyncio.create_task(self._take(), name="picture"),
            asyncio.create_task(self._look(), name="picture's lines"),
        ]

    def stop(self) -> None:
        """End; the camera is its owner's to close."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        if self._thread is not None:
            self._thread.shutdown(wait=False)
        for viewer in tuple(self._viewers):
            self.leave(viewer)

    def join(self) -> Viewer:
        """Return a track for one more viewer."""
        viewer = Viewer(self.request_key_frame)
        self._viewers[viewer] = lambda: None
        return viewer

    def listen(self, viewer: Viewer, estimate: Callable[[], int | None]) -> None:
        """Ask this for what the viewer's line carries, bits per second; `None` is not known yet."""
        self._viewers[viewer] = estimate

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        self._viewers.pop(viewer, None)
        self.ladder.leave(viewer)
        viewer.stop()

    @property
    def rung(self) -> Rung:
        """What is sent: nothing of a camera that failed."""
        return SOUND if self.failed else self.ladder.rung

    @property
    def best(self) -> bool:
        """Whether there is nothing better."""
        return self.failed or self.ladder.best

    def request_key_frame(self) -> None:
        """Let the next picture be a whole one, if the last one was not a moment ago."""
        self._whole_wanted = True

    # ---- inside ----

    async def _look(self) -> None:
        while True:
            told = {viewer: estimate() for viewer, estimate in self._viewers.items()}
            for viewer, bitrate in told.items():
                if bitrate is not None:
                    self.ladder.estimate(viewer, bitrate)
                elif any(told.values()):
                    # What a line that fell silent said last holds down nobody; that of the only one is where it begins again.
                    self.ladder.leave(viewer)
            self._rate += SMOOTH * (self._bits / LOOK - self._rate)
            self._bits = 0
            if self._viewers and self.ladder.tick(self._clock.monotonic(), round(self._rate)):
                rung = self.ladder.rung
                _log.info("picture is %s at %d bit/s", rung.name, self.ladder.bitrate)
                self._restart()
                self._told(rung)
            await asyncio.sleep(LOOK)

    async def _take(self) -> None:
        while True:
            try:
                got = await self._camera.recv()
            except MediaStreamError:
                _log.error("the camera ended: the call goes on with sound")
                self.failed = True
                self._told(SOUND)
                return
            if isinstance(got, Packet):
                self._give(got)
                continue
            if not isinstance(got, av.VideoFrame) or not self._wanted(got):
                continue
            now = self._clock.monotonic()
            whole = self._whole_wanted and now - self._whole_at >= KEY_EVERY
            fitting = self._fitting()
            encode = partial(_encoded, fitting, got, whole=whole)
            for packet in await asyncio.get_running_loop().run_in_executor(self._thread, encode):
                self._give(packet)
                if packet.is_keyframe:
                    self._whole_at, self._whole_wanted = now, False

    def _restart(self) -> None:
        """After a rung without a picture, packets of before are missing: everybody begins with a whole one."""
        if self._encoder is None:
            for viewer in self._viewers:
                viewer.restart()

    def _give(self, packet: Packet[Any]) -> None:
        if self.ladder.rung is not SOUND:
            self._bits += 8 * packet.size
            for viewer in self._viewers:
                viewer.push(packet)

    def _wanted(self, frame: VideoFrame) -> bool:
        """Tell whether this picture is sent: somebody takes it, there is a rung, and it is time for the next one."""
        rung = self.ladder.rung
        if rung is SOUND or frame.pts is None or frame.time_base is None:
            return False
        if not any(viewer.takes for viewer in self._viewers):
            return False
        time = float(frame.pts * frame.time_base)
        interval = 1 / rung.fps
        if time < self._due - interval / 2 and self._due - time < 2 * interval:
            return False
        self._due = max(self._due, time - interval) + interval
        return True

    def _fitting(self) -> Encoder:
        """Return the encoder for the rung and its bit rate; a new one begins with a whole picture."""
        rung, bitrate, known = self.ladder.rung, self.ladder.bitrate, self._encoder
        width, height = self._size
        size = (width, height)
        if rung.height < height:
            size = (round(width * rung.height / height / 2) * 2, rung.height)
        if known is None or known.size != size or abs(bitrate - known.bitrate) > STEP * known.bitrate:
            self._encoder = known = encoder(self.codec, size, rung.fps, bitrate)
        return known


def _encoded(fitting: Encoder, frame: VideoFrame, *, whole: bool) -> list[Packet[Any]]:
    width, height = fitting.size
    if (frame.width, frame.height, frame.format.name) != (width, height, "yuv420p"):
        frame = frame.reformat(width, height, "yuv420p")
    return fitting.encode(frame, whole=whole)
