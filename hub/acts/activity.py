"""What a home's acts came to: by kind and month, for whom, how long people waited, what it led to. Pure.

An act counts in the month in which the thing that is counted happened, on the clock of the home's wall:

* a téléconsultation is *held* when a physician begins it; a téléassistance likewise; a télé-expertise when it is answered;
  the call to the SAMU when it is made; a télésurveillance when watching begins;
* *residents* are those of the acts held, each counted once in a month, and once in the whole period;
* how long people waited is told of what is to be done at once: a planned téléconsultation waits for its hour on purpose.

What of this may leave the home is decided in `hub.acts.disclosure`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from devices.errors import VeilleuseError
from hub.acts.machines import assistance, consultation, expertise, regulation, surveillance
from hub.acts.model import OPENED, Act, Kind, Step
from hub.alerting import load as counting
from hub.alerting.load import Alarm, Period, rank

HOME: Final = "home"
ALARMS: Final = "alarms"
"Areas beside the five kinds of acts."
LONGEST: Final = 24
"Months of one report."
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class PeriodError(VeilleuseError):
    """Months that cannot be a period."""


class Unit(enum.StrEnum):
    """What a figure counts: it decides what may be added up, and what must not be shown when it is small."""

    ACTS = "acts"
    RESIDENTS = "residents"
    MICROSECONDS = "microseconds"
    COUNT = "count"
    "Of machines' alarms: about nobody."
    DAYS = "days"
    RATE = "rate"


class Hidden(enum.Enum):
    """In place of a value that would name somebody."""

    FEW = "few"


Value = int | float | Hidden | None
"`None`: there is nothing to tell, such as the median of no waits."


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, month by month."""

    area: str
    "A kind of act, `HOME` or `ALARMS`."
    figure: str
    unit: Unit
    months: tuple[Value, ...]
    "Empty where a figure is told of the whole period alone."
    total: Value
    "Of the whole period; of residents and waits that is not the sum of the months."


@dataclass(frozen=True, slots=True)
class Activity:
    """A home's figures."""

    home: str
    months: tuple[str, ...]
    "Such as `2026-09`, without a gap."
    rows: tuple[Row, ...]

    def row(self, area: str, figure: str) -> Row | None:
        """Return a figure."""
        return next((row for row in self.rows if (row.area, row.figure) == (area, figure)), None)


@dataclass(frozen=True, slots=True)
class Story:
    """An act with everything that happened to it, oldest first."""

    act: Act
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A month, or the whole of some: who lived in the home, and for how many days of it."""

    period: Period
    lived: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that counts."""

    kind: Kind
    figure: str
    resident: str
    time: int
    wait: int | None = None
    "Microseconds that somebody waited for it."


# ---- months ----


def month_of(time: int, zone: ZoneInfo) -> str:
    """Return the month of a time, by the clock on the wall."""
    return f"{datetime.fromtimestamp(time // SECOND, zone):%Y-%m}"


def months(first: str, last: str) -> tuple[str, ...]:
    """Return every month from one to another.

    Raises:
        PeriodError: one is no month, they are the wrong way round, or there are too many.
    """
    low, high = _number(first), _number(last)
    if low > high:
        raise PeriodError(f"month {first} is after {last}")
    if high - low >= LONGEST:
        raise PeriodError(f"{high - low + 1} months, at most {LONGEST} allowed")
    return tuple(_name(number) for number in range(low, high + 1))


def before(month: str, count: int) -> str:
    """Return the month so many before another.

    Raises:
        PeriodError: it is no month.
    """
    return _name(_number(month) - count)


def period(first: str, last: str, zone: ZoneInfo, now: int) -> Period:
    """Return the time from the beginning of a month to the end of another, or to now.

    Raises:
        PeriodError: one is no month, or the first has not begun.
    """
    since, until = _begins(_number(first), zone), min(_begins(_number(last) + 1, zone), now)
    if since >= until:
        raise PeriodError(f"month {first} has not begun, or is after {last}")
    return Period(since, until, zone)


def _number(month: str) -> int:
    found = _MONTH.fullmatch(month)
    if found is None or not 2000 <= int(found[1]) <= 2200:
        raise PeriodError(f"{month[:16]!r} is no month, expected such as 2026-09")
    return int(found[1]) * 12 + int(found[2]) - 1


def _name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _begins(number: int, zone: ZoneInfo) -> int:
    return int(datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).timestamp()) * SECOND


# ---- what counts ----

_C, _E, _A, _R, _S = Kind.CONSULTATION, Kind.EXPERTISE, Kind.ASSISTANCE, Kind.REGULATION, Kind.SURVEILLANCE

COUNTED: Final[Mapping[tuple[Kind, str], str]] = {
    (_C, OPENED): "asked",
    (_C, consultation.Event.BEGIN): "held",
    (_C, consultation.Event.TAKE_IN_CHARGE): "in_charge",
    (_C, consultation.Event.REORIENT): "reoriented",
    (_C, consultation.Event.EMERGENCY): "emergency",
    (_C, consultation.Event.DECLINE): "not_held",
    (_C, consultation.Event.CANCEL): "not_held",
    (_C, consultation.Event.MISS): "not_held",
    (_E, expertise.Event.SEND): "asked",
    (_E, expertise.Event.ANSWER): "held",
    (_E, expertise.Event.CONVERT): "converted",
    (_E, expertise.Event.EXPIRE): "expired",
    (_E, expertise.Event.ABANDON): "not_held",
    (_A, OPENED): "asked",
    (_A, assistance.Event.BEGIN): "held",
    (_A, assistance.Event.CONVERT): "converted",
    (_A, assistance.Event.DECLINE): "not_held",
    (_A, assistance.Event.WITHDRAW): "not_held",
    (_R, OPENED): "asked",
    (_R, regulation.Event.CALL): "held",
    (_R, regulation.Event.STAY): "stayed",
    (_R, regulation.Event.TRANSFER): "transferred",
    (_R, regulation.Event.CANCEL): "not_held",
    (_S, OPENED): "asked",
    (_S, surveillance.Event.BEGIN): "held",
    (_S, surveillance.Event.END): "ended",
    (_S, surveillance.Event.WITHDRAW): "ended",
    (_S, surveillance.Event.EXPIRE): "ended",
}
"Which figure an event counts in; the first of an act's alone."
DESTINATIONS: Final = ("visit", "emergency_department", "specialist", "nurse", "other")
"To whom a téléconsultation is reoriented (hub.acts.machines.consultation)."
FIGURES: Final[Mapping[Kind, tuple[str, ...]]] = {
    _C: (
        "asked",
        "held",
        "in_charge",
        "reoriented",
        *(f"to_{each}" for each in DESTINATIONS),
        "emergency",
        "not_held",
    ),
    _E: ("asked", "held", "converted", "expired", "not_held"),
    _A: ("asked", "held", "converted", "not_held"),
    _R: ("asked", "held", "stayed", "transferred", "not_held"),
    _S: ("asked", "held", "ended"),
}
"What is told of each kind, in this order; `residents` and how long people waited come after."
WAITED: Final = frozenset({_C, _E, _A, _R})
"Kinds in which somebody waits."


def facts(story: Story) -> Iterator[Fact]:
    """Return what counts of an act."""
    act, found = story.act, dict[str, Step]()
    for step in story.steps:
        figure = COUNTED.get((act.kind, step.event))
        if figure is not None:
            found.setdefault(figure, step)
    if "held" not in found:
        found.pop("ended", None)
    for figure, step in found.items():
        wait = _wait(story, found) if figure == "held" else None
        yield Fact(act.kind, figure, act.resident, step.time, wait)
    if "reoriented" in found:
        step = found["reoriented"]
        yield Fact(act.kind, f"to_{step.fields.get('reoriented_to')}", act.resident, step.time)


def _wait(story: Story, found: Mapping[str, Step]) -> int | None:
    held, kind = found["held"], story.act.kind
    if kind is _S or (kind is _C and _first(story, consultation.Event.PLAN) is not None):
        return None
    if kind is _R:
        decided = _first(story, regulation.Event.DECIDE)
        return None if decided is None else decided.time - held.time
    return held.time - found["asked"].time


def _first(story: Story, event: str) -> Step | None:
    return next((step for step in story.steps if step.event == event), None)


# ---- figures ----


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted, and over which stretches: the months, and last the whole."""

    stories: Sequence[Story]
    alarms: Sequence[Alarm]
    spans: Sequence[Span] = field(default_factory=list)


def activity(home: str, names: Sequence[str], counted: Counted) -> Activity:
    """Count.

    Args:
        home: its name.
        names: of the months.
        counted: acts, alarms, and a span for each month and one more for all of them.
    """
    everything = [fact for story in counted.stories for fact in facts(story)]
    spans = counted.spans
    parts = [[fact for fact in everything if _in(span, fact.time)] for span in spans]
    rows: list[Row] = list(_home(parts, spans))
    for kind, figures in FIGURES.items():
        rows += _of_kind(kind, figures, [[fact for fact in part if fact.kind is kind] for part in parts])
    rows += _alarms(counted.alarms, spans)
    return Activity(home, tuple(names), tuple(rows))


def _in(span: Span, time: int) -> bool:
    return span.period.since <= time < span.period.until


def _row(area: str, figure: str, unit: Unit, values: Sequence[Value]) -> Row:
    return Row(area, figure, unit, tuple(values[:-1]), values[-1])


def _home(parts: Sequence[Sequence[Fact]], spans: Sequence[Span]) -> Iterator[Row]:
    yield _row(HOME, "residents", Unit.RESIDENTS, [_people(span) for span in spans])
    days = [round(sum(span.lived.values()), 1) for span in spans]
    yield _row(HOME, "resident_days", Unit.DAYS, days)
    yield _row(HOME, "covered", Unit.RESIDENTS, [len(_residents(part)) for part in parts])


def _people(span: Span) -> int:
    return sum(days > 0 for days in span.lived.values())


def _residents(facts_: Iterable[Fact]) -> set[str]:
    return {fact.resident for fact in facts_ if fact.figure == "held"}


def _of_kind(kind: Kind, figures: Collection[str], parts: Sequence[Sequence[Fact]]) -> Iterator[Row]:
    for figure in figures:
        counts = [sum(fact.figure == figure for fact in part) for part in parts]
        yield _row(kind.value, figure, Unit.ACTS, counts)
    yield _row(kind.value, "residents", Unit.RESIDENTS, [len(_residents(part)) for part in parts])
    if kind not in WAITED:
        return
    waits = [sorted(fact.wait for fact in part if fact.wait is not None) for part in parts]
    yield _row(kind.value, "waits", Unit.ACTS, [len(some) for some in waits])
    for figure, percent in (("wait_median", 50), ("wait_ninetieth", 90)):
        yield _row(kind.value, figure, Unit.MICROSECONDS, [rank(some, percent) for some in waits])


def _alarms(alarms: Sequence[Alarm], spans: Sequence[Span]) -> Iterator[Row]:
    loads = [counting.load(alarms, span.lived, span.period) for span in spans]
    for kind in counting.Kind:
        unit = Unit.COUNT if kind is counting.Kind.TECHNICAL else Unit.ACTS
        yield _row(ALARMS, kind.value, unit, [load.figures[kind].count for load in loads])
    measured = [load.figures[counting.Kind.MEASURED] for load in loads]
    told: tuple[tuple[str, Unit, Callable[[counting.Figures], Value]], ...] = (
        ("per_day", Unit.RATE, lambda each: each.per_day),
        ("waits", Unit.ACTS, lambda each: round((each.answered or 0) * each.count)),
        ("wait_median", Unit.MICROSECONDS, lambda each: each.median),
        ("wait_ninetieth", Unit.MICROSECONDS, lambda each: each.ninetieth),
    )
    for figure, unit, value in told:
        yield _row(ALARMS, figure, unit, [value(each) for each in measured])
