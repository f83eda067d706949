"""Every message of a characteristic: round trips, and any bytes give a message or the one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.gatt.battery import BatteryLevel
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.blood_pressure import Status as CuffStatus
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.pulse_oximeter import (
    ContinuousMeasurement,
    DeviceStatus,
    MeasurementStatus,
    Oximetry,
    SpotCheckMeasurement,
)
from devices.gatt.readings import CODECS, readings
from devices.gatt.thermometer import TemperatureMeasurement
from devices.ieee11073 import Float, SFloat
from devices.measurement import Measurement, SensorStatus

u8, u16, u24 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFF)
sfloats = st.binary(min_size=2, max_size=2).map(SFloat.parse)
floats = st.binary(min_size=4, max_size=4).map(Float.parse)
dates = st.none() | st.builds(DateTime, u16, u8, u8, u8, u8, u8)
pairs = st.builds(Oximetry, sfloats, sfloats)
statuses = st.none() | u16.map(MeasurementStatus)
device_statuses = st.none() | u24.map(DeviceStatus)
reserved = st.sampled_from([0, 0x20, 0x40, 0x80, 0xE0])

MESSAGES = {
    "2a37": st.builds(
        HeartRateMeasurement,
        heart_rate=u16,
        contact=st.none() | st.booleans(),
        energy_expended=st.none() | u16,
        rr_intervals=st.lists(u16, max_size=9).map(tuple),
        reserved=reserved,
    ),
    "2a5e": st.builds(
        SpotCheckMeasurement,
        oximetry=pairs,
        timestamp=dates,
        status=statuses,
        device=device_statuses,
        pulse_amplitude=st.none() | sfloats,
        clock_not_set=st.booleans(),
        reserved=reserved,
    ),
    "2a5f": st.builds(
        ContinuousMeasurement,
        normal=pairs,
        fast=st.none() | pairs,
        slow=st.none() | pairs,
        status=statuses,
        device=device_statuses,
        pulse_amplitude=st.none() | sfloats,
        reserved=reserved,
    ),
    "2a1c": st.builds(
        TemperatureMeasurement,
        temperature=floats,
        fahrenheit=st.booleans(),
        timestamp=dates,
        site=st.none() | u8,
        reserved=st.sampled_from([0, 0x08, 0xF8]),
    ),
    "2a35": st.builds(
        BloodPressureMeasurement,
        systolic=sfloats,
        diastolic=sfloats,
        mean=sfloats,
        kilopascal=st.booleans(),
        timestamp=dates,
        pulse_rate=st.none() | sfloats,
        user=st.none() | u8,
        status=st.none() | u16.map(CuffStatus),
        reserved=reserved,
    ),
    "2a19": st.builds(BatteryLevel, level=st.integers(0, 100)),
}
NOW = 1_800_000_000_000_000


def attempt(characteristic, data, now):
    """Return the readings, and the words of the refusal or None."""
    try:
        return readings(characteristic, data, "s", now), None
    except DecodeError as error:
        return [], str(error)


def test_every_codec_is_tested():
    assert MESSAGES.keys() == CODECS.keys()


@pytest.mark.parametrize("characteristic", sorted(MESSAGES))
@given(st.data())
def test_round_trip(characteristic, data):
    """What a virtual sensor sends is what the driver reads, octets after it notwithstanding."""
    message = data.draw(MESSAGES[characteristic])
    encoded = bytes(message)
    assert CODECS[characteristic].parse(encoded) == message
    if characteristic != "2a37":
        assert CODECS[characteristic].parse(encoded + b"\xff") == message


@pytest.mark.parametrize("characteristic", sorted(MESSAGES))
@given(st.data())
def test_cut_anywhere(characteristic, data):
    """A message that was cut is refused or is a shorter message, never a crash."""
    encoded = bytes(data.draw(MESSAGES[characteristic]))
    _, refusal = attempt(characteristic, encoded[: data.draw(st.integers(0, len(encoded) - 1))], NOW)
    assert refusal is None or refusal.startswith(CODECS[characteristic].name)


@pytest.mark.parametrize("characteristic", sorted(MESSAGES))
@given(st.binary(max_size=40), st.sampled_from([0, NOW]))
def test_any_bytes(characteristic, data, now):
    """Any bytes give readings or a DecodeError that names the message, never another exception."""
    said, refusal = attempt(characteristic, data, now)
    assert refusal is None or refusal.startswith(CODECS[characteristic].name)
    for reading in said:
        assert isinstance(reading, Measurement | SensorStatus)
        assert now == 0 or reading.time <= now
