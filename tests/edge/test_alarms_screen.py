"""What the room's screen is told of alarms, what it may say about them, and when it counts as one that is heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from devices.clock import SECOND, ManualClock
from devices.limits import Limit, Priority
from devices.measurement import Event, EventKind, Measurement
from devices.wire.messages import Verdict
from devices.wire.seal import Keys
from edge.alarms.room import RoomAlarms
from edge.config import BrokerConfig, Credentials
from edge.counters import Counters
from edge.kiosk.screen import RoomScreen, Settings
from edge.latest import LatestReadings
from edge.pipeline import Pipeline
from edge.recorder import Recorder
from edge.ringing import Ringing, ShownAlarm
from edge.salvage import open_spool
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from tests.edge.support import EDGE, SECRET, until
from tests.edge.test_kiosk import Calls, page, state

LIMIT = Limit("spo2-low", "spo2", Priority.HIGH, low=88, delay=2)
ALARM = ShownAlarm("spo2-low@1", "spo2", Priority.HIGH, 82, "low", 75.0, ringing=True, seen=False, over=False)


class Alarms:
    """One alarm, with the hub away."""

    away = True

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.listener: Callable[[], None] = lambda: None

    def view(self) -> tuple[ShownAlarm, ...]:
        return (ALARM,)

    def seen(self, key: str) -> None:
        self.pressed.append(key)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listener = listener
        return lambda: None


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
async def screen(alarms: Alarms) -> AsyncIterator[RoomScreen]:
    made = RoomScreen(Settings(0, "page", None, ""), Calls(), ManualClock(), lambda: True, alarms)
    await made.start()
    yield made
    await made.stop()


async def test_the_page_is_told_and_what_is_pressed_arrives(screen: RoomScreen, alarms: Alarms) -> None:
    async with page(screen) as connection:
        told = await state(connection)
        assert told["hub"] is False
        assert told["alarms"] == [
            {
                "key": "spo2-low@1",
                "kind": "spo2",
                "priority": "high",
                "value": 82,
                "side": "low",
                "since": 75.0,
                "ringing": True,
                "seen": False,
                "over": False,
            }
        ]
        alarms.listener()
        assert (await state(connection))["alarms"]
        await connection.send(json.dumps({"type": "seen", "call": "spo2-low@1"}))
        await until("pressed", lambda: alarms.pressed == ["spo2-low@1"])


async def test_only_a_page_that_is_visible_and_unlocked_is_heard(screen: RoomScreen) -> None:
    async with page(screen) as connection:
        await state(connection)
        assert screen.heard == 0
        for kind, word, heard in (
            ("sound", "ready", 1),
            ("hidden", "", 0),
            ("sound", "ready", 1),
            ("sound", "locked", 0),
        ):
            await connection.send(json.dumps({"type": kind, "call": word}))
            await until(f"{kind} {word}", lambda heard=heard: screen.heard == heard)
        await connection.send(json.dumps({"type": "sound", "call": "perhaps"}))
        await until("refused", lambda: screen.refused == 1)
    await until("gone", lambda: screen.heard == 0)


class Bench:
    """A room without a broker, on a manual clock."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.counters = ManualClock(), Counters()
        keeper = Timekeeper()
        keeper.observe(self.clock.utc(), self.clock.monotonic())
        self.writer = Writer("test")
        self.spool = open_spool(folder / "spool.db", max_bytes=10**8, reserve_bytes=65_536)
        parts = Parts(self.clock, keeper, self.spool, self.writer, self.counters)
        uplink = Uplink(EDGE, BrokerConfig(), Credentials(Keys(SECRET), "x"), parts, late_rate=20)
        alarms = RoomAlarms("boot")
        self.recorder = Recorder(parts, Pipeline(self.counters), uplink, LatestReadings(), "boot", alarms)
        self.ringing = Ringing(parts, alarms, self.recorder, uplink)
        self.ringing.set_limits((LIMIT,))

    async def wait(self, seconds: float, *, look: bool = True) -> None:
        self.clock.advance(round(seconds * SECOND))
        if look:
            self.ringing.look()
        await self.recorder.close()

    async def measure(self, value: float) -> None:
        self.recorder.record([Measurement("oximeter", "spo2", value, self.clock.utc())])
        await self.recorder.close()

    def told(self) -> list[Verdict]:
        return [each for batch in self.spool.number_late(1000) for each in batch.content.verdicts]

    def close(self) -> None:
        self.spool.close()
        self.writer.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


async def test_from_the_crossing_to_the_ring_on_a_time_line(bench: Bench) -> None:
    bench.ringing.look()
    await bench.wait(1.2)
    await bench.measure(82)
    await bench.wait(2)
    await bench.measure(81)
    await bench.wait(6.7)
    assert bench.ringing.view() == ()
    await bench.wait(0.1)
    (shown,) = bench.ringing.view()
    assert (shown.kind, shown.value, shown.ringing, shown.since) == ("spo2", 81, True, 8.8)
    assert [(verdict.worst, verdict.rang) for verdict in bench.told()] == [(81, False), (81, True)]


async def test_an_alarm_that_no_screen_shows_is_counted_once(bench: Bench) -> None:
    bench.ringing.look()
    await bench.wait(10)
    bench.recorder.record([Event("bell", EventKind.NURSE_CALL, bench.clock.utc(), "1")])
    for _ in range(3):
        await bench.wait(0.5)
    assert bench.counters["local_alarm_without_screen"] == 1
    bench.ringing.screens = lambda: 1
    bench.recorder.record([Event("bell", EventKind.NURSE_CALL, bench.clock.utc(), "2")])
    await bench.wait(0.5)
    assert bench.counters["local_alarm_without_screen"] == 1


async def test_what_was_seen_is_told_and_who_listens_is_told(bench: Bench) -> None:
    changes: list[int] = []
    stop = bench.ringing.subscribe(lambda: changes.append(1))
    bench.ringing.look()
    await bench.wait(10)
    bench.recorder.record([Event("bell", EventKind.NURSE_CALL, bench.clock.utc(), "1")])
    await bench.wait(0.5)
    assert changes == [1]
    bench.ringing.seen("bell/1")
    await bench.wait(0.5)
    assert bench.told()[-1].acknowledged == bench.clock.utc() - SECOND // 2
    assert bench.ringing.view()[0].seen
    stop()
    seen = len(changes)
    bench.ringing.seen("bell/1")
    assert len(changes) == seen


async def test_damaged_memory_of_alarms_is_counted_and_the_room_judges_on(bench: Bench) -> None:
    bench.ringing.restore((LIMIT,), b"{broken")
    assert bench.counters["alarms_unreadable"] == 1
    await bench.measure(82)
    await bench.wait(2)
    await bench.measure(82)
    assert [verdict.limit for verdict in bench.told()] == ["spo2-low"]


async def test_what_a_room_came_to_is_on_its_disk(bench: Bench) -> None:
    await bench.measure(82)
    await bench.wait(2)
    await bench.measure(82)
    body = await asyncio.to_thread(bench.spool.alarms)
    assert body is not None
    again = RoomAlarms("boot")
    again.set_limits((LIMIT,), 0)
    again.restore(body)
    assert [alarm.verdict.limit for alarm in again.alarms()] == ["spo2-low"]
