"""A faulty line in real time: a pty for the host on one side, the node's pty on the other."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.firmware.faults import FaultyLine


@contextmanager
def faulty_pty(node: str, up: FaultyLine, down: FaultyLine) -> Iterator[str]:
    """Yield the path of a pty that leads to the node's, `up` on what the node sends, `down` on what it gets."""
    wire = os.open(node, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(wire)
    master, slave = pty.openpty()
    tty.setraw(slave)
    ended = threading.Event()
    thread = threading.Thread(target=_pass, args=(wire, master, up, down, ended), daemon=True)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        ended.set()
        thread.join(10)
        for handle in (wire, master, slave):
            os.close(handle)


def _pass(wire: int, master: int, up: FaultyLine, down: FaultyLine, ended: threading.Event) -> None:
    ways = {wire: (master, up), master: (wire, down)}
    os.set_blocking(wire, False)
    os.set_blocking(master, False)
    while not ended.is_set():
        for handle in select.select(ways, [], [], 0.05)[0]:
            target, line = ways[handle]
            # A pty that nobody reads is full some time: what does not fit is lost, as on a wire.
            with suppress(BlockingIOError, OSError):
                os.write(target, line(os.read(handle, 4096)))
