"""Child process of the spool's tests: seals, numbers and acknowledges by a seeded plan; tells each durable batch on stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

from devices.clock import BUILD_FLOOR
from devices.measurement import Measurement, Waveform
from devices.wire.messages import Lane, observation, waveform_block
from edge.pipeline import Batch, Content
from edge.salvage import open_spool
from edge.spool import Placement


def main(path: str, seed: int, first: int) -> None:
    random = Random(seed)
    spool = open_spool(Path(path), max_bytes=50_000_000, reserve_bytes=65_536)
    os.write(1, b"ready\n")
    for number in range(first, first + 100_000):
        time = BUILD_FLOOR + number
        content = Content((observation(Measurement("oximeter", "spo2", float(number), time)),))
        block = waveform_block(Waveform("oximeter", "pleth", time, 100.0, tuple(range(100))))
        lane = Lane.LIVE if random.random() < 0.5 else None
        numbered = spool.seal(
            Batch(content, (block,) * random.randrange(4)), Placement(synchronised=True), lane
        )
        os.write(1, f"sealed {number} {numbered.seq if numbered else 0}\n".encode())
        if random.random() < 0.2:
            for late in spool.number_late(random.randrange(1, 8)):
                os.write(1, f"late {int(late.content.observations[0].value)} {late.seq}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
