"""Time series in InfluxDB 2. See docs/influxdb.md for what of this was run against what.

Writes are synchronous, one request per batch of the hub's own writer: the client's batching mode only logs what
fails. A batch is written before the cursors that acknowledge it are committed; if the hub ends in between, the
edges send it again and the same points replace themselves.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator

import numpy as np
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from sqlalchemy import Connection
from urllib3.exceptions import HTTPError

from devices.clock import SECOND
from hub.store import columns, line_protocol
from hub.store.errors import StoreRefusedError, StoreUnavailableError
from hub.store.ports import Batch, Columns, Latest, StoredWaveform

_TIMEOUT_MS = 10_000
_TRY_AGAIN = frozenset({401, 403, 404, 408, 429})
"Of the 4xx, what an administrator can put right while the batch waits: token, bucket, load."
_LONGEST_BLOCK = 60 * SECOND
"Waveform blocks that begin so long before an interval are still looked at."
_END = 2**53
"A time after every other."


class InfluxTimeSeries:
    """Implements `hub.store.ports.TimeSeries`."""

    def __init__(self, url: str, org: str, bucket: str, token: str) -> None:
        """Connect to nothing yet: the first batch does."""
        self._bucket = bucket
        self._org = org
        self._client = InfluxDBClient(url=url, token=token, org=org, timeout=_TIMEOUT_MS, enable_gzip=True)
        self._write = self._client.write_api(write_options=SYNCHRONOUS)
        self._query = self._client.query_api()

    def put(self, batch: Batch) -> None:
        """Write a batch; writing it again changes nothing.

        Raises:
            StoreUnavailableError: InfluxDB cannot be reached, is overloaded, or does not let the hub in.
            StoreRefusedError: it will never take this batch.
        """
        lines = line_protocol.observation_lines(batch.blocks) + line_protocol.waveform_lines(batch.waveforms)
        if not lines:
            return
        body = "\n".join(lines).encode()
        try:
            self._write.write(
                self._bucket,
                self._org,
                body,
                write_precision=WritePrecision.US,  # type: ignore[arg-type]  # its members are strings
            )
        except ApiException as error:
            raise _translated("write", error) from error
        except (HTTPError, OSError) as error:
            raise StoreUnavailableError(f"influxdb cannot be reached: {error}") from error

    def put_within(self, connection: Connection, batch: Batch) -> None:
        """Do nothing: the batch is on InfluxDB's disk by now."""

    def maintain(self) -> bool:
        """Do nothing: InfluxDB compacts by itself."""
        return False

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
        found = [
            Latest(
                line_protocol.untag(row["metric"]),
                float(row["value"]),
                _microseconds(row["_time"]),
                int(row["flags"]),
                line_protocol.untag(row["sensor"]),
                line_protocol.untag(row["edge"]),
            )
            for row in self._rows(line_protocol.latest_query(self._bucket, resident, _END))
        ]
        return sorted(found, key=lambda value: (value.metric, value.sensor, value.edge))

    def waveforms(self, resident: str, metric: str, start: int, end: int) -> list[StoredWaveform]:
        """Return the blocks that touch an interval, oldest first."""
        query = line_protocol.waveform_query(
            self._bucket, resident, metric, max(0, start - _LONGEST_BLOCK), end
        )
        return [
            StoredWaveform(
                line_protocol.untag(row["sensor"]),
                metric,
                _microseconds(row["_time"]),
                float(row["rate"]),
                float(row["scale"]),
                int(row["flags"]),
                np.frombuffer(base64.b64decode(row["samples"]), "<i2").astype(np.int16),
            )
            for row in self._rows(query)
            if int(row["until"]) > start
        ]

    def count(self, resident: str | None = None) -> int:
        """Count observations, of one resident or of everybody."""
        query = line_protocol.count_query(self._bucket, resident, _END)
        return sum(int(row["_value"]) for row in self._rows(query))

    def coverage(self, resident: str, metric: str, start: int, end: int, gap: int) -> float:
        """Return the share of an interval for which a value not older than `gap` microseconds exists."""
        found = self._read(resident, metric, max(0, start - gap), end)
        return columns.coverage(found.times, start, end, gap)

    def close(self) -> None:
        """Let go of connections."""
        self._write.close()  # type: ignore[no-untyped-call]  # the client annotates nothing here
        self._client.close()  # type: ignore[no-untyped-call]  # nor here

    def _read(self, resident: str, metric: str, start: int, end: int) -> Columns:
        if end <= start:
            # Flux refuses an empty range.
            return columns.merge([], start, end)
        query = line_protocol.read_query(self._bucket, resident, metric, max(0, start), min(end, _END))
        times: list[int] = []
        values: list[float] = []
        flags: list[int] = []
        for row in self._rows(query):
            times.append(_microseconds(row["_time"]))
            values.append(float(row["value"]))
            flags.append(int(row["flags"]))
        part = (np.array(times, np.int64), np.array(values, np.float64), np.array(flags, np.int64))
        return columns.merge([part], start, end)

    def _rows(self, query: str) -> Iterator[dict[str, str]]:
        """Yield the rows of every table of the answer.

        Raises:
            StoreUnavailableError: InfluxDB cannot be reached, or does not answer the query.
        """
        try:
            answer = self._query.query_raw(query, self._org)
            text = answer.data.decode()
        except ApiException as error:
            raise StoreUnavailableError(_said("query", error)) from error
        except (HTTPError, OSError) as error:
            raise StoreUnavailableError(f"influxdb cannot be reached: {error}") from error
        yield from parse_csv(text)


def parse_csv(text: str) -> Iterator[dict[str, str]]:
    """Yield the rows of annotated CSV: tables are parted by empty lines, each begins with its header.

    Raises:
        StoreUnavailableError: the answer holds an error, or a row does not fit its header.
    """
    header: list[str] | None = None
    for cells in csv.reader(io.StringIO(text)):
        if not cells or cells == [""]:
            header = None
        elif cells[0].startswith("#"):
            continue
        elif header is None:
            header = cells
        elif len(cells) != len(header):
            raise StoreUnavailableError(f"influxdb answered {len(cells)} columns, expected {len(header)}")
        else:
            row = dict(zip(header, cells, strict=True))
            if row.get("error"):
                raise StoreUnavailableError(f"influxdb query failed: {row['error'][:500]}")
            yield row


def _microseconds(text: str) -> int:
    """Return the microseconds of an RFC 3339 time in UTC, such as `2026-11-21T21:00:00.000001Z`."""
    moment = np.datetime64(text.removesuffix("Z"), "us")
    return int(moment.astype(np.int64))


def _translated(what: str, error: ApiException) -> StoreUnavailableError | StoreRefusedError:
    status = error.status or 0
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        return StoreRefusedError(_said(what, error))
    return StoreUnavailableError(_said(what, error))


def _said(what: str, error: ApiException) -> str:
    body = (
        error.body.decode(errors="replace")
        if isinstance(error.body, bytes)
        else str(error.body or error.reason)
    )
    return f"influxdb refused a {what} with {error.status}: {body.strip()[:500]}"
