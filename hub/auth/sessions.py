"""Sign-in and sessions, over a store of accounts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from devices.clock import SECOND
from devices.errors import VeilleuseError
from hub.auth.passwords import Passwords
from hub.auth.throttle import FREE, FREE_OF_ADDRESS, Throttle
from hub.auth.tokens import new_token, token_digest

LIFETIME = 12 * 3600 * SECOND
"A session ends so long after its last use: one night shift and its hand-over."
LONGEST = 7 * 24 * 3600 * SECOND
"However much it is used: a tablet that is never put down is signed in anew once a week."
RENEW_AFTER = 60 * SECOND
"The last use is written down at most so often; a page's every request must not cost a disk write."


@dataclass(frozen=True, slots=True)
class User:
    """An account as it is stored."""

    username: str
    display_name: str
    role: str
    "Name of what it may do; the interface gives it its meaning."
    password_hash: str
    disabled: bool
    created: int


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is stored."""

    digest: bytes
    username: str
    created: int
    expires: int
    last_seen: int


class AccountStore(Protocol):
    """Where accounts and sessions are kept; every method is one transaction and blocks."""

    def user(self, username: str) -> User | None:
        """Return an account."""
        ...

    def open_session(self, session: Session) -> None:
        """Keep a session; those that have expired by its creation are dropped."""
        ...

    def session(self, digest: bytes) -> Session | None:
        """Return a session."""
        ...

    def renew_session(self, digest: bytes, expires: int, last_seen: int) -> None:
        """Write down that a session was used."""
        ...

    def close_session(self, digest: bytes) -> None:
        """Drop a session."""
        ...

    def audit(self, time: int, actor: str, action: str, target: str, detail: str) -> None:
        """Write down who did what."""
        ...


class SignInError(VeilleuseError):
    """A sign-in was refused; the reason is never told apart to the outside beyond the wait."""

    def __init__(self, wait: int) -> None:
        """Refuse.

        Args:
            wait: microseconds until another attempt is looked at, 0 when name or password was wrong.
        """
        super().__init__("name or password is wrong" if not wait else "too many attempts")
        self.wait = wait


class Sessions:
    """Who is signed in. Every method blocks (disk, argon2): call them from a worker thread."""

    def __init__(self, store: AccountStore, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords
        self._accounts = Throttle(FREE)
        self._addresses = Throttle(FREE_OF_ADDRESS)
        self._lock = threading.Lock()

    def sign_in(self, username: str, password: str, address: str, now: int) -> tuple[str, Session, User]:
        """Open a session and return its token, which is nowhere else.

        Raises:
            SignInError: too many attempts, or name or password is wrong.
        """
        with self._lock:
            wait = max(self._accounts.wait(username, now), self._addresses.wait(address, now))
            if wait:
                raise SignInError(wait)
            # Counted before the slow work: attempts side by side must not all pass the check above.
            self._accounts.failed(username, now)
            self._addresses.failed(address, now)
        user = self._store.user(username)
        stored = None if user is None or user.disabled else user.password_hash
        right = self._passwords.verify(stored, password)
        if user is None or not right:
            self._store.audit(now, username, "sign_in_refused", address, "")
            raise SignInError(0)
        with self._lock:
            self._accounts.succeeded(username)
        token = new_token()
        session = Session(token_digest(token), username, now, now + LIFETIME, now)
        self._store.open_session(session)
        self._store.audit(now, username, "sign_in", address, "")
        return token, session, user

    def authenticate(self, token: str, now: int) -> tuple[Session, User] | None:
        """Return whose session a token opens; using it prolongs it."""
        session = self._store.session(token_digest(token))
        if session is None or now >= session.expires:
            return None
        user = self._store.user(session.username)
        if user is None or user.disabled:
            return None
        if now - session.last_seen >= RENEW_AFTER:
            expires = min(now + LIFETIME, session.created + LONGEST)
            session = Session(session.digest, session.username, session.created, expires, now)
            self._store.renew_session(session.digest, expires, now)
        return session, user

    def sign_out(self, session: Session, now: int) -> None:
        """Close a session."""
        self._store.close_session(session.digest)
        self._store.audit(now, session.username, "sign_out", "", "")
