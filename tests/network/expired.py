"""A hub whose names and passwords for the relay have ended before it gives them out. `python -m tests.network.expired`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import msgspec

from hub import config as configuration
from hub.app import Hub


async def _serve(path: Path) -> None:
    config = configuration.load(path)
    relay = msgspec.structs.replace(config.relay, lifetime=-3600)
    hub = Hub(msgspec.structs.replace(config, relay=relay))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await hub.start()
    await hub.run(stop)
    await hub.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[sys.argv.index("--config") + 1])))
