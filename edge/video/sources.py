"""Camera and microphone of the room: opened once somebody agreed, closed with the call, and counted while open.

What is open is read from the tracks themselves, never from what the call believes: the lamp must burn when a
device failed to close.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from edge.media.names import SOUND_SYSTEMS, CameraName, Codec, sound_device
from edge.video.hardware import raspberry
from edge.video.picture import RoomPicture

if TYPE_CHECKING:
    from av.frame import Frame

SAMPLE_RATE: Final = 48_000
"Samples per second; what Opus and aiortc work with."
AUDIO_BLOCK: Final = SAMPLE_RATE // 50
"20 ms, one Opus packet."
TONE: Final = 440.0
"Hertz of the generated sound: an A, which a test recognises in the browser."
HEART_TONE: Final = 60.0
"Hertz of the drawn heart: most of a heart sound lies between 20 and 150 Hz (memory)."
_FAILURES: Final = (OSError, av.FFmpegError, ValueError)
"What opening a device through FFmpeg raises."
_TONE_LEVEL: Final = 3000
"Of 32767: to be heard without being a nuisance."


class SourceConfig(Protocol):
    """What `edge.config.CallConfig` says of camera and microphone."""

    @property
    def camera(self) -> str:
        """`generated`, `file:PATH`, `v4l2:DEVICE` or `rpicam:`."""
        ...

    @property
    def codec(self) -> Codec:
        """What pictures are encoded in."""
        ...

    @property
    def microphone(self) -> str:
        """`generated`, `silence`, `alsa:DEVICE` or `pipewire:NODE`."""
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
    """A picture of `edge.video.picture`."""

    kind = "video"

    def __init__(
        self, clock: Clock, size: tuple[int, int], fps: int, drawn: type[RoomPicture] = RoomPicture
    ) -> None:
        super().__init__(clock, Fraction(1, fps))
        self._picture = drawn(*size)

    async def recv(self) -> Frame:
        """Return the next picture, drawn now."""
        number = await self._due()
        frame = av.VideoFrame(self._picture.width, self._picture.height, "yuv420p")
        for plane, values in zip(frame.planes, self._picture.draw(self._clock.utc()), strict=True):
            missing = plane.line_size - values.shape[1]
            plane.update((np.pad(values, ((0, 0), (0, missing))) if missing else values).tobytes())
        frame.time_base = Fraction(1, 90_000)
        frame.pts = int(number * self._interval * 90_000)
        return frame


class _GeneratedSound(_Paced):
    """A sound that is a function of time."""

    kind = "audio"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, Fraction(AUDIO_BLOCK, SAMPLE_RATE))

    @abstractmethod
    def _sound(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sound at times in seconds, full scale 32767."""

    async def recv(self) -> Frame:
        """Return the next 20 ms."""
        first = await self._due() * AUDIO_BLOCK
        sound = self._sound((first + np.arange(AUDIO_BLOCK)) / SAMPLE_RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=AUDIO_BLOCK)
        frame.planes[0].update(sound.astype(np.int16).tobytes())
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = first
        return frame


class GeneratedMicrophone(_GeneratedSound):
    """A steady tone, or silence."""

    def __init__(self, clock: Clock, level: int = _TONE_LEVEL) -> None:
        super().__init__(clock)
        self._level = level

    def _sound(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._level * np.sin(2 * np.pi * TONE * time)


class GeneratedHeart(_GeneratedSound):
    """Two sounds of a heart, 60 times a minute: low bursts at 0 and 0.32 s of each second. Drawn, not recorded."""

    def _sound(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = time % 1.0, (time - 0.32) % 1.0
        burst = np.exp(-first / 0.035) + 0.7 * np.exp(-second / 0.025)
        return 9_000 * burst * np.sin(2 * np.pi * HEART_TONE * time)


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
            config = self._config
            self.camera = open_camera(config.camera, config.size, config.fps, self._clock)
            self.microphone = _microphone(config, self._clock)
        except (*_FAILURES, ConfigError) as error:
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


def open_camera(
    name: str, size: tuple[int, int], fps: int, clock: Clock, drawn: type[RoomPicture] = RoomPicture
) -> MediaStreamTrack:
    """Open a camera by its name in the configuration; `drawn` is what `generated` shows.

    Raises:
        ConfigError: it is not there, or cannot be opened.
    """
    camera = CameraName.parse(name)
    width, height = size
    if camera.kind == "generated":
        return GeneratedCamera(clock, (width & ~1, height & ~1), fps, drawn)
    if camera.kind == "rpicam":
        return raspberry(camera.place, size, fps, camera.bitrate, clock)
    options = {}
    if camera.kind == "v4l2":
        options = {"video_size": f"{width}x{height}", "framerate": str(fps)}
        if camera.encoded:
            options["input_format"] = "h264"
    try:
        player = MediaPlayer(
            camera.place,
            format="v4l2" if camera.kind == "v4l2" else None,
            options=options,
            loop=camera.kind == "file",
            decode=not camera.encoded,
        )
        return _track(player.video, name)
    except _FAILURES as error:
        raise ConfigError(f"camera {name!r} cannot be opened: {error}") from None


def open_stethoscope(name: str, clock: Clock) -> MediaStreamTrack:
    """Open a stethoscope by its name in the configuration.

    Raises:
        ConfigError: it is not there, or cannot be opened.
    """
    kind, _, place = name.partition(":")
    if kind == "generated":
        return GeneratedHeart(clock)
    try:
        if kind == "file":
            return _track(MediaPlayer(place, loop=True).audio, name)
        if kind in SOUND_SYSTEMS:
            return _track(MediaPlayer(sound_device(name), format="alsa").audio, name)
    except _FAILURES as error:
        raise ConfigError(f"stethoscope {name!r} cannot be opened: {error}") from None
    raise ConfigError(f"stethoscope {name!r} is not generated, file:PATH, alsa:DEVICE or pipewire:NODE")


def _microphone(config: SourceConfig, clock: Clock) -> MediaStreamTrack:
    kind = config.microphone.partition(":")[0]
    if kind == "generated":
        return GeneratedMicrophone(clock)
    if kind == "silence":
        return GeneratedMicrophone(clock, level=0)
    if kind in SOUND_SYSTEMS:
        return _track(MediaPlayer(sound_device(config.microphone), format="alsa").audio, config.microphone)
    raise ConfigError(
        f"microphone {config.microphone!r} is not generated, silence, alsa:DEVICE or pipewire:NODE"
    )


def _track(track: MediaStreamTrack | None, name: str) -> MediaStreamTrack:
    if track is None:
        raise ConfigError(f"{name!r} has no stream of the kind that is needed")
    return track
