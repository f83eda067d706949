"""Current Time (Bluetooth GATT 0x2A2B) and Local Time Information (0x2A0F), service 0x1805, read and written."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime

from devices.clock import SECOND
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields

UUID = "2a2b"
"16-bit characteristic number."

LOCAL_UUID = "2a0f"
"16-bit characteristic number."

FRACTIONS = 256
"Parts of a second."

UNKNOWN_ZONE = -128
UNKNOWN_DST = 255

QUARTER = 15
"Minutes of one unit of the time zone; the daylight saving's are the same (memory)."


class Adjust(enum.IntFlag):
    """Why the clock was last changed. Bits 4 to 7 are reserved."""

    MANUAL = 0x01
    EXTERNAL_REFERENCE = 0x02
    TIME_ZONE = 0x04
    DAYLIGHT_SAVING = 0x08


_NO_REASON = Adjust(0)


@dataclass(frozen=True, slots=True)
class CurrentTime:
    """A sensor's clock, to be read; or ours, to be written into it."""

    timestamp: DateTime
    day_of_week: int
    "1 is Monday, 7 Sunday, 0 unknown."
    fractions: int
    "1/256 s."
    reason: Adjust = _NO_REASON

    @classmethod
    def parse(cls, data: bytes) -> CurrentTime:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than ten octets.
        """
        fields = Fields("current time", data)
        return cls(
            fields.date_time("date and time"),
            fields.uint(1, "day of the week"),
            fields.uint(1, "fractions"),
            Adjust(fields.uint(1, "adjust reason")),
        )

    @classmethod
    def of(cls, utc: int) -> CurrentTime:
        """Return what to write so that a clock shows this UTC time, in microseconds since 1970-01-01T00:00:00Z."""
        weekday = datetime.fromtimestamp(utc // SECOND, UTC).isoweekday()
        fractions = utc % SECOND * FRACTIONS // SECOND
        return cls(DateTime.of(utc), weekday, fractions, Adjust.EXTERNAL_REFERENCE)

    def __bytes__(self) -> bytes:
        return bytes(self.timestamp) + bytes([self.day_of_week, self.fractions, int(self.reason)])

    @property
    def utc(self) -> int | None:
        """The moment read as UTC, microseconds since 1970-01-01T00:00:00Z; `None` if it is none."""
        whole = self.timestamp.utc()
        return None if whole is None else whole + self.fractions * SECOND // FRACTIONS

    @property
    def problem(self) -> str | None:
        """What contradicts itself, in words, or `None`; the date counts, the day of the week is a hint."""
        if self.timestamp.problem is not None:
            return self.timestamp.problem
        shown = self.timestamp
        weekday = datetime(shown.year, shown.month, shown.day, tzinfo=UTC).isoweekday()
        if self.day_of_week not in {0, weekday}:
            return f"day of the week is {self.day_of_week}, but the date falls on {weekday}"
        return None

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return {
            "problem": self.problem,
            "seconds": round(self.timestamp.seconds + self.fractions / FRACTIONS, 3),
        }


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Where a sensor's clock stands against UTC."""

    zone: int
    "Standard time's offset in quarters of an hour, -128 for unknown."
    daylight_saving: int
    "0 standard, 2 half an hour, 4 an hour, 8 two hours (memory); 255 unknown."

    @classmethod
    def parse(cls, data: bytes) -> LocalTime:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        fields = Fields("local time information", data)
        return cls(fields.sint(1, "time zone"), fields.uint(1, "daylight saving offset"))

    def __bytes__(self) -> bytes:
        return self.zone.to_bytes(1, "little", signed=True) + bytes([self.daylight_saving])

    @property
    def offset(self) -> int | None:
        """Minutes to add to UTC, `None` if either part is unknown."""
        if self.zone == UNKNOWN_ZONE or self.daylight_saving == UNKNOWN_DST:
            return None
        return (self.zone + self.daylight_saving) * QUARTER

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return {"offset_minutes": self.offset}
