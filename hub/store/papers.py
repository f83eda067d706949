"""Papers, their versions and signatures, and where they were sent."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, RowMapping, insert, select, update

from hub.store.errors import StoreError
from hub.store.schema_papers import DISPATCHES, PAPERS


class SignedError(StoreError):
    """A paper that is signed is not signed again."""


class Sending(enum.StrEnum):
    """What became of a dispatch."""

    WAITING = "waiting"
    SENT = "sent"
    "The operator's server took it; whether it was read is another fact."
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A version of a paper, without its files. Times are microseconds UTC."""

    id: str
    document: str
    version: int
    resident: str
    kind: str
    title: str
    time: int
    author: str
    fields: str
    content: str
    text: str
    act: str | None = None
    call: str | None = None
    signed_by: str | None = None
    signed: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed what, and when."""

    by: str
    time: int
    digest: str
    "SHA-256 of the signed file, hexadecimal."


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """A paper on its way to somebody."""

    id: int
    paper: str
    recipient: str
    address: str
    author: str
    time: int
    state: Sending
    detail: str = ""
    attempts: int = 0
    due: int | None = None
    settled: int | None = None


_KNOWN = tuple(PAPERS.c[each.name] for each in fields(PaperRecord))


def add(connection: Connection, paper: PaperRecord, body: bytes) -> None:
    """Keep a version of a paper."""
    connection.execute(insert(PAPERS).values(asdict(paper) | {"body": body}))


def sign(connection: Connection, key: str, signature: Signature, body: bytes, cda: bytes) -> None:
    """Add a signature, with the signed file and its envelope.

    Raises:
        SignedError: it is signed already, or there is no such paper.
    """
    unsigned = update(PAPERS).where(PAPERS.c.id == key, PAPERS.c.signed.is_(None))
    values = {
        "signed_by": signature.by,
        "signed": signature.time,
        "digest": signature.digest,
        "body": body,
        "cda": cda,
    }
    if connection.execute(unsigned.values(values)).rowcount != 1:
        raise SignedError(f"paper {key!r} is signed already, or unknown")


def find(connection: Connection, key: str) -> PaperRecord | None:
    """Return a version of a paper."""
    row = connection.execute(select(*_KNOWN).where(PAPERS.c.id == key)).one_or_none()
    return None if row is None else PaperRecord(*row)


def of_resident(connection: Connection, resident: str, limit: int = 100) -> list[PaperRecord]:
    """Return the newest papers of a resident, newest first."""
    query = select(*_KNOWN).where(PAPERS.c.resident == resident)
    rows = connection.execute(query.order_by(PAPERS.c.time.desc(), PAPERS.c.version.desc()).limit(limit))
    return [PaperRecord(*row) for row in rows]


def newest(connection: Connection, document: str) -> PaperRecord | None:
    """Return the newest version of a document."""
    query = select(*_KNOWN).where(PAPERS.c.document == document).order_by(PAPERS.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else PaperRecord(*row)


def files(connection: Connection, key: str) -> tuple[bytes, bytes | None] | None:
    """Return the PDF and the CDA of a version."""
    row = connection.execute(select(PAPERS.c.body, PAPERS.c.cda).where(PAPERS.c.id == key)).one_or_none()
    return None if row is None else (row.body, row.cda)


def dispatch(connection: Connection, made: DispatchRecord) -> DispatchRecord:
    """Write down that a paper goes to somebody, before it does; return it with its number."""
    values = asdict(made)
    del values["id"]
    found = connection.execute(insert(DISPATCHES).values(values)).inserted_primary_key
    number: int = found[0] if found else 0
    return DispatchRecord(**asdict(made) | {"id": number})


def dispatches(connection: Connection, keys: Sequence[str]) -> list[DispatchRecord]:
    """Return where papers were sent, oldest first."""
    query = select(DISPATCHES).where(DISPATCHES.c.paper.in_(keys)).order_by(DISPATCHES.c.id)
    return [_dispatch(row) for row in connection.execute(query).mappings()]


def due(connection: Connection, now: int, limit: int = 20) -> list[DispatchRecord]:
    """Return what is to be sent by now, the longest due first."""
    query = select(DISPATCHES).where(DISPATCHES.c.due <= now).order_by(DISPATCHES.c.due).limit(limit)
    return [_dispatch(row) for row in connection.execute(query).mappings()]


def settle(connection: Connection, made: DispatchRecord) -> None:
    """Write down what an attempt brought."""
    values = asdict(made)
    key = values.pop("id")
    connection.execute(update(DISPATCHES).where(DISPATCHES.c.id == key).values(values))


def _dispatch(row: RowMapping) -> DispatchRecord:
    return DispatchRecord(**dict(row) | {"state": Sending(row["state"])})
