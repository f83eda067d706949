"""What arrived and waits for the writer; bounded, because a sender faster than the disk must not fill the memory."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

MAX_BYTES = 64 * 1024 * 1024
"Of waiting messages. What does not fit is dropped unacknowledged, and its edge sends it again."


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One message as the broker gave it."""

    topic: str
    payload: bytes


Job = Callable[[], None]
"Something else for the writer's thread to do, in its turn."


class Inbox:
    """A queue from many threads to one."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        """Make an empty inbox that holds messages of so many bytes in all."""
        self._max_bytes = max_bytes
        self._changed = threading.Condition()
        self._arrivals: list[Arrival] = []
        self._jobs: list[Job] = []
        self._bytes = 0
        self._closed = False

    def arrive(self, topic: str, payload: bytes) -> bool:
        """Add a message; false when there is no room for it."""
        with self._changed:
            if self._closed or self._bytes + len(payload) > self._max_bytes:
                return False
            self._arrivals.append(Arrival(topic, payload))
            self._bytes += len(payload)
            if len(self._arrivals) == 1:
                # Whoever waits was woken by the first; under load nobody waits.
                self._changed.notify()
        return True

    def ask(self, job: Job) -> bool:
        """Add a job; false when the inbox is closed."""
        with self._changed:
            if self._closed:
                return False
            self._jobs.append(job)
            self._changed.notify()
        return True

    def take(self, timeout: float, limit: int) -> tuple[list[Arrival], list[Job]]:
        """Return up to `limit` messages and every job, waiting up to `timeout` seconds for something to come."""
        with self._changed:
            if not (self._arrivals or self._jobs or self._closed):
                self._changed.wait(timeout)
            taken, self._arrivals = self._arrivals[:limit], self._arrivals[limit:]
            self._bytes -= sum([len(arrival.payload) for arrival in taken])
            jobs, self._jobs = self._jobs, []
        return taken, jobs

    def close(self) -> None:
        """Take nothing more, and wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def __len__(self) -> int:
        return len(self._arrivals)
