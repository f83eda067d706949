"""Finds frames of a fixed size of which only the first byte has bit 7. They carry no checksum."""

from __future__ import annotations

from typing import Generic, TypeVar

from devices.errors import DecodeError

TOP = 0x80
"The bit that only a frame's first byte has."

Frame = TypeVar("Frame")


class TopBitParser(Generic[Frame]):
    """Finds frames in a stream of bytes, whatever the chunks. A frame needs nothing after it to be taken."""

    __slots__ = ("_buffer", "rejected", "skipped")

    SIZE: int
    "Bytes in a frame."

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no frame."
        self.rejected = 0
        "Frames that another began inside of, or that say what cannot be."
        # At most SIZE - 1 bytes: every byte completes a frame, continues one, or ends the one before.
        self._buffer = bytearray()

    def build(self, data: bytes) -> Frame:
        """Return the frame in `SIZE` bytes that begin where one begins.

        Raises:
            DecodeError: a field has a value that the format does not know: the bytes are noise.
        """
        raise NotImplementedError

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that these bytes complete."""
        frames: list[Frame] = []
        for byte in data:
            if byte & TOP:
                self._drop(int(bool(self._buffer)))
                self._buffer.append(byte)
            elif self._buffer:
                self._buffer.append(byte)
            else:
                self.skipped += 1
            if len(self._buffer) == self.SIZE:
                self._complete(frames)
        return frames

    def finish(self) -> list[Frame]:
        """Return nothing, and count what a capture's end cuts off."""
        self._drop(0)
        return []

    def _complete(self, frames: list[Frame]) -> None:
        try:
            frames.append(self.build(bytes(self._buffer)))
        except DecodeError:
            self._drop(1)
        self._buffer.clear()

    def _drop(self, rejected: int) -> None:
        self.rejected += rejected
        self.skipped += len(self._buffer)
        self._buffer.clear()
