"""Blood pressure (Bluetooth GATT service 0x1810).

0x2A35 measurement, indicated; 0x2A36 the cuff's pressure while it is pumped, notified, in the same layout (that its first
number is the cuff's pressure and the others NaN is from memory); 0x2A49 feature, read; 0x2B34 enhanced measurement, indicated
(layout from memory, confirmed in part by another project's cases).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar, Self

from devices.clock import SECOND
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import SFloat

UUID = "2a35"
INTERMEDIATE_UUID = "2a36"
FEATURE_UUID = "2a49"
ENHANCED_UUID = "2b34"

UNKNOWN_USER = 255
"The cuff does not know whose arm it is."


class Flag(enum.IntFlag):
    """Flags octet."""

    KILOPASCAL = 0x01
    TIMESTAMP = 0x02
    PULSE_RATE = 0x04
    USER = 0x08
    STATUS = 0x10


_RESERVED = 0xE0


class Status(enum.IntFlag):
    """Measurement status (sheet 03 part 4). Bits 3 and 4 are one field, the pulse rate's range."""

    BODY_MOVEMENT = 0x01
    CUFF_TOO_LOOSE = 0x02
    IRREGULAR_PULSE = 0x04
    PULSE_RATE_ABOVE_RANGE = 0x08
    PULSE_RATE_BELOW_RANGE = 0x10
    IMPROPER_POSITION = 0x20


@dataclass(frozen=True, slots=True)
class _Pressures:
    NAME: ClassVar[str]

    systolic: SFloat
    diastolic: SFloat
    mean: SFloat
    "Mean arterial pressure."
    kilopascal: bool = False
    "Kilopascals; otherwise millimetres of mercury."
    timestamp: DateTime | None = None
    "The cuff's own clock."
    pulse_rate: SFloat | None = None
    "Beats per minute."
    user: int | None = None
    "The cuff's number for the person, 255 for unknown."
    status: Status | None = None
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
            systolic=fields.sfloat("systolic pressure"),
            diastolic=fields.sfloat("diastolic pressure"),
            mean=fields.sfloat("mean pressure"),
            kilopascal=Flag.KILOPASCAL in flags,
            timestamp=(fields.date_time("time stamp") if Flag.TIMESTAMP in flags else None),
            pulse_rate=fields.sfloat("pulse rate") if Flag.PULSE_RATE in flags else None,
            user=fields.uint(1, "user") if Flag.USER in flags else None,
            status=Status(fields.uint(2, "measurement status")) if Flag.STATUS in flags else None,
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (Flag.KILOPASCAL if self.kilopascal else 0)
        parts = [bytes(self.systolic), bytes(self.diastolic), bytes(self.mean)]
        if self.timestamp is not None:
            flags |= Flag.TIMESTAMP
            parts.append(bytes(self.timestamp))
        if self.pulse_rate is not None:
            flags |= Flag.PULSE_RATE
            parts.append(bytes(self.pulse_rate))
        if self.user is not None:
            flags |= Flag.USER
            parts.append(bytes([self.user]))
        if self.status is not None:
            flags |= Flag.STATUS
            parts.append(self.status.to_bytes(2, "little"))
        return bytes([flags]) + b"".join(parts)


@dataclass(frozen=True, slots=True)
class BloodPressureMeasurement(_Pressures):
    """One measurement of a cuff. Every pressure is in the unit that `kilopascal` tells."""

    NAME: ClassVar[str] = "blood pressure measurement"


@dataclass(frozen=True, slots=True)
class IntermediateCuffPressure(_Pressures):
    """The pressure in the cuff while it is pumped, in `systolic`. It is nobody's blood pressure."""

    NAME: ClassVar[str] = "intermediate cuff pressure"


class EnhancedFlag(enum.IntFlag):
    """Flags octet of an enhanced measurement (memory)."""

    KILOPASCAL = 0x01
    TIMESTAMP = 0x02
    PULSE_RATE = 0x04
    USER = 0x08
    STATUS = 0x10
    USER_FACING_TIME = 0x20
    EPOCH_2000 = 0x40


@dataclass(frozen=True, slots=True)
class EnhancedBloodPressure:
    """One measurement of a newer cuff, which counts seconds instead of telling a date."""

    systolic: SFloat
    diastolic: SFloat
    mean: SFloat
    kilopascal: bool = False
    "Kilopascals; otherwise millimetres of mercury."
    timestamp: int | None = None
    "Seconds since the epoch."
    pulse_rate: SFloat | None = None
    "Beats per minute."
    user: int | None = None
    "The cuff's number for the person, 255 for unknown."
    status: Status | None = None
    user_facing_time: int | None = None
    "Seconds since the epoch, by the clock that the cuff shows."
    epoch_2000: bool = False
    "The epoch is 2000-01-01; otherwise 1900-01-01."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> EnhancedBloodPressure:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("enhanced blood pressure measurement", data)
        flags = EnhancedFlag(fields.uint(1, "flags"))
        return cls(
            systolic=fields.sfloat("systolic pressure"),
            diastolic=fields.sfloat("diastolic pressure"),
            mean=fields.sfloat("mean pressure"),
            kilopascal=EnhancedFlag.KILOPASCAL in flags,
            timestamp=fields.uint(4, "time stamp") if EnhancedFlag.TIMESTAMP in flags else None,
            pulse_rate=fields.sfloat("pulse rate") if EnhancedFlag.PULSE_RATE in flags else None,
            user=fields.uint(1, "user") if EnhancedFlag.USER in flags else None,
            status=Status(fields.uint(2, "measurement status")) if EnhancedFlag.STATUS in flags else None,
            user_facing_time=(
                fields.uint(4, "user facing time") if EnhancedFlag.USER_FACING_TIME in flags else None
            ),
            epoch_2000=EnhancedFlag.EPOCH_2000 in flags,
            reserved=int(flags) & 0x80,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (EnhancedFlag.KILOPASCAL if self.kilopascal else 0)
        flags |= EnhancedFlag.EPOCH_2000 if self.epoch_2000 else 0
        parts = [bytes(self.systolic), bytes(self.diastolic), bytes(self.mean)]
        for bit, encoded in (
            (EnhancedFlag.TIMESTAMP, _integer(self.timestamp, 4)),
            (EnhancedFlag.PULSE_RATE, b"" if self.pulse_rate is None else bytes(self.pulse_rate)),
            (EnhancedFlag.USER, _integer(self.user, 1)),
            (EnhancedFlag.STATUS, _integer(self.status, 2)),
            (EnhancedFlag.USER_FACING_TIME, _integer(self.user_facing_time, 4)),
        ):
            flags |= bit if encoded else 0
            parts.append(encoded)
        return bytes([int(flags)]) + b"".join(parts)

    @property
    def utc(self) -> int | None:
        """When it was taken, the cuff's clock read as UTC, microseconds since 1970; `None` if not told."""
        told = self.timestamp if self.timestamp is not None else self.user_facing_time
        if told is None:
            return None
        return (told + (SECONDS_TO_2000 if self.epoch_2000 else SECONDS_TO_1900)) * SECOND


SECONDS_TO_2000 = 946_684_800
"From 1970-01-01 to 2000-01-01."

SECONDS_TO_1900 = -2_208_988_800
"From 1970-01-01 back to 1900-01-01."


def _integer(value: int | None, size: int) -> bytes:
    return b"" if value is None else int(value).to_bytes(size, "little")


class FeatureBit(enum.IntFlag):
    """What a cuff can tell: bits 0 to 5 from sheet 03 part 4, the others confirmed by another project's cases."""

    BODY_MOVEMENT = 1 << 0
    CUFF_FIT = 1 << 1
    IRREGULAR_PULSE = 1 << 2
    PULSE_RATE_RANGE = 1 << 3
    MEASUREMENT_POSITION = 1 << 4
    MULTIPLE_BONDS = 1 << 5
    E2E_CRC = 1 << 6
    USER_DATA = 1 << 7
    USER_FACING_TIME = 1 << 8


@dataclass(frozen=True, slots=True)
class BloodPressureFeature:
    """What a cuff can tell."""

    features: FeatureBit

    @classmethod
    def parse(cls, data: bytes) -> BloodPressureFeature:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        return cls(FeatureBit(Fields("blood pressure feature", data).uint(2, "bits")))

    def __bytes__(self) -> bytes:
        return self.features.to_bytes(2, "little")
