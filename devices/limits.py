"""Clinical limits: the same pure code on the edge and on the hub.

A limit is crossed at the first unfit-free value outside of [low, high]; the condition is declared when every
following value stayed outside for `delay` seconds of *measurement* time; it clears at the first value that is
back inside by `hysteresis`. Time is that of the measurements, so the same readings give the same verdicts
whenever they are evaluated.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.clock import SECOND
from devices.quality import UNFIT, Quality


class Priority(enum.StrEnum):
    """IEC 60601-1-8 priorities."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Limit:
    """One prescribed alarm limit for one metric of one resident."""

    id: str
    "Stable identifier; part of the identity of every alert it raises."
    metric: str
    priority: Priority
    low: float | None = None
    "Values below this are outside; `None` for no lower limit."
    high: float | None = None
    "Values above this are outside; `None` for no upper limit."
    delay: float = 0.0
    "Seconds of measurement time that every value must stay outside before the condition is declared."
    hysteresis: float = 0.0
    "How far inside a value must return before the condition clears, in the metric's unit."
    gap: float = 60.0
    "Seconds between two values after which the first no longer speaks for the time between them."

    def outside(self, value: float) -> bool:
        """Tell whether a value crosses the limit."""
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    def inside(self, value: float) -> bool:
        """Tell whether a value is back inside by the hysteresis."""
        return (self.low is None or value >= self.low + self.hysteresis) and (
            self.high is None or value <= self.high - self.hysteresis
        )


@dataclass(frozen=True, slots=True)
class LimitState:
    """Where one limit stands for one resident; small enough to be stored with each change."""

    crossed: int | None = None
    "Time of the first value outside, microseconds UTC."
    last: int | None = None
    "Time of the newest value evaluated; older values are history and change nothing."
    active: bool = False
    "The condition was declared and has not cleared."


class Verdict(enum.Enum):
    """What one value changed."""

    NOTHING = enum.auto()
    CROSSED = enum.auto()
    DECLARED = enum.auto()
    RETURNED = enum.auto()
    "Back inside before the delay was over."
    CLEARED = enum.auto()


def evaluate(
    limit: Limit, state: LimitState, value: float, time: int, flags: Quality
) -> tuple[LimitState, Verdict]:
    """Return the state after one value, and what it changed.

    Args:
        limit: the limit, of the value's metric.
        state: where it stood.
        value: the value, in the metric's unit.
        time: its time, microseconds UTC.
        flags: its doubts; an unfit value changes nothing.
    """
    if flags & UNFIT or flags & Quality.LATE or (state.last is not None and time <= state.last):
        return state, Verdict.NOTHING
    if state.active:
        if limit.inside(value):
            return LimitState(last=time), Verdict.CLEARED
        return LimitState(state.crossed, time, active=True), Verdict.NOTHING
    if not limit.outside(value):
        verdict = Verdict.NOTHING if state.crossed is None else Verdict.RETURNED
        return LimitState(last=time), verdict
    fresh = state.last is not None and time - state.last <= limit.gap * SECOND
    crossed = state.crossed if state.crossed is not None and fresh else time
    if time - crossed >= limit.delay * SECOND:
        return LimitState(crossed, time, active=True), Verdict.DECLARED
    verdict = Verdict.CROSSED if crossed == time else Verdict.NOTHING
    return LimitState(crossed, time), verdict
