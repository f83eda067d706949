"""What a home sets up for being watched: its configuration, and the account of the test alarm."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.errors import ConfigError
from hub import provisioning
from hub.alerting.model import TEST_EDGE
from hub.cli import app
from hub.config import BrokerSettings, HubConfig, WatchSettings, load
from hub.ingest import directory


def configured(folder: Path, watch: str) -> WatchSettings:
    file = folder / "hub.toml"
    file.write_text(f'data = "data"\n[watch]\n{watch}\n')
    return load(file).watch


def test_what_is_set_is_read(tmp_path: Path) -> None:
    found = configured(tmp_path, "tablets_within = 0\ntest_every = 60\nnight = 21:30:00\nahead = 1.5")
    assert found == WatchSettings(0, 60, datetime.time(21, 30), datetime.time(7), 1.5)
    assert configured(tmp_path, "") == WatchSettings()


@pytest.mark.parametrize(
    ("watch", "text"),
    [
        ("tablets_within = 5", "watch.tablets_within is 5, expected 0 or 10 to 86400 seconds"),
        ("test_every = 10", "watch.test_every is 10, expected 0 or 60 to 86400 seconds"),
        ("night = 06:00:00", "watch.night 06:00:00 is not after watch.morning 07:00:00"),
        ("ahead = 13", "watch.ahead is 13, expected 0 to 12 hours"),
        ("tablet = 1", "unknown field"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, watch: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        configured(tmp_path, watch)


def test_a_broker_of_ones_own_is_told_the_test_account(tmp_path: Path) -> None:
    provisioning.initialise(tmp_path / "data", "Les Tilleuls")
    config = tmp_path / "hub.toml"
    config.write_text('data = "data"\n')
    shown = CliRunner().invoke(app, ["test-account", "--config", str(config)])
    name, password = shown.output.split()
    data = provisioning.DataDirectory(tmp_path / "data")
    keys = provisioning.read_secrets(data)
    database = provisioning.open_database(data)
    with database.write() as connection:
        # The same that a started broker is given.
        assert provisioning.accounts(connection, keys)[TEST_EDGE] == password
        assert name == TEST_EDGE
        # No room's device can have its name, and nobody waits to hear it.
        with pytest.raises(ConfigError, match="the hub's own name"):
            provisioning.enrol_edge(connection, keys, TEST_EDGE, None, "test", 0)
        known = directory.load(connection, keys.master, 0)
    database.close()
    assert TEST_EDGE in known.keys
    assert known.watched(0) == {}


def test_with_a_broker_of_ones_own_there_are_no_tests_until_they_are_set() -> None:
    url = BrokerSettings(url="mqtt://broker:1883")
    assert HubConfig(Path("x")).test_every == 300
    assert HubConfig(Path("x"), broker=url).test_every == 0
    assert HubConfig(Path("x"), broker=url, watch=WatchSettings(test_every=120)).test_every == 120
    assert HubConfig(Path("x"), watch=WatchSettings(test_every=0)).test_every == 0
