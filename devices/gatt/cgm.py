"""Continuous glucose monitoring (Bluetooth GATT service 0x181F): 0x2AA7 measurement, notified; the session's facts, read.

The measurement's layout is sheet 03 part 10. The layouts of 0x2AA8 to 0x2AAB are from memory; those of 0x2AA9 to 0x2AAB
are confirmed by cases of another project's tests.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import SFloat

UUID = "2aa7"
FEATURE_UUID = "2aa8"
STATUS_UUID = "2aa9"
START_UUID = "2aaa"
RUN_TIME_UUID = "2aab"

CRC_SIZE = 2
_SHORTEST = 6
"Octets of a record that holds only its glucose."


def crc(data: bytes) -> int:
    """Return the E2E-CRC: CRC-16/MCRF4XX, polynomial 0x1021 reflected, from 0xFFFF, sent little-endian."""
    value = 0xFFFF
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


class Flag(enum.IntFlag):
    """Flags octet of one record."""

    TREND = 0x01
    QUALITY = 0x02
    WARNING = 0x20
    CALIBRATION = 0x40
    STATUS = 0x80


_RESERVED = 0x1C


class Annunciation(enum.IntFlag):
    """Three octets in one number: status in bits 0 to 7, calibration and temperature in 8 to 15, warning in 16 to 23."""

    SESSION_STOPPED = 1 << 0
    BATTERY_LOW = 1 << 1
    SENSOR_TYPE = 1 << 2
    SENSOR_MALFUNCTION = 1 << 3
    DEVICE_ALERT = 1 << 4
    DEVICE_FAULT = 1 << 5
    TIME_SYNCHRONISATION = 1 << 8
    CALIBRATION_NOT_ALLOWED = 1 << 9
    CALIBRATION_RECOMMENDED = 1 << 10
    CALIBRATION_REQUIRED = 1 << 11
    TEMPERATURE_TOO_HIGH = 1 << 12
    TEMPERATURE_TOO_LOW = 1 << 13
    BELOW_PATIENT_LOW = 1 << 16
    ABOVE_PATIENT_HIGH = 1 << 17
    BELOW_HYPO = 1 << 18
    ABOVE_HYPER = 1 << 19
    FALLING_FAST = 1 << 20
    RISING_FAST = 1 << 21
    BELOW_RANGE = 1 << 22
    ABOVE_RANGE = 1 << 23


_OCTETS = ((Flag.STATUS, 0, "status"), (Flag.CALIBRATION, 8, "calibration"), (Flag.WARNING, 16, "warning"))
"In the order they are sent."


_NONE, _NOTHING_SENT = Annunciation(0), Flag(0)


@dataclass(frozen=True, slots=True)
class CgmRecord:
    """One glucose value."""

    glucose: SFloat
    "mg/dL."
    offset: int
    "Minutes since the session began."
    annunciation: Annunciation = _NONE
    sent: Flag = _NOTHING_SENT
    "Which of the annunciation's octets were sent, zero ones too."
    trend: SFloat | None = None
    "mg/dL per minute."
    quality: SFloat | None = None
    "Percent."
    protected: bool = False
    "It carried an E2E-CRC, and that was right."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> CgmRecord:
        """Parse one record, from its size octet to its last.

        Raises:
            DecodeError: its size is not what its flags ask for, or its CRC is wrong.
        """
        fields = Fields("cgm measurement", data)
        if fields.uint(1, "size") != len(data):
            raise DecodeError(f"cgm measurement says {data[0]} bytes and is {len(data)}")
        flags = Flag(fields.uint(1, "flags"))
        glucose, offset = fields.sfloat("glucose"), fields.uint(2, "time offset")
        annunciation = 0
        for bit, shift, name in _OCTETS:
            if bit in flags:
                annunciation |= fields.uint(1, f"{name} octet") << shift
        trend = fields.sfloat("trend") if Flag.TREND in flags else None
        quality = fields.sfloat("quality") if Flag.QUALITY in flags else None
        if fields.left not in {0, CRC_SIZE}:
            raise DecodeError(f"cgm measurement has {fields.left} bytes more than its flags ask for")
        protected = fields.left == CRC_SIZE
        if protected and fields.uint(CRC_SIZE, "crc") != crc(data[:-CRC_SIZE]):
            raise DecodeError("cgm measurement has a wrong crc")
        sent = flags & (Flag.STATUS | Flag.CALIBRATION | Flag.WARNING)
        return cls(
            glucose,
            offset,
            Annunciation(annunciation),
            sent,
            trend,
            quality,
            protected,
            int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags, parts = self.reserved | self.sent, [bytes(self.glucose), self.offset.to_bytes(2, "little")]
        parts += [
            bytes([int(self.annunciation) >> shift & 0xFF]) for bit, shift, _ in _OCTETS if bit & self.sent
        ]
        if self.trend is not None:
            flags |= Flag.TREND
            parts.append(bytes(self.trend))
        if self.quality is not None:
            flags |= Flag.QUALITY
            parts.append(bytes(self.quality))
        body = bytes([int(flags)]) + b"".join(parts)
        size = 1 + len(body) + (CRC_SIZE if self.protected else 0)
        record = bytes([size]) + body
        return record + crc(record).to_bytes(CRC_SIZE, "little") if self.protected else record


@dataclass(frozen=True, slots=True)
class CgmMeasurement:
    """One notification: one record or several."""

    records: tuple[CgmRecord, ...]

    @classmethod
    def parse(cls, data: bytes) -> CgmMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: a record is malformed, or the last one is cut; none of them is then believed.
        """
        if not data:
            raise DecodeError("cgm measurement is empty")
        records, at = [], 0
        while at < len(data):
            size = data[at]
            if size < _SHORTEST:
                raise DecodeError(f"cgm measurement says {size} bytes, a record has {_SHORTEST} at least")
            records.append(CgmRecord.parse(data[at : at + size]))
            at += size
        return cls(tuple(records))

    def __bytes__(self) -> bytes:
        return b"".join(map(bytes, self.records))


def _crc(fields: Fields) -> int | None:
    """Return the CRC of a value that may have one: its last two octets, as sent."""
    return fields.uint(CRC_SIZE, "crc") if fields.left >= CRC_SIZE else None


def _protected(body: bytes, number: int | None) -> bytes:
    return body if number is None else body + number.to_bytes(CRC_SIZE, "little")


def _notes(body: bytes, number: int | None) -> dict[str, object]:
    return {"crc_right": None if number is None else number == crc(body)}


@dataclass(frozen=True, slots=True)
class CgmStatus:
    """How a session stands. The CRC is kept as sent: whether it is right is in `notes`."""

    offset: int
    "Minutes since the session began."
    annunciation: Annunciation
    crc: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> CgmStatus:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than five octets.
        """
        fields = Fields("cgm status", data)
        return cls(fields.uint(2, "time offset"), Annunciation(fields.uint(3, "status")), _crc(fields))

    def _body(self) -> bytes:
        return self.offset.to_bytes(2, "little") + self.annunciation.to_bytes(3, "little")

    def __bytes__(self) -> bytes:
        return _protected(self._body(), self.crc)

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return _notes(self._body(), self.crc)


@dataclass(frozen=True, slots=True)
class CgmSessionStart:
    """When a session began, in the monitor's local time."""

    start: DateTime
    zone: int
    "Offset of standard time from UTC in quarters of an hour, -128 for unknown."
    daylight_saving: int
    "0 standard, 2 half an hour, 4 an hour, 8 two hours; 255 unknown."
    crc: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> CgmSessionStart:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than nine octets.
        """
        fields = Fields("cgm session start time", data)
        return cls(
            fields.date_time("date and time"),
            fields.sint(1, "time zone"),
            fields.uint(1, "daylight saving offset"),
            _crc(fields),
        )

    def _body(self) -> bytes:
        zone = self.zone.to_bytes(1, "little", signed=True)
        return bytes(self.start) + zone + bytes([self.daylight_saving])

    def __bytes__(self) -> bytes:
        return _protected(self._body(), self.crc)

    @property
    def utc(self) -> int | None:
        """The moment in microseconds since 1970-01-01T00:00:00Z; `None` if the date or the zone is unknown."""
        local = self.start.utc()
        if local is None or self.zone == -128 or self.daylight_saving == 255:
            return None
        return local - (self.zone + self.daylight_saving) * 15 * 60 * SECOND

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return _notes(self._body(), self.crc)


@dataclass(frozen=True, slots=True)
class CgmRunTime:
    """How long a session is to last."""

    hours: int
    crc: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> CgmRunTime:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        fields = Fields("cgm session run time", data)
        return cls(fields.uint(2, "hours"), _crc(fields))

    def __bytes__(self) -> bytes:
        return _protected(self.hours.to_bytes(2, "little"), self.crc)

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return _notes(self.hours.to_bytes(2, "little"), self.crc)


class FeatureBit(enum.IntFlag):
    """What a monitor can do (memory). Bits 17 to 23 are reserved."""

    CALIBRATION = 1 << 0
    PATIENT_ALERTS = 1 << 1
    HYPO_ALERTS = 1 << 2
    HYPER_ALERTS = 1 << 3
    RATE_ALERTS = 1 << 4
    DEVICE_ALERT = 1 << 5
    MALFUNCTION = 1 << 6
    TEMPERATURE_ALERTS = 1 << 7
    RANGE_ALERTS = 1 << 8
    LOW_BATTERY = 1 << 9
    SENSOR_TYPE = 1 << 10
    GENERAL_FAULT = 1 << 11
    E2E_CRC = 1 << 12
    MULTIPLE_BONDS = 1 << 13
    MULTIPLE_SESSIONS = 1 << 14
    TREND = 1 << 15
    QUALITY = 1 << 16


@dataclass(frozen=True, slots=True)
class CgmFeature:
    """What a monitor can do, what it measures and where."""

    features: FeatureBit
    type: int
    "As of a glucose measurement."
    location: int
    "As of a glucose measurement; 5 is subcutaneous tissue."
    crc: int
    "65535 where the monitor uses none."

    @classmethod
    def parse(cls, data: bytes) -> CgmFeature:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than six octets.
        """
        fields = Fields("cgm feature", data)
        features = FeatureBit(fields.uint(3, "bits"))
        place = fields.uint(1, "type and location")
        return cls(features, place & 0xF, place >> 4, fields.uint(CRC_SIZE, "crc"))

    def __bytes__(self) -> bytes:
        body = self.features.to_bytes(3, "little") + bytes([self.location << 4 | self.type])
        return _protected(body, self.crc)
