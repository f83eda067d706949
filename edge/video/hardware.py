"""Cameras that encode by themselves: a Raspberry Pi's, through `rpicam-vid`, whose H.264 is passed on as it is.

The program writes NAL units with start codes (ITU-T H.264 annex B) to a pipe. A picture is complete when the next one begins,
or when the pipe has been quiet for `QUIET`: waiting for the next one would cost its whole interval. There is no way
to ask the program for a whole picture, so it makes one every second. A program that ends takes the picture with it, and
nothing else: the call goes on with sound.

`rpicam-vid` was called `libcamera-vid` before Raspberry Pi OS 12; both names are tried. Its options are those of Raspberry Pi's
documentation; no Raspberry Pi was there to try them on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import shutil
import subprocess
import tempfile
import threading
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Any, Final

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from edge.media.bitstream import PictureSplitter, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)

PROGRAMS: Final = ("rpicam-vid", "libcamera-vid")
QUIET: Final = 0.010
"Seconds of silence after which a picture is complete; the program writes one at a time, in one go."
WAITING: Final = 16
"Pictures that nobody took; beyond, all go, and it begins anew with a whole one."
PATIENCE: Final = 1.0
"Seconds that a program has to end when it is asked to."
_CLOCK: Final = 90_000


class ProgramCamera(MediaStreamTrack):
    """The pictures that a program writes to its standard output, each a packet, timed when it came."""

    kind = "video"

    def __init__(self, command: Sequence[str], clock: Clock) -> None:
        """Start the program.

        Args:
            command: with its arguments.
            clock: the edge's clock.

        Raises:
            OSError: it cannot be started.
        """
        super().__init__()
        self._clock = clock
        self._running = asyncio.get_running_loop()
        self._began = clock.monotonic()
        self._packets: asyncio.Queue[Packet[Any] | None] = asyncio.Queue()
        self._whole = True
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the program runs
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._said
        )
        self._thread = threading.Thread(target=self._read, name="camera program", daemon=True)
        self._thread.start()

    async def recv(self) -> Packet[Any]:
        """Return the next picture."""
        if self.readyState != "live":
            raise MediaStreamError
        packet = await self._packets.get()
        if packet is None:
            self.stop()
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        """End the program."""
        super().stop()
        if self._process.poll() is None:
            self._process.terminate()

    # ---- in the thread ----

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        splitter = PictureSplitter()
        with pipe:
            while (pictures := self._more(pipe, splitter)) is not None:
                for picture in pictures:
                    self._tell(picture)
        self._end()
        self._tell(None)

    @staticmethod
    def _more(pipe: IO[bytes], splitter: PictureSplitter) -> list[bytes] | None:
        """Wait for bytes; return the pictures that they complete, `None` at the end."""
        data = os.read(pipe.fileno(), 65_536)
        if not data:
            return None
        pictures = splitter.receive(data)
        ready, _, _ = select.select([pipe], [], [], QUIET)
        if not ready and (last := splitter.flush()):
            pictures.append(last)
        return pictures

    def _end(self) -> None:
        with self._said:
            try:
                code = self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
            if self.readyState == "live":
                self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 400))
                last = self._said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
                _log.error(
                    "camera: %s ended with %d: %s", self._process.args, code, *last or ["it said nothing"]
                )

    def _tell(self, picture: bytes | None) -> None:
        try:
            self._running.call_soon_threadsafe(self._take, picture)
        except RuntimeError:
            # The loop is closed: nobody is left to tell.
            self._process.kill()

    # ---- on the event loop ----

    def _take(self, picture: bytes | None) -> None:
        if picture is None:
            self._packets.put_nowait(None)
            return
        if self._packets.qsize() >= WAITING:
            while not self._packets.empty():
                self._packets.get_nowait()
            self._whole = True
        key = whole("h264", picture)
        if self._whole and not key:
            return
        self._whole = False
        packet: Packet[Any] = Packet(picture)
        packet.is_keyframe = key
        packet.time_base = Fraction(1, _CLOCK)
        packet.pts = (self._clock.monotonic() - self._began) * _CLOCK // SECOND
        self._packets.put_nowait(packet)


def raspberry(number: str, size: tuple[int, int], fps: int, bitrate: int, clock: Clock) -> ProgramCamera:
    """Open a Raspberry Pi's camera.

    Args:
        number: which, as `rpicam-hello --list-cameras` counts them; empty for the first.
        size: width and height.
        fps: pictures a second.
        bitrate: bits a second.
        clock: the edge's clock.

    Raises:
        ConfigError: the program is not installed or cannot be started.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name)) is not None), None)
    if program is None:
        raise ConfigError(f"neither {PROGRAMS[0]} nor {PROGRAMS[1]} is installed")
    options = {
        "camera": number or "0",
        "timeout": "0",
        "verbose": "0",
        "codec": "h264",
        "profile": "baseline",
        "width": str(size[0]),
        "height": str(size[1]),
        "framerate": str(fps),
        "bitrate": str(bitrate),
        # A whole picture each second, with its parameters: who joins waits no longer.
        "intra": str(fps),
    }
    command = [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
    return ProgramCamera([*command, "--inline", "--nopreview", "--flush", "--output", "-"], clock)
