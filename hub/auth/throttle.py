"""Slows down who guesses passwords. Pure; time is an argument.

Failures count per account and per address. The first few cost nothing (gloves, tired eyes); every further one doubles
the wait. An account is never locked for ever: whoever knows its name could then keep its nurse out, so the wait is
bounded, and the bound still makes guessing useless.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND

FREE = 4
"Failures of one account that cost nothing."
FREE_OF_ADDRESS = 20
"Of one address: a whole home may stand behind one."
LONGEST = 60 * SECOND
"Longest wait: 1440 guesses a day, and a nurse who mistyped waits a minute."
FORGET = 15 * 60 * SECOND
"Without a failure for so long, the count starts again."
MAX_KEYS = 4096
"Accounts and addresses that are remembered; a flood of made-up names must not fill the memory."


@dataclass(slots=True)
class _Failures:
    count: int
    last: int


class Throttle:
    """Failures by key: an account's name, or an address."""

    def __init__(self, free: int) -> None:
        """Let `free` failures pass without a wait."""
        self._free = free
        self._failures: dict[str, _Failures] = {}

    def wait(self, key: str, now: int) -> int:
        """Return the microseconds that must pass before the next attempt, 0 for none."""
        known = self._failures.get(key)
        if known is None or known.count < self._free or now - known.last > FORGET:
            return 0
        # The exponent is bounded: 2**6 s is beyond the longest wait already.
        pause = min(SECOND << min(known.count - self._free, 6), LONGEST)
        return max(0, known.last + pause - now)

    def failed(self, key: str, now: int) -> None:
        """Count a failure."""
        known = self._failures.pop(key, None)
        count = 0 if known is None or now - known.last > FORGET else known.count
        # Popped and put back: the dictionary's order is that of the last failure.
        self._failures[key] = _Failures(count + 1, now)
        if len(self._failures) > MAX_KEYS:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, key: str) -> None:
        """Take back the failures of a key whose holder came in."""
        self._failures.pop(key, None)
