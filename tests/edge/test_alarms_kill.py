"""`kill -9` of a room at seeded random moments: its verdicts are those of a room that nobody killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Measurement
from devices.wire.messages import Lane, Verdict
from edge.alarms.room import RoomAlarms
from edge.salvage import open_spool
from tests.edge.alarms_writer import LIMIT, value_at

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 8


def run_and_kill(path: Path, first: int, seconds: float) -> None:
    argv = [sys.executable, "-m", "tests.edge.alarms_writer", str(path), str(first)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        killer = threading.Timer(seconds, child.send_signal, [signal.SIGKILL])
        killer.start()
        child.stdout.read()
        killer.join()
    assert child.returncode == -signal.SIGKILL


def unharmed(seconds: int) -> dict[int, Verdict]:
    alarms, told = RoomAlarms(), {}
    alarms.set_limits((LIMIT,), BUILD_FLOOR)
    for second in range(seconds):
        time = BUILD_FLOOR + second * SECOND
        for verdict in alarms.take(Measurement("oximeter", "spo2", value_at(second), time), time):
            told[verdict.onset] = verdict
    return told


@pytest.mark.kill
def test_verdicts_survive_every_kill(tmp_path: Path) -> None:
    random, path, first = Random(20261122), tmp_path / "spool.db", 0
    for _ in range(ROUNDS):
        run_and_kill(path, first, random.uniform(0.05, 0.4))
        spool = open_spool(path, max_bytes=50_000_000, reserve_bytes=65_536)
        spool.number_late(1_000_000)
        contents = [each.content for each in spool.unacknowledged(Lane.LATE, 0, 1_000_000)]
        times = [seen.time for content in contents for seen in content.observations]
        told = {verdict.onset: verdict for content in contents for verdict in content.verdicts}
        spool.close()
        first = (max(times) - BUILD_FLOOR) // SECOND + 1
        assert times == [BUILD_FLOOR + second * SECOND for second in range(first)]
        assert told == unharmed(first)
    assert len(told) > ROUNDS
