"""Occurrences of one limit: the same pure code on the edge, and on the hub when it looks back at what came late.

An occurrence begins with the first value outside (its onset), is declared after the limit's delay, and ends with the
first value that is back inside. A value on the other side of the limit while it lasts is another danger, so another
occurrence. At rest, a value inside changes nothing, not even the time of the newest value: `hub.alerting.thresholds`
keeps nothing of it either, and both must give the same verdict.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

import msgspec

from devices.limits import Limit, LimitState, Verdict, evaluate
from devices.quality import Quality

Side = Literal["low", "high"]


class Ending(enum.StrEnum):
    """Why an occurrence ended."""

    RETURNED = "returned"
    OTHER_SIDE = "other_side"
    WITHDRAWN = "withdrawn"
    "The limit is no longer in force."


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a limit's condition was there. Times of measurements, microseconds."""

    limit: Limit
    sensor: str
    onset: int
    declared: int
    side: Side
    worst: float
    cleared: int | None = None
    ending: Ending | None = None

    @property
    def bound(self) -> float:
        """The bound that was crossed."""
        bound = self.limit.low if self.side == "low" else self.limit.high
        assert bound is not None, "an occurrence is outside of a bound that there is"
        return bound


class WatchState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a watch stands; the form in which it lies on disk."""

    crossed: int | None = None
    last: int | None = None
    active: bool = False
    sensor: str = ""
    declared: int = 0
    side: Side = "low"
    worst: float = 0.0
    area: float = 0.0

    def moved(self, shift: int) -> WatchState:
        """Return the state with its times moved."""
        return msgspec.structs.replace(
            self,
            crossed=None if self.crossed is None else self.crossed + shift,
            last=None if self.last is None else self.last + shift,
            declared=self.declared + shift,
        )


class Watch:
    """One limit of one person, and where it stands."""

    __slots__ = ("limit", "state")

    def __init__(self, limit: Limit, state: WatchState | None = None) -> None:
        self.limit = limit
        self.state = state or WatchState()

    @property
    def resting(self) -> bool:
        """Whether the limit is neither active nor on its way to be."""
        return not self.state.active and self.state.crossed is None and not self.state.area

    @property
    def occurrence(self) -> Occurrence | None:
        """The occurrence that is there now."""
        state = self.state
        if not state.active or state.crossed is None:
            return None
        return Occurrence(self.limit, state.sensor, state.crossed, state.declared, state.side, state.worst)

    def feed(self, value: float, time: int, flags: Quality, sensor: str) -> list[Occurrence]:
        """Take a value; return the occurrences that began, worsened or ended with it, mostly none."""
        limit, state = self.limit, self.state
        if self.resting and not limit.outside(value):
            return []
        core = LimitState(state.crossed, state.last, active=state.active, area=state.area)
        after, verdict = evaluate(limit, core, value, time, flags)
        if after is core:
            return []
        told: list[Occurrence] = []
        if state.active and after.active and limit.outside(value):
            if side_of(limit, value) != state.side:
                told += self._end(time, Ending.OTHER_SIDE)
                after, verdict = evaluate(limit, LimitState(last=state.last), value, time, flags)
            elif _worse(value, state.worst, state.side):
                self.state = msgspec.structs.replace(state, last=time, worst=value)
                return self._present()
        if verdict is Verdict.CLEARED:
            told += self._end(time, Ending.RETURNED)
        self._follow(after, value, sensor)
        return told + (self._present() if verdict is Verdict.DECLARED else [])

    def replace_limit(self, limit: Limit, now: int) -> list[Occurrence]:
        """Put another bound in the place of this one; return what ended by it.

        What is active stays so and ends by the new bounds; a crossing that was not declared counts anew.
        """
        if limit == self.limit or self.resting:
            self.limit = limit
            return []
        if self.state.active and limit.metric == self.limit.metric and _has(limit, self.state.side):
            self.limit = limit
            return []
        told = self.withdraw(now)
        self.limit, self.state = limit, WatchState(last=self.state.last)
        return told

    def withdraw(self, now: int) -> list[Occurrence]:
        """End the limit; return the occurrence that ended with it, if there was one."""
        return self._end(now, Ending.WITHDRAWN) if self.state.active else []

    def _present(self) -> list[Occurrence]:
        found = self.occurrence
        return [] if found is None else [found]

    def _end(self, time: int, ending: Ending) -> list[Occurrence]:
        state = self.state
        onset = time if state.crossed is None else state.crossed
        return [
            Occurrence(self.limit, state.sensor, onset, state.declared, state.side, state.worst, time, ending)
        ]

    def _follow(self, after: LimitState, value: float, sensor: str) -> None:
        state = self.state
        if not after.active:
            self.state = WatchState(after.crossed, after.last, area=after.area)
        elif state.active and after.crossed == state.crossed:
            self.state = msgspec.structs.replace(state, last=after.last)
        else:
            declared = 0 if after.last is None else after.last
            side = side_of(self.limit, value)
            self.state = WatchState(
                after.crossed,
                after.last,
                active=True,
                sensor=sensor,
                declared=declared,
                side=side,
                worst=value,
            )


def side_of(limit: Limit, value: float) -> Side:
    """Return on which side of a limit a value outside lies."""
    return "low" if limit.low is not None and value < limit.low else "high"


def _worse(value: float, worst: float, side: Side) -> bool:
    return value < worst if side == "low" else value > worst


def _has(limit: Limit, side: Side) -> bool:
    return (limit.low if side == "low" else limit.high) is not None
