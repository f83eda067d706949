"""Professionals of the public directory, as they were imported last."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.acts.directory import Entry, folded
from hub.store.schema_dossier import PROFESSIONALS

MAX_ADDRESSES = 8
"Mailboxes of one person that are kept."


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody of the directory."""

    rpps: str
    family_name: str
    given_name: str
    profession: str
    specialty: str
    place: str
    addresses: tuple[str, ...]
    "Of the secure mail space."


def save(connection: Connection, entries: Iterable[Entry], now: int) -> int:
    """Add entries, or renew who is known: what a row leaves empty stays; return how many rows there were."""
    count = 0
    for entry in entries:
        known = by_rpps(connection, entry.rpps)
        addresses = () if known is None else known.addresses
        if entry.address and entry.address not in addresses:
            addresses = (*addresses, entry.address)[-MAX_ADDRESSES:]
        values = {
            "rpps": entry.rpps,
            "family_name": entry.family_name,
            "given_name": entry.given_name or (known.given_name if known else ""),
            "profession": entry.profession or (known.profession if known else ""),
            "specialty": entry.specialty or (known.specialty if known else ""),
            "place": entry.place or (known.place if known else ""),
            "addresses": json.dumps(addresses),
            "folded": folded(
                f"{entry.family_name} {entry.given_name or (known.given_name if known else '')}"
            ),
            "imported": now,
        }
        connection.execute(
            upsert(PROFESSIONALS).values(values).on_conflict_do_update(index_elements=["rpps"], set_=values)
        )
        count += 1
    return count


def by_rpps(connection: Connection, rpps: str) -> Professional | None:
    """Return who has a number."""
    row = connection.execute(select(PROFESSIONALS).where(PROFESSIONALS.c.rpps == rpps)).one_or_none()
    return None if row is None else _professional(row)


def search(connection: Connection, text: str, limit: int = 20) -> list[Professional]:
    """Return who is meant by the beginning of a family name and further beginnings of words, or by a number."""
    words = folded(text).split()
    if not words:
        return []
    query = select(PROFESSIONALS).order_by(PROFESSIONALS.c.folded, PROFESSIONALS.c.rpps).limit(limit)
    if words[0].isdecimal():
        query = query.where(PROFESSIONALS.c.rpps.startswith("".join(words), autoescape=True))
    else:
        query = query.where(PROFESSIONALS.c.folded.startswith(words[0], autoescape=True))
        for word in words[1:]:
            query = query.where(PROFESSIONALS.c.folded.contains(f" {word}", autoescape=True))
    return [_professional(row) for row in connection.execute(query)]


def _professional(row: Row[tuple[object, ...]]) -> Professional:
    return Professional(
        row.rpps,
        row.family_name,
        row.given_name,
        row.profession,
        row.specialty,
        row.place,
        tuple(json.loads(row.addresses)),
    )
