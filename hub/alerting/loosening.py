"""Whether a change lets a person be found in danger later than before, or not at all.

Two sets of limits are compared as wholes, because what counts is what still rings: a limit may be replaced by two, or
by the safe default. Every side of every *critical* limit (of high priority) must be answered afterwards by some limit
that is as critical, as tight, as quick and as patient with gaps. Whatever is not is a loosening.

Hysteresis decides when an alarm ends, never whether it begins: it loosens nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from devices.limits import Limit, Priority

CRITICAL = Priority.HIGH
"A limit of this priority is critical: nobody who answers late is death or irreversible harm (sheet 02 part 1)."

Side = Literal["low", "high"]
_SIDES: tuple[Side, ...] = ("low", "high")


class Way(enum.StrEnum):
    """How a critical limit is loosened."""

    GONE = "gone"
    "Nothing watches that side any more."
    PRIORITY = "priority"
    "What watches it is of a lower priority."
    BOUND = "bound"
    DELAY = "delay"
    AREA = "area"
    "More of depth and time must have come together."
    GAP = "gap"
    "Values may stand less far apart before the time outside begins anew."


@dataclass(frozen=True, slots=True)
class Loosening:
    """One way in which one side of one critical limit is loosened."""

    metric: str
    side: Side
    way: Way
    before: float | None = None
    "The bound, or the seconds, that are loosened."
    after: float | None = None


def loosened(before: Iterable[Limit], after: Iterable[Limit]) -> tuple[Loosening, ...]:
    """Return every way in which critical limits of `before` are loosened by `after`; none when it is as safe."""
    there = tuple(after)
    found: dict[Loosening, None] = {}
    for limit in before:
        if limit.priority is not CRITICAL:
            continue
        for side in _SIDES:
            if bound(limit, side) is not None:
                found |= dict.fromkeys(_unanswered(limit, side, there))
    return tuple(found)


def bound(limit: Limit, side: Side) -> float | None:
    """Return the bound of one side."""
    return limit.low if side == "low" else limit.high


def _unanswered(limit: Limit, side: Side, after: Sequence[Limit]) -> tuple[Loosening, ...]:
    watching = [each for each in after if each.metric == limit.metric and bound(each, side) is not None]
    if not watching:
        return (Loosening(limit.metric, side, Way.GONE, bound(limit, side)),)
    critical = [each for each in watching if each.priority is CRITICAL]
    if not critical:
        return (Loosening(limit.metric, side, Way.PRIORITY, bound(limit, side), bound(watching[0], side)),)
    # The one that comes nearest says it in the fewest words.
    return min((tuple(_ways(limit, each, side)) for each in critical), key=len)


def _ways(limit: Limit, other: Limit, side: Side) -> Iterator[Loosening]:
    was, now = bound(limit, side), bound(other, side)
    assert was is not None
    assert now is not None
    if (now < was) if side == "low" else (now > was):
        yield Loosening(limit.metric, side, Way.BOUND, was, now)
    if other.delay > limit.delay:
        yield Loosening(limit.metric, side, Way.DELAY, limit.delay, other.delay)
    if other.area > limit.area:
        yield Loosening(limit.metric, side, Way.AREA, limit.area, other.area)
    if other.gap < limit.gap:
        yield Loosening(limit.metric, side, Way.GAP, limit.gap, other.gap)
