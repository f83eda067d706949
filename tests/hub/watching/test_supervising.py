"""A task of the hub that dies is started again, is said, and in the end takes the process with it (trap 24)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from devices.clock import SECOND, ManualClock
from hub.health import Health
from hub.supervising import SETTLED, TOO_MANY, WINDOW, Supervisor


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


class Part:
    """Something that runs until it is told to end."""

    def __init__(self) -> None:
        self.starts = 0
        self.ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.cancelled = False

    async def run(self) -> None:
        self.starts += 1
        self.ending = asyncio.get_running_loop().create_future()
        try:
            await self.ending
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def fail(self) -> None:
        self.ending.set_exception(ValueError("made up"))


class Watched:
    def __init__(self) -> None:
        self.clock = ManualClock(0)
        self.health = Health()
        self.counted: Counter[str] = Counter()
        self.supervisor = Supervisor(
            self.clock, self.health, lambda name: self.counted.update([name]), pause=0.001
        )
        self.part = Part()
        self.supervisor.start("dispatcher", self.part.run)

    async def started(self, times: int) -> None:
        await until(lambda: self.part.starts >= times)


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    made = Watched()
    await made.started(1)
    yield made
    await made.supervisor.stop()


async def test_a_task_that_fails_is_started_again_and_healthz_fails(watched: Watched) -> None:
    watched.part.fail()
    await watched.started(2)
    assert watched.counted == {"dispatcher": 1}
    assert watched.health.report().status == "failing"
    assert watched.health.report().checks["task_dispatcher"] == "the dispatcher failed: ValueError"
    assert not watched.supervisor.failed.is_set()


async def test_a_task_that_just_ends_is_a_failure_too(watched: Watched) -> None:
    watched.part.ending.set_result(None)
    await watched.started(2)
    assert watched.health.report().checks["task_dispatcher"] == "the dispatcher ended"


async def test_a_task_that_cancels_itself_is_a_failure_too(watched: Watched) -> None:
    watched.part.ending.cancel()
    await watched.started(2)
    assert watched.health.report().checks["task_dispatcher"] == "the dispatcher was cancelled"


async def test_a_task_that_does_not_stay_up_ends_the_process(watched: Watched) -> None:
    for times in range(1, TOO_MANY + 1):
        assert not watched.supervisor.failed.is_set()
        await watched.started(times)
        watched.part.fail()
    async with asyncio.timeout(60):
        await watched.supervisor.failed.wait()


async def test_failures_that_are_far_apart_do_not(watched: Watched) -> None:
    for times in range(1, TOO_MANY + 3):
        await watched.started(times)
        watched.clock.advance(WINDOW // (TOO_MANY - 1) + SECOND)
        watched.part.fail()
    await watched.started(TOO_MANY + 3)
    assert not watched.supervisor.failed.is_set()
    assert watched.counted["dispatcher"] == TOO_MANY + 2


async def test_it_is_well_again_once_it_has_stayed_up(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.supervising.SETTLED", SETTLED // 1000)
    watched.part.fail()
    await watched.started(2)
    await until(lambda: watched.health.report().status == "ok")
    assert watched.part.starts == 2


async def test_stopping_ends_what_runs(watched: Watched) -> None:
    await watched.supervisor.stop()
    assert watched.part.cancelled
    assert watched.counted == {}
