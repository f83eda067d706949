"""Virtual sensors on a clock of their own."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Ticking(Protocol):
    """A virtual sensor."""

    async def tick(self, now: float) -> None:
        """Let its time go on to `now`, seconds UTC."""
        ...


class Pump:
    """Lets a second pass for sensors every `pause` seconds, from a fixed time on, until it is asked to end.

    Asked, not cancelled: Bumble loses a cancellation that comes while it sends.
    """

    def __init__(self, *sensors: Ticking, pause: float = 0.05) -> None:
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._run(sensors, pause))

    async def end(self) -> None:
        """Stop; returns when no sensor is in the middle of anything."""
        self._over.set()
        await self._task

    async def _run(self, sensors: tuple[Ticking, ...], pause: float) -> None:
        now = 1_800_000_000.0
        while not self._over.is_set():
            for sensor in sensors:
                await sensor.tick(now)
            now += 1
            await asyncio.sleep(pause)
