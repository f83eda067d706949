"""Single pictures that a carer kept of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, insert, select, update

from hub.store.schema_consult import CALL_SNAPSHOTS


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a picture. Times are microseconds UTC, sizes pixels."""

    id: str
    call: str
    time: int
    author: str
    source: str
    "`room` or `hand`: which camera."
    note: str
    width: int
    height: int


_KNOWN = tuple(column for column in CALL_SNAPSHOTS.c if column.name not in {"image", "sealed"})


def add(connection: Connection, snapshot: Snapshot, box: bytes) -> None:
    """Keep a picture that is sealed."""
    connection.execute(insert(CALL_SNAPSHOTS).values(asdict(snapshot) | {"image": box, "sealed": True}))


def of_call(connection: Connection, call: str) -> list[Snapshot]:
    """Return what is known of a call's pictures, oldest first."""
    query = select(*_KNOWN).where(CALL_SNAPSHOTS.c.call == call)
    ordered = query.order_by(CALL_SNAPSHOTS.c.time, CALL_SNAPSHOTS.c.id)
    return [Snapshot(*row) for row in connection.execute(ordered)]


def count(connection: Connection, call: str) -> int:
    """Count a call's pictures."""
    query = select(func.count()).select_from(CALL_SNAPSHOTS).where(CALL_SNAPSHOTS.c.call == call)
    return connection.execute(query).scalar_one()


def box(connection: Connection, call: str, key: str) -> bytes | None:
    """Return a picture of a call as it lies there, sealed."""
    query = select(CALL_SNAPSHOTS.c.image).where(CALL_SNAPSHOTS.c.id == key, CALL_SNAPSHOTS.c.call == call)
    return connection.execute(query).scalar_one_or_none()


def seal_plain(connection: Connection, close: Callable[[str, str, bytes], bytes]) -> int:
    """Seal what was kept before pictures were; return how many there were.

    Args:
        connection: in a transaction.
        close: makes a box of a call's id, a picture's id and a picture.
    """
    table = CALL_SNAPSHOTS
    plain = connection.execute(select(table.c.call, table.c.id).where(table.c.sealed.is_(False))).all()
    for call, key in plain:
        picture = box(connection, call, key)
        if picture is not None:
            sealed = {"image": close(call, key, picture), "sealed": True}
            connection.execute(update(table).where(table.c.id == key).values(sealed))
    return len(plain)
