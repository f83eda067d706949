"""Which expert was told that a question waits for them, by which way, and what stood in between."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from hub.store.schema_telling import EXPERT_TELLINGS


class Occasion(enum.StrEnum):
    """Why an expert is told."""

    ASKED = "asked"
    "A question was put to them, or to a group of theirs."
    INFORMED = "informed"
    "What they asked back was given."
    REMINDER = "reminder"
    "Half of the time is over, and nobody has taken it."


class Stand(enum.StrEnum):
    """How far it has come."""

    SENT = "sent"
    "The channel took it."
    TRYING = "trying"
    "Not yet; it is tried again."
    FAILED = "failed"
    "It did not go, and is not tried again this way."
    NOWHERE = "nowhere"
    "There is no way to them; the reason is a `hub.expert_notices.Missing`."


@dataclass(frozen=True, slots=True)
class Telling:
    """One expert, one occasion, one way."""

    id: str
    act: str
    step: int
    "Number of the step that gave rise to it."
    occasion: Occasion
    expert: str
    "Their account, or as a question calls somebody without one."
    channel: str
    "Empty where there is no way."
    state: Stand
    reason: str
    "Why it did not go; English."
    tries: int
    time: int
    "Of the last try, hub time, microseconds UTC."
    again: int | None = None
    "When it is tried again."


def of_acts(connection: Connection, keys: Sequence[str]) -> list[Telling]:
    """Return what was told of questions, in the order in which it was."""
    table = EXPERT_TELLINGS
    query = select(table).where(table.c.act.in_(keys)).order_by(table.c.time, table.c.id)
    return [
        Telling(**dict(row) | {"occasion": Occasion(row["occasion"]), "state": Stand(row["state"])})
        for row in connection.execute(query).mappings()
    ]


def save(connection: Connection, telling: Telling) -> None:
    """Write down a telling, or what became of it since."""
    values = asdict(telling) | {"occasion": telling.occasion.value, "state": telling.state.value}
    known = EXPERT_TELLINGS.c.id == telling.id
    if connection.execute(update(EXPERT_TELLINGS).where(known).values(values)).rowcount == 0:
        connection.execute(insert(EXPERT_TELLINGS).values(values))
