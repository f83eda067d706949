"""`veilleuse sensors why`, and giving a sensor to somebody on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError, VeilleuseError
from devices.measurement import Cause, Link
from devices.simulators.cli import app as sensors_app
from devices.wire.messages import SensorFact
from hub import provisioning
from hub.cli import app as hub_app
from hub.sensors_cli import explain
from hub.store import journal, sensors
from tests.hub.ingest.home import make_home

HOUR = 3600 * SECOND


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two rooms; a cuff that was seen two hours ago, and an oximeter in both rooms."""
    data = tmp_path / "data"
    make_home(data, 2)
    (tmp_path / "hub.toml").write_text(f'data = "{data}"\n')
    now = SystemClock().utc()
    cuff = SensorFact(
        "cuff", Link.DOWN, battery=12, continuous=False, cause=Cause.NOT_SEEN, seen=now - 2 * HOUR - SECOND,
        protocol="blood-pressure",
    )  # fmt: skip
    ox = SensorFact("ox", Link.UP, last=now, protocol="nonin-df2")
    database = provisioning.open_database(provisioning.DataDirectory(data))
    with database.write() as connection:
        rows = [sensors.record_of("e1", cuff, 1, now)]
        rows += [sensors.record_of(edge, ox, 1, now) for edge in ("e1", "e2")]
        sensors.save_sensors(connection, rows)
        sensors.assign(connection, ("e1", "ox"), "r1", author="luc", now=now - HOUR)
        journal.save_seen(connection, ["e1", "e2"], now)
    database.close()
    return tmp_path


def said(home: Path, name: str, edge: str = "", later: int = 0, language: str = "fr") -> str:
    database = provisioning.open_database(provisioning.DataDirectory(home / "data"))
    try:
        with database.read() as connection:
            return explain(connection, name, edge, SystemClock().utc() + later, language)
    finally:
        database.close()


def test_the_sentence_of_the_ward_is_said_without_a_hub(home: Path) -> None:
    run = CliRunner().invoke(sensors_app, ["why", "cuff", "--data", str(home / "data")])
    assert run.output == (
        "Le tensiomètre n\u2019a pas été vu depuis 2 h ; dernière pile 12 %. "
        "Changez la pile, puis appuyez sur son bouton.\n"
    )
    english = CliRunner().invoke(
        sensors_app, ["why", "e1/cuff", "--config", str(home / "hub.toml"), "--lang", "en"]
    )
    assert english.output.startswith("The blood pressure cuff has not been seen for 2 h; last battery 12 %.")


def test_whose_it_is_and_whether_its_device_speaks_are_taken_into_account(home: Path) -> None:
    assert said(home, "e1/ox").startswith("L\u2019oxymètre mesure ;")
    assert said(home, "ox", "e2").startswith("L\u2019oxymètre n\u2019est attribué à personne")
    assert said(home, "e1/ox", later=HOUR).startswith("Le boîtier de la chambre ne répond plus depuis 1 h")


@pytest.mark.parametrize(
    ("name", "edge", "message"),
    [
        ("ox", "", "sensor 'ox' is several: e1/ox, e2/ox"),
        ("strap", "", "sensor 'strap' was never heard$"),
        ("e2/cuff", "", "sensor 'e2/cuff' was never heard at edge 'e2'"),
        ("cuff", "e2", "sensor 'cuff' was never heard at edge 'e2'"),
    ],
)
def test_a_sensor_that_cannot_be_told_is_refused(home: Path, name: str, edge: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        said(home, name, edge)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (lambda _: [], "name the hub by --config or by --data"),
        (lambda home: ["--data", str(home), "--config", "x"], "name the hub by --config or by --data"),
        (lambda home: ["--data", str(home / "data"), "--lang", "de"], "language 'de' is not one of fr, en"),
        (lambda home: ["--data", str(home)], "is missing"),
    ],
)
def test_a_wrong_command_line_is_refused(
    home: Path, arguments: Callable[[Path], list[str]], message: str
) -> None:
    run = CliRunner().invoke(sensors_app, ["why", "cuff", *arguments(home)])
    assert isinstance(run.exception, ConfigError)
    assert message in str(run.exception)


def test_the_list_of_commands_names_it(home: Path) -> None:
    assert "why" in CliRunner().invoke(sensors_app, ["--help"]).output


def test_a_sensor_is_given_and_taken_on_the_command_line(home: Path) -> None:
    def hub(*arguments: str) -> str:
        run = CliRunner().invoke(hub_app, [arguments[0], "--config", str(home / "hub.toml"), *arguments[1:]])
        return str(run.exception) if isinstance(run.exception, VeilleuseError) else run.output.strip()

    assert hub("assign-sensor", "e2", "ox", "r2", "--reason", "new") == "sensor ox of e2 belongs to r2"
    assert said(home, "ox", "e2").startswith("L\u2019oxymètre mesure ;")
    assert hub("unlink-sensor", "e2", "ox") == "sensor ox of e2 belongs to nobody"
    assert "belongs to nobody" in hub("unlink-sensor", "e2", "ox")
    assert "never heard" in hub("assign-sensor", "e2", "strap", "r2")
    assert "does not live in the room" in hub("assign-sensor", "e2", "ox", "r1")
