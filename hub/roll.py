"""Read from the database what the screens start with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from hub.ingest import directory
from hub.ingest.owners import Owners
from hub.store import given, journal, records, sensors
from hub.store.records import Prescription
from hub.store.sensors import SensorKey, SensorRecord
from hub.ward import Inhabitant, Roll, Told


def read_roll(connection: Connection, now: int) -> Roll:
    """Return who lives where, which edge watches them and what is prescribed, at `now`."""
    rooms = {key: room.name for key, room in records.rooms(connection).items()}
    lived = {s.resident: s.room for s in records.stays(connection) if _in_force(s.since, s.until, now)}
    placed = {p.edge: p.room for p in records.placements(connection) if _in_force(p.since, p.until, now)}
    edges = [key for key, edge in records.edges(connection).items() if edge.revoked is None]
    standing = {placed[edge]: edge for edge in edges if edge in placed}
    limits: dict[str, list[Prescription]] = {}
    for prescription in records.prescriptions(connection, now):
        limits.setdefault(prescription.resident, []).append(prescription)
    people = records.residents(connection)
    known = sensors.sensors(connection)
    owners = Owners(
        directory.spans(records.placements(connection), records.stays(connection)),
        known,
        sensors.assignments(connection),
    )
    return Roll(
        records.home_name(connection) or "",
        {
            who: Inhabitant(people[who], rooms[room], standing.get(room), tuple(limits.get(who, ())))
            for who, room in lived.items()
        },
        {edge: rooms[placed[edge]] if edge in placed else "" for edge in edges},
        owners.ownerships(now),
        _protocols(connection, known),
    )


def _protocols(connection: Connection, known: Mapping[SensorKey, SensorRecord]) -> dict[SensorKey, str]:
    """Return what sensors are: by their edge's word, or, until its first heartbeat, by the order that linked them."""
    ordered = {(each.edge, each.sensor): each.protocol for each in given.given(connection)}
    return ordered | {key: record.protocol for key, record in known.items() if record.protocol}


def read_open_alerts(connection: Connection) -> list[Told]:
    """Return the open alerts with all their steps."""
    alerts = [alert for alert, _ in journal.open_alerts(connection)]
    steps = journal.transitions(connection, [alert.id for alert in alerts])
    return [Told(alert, tuple(steps[alert.id])) for alert in alerts]


def _in_force(since: int, until: int | None, now: int) -> bool:
    return since <= now and (until is None or now < until)
