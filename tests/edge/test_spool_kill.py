"""`kill -9` of a process that writes its spool, at seeded random moments: nothing told as durable is ever lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from devices.wire.messages import Lane
from edge.salvage import open_spool

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 12


def run_and_kill(path: Path, seed: int, first: int, seconds: float) -> list[list[str]]:
    """Let a writer work for so long after it is ready, kill it, and return what it told."""
    argv = [
        sys.executable,
        str(Path(__file__).with_name("spool_writer.py")),
        str(path),
        str(seed),
        str(first),
    ]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        killer = threading.Timer(seconds, child.send_signal, [signal.SIGKILL])
        killer.start()
        lines = [line.decode().split() for line in child.stdout if line.endswith(b"\n")]
        killer.join()
    assert child.returncode == -signal.SIGKILL
    return lines


@pytest.mark.kill
def test_what_was_told_as_durable_survives_every_kill(tmp_path: Path) -> None:
    random = Random(20261121)
    path = tmp_path / "spool.db"
    told: dict[int, int] = {}
    late: dict[int, int] = {}
    identities = set()
    for turn in range(ROUNDS):
        lines = run_and_kill(path, turn, 10_000 * turn, random.uniform(0.02, 0.6))
        for kind, number, seq in lines:
            (late if kind == "late" else told)[int(number)] = int(seq)
        spool = open_spool(path, max_bytes=50_000_000, reserve_bytes=65_536)
        identities.add(spool.identity)
        on_disk = {
            (lane, each.seq): int(each.content.observations[0].value)
            for lane in Lane
            for each in spool.unacknowledged(lane, 0, 1_000_000)
        }
        waiting = spool.waiting()
        positions = {lane: spool.position(lane).numbered for lane in Lane}
        spool.close()
        for lane in Lane:
            numbers = [seq for each, seq in on_disk if each is lane]
            assert numbers == list(range(1, positions[lane] + 1)), "a hole in the numbers"
        live_told = {number: seq for number, seq in told.items() if seq}
        assert live_told.items() <= {v: k[1] for k, v in on_disk.items() if k[0] is Lane.LIVE}.items()
        assert late.items() <= {v: k[1] for k, v in on_disk.items() if k[0] is Lane.LATE}.items()
        # What was told without a number is numbered late or waits; one more may lie there that was not told in time.
        assert len(on_disk) + waiting - len(told) in range(turn + 2)
    assert len(identities) == 1
    assert not list(tmp_path.glob("*.damaged-*"))
    assert len(told) > 20 * ROUNDS, "the writer must have got somewhere"
