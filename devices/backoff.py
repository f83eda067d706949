"""Truncated exponential backoff with full jitter."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Backoff:
    """Delays between attempts: uniform in [floor, min(ceiling, base * 2**n)], in seconds.

    The jitter keeps the rooms of a home from knocking together after a power cut.
    """

    base: float = 1.0
    ceiling: float = 60.0
    floor: float = 0.1
    random: Random = field(default_factory=Random)
    _attempt: int = 0

    def next(self) -> float:
        """Return the next delay in seconds."""
        # 2**30 bounds the exponent: a room that is off for a year must not overflow.
        limit = min(self.ceiling, self.base * 2 ** min(self._attempt, 30))
        self._attempt += 1
        return self.random.uniform(min(self.floor, limit), limit)

    def reset(self) -> None:
        """Start again from the shortest delay, after a success."""
        self._attempt = 0
