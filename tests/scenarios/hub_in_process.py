"""The hub's writer, engine and store on a real disk, in the test's own process, with a letter box instead of a broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devices.clock import SystemClock
from devices.limits import Limit, Priority
from devices.wire import topics
from devices.wire.messages import encode
from devices.wire.seal import Keys, edge_secret, seal
from hub.alerting.engine import Engine, Settings
from hub.health import Health
from hub.ingest import directory
from hub.ingest.directory import Directory
from hub.ingest.inbox import Inbox
from hub.ingest.writer import Parts, Writer
from hub.metrics import Metrics
from hub.store import journal, records
from hub.store.database import Database
from hub.store.records import EdgeRecord, Prescription, Resident, Room
from hub.store.timeseries_sqlite import SqliteTimeSeries

MASTER = bytes(range(32))
EDGE, RESIDENT = "room-1", "r1"
SECRET = edge_secret(MASTER, EDGE, 1)
LIMIT = Limit("spo2-low", "spo2", Priority.HIGH, low=88.0, hysteresis=1.0)


@dataclass
class LetterBox:
    """Takes what the hub publishes; `lost` is a broker that dies before it delivers anything."""

    lost: bool = False
    messages: list[tuple[str, bytes]] = field(default_factory=list)

    def send(self, edge: str, kind: str, message: object) -> None:
        if self.lost:
            return
        topic = topics.down(edge, kind)
        self.messages.append((topic, seal(Keys(edge_secret(MASTER, edge, 1)), topic, encode(message))))

    def take(self) -> list[tuple[str, bytes]]:
        taken, self.messages = self.messages, []
        return taken


@dataclass
class Hub:
    """One life of a hub process."""

    writer: Writer
    box: LetterBox
    metrics: Metrics
    database: Database

    def arrive(self, topic: str, message: bytes) -> None:
        """Let a message come from the broker."""
        assert self.writer.inbox.arrive(topic, message)


def furnish(path: Path, now: int, edges: int = 1) -> None:
    """Make a home with one resident per edge and a limit for the first."""
    database = Database(path)
    with database.write() as connection:
        records.save_home(connection, "Les Tilleuls")
        for number in range(1, edges + 1):
            records.add_room(connection, Room(f"{number}", f"{number}"))
            records.add_resident(connection, Resident(f"r{number}", "Martin", "Jeanne", 1932, now))
            records.save_edge(connection, EdgeRecord(f"room-{number}", 1, now))
            records.move_resident(connection, f"r{number}", f"{number}", now)
            records.place_edge(connection, f"room-{number}", f"{number}", now)
        records.prescribe(connection, Prescription(LIMIT, RESIDENT, "dr-faure", "test", now))
    database.close()


@contextmanager
def running(path: Path, clock: SystemClock, box: LetterBox | None = None) -> Iterator[Hub]:
    """Run a hub on what is on the disk; at the end it is gone without a word, as after a power cut."""
    database = Database(path, create=False)
    metrics, box = Metrics(), box or LetterBox()
    with database.read() as connection:
        who: Directory = directory.load(connection, MASTER, clock.utc())
        engine = Engine(
            who.limits,
            journal.rule_states(connection),
            journal.open_alerts(connection),
            Settings(clock.utc(), {edge: who.resident(edge, clock.utc()) for edge in who.keys}),
        )
    parts = Parts(
        clock=clock,
        database=database,
        timeseries=SqliteTimeSeries(database),
        engine=engine,
        master=MASTER,
        directory=who,
        postman=box,
        metrics=metrics,
        health=Health(),
        inbox=Inbox(),
    )
    writer = Writer(parts)
    writer.start()
    try:
        yield Hub(writer, box, metrics, database)
    finally:
        writer.stop()
        database.close()
