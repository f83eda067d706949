"""The edge's own sensor code with a node on a pty: a call is acknowledged when it is on disk, and not before."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pty
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from devices.clock import SystemClock
from devices.measurement import Cause, Event, EventKind, Link
from edge.config import BleConfig, SensorConfig
from edge.radio import LinkOpener, Radios
from edge.sensor import Sensor
from edge.supervisor import Supervisor
from edge.timekeeping import Timekeeper
from tests.edge.support import until
from tests.edge.test_sensor import Notebook
from tests.firmware_bridge.host_board import Board


class SlowDisk(Notebook):
    """Writes down what a sensor says, and takes it to disk when told."""

    def __init__(self) -> None:
        super().__init__()
        self.writable = asyncio.Event()

    async def durable(self) -> None:
        await self.writable.wait()

    @property
    def calls(self) -> list[Event]:
        return [each for each in self.readings if isinstance(each, Event)]


@asynccontextmanager
async def plugged(board: Board) -> AsyncIterator[str]:
    """Run a board in real time on a pty."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)

    async def live() -> None:
        while True:
            with suppress(BlockingIOError):
                board.give(os.read(master, 4096))
            with suppress(BlockingIOError):
                os.write(master, board.run(10))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(live())
    try:
        yield os.ttyname(slave)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        os.close(master)
        os.close(slave)


@asynccontextmanager
async def kept_going(link: str, disk: SlowDisk) -> AsyncIterator[None]:
    """Keep the sensor going, as the edge does."""
    clock, radios, timekeeper = SystemClock(), Radios(), Timekeeper()
    timekeeper.observe(clock.utc(), clock.monotonic())
    config = SensorConfig("node-7", "node", link=link)
    sensor = Sensor(config, clock, timekeeper, disk, LinkOpener(BleConfig(), radios))  # type: ignore[arg-type]
    supervisor = Supervisor("edge-test", disk.counters)
    sensor.begin()
    supervisor.start(config.id, sensor.run, base=0.01, ceiling=0.05)
    try:
        yield
    finally:
        await supervisor.stop()
        await radios.close()


async def test_a_call_is_acknowledged_when_it_is_on_disk(library: ctypes.CDLL) -> None:
    board, disk = Board(library), SlowDisk()
    board.start()
    async with plugged(board) as link, kept_going(link, disk):
        await until("the node is up", lambda: (Link.UP, Cause.NONE) in disk.statuses)
        await until("it has a name", lambda: board.look("id"))
        pressed = SystemClock().utc()
        board.press(button=True)
        await until("the call is heard", lambda: disk.calls)
        board.press()
        await asyncio.sleep(0.3)
        assert board.look("waiting") == 1
        disk.writable.set()
        await until("the node knows that it is on disk", lambda: board.look("waiting") == 0)
    (call,) = {event.identity: event for event in disk.calls}.values()
    assert (call.sensor, call.kind) == ("node-7", EventKind.NURSE_CALL)
    assert abs(call.time - pressed) < 1_000_000


async def test_a_node_whose_program_stands_is_silent(library: ctypes.CDLL) -> None:
    board, disk = Board(library), SlowDisk()
    disk.writable.set()
    board.start()
    async with plugged(board) as link, kept_going(link, disk):
        await until("the node is up", lambda: (Link.UP, Cause.NONE) in disk.statuses)
        board.stall(on=True)
        await until("its silence is told", lambda: (Link.SILENT, Cause.NO_READINGS) in disk.statuses)
        board.stall(on=False)
        await until("it is back", lambda: disk.statuses[-1] == (Link.UP, Cause.NONE))
