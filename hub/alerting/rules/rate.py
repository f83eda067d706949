"""A value that changes too fast: points made of medians, the newest against the extreme of the time before. Pure.

The time line is cut into pieces of `RateRule.smooth` seconds, whose median is one point when the piece is over, that is with
the first value after it. A piece with fewer than `ENOUGH` values is none. Without smoothing every value is a point: for what
somebody takes once a day, such as the weight. The condition is declared when the newest point lies `change` or more from
the highest (of a fall) or lowest (of a rise) point of the last `within` seconds; it clears when less than half of that is
left, because the value came back or because the new level has lasted so long that it is none of a change any more.
"""

from __future__ import annotations

from statistics import median

import msgspec

from devices.clock import SECOND
from hub.alerting.rules.model import RateRule
from hub.alerting.rules.sampling import SLOT, Outcome, slot_of

ENOUGH = 3
"Values of a piece below which its median would be a single one's error. Ours."
REST = 0.5
"Share of the change below which the condition is over. Ours."


class RateMemory(msgspec.Struct, omit_defaults=True):
    """What is remembered; the form in which it lies on disk."""

    slot: int = -1
    "The last slot of which a value was taken."
    piece: int = -1
    "The piece of time that is under way."
    values: list[float] = []
    "Of that piece."
    points: list[tuple[int, float]] = []
    "(time at which it was complete, median), oldest first."
    active: bool = False


class RateWatch:
    """One rule of one resident."""

    def __init__(self, rule: RateRule, memory: RateMemory) -> None:
        self.rule = rule
        self.memory = memory

    @property
    def newest(self) -> float:
        """The newest point."""
        return self.memory.points[-1][1]

    def take(self, value: float, time: int) -> Outcome:
        """Take a value without doubt, in the order of measurement times."""
        memory, slot = self.memory, slot_of(time)
        if slot <= memory.slot:
            return Outcome.NOTHING
        memory.slot = slot
        smooth = round(self.rule.smooth * SECOND)
        if not smooth:
            return self._point(time, value)
        piece, outcome = time // smooth, Outcome.KEPT
        if piece != memory.piece:
            if len(memory.values) >= ENOUGH:
                outcome = self._point((memory.piece + 1) * smooth, median(memory.values))
            memory.piece, memory.values = piece, []
        memory.values.append(value)
        return outcome

    def due(self, _metric: str) -> int:
        """Return the time from which a value is taken."""
        return (self.memory.slot + 1) * SLOT

    def forget(self, _metric: str) -> None:
        """Drop what is remembered: the clock that gave its times went back since."""
        self.memory = RateMemory(active=self.memory.active)

    def _point(self, time: int, value: float) -> Outcome:
        memory, change = self.memory, self.rule.change
        since = time - round(self.rule.within * SECOND)
        memory.points = [point for point in memory.points if point[0] >= since]
        earlier = [point[1] for point in memory.points]
        memory.points.append((time, value))
        sign = -1.0 if change < 0 else 1.0
        moved = max((sign * (value - other) for other in earlier), default=0.0)
        if memory.active:
            memory.active = moved >= REST * abs(change)
            return Outcome.WORSE if memory.active else Outcome.CLEARED
        memory.active = moved >= abs(change)
        return Outcome.DECLARED if memory.active else Outcome.KEPT
