"""From a characteristic's bytes to readings, in one table. What messages mean, and when, is in `devices.gatt.meaning`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from devices.errors import DecodeError
from devices.gatt import (
    battery,
    blood_pressure,
    body_composition,
    cgm,
    current_time,
    date_time,
    device_information,
    environment,
    glucose,
    heart_rate,
    meaning,
    polar,
    pulse_oximeter,
    record_access,
    thermometer,
    weight,
)
from devices.gatt.battery import BatteryLevel
from devices.gatt.blood_pressure import BloodPressureMeasurement, EnhancedBloodPressure
from devices.gatt.body_composition import BodyCompositionMeasurement
from devices.gatt.cgm import CgmMeasurement
from devices.gatt.date_time import DateTime
from devices.gatt.environment import RoomTemperature
from devices.gatt.glucose import GlucoseMeasurement
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.polar import EcgFrame
from devices.gatt.pulse_oximeter import ContinuousMeasurement, SpotCheckMeasurement
from devices.gatt.thermometer import TemperatureMeasurement
from devices.gatt.weight import WeightMeasurement
from devices.measurement import Reading, Waveform, measure


class Message(Protocol):
    """A message of one characteristic: a frozen dataclass. Some have `notes`, what a reader would otherwise compute."""

    def __bytes__(self) -> bytes: ...


_BASE_UUID = re.compile(r"(?:0000)?([0-9a-f]{4})(?:-0000-1000-8000-00805f9b34fb)?")


@dataclass(frozen=True, slots=True)
class _Codec:
    parse: Callable[[bytes], Message]
    name: str
    "Stands in front of every refusal."


CODECS: dict[str, _Codec] = {
    heart_rate.UUID: _Codec(HeartRateMeasurement.parse, "heart rate measurement"),
    heart_rate.LOCATION_UUID: _Codec(heart_rate.SensorLocation.parse, "body sensor location"),
    pulse_oximeter.SPOT_CHECK_UUID: _Codec(SpotCheckMeasurement.parse, "spot-check measurement"),
    pulse_oximeter.CONTINUOUS_UUID: _Codec(ContinuousMeasurement.parse, "continuous oximetry measurement"),
    pulse_oximeter.FEATURES_UUID: _Codec(pulse_oximeter.OximeterFeatures.parse, "plx features"),
    thermometer.UUID: _Codec(TemperatureMeasurement.parse, "temperature measurement"),
    thermometer.INTERMEDIATE_UUID: _Codec(
        thermometer.IntermediateTemperature.parse, "intermediate temperature"
    ),
    thermometer.TYPE_UUID: _Codec(thermometer.TemperatureType.parse, "temperature type"),
    thermometer.INTERVAL_UUID: _Codec(thermometer.MeasurementInterval.parse, "measurement interval"),
    blood_pressure.UUID: _Codec(BloodPressureMeasurement.parse, "blood pressure measurement"),
    blood_pressure.INTERMEDIATE_UUID: _Codec(
        blood_pressure.IntermediateCuffPressure.parse, "intermediate cuff pressure"
    ),
    blood_pressure.ENHANCED_UUID: _Codec(EnhancedBloodPressure.parse, "enhanced blood pressure measurement"),
    blood_pressure.FEATURE_UUID: _Codec(blood_pressure.BloodPressureFeature.parse, "blood pressure feature"),
    weight.UUID: _Codec(WeightMeasurement.parse, "weight measurement"),
    weight.FEATURE_UUID: _Codec(weight.WeightFeature.parse, "weight scale feature"),
    body_composition.UUID: _Codec(BodyCompositionMeasurement.parse, "body composition measurement"),
    body_composition.FEATURE_UUID: _Codec(
        body_composition.BodyCompositionFeature.parse, "body composition feature"
    ),
    glucose.UUID: _Codec(GlucoseMeasurement.parse, "glucose measurement"),
    glucose.CONTEXT_UUID: _Codec(glucose.GlucoseContext.parse, "glucose measurement context"),
    glucose.FEATURE_UUID: _Codec(glucose.GlucoseFeature.parse, "glucose feature"),
    record_access.UUID: _Codec(record_access.RecordAccess.parse, "record access control point"),
    cgm.UUID: _Codec(CgmMeasurement.parse, "cgm measurement"),
    cgm.FEATURE_UUID: _Codec(cgm.CgmFeature.parse, "cgm feature"),
    cgm.STATUS_UUID: _Codec(cgm.CgmStatus.parse, "cgm status"),
    cgm.START_UUID: _Codec(cgm.CgmSessionStart.parse, "cgm session start time"),
    cgm.RUN_TIME_UUID: _Codec(cgm.CgmRunTime.parse, "cgm session run time"),
    battery.UUID: _Codec(BatteryLevel.parse, "battery level"),
    date_time.UUID: _Codec(DateTime.parse, "date time"),
    current_time.UUID: _Codec(current_time.CurrentTime.parse, "current time"),
    current_time.LOCAL_UUID: _Codec(current_time.LocalTime.parse, "local time information"),
    environment.TEMPERATURE_UUID: _Codec(RoomTemperature.parse, "temperature"),
    **{
        number: _Codec(device_information.Text.parse, "device information text")
        for number in device_information.TEXTS
    },
    device_information.SYSTEM_ID_UUID: _Codec(device_information.SystemId.parse, "system id"),
    device_information.PNP_ID_UUID: _Codec(device_information.PnpId.parse, "pnp id"),
    polar.DATA_UUID: _Codec(EcgFrame.parse, "pmd data"),
    polar.CONTROL_UUID: _Codec(polar.parse_control, "pmd control point"),
}
"Every characteristic this package decodes, by its 16-bit number in lower-case hexadecimal, or a maker's whole UUID."


def short_uuid(characteristic: str) -> str:
    """Return a characteristic's 16-bit number: `2a37` for `2A37` and for the full 128-bit form.

    A maker's own UUID that is decoded here comes back whole, in lower case.

    Raises:
        DecodeError: it is neither.
    """
    given = characteristic.lower().removeprefix("0x")
    if given in CODECS:
        return given
    match = _BASE_UUID.fullmatch(given)
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

    Messages that are no measurement (a clock, a maker's name, the pressure of a cuff being pumped) yield nothing.
    """
    match message:
        case HeartRateMeasurement():
            return meaning.heart_rate(message, sensor, now)
        case ContinuousMeasurement():
            return meaning.continuous(message, sensor, now)
        case SpotCheckMeasurement():
            return meaning.spot_check(message, sensor, now)
        case CgmMeasurement():
            return meaning.cgm_values(message, sensor, now)
        case BatteryLevel():
            return [measure(sensor, "battery", message.level, now)]
        case RoomTemperature(celsius=celsius) if celsius is not None:
            return [measure(sensor, "room_temperature", float(celsius), now)]
        case EcgFrame():
            return [ecg(message, sensor, now)]
        case _:
            return _of_a_meter(message, sensor, now)


def _of_a_meter(message: Message, sensor: str, now: int) -> list[Reading]:
    """Return what a message of a sensor says that may have kept it."""
    match message:
        case TemperatureMeasurement():
            return meaning.temperature(message, sensor, _placed(message.timestamp, now))
        case BloodPressureMeasurement():
            return meaning.pressures(message, sensor, _placed(message.timestamp, now))
        case EnhancedBloodPressure():
            return meaning.pressures(message, sensor, meaning.own_or_now(message.utc, now))
        case WeightMeasurement():
            return meaning.weight(message, sensor, _placed(message.timestamp, now))
        case BodyCompositionMeasurement():
            return meaning.body_composition(message, sensor, _placed(message.timestamp, now))
        case GlucoseMeasurement():
            return meaning.glucose_record(message, sensor, meaning.kept(message.utc, now))
        case _:
            return []


def _placed(timestamp: DateTime | None, now: int) -> meaning.When:
    return meaning.own_or_now(meaning.moment(timestamp), now)


MICROVOLT = 0.001
"In mV, the unit of the metric."

_SAMPLE = range(-32768, 32768)


def ecg(frame: EcgFrame, sensor: str, end: int) -> Waveform:
    """Return a frame's curve.

    Args:
        frame: the samples.
        sensor: identifier of the sensor.
        end: time of the last sample, microseconds UTC.
    """
    start = end - round((len(frame.microvolts) - 1) * 1_000_000 / polar.ECG_RATE)
    # 33 mV is no heart: an electrode that came off. Cut, because samples of a waveform have 16 bits.
    samples = tuple(min(max(each, _SAMPLE[0]), _SAMPLE[-1]) for each in frame.microvolts)
    return Waveform(sensor, "ecg", max(start, 0), polar.ECG_RATE, samples, MICROVOLT)
