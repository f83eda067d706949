"""Rules of consent: how a resident's room may be opened to a call. Each one stays as it was signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from hub.store.schema_consult import CALL_CONSENTS


@dataclass(frozen=True, slots=True)
class Consent:
    """A rule that somebody signed. Times are microseconds UTC."""

    resident: str
    rule: str
    "`ask`, `nurse` or `emergency`."
    reason: str
    author: str
    since: int
    until: int | None = None


def add(connection: Connection, consent: Consent) -> None:
    """Write down a rule; from its `since` it takes the place of what was signed before."""
    connection.execute(insert(CALL_CONSENTS).values(asdict(consent)))


def newest(connection: Connection, resident: str) -> Consent | None:
    """Return the rule that was signed last."""
    query = select(CALL_CONSENTS).where(CALL_CONSENTS.c.resident == resident)
    row = connection.execute(query.order_by(CALL_CONSENTS.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Consent(row.resident, row.rule, row.reason, row.author, row.since, row.until)
