"""What the hub knows of its home: rooms, residents, edges, who was where when, limits, calls, and who did what.

Every method that writes takes the connection of a `Database.write` transaction, so that callers choose what belongs
together; every method that reads takes any connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, or_, select, update

from devices.limits import Limit, Priority
from hub.alerting.prescriptions import Status
from hub.store import sensors
from hub.store.errors import StoreError
from hub.store.schema import AUDIT, CALLS, EDGES, HOME, LIMITS, PLACEMENTS, RESIDENTS, ROOMS, STAYS

_SIGNED = Status.IN_FORCE.value


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the home."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Resident:
    """A person who lives in the home."""

    id: str
    family_name: str
    given_name: str
    birth_year: int
    created: int


@dataclass(frozen=True, slots=True)
class EdgeRecord:
    """A room's device."""

    id: str
    key_version: int
    "Part of what its secret is derived from; a new version revokes the old secret."
    enrolled: int
    revoked: int | None = None
    last_seen: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A resident lives in a room in [since, until)."""

    resident: str
    room: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """An edge stands in a room in [since, until)."""

    edge: str
    room: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Prescription:
    """A limit, who prescribed it for whom and why."""

    limit: Limit
    resident: str
    author: str
    reason: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call from a physician to a room."""

    id: str
    epoch: int
    resident: str
    edge: str
    caller: str
    state: str
    reason: str
    requested: int
    answered: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Somebody did something to something."""

    time: int
    actor: str
    action: str
    object: str
    detail: str = ""


# ---- home, rooms, residents, edges ----


def home_name(connection: Connection) -> str | None:
    """Return the home's name, `None` before `veilleuse hub init`."""
    return connection.execute(select(HOME.c.name)).scalar_one_or_none()


def save_home(connection: Connection, name: str) -> None:
    """Name the home, or rename it."""
    if home_name(connection) is None:
        connection.execute(insert(HOME).values(id=1, name=name))
    else:
        connection.execute(update(HOME).values(name=name))


def rooms(connection: Connection) -> dict[str, Room]:
    """Return every room by its id."""
    rows = connection.execute(select(ROOMS).order_by(ROOMS.c.id))
    return {row.id: Room(row.id, row.name) for row in rows}


def add_room(connection: Connection, room: Room) -> None:
    """Add a room.

    Raises:
        StoreError: the id is taken.
    """
    _refuse_known(connection, ROOMS, "room", room.id)
    connection.execute(insert(ROOMS).values(asdict(room)))


def residents(connection: Connection) -> dict[str, Resident]:
    """Return every resident by their id."""
    rows = connection.execute(select(RESIDENTS).order_by(RESIDENTS.c.id))
    return {row.id: Resident(*row) for row in rows}


def add_resident(connection: Connection, resident: Resident) -> None:
    """Add a resident.

    Raises:
        StoreError: the id is taken.
    """
    _refuse_known(connection, RESIDENTS, "resident", resident.id)
    connection.execute(insert(RESIDENTS).values(asdict(resident)))


def edges(connection: Connection) -> dict[str, EdgeRecord]:
    """Return every edge by its id, revoked ones included."""
    rows = connection.execute(select(EDGES).order_by(EDGES.c.id))
    return {row.id: EdgeRecord(*row) for row in rows}


def save_edge(connection: Connection, edge: EdgeRecord) -> None:
    """Add an edge, or replace its row; `last_seen` of a known edge stays."""
    values = asdict(edge)
    del values["last_seen"]
    changed = connection.execute(update(EDGES).where(EDGES.c.id == edge.id).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(EDGES).values(asdict(edge)))


def _refuse_known(connection: Connection, table: Table, what: str, key: str) -> None:
    if connection.execute(select(table.c.id).where(table.c.id == key)).first():
        raise StoreError(f"{what} {key!r} exists already")


def _refuse_unknown(connection: Connection, table: Table, what: str, key: str) -> None:
    if not connection.execute(select(table.c.id).where(table.c.id == key)).first():
        raise StoreError(f"{what} {key!r} is unknown")


# ---- who was where when ----


def stays(connection: Connection) -> list[Stay]:
    """Return every stay, oldest first."""
    rows = connection.execute(select(STAYS).order_by(STAYS.c.since, STAYS.c.id))
    return [Stay(row.resident, row.room, row.since, row.until) for row in rows]


def placements(connection: Connection) -> list[Placement]:
    """Return every placement, oldest first."""
    rows = connection.execute(select(PLACEMENTS).order_by(PLACEMENTS.c.since, PLACEMENTS.c.id))
    return [Placement(row.edge, row.room, row.since, row.until) for row in rows]


def move_resident(
    connection: Connection, resident: str, room: str | None, now: int, author: str = sensors.SYSTEM
) -> None:
    """Let a resident live in `room` from `now` on; `None` when they left the home.

    The personal sensors of every room whose occupant changes by it are unlinked.

    Raises:
        StoreError: unknown, or somebody else lives in the room: values could not be told apart.
    """
    _refuse_unknown(connection, RESIDENTS, "resident", resident)
    before = sensors.occupants(connection, linked=True)
    connection.execute(
        update(STAYS).where(STAYS.c.resident == resident, STAYS.c.until.is_(None)).values(until=now)
    )
    if room is not None:
        _refuse_unknown(connection, ROOMS, "room", room)
        taken = connection.execute(
            select(STAYS.c.resident).where(STAYS.c.room == room, STAYS.c.until.is_(None))
        ).scalar()
        if taken is not None:
            raise StoreError(f"room {room!r} is the room of resident {taken!r}")
        connection.execute(insert(STAYS).values(asdict(Stay(resident, room, now))))
    sensors.unlink_moved(connection, before, now, author)


def place_edge(
    connection: Connection, edge: str, room: str | None, now: int, author: str = sensors.SYSTEM
) -> None:
    """Put an edge into `room` from `now` on; `None` when it stands nowhere.

    Its personal sensors are unlinked when somebody else lives there.

    Raises:
        StoreError: edge or room is unknown.
    """
    _refuse_unknown(connection, EDGES, "edge", edge)
    before = sensors.occupants(connection, linked=True)
    connection.execute(
        update(PLACEMENTS).where(PLACEMENTS.c.edge == edge, PLACEMENTS.c.until.is_(None)).values(until=now)
    )
    if room is not None:
        _refuse_unknown(connection, ROOMS, "room", room)
        connection.execute(insert(PLACEMENTS).values(asdict(Placement(edge, room, now))))
    sensors.unlink_moved(connection, before, now, author)


# ---- limits ----


def prescriptions(connection: Connection, at: int | None = None) -> list[Prescription]:
    """Return the limits in force at a time, or all that ever were, oldest first.

    What was proposed and never signed is not among them: see `hub.store.prescribing`.
    """
    query = select(LIMITS).where(LIMITS.c.since.is_not(None)).order_by(LIMITS.c.since, LIMITS.c.id)
    if at is not None:
        query = query.where(LIMITS.c.since <= at, or_(LIMITS.c.until.is_(None), LIMITS.c.until > at))
    return [
        Prescription(
            limit_of(row), row.resident, row.author or row.proposed_by, row.reason, row.since, row.until
        )
        for row in connection.execute(query)
    ]


def prescribe(connection: Connection, prescription: Prescription) -> None:
    """Put a limit in force that was signed elsewhere, as by who furnishes a home.

    Raises:
        StoreError: the resident is unknown or the limit's id is taken: a limit never changes, it is replaced.
    """
    _refuse_unknown(connection, RESIDENTS, "resident", prescription.resident)
    _refuse_known(connection, LIMITS, "limit", prescription.limit.id)
    values = asdict(prescription.limit) | asdict(prescription)
    del values["limit"]
    values |= {"priority": prescription.limit.priority.value, "status": _SIGNED, "ends": prescription.until}
    values |= {
        "proposed_by": prescription.author,
        "proposed": prescription.since,
        "signed": prescription.since,
    }
    connection.execute(insert(LIMITS).values(values))


def limit_of(row: Row[Any]) -> Limit:
    """Return the limit of a row of the table."""
    return Limit(
        row.id,
        row.metric,
        Priority(row.priority),
        row.low,
        row.high,
        row.delay,
        row.hysteresis,
        row.gap,
        row.area,
    )


def limits_by_resident(found: list[Prescription]) -> Mapping[str, tuple[Limit, ...]]:
    """Group limits by resident, as the alert engine takes them."""
    grouped: dict[str, tuple[Limit, ...]] = {}
    for prescription in found:
        grouped[prescription.resident] = (*grouped.get(prescription.resident, ()), prescription.limit)
    return grouped


# ---- calls and audit ----


def save_call(connection: Connection, call: CallRecord) -> None:
    """Add a call, or replace its row."""
    changed = connection.execute(update(CALLS).where(CALLS.c.id == call.id).values(asdict(call)))
    if changed.rowcount == 0:
        connection.execute(insert(CALLS).values(asdict(call)))


def calls(connection: Connection, *, running: bool = False) -> list[CallRecord]:
    """Return the calls, newest first, or those that have not ended."""
    query = select(CALLS).order_by(CALLS.c.requested.desc())
    if running:
        query = query.where(CALLS.c.ended.is_(None))
    return [CallRecord(*row) for row in connection.execute(query)]


def audit(connection: Connection, entry: AuditEntry) -> None:
    """Write down who did what."""
    connection.execute(insert(AUDIT).values(asdict(entry)))


def audit_of(connection: Connection, target: str, limit: int) -> list[AuditEntry]:
    """Return who did what to something, or to a part of it (`target/part`), newest first."""
    parts = AUDIT.c.object.between(f"{target}/", f"{target}/\U0010ffff")
    query = select(AUDIT).where(or_(AUDIT.c.object == target, parts))
    ordered = query.order_by(AUDIT.c.time.desc(), AUDIT.c.id.desc()).limit(limit)
    return [
        AuditEntry(row.time, row.actor, row.action, row.object, row.detail)
        for row in connection.execute(ordered)
    ]


def audit_log(connection: Connection, since: int = 0, limit: int = 1000) -> list[AuditEntry]:
    """Return who did what, oldest first."""
    query = select(AUDIT).where(AUDIT.c.time >= since).order_by(AUDIT.c.time, AUDIT.c.id).limit(limit)
    return [
        AuditEntry(row.time, row.actor, row.action, row.object, row.detail)
        for row in connection.execute(query)
    ]
