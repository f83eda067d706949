"""Whether the hub hears this room. Pure; times monotonic, microseconds.

The proof that a hub is there is that it acknowledges: a broker that takes our messages proves nothing. While there is
nothing to acknowledge and the connection stands, nobody can know; then the first alarm is itself the question, and is
answered within `PATIENCE` or rings here.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND

PATIENCE = 10 * SECOND
"Without a connection, or with something unacknowledged, for this long: the hub is away. It answers within a tenth of a second."

NEARLY = 2
"Batches that may be on disk though the hub has them: they are deleted with the next one."


@dataclass(frozen=True, slots=True)
class Line:
    """What is seen of the way to the hub."""

    connected: bool
    acknowledged: int
    "Sum of both lanes; only its changes mean something."
    outstanding: int
    "Sent or numbered, not acknowledged; both lanes."
    waiting: int
    "Batches on disk or in memory that are in neither lane yet."


class Hearing:
    """Looks at the line."""

    __slots__ = ("_acknowledged", "_drained", "_unanswered", "away")

    def __init__(self) -> None:
        self._acknowledged = 0
        self._unanswered: int | None = None
        self._drained: int | None = None
        self.away = False
        "The hub does not answer: the room rings by itself."

    def look(self, line: Line, now: int) -> None:
        """Take what is seen now; call it at least once a second."""
        heard = line.connected and line.acknowledged != self._acknowledged
        self._acknowledged = line.acknowledged
        asked = not line.connected or line.outstanding > 0
        if heard or not asked:
            self._unanswered = now if asked else None
            # Connected and nothing left to ask after having been away: only an acknowledgement proves the hub.
            self.away = self.away and not heard
        elif self._unanswered is None:
            self._unanswered = now
        if self._unanswered is not None and now - self._unanswered >= PATIENCE:
            self.away = True
        if self.away or line.waiting > NEARLY:
            self._drained = None
        elif self._drained is None:
            self._drained = now

    def settled(self, now: int) -> int | None:
        """Return for how long the hub has had everything, `None` while it does not."""
        return None if self._drained is None else now - self._drained
