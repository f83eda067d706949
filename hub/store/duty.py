"""Exchanges of turns that were entered on a page; kept for ever, also when undone."""

from __future__ import annotations

import datetime
import json

from sqlalchemy import Connection, Row, insert, select, update

from hub.alerting.escalation.rota import Exchange
from hub.alerting.escalation.swaps import Recorded, Swap
from hub.store.schema_telling import DUTY_EXCHANGES


def exchanges(connection: Connection) -> list[Recorded]:
    """Return every exchange, in the order in which they were made."""
    ordered = select(DUTY_EXCHANGES).order_by(DUTY_EXCHANGES.c.number)
    return [_recorded(row) for row in connection.execute(ordered)]


def add_exchange(connection: Connection, made: Recorded) -> None:
    """Add an exchange."""
    connection.execute(
        insert(DUTY_EXCHANGES).values(
            id=made.id,
            role=made.swap.role,
            leaves=made.swap.leaves,
            comes=made.swap.comes,
            start=made.swap.start,
            end=made.swap.end,
            reason=made.swap.reason,
            who=json.dumps(made.exchange.who),
            local_start=made.exchange.start.isoformat(),
            local_end=made.exchange.end.isoformat(),
            author=made.author,
            made=made.made,
        )
    )


def undo_exchange(connection: Connection, key: str, author: str, now: int) -> None:
    """Say that an exchange holds no longer."""
    changed = update(DUTY_EXCHANGES).where(DUTY_EXCHANGES.c.id == key, DUTY_EXCHANGES.c.undone.is_(None))
    connection.execute(changed.values(undone=now, undone_by=author))


def _recorded(row: Row[tuple[object, ...]]) -> Recorded:
    start, end = (
        datetime.datetime.fromisoformat(row.local_start),
        datetime.datetime.fromisoformat(row.local_end),
    )
    return Recorded(
        row.id,
        Exchange(row.role, tuple(json.loads(row.who)), start, end, row.reason),
        Swap(row.role, row.leaves, row.comes, row.start, row.end, row.reason),
        row.author,
        row.made,
        row.undone,
        row.undone_by,
    )
