"""The encoders of a room's picture: VP8 (libvpx) and H.264 (x264), one size and rate each, tuned for talking over a weak line.

| | why it is so |
|---|---|
| a steady rate, at most half a second or a second of buffer | a line that is filled in bursts delays the sound |
| whole pictures when they are asked for, and never else | one is about ten times as large as another |
| no picture waits for a later one | every one that does costs its interval in delay |
| libvpx `cpu-used` -12 | 0.1 dB worse than aiortc's -6 at most, for 25 to 30 % less time; -16 loses 0.5 dB at 300 kbit/s (measured) |
| x264 `superfast` | `medium`, its own choice, costs five times the time per picture at 640x480 (measured) |

H.264 is for cameras that deliver it themselves and for browsers with hardware for it alone. Its baseline profile is what every
browser that has H.264 at all must read (RFC 7742 section 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

import av
from av.video.frame import PictureType

from edge.media.names import Codec

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

MIME: Final[dict[Codec, str]] = {"vp8": "video/VP8", "h264": "video/H264"}
"As browsers name them."

_CLOCK: Final = 90_000
"RTP's clock for pictures, hertz."


class Encoder(Protocol):
    """One size, one rate."""

    @property
    def bitrate(self) -> int:
        """Bits per second."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        ...

    def encode(self, frame: VideoFrame, *, whole: bool) -> list[Packet[Any]]:
        """Return the packets of a picture of that size; runs in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class _Encoder:
    bitrate: int
    size: tuple[int, int]
    context: VideoCodecContext

    def encode(self, frame: VideoFrame, *, whole: bool) -> list[Packet[Any]]:
        frame.pict_type = PictureType.I if whole else PictureType.NONE
        return list(self.context.encode(frame))


def encoder(codec: Codec, size: tuple[int, int], fps: int, bitrate: int) -> Encoder:
    """Return an encoder that begins with a whole picture.

    Args:
        codec: which.
        size: width and height, even.
        fps: pictures a second, at most.
        bitrate: bits per second.
    """
    context = _vp8(bitrate) if codec == "vp8" else _h264(fps, bitrate)
    context.width, context.height = size
    context.bit_rate = bitrate
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, _CLOCK)
    # No whole picture unless it is asked for.
    context.gop_size = 3000
    context.thread_count = 1 if size[0] * size[1] <= 640 * 480 else 2
    return _Encoder(bitrate, size, context)


def _vp8(bitrate: int) -> VideoCodecContext:
    context: VideoCodecContext = av.CodecContext.create("libvpx", "w")
    context.qmin, context.qmax = 2, 56
    context.options = {
        "deadline": "realtime",
        "cpu-used": "-12",
        "lag-in-frames": "0",
        "error-resilient": "1",
        "minrate": str(bitrate),
        "maxrate": str(bitrate),
        "bufsize": str(bitrate),
        "undershoot-pct": "100",
        "overshoot-pct": "15",
        "static-thresh": "1",
    }
    return context


def _h264(fps: int, bitrate: int) -> VideoCodecContext:
    context: VideoCodecContext = av.CodecContext.create("libx264", "w")
    context.profile = "Baseline"
    context.framerate = Fraction(fps, 1)
    context.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "level": "31",
        # Without a whole picture that forgets all before it, who joins late never sees one.
        "forced-idr": "1",
        "sc_threshold": "0",
        "maxrate": str(bitrate),
        "bufsize": str(bitrate // 2),
    }
    return context
