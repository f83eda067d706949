"""The rules of every resident beside limits: who takes which value, what is remembered, which alerts follow. Pure.

What a rule remembers is stored with each change of it (`Changes.memories`), as a limit's state is, so that a verdict
depends on what is on the disk and the value alone. Nothing is rebuilt from stored measurements: these do not tell which of
them came in time, and reading hours of them would hold up a start. A memory names the rule it was made by; with another
rule of the same name it begins anew.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import UNFIT, Quality
from hub.alerting.ledger import Ledger, identity, rule_subject
from hub.alerting.model import LIMIT_CODES, OF_RESIDENTS, Alert, Code, StateKey
from hub.alerting.rules.absence import AbsenceWatch
from hub.alerting.rules.composite import CompositeMemory, CompositeWatch
from hub.alerting.rules.model import CompositeRule, Person, RateRule, Rule, ScoreRule
from hub.alerting.rules.rate import RateMemory, RateWatch
from hub.alerting.rules.sampling import SLOT, Outcome
from hub.alerting.rules.score import PARAMETER_OF, ScoreMemory, ScoreWatch
from hub.alerting.thresholds import Reading

WITHDRAWN = "rule_withdrawn"
WORSE = "worse"
_INFINITY = float("inf")
_NEVER = 2**62
_AnyMemory = TypeVar("_AnyMemory")
_DOUBTFUL = int(UNFIT | Quality.LATE)


class _Stored(msgspec.Struct, Generic[_AnyMemory]):
    of: str
    "Digest of the rule."
    memory: _AnyMemory


class Clause:
    """One clause of a composite rule of a resident, as the hot path looks at it."""

    __slots__ = ("high", "low", "number", "watch")

    def __init__(self, watch: CompositeWatch, number: int) -> None:
        clause = watch.rule.clauses[number]
        self.watch = watch
        self.number = number
        self.low = -_INFINITY if clause.low is None else clause.low
        self.high = _INFINITY if clause.high is None else clause.high

    @property
    def resting(self) -> bool:
        """Whether the clause does not hold: a value inside changes nothing."""
        return self.number not in self.watch.memory.held


@dataclass(slots=True)
class Wants:
    """What the rules of a resident want of one metric."""

    clauses: list[Clause] = field(default_factory=list)
    sampled: list[RateWatch | ScoreWatch] = field(default_factory=list)
    absences: list[AbsenceWatch] = field(default_factory=list)
    floor: int = -_NEVER
    due: int = _NEVER
    "Values of [floor, due) are not wanted by those that sample."


@dataclass(slots=True)
class _Theirs:
    """The rules of one resident."""

    person: Person
    rates: dict[str, RateWatch] = field(default_factory=dict)
    composites: dict[str, CompositeWatch] = field(default_factory=dict)
    scores: dict[str, ScoreWatch] = field(default_factory=dict)
    absences: dict[str, AbsenceWatch] = field(default_factory=dict)
    wants: dict[str, Wants] = field(default_factory=dict)

    def ids(self) -> set[str]:
        """Return the names of the rules."""
        return {*self.rates, *self.composites, *self.scores, *self.absences}


class Rules:
    """Every rule in force beside limits."""

    def __init__(
        self,
        people: Mapping[str, Person],
        memories: Mapping[StateKey, str],
        ledger: Ledger,
        fresh: float,
        started: int,
    ) -> None:
        """Take up what the store remembers.

        Args:
            people: by resident.
            memories: by (resident, rule).
            ledger: where alerts are raised.
            fresh: seconds; what is older, or further in the future, is not about now.
            started: hub time from which absences count.
        """
        self._ledger = ledger
        self._fresh = round(fresh * SECOND)
        self._bodies = dict(memories)
        self._dirty: dict[StateKey, RateWatch | CompositeWatch | ScoreWatch] = {}
        self._digests: dict[StateKey, str] = {}
        self._people: dict[str, _Theirs] = {}
        for resident, person in people.items():
            self._people[resident] = self._made(resident, person, None, started)

    def wants(self, resident: str) -> Mapping[str, Wants]:
        """Return what is wanted of a resident's metrics."""
        theirs = self._people.get(resident)
        return {} if theirs is None else theirs.wants

    def set_person(self, resident: str, person: Person, now: int) -> None:
        """Replace a resident's rules and what rules must know of the resident.

        A rule that stays remembers; one that changed under its name begins anew and ends its alert by its new bounds; the
        alert of one that goes ends now.
        """
        self.collect()
        before = self._people.get(resident)
        after = self._made(resident, person, before, now)
        self._people[resident] = after
        for gone in (before.ids() if before is not None else set()) - after.ids():
            if (resident, gone) in self._bodies:
                self._bodies[resident, gone] = self._ledger.changes.memories[resident, gone] = ""
            self._ledger.clear(rule_subject(resident, gone), now, WITHDRAWN)

    def clear_orphans(self, now: int) -> None:
        """End alerts whose rule was withdrawn while the hub was not running."""
        for alert in self._ledger.open():
            theirs = self._people.get(alert.resident or "")
            known = set() if theirs is None else theirs.ids()
            if alert.code in OF_RESIDENTS - LIMIT_CODES and alert.limit_id not in known:
                self._ledger.clear(rule_subject(alert.resident or "", alert.limit_id or ""), now, WITHDRAWN)

    def collect(self) -> None:
        """Put what changed in the rules' memories among the changes."""
        for key, watch in self._dirty.items():
            body = _encode(watch, self._digests[key])
            self._bodies[key] = self._ledger.changes.memories[key] = body
        self._dirty.clear()

    # ---- values ----

    def held(self, clause: Clause, reading: Reading, now: int) -> None:
        """Take a value that may change whether a clause holds."""
        if not self._about_now(reading):
            return
        watch, time = clause.watch, reading.observation.time
        if max((*watch.memory.held.values(), *watch.memory.last.values()), default=0) > (
            reading.present + self._fresh
        ):
            watch.forget(reading.present + self._fresh)
        outcome = watch.take(clause.number, reading.observation.value, time)
        key = (reading.resident, watch.rule.id)
        if outcome is not Outcome.NOTHING:
            self._dirty[key] = watch
        if outcome is Outcome.DECLARED:
            self._raise(_composite(watch, reading, now))
        elif outcome is Outcome.CLEARED:
            self._ledger.clear(rule_subject(*key), now)
        elif watch.memory.active:
            self._ledger.describe(rule_subject(*key), _clauses(watch))

    def sample(self, wants: Wants, reading: Reading, now: int) -> None:
        """Take a value that is the first of its slot, or older than those before it."""
        if not self._about_now(reading):
            return
        metric, time = reading.observation.metric, reading.observation.time
        for watch in wants.sampled:
            if watch.due(metric) - SLOT > reading.present + self._fresh:
                watch.forget(metric)
            if isinstance(watch, RateWatch):
                outcome = watch.take(reading.observation.value, time)
                self._follow_rate(watch, outcome, reading, now)
            else:
                outcome = watch.take(metric, reading.observation.value, time, now)
                if outcome is not Outcome.NOTHING:
                    watch.memory.edge = reading.edge
                self._follow_score(watch, outcome, reading.resident, now)
        _plan(wants, metric, self._fresh)

    def heard(self, wants: Wants, reading: Reading, now: int) -> bool:
        """Take that something came; tell whether it was a measurement."""
        measured = self._about_now(reading)
        if measured:
            for watch in wants.absences:
                watch.heard(now)
        return measured

    def tick(self, now: int, rooms: Callable[[], Mapping[str, tuple[str, bool]]]) -> None:
        """Declare what has lasted by the hub's clock.

        Args:
            now: hub time.
            rooms: gives by resident a device that watches them, and whether all of them are silent; asked where it matters.
        """
        known: Mapping[str, tuple[str, bool]] | None = None
        for resident, theirs in self._people.items():
            if theirs.absences:
                known = rooms() if known is None else known
                edge, cut_off = known.get(resident, ("", False))
                for absence in theirs.absences.values():
                    absence.tick(edge, now, cut_off=cut_off)
            for score in theirs.scores.values():
                if score.memory.since:
                    self._follow_score(score, score.tick(now), resident, now)

    def _about_now(self, reading: Reading) -> bool:
        observation = reading.observation
        return not observation.flags & _DOUBTFUL and abs(reading.present - observation.time) <= self._fresh

    # ---- what follows ----

    def _follow_rate(self, watch: RateWatch, outcome: Outcome, reading: Reading, now: int) -> None:
        rule = watch.rule
        key = (reading.resident, rule.id)
        subject = rule_subject(*key)
        if outcome is not Outcome.NOTHING:
            self._dirty[key] = watch
        if outcome is Outcome.DECLARED:
            self._raise(_rate(watch, reading, now))
        elif outcome is Outcome.CLEARED:
            self._ledger.clear(subject, now)
        elif outcome is Outcome.WORSE:
            alert = self._ledger.active(subject)
            sign = -1.0 if rule.change < 0 else 1.0
            if alert is not None and sign * (watch.newest - (alert.value or 0.0)) > 0:
                self._ledger.worsen(subject, watch.newest)

    def _follow_score(self, watch: ScoreWatch, outcome: Outcome, resident: str, now: int) -> None:
        if outcome is Outcome.NOTHING:
            return
        key = (resident, watch.rule.id)
        self._dirty[key] = watch
        if outcome is Outcome.KEPT:
            return
        subject = rule_subject(*key)
        if outcome is Outcome.DECLARED:
            # Of another priority, so another occurrence: it must be heard.
            self._ledger.clear(subject, now, WORSE)
            self._raise(_score(watch, resident, now))
        elif outcome is Outcome.CLEARED:
            self._ledger.clear(subject, now)
        else:
            alert, found = self._ledger.active(subject), watch.score()
            if alert is not None and found.total >= (alert.value or 0.0):
                if found.total > (alert.value or 0.0):
                    self._ledger.worsen(subject, float(found.total))
                self._ledger.describe(subject, watch.detail(found))

    def _raise(self, alert: Alert) -> None:
        self._ledger.raise_alert(alert)

    # ---- making ----

    def _made(self, resident: str, person: Person, before: _Theirs | None, now: int) -> _Theirs:
        theirs = _Theirs(person)
        for rule in person.rules:
            self._digests[resident, rule.id] = _digest(rule)
            match rule:
                case RateRule():
                    theirs.rates[rule.id] = self._rate(resident, rule)
                case CompositeRule():
                    theirs.composites[rule.id] = self._composite(resident, rule, now)
                case ScoreRule():
                    theirs.scores[rule.id] = self._score(resident, rule, person)
                case _:
                    kept = None if before is None else before.absences.get(rule.id)
                    if kept is None or kept.rule != rule:
                        kept = AbsenceWatch(rule, resident, now, self._ledger)
                    theirs.absences[rule.id] = kept
        _index(theirs, self._fresh)
        return theirs

    def _rate(self, resident: str, rule: RateRule) -> RateWatch:
        memory = self._decoded(resident, rule, _Stored[RateMemory])
        active = self._ledger.active(rule_subject(resident, rule.id)) is not None
        if memory is None or memory.active != active:
            # Another rule now, or a damaged store: the alert, which people see, is what counts.
            memory = RateMemory(active=active)
        return RateWatch(rule, memory)

    def _composite(self, resident: str, rule: CompositeRule, now: int) -> CompositeWatch:
        memory = self._decoded(resident, rule, _Stored[CompositeMemory])
        subject = rule_subject(resident, rule.id)
        alert = self._ledger.active(subject)
        if memory is None or memory.active != (alert is not None):
            told = () if alert is None else alert.detail.partition(";")[2].split(",")
            held = {number: 0 for number in range(len(rule.clauses)) if _holds(rule, number) in told}
            memory = CompositeMemory(held=held, active=alert is not None)
        if memory.active and len(memory.held) < rule.least:
            # What it rang for is none of the rule's clauses any more.
            self._ledger.clear(subject, now, WITHDRAWN)
            memory = CompositeMemory()
        return CompositeWatch(rule, memory)

    def _score(self, resident: str, rule: ScoreRule, person: Person) -> ScoreWatch:
        memory = self._decoded(resident, rule, _Stored[ScoreMemory])
        alert = self._ledger.active(rule_subject(resident, rule.id))
        if memory is None or bool(memory.level) != (alert is not None):
            memory = ScoreMemory()
            if alert is not None:
                memory.level = "high" if alert.priority is Priority.HIGH else "medium"
                points = alert.detail.partition(";")[0]
                memory.scored = [part.partition("=")[0] for part in points.split(",") if part]
        return ScoreWatch(rule, memory, person)

    def _decoded(self, resident: str, rule: Rule, kind: type[_Stored[_AnyMemory]]) -> _AnyMemory | None:
        """Return what is remembered by this very rule, if anything is and can be read."""
        body = self._bodies.get((resident, rule.id), "")
        try:
            stored = msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            return None
        return stored.memory if stored.of == _digest(rule) else None


def _index(theirs: _Theirs, fresh: int) -> None:
    """Say which of a resident's rules want which metric."""

    def wants(metric: str) -> Wants:
        return theirs.wants.setdefault(metric, Wants())

    for rate in theirs.rates.values():
        wants(rate.rule.metric).sampled.append(rate)
    for composite in theirs.composites.values():
        for number, clause in enumerate(composite.rule.clauses):
            wants(clause.metric).clauses.append(Clause(composite, number))
    for score in theirs.scores.values():
        for metric in PARAMETER_OF:
            wants(metric).sampled.append(score)
    for absence in theirs.absences.values():
        wants(absence.rule.metric).absences.append(absence)
    for metric, each in theirs.wants.items():
        _plan(each, metric, fresh)


def _plan(wants: Wants, metric: str, fresh: int) -> None:
    """Say from when a value is wanted again; made of what is remembered alone."""
    if wants.sampled:
        wants.due = min([watch.due(metric) for watch in wants.sampled])
        wants.floor = wants.due - SLOT - 2 * fresh


@functools.lru_cache(maxsize=1000)
def _digest(rule: Rule) -> str:
    return hashlib.blake2b(repr(rule).encode(), digest_size=8).hexdigest()


def _encode(watch: RateWatch | CompositeWatch | ScoreWatch, of: str) -> str:
    return msgspec.json.encode({"of": of, "memory": watch.memory}).decode()


def _rate(watch: RateWatch, reading: Reading, now: int) -> Alert:
    rule, onset = watch.rule, watch.memory.points[-1][0]
    return Alert(
        id=identity(rule_subject(reading.resident, rule.id), onset),
        code=Code.RATE_FALL if rule.change < 0 else Code.RATE_RISE,
        priority=rule.priority,
        edge=reading.edge,
        resident=reading.resident,
        onset=onset,
        raised=now,
        sensor=reading.observation.sensor,
        metric=rule.metric,
        value=watch.newest,
        limit=rule.change,
        limit_id=rule.id,
    )


def _composite(watch: CompositeWatch, reading: Reading, now: int) -> Alert:
    rule, onset = watch.rule, watch.memory.since
    return Alert(
        id=identity(rule_subject(reading.resident, rule.id), onset or 0),
        code=Code.COMPOSITE,
        priority=rule.priority,
        edge=reading.edge,
        resident=reading.resident,
        onset=onset or 0,
        raised=now,
        limit_id=rule.id,
        detail=_clauses(watch),
    )


def _clauses(watch: CompositeWatch) -> str:
    return f"{watch.rule.name};{','.join(_holds(watch.rule, number) for number in watch.holding)}"


def _holds(rule: CompositeRule, number: int) -> str:
    clause = rule.clauses[number]
    bounds: Iterator[str] = (
        f"{sign}{bound:g}" for sign, bound in (("<", clause.low), (">", clause.high)) if bound is not None
    )
    return clause.metric + "".join(bounds)


def _score(watch: ScoreWatch, resident: str, now: int) -> Alert:
    rule, memory = watch.rule, watch.memory
    found = watch.score()
    high = memory.level == "high"
    subject = rule_subject(resident, rule.id)
    return Alert(
        id=identity((*subject[:2], f"{rule.id}\0{memory.level}"), memory.began),
        code=Code.NEWS2,
        priority=Priority.HIGH if high else Priority.MEDIUM,
        edge=memory.edge,
        resident=resident,
        onset=memory.began,
        raised=now,
        value=float(found.total),
        limit=float(rule.high if high else rule.medium),
        limit_id=rule.id,
        detail=watch.detail(found),
    )
