"""Blood Pressure Measurement (Bluetooth GATT 0x2A35), service 0x1810, indicated."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.gatt.date_time import SIZE as DATE_TIME_SIZE
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import SFloat

UUID = "2a35"
"16-bit characteristic number."

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
class BloodPressureMeasurement:
    """One measurement of a cuff. Every pressure is in the unit that `kilopascal` tells."""

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
    def parse(cls, data: bytes) -> BloodPressureMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("blood pressure measurement", data)
        flags = Flag(fields.uint(1, "flags"))
        return cls(
            systolic=fields.sfloat("systolic pressure"),
            diastolic=fields.sfloat("diastolic pressure"),
            mean=fields.sfloat("mean pressure"),
            kilopascal=Flag.KILOPASCAL in flags,
            timestamp=(
                DateTime.parse(fields.take(DATE_TIME_SIZE, "time stamp")) if Flag.TIMESTAMP in flags else None
            ),
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
