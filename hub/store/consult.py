"""Who was in a call, how it began, and what interrupted it; `hub.store.records` has the call itself.

As there, whoever writes gives the connection of a transaction, so that callers choose what belongs together.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.store.records import CallRecord
from hub.store.schema import CALLS
from hub.store.schema_consult import CALL_INCIDENTS, CALL_OPENINGS, CALL_PARTICIPANTS

ROOM = ""
"Seat of an incident that concerns everybody: the room's device or the hub itself."


class SeatState(enum.StrEnum):
    """Where somebody in a call stands."""

    INVITED = "invited"
    "Has a seat, and no page."
    ANNOUNCED = "announced"
    "Their page is here and the room knows who they are; it has not admitted them yet."
    JOINED = "joined"
    "The room admitted them, and offers."
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    LEFT = "left"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a call beside the resident. Times are microseconds UTC."""

    seat: str
    username: str
    "Empty for a guest, who has no account."
    name: str
    role: str
    state: SeatState
    since: int
    "When it came into its state."
    seated: int
    "When it was given its seat."
    guest: bool = False
    epoch: int = 1
    "Counts the connections between the room and this seat."
    until: int | None = None
    "When a seat that nobody took is let go."
    admitted: int | None = None
    left: int | None = None
    reason: str = ""
    "Why it left, or was declined."


@dataclass(frozen=True, slots=True)
class Incident:
    """Something interrupted somebody in a call."""

    call: str
    time: int
    seat: str
    "`ROOM` for everybody."
    cause: str
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """How a call began."""

    call: str
    reason: str = ""
    urgent: bool = False
    consent: str = ""
    "The resident's rule then; empty when nobody had signed one."
    request: str | None = None
    alert: str | None = None
    evidence: str = ""
    "What the alert was about, as JSON; empty for none."


def save_participants(connection: Connection, call: str, seats: Iterable[Participant]) -> None:
    """Add seats of a call, or replace their rows."""
    for seat in seats:
        values = asdict(seat) | {"call": call}
        changed = upsert(CALL_PARTICIPANTS).values(values)
        connection.execute(changed.on_conflict_do_update(index_elements=["call", "seat"], set_=values))


def participants(connection: Connection, calls: Sequence[str]) -> dict[str, tuple[Participant, ...]]:
    """Return the seats of calls, in the order in which they were given."""
    query = select(CALL_PARTICIPANTS).where(CALL_PARTICIPANTS.c.call.in_(calls))
    found: defaultdict[str, list[Participant]] = defaultdict(list)
    for row in connection.execute(query.order_by(CALL_PARTICIPANTS.c.seated)).mappings():
        values = dict(row)
        call = values.pop("call")
        found[call].append(Participant(**values | {"state": SeatState(values["state"])}))
    return {call: tuple(sorted(seats, key=number)) for call, seats in found.items()}


def number(seat: Participant) -> int:
    """Return the number of a seat: `p12` comes after `p2`."""
    return int(seat.seat[1:])


def open_incident(connection: Connection, incident: Incident) -> None:
    """Write down that something interrupted somebody."""
    connection.execute(insert(CALL_INCIDENTS).values(asdict(incident)))


def close_incidents(
    connection: Connection, call: str, seat: str, now: int, causes: Sequence[str] = ()
) -> None:
    """Write down that what interrupted a seat is over; without causes, whatever it was."""
    table = CALL_INCIDENTS.c
    still = update(CALL_INCIDENTS).where(table.call == call, table.seat == seat, table.ended.is_(None))
    if causes:
        still = still.where(table.cause.in_(causes))
    connection.execute(still.values(ended=now))


def incidents(connection: Connection, call: str) -> list[Incident]:
    """Return what happened in a call, oldest first."""
    query = select(CALL_INCIDENTS).where(CALL_INCIDENTS.c.call == call).order_by(CALL_INCIDENTS.c.id)
    return [Incident(row.call, row.time, row.seat, row.cause, row.ended) for row in connection.execute(query)]


def save_opening(connection: Connection, opening: Opening) -> None:
    """Write down how a call began; it never changes."""
    connection.execute(insert(CALL_OPENINGS).values(asdict(opening)))


def opening(connection: Connection, call: str) -> Opening:
    """Return how a call began; one from before this was written down has nothing to say."""
    row = connection.execute(select(CALL_OPENINGS).where(CALL_OPENINGS.c.call == call)).one_or_none()
    return Opening(call) if row is None else Opening(*row)


def call(connection: Connection, key: str) -> CallRecord | None:
    """Return one call."""
    row = connection.execute(select(CALLS).where(CALLS.c.id == key)).one_or_none()
    return None if row is None else CallRecord(*row)


def calls_of(connection: Connection, resident: str, limit: int) -> list[CallRecord]:
    """Return the newest calls of a resident, newest first."""
    query = select(CALLS).where(CALLS.c.resident == resident)
    ordered = query.order_by(CALLS.c.requested.desc(), CALLS.c.id.desc()).limit(limit)
    return [CallRecord(*row) for row in connection.execute(ordered)]
