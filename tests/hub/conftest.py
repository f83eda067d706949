"""A new database is a copy of one that every migration made; how they do it is looked at in tests/hub/store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import Database


@pytest.fixture(autouse=True, scope="session")
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the migrations of empty databases run once a process."""
    thorough = Database.migrate
    model: list[Path] = []

    def migrate(self: Database, revision: str = "head") -> None:
        with self.read() as connection:
            empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
        if not empty or revision != "head":
            thorough(self, revision)
            return
        if not model:
            path = tmp_path_factory.mktemp("migrated") / "hub.db"
            made = Database(path, prepare=False)
            thorough(made)
            made.close()
            model.append(path)
        with sqlite3.connect(model[0]) as kept, self.engine.connect() as connection:
            given = connection.connection.dbapi_connection
            assert isinstance(given, sqlite3.Connection)
            kept.backup(given)
        kept.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "migrate", migrate)
        yield
