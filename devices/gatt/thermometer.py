"""Health Thermometer (Bluetooth GATT service 0x1809).

0x2A1C temperature, indicated; 0x2A1E the same while it is still being taken, notified; 0x2A1D where it is taken, and
0x2A21 seconds between two measurements, both read (the last two from memory, confirmed by other projects' cases).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar, Self

from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import Float

UUID = "2a1c"
INTERMEDIATE_UUID = "2a1e"
TYPE_UUID = "2a1d"
INTERVAL_UUID = "2a21"


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
class _Temperature:
    NAME: ClassVar[str]

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
    def parse(cls, data: bytes) -> Self:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields(cls.NAME, data)
        flags = Flag(fields.uint(1, "flags"))
        return cls(
            temperature=fields.float("temperature"),
            fahrenheit=Flag.FAHRENHEIT in flags,
            timestamp=(fields.date_time("time stamp") if Flag.TIMESTAMP in flags else None),
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

    @property
    def notes(self) -> dict[str, object]:
        """What the numbers mean."""
        return {} if self.site is None else {"site_name": site_name(self.site)}


@dataclass(frozen=True, slots=True)
class TemperatureMeasurement(_Temperature):
    """One measurement of a thermometer."""

    NAME: ClassVar[str] = "temperature measurement"


@dataclass(frozen=True, slots=True)
class IntermediateTemperature(_Temperature):
    """What a thermometer shows while it is still measuring. It is no measurement yet."""

    NAME: ClassVar[str] = "intermediate temperature"


def site_name(number: int) -> str:
    """Return a site's name."""
    return Site(number).name.lower() if number in set(Site) else f"reserved {number}"


@dataclass(frozen=True, slots=True)
class TemperatureType:
    """Where a thermometer measures, if that never changes."""

    site: int
    "A `Site`, or a number the standard reserves."

    @classmethod
    def parse(cls, data: bytes) -> TemperatureType:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is empty.
        """
        return cls(Fields("temperature type", data).uint(1, "site"))

    def __bytes__(self) -> bytes:
        return bytes([self.site])

    @property
    def notes(self) -> dict[str, object]:
        """What the number means."""
        return {"site_name": site_name(self.site)}


@dataclass(frozen=True, slots=True)
class MeasurementInterval:
    """How often a thermometer measures by itself."""

    seconds: int
    "0: only when used."

    @classmethod
    def parse(cls, data: bytes) -> MeasurementInterval:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        return cls(Fields("measurement interval", data).uint(2, "seconds"))

    def __bytes__(self) -> bytes:
        return self.seconds.to_bytes(2, "little")
