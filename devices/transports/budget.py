"""A number of places that are given out in order of rank: connection slots, and the turn to connect."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Rank = tuple[int, ...]
"Smaller goes first; of equals, who asked first."


class Budget:
    """Places for whoever asks, the smallest rank first. Nobody overtakes an equal."""

    __slots__ = ("_free", "_numbers", "_queue", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self._queue: list[tuple[Rank, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @property
    def taken(self) -> int:
        """Places that are given out."""
        return self.total - self._free

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not future.done() for _, _, future in self._queue)

    @asynccontextmanager
    async def place(self, rank: Rank = (), limit: float | None = None) -> AsyncIterator[None]:
        """Have a place for as long as the context lasts.

        Raises:
            TimeoutError: none came free within `limit` seconds.
        """
        await self._take(rank, limit)
        try:
            yield
        finally:
            self._give()

    async def _take(self, rank: Rank, limit: float | None) -> None:
        if self._free:
            self._free -= 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (rank, next(self._numbers), future))
        try:
            async with asyncio.timeout(limit):
                await future
        except BaseException:
            # The place may have been handed over in the very moment in which the wait ended.
            if future.done() and not future.cancelled():
                self._give()
            raise
        finally:
            future.cancel()

    def _give(self) -> None:
        while self._queue:
            _, _, future = heapq.heappop(self._queue)
            if not future.done():
                future.set_result(None)
                return
        self._free += 1
