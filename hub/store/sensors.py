"""What is known of each sensor, whose it is and was, and what was refused of it.

A sensor is named by (edge, sensor). A *personal* one (worn or used by one person) belongs to a resident through a
dated assignment; one that belongs to the room follows whoever lives there and needs none. At most one assignment of a
sensor is open at a time, and at most one of a Bluetooth address in the whole home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from devices.wire.messages import SensorFact
from hub.store.errors import StoreError
from hub.store.schema import ASSIGNMENTS, PLACEMENTS, REFUSALS, SENSORS, STAYS

SensorKey = tuple[str, str]
"(edge, sensor)."

DECLARED = "edge.toml"
"Author of an assignment that the installer made by declaring the sensor in the file of the room's device."
SYSTEM = "veilleuse"
"Author of what nobody did."
OCCUPANT_CHANGED = "occupant_changed"
LINKED_ELSEWHERE = "linked_elsewhere"

_BLUETOOTH = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """A sensor and what its edge last said of it."""

    edge: str
    sensor: str
    first_heard: int
    "Hub time, microseconds UTC."
    protocol: str = ""
    address: str = ""
    personal: bool = True
    continuous: bool = True
    listed: bool = True
    "Whether its edge still names it."
    link: str = ""
    "Empty before the edge's first heartbeat that names it."
    cause: str = ""
    flags: int = 0
    since: int | None = None
    "Edge time since which the link is as it is."
    last: int | None = None
    seen: int | None = None
    battery: int | None = None
    rssi: int | None = None
    detail: str = ""
    updated: int = 0
    "Hub time at which this was written."

    @property
    def key(self) -> SensorKey:
        """Its name in the home."""
        return self.edge, self.sensor


@dataclass(frozen=True, slots=True)
class Assignment:
    """A personal sensor belongs to a resident in [since, until)."""

    edge: str
    sensor: str
    resident: str
    since: int
    paired: int
    "Hub time at which it was made: a record that a meter stored before is refused."
    author: str
    reason: str = ""
    until: int | None = None
    ended_by: str | None = None
    ended_reason: str | None = None
    id: int | None = field(default=None, compare=False)

    @property
    def key(self) -> SensorKey:
        """The sensor's name in the home."""
        return self.edge, self.sensor

    @property
    def explicit(self) -> bool:
        """Whether a person made it, rather than the file of the room's device."""
        return self.author != DECLARED


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stored records that belong to nobody, and why."""

    edge: str
    sensor: str
    resident: str
    "Who has the sensor now; empty for nobody."
    metric: str
    reason: str
    "`before_assignment`, `in_future` or `unassigned`."
    count: int
    first: int
    last: int
    received: int


def bluetooth_address(address: str) -> str:
    """Return an address if it is one that names the same thing on every edge, otherwise nothing."""
    return address if _BLUETOOTH.fullmatch(address) else ""


def record_of(edge: str, fact: SensorFact, first_heard: int, now: int) -> SensorRecord:
    """Return what a heartbeat says of a sensor."""
    return SensorRecord(
        edge,
        fact.sensor,
        first_heard,
        protocol=fact.protocol,
        address=fact.address,
        personal=fact.personal,
        continuous=fact.continuous,
        link=fact.link.value,
        cause=fact.cause.value,
        flags=fact.flags,
        since=fact.since,
        last=fact.last,
        seen=fact.seen,
        battery=fact.battery,
        rssi=fact.rssi,
        detail=fact.detail,
        updated=now,
    )


# ---- sensors ----


def sensors(connection: Connection, edge: str | None = None) -> dict[SensorKey, SensorRecord]:
    """Return every sensor that was ever heard, of one edge when named."""
    query = select(SENSORS).order_by(SENSORS.c.edge, SENSORS.c.sensor)
    if edge is not None:
        query = query.where(SENSORS.c.edge == edge)
    found = [SensorRecord(**row) for row in connection.execute(query).mappings()]
    return {record.key: record for record in found}


def save_sensors(connection: Connection, rows: Iterable[SensorRecord]) -> None:
    """Write what was said of sensors; when one was first heard stays as it was."""
    values = [asdict(row) for row in rows]
    if values:
        statement = upsert(SENSORS)
        kept = {"edge", "sensor", "first_heard"}
        columns = {c.name: statement.excluded[c.name] for c in SENSORS.c if c.name not in kept}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["edge", "sensor"], set_=columns), values
        )


# ---- assignments ----


def assignments(
    connection: Connection, *, edge: str | None = None, sensor: str | None = None, running: bool = False
) -> list[Assignment]:
    """Return assignments, oldest first: of one edge, of one of its sensors, or only those that have not ended."""
    query = select(ASSIGNMENTS).order_by(ASSIGNMENTS.c.paired, ASSIGNMENTS.c.id)
    if edge is not None:
        query = query.where(ASSIGNMENTS.c.edge == edge)
    if sensor is not None:
        query = query.where(ASSIGNMENTS.c.sensor == sensor)
    if running:
        query = query.where(ASSIGNMENTS.c.until.is_(None))
    return [_assignment(row) for row in connection.execute(query).mappings()]


def assign(
    connection: Connection,
    key: SensorKey,
    resident: str,
    *,
    author: str,
    reason: str = "",
    now: int,
) -> Assignment:
    """Give a personal sensor to who lives in its edge's room, from now on, and return the assignment.

    Its earlier assignment ends, and so does any other edge's that has the same Bluetooth address: a thing has one
    owner. Records that the sensor stored before now will be refused.

    Raises:
        StoreError: the resident does not live in the room where the edge stands.
    """
    edge, sensor = key
    if occupants(connection).get(edge) != resident:
        raise StoreError(f"resident {resident!r} does not live in the room of edge {edge!r}")
    _end(connection, [key], now, author, reason or "assigned anew")
    known = sensors(connection, edge).get(key)
    if known is not None and bluetooth_address(known.address):
        same = select(SENSORS.c.edge, SENSORS.c.sensor).where(SENSORS.c.address == known.address)
        others = [(row.edge, row.sensor) for row in connection.execute(same) if row.edge != edge]
        _end(connection, others, now, author, LINKED_ELSEWHERE)
    made = Assignment(edge, sensor, resident, since=now, paired=now, author=author, reason=reason)
    _insert(connection, made)
    return made


def unlink(connection: Connection, key: SensorKey, *, author: str, reason: str = "", now: int) -> None:
    """End a sensor's assignment; what it measures from now on is kept under nobody.

    Raises:
        StoreError: it belongs to nobody.
    """
    if not _end(connection, [key], now, author, reason):
        raise StoreError(f"sensor {key[1]!r} of edge {key[0]!r} belongs to nobody")


def declare(connection: Connection, made: Iterable[Assignment]) -> None:
    """Write the first assignments of sensors; one that was assigned before, by whomever, keeps what it has."""
    for assignment in made:
        if not assignments(connection, edge=assignment.edge, sensor=assignment.sensor):
            _insert(connection, assignment)


def occupants(connection: Connection, *, linked: bool = False) -> dict[str, str | None]:
    """Return every edge that stands in a room now, and who lives there; only those with sensors assigned, if asked."""
    query = select(PLACEMENTS.c.edge, STAYS.c.resident).outerjoin_from(
        PLACEMENTS, STAYS, and_(STAYS.c.room == PLACEMENTS.c.room, STAYS.c.until.is_(None))
    )
    if linked:
        edges = select(ASSIGNMENTS.c.edge).where(ASSIGNMENTS.c.until.is_(None))
        query = query.where(PLACEMENTS.c.edge.in_(edges))
    rows = connection.execute(query.where(PLACEMENTS.c.until.is_(None)))
    return {row.edge: row.resident for row in rows}


def unlink_moved(
    connection: Connection, before: Mapping[str, str | None], now: int, author: str = SYSTEM
) -> list[SensorKey]:
    """End the assignments of every edge that watches somebody else than `before`, and return their sensors.

    A thing that somebody wore does not become somebody else's because a bed did: it waits for a person to say whose
    it is.
    """
    after = occupants(connection)
    moved = {edge for edge, resident in before.items() if after.get(edge) != resident}
    keys = [made.key for made in assignments(connection, running=True) if made.edge in moved]
    _end(connection, keys, now, author, OCCUPANT_CHANGED)
    return keys


def _insert(connection: Connection, made: Assignment) -> None:
    values = asdict(made)
    del values["id"]
    connection.execute(insert(ASSIGNMENTS).values(values))


def _end(connection: Connection, keys: Iterable[SensorKey], now: int, author: str, reason: str) -> int:
    ended = 0
    for edge, sensor in keys:
        ended += connection.execute(
            update(ASSIGNMENTS)
            .where(ASSIGNMENTS.c.edge == edge, ASSIGNMENTS.c.sensor == sensor, ASSIGNMENTS.c.until.is_(None))
            .values(until=now, ended_by=author, ended_reason=reason)
        ).rowcount
    return ended


def _assignment(row: RowMapping) -> Assignment:
    return Assignment(**row)


# ---- refusals ----


def save_refusals(connection: Connection, rows: Iterable[Refusal]) -> None:
    """Add to what was refused."""
    values = [asdict(row) for row in rows]
    if not values:
        return
    statement = upsert(REFUSALS)
    new, old = statement.excluded, REFUSALS.c
    # Two-argument MIN and MAX of SQLite are scalar functions; SQLAlchemy's `func.min` writes them as they are.
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["edge", "sensor", "resident", "metric", "reason"],
            set_={
                "count": old.count + new.count,
                "first": func.min(old.first, new.first),
                "last": func.max(old.last, new.last),
                "received": new.received,
            },
        ),
        values,
    )


def refusals(connection: Connection, key: SensorKey | None = None) -> list[Refusal]:
    """Return what was refused, newest first; of one sensor when named."""
    query = select(REFUSALS).order_by(REFUSALS.c.received.desc())
    if key is not None:
        query = query.where(REFUSALS.c.edge == key[0], REFUSALS.c.sensor == key[1])
    return [Refusal(**row) for row in connection.execute(query).mappings()]
