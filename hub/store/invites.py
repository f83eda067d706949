"""Who was invited into a call: accounts of the home, and guests who come by a one-time link."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from hub.store.schema_consult import CALL_INVITES


@dataclass(frozen=True, slots=True)
class Invite:
    """One invitation. Times are microseconds UTC."""

    id: str
    call: str
    seat: str
    "Of a guest, the last one that they were given."
    username: str
    "Empty for a guest."
    name: str
    role: str
    author: str
    created: int
    expires: int
    "The link opens nothing from then on; who used it before stays."
    token_hash: bytes | None = None
    pass_hash: bytes | None = None
    used: int | None = None
    revoked: int | None = None
    revoked_by: str = ""


def add(connection: Connection, invite: Invite) -> None:
    """Write down an invitation."""
    connection.execute(insert(CALL_INVITES).values(asdict(invite)))


def find(connection: Connection, key: str) -> Invite | None:
    """Return an invitation."""
    row = connection.execute(select(CALL_INVITES).where(CALL_INVITES.c.id == key)).one_or_none()
    return None if row is None else Invite(*row)


def by_token(connection: Connection, digest: bytes) -> Invite | None:
    """Return the invitation of a link."""
    row = connection.execute(select(CALL_INVITES).where(CALL_INVITES.c.token_hash == digest)).one_or_none()
    return None if row is None else Invite(*row)


def by_pass(connection: Connection, digest: bytes) -> Invite | None:
    """Return the invitation whose use gave a cookie."""
    row = connection.execute(select(CALL_INVITES).where(CALL_INVITES.c.pass_hash == digest)).one_or_none()
    return None if row is None else Invite(*row)


def of_call(connection: Connection, call: str) -> list[Invite]:
    """Return the invitations into a call, oldest first."""
    query = select(CALL_INVITES).where(CALL_INVITES.c.call == call)
    ordered = query.order_by(CALL_INVITES.c.created, CALL_INVITES.c.id)
    return [Invite(*row) for row in connection.execute(ordered)]


def use(connection: Connection, key: str, pass_hash: bytes, now: int) -> bool:
    """Write down that a link was used; false when it was used before."""
    first = update(CALL_INVITES).where(CALL_INVITES.c.id == key, CALL_INVITES.c.used.is_(None))
    return connection.execute(first.values(used=now, pass_hash=pass_hash)).rowcount == 1


def revoke(connection: Connection, key: str, author: str, now: int) -> None:
    """Write down that an invitation holds no longer."""
    still = update(CALL_INVITES).where(CALL_INVITES.c.id == key, CALL_INVITES.c.revoked.is_(None))
    connection.execute(still.values(revoked=now, revoked_by=author))


def reseat(connection: Connection, key: str, seat: str) -> None:
    """Write down that a guest came back to another seat."""
    connection.execute(update(CALL_INVITES).where(CALL_INVITES.c.id == key).values(seat=seat))
