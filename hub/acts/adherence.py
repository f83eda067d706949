"""On how many days what is followed was really measured, and why not on the others. Pure.

A day counts when télésurveillance ran on it: not before it began, not while it was paused all day, not while the resident lived
elsewhere all day, and not today, which is not over. It is covered by a value that is fit to decide on
(`devices.quality.UNFIT`); of what is measured weekly, by one within the seven days that end with it.

A day without a value has one cause: of the facts that the hub noted on that day, the one that lasted longest. Of two that lasted
as long the one that explains the other comes first: a room that is not heard before a battery, a battery before a sensor
that is silent. Where nothing was noted the cause is unknown, and so it is called: nothing is guessed.

The mark: half of the days of the first month, and of the second. A month is thirty days that count. The figure comes from the
order for this program; no text that it was read in is known here, so nothing is decided by it.
"""

from __future__ import annotations

import datetime
import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import SECOND, to_datetime

MARK: Final = 0.5
"Share of days; see above."
MONTH: Final = 30
"Days that count, of a month of the mark (R)."
WEEK: Final = 7
"Days for which a value of a weekly measurement holds."


class Cause(enum.StrEnum):
    """Why nothing was measured, what explains the others first."""

    LINK = "link"
    "The room, or the whole home, was not heard."
    BATTERY = "battery"
    CARE = "care"
    "Taken off: for care, or because the resident did not want it."
    SENSOR = "sensor"
    "Silent, unplugged, faulty, out of service, or nobody's."
    UNKNOWN = "unknown"


_RANK: Final = {cause: number for number, cause in enumerate(Cause)}


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end), microseconds UTC."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Tell whether all of another lies within it."""
        return self.start <= other.start and other.end <= self.end

    def shared(self, other: Span) -> int:
        """Return for how long both are."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the hub noted, and that explains why nothing was measured."""

    cause: Cause
    span: Span
    metrics: frozenset[str] = frozenset()
    "What it concerns; everything when empty."


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row without a value, by one cause."""

    span: Span
    days: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class Share:
    """Days with a value, of days that count."""

    counted: int
    covered: int

    @property
    def value(self) -> float | None:
        """Return it between 0 and 1; `None` of no days."""
        return self.covered / self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class Mark:
    """How one month stands to the mark."""

    share: Share
    over: bool
    "Whether all of its days are behind."

    @property
    def reached(self) -> bool | None:
        """Tell whether half of the month's days are covered; `None` while that can still change."""
        if self.share.covered >= MARK * MONTH:
            return True
        missing = self.share.counted - self.share.covered
        return False if self.over or missing > MONTH - MARK * MONTH else None


@dataclass(frozen=True, slots=True)
class Meter:
    """One parameter."""

    metric: str
    share: Share
    missing: Mapping[Cause, int]
    "Days, by cause."
    gaps: tuple[Gap, ...]
    "Oldest first."


def days(begun: int, until: int, zone: ZoneInfo) -> list[Span]:
    """Return the whole days of the ward's clock from the one after the beginning to the last that is over.

    The day on which it began is not whole, so the next one is the first.
    """
    day = to_datetime(begun).astimezone(zone).date() + datetime.timedelta(days=1)
    found: list[Span] = []
    start = _midnight(day, zone)
    while True:
        day += datetime.timedelta(days=1)
        end = _midnight(day, zone)
        if end > until:
            return found
        found.append(Span(start, end))
        start = end


def counted(all_days: Iterable[Span], outside: Sequence[Span]) -> list[Span]:
    """Return the days that count: not those that lie wholly in a time when nothing was to be measured."""
    return [day for day in all_days if not any(span.holds(day) for span in outside)]


def covering(present: Sequence[bool], *, weekly: bool = False) -> list[bool]:
    """Return which days are covered.

    Args:
        present: of days in a row, whether there is a value.
        weekly: it is measured once a week.
    """
    reach = WEEK if weekly else 1
    return [any(present[max(0, number - reach + 1) : number + 1]) for number in range(len(present))]


def meter(metric: str, all_days: Sequence[Span], covered: Sequence[bool], facts: Iterable[Fact]) -> Meter:
    """Return how one parameter was measured.

    Args:
        metric: which.
        all_days: those that count, oldest first.
        covered: whether each of them is.
        facts: what the hub noted; of other parameters too.
    """
    mine = [fact for fact in facts if not fact.metrics or metric in fact.metrics]
    causes = [
        None if is_covered else _cause(day, mine) for day, is_covered in zip(all_days, covered, strict=True)
    ]
    return Meter(
        metric,
        Share(len(covered), sum(covered)),
        Counter(cause for cause in causes if cause is not None),
        tuple(_gaps(all_days, causes)),
    )


def marks(covered: Sequence[bool]) -> tuple[Mark, ...]:
    """Return how the months that have begun stand to the mark, the first two.

    Args:
        covered: of the days that count from the first one on, whether each is covered.
    """
    months = [covered[begin : begin + MONTH] for begin in (0, MONTH)]
    return tuple(Mark(Share(len(month), sum(month)), over=len(month) == MONTH) for month in months if month)


def together(meters: Sequence[Meter]) -> Share:
    """Return the share of all parameters' days together."""
    return Share(sum(one.share.counted for one in meters), sum(one.share.covered for one in meters))


def _midnight(day: datetime.date, zone: ZoneInfo) -> int:
    return round(datetime.datetime.combine(day, datetime.time(), zone).timestamp()) * SECOND


def _cause(day: Span, facts: Iterable[Fact]) -> Cause:
    found = [
        (fact.span.shared(day), -_RANK[fact.cause], fact.cause) for fact in facts if fact.span.shared(day)
    ]
    return max(found, default=(0, 0, Cause.UNKNOWN))[2]


def _gaps(all_days: Sequence[Span], causes: Sequence[Cause | None]) -> Iterable[Gap]:
    last: Gap | None = None
    for day, cause in zip(all_days, causes, strict=True):
        if last is not None and (cause is not last.cause or day.start != last.span.end):
            yield last
            last = None
        if cause is None:
            continue
        if last is None:
            last = Gap(day, 1, cause)
        else:
            last = Gap(Span(last.span.start, day.end), last.days + 1, cause)
    if last is not None:
        yield last
