"""ESPA 4.4.4: what goes over the line between an alarm system and a paging system. Bytes to messages and back, no I/O.

A dialogue is made of control characters, some with a prefix (`1` ENQ `2` ENQ selects station 2; `2` NAK means busy), and of
blocks: `SOH header STX id US data {RS id US data} ETX BCC`, where BCC is the exclusive or of every byte after SOH up to
and including ETX. BCC may be any value, a control character too: it is told by its place alone.

Headers, records and the meanings of an answer's digit are those of public code and manuals; the digits and the values of
call type and call status are from memory of the standard, and vendors differ: they are tables of the configuration.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import reduce
from operator import xor

from devices.errors import DecodeError

SOH, STX, ETX, EOT, ENQ, ACK, NAK, RS, US = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x1E, 0x1F

MAX_BLOCK = 512
"Bytes between SOH and ETX: a text has at most 128. Bounds memory on a line of noise."

MAX_PREFIX = 4
"Characters kept before a control character: addresses have one, tolerant stations send two."

_CONTROLS = frozenset({EOT, ENQ, ACK, NAK})


class Header(enum.IntEnum):
    """What a block is."""

    CALL = 1
    STATUS = 2
    STATUS_REQUEST = 3
    SUBSCRIBER_CALL = 4
    OTHER = 5


class RecordKind(enum.IntEnum):
    """What a record holds."""

    ADDRESS = 1
    MESSAGE = 2
    BEEP = 3
    CALL_TYPE = 4
    TRANSMISSIONS = 5
    PRIORITY = 6
    CALL_STATUS = 7
    SYSTEM_STATUS = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One field of a block."""

    kind: int
    "A `RecordKind`, or a maker's own number up to 99."
    data: bytes
    "No control characters."

    def __post_init__(self) -> None:
        if not 0 <= self.kind <= 99:
            raise ValueError(f"record number {self.kind} has more than two digits")
        if any(byte < 0x20 for byte in self.data):
            raise ValueError(f"record {self.kind} holds a control character")


@dataclass(frozen=True, slots=True)
class Block:
    """One message."""

    header: int
    "A `Header`, or a maker's own number up to 99."
    records: tuple[Record, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.header <= 99:
            raise ValueError(f"header {self.header} has more than two digits")
        if not self.records:
            raise ValueError("a block without records")

    def get(self, kind: int) -> bytes | None:
        """Return the data of the first record of a kind."""
        return next((record.data for record in self.records if record.kind == kind), None)

    def __bytes__(self) -> bytes:
        """Return the block from SOH to BCC."""
        records = b"\x1e".join(b"%d\x1f%s" % (record.kind, record.data) for record in self.records)
        body = b"%d\x02%s\x03" % (self.header, records)
        return b"\x01" + body + bytes([check(body)])

    @classmethod
    def parse(cls, data: bytes) -> Block:
        """Read a block from SOH to BCC.

        Raises:
            DecodeError: it is none, or its check is wrong.
        """
        if len(data) < 3 or data[0] != SOH or data[-2] != ETX:
            raise DecodeError("a block is not framed by SOH, ETX and a check")
        body = data[1:-1]
        if check(body) != data[-1]:
            raise DecodeError(f"a block's check is {data[-1]:02x}, expected {check(body):02x}")
        head, found, rest = body[:-1].partition(b"\x02")
        if not found:
            raise DecodeError("a block has no STX")
        try:
            return cls(_number("header", head), tuple(_record(part) for part in rest.split(b"\x1e")))
        except ValueError as error:
            raise DecodeError(str(error)) from None


def check(body: bytes) -> int:
    """Return BCC of what stands after SOH up to and including ETX."""
    return reduce(xor, body, 0)


@dataclass(frozen=True, slots=True)
class Signal:
    """A control character of the dialogue."""

    code: int
    "EOT, ENQ, ACK or NAK."
    prefix: bytes = b""
    "Printable characters that came directly before it, the last four."

    def __bytes__(self) -> bytes:
        """Return it as it goes over the line."""
        return self.prefix + bytes([self.code])


@dataclass(frozen=True, slots=True)
class Damaged:
    """A block that came and is none."""

    reason: str


Token = Block | Signal | Damaged


class Decoder:
    """Bytes in pieces of any size, messages out. Never raises on what came."""

    __slots__ = ("_block", "_ended", "_prefix", "noise")

    def __init__(self) -> None:
        self._block: bytearray | None = None
        self._ended = False
        self._prefix = bytearray()
        self.noise = 0
        "Bytes that belonged to nothing."

    def reset(self) -> None:
        """Forget what has begun: the far end has given up, or the line was silent for too long."""
        self._block, self._ended = None, False
        self._lose_prefix()

    def receive(self, data: bytes) -> list[Token]:
        """Take bytes and return what they complete."""
        tokens: list[Token] = []
        for byte in data:
            if self._block is not None:
                self._inside(self._block, byte, tokens)
            else:
                self._outside(byte, tokens)
        return tokens

    def _inside(self, block: bytearray, byte: int, tokens: list[Token]) -> None:
        if self._ended:
            block.append(byte)
            self._block, self._ended = None, False
            tokens.append(_parsed(bytes(block)))
        elif byte in (SOH, EOT):
            # No text holds them: the far end gave this block up and says something new.
            self._block = None
            tokens.append(Damaged("a block was broken off"))
            self._outside(byte, tokens)
        else:
            block.append(byte)
            self._ended = byte == ETX
            if len(block) > MAX_BLOCK:
                self._block, self._ended = None, False
                tokens.append(Damaged(f"a block has more than {MAX_BLOCK} bytes"))

    def _outside(self, byte: int, tokens: list[Token]) -> None:
        if byte == SOH:
            self._lose_prefix()
            self._block = bytearray([SOH])
        elif byte in _CONTROLS:
            tokens.append(Signal(byte, bytes(self._prefix)))
            self._prefix.clear()
        elif 0x20 <= byte <= 0x7E:
            self._prefix.append(byte)
            if len(self._prefix) > MAX_PREFIX:
                del self._prefix[0]
                self.noise += 1
        else:
            self._lose_prefix()
            self.noise += 1

    def _lose_prefix(self) -> None:
        self.noise += len(self._prefix)
        self._prefix.clear()


def _parsed(data: bytes) -> Block | Damaged:
    try:
        return Block.parse(data)
    except DecodeError as error:
        return Damaged(str(error))


def _record(part: bytes) -> Record:
    kind, found, data = part.partition(b"\x1f")
    if not found:
        raise ValueError("a record has no US")
    return Record(_number("record", kind), data)


def _number(what: str, digits: bytes) -> int:
    # Not `isdigit` alone: it takes what `int` does not.
    if not 1 <= len(digits) <= 2 or not all(0x30 <= digit <= 0x39 for digit in digits):
        raise ValueError(f"a {what} number is {digits!r}")
    return int(digits)
