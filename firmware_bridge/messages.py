"""What stands in the frames (PROTOCOL.md, parts 3 and 4): one class per message, both ways. Pure.

`parse` takes a payload; bytes behind the known fields are of a newer version and are ignored. `bytes(message)` is the
payload. `from_node` and `from_host` take whole frames.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from devices.errors import DecodeError
from firmware_bridge.frames import Frame

MINOR = 0
"Minor version of the protocol that this side speaks."

FROM_NODE = 0x80
"Bit of a type that a node sends."

MAX_ACKS = 8
"Events that this host acknowledges in one frame; a node takes ten."

RESTART_KEY = 0x54525354
"Tells a RESTART from a mistake."

PAGE = 48
"Descriptor bytes in one PAGE."

AGE_UNKNOWN = 0xFFFF
"An event of the run before: its time stamp is of another clock."


class Reset(enum.IntEnum):
    """Why a node started."""

    UNKNOWN = 0
    POWER = 1
    BROWNOUT = 2
    EXTERNAL = 3
    WATCHDOG = 4
    COMMAND = 5


class Kind(enum.IntEnum):
    """What happened."""

    CALL = 1
    EXIT = 2
    RETURN = 3
    FAULT = 4
    REPAIRED = 5


class Part(enum.IntEnum):
    """What may fail; also the bit number in `Heartbeat.faults`."""

    OXIMETER = 0
    ECG = 1
    TEMPERATURE = 2
    MEMORY = 3


class SampleFlag(enum.IntFlag):
    """Doubts about a block."""

    NO_CONTACT = 1
    LEAD_PLUS = 2
    LEAD_MINUS = 4
    SATURATED = 8


class Input(enum.IntFlag):
    """Debounced inputs."""

    CALL = 1
    "The button is pressed."
    MAT = 2
    "Somebody is in bed."


class Code(enum.IntEnum):
    """What became of a command."""

    OK = 0
    UNKNOWN = 1
    MALFORMED = 2
    BUSY = 3
    FAILED = 4


class Mode(enum.IntEnum):
    """What a restarted node runs."""

    APPLICATION = 0
    LOADER = 1


class Message(Protocol):
    """A payload with its type."""

    TYPE: ClassVar[int]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message.

        Raises:
            DecodeError: the payload is too short, or says something that the format does not allow.
        """
        ...

    def __bytes__(self) -> bytes:
        """Return the payload."""
        ...


def _unpack(layout: struct.Struct, name: str, payload: bytes) -> tuple[int, ...]:
    if len(payload) < layout.size:
        raise DecodeError(f"{name} has {len(payload)} bytes, {layout.size} at least are needed")
    return layout.unpack_from(payload)


# ---- from the host


@dataclass(frozen=True, slots=True)
class HostHello:
    """Who are you."""

    TYPE: ClassVar[int] = 0x01
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BB")
    major: int
    minor: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "host hello", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.major, self.minor)


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What time is it at yours."""

    TYPE: ClassVar[int] = 0x02
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I")
    cookie: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "sync request", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.cookie)


@dataclass(frozen=True, slots=True)
class Ack:
    """These events are on disk."""

    TYPE: ClassVar[int] = 0x03
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<II")
    node: int
    boot: int
    events: tuple[int, ...]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it names no event."""
        node, boot = _unpack(cls._LAYOUT, "ack", payload)
        count = (len(payload) - cls._LAYOUT.size) // 4
        if count == 0:
            raise DecodeError("ack names no event")
        return cls(node, boot, struct.unpack_from(f"<{count}I", payload, cls._LAYOUT.size))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.node, self.boot) + struct.pack(f"<{len(self.events)}I", *self.events)


@dataclass(frozen=True, slots=True)
class Name:
    """You are called this."""

    TYPE: ClassVar[int] = 0x04
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<I")
    node: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "name", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.node)


@dataclass(frozen=True, slots=True)
class Describe:
    """Send the descriptor from here on."""

    TYPE: ClassVar[int] = 0x05
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<H")
    offset: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "describe", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.offset)


@dataclass(frozen=True, slots=True)
class SetStream:
    """Take samples of this stream, or do not."""

    TYPE: ClassVar[int] = 0x06
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BB")
    stream: int
    on: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "stream", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.stream, self.on)


@dataclass(frozen=True, slots=True)
class Restart:
    """Start anew."""

    TYPE: ClassVar[int] = 0x07
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BI")
    mode: int
    key: int = RESTART_KEY

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "restart", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.mode, self.key)


@dataclass(frozen=True, slots=True)
class Identify:
    """Flash the lamp."""

    TYPE: ClassVar[int] = 0x08
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")
    seconds: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "identify", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.seconds)


HostMessage = HostHello | SyncRequest | Ack | Name | Describe | SetStream | Restart | Identify


# ---- from the node


@dataclass(frozen=True, slots=True)
class Hello:
    """Who I am."""

    TYPE: ClassVar[int] = 0x81
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBIIBHIB")
    _FOREVER: ClassVar[struct.Struct] = struct.Struct("<BBIIB")
    major: int
    minor: int
    node: int
    "0: not yet named."
    boot: int
    reset: int
    descriptor_length: int = 0
    descriptor_crc: int = 0
    limit: int = 0
    "Longest encoded frame that the node takes."

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; of another major version only what never changes.

        Raises:
            DecodeError: it is too short.
        """
        forever = _unpack(cls._FOREVER, "hello", payload)
        if forever[0] != 1:
            return cls(*forever)
        return cls(*_unpack(cls._LAYOUT, "hello", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(
            self.major,
            self.minor,
            self.node,
            self.boot,
            self.reset,
            self.descriptor_length,
            self.descriptor_crc,
            self.limit,
        )


@dataclass(frozen=True, slots=True)
class SyncReply:
    """What time it was at mine; the time of sending is the frame's `t_us`."""

    TYPE: ClassVar[int] = 0x82
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<II")
    cookie: int
    received_us: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "sync reply", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.cookie, self.received_us)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened, at the frame's `t_us`."""

    TYPE: ClassVar[int] = 0x83
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIIHHBBH")
    node: int
    boot: int
    event: int
    behind: int
    "Numbers between this one and the oldest of the same boot that waits for its ACK."
    age: int
    "Seconds; `AGE_UNKNOWN` if it is of the run before."
    kind: int
    value: int
    count: int
    "Presses that became this event."

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short or its number is 0."""
        message = cls(*_unpack(cls._LAYOUT, "event", payload))
        if message.event == 0:
            raise DecodeError("event has the number 0")
        return message

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(
            self.node,
            self.boot,
            self.event,
            self.behind,
            self.age,
            self.kind,
            self.value,
            self.count,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command."""

    TYPE: ClassVar[int] = 0x84
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<HBB")
    seq: int
    command: int
    code: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        return cls(*_unpack(cls._LAYOUT, "result", payload))

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.seq, self.command, self.code)


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the descriptor."""

    TYPE: ClassVar[int] = 0x85
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<HH")
    offset: int
    total: int
    data: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        offset, total = _unpack(cls._LAYOUT, "page", payload)
        return cls(offset, total, payload[cls._LAYOUT.size :])

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.offset, self.total) + self.data


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """I am well, once a second."""

    TYPE: ClassVar[int] = 0x86
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<IIIBBBBHHHHHHB")
    _NEXT: ClassVar[struct.Struct] = struct.Struct("<BI")
    node: int
    boot: int
    uptime: int
    "Seconds."
    reset: int
    inputs: int
    faults: int
    "Bit per `Part`."
    waiting: int
    "Events without ACK."
    tx_drop: int
    rx_overrun: int
    rx_bad_crc: int
    rx_bad_frame: int
    events_lost: int
    free_stack: int
    "Bytes; 65535 unknown."
    streams: tuple[tuple[int, int], ...]
    "Stream, and index of the first sample of its next block."

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message; raises DecodeError if it is too short."""
        (
            node,
            boot,
            uptime,
            reset,
            inputs,
            faults,
            waiting,
            tx_drop,
            rx_overrun,
            rx_bad_crc,
            rx_bad_frame,
            events_lost,
            free_stack,
            count,
        ) = _unpack(cls._LAYOUT, "heartbeat", payload)
        end = cls._LAYOUT.size + count * cls._NEXT.size
        if len(payload) < end:
            raise DecodeError(f"heartbeat of {count} streams has {len(payload)} bytes, {end} are needed")
        return cls(
            node=node,
            boot=boot,
            uptime=uptime,
            reset=reset,
            inputs=inputs,
            faults=faults,
            waiting=waiting,
            tx_drop=tx_drop,
            rx_overrun=rx_overrun,
            rx_bad_crc=rx_bad_crc,
            rx_bad_frame=rx_bad_frame,
            events_lost=events_lost,
            free_stack=free_stack,
            streams=tuple(cls._NEXT.iter_unpack(payload[cls._LAYOUT.size : end])),
        )

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(
            self.node,
            self.boot,
            self.uptime,
            self.reset,
            self.inputs,
            self.faults,
            self.waiting,
            self.tx_drop,
            self.rx_overrun,
            self.rx_bad_crc,
            self.rx_bad_frame,
            self.events_lost,
            self.free_stack,
            len(self.streams),
        ) + b"".join(self._NEXT.pack(*stream) for stream in self.streams)


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of one stream; its first sample was taken at the frame's `t_us`."""

    TYPE: ClassVar[int] = 0x87
    _LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBBI")
    stream: int
    format: int
    flags: int
    index: int
    data: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Return the message.

        Raises:
            DecodeError: it is too short, its format is none, or its samples are not whole sets.
        """
        stream, layout, flags, index = _unpack(cls._LAYOUT, "samples", payload)
        data = payload[cls._LAYOUT.size :]
        channels, width = layout >> 4, layout & 15
        if not channels or not 1 <= width <= 4:
            raise DecodeError(f"samples have format {layout:#04x}, which is none")
        if not data or len(data) % (channels * width):
            raise DecodeError(
                f"samples of format {layout:#04x} have {len(data)} bytes, which are no whole sets"
            )
        return cls(stream, layout, flags, index, data)

    def __bytes__(self) -> bytes:
        return self._LAYOUT.pack(self.stream, self.format, self.flags, self.index) + self.data

    @property
    def count(self) -> int:
        """Samples of each channel."""
        return len(self.data) // ((self.format >> 4) * (self.format & 15))

    def channels(self) -> tuple[tuple[int, ...], ...]:
        """Return the samples of each channel."""
        channels, width = self.format >> 4, self.format & 15
        signed = width <= 2
        values = [
            int.from_bytes(self.data[at : at + width], "little", signed=signed)
            for at in range(0, len(self.data), width)
        ]
        return tuple(tuple(values[channel::channels]) for channel in range(channels))


NodeMessage = Hello | SyncReply | Happened | Result | Page | Heartbeat | Samples

_FROM_NODE: dict[int, type[NodeMessage]] = {
    each.TYPE: each for each in (Hello, SyncReply, Happened, Result, Page, Heartbeat, Samples)
}
_FROM_HOST: dict[int, type[HostMessage]] = {
    each.TYPE: each
    for each in (
        HostHello,
        SyncRequest,
        Ack,
        Name,
        Describe,
        SetStream,
        Restart,
        Identify,
    )
}


def from_node(frame: Frame) -> NodeMessage | None:
    """Return what a node's frame says; `None` for a type of a newer minor version.

    Raises:
        DecodeError: the frame is malformed.
    """
    kind = _FROM_NODE.get(frame.type)
    return kind.parse(frame.payload) if kind else None


def from_host(frame: Frame) -> HostMessage | None:
    """Return what a host's frame says; `None` for a type of a newer minor version.

    Raises:
        DecodeError: the frame is malformed.
    """
    kind = _FROM_HOST.get(frame.type)
    return kind.parse(frame.payload) if kind else None
