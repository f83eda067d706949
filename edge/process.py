"""A process that runs rooms: starts all, says that it is ready, feeds the watchdog, stops all."""

from __future__ import annotations

import asyncio

from edge.app import Edge
from edge.config import EdgeConfig
from edge.counters import Counters
from edge.health import Watchdog
from edge.notify import Notifier, watchdog_seconds
from edge.radio import Radios
from edge.supervisor import Supervisor


async def run_rooms(
    configs: list[EdgeConfig], stop: asyncio.Event, notify_socket: str | None, watchdog_usec: str | None
) -> None:
    """Run rooms until `stop` is set.

    Raises:
        ConfigError: a room's configuration cannot be used; none is left running.
        SpoolError: a spool cannot be opened; none is left running.
    """
    notifier, radios = Notifier(notify_socket), Radios()
    edges = [Edge(config, radios=radios) for config in configs]
    supervisor = Supervisor("process", Counters())
    try:
        for edge in edges:
            await edge.start()
        notifier.send("READY=1")
        interval = watchdog_seconds(watchdog_usec)
        if interval is not None:
            watchdog = Watchdog(notifier, interval, [edge.health for edge in edges])
            supervisor.start("watchdog", watchdog.run)
        await stop.wait()
        notifier.send("STOPPING=1")
    finally:
        await supervisor.stop()
        await asyncio.gather(*(edge.stop() for edge in edges))
        await radios.close()
