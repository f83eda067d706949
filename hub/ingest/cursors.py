"""Which envelope comes next in each lane. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from hub.store.journal import CursorKey


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

    def last(self, key: CursorKey) -> int:
        """Return the last sequence number taken, 0 before the first."""
        return self._last.get(key, 0)
