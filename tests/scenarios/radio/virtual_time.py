"""An event loop whose time jumps to the next timer: a day of sleeping takes the time of its work alone.

Time stands still while a thread is busy for the loop (a commit to the disk), so nothing is overtaken by a clock that has
nobody to wait for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

from devices.clock import SECOND

_T = TypeVar("_T")


class _Selector(selectors.DefaultSelector):
    """Waits for threads in real time, and for timers in none."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.busy:
            return super().select(5)
        if timeout is None:
            raise RuntimeError("every task waits for something that will never come")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `time()` is seconds since it was made."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        future = super().run_in_executor(executor, func, *args)
        self._virtual.busy += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: asyncio.Future[Any]) -> None:
        self._virtual.busy -= 1


class LoopClock:
    """The project's clock on the loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: int) -> None:
        """Begin at `start`, microseconds UTC."""
        self._loop = loop
        self._start = start

    def monotonic(self) -> int:
        # A machine that is up for an hour: no time of a running one is 0.
        return 3600 * SECOND + round(self._loop.time() * SECOND)

    def utc(self) -> int:
        return self._start + round(self._loop.time() * SECOND)


def run(work: Callable[[asyncio.AbstractEventLoop], Coroutine[Any, Any, _T]]) -> _T:
    """Run a coroutine on a loop of virtual time, and end everything that is left on it."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        result = loop.run_until_complete(work(loop))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(60))
        return result
    finally:
        asyncio.set_event_loop(None)
        loop.close()
