"""What the writer commits with each batch beside the observations: cursors, alerts, rule states, losses.

All of it is written so that writing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from devices.limits import LimitState, Priority
from devices.wire.messages import Loss
from hub.alerting.model import (
    TEST_EDGE,
    Alert,
    Changes,
    Code,
    Condition,
    Event,
    Kind,
    Response,
    StateKey,
    Suppression,
    Suppressor,
    Transition,
)
from hub.store.schema import (
    ALERTS,
    CURSORS,
    EVENTS,
    LOSSES,
    QUARANTINE,
    RULE_MEMORIES,
    RULE_STATES,
    SUPPRESSORS,
    TRANSITIONS,
)

CursorKey = tuple[str, str, str]
"(edge, spool, lane)."
EventKey = tuple[str, str, str]
"(edge, sensor, identity)."

_CURSOR = (
    "INSERT INTO cursors(edge, spool, lane, seq, time) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT(edge, spool, lane) DO UPDATE SET seq = excluded.seq, time = excluded.time"
)
_STATE = (
    "INSERT INTO rule_states(subject, limit_id, crossed, last, active, area) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(subject, limit_id) DO UPDATE SET crossed = excluded.crossed, last = excluded.last, "
    "active = excluded.active, area = excluded.area"
)
_MEMORY = (
    "INSERT INTO rule_memories(subject, rule_id, body) VALUES (?, ?, ?) "
    "ON CONFLICT(subject, rule_id) DO UPDATE SET body = excluded.body"
)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An authentic envelope that the hub does not understand, as it came."""

    edge: str
    spool: str
    lane: str
    seq: int
    received: int
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened once."""

    edge: str
    sensor: str
    identity: str
    resident: str
    "Empty for nobody."
    kind: str
    time: int
    value: float | None
    detail: str
    received: int
    late: bool


def cursors(connection: Connection) -> dict[CursorKey, int]:
    """Return the last sequence number on disk of every lane."""
    return {(row.edge, row.spool, row.lane): row.seq for row in connection.execute(select(CURSORS))}


def save_cursors(connection: Connection, moved: Mapping[CursorKey, int], now: int) -> None:
    """Move cursors."""
    if moved:
        connection.exec_driver_sql(_CURSOR, [(*key, seq, now) for key, seq in moved.items()])


def save_seen(connection: Connection, edges: Iterable[str], now: int) -> None:
    """Write down when edges were last heard."""
    rows = [(now, edge) for edge in edges]
    if rows:
        connection.exec_driver_sql("UPDATE edges SET last_seen = ? WHERE id = ?", rows)


def save_losses(connection: Connection, rows: Iterable[tuple[str, str, Loss]], now: int) -> None:
    """Write down (edge, resident, loss)."""
    values = [
        {
            "edge": edge,
            "resident": resident,
            "metric": loss.metric,
            "count": loss.count,
            "since": loss.since,
            "until": loss.until,
            "reason": loss.reason,
            "received": now,
        }
        for edge, resident, loss in rows
    ]
    if values:
        connection.execute(insert(LOSSES), values)


def save_events(connection: Connection, rows: Iterable[EventRecord]) -> None:
    """Write down what happened; what is there already stays as it is."""
    values = [asdict(row) for row in rows]
    if values:
        connection.execute(upsert(EVENTS).on_conflict_do_nothing(), values)


def known_events(connection: Connection, keys: Iterable[EventKey]) -> set[EventKey]:
    """Return those of some events that are written down."""
    found = set()
    for edge, sensor, identity in keys:
        query = select(EVENTS.c.kind).where(
            EVENTS.c.edge == edge, EVENTS.c.sensor == sensor, EVENTS.c.identity == identity
        )
        if connection.execute(query).first():
            found.add((edge, sensor, identity))
    return found


def events(
    connection: Connection, *, resident: str | None = None, since: int = 0, limit: int = 1000
) -> list[EventRecord]:
    """Return what happened since a time, newest first; to one resident when named. Test alarms are not there."""
    query = select(EVENTS).where(EVENTS.c.time >= since, EVENTS.c.edge != TEST_EDGE)
    if resident is not None:
        query = query.where(EVENTS.c.resident == resident)
    ordered = query.order_by(EVENTS.c.time.desc(), EVENTS.c.identity).limit(limit)
    return [EventRecord(**row) for row in connection.execute(ordered).mappings()]


def save_quarantined(connection: Connection, rows: Iterable[Quarantined]) -> None:
    """Keep envelopes that are not understood."""
    values = [asdict(row) for row in rows]
    if values:
        connection.execute(insert(QUARANTINE), values)


def quarantined(connection: Connection, limit: int = 100) -> list[Quarantined]:
    """Return what was kept without being understood, newest first."""
    rows = connection.execute(select(QUARANTINE).order_by(QUARANTINE.c.id.desc()).limit(limit))
    return [
        Quarantined(row.edge, row.spool, row.lane, row.seq, row.received, row.reason, row.body)
        for row in rows
    ]


def save_changes(connection: Connection, changes: Changes) -> None:
    """Write alerts, their transitions, people's orders and the rules' states.

    A transition that is already there stays as it is: an alert that was told cannot be told again by a replay.
    """
    if changes.alerts:
        statement = upsert(ALERTS)
        columns = {column.name: statement.excluded[column.name] for column in ALERTS.c if column.name != "id"}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=columns),
            [_alert_values(alert) for alert in changes.alerts.values()],
        )
    if changes.transitions:
        connection.execute(
            upsert(TRANSITIONS).on_conflict_do_nothing(),
            [asdict(step) | {"event": step.event.value} for step in changes.transitions],
        )
    if changes.suppressors:
        order = upsert(SUPPRESSORS)
        ends = {name: order.excluded[name] for name in ("ended", "ended_by", "ended_reason")}
        connection.execute(
            order.on_conflict_do_update(index_elements=["id"], set_=ends),
            [asdict(each) | {"kind": each.kind.value} for each in changes.suppressors.values()],
        )
    if changes.states:
        connection.exec_driver_sql(
            _STATE,
            [
                (*key, state.crossed, state.last, state.active, state.area)
                for key, state in changes.states.items()
            ],
        )
    if changes.memories:
        connection.exec_driver_sql(_MEMORY, [(*key, body) for key, body in changes.memories.items()])


def suppressors(connection: Connection) -> list[Suppressor]:
    """Return the orders that have not ended, the first to end first."""
    query = select(SUPPRESSORS).where(SUPPRESSORS.c.ended.is_(None))
    rows = connection.execute(query.order_by(SUPPRESSORS.c.until, SUPPRESSORS.c.id)).mappings()
    return [_suppressor(row) for row in rows]


def suppressors_since(connection: Connection, since: int) -> list[Suppressor]:
    """Return every order that began at or after a time, also those that have ended; oldest first."""
    query = select(SUPPRESSORS).where(SUPPRESSORS.c.since >= since)
    rows = connection.execute(query.order_by(SUPPRESSORS.c.since, SUPPRESSORS.c.id)).mappings()
    return [_suppressor(row) for row in rows]


def suppressor(connection: Connection, key: str) -> Suppressor | None:
    """Return one order, also one that has ended."""
    row = connection.execute(select(SUPPRESSORS).where(SUPPRESSORS.c.id == key)).mappings().one_or_none()
    return None if row is None else _suppressor(row)


def rule_states(connection: Connection) -> dict[StateKey, LimitState]:
    """Return where every rule stands."""
    return {
        (row.subject, row.limit_id): LimitState(row.crossed, row.last, active=row.active, area=row.area)
        for row in connection.execute(select(RULE_STATES))
    }


def rule_memories(connection: Connection) -> dict[StateKey, str]:
    """Return what rules other than limits keep of the recent past, by (resident, rule)."""
    return {(row.subject, row.rule_id): row.body for row in connection.execute(select(RULE_MEMORIES))}


def open_alerts(connection: Connection) -> list[tuple[Alert, int]]:
    """Return every alert that still belongs on a screen, with the number of its last transition."""
    query = select(ALERTS).where(
        or_(
            ALERTS.c.condition == Condition.ACTIVE.value,
            ALERTS.c.latched,
            ALERTS.c.response == Response.TAKEN.value,
        )
    )
    ordered = query.order_by(ALERTS.c.raised, ALERTS.c.id)
    found = [_alert(row) for row in connection.execute(ordered).mappings()]
    numbered = select(TRANSITIONS.c.alert, func.max(TRANSITIONS.c.number)).group_by(TRANSITIONS.c.alert)
    numbers: dict[str, int] = {row[0]: row[1] for row in connection.execute(numbered)} if found else {}
    return [(alert, numbers.get(alert.id, 0)) for alert in found]


def alert(connection: Connection, key: str) -> Alert | None:
    """Return one alert."""
    row = connection.execute(select(ALERTS).where(ALERTS.c.id == key)).mappings().one_or_none()
    return None if row is None else _alert(row)


def alerts(
    connection: Connection,
    *,
    resident: str | None = None,
    since: int = 0,
    until: int | None = None,
    limit: int = 1000,
) -> list[Alert]:
    """Return alerts raised in [since, until), newest first; of one resident when named. Test alarms are none."""
    query = select(ALERTS).where(ALERTS.c.raised >= since, ALERTS.c.edge != TEST_EDGE)
    if resident is not None:
        query = query.where(ALERTS.c.resident == resident)
    if until is not None:
        query = query.where(ALERTS.c.raised < until)
    ordered = query.order_by(ALERTS.c.raised.desc(), ALERTS.c.id).limit(limit)
    return [_alert(row) for row in connection.execute(ordered).mappings()]


def transitions(connection: Connection, keys: Iterable[str]) -> dict[str, list[Transition]]:
    """Return the history of alerts by their ids, first step first."""
    wanted = list(keys)
    found: dict[str, list[Transition]] = {key: [] for key in wanted}
    # SQLite takes at most 32 766 parameters; 500 keep the statement's text short.
    for start in range(0, len(wanted), 500):
        query = (
            select(TRANSITIONS)
            .where(TRANSITIONS.c.alert.in_(wanted[start : start + 500]))
            .order_by(TRANSITIONS.c.alert, TRANSITIONS.c.number)
        )
        for row in connection.execute(query):
            step = Transition(row.alert, row.number, row.time, Event(row.event), row.author, row.reason)
            found[row.alert].append(step)
    return found


def _alert_values(alert: Alert) -> dict[str, Any]:
    return asdict(alert) | {
        "code": alert.code.value,
        "priority": alert.priority.value,
        "condition": alert.condition.value,
        "response": alert.response.value,
        "suppression": alert.suppression.value,
    }


def _suppressor(row: RowMapping) -> Suppressor:
    values: dict[str, Any] = dict(row)
    values["kind"] = Kind(row["kind"])
    return Suppressor(**values)


def _alert(row: RowMapping) -> Alert:
    values: dict[str, Any] = dict(row)
    values["code"] = Code(row["code"])
    values["priority"] = Priority(row["priority"])
    values["condition"] = Condition(row["condition"])
    values["response"] = Response(row["response"])
    values["suppression"] = Suppression(row["suppression"])
    return Alert(**values)
