"""Acts and their numbered steps: an act and its newest step are written together, or neither is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from hub.acts.model import Act, Kind, Step
from hub.store.errors import StoreError
from hub.store.schema_acts import ACT_STEPS, ACTS

_decoder = msgspec.json.Decoder(dict[str, object])


class ActWriteError(StoreError):
    """An act is not written as it was: somebody wrote it meanwhile."""


def add(connection: Connection, act: Act, step: Step) -> None:
    """Write a new act with its first step."""
    connection.execute(insert(ACTS).values(_values(act)))
    connection.execute(insert(ACT_STEPS).values(_step_values(step)))


def save(connection: Connection, act: Act, step: Step) -> None:
    """Write what became of an act, with the step that did it.

    Raises:
        ActWriteError: the store holds another step before this one.
    """
    before = update(ACTS).where(ACTS.c.id == act.id, ACTS.c.version == step.number - 1)
    if connection.execute(before.values(_values(act))).rowcount != 1:
        raise ActWriteError(f"act {act.id!r} has not {step.number - 1} steps")
    connection.execute(insert(ACT_STEPS).values(_step_values(step)))


def find(connection: Connection, key: str) -> Act | None:
    """Return an act."""
    row = connection.execute(select(ACTS).where(ACTS.c.id == key)).mappings().one_or_none()
    return None if row is None else _act(row)


def steps(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Step, ...]]:
    """Return everything that happened to acts, oldest first."""
    query = select(ACT_STEPS).where(ACT_STEPS.c.act.in_(keys)).order_by(ACT_STEPS.c.act, ACT_STEPS.c.number)
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["act"]].append(Step(**dict(row) | {"fields": _decoder.decode(row["fields"])}))
    return {key: tuple(found[key]) for key in keys}


def of_resident(connection: Connection, resident: str, limit: int = 200) -> list[Act]:
    """Return the newest acts of a resident, newest first."""
    query = select(ACTS).where(ACTS.c.resident == resident)
    ordered = query.order_by(ACTS.c.opened.desc(), ACTS.c.id).limit(limit)
    return [_act(row) for row in connection.execute(ordered).mappings()]


def touched(connection: Connection, resident: str, since: int, until: int) -> list[Act]:
    """Return the acts of a resident to which something happened in [since, until), oldest first."""
    happened = select(ACT_STEPS.c.act).where(ACT_STEPS.c.time >= since, ACT_STEPS.c.time < until)
    query = select(ACTS).where(ACTS.c.resident == resident, ACTS.c.id.in_(happened))
    rows = connection.execute(query.order_by(ACTS.c.opened, ACTS.c.id)).mappings()
    return [_act(row) for row in rows]


def opened_from(connection: Connection, key: str) -> list[Act]:
    """Return the acts that were opened from one, oldest first."""
    query = select(ACTS).where(ACTS.c.from_act == key).order_by(ACTS.c.opened, ACTS.c.id)
    return [_act(row) for row in connection.execute(query).mappings()]


def in_states(connection: Connection, kind: Kind, states: Iterable[str]) -> list[Act]:
    """Return the acts of a kind that stand in one of some states, the oldest first."""
    query = select(ACTS).where(ACTS.c.kind == kind.value, ACTS.c.state.in_(sorted(states)))
    return [_act(row) for row in connection.execute(query.order_by(ACTS.c.opened, ACTS.c.id)).mappings()]


def done_by(connection: Connection, kind: Kind, event: str, author: str, since: int) -> list[Act]:
    """Return the acts of a kind to which somebody did something since a time, the oldest first."""
    done = select(ACT_STEPS.c.act).where(
        ACT_STEPS.c.author == author, ACT_STEPS.c.event == event, ACT_STEPS.c.time >= since
    )
    query = select(ACTS).where(ACTS.c.kind == kind.value, ACTS.c.id.in_(done))
    return [_act(row) for row in connection.execute(query.order_by(ACTS.c.opened, ACTS.c.id)).mappings()]


def overdue(connection: Connection, now: int, limit: int = 100) -> list[Act]:
    """Return acts to which time does something by now, the longest overdue first."""
    query = select(ACTS).where(ACTS.c.due <= now).order_by(ACTS.c.due, ACTS.c.id).limit(limit)
    return [_act(row) for row in connection.execute(query).mappings()]


def _values(act: Act) -> dict[str, object]:
    values = asdict(act)
    return values | {"kind": act.kind.value, "fields": msgspec.json.encode(act.fields).decode()}


def _step_values(step: Step) -> dict[str, object]:
    return asdict(step) | {"event": str(step.event), "fields": msgspec.json.encode(step.fields).decode()}


def _act(row: RowMapping) -> Act:
    return Act(**dict(row) | {"kind": Kind(row["kind"]), "fields": _decoder.decode(row["fields"])})
