"""Heart Rate Measurement (Bluetooth GATT 0x2A37, notified) and Body Sensor Location (0x2A38, read), service 0x180D."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.fields import Fields

UUID = "2a37"
"16-bit characteristic number."

LOCATION_UUID = "2a38"
"16-bit characteristic number."

RR_PER_SECOND = 1024
"RR-intervals count 1/1024 s."

_NAME = "heart rate measurement"


class Flag(enum.IntFlag):
    """Flags octet, Heart Rate Service part 3.1.1.1."""

    HEART_RATE_UINT16 = 0x01
    CONTACT_DETECTED = 0x02
    CONTACT_SUPPORTED = 0x04
    ENERGY_EXPENDED = 0x08
    RR_INTERVALS = 0x10


_RESERVED = 0xE0


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """One notification of a heart-rate sensor."""

    heart_rate: int
    "Beats per minute."
    contact: bool | None = None
    "Skin contact, or `None` when the sensor cannot tell."
    energy_expended: int | None = None
    "Energy since the last reset, kilojoules; stays at 65535 once there."
    rr_intervals: tuple[int, ...] = ()
    "Times between beats, oldest first, in 1/1024 s as sent."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> HeartRateMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags, announces RR-intervals and has none, or ends inside one.
        """
        fields = Fields(_NAME, data)
        flags = Flag(fields.uint(1, "flags"))
        return cls(
            heart_rate=fields.uint(2 if Flag.HEART_RATE_UINT16 in flags else 1, "heart rate"),
            contact=Flag.CONTACT_DETECTED in flags if Flag.CONTACT_SUPPORTED in flags else None,
            energy_expended=fields.uint(2, "energy expended") if Flag.ENERGY_EXPENDED in flags else None,
            rr_intervals=_rr_intervals(fields.rest()) if Flag.RR_INTERVALS in flags else (),
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        wide = self.heart_rate > 0xFF
        flags = self.reserved | (Flag.HEART_RATE_UINT16 if wide else 0)
        layout, fields = "<BH" if wide else "<BB", [self.heart_rate]
        if self.contact is not None:
            flags |= Flag.CONTACT_SUPPORTED | (Flag.CONTACT_DETECTED if self.contact else 0)
        if self.energy_expended is not None:
            flags |= Flag.ENERGY_EXPENDED
            layout, fields = layout + "H", [*fields, self.energy_expended]
        if self.rr_intervals:
            flags |= Flag.RR_INTERVALS
            layout, fields = f"{layout}{len(self.rr_intervals)}H", [*fields, *self.rr_intervals]
        return struct.pack(layout, flags, *fields)

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        if not self.rr_intervals:
            return {}
        return {"rr_seconds": [round(tick / RR_PER_SECOND, 4) for tick in self.rr_intervals]}


def _rr_intervals(tail: bytes) -> tuple[int, ...]:
    if not tail:
        raise DecodeError(f"{_NAME} announces RR-intervals and has none")
    if len(tail) % 2:
        raise DecodeError(f"{_NAME} ends inside an RR-interval")
    return struct.unpack(f"<{len(tail) // 2}H", tail)


LOCATIONS = ("other", "chest", "wrist", "finger", "hand", "ear_lobe", "foot")
"By number (memory, confirmed in part by other projects' cases)."


@dataclass(frozen=True, slots=True)
class SensorLocation:
    """Where a heart-rate sensor is meant to be worn."""

    location: int
    "A place in `LOCATIONS`, or a number the standard reserves."

    @classmethod
    def parse(cls, data: bytes) -> SensorLocation:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is empty.
        """
        return cls(Fields("body sensor location", data).uint(1, "location"))

    def __bytes__(self) -> bytes:
        return bytes([self.location])

    @property
    def notes(self) -> dict[str, object]:
        """What the number means."""
        return {"location_name": dict(enumerate(LOCATIONS)).get(self.location, f"reserved {self.location}")}
