"""`kill -9` of the hub at seeded instants while an alert climbs its ladder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from devices.clock import SystemClock
from hub.store import tellings
from hub.store.database import Database
from hub.store.tellings import Stage
from tests.conftest import ROOT
from tests.hub.ingest.home import eventually
from tests.hub.notify.escalating_child import STEPS
from tests.scenarios.hub_in_process import furnish

pytestmark = [pytest.mark.kill, pytest.mark.timeout(240)]

KILLS = 12


def start(home: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "escalating_child.py"), str(home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    assert child.stdout is not None
    child.stdout.close()


def read(database: Database) -> tuple[list[tellings.Notification], list[tellings.NotificationStep]]:
    with database.read() as connection:
        [alert] = connection.exec_driver_sql("SELECT id FROM alerts").scalars().all()
        return tellings.notifications(connection, alert), tellings.steps(connection, alert)


def all_sent(path: Path) -> bool:
    database = Database(path)
    try:
        with database.read() as connection:
            query = "SELECT count(*) FROM notifications WHERE stage = 'sent'"
            return bool(connection.exec_driver_sql(query).scalar_one() == STEPS)
    finally:
        database.close()


def test_no_step_is_lost_and_none_is_told_twice_without_the_log_saying_why(tmp_path: Path) -> None:
    random, pause, path = Random(20261122), threading.Event(), tmp_path / "hub.db"
    furnish(path, SystemClock().utc() - 3_600_000_000)
    child = start(tmp_path)
    for _ in range(KILLS):
        pause.wait(random.uniform(0.05, 1.2))
        end(child)
        child = start(tmp_path)
    eventually(lambda: all_sent(path), "every step is told", 60)
    end(child)
    database = Database(path)
    told, steps = read(database)
    with database.read() as connection:
        raised = connection.exec_driver_sql(
            "SELECT count(*) FROM transitions WHERE event = 'raised'"
        ).scalar_one()
    database.close()
    assert raised == 1
    assert sorted((row.round, row.step) for row in told) == [(0, step) for step in range(STEPS)]
    assert all(row.created >= row.due for row in told)
    written = Counter((tmp_path / "paper").read_text().split())
    assert written.keys() == {row.id for row in told}
    resent = Counter(step.notification for step in steps if step.stage == Stage.RESENT)
    sending = Counter(step.notification for step in steps if step.stage == Stage.SENDING)
    for key, times in written.items():
        # A hub may end between the line in the log and the channel: then it was sent less often than the log fears.
        assert times <= sending[key] == resent[key] + 1
