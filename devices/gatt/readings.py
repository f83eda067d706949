"""From a characteristic's bytes to readings, in one table.

What counts as now and what as the past: a value is placed at its reception, unless its sensor kept it. An oximeter
says so (status "from storage"); cuffs and thermometers have no such bit, so a record is taken for a kept one when
its own clock puts it more than `KEPT_AFTER` before its reception. Their clocks have no zone: drivers set them to UTC,
and the bound is wide enough for one that shows local time. A sensor whose clock was never set (a year before this
release existed) tells nothing by it. A kept value is flagged late, so that it never decides about now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.gatt import battery, blood_pressure, heart_rate, pulse_oximeter, thermometer
from devices.gatt.battery import BatteryLevel
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.pulse_oximeter import (
    ContinuousMeasurement,
    DeviceStatus,
    MeasurementStatus,
    Oximetry,
    SpotCheckMeasurement,
)
from devices.gatt.thermometer import TemperatureMeasurement
from devices.ieee11073 import Float, SFloat
from devices.measurement import Link, Measurement, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.units import celsius, mmhg

Message: TypeAlias = (
    HeartRateMeasurement
    | SpotCheckMeasurement
    | ContinuousMeasurement
    | TemperatureMeasurement
    | BloodPressureMeasurement
    | BatteryLevel
)
"Every message this package decodes."

KEPT_AFTER = 24 * 3600 * SECOND
"Microseconds between a sensor's own time and reception beyond which the record was kept; the widest zone is 14 h."

_BASE_UUID = re.compile(r"(?:0000)?([0-9a-f]{4})(?:-0000-1000-8000-00805f9b34fb)?")

_MEASUREMENT_DOUBTS = (
    (
        MeasurementStatus.EARLY_ESTIMATE
        | MeasurementStatus.DEMONSTRATION
        | MeasurementStatus.TEST
        | MeasurementStatus.CALIBRATION_ONGOING
        | MeasurementStatus.UNAVAILABLE
        | MeasurementStatus.QUESTIONABLE
        | MeasurementStatus.INVALID,
        Quality.QUESTIONABLE,
    ),
)

_DEVICE_DOUBTS = (
    (
        DeviceStatus.SENSOR_NOT_ON_USER | DeviceStatus.SENSOR_DISPLACED | DeviceStatus.SENSOR_DISCONNECTED,
        Quality.PROBE_OFF,
    ),
    (DeviceStatus.ERRATIC_SIGNAL | DeviceStatus.INTERFERENCE, Quality.MOTION),
    (DeviceStatus.LOW_PERFUSION, Quality.LOW_PERFUSION),
    (DeviceStatus.EXTENDED_DISPLAY_UPDATE, Quality.HELD),
    (
        DeviceStatus.EQUIPMENT_MALFUNCTION
        | DeviceStatus.SIGNAL_PROCESSING_IRREGULARITY
        | DeviceStatus.INADEQUATE_SIGNAL
        | DeviceStatus.POOR_SIGNAL
        | DeviceStatus.NON_PULSATILE_SIGNAL
        | DeviceStatus.QUESTIONABLE_PULSE
        | DeviceStatus.UNKNOWN_SENSOR
        | DeviceStatus.SENSOR_MALFUNCTION,
        Quality.QUESTIONABLE,
    ),
)

# An irregular pulse is a finding, not a doubt: it would make every pressure of a resident with atrial fibrillation
# unfit to alarm. The pulse rate's range says nothing about the pressures either.
_CUFF_DOUBTS = (
    (blood_pressure.Status.BODY_MOVEMENT, Quality.MOTION),
    (
        blood_pressure.Status.CUFF_TOO_LOOSE | blood_pressure.Status.IMPROPER_POSITION,
        Quality.QUESTIONABLE,
    ),
)


@dataclass(frozen=True, slots=True)
class _When:
    time: int
    flags: Quality = NO_DOUBT
    stored: bool = False


@dataclass(frozen=True, slots=True)
class _Codec:
    parse: Callable[[bytes], Message]
    name: str


CODECS: dict[str, _Codec] = {
    heart_rate.UUID: _Codec(HeartRateMeasurement.parse, "heart rate measurement"),
    pulse_oximeter.SPOT_CHECK_UUID: _Codec(SpotCheckMeasurement.parse, "spot-check measurement"),
    pulse_oximeter.CONTINUOUS_UUID: _Codec(ContinuousMeasurement.parse, "continuous oximetry measurement"),
    thermometer.UUID: _Codec(TemperatureMeasurement.parse, "temperature measurement"),
    blood_pressure.UUID: _Codec(BloodPressureMeasurement.parse, "blood pressure measurement"),
    battery.UUID: _Codec(BatteryLevel.parse, "battery level"),
}
"Every characteristic this package decodes, by its 16-bit number in lower-case hexadecimal."


def short_uuid(characteristic: str) -> str:
    """Return a characteristic's 16-bit number: `2a37` for `2A37` and for the full 128-bit form.

    Raises:
        DecodeError: it is no Bluetooth SIG number.
    """
    match = _BASE_UUID.fullmatch(characteristic.lower().removeprefix("0x"))
    if match is None:
        raise DecodeError(f"characteristic {characteristic[:60]!r} is no 16-bit number of the Bluetooth SIG")
    return match[1]


def parse(characteristic: str, data: bytes) -> Message:
    """Return the message in a characteristic's value.

    Raises:
        DecodeError: the characteristic is not known here, or the value is malformed.
    """
    number = short_uuid(characteristic)
    codec = CODECS.get(number)
    if codec is None:
        raise DecodeError(f"characteristic {number} is not decoded; known are {', '.join(sorted(CODECS))}")
    return codec.parse(data)


def readings(characteristic: str, data: bytes, sensor: str, now: int) -> list[Reading]:
    """Return what a characteristic's value says.

    Args:
        characteristic: 16-bit number or full UUID, any case.
        data: the value.
        sensor: identifier of the sensor.
        now: reception, microseconds UTC; 0 for unknown, as in a capture: nothing is then placed in the past by the
            distance between the sensor's clock and ours.

    Raises:
        DecodeError: the characteristic is not known here, or the value is malformed.
    """
    return message_readings(parse(characteristic, data), sensor, now)


def message_readings(message: Message, sensor: str, now: int) -> list[Reading]:
    """Return what a message says. Values that it says it does not have (NaN) are absent.

    A sensor that stays on also yields a `SensorStatus` with each message in which it can tell whether it is on the person,
    so that "finger out" is told where there is no value to carry it, and so is its end. The edge tells only changes.
    """
    match message:
        case HeartRateMeasurement():
            return _heart_rate(message, sensor, now)
        case BatteryLevel():
            return [measure(sensor, "battery", message.level, now)]
        case TemperatureMeasurement():
            return _temperature(message, sensor, now)
        case BloodPressureMeasurement():
            return _pressures(message, sensor, now)
        case SpotCheckMeasurement():
            return _spot_check(message, sensor, now)
        case _:
            when = _When(now, _oximeter_doubts(message.status, message.device))
            values = _oximetry(sensor, message.normal, message.pulse_amplitude, when)
            # Without a value every doubt is a reason; with one the value carries them, and only the probe is the sensor's.
            about = when.flags & Quality.PROBE_OFF if values else when.flags
            return [SensorStatus(sensor, now, Link.UP, about, "" if values else "no value"), *values]


def _doubts(status: int, table: tuple[tuple[int, Quality], ...]) -> Quality:
    flags = NO_DOUBT
    for bits, quality in table:
        if status & bits:
            flags |= quality
    return flags


def _oximeter_doubts(status: MeasurementStatus | None, device: DeviceStatus | None) -> Quality:
    return _doubts(status or 0, _MEASUREMENT_DOUBTS) | _doubts(device or 0, _DEVICE_DOUBTS)


def _number(
    sensor: str,
    metric: str,
    number: SFloat | Float | None,
    when: _When,
    convert: Callable[[Decimal], Decimal] | None = None,
) -> list[Measurement]:
    if number is None or number.value is None:
        return []
    value = number.value if convert is None else convert(number.value)
    return [measure(sensor, metric, float(value), when.time, when.flags, stored=when.stored)]


def _when(timestamp: DateTime | None, now: int) -> _When:
    """Place a record of a sensor that does not say whether it kept it."""
    own = timestamp.utc() if timestamp is not None else None
    if own is None or own < BUILD_FLOOR or own > now - KEPT_AFTER:
        return _When(now)
    return _When(own, Quality.LATE | Quality.DEVICE_TIME, stored=True)


def _heart_rate(message: HeartRateMeasurement, sensor: str, now: int) -> list[Reading]:
    flags = Quality.PROBE_OFF if message.contact is False else NO_DOUBT
    value = measure(sensor, "heart_rate", message.heart_rate, now, flags)
    if message.contact is None:
        return [value]
    return [SensorStatus(sensor, now, Link.UP, flags), value]


def _temperature(message: TemperatureMeasurement, sensor: str, now: int) -> list[Reading]:
    convert = celsius if message.fahrenheit else None
    return [*_number(sensor, "temperature", message.temperature, _when(message.timestamp, now), convert)]


def _pressures(message: BloodPressureMeasurement, sensor: str, now: int) -> list[Reading]:
    placed = _when(message.timestamp, now)
    when = _When(placed.time, placed.flags | _doubts(message.status or 0, _CUFF_DOUBTS), placed.stored)
    convert = mmhg if message.kilopascal else None
    return [
        *_number(sensor, "systolic", message.systolic, when, convert),
        *_number(sensor, "diastolic", message.diastolic, when, convert),
        *_number(sensor, "mean_pressure", message.mean, when, convert),
        *_number(sensor, "pulse_rate", message.pulse_rate, when),
    ]


def _spot_check(message: SpotCheckMeasurement, sensor: str, now: int) -> list[Reading]:
    flags = _oximeter_doubts(message.status, message.device)
    when = _When(now, flags)
    if MeasurementStatus.FROM_STORAGE in (message.status or MeasurementStatus(0)):
        own = None if message.timestamp is None or message.clock_not_set else message.timestamp.utc()
        if own is None or 0 < now < own:
            # From the past, but nobody knows from when: kept apart from what is measured now.
            when = _When(now, flags | Quality.LATE, stored=True)
        else:
            when = _When(own, flags | Quality.LATE | Quality.DEVICE_TIME, stored=True)
    return _oximetry(sensor, message.oximetry, message.pulse_amplitude, when)


def _oximetry(sensor: str, oximetry: Oximetry, amplitude: SFloat | None, when: _When) -> list[Reading]:
    return [
        *_number(sensor, "spo2", oximetry.spo2, when),
        *_number(sensor, "pulse_rate", oximetry.pulse_rate, when),
        *_number(sensor, "perfusion_index", amplitude, when),
    ]
