"""What is called off ends, at whichever turn of the loop that is: also in the very one in which it was woken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.clock import SystemClock
from devices.measurement import Link
from devices.wire.messages import TrialRequest
from devices.wire.seal import Keys
from edge.config import BrokerConfig, Credentials
from edge.counters import Counters
from edge.salvage import open_spool
from edge.survey import PACE, Means, Surveyor, _Trial
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from tests.edge.support import EDGE, SECRET

TURNS = range(6)
"Turns of the loop between waking and calling off: `asyncio.wait_for` lost it at one of them."


class Nothing:
    """What is not asked for anything."""


async def ends(
    work: Coroutine[Any, Any, object], settle: float, wake: Callable[[], object], turns: int
) -> bool:
    """Let work settle, wake it, call it off so many turns later, and tell whether it ended."""
    task = asyncio.create_task(work)
    await asyncio.sleep(settle)
    wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=3 * PACE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return task in done


@pytest.mark.parametrize("turns", TURNS)
async def test_the_reports_of_a_trial(turns: int) -> None:
    nothing: Any = Nothing()
    keeper = Timekeeper()
    keeper.observe(SystemClock().utc(), SystemClock().monotonic())
    surveyor = Surveyor(
        Means(EDGE, SystemClock(), keeper, nothing, nothing, nothing, send=lambda _report: None)
    )
    trial = _Trial(TrialRequest(0, "t", "heart-rate", 60.0, "F1:00:00:00:00:01"))
    assert await ends(surveyor._tell(trial), PACE * 1.5, lambda: trial.say(Link.UP), turns)


@pytest.mark.parametrize("turns", TURNS)
async def test_the_heartbeat_of_an_edge(tmp_path: Path, turns: int) -> None:
    writer = Writer("test")
    spool = open_spool(tmp_path / "spool.db", max_bytes=10**8, reserve_bytes=65_536)
    parts = Parts(SystemClock(), Timekeeper(), spool, writer, Counters())
    uplink = Uplink(EDGE, BrokerConfig(), Credentials(Keys(SECRET), "x"), parts, late_rate=20)
    ended = await ends(uplink._beat(), 0.02, uplink._presence_now.set, turns)
    writer.close()
    spool.close()
    assert ended


class SlowLinks:
    """A radio whose links take some turns of the loop to be let go of; nobody speaks on them."""

    def __init__(self) -> None:
        self.opened, self.closed = 0, 0

    @asynccontextmanager
    async def open(self, *_: object) -> AsyncIterator[SlowLinks]:
        self.opened += 1
        try:
            yield self
        finally:
            for _turn in range(5):
                await asyncio.sleep(0)
            self.closed += 1

    async def write(self, _write: object) -> None:
        """Say nothing."""

    async def chunks(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    def owner(self, _address: str, _link: str) -> str:
        return ""


def trial(number: int, seconds: float = 60.0) -> TrialRequest:
    return TrialRequest(0, f"t{number}", "heart-rate", seconds, "F1:00:00:00:00:01")


def surveyor_over(links: SlowLinks) -> Surveyor:
    keeper = Timekeeper()
    keeper.observe(SystemClock().utc(), SystemClock().monotonic())
    anything: Any = links
    return Surveyor(Means(EDGE, SystemClock(), keeper, anything, anything, anything, lambda _report: None))


@pytest.mark.parametrize("turns", range(12))
async def test_an_edge_that_stops_leaves_no_trial_behind_whichever_was_just_replaced(turns: int) -> None:
    before = asyncio.all_tasks()
    links = SlowLinks()
    surveyor = surveyor_over(links)
    surveyor.ask(trial(1))
    await asyncio.sleep(0.05)
    assert links.opened == 1
    surveyor.ask(trial(2))
    for _ in range(turns):
        await asyncio.sleep(0)
    await surveyor.close()
    assert links.closed == links.opened
    assert asyncio.all_tasks() == before


async def test_two_that_are_asked_for_in_one_turn_of_the_loop_end_the_one_before() -> None:
    links = SlowLinks()
    surveyor = surveyor_over(links)
    surveyor.ask(trial(1))
    await asyncio.sleep(0.05)
    surveyor.ask(trial(2))
    surveyor.ask(trial(3))
    await asyncio.sleep(0.05)
    assert (links.opened, links.closed) == (2, 1)
    await surveyor.close()
    assert links.closed == 2


async def test_what_is_asked_of_an_edge_that_stops_begins_nothing() -> None:
    before = asyncio.all_tasks()
    links = SlowLinks()
    surveyor = surveyor_over(links)
    await surveyor.close()
    surveyor.ask(trial(1))
    await asyncio.sleep(0.05)
    assert (links.opened, asyncio.all_tasks()) == (0, before)
