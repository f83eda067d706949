"""Accounts in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.store.accounts import Accounts
from hub.store.database import Database


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def accounts(tmp_path: Path, passwords: Passwords) -> Iterator[Accounts]:
    database = Database(tmp_path / "hub.db")
    store = Accounts(database)
    store.add_user(User("ines", "Inès Moreau", "nurse", passwords.hash("s3same-ouvre-toi"), False, 0))
    yield store
    database.close()
