"""What must be in a hub's store, computed without the hub; and what is there, read without the hub."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from devices.clock import SECOND
from devices.limits import Limit, LimitState, Verdict, evaluate
from devices.quality import Quality
from devices.wire.messages import Observation
from hub.store import chunks

FRESH = 30 * SECOND
"What is older when it reaches the hub is history (hub.alerting.engine.Settings)."

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
    raised: int
    cleared: int | None
    "Hub time of the value that ended it; for what is of history, the time of that value."
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
                row[6],
                row[7],
                tuple(event for _, event in steps[row[0]]),
                tuple(number for number, _ in steps[row[0]]),
                row[5] == "history",
            )
            for row in connection.execute(
                "SELECT id, code, resident, limit_id, onset, detail, raised, cleared FROM alerts ORDER BY onset, id"
            )
        ]


def pairings(database: Path) -> dict[tuple[str, str], int]:
    """Return when each sensor was first somebody's: what a meter had stored before is nobody's, and owes no alert."""
    with reading(database) as connection:
        rows = connection.execute("SELECT edge, sensor, min(paired) FROM assignments GROUP BY edge, sensor")
        return {(edge, sensor): paired for edge, sensor, paired in rows}


@dataclass(frozen=True, slots=True)
class Owed:
    """An occurrence that a home must have been told of."""

    resident: str | None
    limit_id: str
    onset: int
    end: int | None

    def told_by(self, alert: StoredAlert) -> bool:
        """Tell whether an alert is about this: its own, or one that covers it because the hub met it as history.

        Two things make that happen. It was raised more than `FRESH` after the onset, by looking back or by the first value
        that was about now again; or it rang since before, and the value that ended it came when it was history.
        """
        if (alert.resident, alert.limit_id) != (self.resident, self.limit_id):
            return False
        if alert.onset == self.onset:
            return True
        before = alert.cleared is not None and alert.cleared < self.onset
        after = self.end is not None and self.end < alert.onset
        known = max(alert.raised, alert.cleared or 0)
        return not before and not after and known - self.onset > FRESH


def expected(resident: str | None, limit: Limit, rows: Iterable[Stored]) -> list[Owed]:
    """Return what a limit owes these values; what came late is history and owes nothing."""
    state, owed = LimitState(), list[Owed]()
    for row in sorted(rows, key=lambda row: row.time):
        state, verdict = evaluate(limit, state, row.value, row.time, Quality(row.flags))
        if verdict is Verdict.DECLARED and state.crossed is not None:
            owed.append(Owed(resident, limit.id, state.crossed, None))
        elif verdict is Verdict.CLEARED:
            owed[-1] = replace(owed[-1], end=row.time)
    return owed


def untold(owed: Iterable[Owed], told: Collection[StoredAlert]) -> list[Owed]:
    """Return what no alert is about."""
    return [each for each in owed if not any(each.told_by(alert) for alert in told)]


def unowed(told: Iterable[StoredAlert], owed: Collection[Owed]) -> list[StoredAlert]:
    """Return the alerts that are about nothing that was measured."""
    return [alert for alert in told if not any(each.told_by(alert) for each in owed)]


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
