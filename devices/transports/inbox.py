"""A bounded queue between a callback or thread that receives and a task that fetches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from devices.transports.base import Chunk, TransportError

_T = TypeVar("_T")

CAPACITY = 1024
"Chunks kept for a reader that lags: 20 s of a busy line. Bounds memory if the reader hangs."


class Inbox:
    """Keeps the newest chunks; what does not fit is dropped from the old end and counted.

    Vital signs are about now: an old chunk is the one to lose, and the loss must be known.
    """

    __slots__ = ("_chunks", "_error", "_loop", "_wake", "overruns")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: deque[Chunk] = deque()
        self._wake = asyncio.Event()
        self._error: TransportError | None = None
        self.overruns = 0

    def put(self, chunk: Chunk) -> None:
        """Add a chunk, from the loop."""
        if self._error is not None:
            return
        if len(self._chunks) >= CAPACITY:
            self._chunks.popleft()
            self.overruns += 1
        self._chunks.append(chunk)
        self._wake.set()

    def fail(self, error: TransportError) -> None:
        """End the queue: what is in it is still given out, then the error. The first error counts."""
        if self._error is None:
            self._error = error
        self._wake.set()

    def put_threadsafe(self, chunk: Chunk) -> None:
        """Add a chunk, from another thread."""
        self._call(self.put, chunk)

    def fail_threadsafe(self, error: TransportError) -> None:
        """End the queue, from another thread."""
        self._call(self.fail, error)

    async def get(self) -> Chunk:
        """Return the oldest chunk, waiting for one.

        Raises:
            TransportError: the queue has ended and is empty.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            self._wake.clear()
            await self._wake.wait()
        return self._chunks.popleft()

    def _call(self, function: Callable[[_T], None], argument: _T) -> None:
        try:
            self._loop.call_soon_threadsafe(function, argument)
        except RuntimeError:
            # The loop has closed: nobody is left to tell.
            return
