"""What people asked for once: a request that is sent again under the same key is not carried out again.

A row is written in the same transaction as what it did, so that a hub that ends in between has done both or neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from devices.clock import SECOND
from hub.store.schema import DEEDS

KEPT = 7 * 86_400 * SECOND
"Microseconds for which keys are kept: much longer than any tablet keeps a gesture that it could not send."


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that one person asked for under one key, and that was done."""

    author: str
    key: str
    action: str
    target: str
    time: int
    result: str = ""
    "Id of what came of it, where that is not the target itself."


def find(connection: Connection, author: str, key: str) -> Deed | None:
    """Return what a person did under a key."""
    query = select(DEEDS).where(DEEDS.c.author == author, DEEDS.c.key == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Deed(**row)


def save(connection: Connection, done: Iterable[Deed], now: int) -> None:
    """Write down what was done, and forget what is older than `KEPT`."""
    rows = [asdict(deed) for deed in done]
    if not rows:
        return
    connection.execute(upsert(DEEDS).on_conflict_do_nothing(), rows)
    connection.execute(delete(DEEDS).where(DEEDS.c.time < now - KEPT))
