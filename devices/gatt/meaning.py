"""What the messages of characteristics mean as measurements; `devices.gatt.readings` says which function is whose.

What counts as now and what as the past: a value is placed at its reception, unless its sensor kept it. An oximeter
says so (status "from storage"), a glucose meter's records are all kept; cuffs, scales and thermometers have no such bit,
so a record is taken for a kept one when its own clock puts it more than `KEPT_AFTER` before its reception. Their clocks
have no zone; a driver that has read the clock corrects the time (`devices.drivers.device_clock`), and without that the bound is
wide enough for one that shows local time. A sensor whose clock was never set (a year before this release existed) tells
nothing by it. A kept value is flagged late, so that it never decides about now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from devices.clock import BUILD_FLOOR, SECOND
from devices.gatt import blood_pressure, cgm, glucose
from devices.gatt.blood_pressure import BloodPressureMeasurement, EnhancedBloodPressure
from devices.gatt.body_composition import PERCENT, BodyCompositionMeasurement
from devices.gatt.cgm import CgmMeasurement, CgmRecord
from devices.gatt.date_time import DateTime
from devices.gatt.glucose import GlucoseMeasurement
from devices.gatt.heart_rate import RR_PER_SECOND, HeartRateMeasurement
from devices.gatt.pulse_oximeter import (
    ContinuousMeasurement,
    DeviceStatus,
    MeasurementStatus,
    Oximetry,
    SpotCheckMeasurement,
)
from devices.gatt.thermometer import TemperatureMeasurement
from devices.gatt.weight import WeightMeasurement
from devices.ieee11073 import Float, SFloat
from devices.measurement import Link, Measurement, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.units import celsius, mmhg

KEPT_AFTER = 24 * 3600 * SECOND
"Microseconds between a sensor's own time and reception beyond which the record was kept; the widest zone is 14 h."

CENTIMETRES = 100
"In a metre."

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

_GLUCOSE_DOUBTS = (
    (glucose.Status.BATTERY_LOW, Quality.LOW_BATTERY),
    (
        glucose.Status.MALFUNCTION
        | glucose.Status.SAMPLE_INSUFFICIENT
        | glucose.Status.STRIP_INSERTION
        | glucose.Status.STRIP_TYPE
        | glucose.Status.TEMPERATURE_TOO_HIGH
        | glucose.Status.TEMPERATURE_TOO_LOW
        | glucose.Status.PULLED_TOO_SOON
        | glucose.Status.GENERAL_FAULT,
        Quality.QUESTIONABLE,
    ),
    (glucose.Status.TIME_FAULT, Quality.DEVICE_TIME),
)

# Low, high, falling and rising are findings: a value that is really low must alarm.
_CGM_DOUBTS = (
    (cgm.Annunciation.BATTERY_LOW, Quality.LOW_BATTERY),
    (
        cgm.Annunciation.SESSION_STOPPED
        | cgm.Annunciation.SENSOR_TYPE
        | cgm.Annunciation.SENSOR_MALFUNCTION
        | cgm.Annunciation.DEVICE_FAULT
        | cgm.Annunciation.CALIBRATION_REQUIRED
        | cgm.Annunciation.TEMPERATURE_TOO_HIGH
        | cgm.Annunciation.TEMPERATURE_TOO_LOW,
        Quality.QUESTIONABLE,
    ),
)


@dataclass(frozen=True, slots=True)
class When:
    """Where a value stands in time, with the doubts and the identity that go with it."""

    time: int
    "Microseconds since 1970-01-01T00:00:00Z."
    flags: Quality = NO_DOUBT
    stored: bool = False
    record: str = ""


def kept(own: int | None, now: int) -> When:
    """Place a record of a sensor that says it kept it; `own` is the time it tells, `now` reception or 0."""
    if own is None or own < 0 or 0 < now < own:
        # From the past, but nobody knows from when: kept apart from what is measured now.
        return When(now, Quality.LATE, stored=True)
    return When(own, Quality.LATE | Quality.DEVICE_TIME, stored=True)


def own_or_now(own: int | None, now: int) -> When:
    """Place a record of a sensor that does not say whether it kept it."""
    if own is None or own < BUILD_FLOOR or own > now - KEPT_AFTER:
        return When(now)
    return When(own, Quality.LATE | Quality.DEVICE_TIME, stored=True)


def moment(timestamp: DateTime | None) -> int | None:
    """Return a sensor's own time read as UTC, `None` if it is none."""
    return None if timestamp is None else timestamp.utc()


def heart_rate(message: HeartRateMeasurement, sensor: str, now: int) -> list[Reading]:
    """Return the heart rate, each interval between beats, and whether the sensor is worn if it can tell."""
    flags = Quality.PROBE_OFF if message.contact is False else NO_DOUBT
    value = measure(sensor, "heart_rate", message.heart_rate, now, flags)
    worn: list[Reading] = [] if message.contact is None else [SensorStatus(sensor, now, Link.UP, flags)]
    return [*worn, value, *_rr_intervals(message.rr_intervals, sensor, now, flags)]


def _rr_intervals(ticks: tuple[int, ...], sensor: str, now: int, flags: Quality) -> list[Measurement]:
    """Place each interval at the beat that ends it: the last at reception, the others before by what follows them."""
    after = 0
    found = []
    for tick in reversed(ticks):
        time = max(now - after * SECOND // RR_PER_SECOND, 0)
        found.append(measure(sensor, "rr_interval", tick * 1000 / RR_PER_SECOND, time, flags))
        after += tick
    return found[::-1]


def temperature(message: TemperatureMeasurement, sensor: str, when: When) -> list[Reading]:
    """Return a body's temperature."""
    convert = celsius if message.fahrenheit else None
    return [*_number(sensor, "temperature", message.temperature, when, convert)]


def pressures(
    message: BloodPressureMeasurement | EnhancedBloodPressure, sensor: str, placed: When
) -> list[Reading]:
    """Return what a cuff measured."""
    when = _doubted(placed, _doubts(message.status or 0, _CUFF_DOUBTS))
    convert = mmhg if message.kilopascal else None
    return [
        *_number(sensor, "systolic", message.systolic, when, convert),
        *_number(sensor, "diastolic", message.diastolic, when, convert),
        *_number(sensor, "mean_pressure", message.mean, when, convert),
        *_number(sensor, "pulse_rate", message.pulse_rate, when),
    ]


def continuous(message: ContinuousMeasurement, sensor: str, now: int) -> list[Reading]:
    """Return what an oximeter that stays on measures, and whether it is on the person."""
    when = When(now, _oximeter_doubts(message.status, message.device))
    values = _oximetry(sensor, message.normal, message.pulse_amplitude, when)
    # Without a value every doubt is a reason; with one the value carries them, and only the probe is the sensor's.
    about = when.flags & Quality.PROBE_OFF if values else when.flags
    return [SensorStatus(sensor, now, Link.UP, about, "" if values else "no value"), *values]


def spot_check(message: SpotCheckMeasurement, sensor: str, now: int) -> list[Reading]:
    """Return one finished measurement of an oximeter."""
    when = When(now)
    if MeasurementStatus.FROM_STORAGE in (message.status or MeasurementStatus(0)):
        when = kept(None if message.clock_not_set else moment(message.timestamp), now)
    when = _doubted(when, _oximeter_doubts(message.status, message.device))
    return _oximetry(sensor, message.oximetry, message.pulse_amplitude, when)


def weight(message: WeightMeasurement, sensor: str, when: When) -> list[Reading]:
    """Return one weighing; nothing of an unsuccessful one."""
    if message.weight_kg is None:
        return []
    found = [_decimal(sensor, "weight", message.weight_kg, when)]
    if message.bmi_kg_m2 is not None and message.height_m is not None:
        found.append(_decimal(sensor, "body_mass_index", message.bmi_kg_m2, when))
        found.append(_decimal(sensor, "height", message.height_m * CENTIMETRES, when))
    return [*found]


def body_composition(message: BodyCompositionMeasurement, sensor: str, when: When) -> list[Reading]:
    """Return what a scale measured; weight and height stand though the share of fat was not found."""
    share = message.muscle_percentage
    values = {
        "weight": message.mass_kg("weight"),
        "height": None if message.height_m is None else message.height_m * CENTIMETRES,
        "body_fat": message.body_fat_percent,
        "muscle": None if share is None else share * PERCENT,
        "body_water": message.mass_kg("body_water_mass"),
    }
    return [_decimal(sensor, metric, value, when) for metric, value in values.items() if value is not None]


def glucose_record(message: GlucoseMeasurement, sensor: str, placed: When) -> list[Reading]:
    """Return one record of a glucose meter; nothing of a test with control solution."""
    value = message.mg_dl
    if value is None or message.control:
        return []
    return [
        _decimal(sensor, "glucose", value, _doubted(placed, _doubts(message.status or 0, _GLUCOSE_DOUBTS)))
    ]


def cgm_values(message: CgmMeasurement, sensor: str, now: int) -> list[Reading]:
    """Return a notification's values: the newest is of now, the others before it as they tell."""
    newest = max(record.offset for record in message.records)
    return [
        value
        for record in message.records
        for value in _cgm_value(record, sensor, max(now - (newest - record.offset) * glucose.MINUTE, 0))
    ]


def _cgm_value(record: CgmRecord, sensor: str, time: int) -> list[Measurement]:
    return _number(sensor, "glucose", record.glucose, When(time, _doubts(record.annunciation, _CGM_DOUBTS)))


def _doubted(when: When, flags: Quality) -> When:
    return When(when.time, when.flags | flags, when.stored, when.record)


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
    when: When,
    convert: Callable[[Decimal], Decimal] | None = None,
) -> list[Measurement]:
    if number is None or number.value is None:
        return []
    return [_decimal(sensor, metric, number.value if convert is None else convert(number.value), when)]


def _decimal(sensor: str, metric: str, value: Decimal, when: When) -> Measurement:
    measurement = measure(sensor, metric, float(value), when.time, when.flags, stored=when.stored)
    return replace(measurement, record=when.record) if when.record else measurement


def _oximetry(sensor: str, oximetry: Oximetry, amplitude: SFloat | None, when: When) -> list[Reading]:
    return [
        *_number(sensor, "spo2", oximetry.spo2, when),
        *_number(sensor, "pulse_rate", oximetry.pulse_rate, when),
        *_number(sensor, "perfusion_index", amplitude, when),
    ]
