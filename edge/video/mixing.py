"""Which packets of several voices are played together. A thread waits here for them; anybody may put them.

Nobody's clock is the loudspeaker's. One voice leads: each of its packets begins a round, and everybody else who has a packet
gives one to it. A leader who is not heard for a moment is replaced. So one voice alone is played as it comes, and two
are never played one after the other. A voice that runs ahead of the leader loses its oldest packet.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

MAX_WAITING: Final = 10
"Packets (200 ms) of the leader that wait; beyond, the oldest go: an answer that comes late is worse than a gap."
MAX_AHEAD: Final = 5
"Packets (100 ms) by which another voice may run ahead of the leader."
GAP: Final = 0.06
"Seconds without a packet, three of them, after which somebody else leads."


class Rounds:
    """Packets of several voices, handed out in rounds."""

    def __init__(self) -> None:
        self._voices: dict[str, deque[bytes]] = {}
        self._leader = ""
        self._closed = False
        self._changed = threading.Condition()
        self.skipped = 0
        "Packets that came faster than they were played."

    def put(self, voice: str, packet: bytes) -> None:
        """Add a packet; never blocks for longer than a moment."""
        with self._changed:
            waiting = self._voices.setdefault(voice, deque())
            most = MAX_WAITING if voice == self._leader or not self._leader else MAX_AHEAD
            while len(waiting) >= most:
                waiting.popleft()
                self.skipped += 1
            waiting.append(packet)
            self._changed.notify()

    def forget(self, voice: str) -> None:
        """Drop a voice that is gone."""
        with self._changed:
            self._voices.pop(voice, None)

    def close(self) -> None:
        """Let `take` return nothing from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self) -> dict[str, bytes] | None:
        """Wait for the next round; `None` when it is over."""
        with self._changed:
            if self._leader and not self._changed.wait_for(self._led, GAP):
                self._leader = ""
            self._changed.wait_for(lambda: self._closed or self._led() or any(self._voices.values()))
            if self._closed:
                return None
            if not self._led():
                self._leader = max(self._voices, key=lambda voice: len(self._voices[voice]))
            return {voice: waiting.popleft() for voice, waiting in self._voices.items() if waiting}

    def _led(self) -> bool:
        return self._closed or bool(self._voices.get(self._leader))
