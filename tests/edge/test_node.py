"""`veilleuse node`: what it refuses before a wire is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.config import load
from edge.node import FAILED, REFUSED, app
from firmware_bridge.claims import Claims, claims_folder
from tests.edge.support import EDGE, write_keys

runner = CliRunner()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_keys(tmp_path / "edge.key")
    path = tmp_path / "edge.toml"
    path.write_text(
        f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n'
        f'[[sensor]]\nid = "bed-1"\nprotocol = "node"\nlink = "{tmp_path / "no-such-port"}"\n'
    )
    return path


def test_a_sensor_that_is_not_in_the_room_is_refused(config: Path) -> None:
    result = runner.invoke(app, ["ask", "--config", str(config), "--sensor", "bed-2"])
    assert result.exit_code == REFUSED
    assert "names no sensor 'bed-2' on a serial line" in result.output


def test_a_missing_image_is_refused(config: Path, tmp_path: Path) -> None:
    result = runner.invoke(
        app, ["update", str(tmp_path / "node.json"), "--config", str(config), "--sensor", "bed-1"]
    )
    assert result.exit_code == REFUSED
    assert "cannot be read" in result.output


def test_a_line_that_is_being_updated_is_refused(config: Path) -> None:
    room = load(config)
    with Claims(claims_folder(Path(room.spool))).hold(room.sensor[0].link or ""):
        result = runner.invoke(app, ["ask", "--config", str(config), "--sensor", "bed-1"])
    assert result.exit_code == REFUSED
    assert "another update" in result.output


def test_a_node_that_is_not_there_is_said(config: Path) -> None:
    result = runner.invoke(app, ["ask", "--config", str(config), "--sensor", "bed-1"])
    assert result.exit_code == FAILED
    assert "is not there" in result.output
