"""Where a record is placed in time, and what its sensor's doubts become."""

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.meaning import KEPT_AFTER
from devices.gatt.pulse_oximeter import (
    ContinuousMeasurement,
    DeviceStatus,
    MeasurementStatus,
    Oximetry,
    SpotCheckMeasurement,
)
from devices.gatt.readings import message_readings
from devices.gatt.thermometer import TemperatureMeasurement
from devices.ieee11073 import Float, SFloat, Special
from devices.measurement import Link, SensorStatus
from devices.quality import NO_DOUBT, UNFIT, Quality

NOW = BUILD_FLOOR + 400 * 24 * 3600 * SECOND
HOUR = 3600 * SECOND
PAIR = Oximetry(SFloat(97), SFloat(72))
NAN = SFloat.of_special(Special.NAN)


def placed(message, now=NOW):
    first = message_readings(message, "s", now)[0]
    return first.time, first.flags, first.stored


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (NOW, (NOW, NO_DOUBT, False)),
        (NOW - 2 * HOUR, (NOW, NO_DOUBT, False)),
        (NOW + 2 * HOUR, (NOW, NO_DOUBT, False)),
        (NOW + 48 * HOUR, (NOW, NO_DOUBT, False)),
        (NOW - KEPT_AFTER, (NOW - KEPT_AFTER, Quality.LATE | Quality.DEVICE_TIME, True)),
        (NOW - KEPT_AFTER + SECOND, (NOW, NO_DOUBT, False)),
        (BUILD_FLOOR - SECOND, (NOW, NO_DOUBT, False)),
        (BUILD_FLOOR, (BUILD_FLOOR, Quality.LATE | Quality.DEVICE_TIME, True)),
    ],
)
def test_a_record_is_now_unless_its_own_clock_says_otherwise(own, expected):
    """A zone's offset or a clock that was never set must not turn a fresh value into an old one."""
    thermometer = TemperatureMeasurement(Float.of("37.2"), timestamp=DateTime.of(own))
    cuff = BloodPressureMeasurement(SFloat(135), SFloat(85), SFloat(102), timestamp=DateTime.of(own))
    assert placed(thermometer) == expected
    assert placed(cuff) == expected


def test_a_date_that_does_not_exist_places_nothing():
    message = TemperatureMeasurement(Float.of("37.2"), timestamp=DateTime(2026, 4, 31, 0, 0, 0))
    assert placed(message) == (NOW, NO_DOUBT, False)


STORED = MeasurementStatus.FROM_STORAGE


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            SpotCheckMeasurement(PAIR, DateTime.of(NOW - HOUR), STORED),
            (NOW - HOUR, Quality.LATE | Quality.DEVICE_TIME, True),
        ),
        (
            SpotCheckMeasurement(PAIR, DateTime.of(NOW - HOUR), STORED, clock_not_set=True),
            (NOW, Quality.LATE, True),
        ),
        (SpotCheckMeasurement(PAIR, None, STORED), (NOW, Quality.LATE, True)),
        (SpotCheckMeasurement(PAIR, DateTime(0, 0, 0, 0, 0, 0), STORED), (NOW, Quality.LATE, True)),
        # Its clock is ahead of ours: from the past, but not from the future.
        (SpotCheckMeasurement(PAIR, DateTime.of(NOW + HOUR), STORED), (NOW, Quality.LATE, True)),
        (SpotCheckMeasurement(PAIR, DateTime.of(NOW - HOUR)), (NOW, NO_DOUBT, False)),
    ],
)
def test_an_oximeter_says_what_it_kept(message, expected):
    assert placed(message) == expected


# Pairs, no dict: flags of two enums with one number are one key.
DOUBTS = [
    (DeviceStatus.EXTENDED_DISPLAY_UPDATE, Quality.HELD),
    (DeviceStatus.EQUIPMENT_MALFUNCTION, Quality.QUESTIONABLE),
    (DeviceStatus.SIGNAL_PROCESSING_IRREGULARITY, Quality.QUESTIONABLE),
    (DeviceStatus.INADEQUATE_SIGNAL, Quality.QUESTIONABLE),
    (DeviceStatus.POOR_SIGNAL, Quality.QUESTIONABLE),
    (DeviceStatus.LOW_PERFUSION, Quality.LOW_PERFUSION),
    (DeviceStatus.ERRATIC_SIGNAL, Quality.MOTION),
    (DeviceStatus.NON_PULSATILE_SIGNAL, Quality.QUESTIONABLE),
    (DeviceStatus.QUESTIONABLE_PULSE, Quality.QUESTIONABLE),
    (DeviceStatus.SIGNAL_ANALYSIS_ONGOING, NO_DOUBT),
    (DeviceStatus.INTERFERENCE, Quality.MOTION),
    (DeviceStatus.SENSOR_NOT_ON_USER, Quality.PROBE_OFF),
    (DeviceStatus.UNKNOWN_SENSOR, Quality.QUESTIONABLE),
    (DeviceStatus.SENSOR_DISPLACED, Quality.PROBE_OFF),
    (DeviceStatus.SENSOR_MALFUNCTION, Quality.QUESTIONABLE),
    (DeviceStatus.SENSOR_DISCONNECTED, Quality.PROBE_OFF),
    (MeasurementStatus.ONGOING, NO_DOUBT),
    (MeasurementStatus.EARLY_ESTIMATE, Quality.QUESTIONABLE),
    (MeasurementStatus.VALIDATED, NO_DOUBT),
    (MeasurementStatus.FULLY_QUALIFIED, NO_DOUBT),
    (MeasurementStatus.FROM_STORAGE, NO_DOUBT),
    (MeasurementStatus.DEMONSTRATION, Quality.QUESTIONABLE),
    (MeasurementStatus.TEST, Quality.QUESTIONABLE),
    (MeasurementStatus.CALIBRATION_ONGOING, Quality.QUESTIONABLE),
    (MeasurementStatus.UNAVAILABLE, Quality.QUESTIONABLE),
    (MeasurementStatus.QUESTIONABLE, Quality.QUESTIONABLE),
    (MeasurementStatus.INVALID, Quality.QUESTIONABLE),
]


def test_every_status_bit_has_a_verdict():
    assert {str(type(bit)) + repr(bit) for bit, _ in DOUBTS} == {
        str(type(bit)) + repr(bit) for kind in (DeviceStatus, MeasurementStatus) for bit in kind
    }


@pytest.mark.parametrize(("bit", "quality"), DOUBTS)
def test_status_bit(bit, quality):
    if isinstance(bit, DeviceStatus):
        message = ContinuousMeasurement(PAIR, device=bit)
    else:
        message = ContinuousMeasurement(PAIR, status=bit)
    status, *values = message_readings(message, "s", NOW)
    assert {value.flags for value in values} == {quality}
    assert status == SensorStatus("s", NOW, Link.UP, quality & Quality.PROBE_OFF)


def test_finger_out_is_told_though_there_is_no_value():
    message = ContinuousMeasurement(Oximetry(NAN, NAN), device=DeviceStatus.SENSOR_NOT_ON_USER)
    assert message_readings(message, "s", NOW) == [
        SensorStatus("s", NOW, Link.UP, Quality.PROBE_OFF, "no value")
    ]


def test_no_value_and_no_reason():
    assert message_readings(ContinuousMeasurement(Oximetry(NAN, NAN)), "s", NOW) == [
        SensorStatus("s", NOW, Link.UP, NO_DOUBT, "no value")
    ]


def test_the_end_of_finger_out_is_told():
    """A sensor may leave its status out while all is well; the doubt must not stay."""
    back, *values = message_readings(ContinuousMeasurement(PAIR), "s", NOW)
    assert back == SensorStatus("s", NOW, Link.UP, NO_DOUBT)
    assert len(values) == 2


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (None, []),
        (True, [SensorStatus("s", NOW, Link.UP, NO_DOUBT)]),
        (False, [SensorStatus("s", NOW, Link.UP, Quality.PROBE_OFF)]),
    ],
)
def test_a_strap_tells_whether_it_is_worn(contact, expected):
    *statuses, value = message_readings(HeartRateMeasurement(72, contact), "s", NOW)
    assert statuses == expected
    assert value.flags == (Quality.PROBE_OFF if contact is False else NO_DOUBT)


def test_an_irregular_pulse_does_not_make_a_pressure_unfit():
    """Residents with atrial fibrillation have it every time; their pressures must still alarm."""
    every = message_readings(
        BloodPressureMeasurement.parse(bytes.fromhex("148700550066004800 0400")), "s", NOW
    )
    assert len(every) == 4
    assert not any(reading.flags & UNFIT for reading in every)
