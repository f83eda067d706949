"""Bytes per observation on disk: as an envelope leaves it, and after compaction.

The embedded store itself, fed with the readings of seeded patients as sensors round them: 8 rooms, 3 hours, 6 metrics, once a
second, each second's time of reception off by up to 10 ms (steady times would flatter the compression). Counted are the pages in use of the file (`page_count - freelist_count`), after a checkpoint of the write-ahead log.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from devices.clock import BUILD_FLOOR, SECOND
from devices.simulators.load_run import METRICS, source
from devices.simulators.load_worker import EdgeSpec
from hub.store.database import Database
from hub.store.ports import Batch, Block
from hub.store.timeseries_sqlite import COMPACT, SqliteTimeSeries
from tests.benchmarks.figures import Figure

ROOMS = 8
SECONDS = 3 * 3_600
NEVER = 10**9
JITTER = 10_000
"Microseconds."


def used(database: Database) -> int:
    """Return the bytes of the pages in use, everything written back."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    return int((pages - free) * size)


def fill(database: Database, store: SqliteTimeSeries, *, maintained: bool) -> None:
    """Store what the rooms say, one envelope a second each, with the jitter of reception."""
    random = Random(1)
    sources = [source(EdgeSpec(f"room-{number}", "", "", number)) for number in range(ROOMS)]
    for start in range(0, SECONDS, 60):
        with database.write() as connection:
            for second in range(start, min(start + 60, SECONDS)):
                blocks = []
                for room, readings in enumerate(sources):
                    at = BUILD_FLOOR + second * SECOND + random.randrange(-JITTER, JITTER)
                    blocks.append(Block(f"resident-{room}", f"room-{room}", readings(at, 1)))
                store.put_within(connection, Batch(blocks))
        while maintained and store.maintain():
            pass


def measure(folder: Path, *, maintained: bool) -> tuple[int, int]:
    """Fill a new database; return bytes and observations."""
    database = Database(folder / f"{maintained}.db")
    try:
        empty = used(database)
        store = SqliteTimeSeries(database) if maintained else SqliteTimeSeries(database, compact=NEVER)
        fill(database, store, maintained=maintained)
        for room in range(ROOMS if maintained else 0):
            store.compact((f"resident-{room}", f"room-{room}"))
        return used(database) - empty, store.count()
    finally:
        database.close()


def run() -> list[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder:
        before, count = measure(Path(folder), maintained=False)
        after, compacted = measure(Path(folder), maintained=True)
    if not count == compacted == ROOMS * SECONDS * len(METRICS):
        raise RuntimeError(f"store holds {count} and {compacted} observations")
    note = f"{count:,} observations: {ROOMS} rooms, {SECONDS // 3600} h, 6 metrics at 1 Hz"
    return [
        Figure("before compaction", before / count, "B/observation", note=note),
        Figure(
            "after compaction",
            after / count,
            "B/observation",
            note=f"the same; compacted every {COMPACT:,} observations of a room",
        ),
    ]
