"""Accounts, sessions and the audit log in the hub's database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, insert, select, update

from hub.auth.sessions import Session, User
from hub.store import records
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.records import AuditEntry
from hub.store.schema import SESSIONS, USERS


class Accounts:
    """`hub.auth.sessions.AccountStore` over the hub's database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_user(self, user: User) -> None:
        """Add an account.

        Raises:
            StoreError: the name is taken.
        """
        with self._database.write() as connection:
            if connection.execute(select(USERS.c.username).where(USERS.c.username == user.username)).first():
                raise StoreError(f"account {user.username!r} exists already")
            connection.execute(insert(USERS).values(asdict(user)))

    def set_password(self, username: str, password_hash: str) -> None:
        """Replace a password; every session of the account ends.

        Raises:
            StoreError: no such account.
        """
        self._change(username, {"password_hash": password_hash})

    def disable(self, username: str) -> None:
        """Disable an account; every session of it ends.

        Raises:
            StoreError: no such account.
        """
        self._change(username, {"disabled": True})

    def users(self) -> list[User]:
        """Return every account, by name."""
        with self._database.read() as connection:
            return [User(*row) for row in connection.execute(select(USERS).order_by(USERS.c.username))]

    def user(self, username: str) -> User | None:
        """Return an account."""
        with self._database.read() as connection:
            row = connection.execute(select(USERS).where(USERS.c.username == username)).one_or_none()
        return None if row is None else User(*row)

    def open_session(self, session: Session) -> None:
        """Keep a session; those that have expired by its creation are dropped."""
        values = asdict(session)
        values["token_hash"] = values.pop("digest")
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires <= session.created))
            connection.execute(insert(SESSIONS).values(values))

    def session(self, digest: bytes) -> Session | None:
        """Return a session."""
        with self._database.read() as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.token_hash == digest)).one_or_none()
        return None if row is None else Session(*row)

    def renew_session(self, digest: bytes, expires: int, last_seen: int) -> None:
        """Write down that a session was used."""
        with self._database.write() as connection:
            connection.execute(
                update(SESSIONS)
                .where(SESSIONS.c.token_hash == digest)
                .values(expires=expires, last_seen=last_seen)
            )

    def close_session(self, digest: bytes) -> None:
        """Drop a session."""
        with self._database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == digest))

    def audit(self, time: int, actor: str, action: str, target: str, detail: str) -> None:
        """Write down who did what."""
        with self._database.write() as connection:
            records.audit(connection, AuditEntry(time, actor, action, target, detail))

    def _change(self, username: str, values: dict[str, object]) -> None:
        with self._database.write() as connection:
            changed = connection.execute(update(USERS).where(USERS.c.username == username).values(values))
            if changed.rowcount == 0:
                raise StoreError(f"account {username!r} is unknown")
            connection.execute(delete(SESSIONS).where(SESSIONS.c.username == username))
