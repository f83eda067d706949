"""Lives of a whole hub for a test that kills them: `escalating_child.py HUB_TOML`.

What a hub imports is imported once; each line on the standard input forks one life, whose process id comes back. So a
hundred lives cost a hundred starts of a hub and not a hundred starts of Python.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from hub.app import Hub
from hub.config import load


async def live(config: Path) -> None:
    """Be a hub until the process is killed."""
    hub = Hub(load(config), pages=False)
    await hub.start()
    print(f"up {os.getpid()}", flush=True)
    await hub.run(asyncio.Event())


def main(config: Path) -> None:
    # Nobody waits for the killed: the kernel takes them away.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        life = os.fork()
        if life == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(live(config))
            os._exit(1)
        print(f"born {life}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
