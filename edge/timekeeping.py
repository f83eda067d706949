"""Gives every reading the time at which it was received, on a machine whose clock may be wrong or unset. Pure.

Rules:
- A reading is stamped with the monotonic clock when it arrives and placed by an offset: utc = monotonic + offset.
- The offset is unknown while the system's clock says a time before this release was built, or (source `hub`) until
  the hub has told its time. Until then a reading keeps its monotonic time, which `is_unplaced` recognises, and is
  placed afterwards by the same offset.
- A system clock that was never set yields to the hub's time as well: a late value is of more use than none.
- The clock steps forward: times follow at once. It steps back: placed times never go back; they run at 95 % until the
  clock has caught up, and `synchronised` is false as long as they are more than a second ahead.
"""

from __future__ import annotations

from typing import Literal

from devices.clock import BUILD_FLOOR, SECOND

UNPLACED_BELOW = 10 * 365 * 86_400 * SECOND
"A time below this is monotonic: no machine is up for ten years, and no reading is from before 1980."

TOLERANCE = SECOND
"How far placed times may be ahead of the source: also the latency of the hub's messages."

_CATCH_UP = 20
"1/20 of the elapsed time is given back after a backward step: delays of limits stay right within 5 %."


def is_unplaced(time: int) -> bool:
    """Tell whether a time is monotonic, waiting to be placed."""
    return time < UNPLACED_BELOW


class Timekeeper:
    """Maps the monotonic clock to UTC. All times in microseconds."""

    __slots__ = ("_goal", "_hub_offset", "_offset", "_seen", "_source")

    def __init__(self, source: Literal["system", "hub"] = "system") -> None:
        self._source = source
        self._offset: int | None = None
        self._hub_offset: int | None = None
        self._goal = 0
        "The source's own offset; smaller than `_offset` while a backward step is being caught up."
        self._seen = 0

    @property
    def known(self) -> bool:
        """Whether the time is known at all."""
        return self._offset is not None

    @property
    def offset(self) -> int | None:
        """UTC minus monotonic, as times are placed now."""
        return self._offset

    @property
    def synchronised(self) -> bool:
        """Whether placed times follow their source."""
        return self._offset is not None and self._offset - self._goal <= TOLERANCE

    def observe(self, utc: int, monotonic: int) -> None:
        """Take a look at the system's clock: at least once a second, and before readings are placed."""
        if self._source == "system" and utc >= BUILD_FLOOR:
            self._follow(utc - monotonic, monotonic)
        elif self._hub_offset is not None:
            self._follow(self._hub_offset, monotonic)

    def hub_time(self, utc: int, monotonic: int) -> None:
        """Take the time that the hub told in a message received at `monotonic`.

        A message is always late and never early, so a greater offset is the better one; one that is smaller by
        more than the tolerance means that the hub's clock was put back.
        """
        offset = utc - monotonic
        known = self._hub_offset
        if utc >= BUILD_FLOOR and (known is None or offset > known or known - offset > TOLERANCE):
            self._hub_offset = offset

    def hub_now(self, monotonic: int) -> int | None:
        """Return the hub's time, if it ever told it."""
        return None if self._hub_offset is None else monotonic + self._hub_offset

    def now(self, monotonic: int) -> int:
        """Return the UTC time of a monotonic one, 0 while UTC is unknown."""
        return 0 if self._offset is None else self.place(monotonic)

    def place(self, monotonic: int) -> int:
        """Return the UTC time of a monotonic one; the monotonic time itself while UTC is unknown."""
        return monotonic if self._offset is None else monotonic + self._caught_up(self._offset, monotonic)

    def _caught_up(self, offset: int, monotonic: int) -> int:
        # One straight line between two looks at the clock, before the last look as well: arrivals are placed late.
        elapsed = max(monotonic - self._seen, -SECOND)
        return max(self._goal, offset - elapsed // _CATCH_UP) if offset > self._goal else offset

    def _follow(self, goal: int, monotonic: int) -> None:
        if self._offset is None or goal >= self._offset:
            self._offset = goal
        else:
            self._offset = self._caught_up(self._offset, monotonic)
        self._goal = goal
        self._offset = max(goal, self._offset)
        self._seen = max(self._seen, monotonic)
