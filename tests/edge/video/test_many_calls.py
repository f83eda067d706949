"""Many calls in a row on one edge: nothing that a call opens stays behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.wire.messages import SignalKind
from edge.config import CallConfig
from tests.edge.video.peers import Browser, Room, until

WARM = 5
"Calls before the first count: libraries and the pool of threads are loaded by then."


@pytest.fixture
def call_config() -> CallConfig:
    return CallConfig(size=(160, 120), hand_camera="generated", stethoscope="generated", ice_loopback=True)


@dataclass(frozen=True)
class Held:
    """What this process holds."""

    tasks: int
    threads: int
    files: int


def held() -> Held:
    """Count, after the garbage is collected: a connection that is forgotten holds its sockets until then."""
    gc.collect()
    workers = sum(not one.name.startswith("asyncio_") for one in threading.enumerate())
    return Held(len(asyncio.all_tasks()), workers, len(list(Path("/proc/self/fd").iterdir())))


async def one_call(room: Room, number: int) -> None:
    """Ring, accept, talk with two people, listen to the stethoscope, hang up: by turns from either side."""
    name, people = f"call-{number}", {"p1": Browser(sends=False), "p2": Browser(sends=False)}
    room.said.clear()
    room.tell(SignalKind.RING, call=name, caller="Dr Benali", caller_role="physician")
    room.service.shown(name)
    room.service.accept(name)
    room.tell(SignalKind.JOIN, call=name, caller="Mme Petit", caller_role="nurse", peer="p2")
    async with asyncio.timeout(60):
        await asyncio.gather(*(answer(room, name, seat, browser) for seat, browser in people.items()))
    room.service.said("p1", '{"type":"want","role":"stethoscope","on":true}')
    await until(lambda: all(browser.frames and browser.texts for browser in people.values()), 30)
    if number % 2:
        room.tell(SignalKind.BYE, call=name)
    else:
        room.service.hang_up(name)
    assert not room.service.view().camera
    await room.service.settled()
    for browser in people.values():
        await browser.close()


async def answer(room: Room, call: str, seat: str, browser: Browser) -> None:
    """Answer every offer to a seat, as a page does, until one of them has led to a connection."""
    epoch = 0
    while True:
        about = [one for one in room.said if one.peer == seat]
        if any(one.kind is SignalKind.CONNECTED for one in about):
            return
        newest = max(
            (one for one in about if one.kind is SignalKind.OFFER), key=lambda one: one.epoch, default=None
        )
        if newest is not None and newest.epoch > epoch:
            epoch = newest.epoch
            await browser.close()
            room.tell(SignalKind.ANSWER, epoch, call, sdp=await browser.answer(newest.sdp), peer=seat)
        await asyncio.sleep(0.01)


async def calls(room: Room, first: int, count: int) -> Held:
    for number in range(first, first + count):
        await one_call(room, number)
    # The sockets of the last connections close with the next turns of the loop.
    await asyncio.sleep(0.5)
    return held()


@pytest.mark.parametrize("count", [10, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
async def test_calls_in_a_row_leave_nothing_behind(room: Room, count: int) -> None:
    before = await calls(room, 0, WARM)
    after = await calls(room, WARM, count)
    print(f"{count} calls: {before} before, {after} after")
    assert after.tasks <= before.tasks
    assert after.threads <= before.threads
    assert after.files <= before.files
    assert room.counters["call_faults"] == 0
