"""What one shift tells the next: what of it matters, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.limits import Priority
from hub.alerting.model import Alert, Event, Transition
from hub.alerting.news2 import Risk

_ANSWERS = frozenset({Event.ACKNOWLEDGED, Event.TAKEN})
_PRIORITY = {Priority.HIGH: 3, Priority.MEDIUM: 2, Priority.LOW: 1}
_RISK = {None: 0, Risk.LOW: 0, Risk.LOW_MEDIUM: 1, Risk.MEDIUM: 2, Risk.HIGH: 3}


@dataclass(frozen=True, slots=True)
class Answer:
    """Who first responded to an alert."""

    author: str
    after: int
    "Microseconds since it was raised."


def answer(history: Iterable[Transition]) -> Answer | None:
    """Return who first responded to an alert, and how long it had waited; `None` for nobody."""
    raised: int | None = None
    for step in history:
        if step.event is Event.RAISED:
            raised = step.time
        elif step.event in _ANSWERS:
            return Answer(step.author, 0 if raised is None else max(0, step.time - raised))
    return None


def of_shift(alert: Alert, since: int, until: int) -> bool:
    """Tell whether an alert belongs to a shift: raised in it, or there already and not over before it began."""
    if alert.raised >= until:
        return False
    return alert.raised >= since or alert.open or (alert.cleared is not None and alert.cleared >= since)


@dataclass(frozen=True, slots=True)
class Excursion:
    """A stretch of a shift in which the means of a value were out of what is usual."""

    metric: str
    worst: float
    minutes: int
    "In all."


@dataclass(frozen=True, slots=True)
class Points:
    """Means of one metric over equal slices of a shift."""

    metric: str
    values: tuple[float, ...]
    minutes: float
    "That one of them stands for."


def excursion(points: Points, low: float | None, high: float | None) -> Excursion | None:
    """Return how far and for how long a value was outside of [low, high]; a side without a bound is not looked at.

    Of both sides the one further out is told.
    """
    bottom, top = _or(low, float("-inf")), _or(high, float("inf"))
    out = [value for value in points.values if not bottom <= value <= top]
    if not out:
        return None
    worst = max(out, key=lambda value: max(bottom - value, value - top))
    return Excursion(points.metric, worst, max(1, round(len(out) * points.minutes)))


def _or(bound: float | None, otherwise: float) -> float:
    return otherwise if bound is None else bound


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides where a resident stands in the hand-over."""

    resident: str
    name: str
    "By which equals are ordered."
    alerts: tuple[Alert, ...] = ()
    "Of the shift."
    risk: Risk | None = None
    "Of the last set of observations."
    others: int = 0
    "Everything else there is to tell."


def worst_first(matters: Iterable[Matter]) -> list[Matter]:
    """Return residents in the order in which they are told of.

    First what the next shift inherits, then what was worst, then how much there was.
    """

    def key(matter: Matter) -> tuple[int, int, int, int, str]:
        inherited = max((_PRIORITY[alert.priority] for alert in matter.alerts if alert.open), default=0)
        worst = max((_PRIORITY[alert.priority] for alert in matter.alerts), default=0)
        much = len(matter.alerts) + matter.others
        return -inherited, -max(worst, _RISK[matter.risk]), -len(matter.alerts), -much, matter.name

    return sorted(matters, key=key)
