"""Whose a sensor is, as the database keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from devices.measurement import Cause, Link
from devices.wire.messages import SensorFact
from hub.store import records, sensors
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.records import EdgeRecord, Resident, Room
from hub.store.sensors import Assignment, Refusal

OX, CUFF = ("e1", "ox"), ("e1", "cuff")
STRAP = "AA:BB:CC:DD:EE:FF"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    store = Database(tmp_path / "hub.db")
    with store.write() as found:
        for number in ("1", "2"):
            records.add_room(found, Room(number, f"Chambre {number}"))
            records.add_resident(found, Resident(f"r{number}", "Roux", "Simone", 1934, 0))
            records.save_edge(found, EdgeRecord(f"e{number}", 1, 0))
            records.place_edge(found, f"e{number}", number, 0)
            records.move_resident(found, f"r{number}", number, 0)
        yield found
    store.close()


def owners(connection: Connection) -> dict[tuple[str, str], str]:
    return {made.key: made.resident for made in sensors.assignments(connection, running=True)}


def test_a_sensor_is_given_and_given_again(connection: Connection) -> None:
    sensors.assign(connection, OX, "r1", author="luc", now=10)
    sensors.assign(connection, OX, "r1", author="luc", reason="new probe", now=20)
    first, second = sensors.assignments(connection, edge="e1", sensor="ox")
    assert (first.since, first.until, first.ended_by, first.ended_reason) == (10, 20, "luc", "new probe")
    assert (second.since, second.until, second.paired, second.explicit) == (20, None, 20, True)


def test_a_sensor_is_given_only_to_who_lives_in_its_room(connection: Connection) -> None:
    with pytest.raises(StoreError, match="resident 'r2' does not live in the room of edge 'e1'"):
        sensors.assign(connection, OX, "r2", author="luc", now=10)
    assert owners(connection) == {}


def test_a_thing_has_one_owner_in_the_whole_home(connection: Connection) -> None:
    for edge in ("e1", "e2"):
        fact = SensorFact("strap", Link.UP, protocol="heart_rate", address=STRAP)
        sensors.save_sensors(connection, [sensors.record_of(edge, fact, 5, 5)])
    sensors.assign(connection, ("e1", "strap"), "r1", author="luc", now=10)
    sensors.assign(connection, ("e2", "strap"), "r2", author="luc", now=20)
    assert owners(connection) == {("e2", "strap"): "r2"}
    [ended] = sensors.assignments(connection, edge="e1")
    assert (ended.until, ended.ended_reason) == (20, "linked_elsewhere")


def test_two_serial_ports_of_the_same_name_are_two_things(connection: Connection) -> None:
    for edge in ("e1", "e2"):
        fact = SensorFact("ox", Link.UP, protocol="nonin", address="/dev/serial/by-id/usb-Nonin")
        sensors.save_sensors(connection, [sensors.record_of(edge, fact, 5, 5)])
    sensors.assign(connection, ("e1", "ox"), "r1", author="luc", now=10)
    sensors.assign(connection, ("e2", "ox"), "r2", author="luc", now=20)
    assert owners(connection) == {("e1", "ox"): "r1", ("e2", "ox"): "r2"}


def test_unlinking_says_who_and_why(connection: Connection) -> None:
    sensors.assign(connection, OX, "r1", author="luc", now=10)
    sensors.unlink(connection, OX, author="luc", reason="lost", now=30)
    [ended] = sensors.assignments(connection)
    assert (ended.until, ended.ended_by, ended.ended_reason) == (30, "luc", "lost")
    with pytest.raises(StoreError, match="sensor 'ox' of edge 'e1' belongs to nobody"):
        sensors.unlink(connection, OX, author="luc", now=31)


def test_when_the_occupant_leaves_their_sensors_are_nobodys(connection: Connection) -> None:
    sensors.assign(connection, OX, "r1", author="luc", now=10)
    sensors.assign(connection, ("e2", "ox"), "r2", author="luc", now=10)
    records.move_resident(connection, "r1", None, 50, "ines")
    assert owners(connection) == {("e2", "ox"): "r2"}
    [ended] = sensors.assignments(connection, edge="e1")
    assert (ended.until, ended.ended_by, ended.ended_reason) == (50, "ines", "occupant_changed")


def test_when_an_edge_moves_to_another_room_its_sensors_are_nobodys(connection: Connection) -> None:
    sensors.assign(connection, OX, "r1", author="luc", now=10)
    records.place_edge(connection, "e1", "2", 50)
    assert owners(connection) == {}


def test_an_edge_enrolled_anew_in_the_same_room_keeps_its_sensors(connection: Connection) -> None:
    sensors.assign(connection, OX, "r1", author="luc", now=10)
    records.place_edge(connection, "e1", "1", 50)
    assert owners(connection) == {OX: "r1"}


def test_a_declaration_never_undoes_what_a_person_did(connection: Connection) -> None:
    declared = Assignment("e1", "ox", "r1", 0, 10, sensors.DECLARED)
    sensors.declare(connection, [declared, Assignment("e1", "cuff", "r1", 0, 10, sensors.DECLARED)])
    sensors.unlink(connection, CUFF, author="luc", now=20)
    sensors.declare(connection, [declared, Assignment("e1", "cuff", "r1", 0, 30, sensors.DECLARED)])
    assert owners(connection) == {OX: "r1"}
    assert not sensors.assignments(connection, running=True)[0].explicit


def test_what_is_said_of_a_sensor_is_kept_and_renewed(connection: Connection) -> None:
    fact = SensorFact("ox", Link.DOWN, battery=12, cause=Cause.NOT_SEEN, since=3, seen=2, personal=False)
    sensors.save_sensors(connection, [sensors.record_of("e1", fact, 5, 6)])
    sensors.save_sensors(connection, [sensors.record_of("e1", SensorFact("ox", Link.UP), 99, 99)])
    sensors.save_sensors(connection, [])
    found = sensors.sensors(connection, "e1")[OX]
    assert (found.first_heard, found.updated, found.link, found.cause) == (5, 99, "up", "")
    assert (found.battery, found.personal, found.key) == (None, True, OX)
    assert sensors.sensors(connection, "e2") == {}


def test_refusals_add_up(connection: Connection) -> None:
    row = Refusal("e1", "meter", "r1", "glucose", "before_assignment", 3, 10, 30, 100)
    sensors.save_refusals(connection, [row])
    sensors.save_refusals(
        connection, [Refusal("e1", "meter", "r1", "glucose", "before_assignment", 1, 5, 5, 200)]
    )
    sensors.save_refusals(connection, [])
    [found] = sensors.refusals(connection, ("e1", "meter"))
    assert (found.count, found.first, found.last, found.received) == (4, 5, 30, 200)
    assert sensors.refusals(connection) == [found]
    assert sensors.refusals(connection, OX) == []
