"""Temperature Measurement (Bluetooth GATT 0x2A1C), service 0x1809, indicated."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.gatt.date_time import SIZE as DATE_TIME_SIZE
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import Float

UUID = "2a1c"
"16-bit characteristic number."


class Flag(enum.IntFlag):
    """Flags octet."""

    FAHRENHEIT = 0x01
    TIMESTAMP = 0x02
    SITE = 0x04


_RESERVED = 0xF8


class Site(enum.IntEnum):
    """Where the temperature was taken (sheet 03 part 5); other numbers are reserved."""

    ARMPIT = 1
    BODY = 2
    EAR_LOBE = 3
    FINGER = 4
    GASTRO_INTESTINAL_TRACT = 5
    MOUTH = 6
    RECTUM = 7
    TOE = 8
    TYMPANUM = 9


@dataclass(frozen=True, slots=True)
class TemperatureMeasurement:
    """One measurement of a thermometer."""

    temperature: Float
    "In the unit that `fahrenheit` tells."
    fahrenheit: bool = False
    "Degrees Fahrenheit; otherwise degrees Celsius."
    timestamp: DateTime | None = None
    "The thermometer's own clock."
    site: int | None = None
    "A `Site`, or a number the standard reserves."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> TemperatureMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("temperature measurement", data)
        flags = Flag(fields.uint(1, "flags"))
        return cls(
            temperature=fields.float("temperature"),
            fahrenheit=Flag.FAHRENHEIT in flags,
            timestamp=(
                DateTime.parse(fields.take(DATE_TIME_SIZE, "time stamp")) if Flag.TIMESTAMP in flags else None
            ),
            site=fields.uint(1, "temperature type") if Flag.SITE in flags else None,
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (Flag.FAHRENHEIT if self.fahrenheit else 0)
        parts = [bytes(self.temperature)]
        if self.timestamp is not None:
            flags |= Flag.TIMESTAMP
            parts.append(bytes(self.timestamp))
        if self.site is not None:
            flags |= Flag.SITE
            parts.append(bytes([self.site]))
        return bytes([flags]) + b"".join(parts)
