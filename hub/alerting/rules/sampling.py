"""How rules that need the recent past take measurements: the first sound value of each slot of ten seconds.

A sensor speaks once a second; what a rule remembers must lie on the disk with every change of it, so that a hub killed at
any instant gives the same verdicts. One value in ten seconds is what a slow rule needs and what a disk bears.
"""

from __future__ import annotations

import enum

from devices.clock import SECOND

SLOT = 10 * SECOND
"Microseconds of measurement time. Ours."


class Outcome(enum.Enum):
    """What one value changed."""

    NOTHING = enum.auto()
    KEPT = enum.auto()
    "Only what is remembered."
    DECLARED = enum.auto()
    WORSE = enum.auto()
    "The condition that is there got worse."
    CLEARED = enum.auto()


def slot_of(time: int) -> int:
    """Return the number of the slot that a time lies in."""
    return time // SLOT
