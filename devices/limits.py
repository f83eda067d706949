"""Clinical limits: the same pure code on the edge and on the hub.

A limit is crossed at the first unfit-free value outside of [low, high]; the condition is declared when every
following value stayed outside for `delay` seconds of *measurement* time; it clears at the first value that is
back inside by `hysteresis`. Time is that of the measurements, so the same readings give the same verdicts
whenever they are evaluated.

A limit with an `area` weighs how far and for how long together: its condition is declared when the distance beyond the
bound, summed over the seconds, reaches the area (percentage points x seconds for SpO2, what oximeters sell as
"SatSeconds"), and the delay, if there is one, is over. A value speaks for the time since the one before it, so the first
one outside adds nothing. A value back inside takes away in the same way, by its distance from the bound ("integrates the
number of points, both positive and negative": operator's manuals of the Edan M3 and the Mindray T8); at least so that a
whole area is gone after `DRAIN` seconds, which is ours: a value just at the bound would keep it for ever. After a gap
nothing is left of it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.clock import SECOND
from devices.quality import UNFIT, Quality

_UNDECIDING = int(UNFIT | Quality.LATE)

DRAIN = 300.0
"Seconds of values inside after which nothing is left of a limit's area. Ours."


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
    area: float = 0.0
    "Unit of the metric x seconds that must have come together before the condition is declared; 0 for a plain limit."

    def outside(self, value: float) -> bool:
        """Tell whether a value crosses the limit."""
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    def depth(self, value: float) -> float:
        """Return how far beyond a bound a value is; negative inside, by its distance from the nearer bound."""
        below = float("-inf") if self.low is None else self.low - value
        above = float("-inf") if self.high is None else value - self.high
        return max(below, above)

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
    area: float = 0.0
    "What has come together so far, of a limit with an area."


class Verdict(enum.Enum):
    """What one value changed."""

    NOTHING = enum.auto()
    CROSSED = enum.auto()
    DECLARED = enum.auto()
    RETURNED = enum.auto()
    "Back inside before the delay was over."
    CLEARED = enum.auto()


def evaluate(
    limit: Limit, state: LimitState, value: float, time: int, flags: int
) -> tuple[LimitState, Verdict]:
    """Return the state after one value, and what it changed.

    Args:
        limit: the limit, of the value's metric.
        state: where it stood.
        value: the value, in the metric's unit.
        time: its time, microseconds UTC.
        flags: its doubts (`devices.quality.Quality`); an unfit value changes nothing.
    """
    if flags & _UNDECIDING or (state.last is not None and time <= state.last):
        return state, Verdict.NOTHING
    if state.active:
        if limit.inside(value):
            return LimitState(last=time), Verdict.CLEARED
        return LimitState(state.crossed, time, active=True), Verdict.NOTHING
    fresh = state.last is not None and time - state.last <= limit.gap * SECOND
    area = _weighed(limit, state, value, time) if limit.area and fresh else 0.0
    if not limit.outside(value):
        verdict = Verdict.NOTHING if state.crossed is None else Verdict.RETURNED
        return LimitState(last=time, area=area), verdict
    crossed = state.crossed if state.crossed is not None and fresh else time
    if time - crossed >= limit.delay * SECOND and area >= limit.area:
        return LimitState(crossed, time, active=True), Verdict.DECLARED
    verdict = Verdict.CROSSED if crossed == time else Verdict.NOTHING
    return LimitState(crossed, time, area=area), verdict


def _weighed(limit: Limit, state: LimitState, value: float, time: int) -> float:
    """Return what has come together with a value that speaks for the time since the last one."""
    if state.last is None or not (state.area or state.crossed is not None):
        return 0.0
    seconds, depth = (time - state.last) / SECOND, limit.depth(value)
    if depth > 0:
        return state.area + (depth * seconds if state.crossed is not None else 0.0)
    return max(0.0, state.area - max(-depth, limit.area / DRAIN) * seconds)
