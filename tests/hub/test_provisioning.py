from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import ConfigError
from devices.wire.seal import edge_secret
from hub import provisioning
from hub.alerting.model import TEST_EDGE
from hub.provisioning import DataDirectory
from hub.store import records
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.records import Resident, Room


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    provisioning.initialise(tmp_path / "data", "Les Tilleuls")
    return DataDirectory(tmp_path / "data")


@pytest.fixture
def database(data: DataDirectory) -> Iterator[Database]:
    opened = provisioning.open_database(data)
    yield opened
    opened.close()


def test_only_the_owner_can_read_what_is_made(data: DataDirectory) -> None:
    assert data.path.stat().st_mode & 0o777 == 0o700
    for path in (data.database, data.master_key, data.mqtt_password):
        assert path.stat().st_mode & 0o777 == 0o600
    assert len(provisioning.read_secrets(data).master) == 32


def test_a_hub_is_never_made_over_another_one(data: DataDirectory) -> None:
    before = data.master_key.read_bytes()
    with pytest.raises(ConfigError, match="holds a hub already"):
        provisioning.initialise(data.path, "Autre")
    assert data.master_key.read_bytes() == before


def test_a_hub_that_lost_its_database_does_not_start_empty(data: DataDirectory) -> None:
    data.database.unlink()
    with pytest.raises(ConfigError, match=r"hub\.db is missing"):
        provisioning.open_database(data)


def test_a_secret_that_others_can_read_is_refused(data: DataDirectory) -> None:
    data.master_key.chmod(0o640)
    with pytest.raises(ConfigError, match=r"master\.key has mode 640"):
        provisioning.read_secrets(data)


def test_a_damaged_secret_is_named(data: DataDirectory) -> None:
    data.master_key.write_bytes(b"short")
    with pytest.raises(ConfigError, match=r"master\.key has 5 bytes"):
        provisioning.read_secrets(data)


def test_a_new_enrolment_revokes_the_old_secret(data: DataDirectory, database: Database) -> None:
    keys = provisioning.read_secrets(data)
    with database.write() as connection:
        first = provisioning.enrol_edge(connection, keys, "e1", None, "test", 1)
        second = provisioning.enrol_edge(connection, keys, "e1", None, "test", 2)
    assert first != second
    secret, password = second.splitlines()
    assert bytes.fromhex(secret) == edge_secret(keys.master, "e1", 2)
    with database.read() as connection:
        accounts = provisioning.accounts(connection, keys)
    assert {"hub": keys.mqtt_password, "e1": password}.items() <= accounts.items()
    # The test alarm has an account of its own, which no device can take.
    assert accounts.keys() == {"hub", "e1", TEST_EDGE}


def test_a_revoked_edge_has_no_account(data: DataDirectory, database: Database) -> None:
    keys = provisioning.read_secrets(data)
    with database.write() as connection:
        provisioning.enrol_edge(connection, keys, "e1", None, "test", 1)
        provisioning.revoke_edge(connection, "e1", "test", 2)
        assert set(provisioning.accounts(connection, keys)) == {"hub", TEST_EDGE}
        with pytest.raises(StoreError, match="revoked already"):
            provisioning.revoke_edge(connection, "e1", "test", 3)
        with pytest.raises(StoreError, match="unknown"):
            provisioning.revoke_edge(connection, "e2", "test", 3)


@pytest.mark.parametrize("name", ["hub", "Edge 1", "a/b", "+", ""])
def test_an_edge_cannot_have_the_hubs_name_or_widen_a_topic(
    data: DataDirectory, database: Database, name: str
) -> None:
    keys = provisioning.read_secrets(data)
    with database.write() as connection, pytest.raises(ConfigError):
        provisioning.enrol_edge(connection, keys, name, None, "test", 1)


def test_a_room_is_one_residents(database: Database) -> None:
    with database.write() as connection:
        provisioning.add_room(connection, Room("1", "Chambre 1"), "test", 1)
        provisioning.add_resident(connection, Resident("r1", "A", "B", 1930, 1), "1", "test", 1)
        with pytest.raises(StoreError, match="room '1' is the room of resident 'r1'"):
            provisioning.add_resident(connection, Resident("r2", "C", "D", 1931, 1), "1", "test", 2)


def test_a_move_ends_the_stay_before(database: Database) -> None:
    with database.write() as connection:
        provisioning.add_room(connection, Room("1", "Chambre 1"), "test", 1)
        provisioning.add_room(connection, Room("2", "Chambre 2"), "test", 1)
        provisioning.add_resident(connection, Resident("r1", "A", "B", 1930, 1), "1", "test", 1)
        provisioning.move_resident(connection, "r1", "2", "test", 5)
        stays = [(stay.room, stay.since, stay.until) for stay in records.stays(connection)]
        actions = [entry.action for entry in records.audit_log(connection)]
    assert stays == [("1", 1, 5), ("2", 5, None)]
    assert actions == ["add room", "add room", "add resident", "move resident", "move resident"]


def test_an_impossible_year_of_birth_is_refused(database: Database) -> None:
    with database.write() as connection, pytest.raises(ConfigError, match="birth year 34"):
        provisioning.add_resident(connection, Resident("r1", "A", "B", 34, 1), None, "test", 1)
