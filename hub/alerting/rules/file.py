"""The home's rules, read from one TOML file and checked: every error names file, line, field and reason. Pure.

A profile may extend another one: it has that one's limits and rules too, except those it names anew by the same id and
those in `without`. What a file does not say is not in force: `defaults.toml` beside this module is what a home without a
file has, and the place to start from.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from devices.errors import ConfigError
from devices.limits import Limit, Priority
from devices.nomenclature import METRICS
from hub.alerting import happenings, technical
from hub.alerting.model import Code
from hub.alerting.rules.model import (
    AbsenceRule,
    Clause,
    CompositeRule,
    Profile,
    RateRule,
    Rule,
    RuleSet,
    ScoreRule,
)
from hub.alerting.tables import WrongError, decode, split, where

_NAME = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)
_DAY = 86_400.0
_STREAMS = 60.0
"Seconds: a metric whose values are current for no longer comes as a stream."
_MOST_POINTS = 1000
_KINDS: Mapping[str, type[Limit | Rule]] = {
    "limit": Limit,
    "rate": RateRule,
    "absence": AbsenceRule,
    "composite": CompositeRule,
    "score": ScoreRule,
}
_PRIORITIES = {**happenings.PRIORITIES, **technical.PRIORITIES}
_DELAYS = frozenset(field.name for field in dataclasses.fields(technical.Delays))
_T = TypeVar("_T")

Problem = tuple[str, str]
"(field, what is wrong with it)."


class _Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    extends: str = ""
    without: tuple[str, ...] = ()
    limit: tuple[dict[str, Any], ...] = ()
    rate: tuple[dict[str, Any], ...] = ()
    absence: tuple[dict[str, Any], ...] = ()
    composite: tuple[dict[str, Any], ...] = ()
    score: tuple[dict[str, Any], ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profile: dict[str, dict[str, Any]]
    standard: str = "standard"
    priorities: dict[str, str] = {}
    delays: dict[str, float] = {}


def parse(text: str, name: str) -> RuleSet:
    """Read a file of rules.

    Args:
        text: TOML.
        name: the file's, for errors.

    Raises:
        ConfigError: with file, line where one is known, field and reason.
    """
    read = decode(text, name, _File)
    try:
        own = {key: _own(key, raw) for key, raw in read.profile.items()}
        profiles = {key: _profile(key, own) for key in own}
        _check("", _problems(read))
    except WrongError as error:
        raise ConfigError(where(text, name, error.field, str(error))) from None
    return RuleSet(
        version=hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        profiles=profiles,
        standard=read.standard,
        priorities={Code(code): Priority(priority) for code, priority in read.priorities.items()},
        delays=read.delays,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Own:
    """What a profile says itself."""

    raw: _Profile
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]


def _own(key: str, raw: dict[str, Any]) -> _Own:
    place = f"profile.{key}"
    if not _NAME.fullmatch(key):
        raise WrongError(place, "is no name: a-z, 0-9, _ and -, at most 40")
    found = _converted(place, raw, _Profile)
    limits: list[Limit] = []
    rules: list[Rule] = []
    for kind in _KINDS:
        for number, entry in enumerate(getattr(found, kind)):
            made = _entry(f"{place}.{kind}[{number}]", entry, _KINDS[kind])
            if isinstance(made, Limit):
                limits.append(made)
            else:
                rules.append(made)
    if not found.title.strip():
        raise WrongError(f"{place}.title", "is empty: it names the profile on the screens")
    _unique(place, [each.id for each in (*limits, *rules)])
    return _Own(found, tuple(limits), tuple(rules))


def _profile(key: str, own: Mapping[str, _Own]) -> Profile:
    """Join a profile with the one it extends."""
    mine, place = own[key], f"profile.{key}"
    base = mine.raw.extends
    if not base:
        if mine.raw.without:
            raise WrongError(f"{place}.without", "is set, but the profile extends none")
        return Profile(key, mine.raw.title, mine.limits, mine.rules)
    if base not in own or own[base].raw.extends or base == key:
        raise WrongError(f"{place}.extends", f"names {base!r}, which is no profile that stands by itself")
    theirs = own[base]
    known = {each.id for each in (*theirs.limits, *theirs.rules)}
    if missing := sorted(set(mine.raw.without) - known):
        raise WrongError(f"{place}.without", f"names {missing[0]!r}, which profile {base} does not have")
    gone = {each.id for each in (*mine.limits, *mine.rules)} | set(mine.raw.without)
    limits = (*(each for each in theirs.limits if each.id not in gone), *mine.limits)
    rules = (*(each for each in theirs.rules if each.id not in gone), *mine.rules)
    return Profile(key, mine.raw.title, limits, rules)


def _entry(place: str, raw: dict[str, Any], kind: type[Limit | Rule]) -> Limit | Rule:
    """Make one limit or rule of a table, and check it."""
    _known_fields(place, raw, kind)
    for number, clause in enumerate(raw.get("clauses", ())):
        if isinstance(clause, dict):
            _known_fields(f"{place}.clauses[{number}]", clause, Clause)
    made = _converted(place, raw, kind)
    if not _NAME.fullmatch(made.id):
        raise WrongError(f"{place}.id", f"{made.id!r} is no name: a-z, 0-9, _ and -, at most 40")
    match made:
        case Limit():
            found = _limit(made)
        case RateRule():
            found = _rate(made)
        case AbsenceRule():
            found = _absence(made)
        case CompositeRule():
            found = _composite(made)
        case _:
            found = _score(made)
    _check(f"{place}.", found)
    return made


def _check(place: str, found: Iterator[Problem]) -> None:
    for field, problem in found:
        raise WrongError(f"{place}{field}", problem)


def _converted(place: str, raw: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        field, said = split(error)
        raise WrongError(f"{place}.{field}" if field else place, f"is wrong: {said}") from None


def _known_fields(place: str, raw: dict[str, Any], kind: type[Any]) -> None:
    known = [field.name for field in dataclasses.fields(kind)]
    if unknown := sorted(set(raw) - set(known)):
        raise WrongError(place, f"has the unknown field {unknown[0]!r}; known are {', '.join(known)}")


def _unique(place: str, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise WrongError(place, f"has two entries with the id {name!r}")


def _problems(read: _File) -> Iterator[Problem]:
    if read.standard not in read.profile:
        yield "standard", f"names {read.standard!r}, which is no profile of the file"
    for code, priority in read.priorities.items():
        if code not in _PRIORITIES:
            yield (
                f"priorities.{code}",
                f"is nothing that has a priority here; known are {_listed(_PRIORITIES)}",
            )
        if priority not in set(Priority):
            yield f"priorities.{code}", f"is {priority!r}, expected {_listed(Priority)}"
    for delay, seconds in read.delays.items():
        if delay not in _DELAYS:
            yield f"delays.{delay}", f"is no delay; known are {_listed(sorted(_DELAYS))}"
        if not 0 < seconds <= _DAY:
            yield f"delays.{delay}", f"is {seconds:.10g}, expected more than 0 and at most {_DAY:.10g}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


# ---- one entry each ----


def _metric(metric: str) -> Iterator[Problem]:
    if metric not in METRICS:
        yield "metric", f"is {metric!r}, which nothing measures; known are {_listed(METRICS)}"


def _between(field: str, value: float, low: float, high: float) -> Iterator[Problem]:
    if not low <= value <= high:
        yield field, f"is {value:.10g}, expected {low:.10g} to {high:.10g}"


def _bounds(metric: str, low: float | None, high: float | None, hysteresis: float) -> Iterator[Problem]:
    """Check what a limit and a clause have in common."""
    yield from _metric(metric)
    if low is None and high is None:
        yield "low", "is missing, and so is high: one of them at least"
    least, most = METRICS[metric].plausible
    for field, bound in (("low", low), ("high", high)):
        if bound is not None:
            yield from _between(field, bound, least, most)
    if hysteresis < 0:
        yield "hysteresis", f"is {hysteresis:.10g}, expected 0 or more"
    room = most - least if low is None or high is None else (high - low) / 2
    if room <= 0:
        yield "low", f"is {low:.10g}, which is not below high"
    if hysteresis > room:
        yield "hysteresis", f"is {hysteresis:.10g}: no value would be back inside"


def _limit(limit: Limit) -> Iterator[Problem]:
    yield from _bounds(limit.metric, limit.low, limit.high, limit.hysteresis)
    yield from _between("delay", limit.delay, 0, 3600)
    yield from _between("gap", limit.gap, 1, _DAY)
    yield from _between("area", limit.area, 0, 100_000)
    if limit.delay > 0 and METRICS[limit.metric].stale_after > _STREAMS:
        yield (
            "delay",
            f"is {limit.delay:.10g}, but {limit.metric} is taken now and then: no second value would follow",
        )
    if limit.area > 0 and METRICS[limit.metric].stale_after > _STREAMS:
        yield (
            "area",
            f"is {limit.area:.10g}, but {limit.metric} is taken now and then: no second value would follow",
        )


def _rate(rule: RateRule) -> Iterator[Problem]:
    yield from _metric(rule.metric)
    least, most = METRICS[rule.metric].plausible
    if not 0 < abs(rule.change) < most - least:
        yield "change", f"is {rule.change:.10g}, expected other than 0 and less than {most - least:.10g}"
    streamed = METRICS[rule.metric].stale_after <= _STREAMS
    if streamed or rule.smooth:
        yield from _between("smooth", rule.smooth, 30, 3600)
    longest = rule.smooth * _MOST_POINTS if rule.smooth else 31 * _DAY
    yield from _between("within", rule.within, max(2 * rule.smooth, 60), longest)


def _absence(rule: AbsenceRule) -> Iterator[Problem]:
    yield from _metric(rule.metric)
    # Longer than the silence of a device, which rings by itself.
    yield from _between("after", rule.after, 30, 31 * _DAY)


def _composite(rule: CompositeRule) -> Iterator[Problem]:
    if not 1 <= len(rule.name) <= 60 or ";" in rule.name:
        yield "name", f"is {rule.name!r}, expected 1 to 60 characters without ';'"
    if len(rule.clauses) < 2:
        yield "clauses", "has fewer than two: one alone is a limit"
    for number, clause in enumerate(rule.clauses):
        for field, problem in _bounds(clause.metric, clause.low, clause.high, clause.hysteresis):
            yield f"clauses[{number}].{field}", problem
    yield from _between("least", rule.least, 1, len(rule.clauses))
    yield from _between("delay", rule.delay, 0, 3600)
    yield from _between("within", rule.within, max(10, rule.delay), _DAY)


def _score(rule: ScoreRule) -> Iterator[Problem]:
    yield from _between("medium", rule.medium, 1, 20)
    yield from _between("high", rule.high, rule.medium + 1, 20)
    yield from _between("rise", rule.rise or 0, 0, 20)
    yield from _between("within", rule.within, 60, _DAY)
    yield from _between("spot", rule.spot, 60, _DAY)
    yield from _between("delay", rule.delay, 10, 3600)
    yield from _between("calm", rule.calm, 0, 3600)
