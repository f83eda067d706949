"""What waits for a line."""

from __future__ import annotations

import asyncio

import pytest

from devices.clock import SECOND, ManualClock
from devices.limits import Priority
from hub.notify import errands as module
from hub.notify.base import GiveUp, Retry, Sent
from hub.notify.errands import Errand, Errands
from tests.hub.notify.helpers import NOW, notice

HIGH, MEDIUM, LOW = (Errand(notice(each, priority=each)) for each in Priority)


class Desk:
    def __init__(self, limit: float = 30.0) -> None:
        self.clock = ManualClock(utc=NOW)
        self.woken = 0
        self.errands = Errands(self.clock, self.wake, limit=limit)

    def wake(self) -> None:
        self.woken += 1

    async def ask(self, errand: Errand) -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.create_task(self.errands.run(errand))
        await asyncio.sleep(0)
        return task


async def test_one_errand() -> None:
    desk = Desk()
    asked = await desk.ask(HIGH)
    assert desk.woken == 1
    assert len(desk.errands) == 1
    assert desk.errands.next() == HIGH
    assert desk.errands.next() is None
    desk.errands.finish(HIGH, Sent("7"))
    assert await asked == Sent("7")
    assert len(desk.errands) == 0
    assert await desk.errands.run(HIGH) == Sent("7")
    assert desk.woken == 1


async def test_what_was_not_taken_is_not_remembered() -> None:
    desk = Desk()
    for outcome in (Retry("busy"), GiveUp("no")):
        asked = await desk.ask(HIGH)
        assert desk.errands.next() == HIGH
        desk.errands.finish(HIGH, outcome)
        assert await asked == outcome


async def test_urgency_then_age_and_taking_back_last() -> None:
    desk = Desk()
    recall = Errand(notice("old"), recall=True)
    late = Errand(notice("late"))
    order = [recall, LOW, MEDIUM, HIGH, late]
    tasks = [await desk.ask(each) for each in order]
    begun = [desk.errands.next() for _ in order]
    assert begun == [HIGH, late, MEDIUM, LOW, recall]
    desk.errands.abandon(Retry("gone"))
    assert await asyncio.gather(*tasks) == [Retry("gone")] * 5


async def test_expiry_before_and_while_waiting() -> None:
    desk = Desk()
    soon = Errand(notice(1, expires=NOW + SECOND))
    recall = Errand(notice(1, expires=NOW + SECOND), recall=True)
    asked, taking_back, other = await desk.ask(soon), await desk.ask(recall), await desk.ask(LOW)
    desk.clock.advance(SECOND)
    assert desk.errands.next() == LOW
    assert await asked == GiveUp("its time was over before its turn came")
    assert await desk.errands.run(soon) == GiveUp("its time is over")
    # What is shown must go, however late.
    assert desk.errands.next() == recall
    desk.errands.abandon(Retry("gone"))
    await asyncio.gather(taking_back, other)


async def test_nobody_waits_longer_than_the_limit() -> None:
    desk = Desk(limit=0.01)
    assert await desk.errands.run(HIGH) == Retry("not taken within 0.01 s")
    assert len(desk.errands) == 0
    asked = await desk.ask(HIGH)
    assert desk.errands.next() == HIGH
    assert isinstance(await asked, Retry)
    # It had begun: its answer still counts.
    assert len(desk.errands) == 1
    desk.errands.finish(HIGH, Sent("late"))
    assert await desk.errands.run(HIGH) == Sent("late")


async def test_one_who_waits_goes_and_another_stays() -> None:
    desk = Desk()
    first, second = await desk.ask(HIGH), await desk.ask(HIGH)
    assert len(desk.errands) == 1
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert desk.errands.next() == HIGH
    desk.errands.finish(HIGH, Sent())
    assert await second == Sent()


async def test_dropping() -> None:
    desk = Desk()
    first, second = await desk.ask(HIGH), await desk.ask(LOW)
    assert desk.errands.next() == HIGH
    assert not desk.errands.drop(HIGH.notice.id, "no")
    assert not desk.errands.drop("unknown", "no")
    assert desk.errands.drop(LOW.notice.id, "taken back")
    assert await second == GiveUp("taken back")
    desk.errands.finish(HIGH, Sent())
    assert await first == Sent()


async def test_a_list_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    desk = Desk()
    tasks = [await desk.ask(HIGH), await desk.ask(LOW)]
    assert await desk.errands.run(MEDIUM) == Retry("too many notices are waiting")
    desk.errands.abandon(Retry("gone"))
    await asyncio.gather(*tasks)


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    desk = Desk()
    for errand in (HIGH, MEDIUM, LOW):
        desk.errands.finish(errand, Sent(errand.notice.id))
    assert await desk.errands.run(LOW) == Sent(LOW.notice.id)
    asked = await desk.ask(HIGH)
    assert desk.errands.next() == HIGH
    desk.errands.finish(HIGH, Retry("gone"))
    assert await asked == Retry("gone")
