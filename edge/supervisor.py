"""Keeps tasks going: one per sensor and per service. The only place of the edge that catches every exception.

A task that fails is started again after a truncated, jittered delay. Its loss is logged once, its recovery once, whatever
happens in between; every failure is counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from devices.backoff import Backoff
from devices.errors import VeilleuseError
from edge.counters import Counters

_log = logging.getLogger(__name__)


class Attempt:
    """Handed to a task, which says through it when it works."""

    __slots__ = ("_backoff", "_lost", "_name")

    def __init__(self, name: str, backoff: Backoff) -> None:
        self._name = name
        self._backoff = backoff
        self._lost = False

    def works(self) -> None:
        """Say that the task does its work: the recovery is logged, the next delay is short again."""
        self._backoff.reset()
        if self._lost:
            self._lost = False
            _log.warning("%s: works again", self._name)

    def lost(self, error: BaseException | None) -> None:
        """Log the first failure since it last worked; a fault of ours with its trace."""
        if self._lost:
            _log.debug("%s: still lost: %s", self._name, error)
            return
        self._lost = True
        expected = error is None or isinstance(error, VeilleuseError | OSError)
        _log.warning("%s: lost: %s", self._name, error or "ended", exc_info=None if expected else error)


class Supervisor:
    """The tasks of one edge."""

    def __init__(self, name: str, counters: Counters) -> None:
        self._name = name
        self._counters = counters
        self._tasks: list[asyncio.Task[None]] = []

    def start(
        self,
        name: str,
        work: Callable[[Attempt], Awaitable[None]],
        *,
        base: float = 0.5,
        ceiling: float = 30.0,
    ) -> None:
        """Run `work` for ever, again whenever it ends, `base` to `ceiling` seconds later."""
        backoff = Backoff(base, ceiling)
        self._tasks.append(asyncio.create_task(self._keep(name, work, backoff), name=f"{self._name}/{name}"))

    async def stop(self) -> None:
        """End all tasks, last started first, and wait until each has."""
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, name: str, work: Callable[[Attempt], Awaitable[None]], backoff: Backoff) -> None:
        attempt = Attempt(f"{self._name}/{name}", backoff)
        while True:
            try:
                await work(attempt)
                attempt.lost(None)
            except Exception as error:  # noqa: BLE001 - the supervisor: nothing may end the others
                self._counters.add("task_failures")
                if not isinstance(error, VeilleuseError | OSError):
                    self._counters.add("task_faults")
                attempt.lost(error)
            await asyncio.sleep(backoff.next())
