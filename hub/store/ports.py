"""What the hub asks of a time-series store, whichever it is.

An observation is identified by (edge, sensor, metric, time). A store is written by one thread, the writer's, in two
steps around the transaction of `hub.db`: `put` before it, for stores with a disk of their own, which must be able to
take the same batch again; `put_within` inside of it, for the store that shares the file. It is read by any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from devices.wire.messages import Observation, WaveformBlock

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NOBODY = ""
"Resident of what an edge measured while it stood in nobody's room: kept, and shown to nobody."


class Block(NamedTuple):
    """Observations of one envelope and one resident."""

    resident: str
    edge: str
    observations: Sequence[Observation]


class WaveformRow(NamedTuple):
    """A waveform block of one resident."""

    resident: str
    edge: str
    block: WaveformBlock
    samples: bytes
    "Signed 16-bit little-endian."


@dataclass(slots=True)
class Batch:
    """Everything for the time-series store of one commit."""

    blocks: list[Block] = field(default_factory=list)
    waveforms: list[WaveformRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Observations of one metric, sorted by time."""

    times: Ints
    values: Floats
    flags: Ints
    "`devices.quality.Quality` as integers."
    lows: Floats | None = None
    "Lowest value each point stands for, when down-sampled."
    highs: Floats | None = None
    next: int | None = None
    "Start of the next page, `None` when there is nothing more."


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of one metric."""

    metric: str
    value: float
    time: int
    flags: int
    sensor: str
    edge: str


@dataclass(frozen=True, slots=True)
class StoredWaveform:
    """One block of samples."""

    sensor: str
    metric: str
    time: int
    rate: float
    scale: float
    flags: int
    samples: npt.NDArray[np.int16]


class TimeSeries(Protocol):
    """A time-series store. Intervals are [start, end), microseconds UTC."""

    def put(self, batch: Batch) -> None:
        """Make a batch durable on the store's own disk; putting it again changes nothing.

        Raises:
            StoreUnavailableError: try the same batch again later.
            StoreRefusedError: the store will never take this batch.
        """
        ...

    def put_within(self, connection: Connection, batch: Batch) -> None:
        """Write a batch as part of the transaction of `hub.db`."""
        ...

    def maintain(self) -> bool:
        """Do a bounded piece of housekeeping from the writer's thread; tell whether there is more to do."""
        ...

    def read(
        self,
        resident: str,
        metric: str,
        start: int,
        end: int,
        *,
        max_points: int | None = None,
        limit: int | None = None,
    ) -> Columns:
        """Return what was measured, oldest first.

        Args:
            resident: whose.
            metric: name of a row of the nomenclature.
            start: first time.
            end: time after the last one.
            max_points: down-sample to at most so many points (mean, lowest, highest of each); excludes `limit`.
            limit: return at most about so many and tell where the next page starts; equal times stay together.

        Raises:
            StoreUnavailableError: the store cannot be reached.
        """
        ...

    def latest(self, resident: str) -> list[Latest]:
        """Return the newest value of every metric and sensor, ordered by metric, sensor."""
        ...

    def waveforms(self, resident: str, metric: str, start: int, end: int) -> list[StoredWaveform]:
        """Return the blocks that touch an interval, oldest first."""
        ...

    def count(self, resident: str | None = None) -> int:
        """Count observations, of one resident or of everybody."""
        ...

    def coverage(self, resident: str, metric: str, start: int, end: int, gap: int) -> float:
        """Return the share of an interval, 0 to 1, for which a value not older than `gap` microseconds exists."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
