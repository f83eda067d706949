"""Rate, pauses, slow and fast rhythm from beats, by an observer that is told the beats and how good the signal is.

Limits are arguments with defaults; they are not a prescription: what rings for a resident is prescribed in `devices.limits`.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

BEATS = 8
"Intervals that make a rate (sheet 10)."

RECENT = 15.0
"Seconds back from now that may count for the rate (sheet 10)."

INTERVALS = (0.2, 3.0)
"""Seconds that an interval may have to count for a rate: 300 to 20/min, the plausible range of `devices.nomenclature`. Sheet 10 names 0.3
to 2.0 s; a rate of 28 or of 210 is what must not be hidden here."""


NEAR = 0.2
"Of the median: how far an interval may be from it to count."


class Kind(enum.StrEnum):
    """What can be found in a rhythm."""

    PAUSE = "pause"
    ASYSTOLE = "asystole"
    SLOW = "slow"
    FAST = "fast"
    FIBRILLATION = "fibrillation"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that began in a rhythm; said once, when it is certain."""

    kind: Kind
    sample: int
    "Number of the sample at which it began: the last beat before a pause, the first beat outside of a limit."
    value: float
    "Seconds of a pause so far, beats per minute, or a probability."


@dataclass(frozen=True, slots=True)
class RhythmLimits:
    """From when on a rhythm is told."""

    pause: float = 3.0
    "Seconds between two beats (ACC/AHA/HRS 2018: a pause of 3 s and more; from memory)."
    asystole: float = 6.0
    "Seconds without a beat; IEC 60601-2-27 asks for an alarm within 10 s of the last beat (from memory)."
    slow: float = 40.0
    "Beats per minute; below is NEWS2's 3 points (sheet 01: 40 and less)."
    fast: float = 130.0
    "Beats per minute; above is NEWS2's 3 points (sheet 01: 131 and more)."
    hold: float = 10.0
    "Seconds that a rate stays outside before it is told."
    back: float = 5.0
    "Beats per minute inside of the limit that end it."
    fibrillation: float = 0.7
    "Probability from which a window speaks for fibrillation."
    regular: float = 0.3
    "Probability from which a window speaks against it; between both, what was goes on."
    episode: float = 30.0
    "Seconds of windows that speak for it before it is told (sheet 10)."


DEFAULT = RhythmLimits()


def rate_of(intervals: list[float]) -> float | None:
    """Return beats per minute from intervals in seconds, `None` below three possible ones.

    It is the mean of those near the median: as robust, and finer than the sampling where that is coarse.
    """
    possible = [each for each in intervals if INTERVALS[0] <= each <= INTERVALS[1]]
    if len(possible) < 3:
        return None
    middle = median(possible)
    near = [each for each in possible if abs(each - middle) <= NEAR * middle]
    return 60.0 * len(near) / sum(near) if near else 60.0 / middle


class RhythmWatch:
    """Follows one stream of beats; times are sample numbers."""

    def __init__(self, rate: float, limits: RhythmLimits = DEFAULT) -> None:
        self._rate, self._limits = rate, limits
        self._intervals: deque[tuple[int, float]] = deque(maxlen=BEATS)
        self._last: int | None = None
        self._told: set[Kind] = set()
        self._outside: dict[Kind, int] = {}
        self._fibrillation = _Episode(limits)

    @property
    def last(self) -> int | None:
        """Sample of the last beat, `None` while there is none that the next one could follow."""
        return self._last

    def beat(self, sample: int, *, missing: bool) -> None:
        """Take the next beat; one that samples are missing at, or before, ends no interval."""
        if self._last is not None and not missing:
            self._intervals.append((sample, (sample - self._last) / self._rate))
        self._last = sample
        self._told -= {Kind.PAUSE, Kind.ASYSTOLE}

    def heart_rate(self, now: int) -> float | None:
        """Return beats per minute, `None` while there are not three recent intervals."""
        since = now - RECENT * self._rate
        return rate_of([interval for end, interval in self._intervals if end > since])

    def silence(self, now: int) -> Iterator[Finding]:
        """Say a pause that has reached its length by `now`, once for each kind."""
        if self._last is None:
            return
        seconds = (now - self._last) / self._rate
        for kind, least in ((Kind.PAUSE, self._limits.pause), (Kind.ASYSTOLE, self._limits.asystole)):
            if seconds >= least and kind not in self._told:
                self._told.add(kind)
                yield Finding(kind, self._last, seconds)

    def pace(self, now: int, rate: float) -> Iterator[Finding]:
        """Say a rate that stayed outside of its limit for long enough, once until it came back."""
        limits = self._limits
        for kind, outside, inside in (
            (Kind.SLOW, rate < limits.slow, rate >= limits.slow + limits.back),
            (Kind.FAST, rate > limits.fast, rate <= limits.fast - limits.back),
        ):
            if inside or (kind not in self._told and not outside):
                self._outside.pop(kind, None)
                self._told.discard(kind)
            elif outside:
                began = self._outside.setdefault(kind, now)
                if now - began >= limits.hold * self._rate and kind not in self._told:
                    self._told.add(kind)
                    yield Finding(kind, began, rate)

    def fibrillation(self, now: int, probability: float) -> Iterator[Finding]:
        """Say an episode of atrial fibrillation, once until it ended."""
        began = self._fibrillation.take(now, probability, self._rate)
        if began is not None:
            yield Finding(Kind.FIBRILLATION, began, probability)


class _Episode:
    """Hysteresis in probability and in time."""

    def __init__(self, limits: RhythmLimits) -> None:
        self._limits = limits
        self._began: int | None = None
        self._ended: int | None = None
        self._told = False

    def take(self, now: int, probability: float, rate: float) -> int | None:
        """Return the sample at which an episode began, when it is certain by now."""
        limits = self._limits
        if self._told:
            if probability >= limits.regular:
                self._ended = None
            elif self._ended is None:
                self._ended = now
            elif now - self._ended >= limits.episode * rate:
                self._told, self._began, self._ended = False, None, None
            return None
        if probability < limits.fibrillation:
            if probability < limits.regular:
                self._began = None
            return None
        if self._began is None:
            self._began = now
        if now - self._began < limits.episode * rate:
            return None
        self._told = True
        return self._began
