"""Date Time (Bluetooth GATT 0x2A08): seven octets, no time zone, any field possibly unknown."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from devices.clock import SECOND
from devices.errors import DecodeError

UUID = "2a08"
"16-bit characteristic number."

SIZE = 7
"Octets on the wire."

FIRST_YEAR, LAST_YEAR = 1582, 9999
"Years the standard allows beside 0, unknown (sheet 03 part 0)."


@dataclass(frozen=True, slots=True)
class DateTime:
    """A sensor's clock, field by field as sent: a 31 April is kept, because it is what the sensor said."""

    year: int
    "0 is unknown."
    month: int
    "0 is unknown."
    day: int
    "0 is unknown."
    hours: int
    minutes: int
    seconds: int

    @classmethod
    def parse(cls, data: bytes) -> DateTime:
        """Parse the octets.

        Raises:
            DecodeError: fewer than seven.
        """
        if len(data) < SIZE:
            raise DecodeError(f"date time is {len(data)} bytes, expected {SIZE}")
        return cls(*struct.unpack_from("<H5B", data))

    @classmethod
    def of(cls, utc: int) -> DateTime:
        """Return the UTC fields of microseconds since 1970-01-01T00:00:00Z, to set a sensor's clock."""
        moment = datetime.fromtimestamp(utc // SECOND, UTC)
        return cls(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def __bytes__(self) -> bytes:
        return struct.pack("<H5B", self.year, self.month, self.day, self.hours, self.minutes, self.seconds)

    def __str__(self) -> str:
        return (
            f"{self.year:04}-{self.month:02}-{self.day:02}T"
            f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}"
        )

    @property
    def problem(self) -> str | None:
        """Why this is no moment, in words, or `None`."""
        if 0 in {self.year, self.month, self.day}:
            return "date is unknown"
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            return f"year {self.year} is not {FIRST_YEAR} to {LAST_YEAR}"
        try:
            self._datetime()
        except ValueError as error:
            return f"date does not exist: {error}"
        return None

    def utc(self) -> int | None:
        """Return the moment in microseconds since 1970-01-01T00:00:00Z, read as UTC; `None` if it is none."""
        if self.problem is not None:
            return None
        return int(self._datetime().timestamp()) * SECOND

    def _datetime(self) -> datetime:
        return datetime(self.year, self.month, self.day, self.hours, self.minutes, self.seconds, tzinfo=UTC)
