from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from devices.errors import ConfigError
from devices.wire.seal import SECRET_BYTES
from hub import provisioning
from hub.cli import app
from hub.store import records
from hub.store.accounts import Accounts
from hub.store.errors import StoreError


class Shell:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "hub.toml"
        self.config.write_text('data = "data"\n')

    def run(self, *arguments: str, typed: str = "") -> Result:
        name, *rest = arguments
        return CliRunner().invoke(app, [name, "--config", str(self.config), *rest], input=typed)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    assert made.run("init", "--home", "Les Tilleuls").exit_code == 0
    return made


def test_a_home_is_made_by_command(shell: Shell) -> None:
    assert shell.run("add-room", "1", "--name", "Chambre 1").output == "added room 1\n"
    names = ("--family-name", "Roux", "--given-name", "Simone", "--birth-year", "1934")
    assert shell.run("add-resident", "r1", *names, "--room", "1").exit_code == 0
    out = shell.folder / "e1"
    assert shell.run("add-edge", "e1", "--room", "1", "--out", str(out)).exit_code == 0
    secret, password = (out / "edge.key").read_text().splitlines()
    assert len(bytes.fromhex(secret)) == SECRET_BYTES
    assert password
    assert (out / "edge.key").stat().st_mode & 0o777 == 0o600
    assert (
        shell.run("add-user", "anne", "nurse", "--name", "Anne", typed="correct horse battery\n").exit_code
        == 0
    )
    assert shell.run("move-resident", "r1").output == "resident r1 lives in no room\n"
    assert shell.run("revoke-edge", "e1").exit_code == 0

    database = provisioning.open_database(provisioning.DataDirectory(shell.folder / "data"))
    user = Accounts(database).user("anne")
    with database.read() as connection:
        assert records.home_name(connection) == "Les Tilleuls"
        (edge,) = records.edges(connection).values()
        actions = [entry.action for entry in records.audit_log(connection)]
    database.close()
    assert user is not None
    assert (user.role, user.display_name) == ("nurse", "Anne")
    assert "correct horse" not in user.password_hash
    assert edge.revoked is not None
    assert actions == [
        "add room",
        "add resident",
        "move resident",
        "enrol edge",
        "add user",
        "move resident",
        "revoke edge",
    ]


def test_who_cares_for_whom_is_said_by_command(shell: Shell) -> None:
    shell.run("add-room", "1", "--name", "Chambre 1")
    names = ("--family-name", "Roux", "--given-name", "Simone", "--birth-year", "1934")
    shell.run("add-resident", "r1", *names, "--room", "1")
    for username, role in (("benali", "physician"), ("anne", "nurse")):
        shell.run("add-user", username, role, "--name", username, typed="correct horse battery\n")
    assert shell.run("add-care", "benali", "r1").output == "benali cares for r1\n"
    assert shell.run("add-care", "benali", "r1").exit_code == 0
    assert str(shell.run("add-care", "anne", "r1").exception) == "account 'anne' is a nurse, no physician"
    assert str(shell.run("add-care", "nobody", "r1").exception) == "account 'nobody' is unknown, no physician"
    assert str(shell.run("add-care", "benali", "r9").exception) == "resident 'r9' is unknown"
    assert shell.run("end-care", "benali", "r1").output == "benali no longer cares for r1\n"
    assert isinstance(shell.run("end-care", "benali", "r1").exception, StoreError)

    database = provisioning.open_database(provisioning.DataDirectory(shell.folder / "data"))
    with database.read() as connection:
        actions = [each.action for each in records.audit_log(connection) if "care" in each.action]
    database.close()
    assert actions == ["care_added", "care_ended"]


def test_a_short_password_is_refused(shell: Shell) -> None:
    result = shell.run("add-user", "anne", "nurse", "--name", "Anne", typed="short\n")
    assert isinstance(result.exception, ConfigError)
    assert "5 characters, expected 12" in str(result.exception)


def test_a_refusal_names_the_thing(shell: Shell) -> None:
    result = shell.run("add-edge", "e1", "--room", "9", "--out", str(shell.folder))
    assert isinstance(result.exception, StoreError)
    assert str(result.exception) == "room '9' is unknown"
    assert not (shell.folder / "edge.key").exists()


def test_the_interface_is_printed_without_a_hub() -> None:
    result = CliRunner().invoke(app, ["openapi"])
    assert json.loads(result.output)["openapi"].startswith("3.")
