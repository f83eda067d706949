"""Encoded pictures made into JPEG, for a browser that cannot decode them itself. Loaded when one asks."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
from av.video.frame import VideoFrame

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

QUALITY: Final = 5
"FFmpeg's scale for JPEG, 2 (best) to 31."


class StillMaker:
    """Decodes one stream, from a whole picture on."""

    def __init__(self, codec: str) -> None:
        """Begin.

        Args:
            codec: `vp8` or `h264`.
        """
        self._decoder: VideoCodecContext = (
            av.CodecContext.create("h264", "r") if codec == "h264" else av.CodecContext.create("vp8", "r")
        )
        self._encoder: VideoCodecContext | None = None

    def make(self, data: bytes) -> bytes | None:
        """Return a picture as JPEG; `None` when this completes none. Takes some milliseconds.

        Raises:
            ValueError: it cannot be decoded; the next whole picture can.
        """
        jpeg = None
        try:
            for frame in self._decoder.decode(av.Packet(data)):
                if isinstance(frame, VideoFrame):
                    jpeg = self._jpeg(frame)
        except av.FFmpegError as error:
            raise ValueError(str(error)) from None
        return jpeg

    def _jpeg(self, frame: VideoFrame) -> bytes | None:
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (frame.width, frame.height):
            encoder = self._encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
            encoder.time_base = Fraction(1, 30)
            encoder.qmin = encoder.qmax = QUALITY
        picture = frame.reformat(format="yuvj420p")
        picture.pts = None
        packets = encoder.encode(picture)
        return bytes(packets[0]) if packets else None
