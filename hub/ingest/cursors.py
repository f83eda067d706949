"""Which envelope comes next in each lane. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from devices.clock import SECOND
from hub.store.journal import CursorKey

PATIENCE = 60 * SECOND
"How long a hole must last before it is taken for final."
REPEATS = 5
"How often the same envelope must have come again by then."


class Place(enum.Enum):
    """Where an envelope stands in its lane."""

    NEXT = enum.auto()
    DUPLICATE = enum.auto()
    "At or below the cursor: it is on the disk."
    HOLE = enum.auto()
    "An earlier one is missing; the edge sends again from the cursor on."


class Cursors:
    """The last sequence number taken of every (edge, spool, lane); a new spool's lanes begin at 1."""

    __slots__ = ("_last",)

    def __init__(self, last: Mapping[CursorKey, int]) -> None:
        """Take up what is on the disk."""
        self._last = dict(last)

    def take(self, key: CursorKey, seq: int) -> Place:
        """Place an envelope, and move the cursor if it is the next one."""
        last = self._last.get(key, 0)
        if seq == last + 1:
            self._last[key] = seq
            return Place.NEXT
        return Place.DUPLICATE if seq <= last else Place.HOLE

    def skip_to(self, key: CursorKey, seq: int) -> int:
        """Take an envelope in spite of a hole before it, and return how many are missing."""
        missing = seq - self._last.get(key, 0) - 1
        self._last[key] = seq
        return missing

    def last(self, key: CursorKey) -> int:
        """Return the last sequence number taken, 0 before the first."""
        return self._last.get(key, 0)


class Holes:
    """Tells a hole that the edge can still fill from one that it cannot.

    An edge sends again from its oldest envelope that is not acknowledged. When that one keeps coming and none before it
    does, the edge no longer has what is missing: this hub acknowledged it and then lost it, as one does whose database
    came back from a backup. Without an end to the waiting the lane would stand still for ever.
    """

    __slots__ = ("_lowest",)

    def __init__(self) -> None:
        """Know of no hole."""
        self._lowest: dict[CursorKey, tuple[int, int, int]] = {}

    def final(self, key: CursorKey, seq: int, now: int) -> bool:
        """Note an envelope behind a hole; tell whether the hole will never be filled."""
        lowest, since, count = self._lowest.get(key, (seq, now, 0))
        if seq < lowest:
            lowest, since, count = seq, now, 0
        if seq == lowest:
            count += 1
        self._lowest[key] = lowest, since, count
        return seq == lowest and count >= REPEATS and now - since >= PATIENCE

    def closed(self, key: CursorKey) -> None:
        """Note that the lane moves on."""
        self._lowest.pop(key, None)
