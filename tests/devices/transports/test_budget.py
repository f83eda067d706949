"""Places given out by rank: who waits, who goes first, and that none is lost."""

from __future__ import annotations

import asyncio
import random

import pytest

from devices.transports.budget import Budget, Rank


async def hold(budget: Budget, rank: Rank, name: str, order: list[str], release: asyncio.Event) -> None:
    async with budget.place(rank):
        order.append(name)
        await release.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_places_are_had_at_once_as_long_as_there_are_any() -> None:
    budget = Budget(2)
    async with budget.place(), budget.place():
        assert budget.taken == 2
        assert budget.waiting == 0
    assert budget.taken == 0


async def test_the_smallest_rank_goes_first_and_equals_in_the_order_of_asking() -> None:
    budget, order = Budget(1), list[str]()
    releases = {name: asyncio.Event() for name in ("held", "meter", "second", "first", "late")}
    tasks = []
    for name, rank in (("held", (0,)), ("meter", (1,)), ("second", (0,)), ("first", (-1,)), ("late", (0,))):
        tasks.append(asyncio.create_task(hold(budget, rank, name, order, releases[name])))
        await settle()
    assert budget.waiting == 4
    for name in ("held", "first", "second", "late", "meter"):
        assert order[-1] == name
        releases[name].set()
        await settle()
    await asyncio.gather(*tasks)
    assert budget.taken == 0


async def test_waiting_ends_with_its_time() -> None:
    budget = Budget(1)
    async with budget.place():
        with pytest.raises(TimeoutError):
            async with budget.place(limit=0.01):
                pass
        assert budget.waiting == 0
    assert budget.taken == 0


async def test_whoever_stops_waiting_is_passed_over() -> None:
    budget, order, go = Budget(1), list[str](), asyncio.Event()
    async with budget.place():
        gone = asyncio.create_task(hold(budget, (0,), "gone", order, go))
        stays = asyncio.create_task(hold(budget, (1,), "stays", order, go))
        await settle()
        gone.cancel()
        await settle()
    await settle()
    assert order == ["stays"]
    go.set()
    await stays
    assert budget.taken == 0


async def test_a_place_given_to_one_that_is_cancelled_in_that_moment_is_passed_on() -> None:
    budget, order, go = Budget(1), list[str](), asyncio.Event()
    async with budget.place():
        waiting = asyncio.create_task(hold(budget, (), "cancelled", order, go))
        after = asyncio.create_task(hold(budget, (1,), "after", order, go))
        await settle()
    # The place has been handed over; its task has not run since.
    waiting.cancel()
    await settle()
    assert order == ["after"]
    go.set()
    await asyncio.gather(waiting, after, return_exceptions=True)
    assert budget.taken == 0


@pytest.mark.parametrize("seed", range(20))
async def test_no_place_is_lost_or_made_whatever_happens(seed: int) -> None:
    chance, budget, most = random.Random(seed), Budget(3), 0

    async def visitor() -> None:
        nonlocal most
        async with budget.place((chance.randrange(3),), limit=chance.choice([None, 0.0, 0.001])):
            most = max(most, budget.taken)
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)

    tasks = []
    for _ in range(60):
        tasks.append(asyncio.create_task(visitor()))
        if chance.random() < 0.3:
            chance.choice(tasks).cancel()
        if chance.random() < 0.5:
            await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert most <= 3
    assert (budget.taken, budget.waiting) == (0, 0)
