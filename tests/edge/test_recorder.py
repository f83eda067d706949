"""What a disk that takes nothing does to readings: held, bounded, told, and written when there is room."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, ManualClock
from devices.measurement import Waveform
from devices.wire.messages import Lane
from devices.wire.seal import Keys
from edge.config import BrokerConfig, Credentials
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.pipeline import INTERVAL, Pipeline
from edge.recorder import Recorder
from edge.salvage import open_spool
from edge.spool import Numbered
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from tests.edge.support import EDGE, SECRET, Works, measurement, until


class Bench:
    """A recorder on a disk that can be made full, without a broker."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.counters = ManualClock(), Counters()
        keeper = Timekeeper()
        keeper.observe(self.clock.utc(), self.clock.monotonic())
        self.writer = Writer("test")
        self.spool = open_spool(folder / "spool.db", max_bytes=10**8, reserve_bytes=65_536)
        parts = Parts(self.clock, keeper, self.spool, self.writer, self.counters)
        uplink = Uplink(EDGE, BrokerConfig(), Credentials(Keys(SECRET), "x"), parts, late_rate=20)
        self.latest = LatestReadings()
        self.recorder = Recorder(parts, Pipeline(self.counters), uplink, self.latest, "boot")

    def fill_disk(self, *, full: bool) -> None:
        """Let SQLite refuse to grow, with every page taken; or give all that back."""
        database = self.spool._db
        if not full:
            database.execute("PRAGMA max_page_count=1000000")
            database.execute("DELETE FROM batch WHERE boot = 'filling'")
            return
        database.execute(f"PRAGMA max_page_count={self.spool._pragma('page_count')}")
        size = 1_000_000
        while size:
            try:
                database.execute(
                    "INSERT INTO batch (boot, synchronised, content) VALUES ('filling', 0, zeroblob(?))",
                    (size,),
                )
            except sqlite3.OperationalError:
                size //= 2

    async def second(self, value: float, *, curve: bool = False) -> None:
        self.recorder.record([measurement(value, self.clock.utc())])
        if curve:
            self.recorder.record([Waveform("oximeter", "pleth", self.clock.utc(), 100.0, (1,) * 100)])
        self.clock.advance(INTERVAL)
        await self.recorder.close()

    def told(self) -> list[Numbered]:
        return self.spool.number_late(10_000)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.spool.close()
    made.writer.close()


def values(batches: list[Numbered]) -> list[float]:
    return [each.value for numbered in batches for each in numbered.content.observations]


async def test_readings_are_sealed_when_due_and_not_before(bench: Bench) -> None:
    task = asyncio.create_task(bench.recorder.run(Works()))
    bench.recorder.record([measurement(97, BUILD_FLOOR)])
    await asyncio.sleep(0.05)
    assert bench.spool.pending == 0
    bench.clock.advance(INTERVAL)
    await until("sealed", lambda: bench.spool.pending == 1)
    assert bench.latest.measurements["spo2"].value == 97
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_batch_on_its_way_to_the_disk_is_no_trouble(bench: Bench) -> None:
    gate = threading.Event()
    blocked = asyncio.create_task(bench.writer.run(gate.wait))
    sealing = asyncio.create_task(bench.second(97))
    await until("held", lambda: bench.recorder.held == 1)
    assert not bench.recorder.stuck
    gate.set()
    await asyncio.gather(blocked, sealing)
    assert bench.recorder.held == 0


async def test_durable_waits_for_the_disk(bench: Bench) -> None:
    task = asyncio.create_task(bench.recorder.run(Works()))
    bench.recorder.record([measurement(97, BUILD_FLOOR, stored=True)])
    await asyncio.wait_for(bench.recorder.durable(), 5)
    assert values(bench.told()) == [97]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_vital_signs_wait_in_memory_for_room_and_their_curves_are_told_as_lost(bench: Bench) -> None:
    bench.fill_disk(full=True)
    for number in range(5):
        await bench.second(90 + number, curve=True)
    assert bench.recorder.held == 5
    assert bench.recorder.stuck
    assert bench.counters["spool_full"] >= 1
    bench.fill_disk(full=False)
    await bench.second(95)
    assert bench.recorder.held == 0
    assert not bench.recorder.stuck
    batches = bench.told()
    assert values(batches) == [90, 91, 92, 93, 94, 95]
    assert [each.lane for each in batches] == [Lane.LATE] * 6
    assert sum(loss.count for each in batches for loss in each.content.losses) == 500
    assert bench.counters["vital_signs_lost"] == 0


async def test_beyond_the_bound_the_oldest_are_lost_loudly_and_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("edge.recorder.HELD", 3)
    bench.fill_disk(full=True)
    for number in range(5):
        await bench.second(90 + number)
    assert bench.recorder.held == 3
    assert bench.counters["vital_signs_lost"] == 2
    assert "of the oldest vital signs are lost" in caplog.text
    bench.fill_disk(full=False)
    await bench.second(95)
    batches = bench.told()
    assert values(batches) == [92, 93, 94, 95]
    (loss,) = batches[0].content.losses
    assert (loss.metric, loss.count, loss.reason) == ("spo2", 2, "disk_full")
    assert loss.until - loss.since == INTERVAL


async def test_nothing_is_durable_that_waits_in_memory(bench: Bench) -> None:
    bench.fill_disk(full=True)
    task = asyncio.create_task(bench.recorder.run(Works()))
    bench.recorder.record([measurement(97, BUILD_FLOOR)])
    waiting = asyncio.create_task(bench.recorder.durable())
    await until("held", lambda: bench.recorder.held == 1)
    assert not waiting.done()
    bench.fill_disk(full=False)
    await asyncio.wait_for(waiting, 5)
    assert values(bench.told()) == [97]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
