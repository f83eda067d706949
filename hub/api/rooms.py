"""Rooms as a technician sees them: devices, sensors, whose they are; names of residents and nothing else of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from hub.api.problems import unknown
from hub.api.services import Services
from hub.api.technician import LinkedSensor, Occupant, RoomCard, UnlinkedView
from hub.store import given as gifts
from hub.store import records, sensors
from hub.store.given import Given
from hub.store.records import Resident
from hub.store.sensors import Assignment, SensorRecord


def room_cards(services: Services) -> list[RoomCard]:
    """Return every room, by name."""
    with services.database.read() as connection:
        standing = _standing(connection)
        lived = {s.room: s.resident for s in records.stays(connection) if s.until is None}
        people = records.residents(connection)
        rooms = records.rooms(connection)
        cards = []
        for key, room in rooms.items():
            edge, occupant = standing.get(key), lived.get(key)
            cards.append(
                RoomCard(
                    room=key,
                    name=room.name,
                    edge=edge,
                    occupant=None if occupant is None else _occupant(people[occupant]),
                    sensors=[] if edge is None else _sensors(connection, edge, people),
                )
            )
    return cards


def room_card(services: Services, edge: str) -> RoomCard:
    """Return the room of one edge.

    Raises:
        RefusedError: `unknown_edge`, it stands in no room.
    """
    for card in room_cards(services):
        if card.edge == edge:
            return card
    raise unknown("edge", edge)


def linked_elsewhere(services: Services, edge: str) -> Mapping[str, str]:
    """Return the rooms' names of the Bluetooth addresses that other edges have."""
    with services.database.read() as connection:
        rooms = records.rooms(connection)
        named = {edge: rooms[room].name for room, edge in _standing(connection).items()}
        found = {e.address: named.get(e.edge, "") for e in gifts.given(connection) if e.edge != edge}
        ever = {each.key for each in gifts.given(connection, ended=True)}
        for key, known in sensors.sensors(connection).items():
            if known.listed and known.edge != edge and key not in ever:
                found.setdefault(known.address, named.get(known.edge, ""))
    found.pop("", None)
    return found


def _standing(connection: Connection) -> dict[str, str]:
    """Return the edge that stands in each room."""
    known = records.edges(connection)
    return {
        placed.room: placed.edge
        for placed in records.placements(connection)
        if placed.until is None and known[placed.edge].revoked is None
    }


def _sensors(connection: Connection, edge: str, people: Mapping[str, Resident]) -> list[LinkedSensor]:
    heard = {name: each for (_, name), each in sensors.sensors(connection, edge).items()}
    given = {each.sensor: each for each in gifts.given(connection, edge)}
    ever = {each.sensor for each in gifts.given(connection, edge, ended=True)}
    newest = {each.sensor: each for each in sensors.assignments(connection, edge=edge)}
    # One that was taken back may still stand in the edge's last heartbeat.
    shown = [name for name, each in heard.items() if name in given or (each.listed and name not in ever)]
    names = dict.fromkeys([*shown, *given])
    return [_linked(name, heard.get(name), given.get(name), newest.get(name), people) for name in names]


def _linked(
    name: str,
    heard: SensorRecord | None,
    given: Given | None,
    newest: Assignment | None,
    people: Mapping[str, Resident],
) -> LinkedSensor:
    owner = None if newest is None or newest.until is not None else _occupant(people[newest.resident])
    personal = True if heard is None else heard.personal
    ended = None
    if personal and newest is not None and newest.until is not None:
        ended = UnlinkedView(
            time=newest.until, author=newest.ended_by or "", reason=newest.ended_reason or ""
        )
    return LinkedSensor(
        sensor=name,
        protocol=(heard.protocol if heard is not None else "") or ("" if given is None else given.protocol),
        address=(given.address or given.link) if given is not None else (heard.address if heard else ""),
        given=given is not None,
        personal=personal,
        resident=owner,
        unlinked=ended,
    )


def _occupant(person: Resident) -> Occupant:
    return Occupant(resident=person.id, family_name=person.family_name, given_name=person.given_name)
