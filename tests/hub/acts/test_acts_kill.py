"""`kill -9` between and during steps: every act is in the state that was told, and every state is reached all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from hub.acts.registry import MACHINES
from hub.store import acts, records
from hub.store.database import Database
from hub.store.records import Resident
from tests.conftest import ROOT
from tests.hub.acts.acts_child import RESIDENT

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

KILLS = 4
TARGETS = {
    f"{kind.value}-{state}": state
    for kind, machine in MACHINES.items()
    for state in {machine.start, *machine.table.values()}
}


def started(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "acts_child.py"), str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def told_until_killed(child: subprocess.Popen[str], lines: int, delay: float) -> list[str]:
    """Let a child say some lines, kill it a little later, and return everything it said."""
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    # Part of the next step: what is being written is cut off anywhere.
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    said += child.stdout.readlines()
    child.wait(30)
    child.stdout.close()
    return [line.strip() for line in said if line.endswith("\n")]


def told_to_the_end(child: subprocess.Popen[str]) -> list[str]:
    assert child.stdout is not None
    with child.stdout:
        said = [line.strip() for line in child.stdout]
    assert child.wait(60) == 0
    return said


def check(database: Database, told: list[str]) -> None:
    """Every step that was told is there; every act is where its last step left it, by legal steps alone."""
    with database.read() as connection:
        known = {act.id: act for act in acts.of_resident(connection, RESIDENT, limit=1000)}
        steps = acts.steps(connection, list(known))
    for line in told:
        key, number, state = line.split()
        assert steps[key][int(number) - 1].state == state
    for key, act in known.items():
        history, machine = steps[key], MACHINES[act.kind]
        assert [step.number for step in history] == list(range(1, act.version + 1))
        assert (history[0].state, history[-1].state) == (machine.start, act.state)
        for before, step in pairwise(history):
            assert machine.table[before.state, step.event] == step.state
        # An act that another one ended is ended exactly when that other one is there.
        for step in history:
            assert step.fields.get("into", key) in known


def test_every_state_of_every_act_survives(tmp_path: Path) -> None:
    random = Random(20261122)
    database = Database(tmp_path / "hub.db")
    with database.write() as connection:
        records.add_resident(connection, Resident(RESIDENT, "Martin", "Jeanne", 1935, 1))
    for _ in range(KILLS):
        told = told_until_killed(started(database.path), random.randint(3, 16), random.uniform(0, 0.02))
        assert "done" not in told
        check(database, told)
    told = told_to_the_end(started(database.path))
    assert told.pop() == "done"
    check(database, told)
    with database.read() as connection:
        reached = {act.id: act.state for act in acts.of_resident(connection, RESIDENT, limit=1000)}
    assert {key: reached.get(key) for key in TARGETS} == TARGETS
    assert sum(key.endswith("-next") for key in reached) >= 3
    database.close()
