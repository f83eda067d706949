"""How much a ward is alarmed: by whom, by which rule, at what hour, and what became of it. Pure.

Every alert that rang counts once. What was over before the hub knew of it never rang and does not count; what a person's
order covered did not ring either, but the rule raised it, so it counts. Three kinds are kept apart, since only the first is
changed by a prescription: what is measured (limits and other rules), what happened (calls, falls, rhythms), and equipment.
"""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.model import EVENT_CODES, LIMIT_CODES, RULE_CODES, Code

LEAST = 1.0
"Days that must have passed before there is a rate per day: what an hour says of a day is a guess, and a page shows no guesses."
REFERENCE = 2.3
"Alarms of measured values per patient and day of a ward whose limits and delays were tuned (26 beds, neurology)."
REFERENCE_SOURCE = "Weller 2018, J Clin Monit Comput, 10.1007/s10877-017-0085-0"
REPEATED = 3600 * SECOND
"A rule that rings again for the same resident within this time is counted as repeated."
BURST, BURST_SPAN = 3, 1800 * SECOND
"So many alarms of one rule and resident within this time are chattering."
DAY = 86_400 * SECOND

Rule = tuple[Code, str]
"(code, metric or nothing): what a person would call one rule."


class Kind(enum.StrEnum):
    """What an alarm is about."""

    MEASURED = "measured"
    HAPPENED = "happened"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What counting needs of an alert."""

    code: Code
    priority: Priority
    subject: str
    "The resident; of equipment whose room is empty, the equipment."
    resident: str | None
    metric: str
    limit_id: str
    raised: int
    cleared: int | None
    answered: int | None
    "When somebody first acknowledged it or took it in hand."

    @property
    def kind(self) -> Kind:
        """What it is about."""
        if self.code in LIMIT_CODES | RULE_CODES:
            return Kind.MEASURED
        return Kind.HAPPENED if self.code in EVENT_CODES - {Code.SENSOR_FAULT} else Kind.TECHNICAL

    @property
    def rule(self) -> Rule:
        """Which rule rang."""
        return self.code, self.metric

    @property
    def alone(self) -> bool:
        """Whether it ended before anybody had answered; an event of an instant has no end of its own."""
        if self.code in EVENT_CODES or self.cleared is None:
            return False
        return self.answered is None or self.cleared < self.answered


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, and where the ward's clock hangs."""

    since: int
    until: int
    "Excluded."
    zone: ZoneInfo

    def local(self, time: int) -> datetime:
        """Return what the ward's clock shows at a time."""
        return datetime.fromtimestamp(time // SECOND, UTC).astimezone(self.zone)

    def dates(self) -> list[date]:
        """Return every day of the ward's calendar that the period touches."""
        first, last = self.local(self.since).date(), self.local(max(self.since, self.until - 1)).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def days_within(self, since: int, until: int | None) -> float:
        """Return the days of the period that lie in [since, until)."""
        end = self.until if until is None else min(until, self.until)
        return max(0, end - max(since, self.since)) / DAY


@dataclass(frozen=True, slots=True)
class Figures:
    """What some alarms amount to. Shares are of `count`, 0 to 1; nothing of nothing is `None`."""

    count: int
    per_day: float | None
    "For each day that a resident lived in the home."
    answered: float | None
    median: int | None
    "Microseconds until somebody answered, of those that were answered."
    ninetieth: int | None
    "The time within which nine of ten of them were answered."
    alone: float | None
    "Ended before anybody had answered; of those that can end by themselves."
    repeated: float | None
    chattering: float | None


@dataclass(frozen=True, slots=True)
class RuleLoad:
    """One rule of the ward, by the hour of its clock."""

    rule: Rule
    kind: Kind
    hours: tuple[int, ...]
    "24 counts."

    @property
    def count(self) -> int:
        """How often it rang."""
        return sum(self.hours)


@dataclass(frozen=True, slots=True)
class DayLoad:
    """One day of the ward's calendar."""

    day: date
    counts: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class ResidentLoad:
    """One resident."""

    resident: str
    days: float
    "Lived in the home within the period."
    counts: Mapping[Kind, int]
    loudest: Rule | None
    "What rang most of what was measured or happened."
    loudest_count: int
    limit_id: str
    "Limit by which the loudest rang most often; empty for what no limit raised."

    @property
    def personal(self) -> int:
        """Alarms of the resident rather than of equipment."""
        return self.counts[Kind.MEASURED] + self.counts[Kind.HAPPENED]

    @property
    def per_day(self) -> float | None:
        """Those of each day that the resident lived here, once that was a day."""
        return self.personal / self.days if self.days >= LEAST else None


@dataclass(frozen=True, slots=True)
class Load:
    """Everything there is to say of a period."""

    period: Period
    resident_days: float
    figures: Mapping[Kind, Figures]
    rules: Sequence[RuleLoad]
    "The loudest first."
    days: Sequence[DayLoad]
    residents: Sequence[ResidentLoad]
    "Everybody who lived here, the loudest first."
    worst: int
    "How many of them are the loudest tenth: rounded up, and only those who made an alarm."

    @property
    def worst_share(self) -> float | None:
        """The share of residents' alarms that the loudest tenth made."""
        counts = [each.personal for each in self.residents]
        return _share(sum(counts[: self.worst]), sum(counts))


def load(alarms: Iterable[Alarm], lived: Mapping[str, float], period: Period) -> Load:
    """Count the alarms of a period.

    Args:
        alarms: what was raised; what lies outside of the period is left out.
        lived: the days of the period that each resident lived in the home.
        period: from when to when.
    """
    inside = sorted((a for a in alarms if period.since <= a.raised < period.until), key=_order)
    total = sum(lived.values())
    days = total if max(lived.values(), default=0.0) >= LEAST else 0.0
    repeated, chattering = _returning(inside)
    of_kind: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for number, alarm in enumerate(inside):
        of_kind[alarm.kind].append(number)
    figures = {
        kind: _figures([inside[n] for n in some], days, len(repeated & {*some}), len(chattering & {*some}))
        for kind, some in of_kind.items()
    }
    residents = _residents(inside, lived)
    ringing = sum(each.personal > 0 for each in residents)
    worst = min(-(-len(residents) // 10), ringing)
    return Load(period, total, figures, _rules(inside, period), _days(inside, period), residents, worst)


def _order(alarm: Alarm) -> tuple[int, str, str, str]:
    return alarm.raised, alarm.subject, alarm.code, alarm.metric


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _figures(alarms: Sequence[Alarm], days: float, repeated: int, chattering: int) -> Figures:
    waits = sorted(a.answered - a.raised for a in alarms if a.answered is not None)
    count = len(alarms)
    return Figures(
        count=count,
        per_day=count / days if days else None,
        answered=_share(len(waits), count),
        median=rank(waits, 50),
        ninetieth=rank(waits, 90),
        alone=_share(sum(a.alone for a in alarms), sum(a.code not in EVENT_CODES for a in alarms)),
        repeated=_share(repeated, count),
        chattering=_share(chattering, count),
    )


def rank(ordered: Sequence[int], percent: int) -> int | None:
    """Return the smallest value that so many per cent do not exceed (nearest rank); nothing of nothing."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def _returning(alarms: Sequence[Alarm]) -> tuple[set[int], set[int]]:
    """Return which alarms are repeated, and which are part of a burst, by their number."""
    rung: dict[tuple[str, Rule], list[int]] = defaultdict(list)
    for number, alarm in enumerate(alarms):
        rung[alarm.subject, alarm.rule].append(number)
    repeated: set[int] = set()
    chattering: set[int] = set()
    for numbers in rung.values():
        for place, number in enumerate(numbers):
            raised = alarms[number].raised
            if place and raised - alarms[numbers[place - 1]].raised <= REPEATED:
                repeated.add(number)
            burst = numbers[max(0, place - BURST + 1) : place + 1]
            if len(burst) == BURST and raised - alarms[burst[0]].raised <= BURST_SPAN:
                chattering.update(burst)
    return repeated, chattering


def _rules(alarms: Iterable[Alarm], period: Period) -> list[RuleLoad]:
    counts: dict[Rule, list[int]] = defaultdict(lambda: [0] * 24)
    kinds: dict[Rule, Kind] = {}
    for alarm in alarms:
        counts[alarm.rule][period.local(alarm.raised).hour] += 1
        kinds[alarm.rule] = alarm.kind
    rows = [RuleLoad(rule, kinds[rule], tuple(hours)) for rule, hours in counts.items()]
    return sorted(rows, key=lambda row: (-row.count, row.rule))


def _days(alarms: Iterable[Alarm], period: Period) -> list[DayLoad]:
    counts: dict[date, Counter[Kind]] = {day: Counter() for day in period.dates()}
    for alarm in alarms:
        counts[period.local(alarm.raised).date()][alarm.kind] += 1
    return [DayLoad(day, {kind: counted[kind] for kind in Kind}) for day, counted in counts.items()]


def _residents(alarms: Iterable[Alarm], lived: Mapping[str, float]) -> list[ResidentLoad]:
    made: dict[str, list[Alarm]] = {resident: [] for resident in lived}
    for alarm in alarms:
        if alarm.resident in made:
            made[alarm.resident].append(alarm)
    rows = [_resident(resident, lived[resident], some) for resident, some in made.items()]
    return sorted(rows, key=lambda row: (-row.personal, -row.counts[Kind.TECHNICAL], row.resident))


def _resident(resident: str, days: float, alarms: Sequence[Alarm]) -> ResidentLoad:
    kinds = Counter(alarm.kind for alarm in alarms)
    own = [alarm for alarm in alarms if alarm.kind is not Kind.TECHNICAL]
    rules = Counter(alarm.rule for alarm in own)
    # The order of what was raised must not decide between two that rang as often.
    loudest = min(rules, key=lambda rule: (-rules[rule], rule), default=None)
    limits = Counter(alarm.limit_id for alarm in own if alarm.rule == loudest)
    limit = min(limits, key=lambda each: (-limits[each], each), default="")
    counts = {kind: kinds[kind] for kind in Kind}
    return ResidentLoad(resident, days, counts, loudest, rules[loudest] if loudest else 0, limit)
