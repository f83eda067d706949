"""Child process of the full disk's test, in a mount namespace of its own: a small real disk, filled to the last byte.

Prints one line of facts for each step; the test reads them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Measurement, Waveform
from devices.wire.messages import Lane, observation, waveform_block
from edge.pipeline import Batch, Content
from edge.reserve import free_bytes
from edge.salvage import open_spool
from edge.spool import Placement, Spool, SpoolFullError

RESERVE = 4 * 1024 * 1024
PLACED = Placement(synchronised=True)


def batch(number: int, waveforms: int) -> Batch:
    time = BUILD_FLOOR + number * SECOND
    content = Content((observation(Measurement("oximeter", "spo2", float(number), time)),))
    block = waveform_block(Waveform("oximeter", "pleth", time, 100.0, tuple(range(1000))))
    return Batch(content, (block,) * waveforms)


def fill(disk: Path, name: str) -> None:
    """Write until the disk takes no more."""
    with (disk / name).open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def facts(step: str, spool: Spool, **more: object) -> None:
    vital, losses, after = [], 0, 0
    batches = spool.unacknowledged(Lane.LIVE, 0, 100_000)
    for each in batches:
        vital += [observed.value for observed in each.content.observations]
        losses += sum(loss.count for loss in each.content.losses)
        after += sum(1000 for _ in each.waveforms)
    print(
        json.dumps({"step": step, "vital": vital, "lost": losses, "kept": after, "full": spool.full, **more})
    )


def main(disk: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(disk)], check=True)
    spool = open_spool(disk / "spool.db", max_bytes=100_000_000, reserve_bytes=RESERVE)
    number = 0
    # 1. Our own curves fill the disk.
    while not spool.full:
        spool.seal(batch(number, 5), PLACED, Lane.LIVE)
        number += 1
    for _ in range(50):
        spool.seal(batch(number, 5), PLACED, Lane.LIVE)
        number += 1
    facts("curves", spool, sealed=number, free=free_bytes(disk / "spool.db"))
    # 2. Others fill the rest; the curves make room for vital signs until none is left.
    fill(disk, "log")
    refused = 0
    for _ in range(3000):
        try:
            spool.seal(batch(number, 0), PLACED, Lane.LIVE)
        except SpoolFullError:
            refused = number
            break
        number += 1
    facts("vital", spool, sealed=number, refused=refused)
    # 3. The hub acknowledges on the full disk: deleting works, and so does what comes then.
    spool.acknowledge(Lane.LIVE, number - 10)
    spool.flush()
    for _ in range(20):
        spool.seal(batch(number, 0), PLACED, Lane.LIVE)
        number += 1
    facts("acknowledged", spool, sealed=number)
    # 4. A restart on the full disk.
    spool.close()
    spool = open_spool(disk / "spool.db", max_bytes=100_000_000, reserve_bytes=RESERVE)
    spool.seal(batch(number, 0), PLACED, Lane.LIVE)
    number += 1
    facts("restarted", spool, sealed=number)
    # 5. Room again: the reserve is back, and the spool says so.
    (disk / "log").unlink()
    spool.full = True
    spool.tidy()
    spool.seal(batch(number, 5), PLACED, Lane.LIVE)
    number += 1
    facts("room", spool, sealed=number, reserve=(disk / "spool.db.reserve").exists())
    spool.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
