"""One-time codes with which edges are enrolled."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from hub.store.schema import ENROLMENTS


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A code, and what became of it."""

    id: str
    salt: bytes
    "Random; with the hub's master secret it makes the code."
    room: str
    edge: str
    "Identifier that the device will have."
    author: str
    created: int
    expires: int
    revoked: int | None = None
    used: int | None = None
    key_version: int | None = None
    "Of the keys that were handed out."
    confirmed: int | None = None
    "When the device proved that it has them."

    def open(self, now: int) -> bool:
        """Tell whether the code may still be used."""
        return self.used is None and self.revoked is None and now < self.expires


def enrolment(connection: Connection, key: str) -> Enrolment | None:
    """Return one."""
    row = connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.id == key)).mappings().one_or_none()
    return None if row is None else Enrolment(**row)


def enrolments(connection: Connection, since: int) -> list[Enrolment]:
    """Return those made at or after a time, newest first."""
    query = select(ENROLMENTS).where(ENROLMENTS.c.created >= since).order_by(ENROLMENTS.c.created.desc())
    return [Enrolment(**row) for row in connection.execute(query).mappings()]


def add_enrolment(connection: Connection, made: Enrolment) -> None:
    """Write one down."""
    connection.execute(insert(ENROLMENTS).values(asdict(made)))


def consume(connection: Connection, key: str, key_version: int, now: int) -> bool:
    """Use a code up; tell whether it could still be used. At most one caller is ever told so."""
    changed = connection.execute(
        update(ENROLMENTS)
        .where(
            ENROLMENTS.c.id == key,
            ENROLMENTS.c.used.is_(None),
            ENROLMENTS.c.revoked.is_(None),
            ENROLMENTS.c.expires > now,
        )
        .values(used=now, key_version=key_version)
    )
    return changed.rowcount > 0


def revoke(connection: Connection, key: str, now: int) -> bool:
    """Withdraw a code; tell whether it could still be used."""
    changed = connection.execute(
        update(ENROLMENTS)
        .where(ENROLMENTS.c.id == key, ENROLMENTS.c.used.is_(None), ENROLMENTS.c.revoked.is_(None))
        .values(revoked=now)
    )
    return changed.rowcount > 0


def confirm(connection: Connection, key: str, now: int) -> None:
    """Write down that the device has its keys."""
    connection.execute(
        update(ENROLMENTS)
        .where(ENROLMENTS.c.id == key, ENROLMENTS.c.confirmed.is_(None))
        .values(confirmed=now)
    )
