"""What messages tell beside their fields: moments, packets that belong together, requests."""

from dataclasses import replace

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import DecodeError
from devices.gatt import cgm, polar, readings
from devices.gatt.blood_pressure import SECONDS_TO_1900, EnhancedBloodPressure
from devices.gatt.body_composition import BodyCompositionMeasurement, following
from devices.gatt.cgm import Annunciation, CgmMeasurement, CgmRecord, CgmSessionStart
from devices.gatt.current_time import CurrentTime, LocalTime
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.meaning import KEPT_AFTER
from devices.gatt.record_access import Opcode, RecordAccess, Result
from devices.ieee11073 import SFloat
from devices.quality import NO_DOUBT, Quality

NOW = BUILD_FLOOR + 400 * 24 * 3600 * SECOND
MINUTE = 60 * SECOND


def test_a_session_start_is_local_time_with_its_zone():
    start = CgmSessionStart(DateTime(2026, 6, 1, 12, 0, 0), 4, 4)
    assert start.utc == DateTime(2026, 6, 1, 10, 0, 0).utc()
    assert replace(start, zone=-128).utc is None
    assert replace(start, daylight_saving=255).utc is None
    assert replace(start, start=DateTime(0, 0, 0, 1, 1, 1)).utc is None


def test_crc_of_the_sheet():
    assert cgm.crc(b"123456789") == 0x6F91
    assert cgm.crc(bytes.fromhex("3E010203040506070809")) == 0x2F01
    assert cgm.crc(bytes.fromhex("58251F98")) == 0x07F1


def test_several_cgm_records_are_minutes_apart():
    records = tuple(CgmRecord(SFloat(100 + n), 5 * n) for n in range(3))
    told = readings.message_readings(CgmMeasurement(records), "s", NOW)
    assert [(r.value, r.time) for r in told] == [
        (100, NOW - 10 * MINUTE),
        (101, NOW - 5 * MINUTE),
        (102, NOW),
    ]


CGM_DOUBTS = {
    Annunciation.BATTERY_LOW: Quality.LOW_BATTERY,
    **dict.fromkeys(
        (
            Annunciation.SESSION_STOPPED,
            Annunciation.SENSOR_TYPE,
            Annunciation.SENSOR_MALFUNCTION,
            Annunciation.DEVICE_FAULT,
            Annunciation.CALIBRATION_REQUIRED,
            Annunciation.TEMPERATURE_TOO_HIGH,
            Annunciation.TEMPERATURE_TOO_LOW,
        ),
        Quality.QUESTIONABLE,
    ),
}


@pytest.mark.parametrize("bit", list(Annunciation))
def test_every_bit_of_a_monitor_has_a_verdict(bit):
    """Low and falling are findings: a value that is really low must alarm."""
    (value,) = readings.message_readings(CgmMeasurement((CgmRecord(SFloat(60), 0, bit),)), "s", NOW)
    assert value.flags == CGM_DOUBTS.get(bit, NO_DOUBT)


FIRST = BodyCompositionMeasurement(
    300, user=2, timestamp=DateTime.of(NOW), weight=12470, multiple_packets=True
)
SECOND_PACKET = BodyCompositionMeasurement(300, muscle_percentage=350, multiple_packets=True)


def test_a_second_packet_takes_time_and_user_of_the_first_and_leaves_the_fat_to_it():
    whole = following(FIRST, SECOND_PACKET)
    assert (whole.timestamp, whole.user, whole.muscle_percentage) == (FIRST.timestamp, 2, 350)
    assert not whole.successful
    assert following(replace(FIRST, body_fat=0xFFFF), SECOND_PACKET).body_fat == 300


@pytest.mark.parametrize(
    ("first", "packet"),
    [
        (None, SECOND_PACKET),
        (FIRST, replace(SECOND_PACKET, multiple_packets=False)),
        (replace(FIRST, multiple_packets=False), SECOND_PACKET),
        (FIRST, replace(SECOND_PACKET, imperial=True)),
        (FIRST, replace(SECOND_PACKET, user=3)),
        (FIRST, replace(SECOND_PACKET, timestamp=DateTime.of(NOW + SECOND))),
        (FIRST, replace(SECOND_PACKET, weight=12470)),
    ],
)
def test_packets_that_do_not_belong_together_stay_as_they_are(first, packet):
    assert following(first, packet) == packet


def test_what_is_written_to_a_clock():
    # 2027-10-15 is a Friday.
    moment = DateTime(2027, 10, 15, 13, 14, 15).utc() + SECOND // 2
    assert bytes(CurrentTime.of(moment)).hex() == "eb070a0f0d0e0f058002"
    assert CurrentTime.of(moment).utc == moment
    assert CurrentTime(DateTime(0, 1, 1, 0, 0, 0), 0, 0).utc is None
    assert LocalTime(4, 255).offset is None


def test_requests_of_the_sheet():
    assert bytes(RecordAccess.report_all()).hex() == "0101"
    assert bytes(RecordAccess.report_from(45)).hex() == "0103012d00"
    assert bytes(RecordAccess.count_all()).hex() == "0401"
    assert bytes(RecordAccess.abort()).hex() == "0300"
    assert bytes(RecordAccess.response(Opcode.REPORT, Result.SUCCESS)).hex() == "06000101"
    assert RecordAccess.number(258).records == 258
    assert RecordAccess.report_all().records is None
    assert RecordAccess.report_all().ended is None


def test_polars_commands():
    assert polar.start_ecg().hex() == "02000001820001010e00"
    assert polar.stop_ecg().hex() == "0300"
    with pytest.raises(DecodeError, match="expected features"):
        polar.Features.parse(b"\xf0\x00")


def test_beats_are_placed_backwards_from_the_reception():
    told = readings.message_readings(HeartRateMeasurement(60, rr_intervals=(1024, 512, 2048)), "s", NOW)
    beats = [(r.value, r.time) for r in told if r.metric == "rr_interval"]
    assert beats == [(1000, NOW - 2_500_000), (500, NOW - 2_000_000), (2000, NOW)]


def test_beats_of_a_strap_that_is_not_worn_are_doubtful():
    told = readings.message_readings(HeartRateMeasurement(60, False, rr_intervals=(1024,)), "s", NOW)
    assert {r.flags for r in told} == {Quality.PROBE_OFF}


def test_an_enhanced_cuff_counts_seconds_from_either_epoch():
    cuff = EnhancedBloodPressure(
        SFloat(135), SFloat(85), SFloat(102), timestamp=NOW // SECOND - SECONDS_TO_1900
    )
    assert cuff.utc == NOW
    old = replace(
        cuff, timestamp=None, user_facing_time=(NOW - KEPT_AFTER) // SECOND - 946_684_800, epoch_2000=True
    )
    assert {r.stored for r in readings.message_readings(old, "s", NOW)} == {True}
    assert replace(cuff, timestamp=None).utc is None


def test_an_unknown_characteristic_lists_the_known_ones():
    with pytest.raises(DecodeError, match=r"characteristic 2a05 is not decoded; known are 2a08, "):
        readings.parse("2A05", b"\x00")
