"""Keeps the hub's own tasks running: one that ends by an error is started again, counted, and said.

A task that dies in silence is the worst of all failures of a hub: everything looks well and nobody is told of anything
any more (trap 24). So every lasting task is started by a `Supervisor`. It starts again whatever ends, later each time, and
`/healthz` fails until the task has run well for `SETTLED`. A task that does not stay up is beyond what starting again can
mend: then the whole process ends, and the service manager starts a new one from the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine

from devices.backoff import Backoff
from devices.clock import SECOND, Clock
from hub.health import Health

SETTLED = 30 * SECOND
"How long a task must run before it counts as well again."
WINDOW = 600 * SECOND
"How far back failures count."
TOO_MANY = 5
"Failures of one task within `WINDOW` after which the process ends."

Work = Callable[[], Coroutine[object, object, None]]

_log = logging.getLogger(__name__)


class Supervisor:
    """Lives on the event loop."""

    def __init__(
        self, clock: Clock, health: Health, count: Callable[[str], None], *, pause: float = 0.5
    ) -> None:
        """Make a supervisor without tasks.

        Args:
            clock: the hub's clock.
            health: told which task fails.
            count: called with a task's name each time it ended.
            pause: seconds before the first new start; doubled up to 30.
        """
        self._clock = clock
        self._health = health
        self._count = count
        self._pause = pause
        self._tasks: list[asyncio.Task[None]] = []
        self.failed = asyncio.Event()
        "Set when a task does not stay up: the process must end, and start again from the disk."

    def start(self, name: str, work: Work) -> None:
        """Run `work` for as long as the hub runs.

        Args:
            name: of the part, for `/healthz`.
            work: makes what is run; it should never end.
        """
        self._tasks.append(asyncio.create_task(self._keep(name, work), name=f"supervisor of {name}"))

    async def stop(self) -> None:
        """End every task."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep(self, name: str, work: Work) -> None:
        backoff = Backoff(base=self._pause, ceiling=30.0)
        failures: deque[int] = deque(maxlen=TOO_MANY)
        while True:
            began = self._clock.monotonic()
            reason = await self._run(name, work)
            now = self._clock.monotonic()
            if now - began >= SETTLED:
                backoff.reset()
            failures.append(now)
            self._count(name)
            _log.error("task %s %s, and is started again", name, reason)
            self._health.failing(f"task_{name}", f"the {name} {reason}")
            if len(failures) == TOO_MANY and now - failures[0] < WINDOW:
                _log.critical("task %s does not stay up: the hub ends, to begin again from the disk", name)
                self.failed.set()
            await asyncio.sleep(backoff.next())

    async def _run(self, name: str, work: Work) -> str:
        """Run a task to its end and return how it ended."""
        task = asyncio.create_task(work(), name=name)
        try:
            settled, _ = await asyncio.wait([task], timeout=SETTLED / SECOND)
            if not settled:
                self._health.well(f"task_{name}")
                await asyncio.wait([task])
        finally:
            # Only a cancelled supervisor leaves it running.
            task.cancel()
            await asyncio.wait([task])
        if task.cancelled():
            return "was cancelled"
        error = task.exception()
        if error is None:
            return "ended"
        # With its trace: whatever it was, nobody expected it.
        _log.error("task %s failed", name, exc_info=error)
        return f"failed: {type(error).__name__}"
