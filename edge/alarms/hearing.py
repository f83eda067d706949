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
    """What is seen of the way to the hub; sums over both lanes."""

    connected: bool
    numbered: int
    acknowledged: int
    waiting: int
    "Batches on disk or in memory that are in neither lane yet."

    @property
    def outstanding(self) -> int:
        """Numbered, not acknowledged."""
        return self.numbered - self.acknowledged


class Hearing:
    """Looks at the line."""

    __slots__ = ("_acknowledged", "_mark", "_unanswered", "away", "had")

    def __init__(self) -> None:
        self._acknowledged = 0
        self._unanswered: int | None = None
        self._mark: tuple[int, int] | None = None
        "What was numbered, and when that was seen."
        self.away = False
        "The hub does not answer: the room rings by itself."
        self.had: int | None = None
        "The hub has everything that was on disk at this time; `None` until it has, and whenever it is away."

    def look(self, line: Line, now: int) -> None:
        """Take what is seen now; call it at least once a second."""
        heard = line.connected and line.acknowledged != self._acknowledged
        begun_anew = line.acknowledged < self._acknowledged
        self._acknowledged = line.acknowledged
        asked = not line.connected or line.outstanding > 0
        if heard or not asked:
            self._unanswered = now if asked else None
            # Connected again and nothing to ask: only an acknowledgement proves that the hub is back.
            self.away = self.away and not heard
        elif self._unanswered is None:
            self._unanswered = now
        if self._unanswered is not None and now - self._unanswered >= PATIENCE:
            self.away = True
        self._complete(line, now, anew=begun_anew)

    def _complete(self, line: Line, now: int, *, anew: bool) -> None:
        if self.away:
            self.had = None
        if self.away or not line.connected or anew:
            self._mark = None
        elif line.waiting <= NEARLY:
            if self._mark is not None and line.acknowledged >= self._mark[0]:
                self.had, self._mark = self._mark[1], None
            if self._mark is None:
                self._mark = (line.numbered, now)
