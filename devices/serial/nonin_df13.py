"""Nonin serial data format 13: finished spot-checks, kept by the sensor until the host takes them (sheet 04 part 1.4).

    00 02 00 0D | length, 16 bits big-endian | data | CHK | 03      9600 baud, 8N1; CHK is the low byte of the data's sum

The host answers 06 and the sensor then deletes the record, so the answer is due only once the record is on disk; 15 asks
for it again (the two answers' effect is from memory). Oldest first. The sensor's clock has no zone: the host sets it to UTC
and reads it as UTC.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Reading, measure
from devices.quality import Quality

BAUDRATE = 9600
HEADER = bytes([0x00, 0x02, 0x00, 0x0D])
END = 0x03
ACK = b"\x06"
"The record is on disk; the sensor may delete it."
NAK = b"\x15"
"Send the record again."
SELECT = bytes([0x02, 0x70, 0x02, 0x02, 0x0D, 0x03])
"Asks for this format; kept by the sensor through power cuts."
MIN_DATA = 14
"Octets of data that are known; later versions may append others."
MAX_DATA = 256
"Octets of data beyond which a length is taken for noise: it would hold back every record behind it."
NO_RATE = 511
NO_SPO2 = 127


class Status(enum.IntFlag):
    """STATUS, the two octets as one number."""

    SMART_POINT = 0x0200
    "The sensor's algorithm found the measurement good."
    NO_MEASUREMENT = 0x0100
    FROM_MEMORY = 0x0010
    LOW_BATTERY = 0x0001


@dataclass(frozen=True, slots=True)
class Record:
    """One spot-check. Its date is kept digit by digit: a 31 April is what the sensor said."""

    year: int
    month: int
    day: int
    hours: int
    minutes: int
    seconds: int
    status: Status
    pulse_rate: int
    "/min, 511 for none."
    spo2: int
    "Percent, 127 for none."

    def __bytes__(self) -> bytes:
        date = (
            f"{self.year:04}{self.month:02}{self.day:02}{self.hours:02}{self.minutes:02}{self.seconds:02}00"
        )
        data = b"".join(
            (
                bytes.fromhex(date),
                self.status.to_bytes(2, "big"),
                self.pulse_rate.to_bytes(2, "big"),
                bytes([0, self.spo2]),
            )
        )
        return HEADER + len(data).to_bytes(2, "big") + data + bytes([sum(data) & 0xFF, END])

    def utc(self) -> int | None:
        """Return the record's time in microseconds since 1970-01-01T00:00:00Z, `None` where it is no date."""
        try:
            moment = datetime(
                self.year, self.month, self.day, self.hours, self.minutes, self.seconds, tzinfo=UTC
            )
        except ValueError:
            return None
        return int(moment.timestamp()) * SECOND


def set_clock(utc: int) -> bytes:
    """Return the command that sets the sensor's clock to microseconds since 1970-01-01T00:00:00Z, as UTC.

    Its clock stops when the battery is changed, so it is set at every connection. There is no reply.
    """
    moment = datetime.fromtimestamp(utc // SECOND, UTC)
    fields = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    return bytes([0x02, 0x72, 0x06, *fields, 0x03])


def _digits(octets: bytes) -> list[int] | None:
    """Return the values of binary-coded decimal octets, `None` where one is no decimal."""
    text = octets.hex()
    return [int(text[at : at + 2]) for at in range(0, len(text), 2)] if text.isdecimal() else None


def _record(data: bytes) -> Record | None:
    digits = _digits(data[:8])
    if digits is None:
        return None
    century, year, month, day, hours, minutes, seconds, _ = digits
    return Record(
        century * 100 + year,
        month,
        day,
        hours,
        minutes,
        seconds,
        Status(int.from_bytes(data[8:10], "big")),
        # 9 bits in two whole octets, unlike formats 2 and 8.
        (data[10] & 0x01) << 8 | data[11],
        data[13] & 0x7F,
    )


class Parser:
    """Finds records in a stream of bytes, whatever the chunks."""

    __slots__ = ("_buffer", "rejected", "skipped")

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no record."
        self.rejected = 0
        "Headers that no sound record followed: wrong length, sum, end or date digits."
        # Never longer than one record of MAX_DATA octets between two feeds: everything else is taken or skipped.
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Record]:
        """Return the records that these bytes complete."""
        self._buffer += data
        buffer, at, records = self._buffer, 0, []
        while True:
            start = self._header(at)
            self.skipped += start - at
            at = start
            if len(buffer) - at < len(HEADER) + 2:
                break
            length = int.from_bytes(buffer[at + 4 : at + 6], "big")
            total = len(HEADER) + 2 + length + 2
            if MIN_DATA <= length <= MAX_DATA and len(buffer) - at < total:
                break
            record = self._sound(at, length)
            if record is None:
                # One octet on, not the whole length: a true record may begin inside.
                self.rejected += 1
                self.skipped += 1
                at += 1
            else:
                records.append(record)
                at += total
        del buffer[:at]
        return records

    def finish(self) -> list[Record]:
        """Return nothing, and count what a capture's end cuts off: a record has its own end."""
        self.skipped += len(self._buffer)
        self._buffer.clear()
        return []

    def _header(self, at: int) -> int:
        """Return where the next header starts, or where its first octets may stand at the end."""
        buffer = self._buffer
        found = buffer.find(HEADER, at)
        if found >= 0:
            return found
        for size in range(len(HEADER) - 1, 0, -1):
            if len(buffer) - at >= size and buffer.endswith(HEADER[:size]):
                return len(buffer) - size
        return len(buffer)

    def _sound(self, at: int, length: int) -> Record | None:
        if not MIN_DATA <= length <= MAX_DATA:
            return None
        data = bytes(self._buffer[at + 6 : at + 6 + length])
        checksum, end = self._buffer[at + 6 + length], self._buffer[at + 7 + length]
        return _record(data) if checksum == sum(data) & 0xFF and end == END else None


class Readings:
    """Turns records into readings, for one sensor."""

    def __init__(self, sensor: str) -> None:
        """Start; `sensor` is its identifier."""
        self._sensor = sensor

    def take(self, records: Iterable[Record], now: int) -> list[Reading]:
        """Return what these records say, each at its own time.

        Args:
            records: the parser's, in order.
            now: when the last of them arrived, microseconds UTC; 0 for unknown, as in a capture.
        """
        return [reading for record in records for reading in self._record(record, now)]

    def _record(self, record: Record, now: int) -> list[Reading]:
        time, flags = self._placed(record, now)
        if Status.LOW_BATTERY in record.status:
            flags |= Quality.LOW_BATTERY
        values = (("spo2", record.spo2, NO_SPO2), ("pulse_rate", record.pulse_rate, NO_RATE))
        return [
            measure(self._sensor, metric, value, time, flags, stored=True)
            for metric, value, missing in values
            if value != missing
        ]

    def _placed(self, record: Record, now: int) -> tuple[int, Quality]:
        """Return a record's time and what is doubtful about it."""
        own = record.utc()
        late = Quality.LATE if Status.FROM_MEMORY in record.status else Quality(0)
        if own is None or (now and not BUILD_FLOOR <= own <= now + 60 * SECOND):
            # No date, or the clock was never set: reception is all that is known.
            return now, late
        return min(own, now) if now else own, late | Quality.DEVICE_TIME
