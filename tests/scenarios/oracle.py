"""What must be in a hub's store, computed without the hub; and what is there, read without the hub."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from devices.limits import Limit, LimitState, Verdict, evaluate
from devices.quality import Quality
from devices.wire.messages import Observation
from hub.store import chunks

Series = tuple[str, str, str]
"(edge, sensor, metric)."


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of the store, as often as it is there."""

    time: int
    value: float
    flags: int


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """One alert and the steps of its life."""

    id: str
    code: str
    resident: str | None
    limit_id: str | None
    onset: int
    events: tuple[str, ...]
    numbers: tuple[int, ...]
    history: bool
    "Found by looking back at what came late; it never rang."


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a hub's database read-only."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        yield connection


def stored(database: Path) -> dict[Series, list[Stored]]:
    """Return every observation in the order in which it was committed (compacted ones: in the order of time)."""
    found: defaultdict[Series, list[Stored]] = defaultdict(list)
    decoder = msgspec.json.Decoder(tuple[Observation, ...])
    with reading(database) as connection:
        for edge, sensor, metric, body in connection.execute(
            "SELECT s.edge, s.sensor, s.metric, c.body FROM chunks c JOIN series s ON s.id = c.series ORDER BY c.id"
        ):
            times, values, flags = chunks.decode(body)
            found[edge, sensor, metric] += [
                Stored(int(time), float(value), int(flag))
                for time, value, flag in zip(times, values, flags, strict=True)
            ]
        for edge, body in connection.execute("SELECT edge, body FROM head ORDER BY id"):
            for seen in decoder.decode(body):
                found[edge, seen.sensor, seen.metric].append(Stored(seen.time, seen.value, seen.flags))
    return dict(found)


def alerts(database: Path) -> list[StoredAlert]:
    """Return every alert, oldest onset first."""
    with reading(database) as connection:
        steps: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for alert, number, event in connection.execute(
            "SELECT alert, number, event FROM transitions ORDER BY alert, number"
        ):
            steps[alert].append((number, event))
        return [
            StoredAlert(
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                tuple(event for _, event in steps[row[0]]),
                tuple(number for number, _ in steps[row[0]]),
                row[5] == "history",
            )
            for row in connection.execute(
                "SELECT id, code, resident, limit_id, onset, detail FROM alerts ORDER BY onset, id"
            )
        ]


def pairings(database: Path) -> dict[tuple[str, str], int]:
    """Return when each sensor was first somebody's: what a meter had stored before is nobody's, and owes no alert."""
    with reading(database) as connection:
        rows = connection.execute("SELECT edge, sensor, min(paired) FROM assignments GROUP BY edge, sensor")
        return {(edge, sensor): paired for edge, sensor, paired in rows}


def expected_onsets(limit: Limit, rows: Iterable[Stored]) -> list[int]:
    """Return the onsets of the alerts that a limit owes these values; what came late is history and owes none."""
    state, onsets = LimitState(), []
    for row in sorted(rows, key=lambda row: row.time):
        state, verdict = evaluate(limit, state, row.value, row.time, Quality(row.flags))
        if verdict is Verdict.DECLARED and state.crossed is not None:
            onsets.append(state.crossed)
    return onsets


def duplicates(rows: Iterable[Stored]) -> list[int]:
    """Return the times that are there more than once."""
    seen: set[int] = set()
    twice = []
    for row in rows:
        if row.time in seen:
            twice.append(row.time)
        seen.add(row.time)
    return twice


def in_order(rows: Iterable[Stored]) -> bool:
    """Tell whether what came in time came in the order in which it was measured; the same for what came late."""
    for late in (False, True):
        times = [row.time for row in rows if bool(row.flags & Quality.LATE) is late]
        if times != sorted(times):
            return False
    return True
