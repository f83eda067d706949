"""Battery, radio and disk of a room, and what the whole home has once; on a time line."""

from __future__ import annotations

from typing import Any

import pytest

from devices.limits import Priority
from devices.measurement import Cause, Link
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import Presence, SensorFact
from hub.alerting.model import Code, Event, Suppression

RAISED, CLEARED = Event.RAISED, Event.CLEARED
EDGES = {"room-12": "jeanne"}
SYSTEM_CODES = (
    Code.BROKER_DOWN,
    Code.CONTACT_UNREACHABLE,
    Code.DISK_LOW,
    Code.SYNTHETIC_LOST,
    Code.TABLET_MUTE,
)
OX = SensorFact("ox", Link.UP, address="F1:00:00:00:0C:00")
BELT = SensorFact("belt", Link.UP, address="F1:00:00:00:0C:01")
CUFF = SensorFact("cuff", Link.UP, continuous=False, address="F1:00:00:00:0C:02")
WIRED = SensorFact("wired", Link.UP, address="/dev/serial/by-id/x")


def fact(of: SensorFact, **more: Any) -> SensorFact:
    fields = {name: getattr(of, name) for name in SensorFact.__struct_fields__}
    return SensorFact(**(fields | more))


def deaf(*sensors: SensorFact) -> tuple[SensorFact, ...]:
    return tuple(fact(each, link=Link.DOWN, cause=Cause.ADAPTER) for each in sensors)


@pytest.fixture
def story(line: Any) -> Any:
    return line(edges=EDGES, killed=False)


# ---- battery ----


def test_a_battery_is_low_below_its_bound_and_well_when_it_was_charged(story: Any) -> None:
    for at, charge in ((0, 15), (5, 14), (10, 19), (15, 12), (20, 20)):
        story.do(at, lambda hub, charge=charge: hub.presence(sensors=(fact(OX, battery=charge),)))
    [alert] = story.want(20, (RAISED, 5, 5), (CLEARED, 20, 20))
    assert (alert.code, alert.priority, alert.sensor, alert.value) == (
        Code.BATTERY_LOW,
        Priority.LOW,
        "ox",
        12.0,
    )


def test_a_battery_that_nothing_is_known_of_is_not_low_and_zero_is(story: Any) -> None:
    story.beat(0, 30, sensors=(OX,))
    story.do(30, lambda hub: hub.presence(sensors=(fact(OX, battery=0),)))
    [alert] = story.want(31, (RAISED, 30, 30))
    assert alert.value == 0.0


def test_a_sensor_that_says_so_itself_needs_no_percentage(story: Any) -> None:
    story.beat(0, 10, sensors=(fact(OX, flags=int(Quality.LOW_BATTERY)),))
    story.beat(10, 20, sensors=(fact(OX, flags=int(NO_DOUBT)),))
    [alert] = story.want(20, (RAISED, 0, 0), (CLEARED, 10, 10))
    assert alert.value is None


def test_a_sensor_that_went_has_no_battery(story: Any) -> None:
    story.beat(0, 5, sensors=(fact(OX, battery=3),)).beat(5, 10, sensors=())
    assert len(story.want(10, (RAISED, 0, 0), (CLEARED, 5, 5))) == 1


def test_it_survives_a_restart(line: Any) -> None:
    assert len(line(edges=EDGES).beat(0, 30, sensors=(fact(OX, battery=3),)).want(30, (RAISED, 0, 0))) == 1


# ---- radio ----


def test_a_room_that_hears_no_radio_rings_once(story: Any) -> None:
    """Not once for each sensor that it does not hear."""
    story.beat(0, 10, sensors=(OX, BELT)).beat(10, 120, sensors=deaf(OX, BELT))
    [alert] = story.want(120, (RAISED, 25, 26))
    assert (alert.code, alert.priority, alert.sensor) == (Code.RADIO_DOWN, Priority.MEDIUM, None)


def test_a_sensor_that_is_silent_after_the_radio_is_back_is_told_then(story: Any) -> None:
    story.beat(0, 10, sensors=(OX, BELT)).beat(10, 60, sensors=deaf(OX, BELT))
    silent = fact(BELT, link=Link.DOWN, cause=Cause.NOT_SEEN)
    story.beat(60, 100, sensors=(OX, silent))
    radio, belt = story.want(100, (RAISED, 25, 26), (CLEARED, 60, 60), (RAISED, 75, 76))
    assert (radio.code, belt.code, belt.sensor) == (Code.RADIO_DOWN, Code.SENSOR_SILENT, "belt")


def test_what_rang_of_a_sensor_before_is_inhibited_meanwhile(story: Any) -> None:
    silent = fact(OX, link=Link.DOWN, cause=Cause.NOT_SEEN)
    story.beat(0, 30, sensors=(silent, BELT)).beat(30, 60, sensors=deaf(OX, BELT))
    ox, _ = story.want(60, (RAISED, 15, 16), (RAISED, 45, 46))
    assert (ox.code, ox.suppression) == (Code.SENSOR_SILENT, Suppression.INHIBITED)
    story.beat(60, 70, sensors=(silent, BELT))
    ox, _ = story.want(70, (RAISED, 15, 16), (RAISED, 45, 46), (CLEARED, 60, 60))
    assert ox.suppression is Suppression.NONE


def test_one_that_is_heard_proves_the_radio(story: Any) -> None:
    story.beat(0, 60, sensors=(BELT, *deaf(OX)))
    [alert] = story.want(60, (RAISED, 15, 16))
    assert (alert.code, alert.sensor) == (Code.SENSOR_SILENT, "ox")


def test_a_wire_proves_nothing(story: Any) -> None:
    story.beat(0, 60, sensors=(WIRED, *deaf(OX)))
    [alert] = story.want(60, (RAISED, 15, 16))
    assert alert.code is Code.RADIO_DOWN


def test_meters_that_are_used_now_and_then_can_wait_for_a_round(story: Any) -> None:
    [alert] = story.beat(0, 60, sensors=deaf(CUFF)).want(60, (RAISED, 15, 16))
    assert (alert.code, alert.priority) == (Code.RADIO_DOWN, Priority.LOW)


def test_where_nobody_lives_it_can_wait_too(line: Any) -> None:
    story = line(edges={"room-12": None}, killed=False).beat(0, 60, sensors=deaf(OX), resident=None)
    [alert] = story.want(60, (RAISED, 15, 16))
    assert alert.priority is Priority.LOW


def test_the_radio_of_a_hub_that_starts_again_is_the_same_occurrence(story: Any) -> None:
    story.beat(0, 200, sensors=deaf(OX)).do(102.5, lambda hub: hub.restart())
    assert len(story.want(200, (RAISED, 15, 16))) == 1


def test_a_short_loss_is_no_alert(story: Any) -> None:
    story.beat(0, 5, sensors=(OX,)).beat(5, 15, sensors=deaf(OX)).beat(15, 60, sensors=(OX,))
    assert story.want(60) == []


# ---- disk ----


def test_a_disk_that_fills(story: Any) -> None:
    def beat(hub: Any, free: int | None) -> None:
        presence = Presence("room-12", "s1", "online", hub.utc, disk_free=free, sensors=())
        hub.engine.presence(presence, "jeanne", hub.utc)

    for at, free in enumerate((None, 200_000_000, 199_999_999, 249_999_999, None, 0, 250_000_000)):
        story.do(at, lambda hub, free=free: beat(hub, free))
    [alert] = story.want(8, (RAISED, 2, 2), (CLEARED, 6, 6))
    assert (alert.code, alert.priority, alert.edge) == (Code.DISK_LOW, Priority.LOW, "room-12")
    assert alert.value == pytest.approx(200.0)


def test_a_device_that_says_nothing_of_its_disk_has_not_filled_it(story: Any) -> None:
    assert story.beat(0, 30).want(30) == []


# ---- the whole home ----


@pytest.mark.parametrize("code", SYSTEM_CODES)
def test_what_the_home_has_once(line: Any, code: Code) -> None:
    story = line()
    story.do(1, lambda hub: hub.engine.set_system(code, "one", hub.utc))
    story.do(2, lambda hub: hub.engine.set_system(code, "two", hub.utc))
    story.do(3, lambda hub: hub.engine.set_system(code, None, hub.utc))
    story.do(4, lambda hub: hub.engine.set_system(code, None, hub.utc))
    story.do(5, lambda hub: hub.engine.set_system(code, "again", hub.utc))
    first, second = story.want(6, (RAISED, 1, 1), (CLEARED, 3, 3), (RAISED, 5, 5))
    assert (first.code, first.edge, first.resident, first.detail) == (code, "", None, "two")
    assert first.id != second.id
    assert first.priority is {
        Code.DISK_LOW: Priority.LOW,
        Code.CONTACT_UNREACHABLE: Priority.LOW,
    }.get(code, Priority.HIGH)


def test_a_home_has_its_own_priorities(line: Any) -> None:
    story = line(edges=EDGES, priorities={Code.BATTERY_LOW: Priority.MEDIUM}, killed=False)
    [alert] = story.beat(0, 5, sensors=(fact(OX, battery=3),)).want(5, (RAISED, 0, 0))
    assert alert.priority is Priority.MEDIUM
