"""Camera and microphone of the room: opened once somebody agreed, closed with the call, and counted while open.

What is open is read from the tracks themselves, never from what the call believes: the lamp must burn when a
device failed to close.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sysconfig
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from edge.video.picture import RoomPicture

if TYPE_CHECKING:
    from av.frame import Frame

_log = logging.getLogger(__name__)

SAMPLE_RATE: Final = 48_000
"Samples per second; what Opus and aiortc work with."
AUDIO_BLOCK: Final = SAMPLE_RATE // 50
"20 ms, one Opus packet."
TONE: Final = 440.0
"Hertz of the generated sound: an A, which a test recognises in the browser."
_TONE_LEVEL: Final = 3000
"Of 32767: to be heard without being a nuisance."


class SourceConfig(Protocol):
    """What `edge.config.CallConfig` says of camera and microphone."""

    @property
    def camera(self) -> str:
        """`generated`, `file:PATH` or `v4l2:DEVICE`."""
        ...

    @property
    def microphone(self) -> str:
        """`generated`, `silence` or `alsa:DEVICE`."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        ...

    @property
    def fps(self) -> int:
        """Pictures per second."""
        ...


class _Paced(MediaStreamTrack):
    """A track whose frames are due at equal distances; late ones are left out, as a camera would."""

    def __init__(self, clock: Clock, interval: Fraction) -> None:
        super().__init__()
        self._clock = clock
        self._interval = interval
        self._started: int | None = None
        self._next = 0

    async def _due(self) -> int:
        """Wait for the next frame's time and return its number."""
        if self.readyState != "live":
            raise MediaStreamError
        now = self._clock.monotonic()
        if self._started is None:
            self._started = now
        behind = int(Fraction(now - self._started, SECOND) / self._interval) - self._next
        if behind > 1:
            self._next += behind
        wait = self._started + int(self._next * self._interval * SECOND) - now
        if wait > 0:
            await asyncio.sleep(wait / SECOND)
        number, self._next = self._next, self._next + 1
        return number


class GeneratedCamera(_Paced):
    """The drawn room of `edge.video.picture`."""

    kind = "video"

    def __init__(self, clock: Clock, size: tuple[int, int], fps: int) -> None:
        super().__init__(clock, Fraction(1, fps))
        self._picture = RoomPicture(*size)

    async def recv(self) -> Frame:
        """Return the next picture, drawn now."""
        number = await self._due()
        frame = av.VideoFrame(self._picture.width, self._picture.height, "yuv420p")
        for plane, values in zip(frame.planes, self._picture.draw(self._clock.utc()), strict=True):
            padded = np.zeros((values.shape[0], plane.line_size), np.uint8)
            padded[:, : values.shape[1]] = values
            plane.update(padded.tobytes())
        frame.time_base = Fraction(1, 90_000)
        frame.pts = int(number * self._interval * 90_000)
        return frame


class GeneratedMicrophone(_Paced):
    """A steady tone, or silence."""

    kind = "audio"

    def __init__(self, clock: Clock, level: int = _TONE_LEVEL) -> None:
        super().__init__(clock, Fraction(AUDIO_BLOCK, SAMPLE_RATE))
        self._level = level

    async def recv(self) -> Frame:
        """Return the next 20 ms."""
        first = await self._due() * AUDIO_BLOCK
        phase = (first + np.arange(AUDIO_BLOCK)) * (2 * np.pi * TONE / SAMPLE_RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=AUDIO_BLOCK)
        frame.planes[0].update((self._level * np.sin(phase)).astype(np.int16).tobytes())
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = first
        return frame


class Devices:
    """The open tracks of one call."""

    def __init__(self, config: SourceConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self.camera: MediaStreamTrack | None = None
        self.microphone: MediaStreamTrack | None = None

    def open(self) -> None:
        """Open both; to be called by nobody but the call, after the room agreed.

        Blocks while a real device answers (some tenths of a second): between the room's consent and the open device
        nothing else may happen.

        Raises:
            ConfigError: a device is not there or cannot be opened; the text names it.
        """
        try:
            self.camera = _camera(self._config, self._clock)
            self.microphone = _microphone(self._config, self._clock)
        except (OSError, av.FFmpegError, ValueError, ConfigError) as error:
            self.close()
            raise ConfigError(f"camera or microphone cannot be opened: {error}") from None

    def close(self) -> None:
        """Close what is open."""
        for track in (self.camera, self.microphone):
            if track is not None:
                track.stop()

    @property
    def camera_open(self) -> bool:
        """Whether the camera delivers, or could."""
        return self.camera is not None and self.camera.readyState == "live"

    @property
    def microphone_open(self) -> bool:
        """Whether the microphone delivers, or could."""
        return self.microphone is not None and self.microphone.readyState == "live"


def _camera(config: SourceConfig, clock: Clock) -> MediaStreamTrack:
    kind, _, name = config.camera.partition(":")
    width, height = config.size
    if kind == "generated":
        return GeneratedCamera(clock, (width & ~1, height & ~1), config.fps)
    if kind == "file":
        return _track(MediaPlayer(name, loop=True).video, config.camera)
    if kind == "v4l2":
        options = {"video_size": f"{width}x{height}", "framerate": str(config.fps)}
        return _track(MediaPlayer(name, format="v4l2", options=options).video, config.camera)
    raise ConfigError(f"camera {config.camera!r} is not generated, file:PATH or v4l2:DEVICE")


def _microphone(config: SourceConfig, clock: Clock) -> MediaStreamTrack:
    kind, _, name = config.microphone.partition(":")
    if kind == "generated":
        return GeneratedMicrophone(clock)
    if kind == "silence":
        return GeneratedMicrophone(clock, level=0)
    if kind == "alsa":
        find_alsa()
        return _track(MediaPlayer(name or "default", format="alsa").audio, config.microphone)
    raise ConfigError(f"microphone {config.microphone!r} is not generated, silence or alsa:DEVICE")


def _track(track: MediaStreamTrack | None, name: str) -> MediaStreamTrack:
    if track is None:
        raise ConfigError(f"{name!r} has no stream of the kind that is needed")
    return track


def find_alsa() -> None:
    """Tell the ALSA library inside PyAV's wheel where the system keeps its configuration.

    Its own path is where it was built; every device would be "Unknown PCM". What the environment says already stays.
    """
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for name, place in (
        ("ALSA_CONFIG_PATH", Path("/usr/share/alsa/alsa.conf")),
        ("ALSA_PLUGIN_DIR", Path("/usr/lib") / multiarch / "alsa-lib"),
    ):
        if place.exists():
            os.environ.setdefault(name, str(place))
        else:
            _log.warning("sound: %s is not there, %s stays unset", place, name)
