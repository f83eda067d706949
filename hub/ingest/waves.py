"""Blocks of samples, divided where they stop being one person's. Pure."""

from __future__ import annotations

import base64
import math

import msgspec

from devices.clock import SECOND
from hub.ingest.owners import Owners
from hub.store.ports import NOBODY, WaveformRow


def divide(owners: Owners, row: WaveformRow) -> list[WaveformRow]:
    """Return a block as the blocks of those whose it is, without a sample lost or doubled."""
    block = row.block
    count = len(row.samples) // 2
    last = block.time + max(0, math.ceil((count - 1) / block.rate * SECOND))
    parts = owners.parts(row.edge, block.sensor, block.time, last)
    if len(parts) == 1:
        return [row._replace(resident=parts[0].resident or NOBODY)]
    rows = []
    start = 0
    for part in parts:
        # The first sample at or after the end of the part; the last part ends after the last sample.
        end = min(count, math.ceil((part.until - block.time) * block.rate / SECOND))
        if end > start:
            samples = row.samples[2 * start : 2 * end]
            piece = msgspec.structs.replace(
                block,
                time=block.time + round(start / block.rate * SECOND),
                samples=base64.b64encode(samples).decode(),
            )
            rows.append(WaveformRow(part.resident or NOBODY, row.edge, piece, samples))
        start = max(start, end)
    return rows
