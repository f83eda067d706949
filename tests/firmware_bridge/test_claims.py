"""A claim holds across processes, as long as its holder lives and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.claims import ClaimedError, Claims, claims_folder

LINE = "/dev/serial/by-id/usb-node"

HOLDER = """
import sys
from pathlib import Path
from firmware_bridge.claims import Claims
with Claims(Path(sys.argv[1])).hold(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_claim_is_seen_while_it_is_held(tmp_path: Path) -> None:
    edge, updater = Claims(tmp_path / "claims"), Claims(tmp_path / "claims")
    assert not edge.held(LINE)
    with updater.hold(LINE):
        assert edge.held(LINE)
        assert not edge.held("/dev/other")
    assert not edge.held(LINE)
    with updater.hold(LINE):
        assert edge.held(LINE)


def test_a_second_update_of_one_line_is_refused(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    with claims.hold(LINE):
        with pytest.raises(ClaimedError, match="another update"), claims.hold(LINE):
            pass
        with claims.hold("/dev/other"):
            assert claims.held(LINE)


def test_a_claim_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path), LINE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert Claims(tmp_path).held(LINE)
        holder.kill()
    assert not Claims(tmp_path).held(LINE)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ClaimedError, match="cannot be claimed"),
        Claims(tmp_path / "file" / "claims").hold(LINE),
    ):
        pass


def test_claims_are_beside_the_spool(tmp_path: Path) -> None:
    assert claims_folder(tmp_path / "spool.db") == tmp_path / "spool.db-updating"
