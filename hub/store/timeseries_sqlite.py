"""The embedded time-series store: a plain head table and compressed chunks, in the same file as the records.

A commit appends one row per edge to the head, which is all that the writer's transaction has to pay. When an
edge's head has grown, `maintain` turns it into one chunk per series and deletes it in one transaction, so an
observation is in the head or in a chunk and never in both. A read merges both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import numpy as np
from sqlalchemy import Connection, func, insert, select

from devices.clock import SECOND
from devices.wire.messages import Observation
from hub.store import chunks, columns
from hub.store.database import Database
from hub.store.ports import Batch, Columns, Latest, StoredWaveform, WaveformRow
from hub.store.schema import CHUNKS, HEAD, SERIES, WAVEFORMS

COMPACT = 4_000
"Observations of one edge in the head before they are compacted: some 10 minutes of a room, 2 ms to decode."

_MAX_ROWS = 4_000
"Rows of one compaction; bounds how long the writer is held up."
_HEAD = "INSERT INTO head(resident, edge, count, body) VALUES (?, ?, ?, ?)"
_WAVEFORM = (
    "INSERT INTO waveforms(resident, metric, edge, sensor, time, until, rate, scale, flags, samples) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_CHUNK = "INSERT INTO chunks(series, first, last, count, body) VALUES (?, ?, ?, ?, ?)"

Group = tuple[str, str]
"(resident, edge)."
SeriesKey = tuple[str, str, str, str]
"(resident, metric, edge, sensor)."


class SqliteTimeSeries:
    """Time series in `hub.db`. Implements `hub.store.ports.TimeSeries`."""

    def __init__(self, database: Database, *, compact: int = COMPACT) -> None:
        """Take the database.

        Args:
            database: where the tables are.
            compact: observations of one edge in the head before they are compacted.
        """
        self._database = database
        self._full = compact
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(tuple[Observation, ...]).decode
        self._pending: defaultdict[Group, int] = defaultdict(int)
        self._series: dict[SeriesKey, int] = {}
        with database.read() as connection:
            for row in connection.execute(
                select(HEAD.c.resident, HEAD.c.edge, func.sum(HEAD.c.count)).group_by(
                    HEAD.c.resident, HEAD.c.edge
                )
            ):
                self._pending[row.resident, row.edge] = int(row[2])

    def put(self, batch: Batch) -> None:
        """Do nothing: this store's disk is that of `hub.db`."""

    def put_within(self, connection: Connection, batch: Batch) -> None:
        """Append the batch to the head."""
        grouped: defaultdict[Group, list[Observation]] = defaultdict(list)
        for resident, edge, observations in batch.blocks:
            grouped[resident, edge].extend(observations)
        rows = [(*group, len(found), self._encode(found)) for group, found in grouped.items()]
        if rows:
            connection.exec_driver_sql(_HEAD, rows)
        for group, found in grouped.items():
            # A transaction that is tried again counts twice: its rows are only compacted a little early.
            self._pending[group] += len(found)
        if batch.waveforms:
            connection.exec_driver_sql(_WAVEFORM, [_waveform_row(row) for row in batch.waveforms])

    def maintain(self) -> bool:
        """Compact the fullest head if it is full; tell whether another one is."""
        if not self._pending:
            return False
        group = max(self._pending, key=self._pending.__getitem__)
        if self._pending[group] < self._full:
            return False
        self.compact(group)
        return max(self._pending.values(), default=0) >= self._full

    def compact(self, group: Group) -> None:
        """Turn the head of one edge and resident into chunks."""
        created: dict[SeriesKey, int] = {}
        with self._database.write(relaxed=True) as connection:
            rows = connection.execute(
                select(HEAD.c.id, HEAD.c.count, HEAD.c.body)
                .where(HEAD.c.resident == group[0], HEAD.c.edge == group[1])
                .order_by(HEAD.c.id)
                .limit(_MAX_ROWS)
            ).all()
            for (sensor, metric), (times, values, flags) in self._points([row.body for row in rows]).items():
                key = (group[0], metric, group[1], sensor)
                series = self._series.get(key) or created.get(key)
                if series is None:
                    series = created[key] = _series_id(connection, key)
                part = columns.merge([_part(times, values, flags)], min(times), max(times) + 1)
                connection.exec_driver_sql(_CHUNK, _chunk_rows(series, part))
            if rows:
                connection.exec_driver_sql(
                    "DELETE FROM head WHERE resident = ? AND edge = ? AND id <= ?", (*group, rows[-1].id)
                )
        # Only what is on the disk is remembered.
        self._series |= created
        left = self._pending.pop(group, 0) - sum([row[1] for row in rows])
        if rows and left > 0:
            self._pending[group] = left

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
        """Return what was measured, oldest first; see `hub.store.ports.TimeSeries.read`."""
        return columns.shape(self._read(resident, metric, start, end), start, end, max_points, limit)

    def latest(self, resident: str) -> list[Latest]:
        """Return the newest value of every metric and sensor, ordered by metric, sensor."""
        found: dict[tuple[str, str, str], Latest] = {}
        with self._database.read() as connection:
            for series in connection.execute(select(SERIES).where(SERIES.c.resident == resident)):
                body = connection.execute(
                    select(CHUNKS.c.body)
                    .where(CHUNKS.c.series == series.id)
                    .order_by(CHUNKS.c.last.desc(), CHUNKS.c.id.desc())
                    .limit(1)
                ).scalar_one()
                times, values, flags = chunks.decode(body)
                found[series.metric, series.sensor, series.edge] = Latest(
                    series.metric,
                    float(values[-1]),
                    int(times[-1]),
                    int(flags[-1]),
                    series.sensor,
                    series.edge,
                )
            head = connection.execute(
                select(HEAD.c.edge, HEAD.c.body).where(HEAD.c.resident == resident).order_by(HEAD.c.id)
            ).all()
        for row in head:
            for seen in self._decode(row.body):
                key = (seen.metric, seen.sensor, row.edge)
                if key not in found or found[key].time <= seen.time:
                    found[key] = Latest(seen.metric, seen.value, seen.time, seen.flags, seen.sensor, row.edge)
        return [found[key] for key in sorted(found)]

    def waveforms(self, resident: str, metric: str, start: int, end: int) -> list[StoredWaveform]:
        """Return the blocks that touch an interval, oldest first."""
        query = (
            select(WAVEFORMS)
            .where(
                WAVEFORMS.c.resident == resident,
                WAVEFORMS.c.metric == metric,
                WAVEFORMS.c.time < end,
                WAVEFORMS.c.until > start,
            )
            .order_by(WAVEFORMS.c.time, WAVEFORMS.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            StoredWaveform(
                row.sensor,
                row.metric,
                row.time,
                row.rate,
                row.scale,
                row.flags,
                chunks.decode_samples(row.samples),
            )
            for row in rows
        ]

    def count(self, resident: str | None = None) -> int:
        """Count observations, of one resident or of everybody."""
        head = select(func.coalesce(func.sum(HEAD.c.count), 0))
        packed = select(func.coalesce(func.sum(CHUNKS.c.count), 0))
        if resident is not None:
            head = head.where(HEAD.c.resident == resident)
            packed = packed.join(SERIES, SERIES.c.id == CHUNKS.c.series).where(SERIES.c.resident == resident)
        with self._database.read() as connection:
            return int(connection.execute(head).scalar_one() + connection.execute(packed).scalar_one())

    def coverage(self, resident: str, metric: str, start: int, end: int, gap: int) -> float:
        """Return the share of an interval for which a value not older than `gap` microseconds exists."""
        found = self._read(resident, metric, start - gap, end)
        return columns.coverage(found.times, start, end, gap)

    def close(self) -> None:
        """Do nothing: the database belongs to who opened it."""

    def _read(self, resident: str, metric: str, start: int, end: int) -> Columns:
        packed = (
            select(CHUNKS.c.body)
            .join(SERIES, SERIES.c.id == CHUNKS.c.series)
            .where(
                SERIES.c.resident == resident,
                SERIES.c.metric == metric,
                CHUNKS.c.last >= start,
                CHUNKS.c.first < end,
            )
            .order_by(CHUNKS.c.series, CHUNKS.c.first, CHUNKS.c.id)
        )
        head = select(HEAD.c.body).where(HEAD.c.resident == resident).order_by(HEAD.c.id)
        # One transaction: a compaction between the two statements would show a point twice or not at all.
        with self._database.read() as connection:
            bodies = connection.execute(packed).scalars().all()
            fresh = connection.execute(head).scalars().all()
        parts = [chunks.decode(body) for body in bodies]
        times: list[int] = []
        values: list[float] = []
        flags: list[int] = []
        for body in fresh:
            for seen in self._decode(body):
                if seen.metric == metric:
                    times.append(seen.time)
                    values.append(seen.value)
                    flags.append(seen.flags)
        parts.append(_part(times, values, flags))
        return columns.merge(parts, start, end)

    def _points(
        self, bodies: Iterable[bytes]
    ) -> dict[tuple[str, str], tuple[list[int], list[float], list[int]]]:
        points: dict[tuple[str, str], tuple[list[int], list[float], list[int]]] = {}
        for body in bodies:
            for seen in self._decode(body):
                key = (seen.sensor, seen.metric)
                column = points.get(key)
                if column is None:
                    column = points[key] = ([], [], [])
                column[0].append(seen.time)
                column[1].append(seen.value)
                column[2].append(seen.flags)
        return points


def _part(times: list[int], values: list[float], flags: list[int]) -> columns.Part:
    return np.array(times, np.int64), np.array(values, np.float64), np.array(flags, np.int64)


def _chunk_rows(series: int, part: Columns) -> list[tuple[int, int, int, int, bytes]]:
    rows = []
    for start in range(0, part.times.size, chunks.MAX_POINTS):
        cut = slice(start, start + chunks.MAX_POINTS)
        times, values, flags = part.times[cut], part.values[cut], part.flags[cut]
        body = chunks.encode(times, values, flags)
        rows.append((series, int(times[0]), int(times[-1]), int(times.size), body))
    return rows


def _series_id(connection: Connection, key: SeriesKey) -> int:
    resident, metric, edge, sensor = key
    where = (
        SERIES.c.resident == resident,
        SERIES.c.metric == metric,
        SERIES.c.edge == edge,
        SERIES.c.sensor == sensor,
    )
    known = connection.execute(select(SERIES.c.id).where(*where)).scalar_one_or_none()
    if known is not None:
        return int(known)
    connection.execute(insert(SERIES).values(resident=resident, metric=metric, edge=edge, sensor=sensor))
    return int(connection.execute(select(SERIES.c.id).where(*where)).scalar_one())


def _waveform_row(row: WaveformRow) -> tuple[object, ...]:
    block = row.block
    duration = len(row.samples) // 2 / block.rate * SECOND
    return (
        row.resident,
        block.metric,
        row.edge,
        block.sensor,
        block.time,
        block.time + round(duration),
        block.rate,
        block.scale,
        block.flags,
        chunks.encode_samples(row.samples),
    )
