"""What every channel's tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from devices.clock import SECOND, SystemClock
from devices.limits import Priority
from hub.notify.base import Channel, Notice

NOW = SystemClock().utc()


def notice(
    number: int | str = 1, *, address: str = "204", priority: Priority = Priority.HIGH, **more: object
) -> Notice:
    # Not NOW: that is when the tests were collected, which may be half an hour ago.
    now = SystemClock().utc()
    values: dict[str, object] = {
        "id": f"alert-1/step-1/{number}",
        "alert": "alert-1",
        "address": address,
        "code": "limit_low",
        "priority": priority,
        "room": "12",
        "text": "Ch 12 SpO2 basse 84 %",
        "born": now,
        "expires": now + 3600 * SECOND,
    }
    return Notice(**(values | more))  # type: ignore[arg-type]  # fields by name, of the right types


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for what other tasks and threads bring about."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(channel: Channel, *, well: bool = True) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.run())
    try:
        await asyncio.sleep(0)
        if well:
            await until(lambda: channel.state.well or task.done())
            assert channel.state.well, channel.state.reason
        yield task
    finally:
        task.cancel()
        # An error of the channel's own is the test's matter, not this one's.
        await asyncio.gather(task, return_exceptions=True)
