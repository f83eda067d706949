"""The directory's extract by the command: what is imported, what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.errors import ConfigError
from hub import directory_cli, provisioning
from hub.acts.directory import Entry
from hub.cli import app
from hub.directory_cli import import_directory, told
from hub.store import professionals

HEADER = (
    "Type d'identifiant PP|Identifiant PP|Nom d'exercice|Prénom d'exercice|Code postal (coord. structure)"
)
FILE = f"""{HEADER}
8|10002909371|BENALI|Samir|21000
8|10002909372|FAUX|Anne|21000
8|99700218896|ROY|Anne|75001
court
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text('data = "hub"\n')
    provisioning.initialise(tmp_path / "hub", "Les Tilleuls")
    (tmp_path / "annuaire.txt").write_text(FILE, "utf-8")
    return path


def test_the_command_imports_and_tells_what_it_passed_over(config: Path) -> None:
    file = str(config.with_name("annuaire.txt"))
    ran = CliRunner().invoke(app, ["professionals", "-c", str(config), file, "--department", "21"])
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines() == [
        "line 3: passed over: rpps",
        "line 5: passed over: columns",
        "passed over: 1 columns",
        "passed over: 1 elsewhere",
        "passed over: 1 rpps",
        "imported 1 rows",
    ]
    database = provisioning.open_database(provisioning.DataDirectory(config.parent / "hub"))
    with database.read() as connection:
        assert [each.family_name for each in professionals.search(connection, "benali")] == ["BENALI"]
        assert professionals.search(connection, "roy") == []
    database.close()


def test_a_long_file_is_written_in_batches_and_tells_few_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_cli, "BATCH", 2)
    path = tmp_path / "annuaire.txt"
    path.write_text(HEADER + "\n" + "8|10002909371|BENALI|Samir|21000\n" * 5 + "court\n" * 30, "utf-8")
    batches: list[int] = []

    def write(entries: list[Entry]) -> int:
        batches.append(len(entries))
        return len(entries)

    done = import_directory(path, frozenset(), write)
    assert (batches, done.rows) == ([2, 2, 1], 5)
    assert len(list(told(done))) == 20 + 2
    assert list(told(done))[-2:] == ["passed over: 30 columns", "imported 5 rows"]


@pytest.mark.parametrize("text", ["", "a;b\n"])
def test_what_is_no_extract_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "annuaire.txt"
    with pytest.raises(ConfigError, match=r"annuaire\.txt: No such file"):
        import_directory(path, frozenset(), len)
    path.write_text(text)
    with pytest.raises(ConfigError, match="no extract of the directory"):
        import_directory(path, frozenset(), len)
