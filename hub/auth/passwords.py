"""Passwords: argon2id, and the same work for a name that does not exist."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Makes and checks password hashes. Both take tens of milliseconds on purpose: never call them on the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use a hasher, or argon2-cffi's defaults (RFC 9106, low memory: 64 MiB, 3 passes)."""
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the right one.

        Without a stored hash (unknown or disabled account) the same work is done, so that the time an answer takes
        does not tell which names exist.
        """
        try:
            self._hasher.verify(self._nobody if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None
