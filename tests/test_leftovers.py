"""A run that leaves a process behind fails, names it and ends it; one that leaves none does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import leftovers

ROOT = Path(__file__).parent.parent
FORGETFUL = """
import subprocess, sys

def test_forgets():
    # Of its own session, without a parent that lives, its output elsewhere.
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""
TIDY = """
import subprocess

def test_tidies_up():
    with subprocess.Popen(["sleep", "600"]) as process:
        process.kill()
"""


@pytest.fixture
def run_of(tmp_path: Path) -> Path:
    """A folder whose tests have the hooks of ours."""
    (tmp_path / "conftest.py").write_text(
        "from tests import leftovers\nleftovers.GRACE = 1.0\npytest_configure = leftovers.watch\n"
    )
    return tmp_path


def run(folder: Path, text: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a test of that text as somebody would who begins a run."""
    (folder / "test_it.py").write_text(text)
    ours = {
        name: value
        for name, value in os.environ.items()
        if name != leftovers.MARK and not name.startswith("PYTEST")
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *flags, str(folder)]
    return subprocess.run(
        command,
        env={**ours, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("flags", [(), ("-n", "1")], ids=["alone", "shared"])
def test_what_is_left_behind_fails_the_run_and_is_ended(run_of: Path, flags: tuple[str, ...]) -> None:
    done = run(run_of, FORGETFUL, *flags)
    assert "1 passed" in done.stdout
    assert done.returncode == 1, done.stdout + done.stderr
    told = next(line for line in done.stdout.splitlines() if line.startswith("LEFT BEHIND"))
    assert "time.sleep(600)" in told
    assert "test_it.py::test_forgets" in told
    pid = int(told.split("process ")[1].split(",")[0])
    # Ended; perhaps nobody has asked for its end yet.
    status = Path(f"/proc/{pid}/status")
    assert not status.exists() or "Z (zombie)" in status.read_text()


def test_a_run_that_leaves_nothing_is_not_disturbed(run_of: Path) -> None:
    done = run(run_of, TIDY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LEFT BEHIND" not in done.stdout
