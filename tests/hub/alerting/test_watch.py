"""Who watches a resident: each link of the chain, since when, and which holes ring."""

from __future__ import annotations

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Alert, Code, Condition
from hub.alerting.watch import LASTING, Human, Place, Room, Watch, Watched, find_holes

T = 1_790_000_000_000_000
INES = Human("Inès", "tablet", T)
FINE = Room("r1", "e1", "", heard=T - SECOND, measured=T - 3 * SECOND, fresh=True)


def seen(room: Room = FINE, hub: str = "", humans: tuple[Human, ...] = (INES,)) -> Watched:
    return Watch().update([room], hub, humans, T)[room.resident]


def alert(code: Code, edge: str = "e1", *, condition: Condition = Condition.ACTIVE) -> Alert:
    return Alert("a", code, Priority.MEDIUM, edge, None, T, T, condition=condition)


def test_four_links_hold() -> None:
    found = seen()
    assert found.hole is None
    assert not found.rounds
    assert [(link.place, link.last) for link in found.links] == [
        (Place.SENSOR, T - 3 * SECOND),
        (Place.EDGE, T - SECOND),
        (Place.HUB, T),
        (Place.HUMAN, T),
    ]


@pytest.mark.parametrize("reason", ["no_device", "no_sensor"])
def test_where_nothing_measures_all_the_time_people_do(reason: str) -> None:
    found = seen(Room("r1", "", reason))
    assert found.rounds
    assert found.hole is None
    assert [link.place for link in found.links] == [Place.HUB, Place.HUMAN]


@pytest.mark.parametrize(
    ("room", "place", "reason"),
    [
        (Room("r1", "e1", "edge_silent", heard=T), Place.EDGE, "edge_silent"),
        (Room("r1", "e1", "sensors_silent", heard=T), Place.SENSOR, "sensors_silent"),
        (Room("r1", "e1", "sensors_unassigned", heard=T), Place.SENSOR, "sensors_unassigned"),
        # Up by its own word, and nothing that is younger than its limit: not healthy.
        (Room("r1", "e1", "", heard=T, measured=T - 600 * SECOND), Place.SENSOR, "sensors_stale"),
        (Room("r1", "e1", "", heard=T), Place.SENSOR, "sensors_stale"),
    ],
)
def test_a_link_that_does_not_hold_says_why(room: Room, place: Place, reason: str) -> None:
    hole = seen(room).hole
    assert hole is not None
    assert reason == next(link.reason for link in seen(room).links if link.place is place)
    assert {link.place for link in seen(room).links if not link.well} >= {place}


def test_a_silent_edge_is_named_as_such_and_not_as_its_sensors() -> None:
    found = seen(Room("r1", "e1", "edge_silent", heard=T - 60 * SECOND, fresh=True))
    assert [link.place for link in found.links if not link.well] == [Place.EDGE]


def test_nobody_and_a_hub_that_cannot_are_holes_of_everybody() -> None:
    assert [link.reason for link in seen(humans=()).links if not link.well] == ["nobody_reachable"]
    assert [link.reason for link in seen(hub="commit").links if not link.well] == ["commit"]
    # Also of who is watched by rounds.
    assert seen(Room("r2", "", "no_device"), humans=()).hole is not None


def test_since_is_when_it_became_so() -> None:
    watch = Watch()
    silent = Room("r1", "e1", "sensors_silent", heard=T)
    times = []
    for second, room in enumerate([FINE, FINE, silent, silent, FINE]):
        found = watch.update([room], "", [INES], T + second * SECOND)["r1"]
        times.append((found.links[0].well, (found.links[0].since - T) // SECOND))
    assert times == [(True, 0), (True, 0), (False, 2), (False, 2), (True, 4)]
    assert watch.watched["r1"].hole is None
    # Another reason is another hole; who left is forgotten.
    other = Room("r1", "e1", "sensors_unassigned", heard=T)
    watch.update([silent], "", [INES], T + 5 * SECOND)
    again = watch.update([other], "", [INES], T + 6 * SECOND)["r1"]
    assert again.links[0].since == T + 6 * SECOND
    assert watch.update([], "", [INES], T) == {}


def lasting(room: Room, *, hub: str = "", humans: tuple[Human, ...] = (INES,)) -> list[Watched]:
    watch = Watch()
    watch.update([room], hub, humans, T)
    return list(watch.update([room], hub, humans, T + LASTING).values())


STALE = Room("r1", "e1", "", heard=T)


def test_a_hole_rings_when_it_has_lasted_and_not_before() -> None:
    watched = lasting(STALE)
    assert find_holes(watched, [], T + LASTING - 1) == []
    assert find_holes(watched, [], T + LASTING) == [Trouble("e1", "r1", "sensors_stale")]
    assert find_holes(lasting(FINE), [], T + LASTING) == []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        (Room("r1", "e1", "edge_silent"), Code.EDGE_SILENT),
        (Room("r1", "e1", "sensors_silent"), Code.SENSOR_SILENT),
        (Room("r1", "e1", "sensors_silent"), Code.SENSOR_UNPLUGGED),
        (Room("r1", "e1", "sensors_unassigned"), Code.SENSOR_UNASSIGNED),
        (STALE, Code.PROBE_OFF),
    ],
)
def test_what_another_alert_says_does_not_ring_twice(room: Room, code: Code) -> None:
    watched, now = lasting(room), T + LASTING
    assert find_holes(watched, [alert(code)], now) == []
    # Of another room, ended, or about something else: it does not say it.
    assert len(find_holes(watched, [alert(code, "e2")], now)) == 1
    assert len(find_holes(watched, [alert(code, condition=Condition.CLEARED)], now)) == 1
    assert len(find_holes(watched, [alert(Code.CLOCK_SKEW)], now)) == 1
    # Nor does its own alert, which would end it as soon as it rang.
    assert len(find_holes(watched, [alert(Code.WATCH_HOLE)], now)) == 1


def test_a_broker_that_is_away_says_it_for_every_room() -> None:
    watched = lasting(Room("r1", "e1", "edge_silent"))
    assert find_holes(watched, [alert(Code.BROKER_DOWN, "")], T + LASTING) == []


def test_what_somebody_ordered_never_rings() -> None:
    assert find_holes(lasting(Room("r1", "e1", "sensors_out_of_service", heard=T)), [], T + LASTING) == []


def test_what_concerns_everybody_rings_once() -> None:
    watch = Watch()
    rooms = [FINE, Room("r2", "e2", "", T, T, fresh=True)]
    watch.update(rooms, "", (), T)
    watched = list(watch.update(rooms, "", (), T + LASTING).values())
    assert find_holes(watched, [], T + LASTING) == [Trouble("", None, "nobody_reachable")]
    assert find_holes(watched, [alert(Code.TABLET_MUTE, "")], T + LASTING) == []


def test_two_holes_of_a_room_are_one_alert_and_rooms_have_their_own() -> None:
    watch = Watch()
    rooms = [Room("r2", "e2", "sensors_silent"), STALE]
    watch.update(rooms, "commit", (), T)
    watched = list(watch.update(rooms, "commit", (), T + LASTING).values())
    found = find_holes(watched, [], T + LASTING)
    assert [(trouble.edge, trouble.resident) for trouble in found] == [("", None), ("e1", "r1"), ("e2", "r2")]
