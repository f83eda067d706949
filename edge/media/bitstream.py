"""Where a picture begins and ends in encoded bytes, and whether it can be read by itself. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge.media.names import Codec

START: Final = b"\x00\x00\x01"
"Begins every NAL unit of a byte stream, ITU-T H.264 annex B."
MAX_PICTURE: Final = 4 * 1024 * 1024
"Octets; what never ends is no picture."
_SLICE_IDR: Final = 5
"NAL unit type of a whole picture, ITU-T H.264 table 7-1."
_SLICES: Final = (1, _SLICE_IDR)
_LEADERS: Final = (6, 7, 8, 9)
"Supplemental information, sequence and picture parameters, delimiter: they stand before the picture they belong to."


def whole(codec: Codec, data: bytes) -> bool:
    """Tell whether an encoded picture can be read without those before it.

    Args:
        codec: which.
        data: as a receiver puts it together: a VP8 frame, or NAL units with start codes.
    """
    if codec == "vp8":
        # RFC 6386 section 9.1: the lowest bit of the frame tag is 0 in a key frame.
        return bool(data) and not data[0] & 1
    return any(unit[:1] and unit[0] & 0x1F == _SLICE_IDR for unit in data.split(START)[1:])


class PictureSplitter:
    """Cuts a byte stream into pictures. Takes any bytes; what is no picture is counted."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._begun = False
        self.dropped = 0
        "Octets that belonged to no picture."

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes; return the pictures that they complete."""
        self._buffer += data
        pictures = []
        while (end := self._next()) is not None:
            pictures.append(bytes(self._buffer[:end]))
            del self._buffer[:end]
        if len(self._buffer) > MAX_PICTURE:
            self.dropped += len(self._buffer)
            self._buffer.clear()
        return pictures

    def flush(self) -> bytes:
        """Return what has come of a picture, as nothing more of it will; empty when there is none."""
        picture, self._buffer = bytes(self._buffer), bytearray()
        if not any(_kind(picture, at) in _SLICES for at in _starts(picture)):
            # Parameters whose picture is still to come.
            self._buffer += picture
            return b""
        return picture

    def _next(self) -> int | None:
        """Return where the first picture ends, once the second has begun."""
        starts = _starts(self._buffer)
        if not starts:
            return None
        if (first := self._back(starts[0])) > 0:
            self.dropped += first
            del self._buffer[:first]
            starts = [at - first for at in starts]
        drawn = False
        for at in starts:
            kind = _kind(self._buffer, at)
            if kind in _SLICES:
                if at + 4 >= len(self._buffer):
                    return None
                # `first_mb_in_slice` is 0, which is written as a single one: the first slice of a picture.
                if drawn and self._buffer[at + 4] & 0x80:
                    return self._back(at)
                drawn = True
            elif drawn and kind in _LEADERS:
                return self._back(at)
        return None

    def _back(self, at: int) -> int:
        """A start code may have a zero before it."""
        return at - 1 if at > 0 and self._buffer[at - 1] == 0 else at


def _starts(data: bytes | bytearray) -> list[int]:
    found, at = [], data.find(START)
    while at >= 0:
        found.append(at)
        at = data.find(START, at + len(START))
    return found


def _kind(data: bytes | bytearray, at: int) -> int | None:
    place = at + len(START)
    return data[place] & 0x1F if place < len(data) else None
