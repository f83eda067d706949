"""The commands, run as a technician runs them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.cli import app
from tests.edge.support import write_keys

VEILLEUSE = Path(sys.executable).with_name("veilleuse")


def configure(folder: Path, more: str = "") -> Path:
    write_keys(folder / "edge.key")
    path = folder / "edge.toml"
    path.write_text(
        f'edge = "edge-0001"\nroom = "12"\nkey_file = "edge.key"\nspool = "spool.db"\n{more}\n[broker]\nport = 1\n'
        '[[sensor]]\nid = "oximeter"\nprotocol = "nonin-df2"\nlink = "oximeter"\n'
    )
    return path


def test_check_says_what_run_would_do(tmp_path: Path) -> None:
    path = configure(tmp_path, "[call]")
    result = CliRunner().invoke(app, ["check", "--config", str(path)])
    assert result.exit_code == 0, result.output
    for words in (
        "edge edge-0001, room 12",
        "127.0.0.1:1, MQTT auto",
        "spool.db",
        "nonin-df2",
        "call     ask",
    ):
        assert words in result.output
    assert not (tmp_path / "spool.db").exists()


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("port = 1\n", 'port = "x"\n', "broker.port"),
        ("nonin-df2", "telepathy", "protocol 'telepathy' is unknown"),
        ('link = "oximeter"', 'address = "C0:FF:EE:00:00:01"', "needs `link`"),
    ],
)
def test_a_mistake_ends_the_command_with_words_and_status_2(
    tmp_path: Path, command: str, old: str, new: str, words: str
) -> None:
    path = configure(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    result = CliRunner().invoke(app, [command, "--config", str(path)])
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_key_file_that_others_read_ends_the_command(tmp_path: Path) -> None:
    path = configure(tmp_path)
    (tmp_path / "edge.key").chmod(0o644)
    result = CliRunner().invoke(app, ["run", "--config", str(path)])
    assert result.exit_code == 2
    assert "mode 0644" in result.stderr


def test_run_goes_on_without_broker_and_sensor_and_stops_when_told(tmp_path: Path) -> None:
    path = configure(tmp_path)
    with subprocess.Popen(
        [str(VEILLEUSE), "edge", "run", "--config", str(path)], stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        lines = [child.stderr.readline() for _ in range(2)]
        child.send_signal(signal.SIGTERM)
        rest = child.stderr.read()
    assert child.returncode == 0
    text = "".join(lines) + rest
    assert "edge-0001/uplink: lost: broker 127.0.0.1:1: " in text
    assert "edge-0001/sensor oximeter: lost: " in text
    assert "Traceback" not in text
    assert (tmp_path / "spool.db").exists()
