"""Beurer BM58 and BM65 cuffs over their USB cable: measurements that the cuff keeps (sheet 04 part 4).

4800 baud, 8N1. The host asks, the cuff answers:

    AA      55                           is somebody there
    A2      one byte                     how many records
    A3 i    AC + 8 bytes, or A9          record i, from 1; A9 is "no such record"

    AC | systolic - 25 | diastolic - 25 | pulse | month | day | hour | minute | year - 2000

There is no checksum, so a record whose date is none, or whose pressures cannot be, is taken for noise and asked again.
The identification (A4) has no stated length and is not asked for. The cuff cannot be told the time: its clock is what
somebody set on its buttons, French wall-clock time, in winter and summer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.measurement import Reading, measure
from devices.quality import Quality

BAUDRATE = 4800
HELLO = b"\xaa"
HERE = 0x55
COUNT = b"\xa2"
RECORD = 0xAC
NONE = 0xA9
SIZE = 9
"Bytes of a record with its first."
OFFSET = 25
"mmHg that both pressures are sent less by."
ZONE = ZoneInfo("Europe/Paris")
"Of the wall clock that a person in a French home sets the cuff by."

KEPT_AFTER = 600 * SECOND
"Microseconds after which a record is about the past: a round of asking, and a clock set by hand."


def ask(index: int) -> bytes:
    """Return the request for a record, counted from 1."""
    return bytes([0xA3, index])


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement; its date digit by digit, as the cuff said it."""

    systolic: int
    "mmHg."
    diastolic: int
    "mmHg."
    pulse_rate: int
    "/min."
    year: int
    month: int
    day: int
    hour: int
    minute: int

    @classmethod
    def parse(cls, data: bytes) -> Record:
        """Parse the nine bytes of a record.

        Raises:
            DecodeError: they are not nine, do not begin with AC, or say a date or a pressure that cannot be.
        """
        if len(data) != SIZE or data[0] != RECORD:
            raise DecodeError(f"beurer record is {data[:SIZE].hex()}, expected AC and eight bytes")
        systolic, diastolic, pulse, month, day, hour, minute, year = data[1:]
        record = cls(systolic + OFFSET, diastolic + OFFSET, pulse, 2000 + year, month, day, hour, minute)
        if record.diastolic >= record.systolic:
            raise DecodeError(f"beurer record has pressures {record.systolic}/{record.diastolic}")
        record.moment()
        return record

    def __bytes__(self) -> bytes:
        pressures = (self.systolic - OFFSET, self.diastolic - OFFSET)
        date = (self.month, self.day, self.hour, self.minute, self.year - 2000)
        return bytes([RECORD, *pressures, self.pulse_rate, *date])

    def moment(self) -> datetime:
        """Return its wall-clock time in `ZONE`; the first of the two in the hour that autumn repeats.

        Raises:
            DecodeError: the date does not exist.
        """
        try:
            return datetime(self.year, self.month, self.day, self.hour, self.minute, tzinfo=ZONE)
        except ValueError as error:
            raise DecodeError(f"beurer record has no date: {error}") from None

    def utc(self) -> int:
        """Return its time in microseconds since 1970-01-01T00:00:00Z."""
        return int(self.moment().astimezone(UTC).timestamp()) * SECOND


@dataclass(frozen=True, slots=True)
class Here:
    """The cuff answers."""

    def __bytes__(self) -> bytes:
        return bytes([HERE])


@dataclass(frozen=True, slots=True)
class NoRecord:
    """There is no record of that number."""

    def __bytes__(self) -> bytes:
        return bytes([NONE])


Message = Here | NoRecord | Record


class Parser:
    """Finds answers in a stream of bytes, whatever the chunks. A count is a bare number: `Parser` is told to expect it."""

    __slots__ = ("_buffer", "rejected", "skipped")

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no answer."
        self.rejected = 0
        "Records that say what cannot be."
        # At most a record less a byte between two feeds.
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Return the answers that these bytes complete."""
        self._buffer += data
        buffer, at, messages = self._buffer, 0, list[Message]()
        while at < len(buffer):
            first = buffer[at]
            if first == RECORD and len(buffer) - at < SIZE:
                break
            at += self._one(bytes(buffer[at : at + SIZE]), messages)
        del buffer[:at]
        return messages

    def finish(self) -> list[Message]:
        """Return nothing, and count what a capture's end cuts off."""
        self.clear()
        return []

    def clear(self) -> None:
        """Forget the start of an answer that did not go on."""
        self.skipped += len(self._buffer)
        self._buffer.clear()

    def _one(self, data: bytes, messages: list[Message]) -> int:
        match data[0]:
            case 0x55:
                messages.append(Here())
            case 0xA9:
                messages.append(NoRecord())
            case 0xAC:
                try:
                    messages.append(Record.parse(data))
                except DecodeError:
                    # One byte on, not nine: a true record may begin inside.
                    self.rejected += 1
                    self.skipped += 1
                else:
                    return SIZE
            case _:
                self.skipped += 1
        return 1


class Readings:
    """Turns records into readings, for one sensor."""

    def __init__(self, sensor: str) -> None:
        """Start; `sensor` is its identifier."""
        self._sensor = sensor

    def take(self, messages: Iterable[Message], now: int) -> list[Reading]:
        """Return what these records say, each at its own time.

        Args:
            messages: the parser's; what is no record says nothing about a person.
            now: when they arrived, microseconds UTC; 0 for unknown, as in a capture.
        """
        return [
            reading
            for message in messages
            if isinstance(message, Record)
            for reading in self._record(message, now)
        ]

    def _record(self, record: Record, now: int) -> list[Reading]:
        time = record.utc()
        flags = Quality.DEVICE_TIME
        if now and not BUILD_FLOOR <= time <= now + SECOND * 3600:
            # The cuff's clock was never set: when it was measured is not known, only that it was not later than now.
            flags |= Quality.QUESTIONABLE
        if now and now - time > KEPT_AFTER:
            flags |= Quality.LATE
        values = (
            ("systolic", record.systolic),
            ("diastolic", record.diastolic),
            ("pulse_rate", record.pulse_rate),
        )
        return [measure(self._sensor, metric, value, time, flags, stored=True) for metric, value in values]
