"""Who is to be measured when: the measurement round. Pure; time is an argument.

The frequency is that of the NEWS2 chart (sheet 01 part 3) where a score asks for attention. Where it does not, the home's
own frequency holds: the chart is a hospital's, and no French home measures everybody every twelve hours.

| last score | measured again after |
|---|---|
| low, and not above the resident's usual score | `Frequency.settled`, the home's own |
| low, above the usual one or the usual one is not known | `Frequency.raised`, 4 to 6 h on the chart |
| 3 points of one parameter, or 5 and 6 | 1 h |
| 7 and more | watched continuously: 1 h where sensors do that, otherwise 15 min, what a hand can do (ours) |

A set with something missing does not make a round done, whatever its points; when they are many already, they count.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devices.clock import SECOND
from hub.alerting.news2 import Risk, Score

HOUR = 3600 * SECOND
URGENT = HOUR
"After a red score, and from 5 points on."
BY_HAND = HOUR // 4
"From 7 points on, where no sensor watches."
_PARTS = re.compile(r"(\D*)(\d*)")
CONTINUOUS = frozenset({"respiration_rate", "spo2", "pulse"})
"What a resident of 7 points and more must have watched, by NEWS2's names."


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a home measures who is well; microseconds."""

    settled: int | None = 24 * HOUR
    "`None`: there is no round for this resident, as in palliative care."
    raised: int = 6 * HOUR


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of observations."""

    time: int
    score: Score


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a resident."""

    resident: str
    frequency: Frequency
    sets: tuple[Measured, ...] = ()
    "Newest first; those that were withdrawn are not among them."
    usual: int | None = None
    "Score of a well day; `None` is not known."
    streaming: frozenset[str] = frozenset()
    "Parameters that a sensor measures now."


class State(enum.StrEnum):
    """Where a resident stands in the round; in the order of the list."""

    DUE = "due"
    SOON = "soon"
    DONE = "done"
    "Measured since the round began, and not due before it ends."
    LATER = "later"
    "Not to be measured in this round."
    NONE = "none"
    "There is no round for this resident."


class Why(enum.StrEnum):
    """What sets the time of the next measurement."""

    NEVER = "never"
    "Never measured is due, not well."
    INCOMPLETE = "incomplete"
    "There is no complete set yet."
    EMERGENCY = "emergency"
    URGENT = "urgent"
    RAISED = "raised"
    SETTLED = "settled"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Due:
    """When a resident is to be measured."""

    resident: str
    state: State
    why: Why
    at: int | None
    "Microseconds UTC; `None` when that is now because there is nothing to count from, or never."


@dataclass(frozen=True, slots=True)
class Round:
    """The stretch of time that a list is about: a shift."""

    since: int
    until: int
    soon: int = HOUR
    "How far ahead one looks."


def interval(measured: Measured, subject: Subject) -> tuple[int | None, Why]:
    """Return after how many microseconds a set must be followed by another one, and why; `None` is never."""
    frequency, score = subject.frequency, measured.score
    if frequency.settled is None:
        return None, Why.EXEMPT
    if score.risk is Risk.HIGH:
        return (URGENT if subject.streaming >= CONTINUOUS else BY_HAND), Why.EMERGENCY
    if score.risk in {Risk.MEDIUM, Risk.LOW_MEDIUM}:
        return URGENT, Why.URGENT
    if score.total > (subject.usual or 0):
        # The home may measure everybody more often than that.
        return min(frequency.raised, frequency.settled), Why.RAISED
    return frequency.settled, Why.SETTLED


def next_due(subject: Subject) -> tuple[int | None, Why]:
    """Return when a resident is to be measured next, and why; the time is as in `Due.at`."""
    if subject.frequency.settled is None:
        return None, Why.EXEMPT
    if not subject.sets:
        return None, Why.NEVER
    newest = subject.sets[0]
    complete = next((each for each in subject.sets if not each.score.missing), None)
    # A lower bound that asks for attention does so whatever is missing.
    alarming = newest.score.risk is not None
    if complete is None:
        return None, interval(newest, subject)[1] if alarming else Why.INCOMPLETE
    if newest is complete or not alarming:
        return _due(complete, subject)
    return min(_due(complete, subject), _due(newest, subject))


def _due(measured: Measured, subject: Subject) -> tuple[int, Why]:
    after, why = interval(measured, subject)
    return measured.time + (after or 0), why


def place(subject: Subject, span: Round, now: int) -> Due:
    """Return where a resident stands in a round at `now`, microseconds UTC."""
    at, why = next_due(subject)
    if why is Why.EXEMPT:
        return Due(subject.resident, State.NONE, why, None)
    if at is None or at <= now:
        return Due(subject.resident, State.DUE, why, at)
    if at <= now + span.soon:
        return Due(subject.resident, State.SOON, why, at)
    done = any(each.time >= span.since and not each.score.missing for each in subject.sets)
    return Due(subject.resident, State.DONE if done else State.LATER, why, at)


def ordered(dues: Iterable[Due], rooms: Mapping[str, str] | None = None) -> list[Due]:
    """Return a round in the order in which it is walked: what is due, worst first, then longest overdue, then by room.

    Args:
        dues: where everybody stands.
        rooms: names of rooms, by resident; 2 comes before 10.
    """
    states, rooms = tuple(State), rooms or {}

    def key(due: Due) -> tuple[int, int, int, list[tuple[str, int]], str]:
        urgent = _urgency(due) if due.state is State.DUE else 0
        door = [(text, int(number or 0)) for text, number in _PARTS.findall(rooms.get(due.resident, ""))]
        return states.index(due.state), urgent, -1 if due.at is None else due.at, door, due.resident

    return sorted(dues, key=key)


def _urgency(due: Due) -> int:
    return {Why.EMERGENCY: 0, Why.URGENT: 1}.get(due.why, 2)


def trend(score: Score, usual: int | None) -> int | None:
    """Return the points above (or below) a resident's usual score; `None` when either is not known.

    A lower bound that is above the usual score is a rise all the same.
    """
    if usual is None:
        return None
    rise = score.total - usual
    return rise if rise > 0 or not score.missing else None
