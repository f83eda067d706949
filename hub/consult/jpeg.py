"""What a JPEG says of itself, from its header alone (ITU-T T.81, annex B). Pure; nothing is decoded.

A picture is kept as it came but for what its file says beside it; what is no JPEG, or a huge one, is refused before it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from devices.errors import VeilleuseError

MAX_BYTES: Final = 2_000_000
MAX_SIDE: Final = 8192
"Pixels; a browser that shows a larger one may run out of memory."
_START, _SCAN, _END = 0xD8, 0xDA, b"\xff\xd9"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"Markers that begin a frame header; the three others are tables."
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"Markers without a length."
_SAID: Final = frozenset({*range(0xE0, 0xF0), 0xFE}) - {0xEE}
"What programs write beside the picture: place, time, thumbnails, comments. The one that is left says how its colours are meant."


class JpegError(VeilleuseError):
    """Some bytes are no JPEG that is kept."""


def size_of(image: bytes) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises:
        JpegError: too large, no JPEG, cut short, or without a size; the text says which.
    """
    if len(image) > MAX_BYTES:
        raise JpegError(f"picture of {len(image)} bytes, at most {MAX_BYTES} allowed")
    if image[:2] != bytes((0xFF, _START)):
        raise JpegError("picture does not begin as a JPEG does")
    if not image.rstrip(b"\x00").endswith(_END):
        raise JpegError("picture does not end as a JPEG does: it is cut short")
    width, height = _frame(image)
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE:
        raise JpegError(f"picture of {width} x {height} pixels, 1 to {MAX_SIDE} allowed")
    return width, height


def bare(image: bytes) -> bytes:
    """Return the same picture without what its file says beside it.

    Raises:
        JpegError: it is damaged before its samples.
    """
    kept = [image[:2]]
    at = 2
    for marker, begin, end in _segments(image):
        if marker not in _SAID:
            kept.append(image[begin:end])
        at = end
    return b"".join((*kept, image[at:]))


def _frame(image: bytes) -> tuple[int, int]:
    for marker, begin, end in _segments(image):
        if marker in _FRAMES:
            # Marker, length, precision, height, width.
            if end - begin < 10 or begin + 9 > len(image):
                raise JpegError("picture is cut short in its frame header")
            header = image[begin + 5 : begin + 9]
            return int.from_bytes(header[2:], "big"), int.from_bytes(header[:2], "big")
    raise JpegError("picture has no frame header before its samples")


def _segments(image: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of what stands before the samples; a marker without a length is one too."""
    at = 2
    # Every turn reads past at least one marker, so this ends with the picture.
    while at + 4 <= len(image):
        if image[at] != 0xFF:
            raise JpegError(f"picture has no marker at byte {at}")
        marker = image[at + 1]
        if marker == _SCAN:
            return
        if marker == 0xFF or marker in _ALONE:
            length = -1 if marker == 0xFF else 0
        else:
            length = int.from_bytes(image[at + 2 : at + 4], "big")
            if length < 2:
                raise JpegError(f"picture has a segment of {length} bytes at byte {at}")
        yield marker, at, at + 2 + length
        at += 2 + length
