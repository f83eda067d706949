"""How much one page may say: a bucket that fills by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND


@dataclass(slots=True)
class Allowance:
    """So many at once, and so many a second after that."""

    burst: float
    rate: float
    "Each second."
    left: float
    then: int
    "When `left` was true, monotonic microseconds."

    def take(self, now: int) -> bool:
        """Tell whether one more is allowed at `now`, monotonic microseconds, and count it if so."""
        self.left = min(self.burst, self.left + (now - self.then) / SECOND * self.rate)
        self.then = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


def signals(now: int) -> Allowance:
    """Return what a page may signal: four connections begin with some twenty candidates each."""
    return Allowance(200, 50, 200, now)


def chats(now: int) -> Allowance:
    """Return what a page may write to the others: as fast as a person types short lines."""
    return Allowance(10, 2, 10, now)
