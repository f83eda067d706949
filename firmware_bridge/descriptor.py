"""What a node is made of: the capability descriptor (PROTOCOL.md, part 7). Pure."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from devices.errors import DecodeError

_STREAM = struct.Struct("<BBBIiHb")
_CLOCK = struct.Struct("<H")
_UPDATE = struct.Struct("<BI")


class Tag(enum.IntEnum):
    """What a record says."""

    BOARD = 1
    FIRMWARE = 2
    CLOCK = 3
    STREAM = 4
    EVENT = 5
    UPDATE = 6
    HARDWARE = 7


class StreamKind(enum.IntEnum):
    """What a stream measures; fixes its unit and its channels."""

    ECG = 1
    "mV."
    PPG = 2
    "Red and infra-red, converter counts."
    TEMPERATURE = 3
    "Of the room, Cel."


class UpdateMethod(enum.IntEnum):
    """How new firmware gets into the node."""

    NONE = 0
    STK500 = 1
    AN3155 = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of samples: value = (sample - zero) * scale in the kind's unit."""

    id: int
    kind: int
    format: int
    "Channels in bits 7-4, bytes of a sample in bits 3-0."
    millihertz: int
    zero: int = 0
    mantissa: int = 1
    exponent: int = 0

    @property
    def rate(self) -> float:
        """Samples per second."""
        return self.millihertz / 1000

    @property
    def scale(self) -> float:
        """Units per count."""
        # Division by an integer power is the double nearest to the decimal number; 10.0**-6 is not.
        power: int = 10 ** abs(self.exponent)
        return self.mantissa / power if self.exponent < 0 else float(self.mantissa * power)

    @classmethod
    def parse(cls, data: bytes) -> Stream:
        """Return the stream; bytes behind the known fields are of a newer version.

        Raises:
            DecodeError: fields are missing.
        """
        return cls(*_unpack(_STREAM, "stream", data))

    def __bytes__(self) -> bytes:
        return _STREAM.pack(
            self.id,
            self.kind,
            self.format,
            self.millihertz,
            self.zero,
            self.mantissa,
            self.exponent,
        )


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A whole descriptor; what no record said has its default."""

    board: str = ""
    firmware: str = ""
    hardware: int = 0
    ppm: int = 0
    "Largest error of the node's clock; 0 if it does not say."
    streams: tuple[Stream, ...] = ()
    events: tuple[int, ...] = ()
    "Kinds that the node can send."
    update: int = UpdateMethod.NONE
    baud: int = 0
    "Of the update."

    @classmethod
    def parse(cls, data: bytes) -> Descriptor:
        """Return what the records say; unknown ones are passed over.

        Raises:
            DecodeError: a record breaks off, lacks fields, or is no ASCII where it should be.
        """
        board = firmware = ""
        hardware = ppm = update = baud = 0
        streams: list[Stream] = []
        events: list[int] = []
        for tag, content in _records(data):
            match tag:
                case Tag.BOARD:
                    board = _text("board", content)
                case Tag.FIRMWARE:
                    firmware = _text("firmware", content)
                case Tag.CLOCK:
                    (ppm,) = _unpack(_CLOCK, "clock", content)
                case Tag.STREAM:
                    streams.append(Stream.parse(content))
                case Tag.EVENT:
                    events.append(_byte("event", content))
                case Tag.UPDATE:
                    update, baud = _unpack(_UPDATE, "update", content)
                case Tag.HARDWARE:
                    hardware = _byte("hardware", content)
        return cls(board, firmware, hardware, ppm, tuple(streams), tuple(events), update, baud)

    def __bytes__(self) -> bytes:
        records = [
            (Tag.BOARD, self.board.encode("ascii")),
            (Tag.FIRMWARE, self.firmware.encode("ascii")),
            (Tag.HARDWARE, bytes([self.hardware])),
            (Tag.CLOCK, _CLOCK.pack(self.ppm)),
            *((Tag.STREAM, bytes(stream)) for stream in self.streams),
            *((Tag.EVENT, bytes([kind])) for kind in self.events),
            (Tag.UPDATE, _UPDATE.pack(self.update, self.baud)),
        ]
        return b"".join(bytes([tag, len(content)]) + content for tag, content in records)

    def stream(self, number: int) -> Stream | None:
        """Return a stream by its number, `None` if there is none."""
        return next((stream for stream in self.streams if stream.id == number), None)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        head = data[at : at + 2]
        content = data[at + 2 : at + 2 + head[-1]]
        if len(head) < 2 or len(content) < head[1]:
            raise DecodeError(f"descriptor of {len(data)} bytes breaks off in the record at {at}")
        yield head[0], content
        at += 2 + head[1]


def _unpack(layout: struct.Struct, name: str, content: bytes) -> tuple[int, ...]:
    if len(content) < layout.size:
        raise DecodeError(f"descriptor's {name} has {len(content)} bytes, {layout.size} are needed")
    return layout.unpack_from(content)


def _byte(name: str, content: bytes) -> int:
    if not content:
        raise DecodeError(f"descriptor's {name} has 0 bytes, 1 is needed")
    return content[0]


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise DecodeError(f"descriptor's {name} is not ASCII") from None
