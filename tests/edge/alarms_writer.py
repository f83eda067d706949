"""Child process of `test_alarms_kill.py`: a room whose saturation falls and rises by a seeded plan, judged and written."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.measurement import Measurement
from edge.alarms.room import RoomAlarms
from edge.counters import Counters
from edge.pipeline import Pipeline
from edge.salvage import open_spool
from edge.spool import Placement

LIMIT = Limit("spo2-low", "spo2", Priority.HIGH, low=88, delay=3)


def value_at(second: int) -> float:
    """The plan: the same whenever it is asked."""
    return 82.0 if Random(second // 7).random() < 0.5 else 95.0


def main(path: str, first: int) -> None:
    spool = open_spool(Path(path), max_bytes=50_000_000, reserve_bytes=65_536)
    alarms, pipeline = RoomAlarms(), Pipeline(Counters())
    alarms.set_limits((LIMIT,), BUILD_FLOOR)
    body = spool.alarms()
    if body is not None:
        alarms.restore(body)
    os.write(1, b"ready\n")
    for second in range(first, first + 100_000):
        time = BUILD_FLOOR + second * SECOND
        for reading in pipeline.add(Measurement("oximeter", "spo2", value_at(second), time), time):
            for verdict in alarms.take(reading, time):
                pipeline.tell(verdict, time)
        batch = pipeline.take(time)
        assert batch is not None
        if alarms.changed:
            batch = replace(batch, alarms=alarms.kept())
        spool.seal(batch, Placement(synchronised=True))
        os.write(1, f"{second}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
