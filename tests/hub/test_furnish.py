"""A whole list of rooms, all of it or nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devices.errors import ConfigError
from hub import provisioning
from hub.furnish import furnish_home, read_list
from hub.store import records
from hub.store.errors import StoreError


def row(number: int, **changes: Any) -> dict[str, Any]:
    values = {
        "room": f"{number}",
        "name": f"Chambre {number}",
        "resident": f"r{number}",
        "family_name": "Martin",
        "given_name": "Jeanne",
        "birth_year": 1932,
        "edge": f"room-{number}",
    }
    return values | changes


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "rooms.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text('data = "hub"\n')
    provisioning.initialise(tmp_path / "hub", "Les Tilleuls")
    return path


def test_every_room_gets_its_resident_and_its_key(config: Path, tmp_path: Path) -> None:
    assert furnish_home(config, written(tmp_path, row(1), row(2)), tmp_path / "keys") == 2
    keys = sorted((tmp_path / "keys").iterdir())
    assert [key.name for key in keys] == ["room-1.key", "room-2.key"]
    assert all(key.stat().st_mode & 0o777 == 0o600 for key in keys)
    database = provisioning.open_database(provisioning.DataDirectory(tmp_path / "hub"))
    with database.read() as connection:
        assert set(records.edges(connection)) == {"room-1", "room-2"}
        assert {stay.resident: stay.room for stay in records.stays(connection)} == {"r1": "1", "r2": "2"}
    database.close()


def test_a_list_with_a_room_that_exists_changes_nothing(config: Path, tmp_path: Path) -> None:
    furnish_home(config, written(tmp_path, row(1)), tmp_path / "keys")
    with pytest.raises(StoreError, match="room '1' exists already"):
        furnish_home(config, written(tmp_path, row(2), row(1)), tmp_path / "more")
    assert not (tmp_path / "more").exists()
    database = provisioning.open_database(provisioning.DataDirectory(tmp_path / "hub"))
    with database.read() as connection:
        assert set(records.rooms(connection)) == {"1"}
    database.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2"),
        (json.dumps(row(2) | {"colour": "blue"}), "colour"),
        (json.dumps({"room": "2"}), "name"),
        (json.dumps(row(2, birth_year="long ago")), "birth_year"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "rooms.jsonl"
    path.write_text(json.dumps(row(1)) + "\n" + line + "\n")
    with pytest.raises(ConfigError, match=words):
        read_list(path)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.jsonl"):
        read_list(tmp_path / "none.jsonl")


def test_a_name_that_is_no_identifier_is_refused(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a/b"):
        furnish_home(config, written(tmp_path, row(1, edge="a/b")), tmp_path / "keys")
