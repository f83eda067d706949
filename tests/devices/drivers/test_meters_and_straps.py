"""Meters whose clock is read, a strap with ECG, and a room's climate."""

import itertools
import sys
from subprocess import run

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers.base import Write
from devices.drivers.polar_h10 import AGAIN, START
from devices.drivers.registry import open_driver, recognise, recognise_advertisement, signature
from devices.drivers.room_climate import REPEATED_AFTER
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.current_time import CurrentTime
from devices.gatt.date_time import DateTime
from devices.gatt.polar import CONTROL_UUID, DATA_UUID, ControlResponse, EcgFrame
from devices.ieee11073 import SFloat
from devices.measurement import Waveform

NOW = BUILD_FLOOR + 100 * 24 * 3600 * SECOND
HOUR = 3600 * SECOND


def pressure(at=None):
    stamp = None if at is None else DateTime.of(at)
    return bytes(BloodPressureMeasurement(SFloat(135), SFloat(85), SFloat(102), timestamp=stamp))


def test_a_cuff_without_a_clock_is_not_written_to():
    driver = open_driver("blood-pressure", "s")
    assert [driver.poll(NOW), driver.start(NOW), driver.confirm()] == [[], [], []]


def test_a_cuffs_clock_is_corrected_once():
    driver = open_driver("blood-pressure", "s")
    assert driver.receive("2a2b", bytes(CurrentTime.of(NOW - 10 * 60 * SECOND)), NOW) == []
    (write,) = driver.poll(NOW)
    assert (write.target, CurrentTime.parse(write.data).utc) == ("2a2b", NOW)
    assert driver.poll(NOW) == []


def test_kept_records_stand_at_their_time_and_new_ones_are_of_now():
    driver = open_driver("blood-pressure", "s")
    driver.receive("2a2b", bytes(CurrentTime.of(NOW)), NOW)
    old = driver.receive("2a35", pressure(NOW - 3 * HOUR), NOW)
    new = driver.receive("2a35", pressure(NOW - 20 * SECOND), NOW)
    bare = driver.receive("2a35", pressure(), NOW)
    assert {(r.time, r.stored, *r.flags.names()) for r in old} == {(NOW - 3 * HOUR, True, "late")}
    assert {(r.time, r.stored, *r.flags.names()) for r in (*new, *bare)} == {(NOW, False)}


def test_a_record_from_the_future_by_a_checked_clock_is_counted():
    driver = open_driver("blood-pressure", "s")
    driver.receive("2a2b", bytes(CurrentTime.of(NOW)), NOW)
    assert driver.receive("2a35", pressure(NOW + 48 * HOUR), NOW) == []
    assert driver.last_error == "record is from the future by the meter's clock"


def test_scales_with_both_services_have_their_own_protocol():
    for services, protocol in (
        ({"181d"}, "weight-scale"),
        ({"181b", "180a"}, "body-composition"),
        ({"181b", "181d", "180f"}, "scale"),
        ({"1808"}, "glucose"),
        ({"181f"}, "cgm"),
    ):
        found = recognise(frozenset(services), "x")
        assert found is not None
        assert found.protocol == protocol


def test_an_h10_is_known_by_its_name():
    for name, protocol in (("Polar H10 1234", "polar-h10"), ("Polar H9 1234", "heart-rate")):
        found = recognise(frozenset({"180d"}), name)
        assert found is not None
        assert found.protocol == protocol


def test_climate_sensors_belong_to_the_room():
    for element, protocol in (("fcd2", "bthome"), ("fe95", "xiaomi")):
        found = recognise_advertisement(frozenset({element}), frozenset(), "")
        assert found is not None
        assert (found.protocol, found.personal) == (protocol, False)
    assert signature("glucose").personal


def test_the_ecg_is_asked_for_and_again_when_it_stops():
    driver = open_driver("polar-h10", "s")
    assert (
        driver.start(NOW)
        == [START]
        == [Write(bytes.fromhex("0200000182000101 0E00"), CONTROL_UUID, optional=True)]
    )
    asked = [driver.poll(NOW) for _ in range(AGAIN)]
    assert asked == [[]] * (AGAIN - 1) + [[START]]
    driver.receive(DATA_UUID, bytes(EcgFrame(10**9, (1, 2))), NOW)
    assert driver.poll(NOW) == []
    assert driver.receive(CONTROL_UUID, bytes(ControlResponse(2, 0, 6)), NOW) == [], "already started is well"
    assert driver.rejected == 0


@given(st.lists(st.integers(0, 400_000), min_size=2, max_size=40))
def test_frames_follow_each_other_however_late_they_come(lateness):
    """A curve has no holes and no overlaps because the radio was busy: places move by less than a sample."""
    driver = open_driver("polar-h10", "s")
    count, rate = 73, 130
    period = round(count * 1e9 / rate)
    blocks = []
    for number, late in enumerate([0, *lateness]):
        frame = EcgFrame(number * period, tuple(range(count)))
        blocks += driver.receive(DATA_UUID, bytes(frame), NOW + number * period // 1000 + late)
    assert all(isinstance(block, Waveform) for block in blocks)
    for first, second in itertools.pairwise(blocks):
        gap = second.time - (first.time + round(count * SECOND / rate))
        assert abs(gap) < SECOND / rate
    assert all(
        abs(block.time - NOW - n * period // 1000 + round((count - 1) * SECOND / rate)) < 40_000
        for n, block in enumerate(blocks)
    )


def test_a_strap_whose_clock_jumps_is_placed_anew():
    driver = open_driver("polar-h10", "s")
    driver.receive(DATA_UUID, bytes(EcgFrame(10**9, (1,))), NOW)
    (block,) = driver.receive(DATA_UUID, bytes(EcgFrame(10**18, (1,))), NOW + SECOND)
    assert block.time == NOW + SECOND
    (earlier,) = driver.receive(DATA_UUID, bytes(EcgFrame(10**18 + 10**9, (1,))), NOW + SECOND + 900_000)
    assert earlier.time == NOW + SECOND + 900_000, "it came sooner than the first: less late"


def test_an_unchanged_climate_is_told_now_and_then():
    driver = open_driver("bthome", "s")
    element = bytes.fromhex("4002CA09")
    assert [driver.start(NOW), driver.confirm(), driver.poll(NOW)] == [[], [], []]
    times = [NOW + n * 10 * SECOND for n in range(7)]
    told = [r.time for time in times for r in driver.receive("service-data/fcd2", element, time)]
    assert told == [NOW, NOW + REPEATED_AFTER, NOW + 2 * REPEATED_AFTER]
    (changed,) = driver.receive("service-data/fcd2", bytes.fromhex("4002CB09"), times[-1] + SECOND)
    assert changed.value == 25.07


def test_an_edge_without_climate_sensors_does_not_load_their_libraries():
    code = "import sys, devices.drivers.registry; print([m for m in ('xiaomi_ble', 'bthome_ble', 'aiohttp') if m in sys.modules])"
    result = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
