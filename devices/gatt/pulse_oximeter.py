"""Pulse oximeters (Bluetooth GATT service 0x1822).

0x2A5E spot-check, indicated; 0x2A5F continuous, notified; 0x2A60 features, read.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import SFloat

SPOT_CHECK_UUID = "2a5e"
"16-bit characteristic number."

CONTINUOUS_UUID = "2a5f"
"16-bit characteristic number."

FEATURES_UUID = "2a60"
"16-bit characteristic number."


class MeasurementStatus(enum.IntFlag):
    """What the oximeter says about its measurement (sheet 03 part 2). Bits 0 to 4 are reserved."""

    ONGOING = 1 << 5
    EARLY_ESTIMATE = 1 << 6
    VALIDATED = 1 << 7
    FULLY_QUALIFIED = 1 << 8
    FROM_STORAGE = 1 << 9
    DEMONSTRATION = 1 << 10
    TEST = 1 << 11
    CALIBRATION_ONGOING = 1 << 12
    UNAVAILABLE = 1 << 13
    QUESTIONABLE = 1 << 14
    INVALID = 1 << 15


class DeviceStatus(enum.IntFlag):
    """What the oximeter says about itself and its sensor (sheet 03 part 2). Bits 16 to 23 are reserved."""

    EXTENDED_DISPLAY_UPDATE = 1 << 0
    EQUIPMENT_MALFUNCTION = 1 << 1
    SIGNAL_PROCESSING_IRREGULARITY = 1 << 2
    INADEQUATE_SIGNAL = 1 << 3
    POOR_SIGNAL = 1 << 4
    LOW_PERFUSION = 1 << 5
    ERRATIC_SIGNAL = 1 << 6
    NON_PULSATILE_SIGNAL = 1 << 7
    QUESTIONABLE_PULSE = 1 << 8
    SIGNAL_ANALYSIS_ONGOING = 1 << 9
    INTERFERENCE = 1 << 10
    SENSOR_NOT_ON_USER = 1 << 11
    UNKNOWN_SENSOR = 1 << 12
    SENSOR_DISPLACED = 1 << 13
    SENSOR_MALFUNCTION = 1 << 14
    SENSOR_DISCONNECTED = 1 << 15


class SpotCheckFlag(enum.IntFlag):
    """Flags octet of a spot-check."""

    TIMESTAMP = 0x01
    MEASUREMENT_STATUS = 0x02
    DEVICE_STATUS = 0x04
    PULSE_AMPLITUDE = 0x08
    CLOCK_NOT_SET = 0x10


class ContinuousFlag(enum.IntFlag):
    """Flags octet of a continuous measurement."""

    FAST = 0x01
    SLOW = 0x02
    MEASUREMENT_STATUS = 0x04
    DEVICE_STATUS = 0x08
    PULSE_AMPLITUDE = 0x10


_RESERVED = 0xE0


@dataclass(frozen=True, slots=True)
class Oximetry:
    """Saturation and pulse rate, measured together."""

    spo2: SFloat
    "Percent."
    pulse_rate: SFloat
    "Beats per minute."

    @classmethod
    def take(cls, fields: Fields, speed: str) -> Oximetry:
        """Take the pair from a value's fields; `speed` stands in the error."""
        return cls(fields.sfloat(f"{speed}SpO2"), fields.sfloat(f"{speed}pulse rate"))

    def __bytes__(self) -> bytes:
        return bytes(self.spo2) + bytes(self.pulse_rate)


@dataclass(frozen=True, slots=True)
class SpotCheckMeasurement:
    """One finished measurement of an oximeter, taken now or from its memory."""

    oximetry: Oximetry
    timestamp: DateTime | None = None
    "The oximeter's own clock."
    status: MeasurementStatus | None = None
    device: DeviceStatus | None = None
    pulse_amplitude: SFloat | None = None
    "Pulse amplitude index, percent."
    clock_not_set: bool = False
    "The oximeter says that its clock has not been set."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> SpotCheckMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("spot-check measurement", data)
        flags = SpotCheckFlag(fields.uint(1, "flags"))
        return cls(
            oximetry=Oximetry.take(fields, ""),
            timestamp=(fields.date_time("time stamp") if SpotCheckFlag.TIMESTAMP in flags else None),
            status=_status(fields) if SpotCheckFlag.MEASUREMENT_STATUS in flags else None,
            device=_device(fields) if SpotCheckFlag.DEVICE_STATUS in flags else None,
            pulse_amplitude=_amplitude(fields) if SpotCheckFlag.PULSE_AMPLITUDE in flags else None,
            clock_not_set=SpotCheckFlag.CLOCK_NOT_SET in flags,
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (SpotCheckFlag.CLOCK_NOT_SET if self.clock_not_set else 0)
        parts = [bytes(self.oximetry)]
        if self.timestamp is not None:
            flags |= SpotCheckFlag.TIMESTAMP
            parts.append(bytes(self.timestamp))
        if self.status is not None:
            flags |= SpotCheckFlag.MEASUREMENT_STATUS
            parts.append(self.status.to_bytes(2, "little"))
        if self.device is not None:
            flags |= SpotCheckFlag.DEVICE_STATUS
            parts.append(self.device.to_bytes(3, "little"))
        if self.pulse_amplitude is not None:
            flags |= SpotCheckFlag.PULSE_AMPLITUDE
            parts.append(bytes(self.pulse_amplitude))
        return bytes([flags]) + b"".join(parts)


@dataclass(frozen=True, slots=True)
class ContinuousMeasurement:
    """One notification of an oximeter that stays on."""

    normal: Oximetry
    fast: Oximetry | None = None
    "Averaged over a shorter time than `normal`."
    slow: Oximetry | None = None
    "Averaged over a longer time than `normal`."
    status: MeasurementStatus | None = None
    device: DeviceStatus | None = None
    pulse_amplitude: SFloat | None = None
    "Pulse amplitude index, percent."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> ContinuousMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("continuous oximetry measurement", data)
        flags = ContinuousFlag(fields.uint(1, "flags"))
        return cls(
            normal=Oximetry.take(fields, ""),
            fast=Oximetry.take(fields, "fast ") if ContinuousFlag.FAST in flags else None,
            slow=Oximetry.take(fields, "slow ") if ContinuousFlag.SLOW in flags else None,
            status=_status(fields) if ContinuousFlag.MEASUREMENT_STATUS in flags else None,
            device=_device(fields) if ContinuousFlag.DEVICE_STATUS in flags else None,
            pulse_amplitude=_amplitude(fields) if ContinuousFlag.PULSE_AMPLITUDE in flags else None,
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags, parts = self.reserved, [bytes(self.normal)]
        if self.fast is not None:
            flags |= ContinuousFlag.FAST
            parts.append(bytes(self.fast))
        if self.slow is not None:
            flags |= ContinuousFlag.SLOW
            parts.append(bytes(self.slow))
        if self.status is not None:
            flags |= ContinuousFlag.MEASUREMENT_STATUS
            parts.append(self.status.to_bytes(2, "little"))
        if self.device is not None:
            flags |= ContinuousFlag.DEVICE_STATUS
            parts.append(self.device.to_bytes(3, "little"))
        if self.pulse_amplitude is not None:
            flags |= ContinuousFlag.PULSE_AMPLITUDE
            parts.append(bytes(self.pulse_amplitude))
        return bytes([flags]) + b"".join(parts)


def _status(fields: Fields) -> MeasurementStatus:
    return MeasurementStatus(fields.uint(2, "measurement status"))


def _device(fields: Fields) -> DeviceStatus:
    return DeviceStatus(fields.uint(3, "device and sensor status"))


def _amplitude(fields: Fields) -> SFloat:
    return fields.sfloat("pulse amplitude index")


class FeatureBit(enum.IntFlag):
    """What an oximeter can tell (sheet 03 part 3). Bits 8 to 15 are reserved."""

    MEASUREMENT_STATUS = 1 << 0
    DEVICE_STATUS = 1 << 1
    STORAGE = 1 << 2
    TIMESTAMP = 1 << 3
    FAST = 1 << 4
    SLOW = 1 << 5
    PULSE_AMPLITUDE = 1 << 6
    MULTIPLE_BONDS = 1 << 7


@dataclass(frozen=True, slots=True)
class OximeterFeatures:
    """What an oximeter can tell, and which of the status bits it knows."""

    features: FeatureBit
    status: MeasurementStatus | None = None
    device: DeviceStatus | None = None

    @classmethod
    def parse(cls, data: bytes) -> OximeterFeatures:
        """Parse a characteristic value. What its bits announce and is not there is absent: sensors do so.

        Raises:
            DecodeError: fewer than two octets.
        """
        fields = Fields("plx features", data)
        features = FeatureBit(fields.uint(2, "bits"))
        status = FeatureBit.MEASUREMENT_STATUS in features and fields.left >= 2
        return cls(
            features,
            _status(fields) if status else None,
            _device(fields) if FeatureBit.DEVICE_STATUS in features and fields.left >= 3 else None,
        )

    def __bytes__(self) -> bytes:
        status = b"" if self.status is None else self.status.to_bytes(2, "little")
        device = b"" if self.device is None else self.device.to_bytes(3, "little")
        return self.features.to_bytes(2, "little") + status + device
