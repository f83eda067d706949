"""Frames of the room node's line: any bytes in, whole frames and counts out (PROTOCOL.md, part 2). Pure.

A stream is cut at its zero bytes; nothing that stands between two of them can disturb what follows.
"""

from __future__ import annotations

import enum
import struct
import zlib
from dataclasses import dataclass, field

from cobs import cobs

from devices.errors import DecodeError

MAJOR = 1
"Version of the protocol that this side speaks."

HEADER = struct.Struct("<BBHI")
CRC = struct.Struct("<I")

LIMIT = 254
"Longest encoded frame in bytes, delimiters not counted: bounds what a line without delimiters makes us keep."

SHORTEST = HEADER.size + CRC.size

_DELIMITER = b"\0"


class Flag(enum.IntFlag):
    """Bits 0-3 of a frame's first byte."""

    REPEAT = 1
    "Sent before and not acknowledged."
    UNHEARD = 2
    "The node has received no valid frame since it started."


class Verdict(enum.StrEnum):
    """Why a piece of the stream is no frame; also the counter's name."""

    TOO_LONG = "too_long"
    BAD_COBS = "bad_cobs"
    TOO_SHORT = "too_short"
    BAD_CRC = "bad_crc"


class FrameError(DecodeError):
    """A piece of the stream is no frame; `verdict` says why."""

    def __init__(self, verdict: Verdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Frame:
    """Header and payload of one frame whose CRC fitted."""

    type: int
    payload: bytes = b""
    seq: int = 0
    t_us: int = 0
    flags: int = 0
    major: int = MAJOR
    end: int = field(default=0, compare=False)
    "Bytes of the chunk up to and including the frame's closing delimiter: tells when in the chunk it came."

    @classmethod
    def parse(cls, encoded: bytes, end: int = 0) -> Frame:
        """Return the frame that stands between two delimiters.

        Raises:
            FrameError: it is none; checked in the order of PROTOCOL.md.
        """
        if len(encoded) > LIMIT:
            raise FrameError(Verdict.TOO_LONG, f"frame has more than {LIMIT} bytes")
        try:
            body = cobs.decode(encoded)
        except cobs.DecodeError:
            raise FrameError(
                Verdict.BAD_COBS,
                f"frame of {len(encoded)} bytes breaks off within a block",
            ) from None
        if len(body) < SHORTEST:
            raise FrameError(
                Verdict.TOO_SHORT,
                f"frame has {len(body)} bytes, {SHORTEST} at least are needed",
            )
        covered = body[: -CRC.size]
        if CRC.unpack(body[-CRC.size :])[0] != zlib.crc32(covered):
            raise FrameError(Verdict.BAD_CRC, f"frame of {len(body)} bytes has a wrong CRC")
        first, kind, seq, t_us = HEADER.unpack_from(covered)
        return cls(kind, covered[HEADER.size :], seq, t_us, first & 15, first >> 4, end)

    def __bytes__(self) -> bytes:
        """Return what goes on the line, both delimiters included."""
        header = HEADER.pack(self.major << 4 | self.flags, self.type, self.seq, self.t_us)
        covered = header + self.payload
        encoded: bytes = cobs.encode(covered + CRC.pack(zlib.crc32(covered)))
        return _DELIMITER + encoded + _DELIMITER


class Deframer:
    """Cuts a stream into frames; what comes before the first delimiter is passed over uncounted."""

    __slots__ = ("_partial", "_synced", "counts", "last_error")

    def __init__(self) -> None:
        self._partial = b""
        self._synced = False
        self.counts = dict.fromkeys(Verdict, 0)
        "Refused pieces by the reason."
        self.last_error = ""

    @property
    def rejected(self) -> int:
        """Pieces refused so far."""
        return sum(self.counts.values())

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that end within these bytes."""
        frames: list[Frame] = []
        *ended, rest = data.split(_DELIMITER)
        end = 0
        for piece in ended:
            end += len(piece) + 1
            encoded, self._partial = self._partial + piece, b""
            if encoded:
                self._judge(encoded, end, frames)
            self._synced = True
        # One byte beyond the limit is enough to know that it is too long.
        self._partial = (self._partial + rest)[: LIMIT + 1]
        return frames

    def _judge(self, encoded: bytes, end: int, frames: list[Frame]) -> None:
        try:
            frames.append(Frame.parse(encoded, end))
        except FrameError as error:
            if self._synced:
                self.counts[error.verdict] += 1
                self.last_error = str(error)
