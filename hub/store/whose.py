"""Of which resident a thing is, by its kind and key: what decides whether a physician may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, select

from hub.store.schema import ALERTS, CALLS, LIMITS, RESIDENT_SETTINGS
from hub.store.schema_acts import ACTS
from hub.store.schema_papers import PAPERS
from hub.store.schema_triage import TRIAGES
from hub.store.schema_wounds import WOUNDS

KINDS: Final[Mapping[str, tuple[tuple[Column[Any], Column[Any]], ...]]] = {
    "act": ((ACTS.c.id, ACTS.c.resident),),
    "alert": ((ALERTS.c.id, ALERTS.c.resident),),
    "call": ((CALLS.c.id, CALLS.c.resident),),
    "limit": ((LIMITS.c.id, LIMITS.c.resident), (RESIDENT_SETTINGS.c.id, RESIDENT_SETTINGS.c.resident)),
    "paper": ((PAPERS.c.id, PAPERS.c.resident),),
    "triage": ((TRIAGES.c.id, TRIAGES.c.resident),),
    "wound": ((WOUNDS.c.id, WOUNDS.c.resident),),
}
"Where each kind of thing is: its key and its resident."


def resident_of(connection: Connection, kind: str, key: str) -> str | None:
    """Return of which resident a thing is; `None` when it is nobody's or does not exist.

    Raises:
        KeyError: no such kind.
    """
    for named, resident in KINDS[kind]:
        found = connection.execute(select(resident).where(named == key)).scalar()
        if found is not None:
            return str(found)
    return None
