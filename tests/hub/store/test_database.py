from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert

from hub.store import database, journal, records, sensors
from hub.store.database import Database
from hub.store.errors import StoreError, StoreUnavailableError, StoreVersionError
from hub.store.schema import HOME
from hub.store.tables import metadata


def test_the_last_version_is_what_the_code_expects(tmp_path: Path) -> None:
    store = Database(tmp_path / "hub.db")
    with store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata()) == []
        assert context.get_current_revision() == database.head_revision()
    store.close()


@pytest.mark.parametrize("revision", database.revisions())
def test_every_old_version_becomes_the_last_one_and_keeps_its_rows(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "hub.db"
    engine = database._engine(path)
    old = object.__new__(Database)
    old.path, old.engine = path, engine
    old.migrate(revision)
    with old.write() as connection:
        connection.exec_driver_sql("INSERT INTO home(id, name) VALUES (1, 'Les Tilleuls')")
    old.close()

    store = Database(path)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata()) == []
        assert records.home_name(connection) == "Les Tilleuls"
    store.close()


def test_a_home_of_the_first_version_keeps_its_alerts_and_its_people(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    old = object.__new__(Database)
    old.path, old.engine = path, database._engine(path)
    old.migrate("0001")
    with old.write() as connection:
        for statement in (
            "INSERT INTO rooms(id, name) VALUES ('12', 'Chambre 12')",
            "INSERT INTO residents VALUES ('r1', 'Martin', 'Jeanne', 1934, 1)",
            "INSERT INTO edges VALUES ('e1', 1, 1, NULL, 5)",
            "INSERT INTO stays(resident, room, since) VALUES ('r1', '12', 1)",
            "INSERT INTO placements(edge, room, since) VALUES ('e1', '12', 1)",
            (
                "INSERT INTO alerts VALUES ('a', 'limit_low', 'high', 'e1', 'r1', 2, 3, 'ox', 'spo2', 84, 90, "
                "'l1', NULL, 'active', 'unacknowledged', 'none', 0, NULL)"
            ),
            "INSERT INTO transitions VALUES ('a', 1, 3, 'raised', 'veilleuse', '')",
        ):
            connection.exec_driver_sql(statement)
    old.close()

    store = Database(path)
    with store.write() as connection:
        [(alert, number)] = journal.open_alerts(connection)
        assert (alert.id, alert.value, alert.detail, number) == ("a", 84, "", 1)
        assert sensors.sensors(connection) == {}
        assert sensors.assignments(connection) == []
        made = sensors.assign(connection, ("e1", "ox"), "r1", author="luc", now=9)
        assert sensors.assignments(connection, running=True) == [made]
    store.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    Database(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreVersionError, match="version '9999'"):
        Database(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    raw.close()


def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    with sqlite3.connect(path) as raw:
        # A table of the same name makes one of the first version's steps fail after others succeeded.
        raw.execute("CREATE TABLE rooms(x)")
    raw.close()
    with pytest.raises(StoreUnavailableError, match="rooms already exists"):
        Database(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("rooms",)]
    raw.close()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"this is no database at all " * 400)
    with pytest.raises(StoreError, match=r"hub\.db: file is not a database"):
        Database(path)


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    Database(tmp_path / "hub.db").close()
    assert (tmp_path / "hub.db").stat().st_mode & 0o777 == 0o600


def test_a_missing_file_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is missing"):
        Database(tmp_path / "hub.db", create=False)
    assert not (tmp_path / "hub.db").exists()


def test_a_failed_transaction_writes_nothing(tmp_path: Path) -> None:
    store = Database(tmp_path / "hub.db")

    def fail() -> None:
        with store.write() as connection:
            connection.execute(insert(HOME).values(id=1, name="x"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as connection:
        assert records.home_name(connection) is None
    store.close()


def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    store = Database(tmp_path / "hub.db")
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    store.close()


def test_damage_in_a_table_is_found_before_anything_is_served(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    store = Database(path)
    with store.write() as connection:
        for number in range(500):
            records.add_room(connection, records.Room(f"room-{number}", "x" * 100))
    store.close()
    with sqlite3.connect(path) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'rooms'").fetchone()
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    raw.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    with pytest.raises(StoreError, match=r"damaged in rooms|malformed"):
        Database(path)
