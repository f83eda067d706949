"""A time-series store without what people took back; see `hub.store.spot_checks`.

It stands in front of whichever store there is: both only ever add, and one of them has no transaction with the records.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from hub.alerting.entry import ENTERED
from hub.store import columns, spot_checks
from hub.store.database import Database
from hub.store.ports import Batch, Columns, Latest, StoredWaveform, TimeSeries
from hub.store.spot_checks import SpotCheck


class RevisedTimeSeries:
    """Implements `hub.store.ports.TimeSeries` over another store."""

    def __init__(self, inner: TimeSeries, database: Database) -> None:
        """Take the store and the records that say what is taken back."""
        self.inner = inner
        self._database = database

    def put(self, batch: Batch) -> None:
        """See `TimeSeries.put`."""
        self.inner.put(batch)

    def put_within(self, connection: Connection, batch: Batch) -> None:
        """See `TimeSeries.put_within`."""
        self.inner.put_within(connection, batch)

    def maintain(self) -> bool:
        """See `TimeSeries.maintain`."""
        return self.inner.maintain()

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
        """See `TimeSeries.read`; what was taken back is not in it."""
        with self._database.read() as connection:
            gone = spot_checks.voided(connection, resident, metric, start, end)
        if not gone:
            return self.inner.read(resident, metric, start, end, max_points=max_points, limit=limit)
        # Cut before it is down-sampled: a mean of a value that was taken back would still tell of it.
        found = self.inner.read(resident, metric, start, end)
        kept = ~np.isin(found.times, np.array(gone, np.int64))
        left = Columns(found.times[kept], found.values[kept], found.flags[kept])
        return columns.shape(left, start, end, max_points, limit)

    def latest(self, resident: str) -> list[Latest]:
        """See `TimeSeries.latest`; of what was entered by hand, the newest that still holds."""
        found = self.inner.latest(resident)
        if not any(each.sensor == ENTERED for each in found):
            return found
        with self._database.read() as connection:
            gone = spot_checks.all_voided(connection, resident)
            if not gone:
                return found
            checks = spot_checks.standing(connection, resident)
        kept = [_before(each, checks) if (each.metric, each.time) in gone else each for each in found]
        return [each for each in kept if each is not None]

    def waveforms(self, resident: str, metric: str, start: int, end: int) -> list[StoredWaveform]:
        """See `TimeSeries.waveforms`."""
        return self.inner.waveforms(resident, metric, start, end)

    def count(self, resident: str | None = None) -> int:
        """See `TimeSeries.count`; what was taken back was measured and counts."""
        return self.inner.count(resident)

    def coverage(self, resident: str, metric: str, start: int, end: int, gap: int) -> float:
        """See `TimeSeries.coverage`."""
        found = self.read(resident, metric, start - gap, end)
        return columns.coverage(found.times, start, end, gap)

    def close(self) -> None:
        """See `TimeSeries.close`."""
        self.inner.close()


def _before(gone: Latest, checks: list[SpotCheck]) -> Latest | None:
    """Return the newest value entered by hand that holds, instead of one that was taken back."""
    held = (
        replace(gone, value=each.value, time=check.time_of(each), flags=0)
        for check in checks
        for each in check.readings
        if each.by_hand and each.metric == gone.metric
    )
    return next(held, None)
