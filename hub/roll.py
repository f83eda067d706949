"""Read from the database what the screens start with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from hub.alerting.model import TEST_EDGE
from hub.alerting.rules.model import RuleSet
from hub.ingest import directory
from hub.ingest.owners import Owners
from hub.standing import NO_RULES, read_papers, standings
from hub.store import given, journal, records, sensors
from hub.store.records import Prescription
from hub.store.schema import USERS
from hub.store.sensors import SensorKey, SensorRecord
from hub.ward import Inhabitant, Roll, Told


def read_roll(connection: Connection, now: int, ruleset: RuleSet = NO_RULES) -> Roll:
    """Return who lives where, which edge watches them and what limits are in force, at `now`."""
    rooms = {key: room.name for key, room in records.rooms(connection).items()}
    lived = {s.resident: s.room for s in records.stays(connection) if _in_force(s.since, s.until, now)}
    placed = {p.edge: p.room for p in records.placements(connection) if _in_force(p.since, p.until, now)}
    edges = [key for key, edge in records.edges(connection).items() if edge.revoked is None]
    standing = {placed[edge]: edge for edge in edges if edge in placed}
    limits = standings(read_papers(connection, now), ruleset, now)
    names = {row.username: row.display_name for row in connection.execute(select(USERS))}
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
            who: Inhabitant(
                people[who],
                rooms[room],
                standing.get(room),
                tuple(_named(each, names) for each in limits[who].prescriptions()) if who in limits else (),
            )
            for who, room in lived.items()
        },
        {edge: rooms[placed[edge]] if edge in placed else "" for edge in edges},
        owners.ownerships(now),
        _protocols(connection, known),
    )


def _named(prescription: Prescription, names: Mapping[str, str]) -> Prescription:
    """Let the screens call who prescribed it as people do."""
    return replace(prescription, author=names.get(prescription.author, prescription.author))


def _protocols(connection: Connection, known: Mapping[SensorKey, SensorRecord]) -> dict[SensorKey, str]:
    """Return what sensors are: by their edge's word, or, until its first heartbeat, by the order that linked them."""
    ordered = {(each.edge, each.sensor): each.protocol for each in given.given(connection)}
    return ordered | {key: record.protocol for key, record in known.items() if record.protocol}


def read_open_alerts(connection: Connection) -> list[Told]:
    """Return the open alerts with all their steps; a test alarm is not shown."""
    alerts = [alert for alert, _ in journal.open_alerts(connection) if alert.edge != TEST_EDGE]
    steps = journal.transitions(connection, [alert.id for alert in alerts])
    return [Told(alert, tuple(steps[alert.id])) for alert in alerts]


def _in_force(since: int, until: int | None, now: int) -> bool:
    return since <= now and (until is None or now < until)
