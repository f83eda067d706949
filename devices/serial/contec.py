"""Contec CMS50D+/E/F of the second generation ("v7"): packets of up to nine bytes, 60/s (sheet 04 part 2.2).

    type (bit 7 clear) | high (bit 7 set) | data ... (bit 7 set; the real bit 7 of data[i] is bit i of high)

115200 baud, 8N1. Between sensor and host the same framing carries commands, which are packets of type 7D. The sensor stops
unless a keep-alive arrives about every 5 s. There is no checksum.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from devices.clock import SECOND
from devices.measurement import Link, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import ABOUT_A_SECOND, Blocks, Pace, Timeline

BAUDRATE = 115200
RATE = 60
"Real-time packets, and so pleth samples, per second (as in the first generation; the sheet gives no other figure)."
BLOCK = 20
"Pleth samples of a waveform block: a third of a second."
MAX_DATA = 7
"Data bytes of the longest packet: one bit of `high` for each."
KEEP_ALIVE_EVERY = 5.0
"Seconds between two keep-alives."
PI_SCALE = 0.01
"Percent per unit of the perfusion index. The sensor's papers do not say; plausible, to be compared with its screen."
NO_RATE = 0xFF
NO_SPO2 = 0x7F
NO_PI = 0xFFFF
_TOP = 0x80


class Kind(enum.IntEnum):
    """Packet types that are decoded."""

    REAL_TIME = 0x01
    STORED_WITH_PI = 0x09
    DISCONNECT = 0x0D
    STORED = 0x0F
    COMMAND = 0x7D


DATA_SIZE = {
    Kind.REAL_TIME: 7,
    Kind.STORED_WITH_PI: 4,
    Kind.DISCONNECT: 1,
    Kind.STORED: 6,
    Kind.COMMAND: 7,
}
"Data bytes of each type; a packet may be padded up to `MAX_DATA`."


class Order(enum.IntEnum):
    """Commands, data[0] of a packet of type 7D."""

    START_REAL_TIME = 0xA1
    STOP_REAL_TIME = 0xA2
    READ_STORAGE = 0xA6
    STOP_STORAGE = 0xA7
    KEEP_ALIVE = 0xAF


def pack(kind: int, data: bytes) -> bytes:
    """Return a packet with up to seven data bytes of eight bits each."""
    if len(data) > MAX_DATA:
        raise ValueError(f"contec packet has {len(data)} data bytes, at most {MAX_DATA}")
    high = sum((byte >> 7) << index for index, byte in enumerate(data))
    return bytes([kind, _TOP | high, *(_TOP | byte for byte in data)])


def unpack(high: int, data: bytes) -> bytes:
    """Return a packet's data bytes with their real bit 7."""
    return bytes(byte & 0x7F | (high >> index & 1) << 7 for index, byte in enumerate(data))


def command(order: Order, *arguments: int) -> bytes:
    """Return a command, padded to seven data bytes; storage wants the user and the segment as arguments."""
    return pack(Kind.COMMAND, bytes([order, *arguments]).ljust(MAX_DATA, b"\0"))


@dataclass(frozen=True, slots=True)
class RealTime:
    """One real-time packet."""

    signal: int
    "Strength, 0 to 15."
    pleth: int
    "0 to 127."
    bar: int
    "Height of the bar on its screen, 0 to 15."
    pulse_rate: int
    "/min, 255 for none. All eight bits count: public code that masks one is wrong above 127."
    spo2: int
    "Percent, 127 for none."
    pi: int
    "Perfusion index in units of `PI_SCALE`, 65535 for none."
    pi_valid: bool = False
    search_too_long: bool = False
    low_spo2: bool = False
    beep: bool = False
    probe_error: bool = False
    searching: bool = False
    "Searches for a pulse."
    reserved: int = 0
    "Bits 5 to 7 of data[2], as sent."

    @classmethod
    def parse(cls, data: bytes) -> RealTime:
        """Return the message in seven data bytes."""
        return cls(
            signal=data[0] & 0x0F,
            pleth=data[1] & 0x7F,
            bar=data[2] & 0x0F,
            pulse_rate=data[3],
            spo2=data[4],
            pi=int.from_bytes(data[5:7], "little"),
            pi_valid=bool(data[2] & 0x10),
            search_too_long=bool(data[0] & 0x10),
            low_spo2=bool(data[0] & 0x20),
            beep=bool(data[0] & 0x40),
            probe_error=bool(data[0] & 0x80),
            searching=bool(data[1] & 0x80),
            reserved=data[2] >> 5,
        )

    def __bytes__(self) -> bytes:
        head = self.probe_error << 7 | self.beep << 6 | self.low_spo2 << 5 | self.search_too_long << 4
        return pack(
            Kind.REAL_TIME,
            bytes(
                (
                    head | self.signal,
                    self.searching << 7 | self.pleth,
                    self.reserved << 5 | self.pi_valid << 4 | self.bar,
                    self.pulse_rate,
                    self.spo2,
                )
            )
            + self.pi.to_bytes(2, "little"),
        )


@dataclass(frozen=True, slots=True)
class StoredValue:
    """One second of the sensor's memory."""

    spo2: int
    "Percent, 127 for none."
    pulse_rate: int
    "/min, 255 for none."
    pi: int = NO_PI
    "Perfusion index in units of `PI_SCALE`, 65535 for none."


@dataclass(frozen=True, slots=True)
class Stored:
    """A packet of the sensor's memory: three values without perfusion index, or one with it. It carries no time."""

    values: tuple[StoredValue, ...]
    with_pi: bool = False

    @classmethod
    def parse(cls, kind: int, data: bytes) -> Stored:
        """Return the message in a storage packet's data bytes."""
        if kind == Kind.STORED_WITH_PI:
            value = StoredValue(data[0], data[1], int.from_bytes(data[2:4], "little"))
            return cls((value,), with_pi=True)
        return cls(tuple(StoredValue(data[at], data[at + 1]) for at in (0, 2, 4)))

    def __bytes__(self) -> bytes:
        if self.with_pi:
            (value,) = self.values
            return pack(
                Kind.STORED_WITH_PI, bytes([value.spo2, value.pulse_rate]) + value.pi.to_bytes(2, "little")
            )
        return pack(
            Kind.STORED, bytes(byte for value in self.values for byte in (value.spo2, value.pulse_rate))
        )


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The sensor says that it goes."""

    reason: int
    "0 or 1; the sheet knows no meaning."

    def __bytes__(self) -> bytes:
        return pack(Kind.DISCONNECT, bytes([self.reason]))


@dataclass(frozen=True, slots=True)
class Command:
    """A command, seen on the host's side of a capture or by a virtual sensor."""

    data: bytes
    "Seven bytes; the first is an `Order`."

    def __bytes__(self) -> bytes:
        return pack(Kind.COMMAND, self.data)


Message: TypeAlias = RealTime | Stored | Disconnect | Command


def _message(kind: int, data: bytes) -> Message:
    match kind:
        case Kind.REAL_TIME:
            return RealTime.parse(data)
        case Kind.STORED | Kind.STORED_WITH_PI:
            return Stored.parse(kind, data)
        case Kind.DISCONNECT:
            return Disconnect(data[0])
        case _:
            return Command(data)


class Parser:
    """Finds packets in a stream of bytes, whatever the chunks. A packet needs nothing after it to be taken."""

    __slots__ = ("_buffer", "_padding", "rejected", "skipped", "unknown")

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no packet."
        self.rejected = 0
        "Packets that another began inside of."
        self.unknown = 0
        "Packets of a type that is not decoded; their bytes count as skipped."
        # At most 2 + MAX_DATA bytes: every byte completes a packet, continues one, or ends the one before.
        self._buffer = bytearray()
        self._padding = 0

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete."""
        messages: list[Message] = []
        for byte in data:
            if not byte & _TOP:
                self._begin(byte)
            elif self._buffer:
                self._buffer.append(byte)
                messages += self._complete()
            elif self._padding:
                self._padding -= 1
            else:
                self.skipped += 1
        return messages

    def finish(self) -> list[Message]:
        """Return nothing, and count what a capture's end cuts off."""
        self.skipped += len(self._buffer)
        self._buffer.clear()
        self._padding = 0
        return []

    def _begin(self, kind: int) -> None:
        if self._buffer:
            self.rejected += 1
            self.skipped += len(self._buffer)
            self._buffer.clear()
        self._padding = 0
        if kind in DATA_SIZE:
            self._buffer.append(kind)
        else:
            self.unknown += 1
            self.skipped += 1

    def _complete(self) -> list[Message]:
        kind = self._buffer[0]
        size = DATA_SIZE[Kind(kind)]
        if len(self._buffer) < 2 + size:
            return []
        message = _message(kind, unpack(self._buffer[1], bytes(self._buffer[2:])))
        self._padding = MAX_DATA - size
        self._buffer.clear()
        return [message]


class Readings:
    """Turns messages into readings, for one sensor."""

    def __init__(self, sensor: str, *, every: int = ABOUT_A_SECOND, stored: bool = False) -> None:
        """Start with nothing known.

        Args:
            sensor: its identifier.
            every: microseconds after which an unchanged value is told again.
            stored: also tell the memory's values, whose time is unknown, as a capture's reader wants.
        """
        self._sensor = sensor
        self._stored = stored
        self._timeline = Timeline(SECOND // RATE)
        self._pace = Pace(every)
        self._blocks = Blocks(sensor, "pleth", RATE, BLOCK)
        self._status = NO_DOUBT

    def take(self, messages: Iterable[Message], now: int) -> list[Reading]:
        """Return what these messages say.

        Args:
            messages: the parser's, in order.
            now: when the last of them arrived, microseconds UTC.
        """
        listed = list(messages)
        live = [message for message in listed if isinstance(message, RealTime)]
        times = iter(self._timeline.place(len(live), now))
        out: list[Reading] = []
        for message in listed:
            match message:
                case RealTime():
                    out += self._real_time(message, next(times))
                case Stored() if self._stored:
                    out += self._memory(message, now)
                case Disconnect():
                    out.append(SensorStatus(self._sensor, now, Link.DOWN, detail="sensor says that it goes"))
        return out

    def _real_time(self, message: RealTime, time: int) -> list[Reading]:
        flags = _doubts(message)
        out: list[Reading] = [*self._blocks.add(message.pleth, time, flags)]
        status = flags & Quality.PROBE_OFF
        if status != self._status:
            self._status = status
            detail = "probe error" if message.probe_error else "search too long" if status else ""
            out.append(SensorStatus(self._sensor, time, Link.UP, status, detail))
        pi = message.pi if message.pi_valid else NO_PI
        for metric, value in _values(message.spo2, message.pulse_rate, pi):
            measurement = measure(self._sensor, metric, value, time, flags)
            if self._pace.due(measurement):
                out.append(measurement)
        return out

    def _memory(self, message: Stored, now: int) -> list[Reading]:
        return [
            measure(self._sensor, metric, value, now, Quality.LATE, stored=True)
            for entry in message.values
            for metric, value in _values(entry.spo2, entry.pulse_rate, entry.pi)
        ]


def _values(spo2: int, pulse_rate: int, pi: int) -> list[tuple[str, float]]:
    """Return the values there are, by metric."""
    values: list[tuple[str, float]] = []
    if spo2 != NO_SPO2:
        values.append(("spo2", spo2))
    if pulse_rate != NO_RATE:
        values.append(("pulse_rate", pulse_rate))
    if pi != NO_PI:
        values.append(("perfusion_index", round(pi * PI_SCALE, 2)))
    return values


def _doubts(message: RealTime) -> Quality:
    flags = NO_DOUBT
    if message.probe_error or message.search_too_long:
        flags |= Quality.PROBE_OFF
    if message.searching:
        flags |= Quality.QUESTIONABLE
    return flags
