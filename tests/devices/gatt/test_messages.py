"""Every message of a characteristic: round trips, and any bytes give a message or the one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.gatt import (
    blood_pressure,
    body_composition,
    cgm,
    current_time,
    device_information,
    environment,
    glucose,
    heart_rate,
    polar,
    pulse_oximeter,
    record_access,
    thermometer,
    weight,
)
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
from devices.measurement import Measurement, SensorStatus, Waveform

u8, u16, u24 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFF)
u4, u32, s8, s16 = (
    st.integers(0, 15),
    st.integers(0, 2**32 - 1),
    st.integers(-128, 127),
    st.integers(-32768, 32767),
)
sfloats = st.binary(min_size=2, max_size=2).map(SFloat.parse)
floats = st.binary(min_size=4, max_size=4).map(Float.parse)
dates = st.none() | st.builds(DateTime, u16, u8, u8, u8, u8, u8)
pairs = st.builds(Oximetry, sfloats, sfloats)
statuses = st.none() | u16.map(MeasurementStatus)
device_statuses = st.none() | u24.map(DeviceStatus)
reserved = st.sampled_from([0, 0x20, 0x40, 0x80, 0xE0])

moments = st.builds(DateTime, u16, u8, u8, u8, u8, u8)


def temperatures(kind):
    return st.builds(
        kind,
        temperature=floats,
        fahrenheit=st.booleans(),
        timestamp=dates,
        site=st.none() | u8,
        reserved=st.sampled_from([0, 0x08, 0xF8]),
    )


def pressures(kind):
    return st.builds(
        kind,
        systolic=sfloats,
        diastolic=sfloats,
        mean=sfloats,
        kilopascal=st.booleans(),
        timestamp=dates,
        pulse_rate=st.none() | sfloats,
        user=st.none() | u8,
        status=st.none() | u16.map(CuffStatus),
        reserved=reserved,
    )


@st.composite
def weighings(draw):
    both = draw(st.booleans())
    return weight.WeightMeasurement(
        weight=draw(u16),
        imperial=draw(st.booleans()),
        timestamp=draw(dates),
        user=draw(st.none() | u8),
        bmi=draw(u16) if both else None,
        height=draw(u16) if both else None,
        reserved=draw(st.sampled_from([0, 0x10, 0xF0])),
    )


@st.composite
def cgm_records(draw):
    sent = cgm.Flag(draw(st.sampled_from([0, 0x20, 0x40, 0x80, 0xA0, 0xE0])))
    octets = sum(
        draw(u8) << shift
        for bit, shift in (
            (cgm.Flag.STATUS, 0),
            (cgm.Flag.CALIBRATION, 8),
            (cgm.Flag.WARNING, 16),
        )
        if bit in sent
    )
    return cgm.CgmRecord(
        draw(sfloats),
        draw(u16),
        cgm.Annunciation(octets),
        sent,
        draw(st.none() | sfloats),
        draw(st.none() | sfloats),
        draw(st.booleans()),
        draw(st.sampled_from([0, 0x04, 0x1C])),
    )


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
    "2a1c": temperatures(TemperatureMeasurement),
    "2a1e": temperatures(thermometer.IntermediateTemperature),
    "2a35": pressures(BloodPressureMeasurement),
    "2a36": pressures(blood_pressure.IntermediateCuffPressure),
    "2b34": st.builds(
        blood_pressure.EnhancedBloodPressure,
        systolic=sfloats,
        diastolic=sfloats,
        mean=sfloats,
        kilopascal=st.booleans(),
        timestamp=st.none() | u32,
        pulse_rate=st.none() | sfloats,
        user=st.none() | u8,
        status=st.none() | u16.map(CuffStatus),
        user_facing_time=st.none() | u32,
        epoch_2000=st.booleans(),
        reserved=st.sampled_from([0, 0x80]),
    ),
    "2a19": st.builds(BatteryLevel, level=st.integers(0, 100)),
    "2a38": st.builds(heart_rate.SensorLocation, u8),
    "2a60": st.one_of(
        st.builds(
            pulse_oximeter.OximeterFeatures,
            u16.map(lambda bits: pulse_oximeter.FeatureBit(bits | 3)),
            u16.map(MeasurementStatus),
            u24.map(DeviceStatus),
        ),
        st.builds(
            pulse_oximeter.OximeterFeatures,
            u16.map(lambda bits: pulse_oximeter.FeatureBit(bits & ~3)),
        ),
    ),
    "2a1d": st.builds(thermometer.TemperatureType, u8),
    "2a21": st.builds(thermometer.MeasurementInterval, u16),
    "2a49": st.builds(blood_pressure.BloodPressureFeature, u16.map(blood_pressure.FeatureBit)),
    "2a9d": weighings(),
    "2a9e": st.builds(weight.WeightFeature, u32),
    "2a9c": st.builds(
        body_composition.BodyCompositionMeasurement,
        body_fat=u16,
        imperial=st.booleans(),
        timestamp=dates,
        user=st.none() | u8,
        multiple_packets=st.booleans(),
        reserved=st.sampled_from([0, 0x2000, 0xE000]),
        **{name: st.none() | u16 for name in body_composition._NUMBERS},
    ),
    "2a9b": st.builds(body_composition.BodyCompositionFeature, u32),
    "2a18": st.one_of(
        st.builds(
            glucose.GlucoseMeasurement,
            sequence=u16,
            base_time=moments,
            offset=st.none() | s16,
            concentration=sfloats,
            mol_per_litre=st.booleans(),
            type=u4,
            location=u4,
            status=st.none() | u16.map(glucose.Status),
            context_follows=st.booleans(),
            reserved=reserved,
        ),
        st.builds(
            glucose.GlucoseMeasurement,
            sequence=u16,
            base_time=moments,
            reserved=reserved,
        ),
    ),
    "2a34": st.builds(
        glucose.GlucoseContext,
        sequence=u16,
        extended=st.none() | u8,
        carbohydrate=st.none() | st.tuples(u8, sfloats),
        meal=st.none() | u8,
        tester_and_health=st.none() | u8,
        exercise=st.none() | st.tuples(u16, u8),
        medication=st.none() | st.tuples(u8, sfloats),
        medication_litres=st.booleans(),
        hba1c=st.none() | sfloats,
    ),
    "2a51": st.builds(glucose.GlucoseFeature, u16.map(glucose.FeatureBit)),
    "2a52": st.one_of(
        st.builds(
            record_access.RecordAccess,
            st.sampled_from([0, 1, 2, 3, 4, 7, 255]),
            u8,
            st.binary(max_size=5),
        ),
        st.builds(
            record_access.RecordAccess,
            st.sampled_from([5, 6]),
            u8,
            st.binary(min_size=2, max_size=5),
        ),
        st.sampled_from(
            [
                record_access.RecordAccess.report_all(),
                record_access.RecordAccess.count_all(),
            ]
        ),
        u16.map(record_access.RecordAccess.report_from),
        u16.map(record_access.RecordAccess.number),
        st.builds(record_access.RecordAccess.response, u8, u8),
    ),
    "2aa7": st.lists(cgm_records(), min_size=1, max_size=4).map(lambda all_: cgm.CgmMeasurement(tuple(all_))),
    "2aa8": st.builds(cgm.CgmFeature, u24.map(cgm.FeatureBit), u4, u4, u16),
    "2aa9": st.builds(cgm.CgmStatus, u16, u24.map(cgm.Annunciation), st.none() | u16),
    "2aaa": st.builds(cgm.CgmSessionStart, moments, s8, u8, st.none() | u16),
    "2aab": st.builds(cgm.CgmRunTime, u16, st.none() | u16),
    "2a08": moments,
    "2a2b": st.builds(current_time.CurrentTime, moments, u8, u8, u8.map(current_time.Adjust)),
    "2a0f": st.builds(current_time.LocalTime, s8, u8),
    "2a6e": st.builds(environment.RoomTemperature, s16),
    **dict.fromkeys(
        device_information.TEXTS,
        st.text(max_size=40).map(lambda text: text.rstrip("\0")).filter(bool).map(device_information.Text),
    ),
    "2a23": st.builds(device_information.SystemId, st.integers(0, 2**40 - 1), u24),
    "2a50": st.builds(device_information.PnpId, u8, u16, u16, u16),
    polar.DATA_UUID: st.builds(
        polar.EcgFrame,
        st.integers(0, 2**64 - 1),
        st.lists(st.integers(-(2**23), 2**23 - 1), min_size=1, max_size=9).map(tuple),
    ),
    polar.CONTROL_UUID: st.one_of(
        st.builds(polar.ControlResponse, u8, u8, u8, st.booleans(), st.binary(max_size=9)),
        st.builds(polar.Features, u8.map(polar.FeatureBit)),
    ),
}
OPEN_ENDED = {
    "2a37",
    "2a52",
    "2a60",
    "2aa7",
    polar.DATA_UUID,
    polar.CONTROL_UUID,
    *device_information.TEXTS,
}
"What comes after their fields belongs to them, or is refused."

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
    if characteristic not in OPEN_ENDED:
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
        assert isinstance(reading, Measurement | SensorStatus | Waveform)
        assert now == 0 or reading.time <= now
