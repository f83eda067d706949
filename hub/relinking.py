"""Sensors that wait after a room's occupant changed: a nurse says whose they are, and may take it back at once.

Narrower than `hub.linking`: only what waits can be given, only to who lives there *now*, all of it or none, and only the
author can undo, for a short time. Nothing here takes a sensor from anybody, and no device lets go of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from hub.linking import Act, LinkingError
from hub.store import records, sensors
from hub.store.records import AuditEntry
from hub.store.sensors import Assignment, SensorKey, bluetooth_address

UNDO_WITHIN = 60.0
"Seconds. The ward offers it for 10; the rest is for a slow network and a second attempt."


def give_waiting(
    clock: Clock, edge: str, names: Sequence[str], resident: str, act: Act
) -> Callable[[Connection], None]:
    """Return the work that gives waiting sensors of an edge to who lives in its room: all, or none.

    Asked again by the same person after an answer was lost, it changes nothing.

    The work raises:
        LinkingError: `unknown_edge`, `unknown_sensor`, `not_the_occupant`, `already_assigned`, `sensor_elsewhere`.
    """

    def work(connection: Connection) -> None:
        now = clock.utc()
        _must_stand(connection, edge)
        if sensors.occupants(connection).get(edge) != resident:
            raise LinkingError("not_the_occupant", f"resident {resident[:64]!r} does not live in that room")
        for name in [name for name in dict.fromkeys(names) if _waits(connection, edge, name, resident, act)]:
            sensors.assign(connection, (edge, name), resident, author=act.author, reason=act.reason, now=now)
            _audit(connection, "assign sensor", (edge, name), resident, act, now)

    return work


def undo(
    clock: Clock, edge: str, names: Sequence[str], resident: str, act: Act
) -> Callable[[Connection], None]:
    """Return the work that ends what the same person gave less than `UNDO_WITHIN` ago; the sensors wait again.

    What was measured in between stays as it was written. Asked again, it changes nothing.

    The work raises:
        LinkingError: `unknown_edge`, `not_yours`, `too_late`.
    """

    def work(connection: Connection) -> None:
        now = clock.utc()
        _must_stand(connection, edge)
        running = [
            name for name in dict.fromkeys(names) if _may_undo(connection, edge, name, resident, act, now)
        ]
        for name in running:
            sensors.unlink(connection, (edge, name), author=act.author, reason=act.reason, now=now)
            _audit(connection, "undo assignment", (edge, name), resident, act, now)

    return work


def _must_stand(connection: Connection, edge: str) -> None:
    known = records.edges(connection).get(edge)
    if known is None or known.revoked is not None:
        raise LinkingError("unknown_edge", f"edge {edge[:64]!r} is unknown", resource=edge[:64])


def _waits(connection: Connection, edge: str, name: str, resident: str, act: Act) -> bool:
    """Return whether a sensor is to be given; not when this person has given it to this resident already."""
    known = sensors.sensors(connection, edge).get((edge, name))
    ever = sensors.assignments(connection, edge=edge, sensor=name)
    if known is None or not known.listed or not known.personal or not ever:
        raise LinkingError("unknown_sensor", f"no sensor {name[:64]!r} of edge {edge!r} waits")
    if ever[-1].until is None:
        if (ever[-1].resident, ever[-1].author) == (resident, act.author):
            return False
        raise LinkingError(
            "already_assigned", f"sensor {name!r} is somebody's since", sensor=name, author=ever[-1].author
        )
    address = bluetooth_address(known.address)
    for made in sensors.assignments(connection, running=True) if address else ():
        other = sensors.sensors(connection, made.edge).get(made.key)
        if made.edge != edge and other is not None and other.address == address:
            raise LinkingError("sensor_elsewhere", f"{address} belongs to another room", sensor=name)
    return True


def _may_undo(connection: Connection, edge: str, name: str, resident: str, act: Act, now: int) -> bool:
    """Return whether there is something to undo; not when this person has undone it already."""
    made = _newest(connection, edge, name)
    if made is None or (made.resident, made.author) != (resident, act.author):
        raise LinkingError("not_yours", f"sensor {name[:64]!r} was not given by {act.author!r}", sensor=name)
    if made.until is not None:
        if made.ended_by == act.author:
            return False
        raise LinkingError("not_yours", f"sensor {name!r} was unlinked by somebody else", sensor=name)
    if now - made.since > UNDO_WITHIN * SECOND:
        raise LinkingError(
            "too_late", f"sensor {name!r} was given more than {UNDO_WITHIN:g} s ago", sensor=name
        )
    return True


def _newest(connection: Connection, edge: str, name: str) -> Assignment | None:
    made = sensors.assignments(connection, edge=edge, sensor=name)
    return made[-1] if made else None


def _audit(connection: Connection, action: str, key: SensorKey, resident: str, act: Act, now: int) -> None:
    detail = f"resident {resident}, {act.reason}"
    records.audit(connection, AuditEntry(now, act.author, action, "/".join(key), detail))
