"""What counting acts reads: those to which something happened in a stretch of time, with all their steps."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import msgspec
from sqlalchemy import Connection, Select, select

from hub.acts.activity import Story
from hub.acts.model import Act, Kind, Step
from hub.store.schema_acts import ACT_STEPS, ACTS

_decoder = msgspec.json.Decoder(dict[str, object])
_HEAD: Final = (
    ACTS.c.id,
    ACTS.c.kind,
    ACTS.c.resident,
    ACTS.c.state,
    ACTS.c.opened,
    ACTS.c.author,
    ACTS.c.reason,
    ACTS.c.closed,
    ACTS.c.version,
)
"Frozen evidence and context are large, and nobody counts them."


def stories(connection: Connection, since: int, until: int) -> list[Story]:
    """Return the acts to which something happened in [since, until), oldest first, each with everything that happened to it."""
    happened = select(ACT_STEPS.c.act).where(ACT_STEPS.c.time >= since, ACT_STEPS.c.time < until)
    steps = _steps(connection, happened)
    query = select(*_HEAD).where(ACTS.c.id.in_(happened)).order_by(ACTS.c.opened, ACTS.c.id)
    found = []
    for row in connection.execute(query).mappings():
        act = Act(**dict(row) | {"kind": Kind(row["kind"])})
        found.append(Story(act, tuple(steps[act.id])))
    return found


def _steps(connection: Connection, acts: Select[tuple[str]]) -> dict[str, list[Step]]:
    query = select(ACT_STEPS).where(ACT_STEPS.c.act.in_(acts)).order_by(ACT_STEPS.c.act, ACT_STEPS.c.number)
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["act"]].append(Step(**dict(row) | {"fields": _decoder.decode(row["fields"])}))
    return found
