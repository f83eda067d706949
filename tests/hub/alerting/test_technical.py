"""Silence of edges and sensors on a time line (traps 8, 11, 12, 14)."""

from __future__ import annotations

from typing import Any

import pytest

from devices.limits import Priority
from devices.measurement import Link
from devices.quality import Quality
from devices.wire.messages import SensorFact
from hub.alerting.model import Code, Event, Suppression

RAISED, CLEARED = Event.RAISED, Event.CLEARED


def test_an_edge_is_silent_after_15_s_and_not_after_14(watched: Any) -> None:
    watched.presence()
    assert watched.tick(until=14) == []
    assert watched.tick(until=15) == [RAISED]
    assert (watched.only.code, watched.only.edge, watched.only.resident) == (
        Code.EDGE_SILENT,
        "room-12",
        "jeanne",
    )
    assert watched.tick(until=3600) == []


def test_an_edge_that_was_never_heard_is_an_absence(watched: Any) -> None:
    assert watched.tick(until=14) == []
    assert watched.tick(until=15) == [RAISED]


def test_it_is_back_with_the_next_heartbeat_and_does_not_latch(watched: Any) -> None:
    watched.tick(until=20)
    assert watched.presence() == [CLEARED]
    assert watched.open() == []
    assert watched.tick(until=34) == []
    assert watched.tick(until=35) == [RAISED]


def test_each_edge_is_its_own(new_hub: Any) -> None:
    hub = new_hub(edges={f"room-{n}": None for n in range(20)})
    hub.now = 10
    hub.presence(edge="room-7")
    assert hub.tick(until=16) == [RAISED] * 19
    assert "room-7" not in {alert.edge for alert in hub.open()}


def test_the_will_of_this_session_speaks_at_once(watched: Any) -> None:
    watched.presence(session="new")
    assert watched.presence(session="old", state="gone") == []
    assert watched.presence(session="new", state="gone") == [RAISED]
    assert watched.presence(session="old", state="gone") == []
    assert watched.presence(session="newer") == [CLEARED]


def test_a_will_before_any_heartbeat_says_nothing(watched: Any) -> None:
    assert watched.presence(state="gone") == []
    assert watched.tick(until=15) == [RAISED]


def test_a_hub_that_starts_again_waits_and_does_not_ring_twice(watched: Any) -> None:
    watched.tick(until=15)
    watched.restart()
    assert watched.tick(until=60) == []
    assert watched.presence() == [CLEARED]
    watched.restart()
    assert watched.tick(until=74) == []
    assert watched.tick(until=75) == [RAISED]
    watched.check()


@pytest.mark.parametrize("link", [Link.SILENT, Link.DOWN, Link.CONNECTING])
def test_a_sensor_without_readings_is_silent_after_15_s(watched: Any, link: Link) -> None:
    watched.presence(link=link)
    assert watched.beat(until=14, link=link) == []
    assert watched.tick(until=15) == [RAISED]
    assert (watched.only.code, watched.only.sensor) == (Code.SENSOR_SILENT, "ox")
    assert watched.status(Link.UP) == [CLEARED]


def test_a_sensor_that_speaks_when_used_is_never_silent(watched: Any) -> None:
    assert watched.beat(until=600, link=Link.DOWN, continuous=False) == []


def test_a_link_that_comes_back_by_itself_is_no_alert(watched: Any) -> None:
    watched.presence()
    watched.status(Link.DOWN)
    assert watched.beat(until=10, link=Link.CONNECTING) == []
    watched.status(Link.UP)
    assert watched.beat(until=60) == []


def test_a_probe_that_is_off_for_a_minute_is_told(watched: Any) -> None:
    watched.presence()
    watched.status(Link.UP, Quality.PROBE_OFF)
    assert watched.beat(until=59, flags=Quality.PROBE_OFF) == []
    assert watched.tick(until=60) == [RAISED]
    assert watched.only.code is Code.PROBE_OFF
    assert watched.status(Link.UP) == [CLEARED]


def test_a_silent_sensor_says_nothing_of_its_probe(watched: Any) -> None:
    watched.beat(until=70, flags=Quality.PROBE_OFF)
    assert watched.status(Link.SILENT, Quality.PROBE_OFF) == [CLEARED]


def test_old_news_of_a_sensor_is_history(watched: Any) -> None:
    watched.beat(until=40)
    watched.status(Link.UP, Quality.PROBE_OFF, at=35)
    watched.status(Link.UP, Quality.PROBE_OFF, at=5)
    assert watched.tick(until=54) == []
    watched.beat(until=60)
    watched.engine = type(watched)(edges=watched.edges, now=60).engine
    watched.status(Link.DOWN, at=29)
    assert watched.tick(until=74) == []


def test_a_silent_edge_inhibits_its_sensors_and_rings_once(watched: Any) -> None:
    watched.beat(until=20, link=Link.DOWN)
    [sensor] = watched.open()
    assert watched.tick(until=34) == []
    assert watched.tick(until=35) == [RAISED]
    assert [(a.code, a.suppression) for a in watched.open()] == [
        (Code.SENSOR_SILENT, Suppression.INHIBITED),
        (Code.EDGE_SILENT, Suppression.NONE),
    ]
    assert watched.tick(until=600) == []
    assert watched.presence(link=Link.DOWN) == [CLEARED]
    assert (watched.only.id, watched.only.suppression) == (sensor.id, Suppression.NONE)


def test_a_sensor_is_not_counted_as_silent_while_its_edge_is(watched: Any) -> None:
    watched.presence(link=Link.DOWN)
    watched.now = 14
    watched.presence(state="gone")
    assert [alert.code for alert in watched.open()] == [Code.EDGE_SILENT]
    assert watched.tick(until=100) == []
    assert watched.presence(link=Link.DOWN) == [CLEARED]
    assert watched.beat(until=114, link=Link.DOWN) == []
    assert watched.tick(until=115) == [RAISED]


def test_an_inhibited_alert_survives_a_restart_as_it_is(watched: Any) -> None:
    watched.beat(until=20, link=Link.DOWN)
    watched.tick(until=40)
    watched.restart()
    assert watched.tick(until=100) == []
    assert watched.presence() == [CLEARED, CLEARED]
    watched.check()


def test_what_is_no_longer_there_stops_ringing(watched: Any) -> None:
    watched.beat(until=20, link=Link.DOWN)
    assert watched.presence(sensors=(SensorFact("strap", Link.UP),)) == [CLEARED]
    watched.tick(until=40)
    watched.engine.set_edges({"room-14": "paul"}, watched.utc)
    assert watched.commit() == [CLEARED]
    assert watched.tick(until=54) == []
    assert watched.tick(until=55) == [RAISED]
    assert (watched.only.edge, watched.only.resident) == ("room-14", "paul")


def test_where_nobody_lives_nobodys_watch_is_lost(new_hub: Any) -> None:
    hub = new_hub(edges={"room-12": "jeanne", "room-14": None})
    hub.tick(until=15)
    assert {alert.edge: alert.priority for alert in hub.open()} == {
        "room-12": Priority.MEDIUM,
        "room-14": Priority.LOW,
    }


def test_who_moves_in_before_a_silent_edge_is_told_of_anew(new_hub: Any) -> None:
    hub = new_hub(edges={"room-12": None})
    hub.tick(until=15)
    hub.now = 20
    hub.engine.set_edges({"room-12": "jeanne"}, hub.utc)
    assert hub.commit() == [CLEARED]
    assert hub.tick(until=34) == []
    assert hub.tick(until=35) == [RAISED]
    assert (hub.only.resident, hub.only.priority) == ("jeanne", Priority.MEDIUM)
    hub.check()


def test_what_rang_for_one_resident_is_not_shown_for_the_next(watched: Any) -> None:
    watched.hold(80.0, until=10)
    [hers] = watched.open()
    watched.beat(until=30, link=Link.DOWN)
    assert {alert.code for alert in watched.open()} == {Code.LIMIT_LOW, Code.SENSOR_SILENT}
    watched.engine.set_edges({"room-12": "paul"}, watched.utc)
    assert watched.commit() == [CLEARED]
    assert watched.open() == [hers]
    assert watched.tick(until=44) == []
    assert watched.tick(until=45) == [RAISED]
    assert [(a.code, a.resident) for a in watched.open()] == [
        (Code.LIMIT_LOW, "jeanne"),
        (Code.EDGE_SILENT, "paul"),
    ]
    watched.check()


def test_an_edge_withdrawn_while_the_hub_was_away_stops_ringing(watched: Any) -> None:
    watched.tick(until=15)
    watched.edges = {}
    watched.restart()
    assert watched.tick() == [CLEARED]


def test_a_wrong_clock_is_told_after_10_s(watched: Any) -> None:
    watched.presence(ahead=6)
    assert watched.beat(until=9, ahead=6) == []
    watched.now = 10
    assert watched.presence(ahead=6) == [RAISED]
    assert (watched.only.code, watched.only.value) == (Code.CLOCK_SKEW, 6.0)
    assert watched.presence(ahead=5) == [CLEARED]


def test_one_heartbeat_that_waited_is_no_wrong_clock(watched: Any) -> None:
    watched.presence()
    watched.now = 8
    watched.presence(ahead=-8)
    watched.now = 9
    watched.presence()
    assert watched.beat(until=60) == []


def test_a_full_spool_is_told_while_it_is(watched: Any) -> None:
    assert watched.presence(spool_full=True) == [RAISED]
    assert watched.only.code is Code.SPOOL_FULL
    assert watched.presence(spool_full=True) == []
    assert watched.presence() == [CLEARED]


def test_a_sensor_is_known_by_its_status_before_any_heartbeat(new_hub: Any) -> None:
    hub = new_hub()
    hub.status(Link.DOWN)
    assert hub.tick(until=14) == []
    # Both at once: the edge has not said a heartbeat either, so the sensor's silence is not told.
    assert hub.tick(until=15) == [RAISED]
    assert hub.only.code is Code.EDGE_SILENT


def test_what_somebody_holds_is_not_inhibited_after_it_ended(watched: Any) -> None:
    watched.beat(until=20, link=Link.DOWN)
    watched.act("take")
    watched.presence()
    assert watched.presence(state="gone") == [RAISED]
    assert {alert.suppression for alert in watched.open()} == {Suppression.NONE}


def test_nothing_changed_is_nothing_to_commit(watched: Any) -> None:
    watched.presence()
    assert not watched.engine.take_changes()
    watched.presence(state="gone")
    watched.presence()
    watched.engine.tick(watched.utc)
    assert not watched.engine.take_changes()
