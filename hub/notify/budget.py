"""How many messages may go in an hour: a storm of alarms must neither cost without end nor lock the SIM. Pure."""

from __future__ import annotations

from devices.clock import SECOND

HOUR = 3600 * SECOND


class Budget:
    """A bucket that refills evenly. A part of it is kept for what is urgent. Times are monotonic, microseconds."""

    __slots__ = ("_left", "_reserve", "_size", "_time")

    def __init__(self, per_hour: int, reserve: float, now: int) -> None:
        """Make a full bucket of one hour's messages.

        Args:
            per_hour: messages.
            reserve: the share of it that only urgent ones may use, 0 to 1.
            now: the time.
        """
        self._size = per_hour
        self._reserve = per_hour * reserve
        self._left = float(per_hour)
        self._time = now

    def take(self, now: int, *, urgent: bool) -> float:
        """Take one message's worth; return 0, or the seconds after which there will be one."""
        self._left = min(self._size, self._left + (now - self._time) * self._size / HOUR)
        self._time = now
        missing = 1 + (0 if urgent else self._reserve) - self._left
        if missing > 1e-9:
            return missing * HOUR / self._size / SECOND
        self._left -= 1
        return 0.0
