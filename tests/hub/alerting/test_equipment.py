"""Cables, updates, and whose a sensor is."""

from __future__ import annotations

from devices.limits import Priority
from devices.measurement import Cause, Link
from devices.wire.messages import SensorFact, StatusChange
from hub.alerting.model import Code, Event
from tests.hub.alerting.conftest import Hub

RAISED, CLEARED = Event.RAISED, Event.CLEARED


def causes(hub: Hub, cause: Cause, *, continuous: bool = True, link: Link = Link.DOWN) -> list[Event]:
    return hub.presence(sensors=(SensorFact("ox", link, continuous=continuous, cause=cause),))


def codes(hub: Hub) -> list[Code]:
    return [alert.code for alert in hub.open()]


def test_an_unplugged_cable_is_told_within_5_s_and_heals_by_itself(watched: Hub) -> None:
    watched.beat(10)
    change = StatusChange("ox", watched.utc, Link.DOWN, cause=Cause.UNPLUGGED)
    watched.engine.observe_status("room-12", change, "jeanne", watched.utc)
    assert watched.tick(11) == []
    assert watched.tick(12) == [RAISED]
    assert codes(watched) == [Code.SENSOR_UNPLUGGED]
    assert watched.beat(40, sensors=(SensorFact("ox", Link.DOWN, cause=Cause.UNPLUGGED),)) == []
    assert watched.presence() == [CLEARED]
    assert watched.open() == []
    watched.check()


def test_a_cable_that_turns_out_to_be_more_is_silent_at_once(watched: Hub) -> None:
    causes(watched, Cause.UNPLUGGED)
    watched.now = 3
    causes(watched, Cause.UNPLUGGED)
    watched.now = 14
    causes(watched, Cause.UNPLUGGED)
    watched.now = 16
    assert causes(watched, Cause.LINK_LOST) == [CLEARED, RAISED]
    assert codes(watched) == [Code.SENSOR_SILENT]


def test_a_meter_that_is_unplugged_is_no_alert(watched: Hub) -> None:
    causes(watched, Cause.UNPLUGGED, continuous=False)
    watched.now = 14
    causes(watched, Cause.UNPLUGGED, continuous=False)
    assert watched.open() == []


def test_updating_is_never_taken_for_silent_but_has_an_end(watched: Hub) -> None:
    fact = SensorFact("ox", Link.DOWN, cause=Cause.UPDATING)
    assert watched.beat(595, sensors=(fact,)) == []
    assert watched.beat(605, sensors=(fact,)) == [RAISED]
    assert codes(watched) == [Code.SENSOR_UPDATING]
    assert watched.presence() == [CLEARED]


def test_sensors_that_wait_for_an_owner_are_one_notice_of_their_room(watched: Hub) -> None:
    watched.engine.set_links({"room-12": ("cuff", "ox"), "room-9": ("x",)}, {}, watched.utc)
    assert watched.commit() == [RAISED]
    assert (watched.only.code, watched.only.priority, watched.only.detail) == (
        Code.SENSOR_UNASSIGNED, Priority.LOW, "cuff,ox",
    )  # fmt: skip
    watched.engine.set_links({"room-12": ("ox",)}, {}, watched.utc)
    assert watched.commit() == []
    assert watched.only.detail == "ox"
    watched.engine.set_links({}, {}, watched.utc)
    assert watched.commit() == [CLEARED]
    watched.check()


def test_a_conflict_that_lasts_is_told_at_the_room_that_lost(watched: Hub) -> None:
    key = {("room-12", "ox"): "room-4", ("room-9", "y"): "room-4"}
    watched.presence()
    watched.engine.set_links({}, key, watched.utc)
    assert watched.beat(10) == []
    watched.engine.set_links({}, key, watched.utc)
    assert watched.beat(15) == [RAISED]
    assert (watched.only.code, watched.only.sensor, watched.only.detail) == (
        Code.SENSOR_CONFLICT, "ox", "room-4",
    )  # fmt: skip
    watched.engine.set_links({}, {("room-12", "ox"): "room-5"}, watched.utc)
    assert watched.only.detail == "room-4"
    watched.commit()
    assert watched.only.detail == "room-5"
    watched.engine.set_links({}, {}, watched.utc)
    assert watched.commit() == [CLEARED]
    watched.check()
