"""A case as JSON says it, and a result as JSON says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from devices.nomenclature import METRICS
from hub.acts.triage.expression import Value
from hub.acts.triage.model import (
    NUMBERS,
    VITALS,
    Answer,
    Case,
    Measured,
    Question,
    Questionnaire,
    Reason,
    Result,
    TriageError,
)
from hub.alerting.news2 import Consciousness, Score

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_FIELDS = frozenset({"answers", "vitals", "facts", "motif"})
_METRIC: Mapping[str, str] = {"pulse": "pulse_rate"}
"Name in the nomenclature, where it is another one."
_BOOLEAN: Mapping[Answer, bool | None] = {Answer.YES: True, Answer.NO: False, Answer.UNKNOWN: None}
_T = TypeVar("_T")

OLDEST: Final = 31_536_000.0
"Seconds: an age beyond a year is a slip."


def read_case(rules: Questionnaire, given: object) -> Case:
    """Return the case of a JSON object with `answers`, `vitals`, `facts` and `motif`, each of which may be missing.

    Raises:
        TriageError: a field is unknown or not of its type.
    """
    case = _object("line", given)
    _known("field", case, _FIELDS)
    motif = "" if case.get("motif") is None else case["motif"]
    if not isinstance(motif, str) or (motif and motif not in rules.motifs):
        raise TriageError(f"motif {str(motif)[:60]!r} is unknown; known are {', '.join(rules.motifs)}")
    vitals = _part(case, "vitals")
    return Case(
        answers=read_answers(rules, _part(case, "answers")),
        vitals=_each("vital", {name: each for name, each in vitals.items() if name != "spo2_scale"}, _vital),
        facts=_facts(rules, _part(case, "facts")),
        motif=motif,
        spo2_scale=_scale(vitals.get("spo2_scale")),
    )


def read_answers(rules: Questionnaire, given: Mapping[str, object]) -> dict[str, Value]:
    """Return answers by question: `yes`, `no`, `unknown`, a number, or a time of day as `HH:MM`.

    Raises:
        TriageError: a question is unknown, or an answer is none of it.
    """
    _known("question", given, rules.questions)
    return {name: _answer(rules.questions[name], each) for name, each in given.items()}


def said(result: Result) -> dict[str, Any]:
    """Return a result as JSON says it."""
    return {
        "outcome": result.outcome.value,
        "needed": result.needed.value,
        "priority": None if result.priority is None else result.priority.value,
        "alternative": None if result.alternative is None else result.alternative.value,
        "proposed": result.proposed,
        "plan_first": result.plan_first,
        "within_minutes": result.within_minutes,
        "repeat_hours": result.repeat_hours,
        "reasons": [_reason(each) for each in result.reasons],
        "to_measure": list(result.to_measure),
        "to_ask": list(result.to_ask),
        "aged": dict(result.aged),
        "news2": said_score(result.score),
        "factors": list(result.factors),
        "unknown_factors": list(result.unknown_factors),
    }


def said_score(score: Score) -> dict[str, Any]:
    """Return a score as JSON says it; without any value there is none to speak of."""
    return {
        "total": score.total,
        "points": dict(score.points),
        "missing": list(score.missing),
        "risk": None if score.risk is None else score.risk.value,
        "red": score.red,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "row": reason.row,
        "outcome": reason.outcome.value,
        "priority": None if reason.priority is None else reason.priority.value,
        "text": reason.text,
        "source": reason.source.value,
        "note": reason.note,
        "author": reason.sign.author,
        "date": reason.sign.date,
        "version": reason.sign.version,
        "care": reason.care,
        "unanswered": list(reason.unanswered),
        "values": {name: {"value": each.value, "age": each.age} for name, each in reason.values.items()},
    }


def _part(case: Mapping[str, object], name: str) -> dict[str, Any]:
    given = case.get(name)
    return {} if given is None else _object(name, given)


def _object(what: str, given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise TriageError(f"{what} is not a JSON object")
    return given


def _known(what: str, given: Mapping[str, object], known: Mapping[str, Any] | frozenset[str]) -> None:
    for name in given:
        if name not in known:
            raise TriageError(f"{what} {name[:60]!r} is unknown")


def _each(what: str, given: Mapping[str, object], read: Callable[[str, object], _T | None]) -> dict[str, _T]:
    found = {name: read(f"{what} {name[:60]}", each) for name, each in given.items()}
    return {name: each for name, each in found.items() if each is not None}


def _answer(question: Question, given: object) -> Value:
    if given is None or given == Answer.UNKNOWN.value:
        return None
    if question.number:
        value = _number(f"answer {question.id}", given)
        if not question.low <= value <= question.high:
            raise TriageError(
                f"answer {question.id} is {value:g}, expected {question.low:g} to {question.high:g}"
            )
        return value
    if question.time:
        if isinstance(given, str) and _CLOCK.fullmatch(given):
            return given
        raise TriageError(f"answer {question.id} is no time of day as 08:30")
    try:
        return _BOOLEAN[Answer(str(given))]
    except ValueError:
        raise TriageError(
            f"answer {question.id} is {str(given)[:20]!r}, expected yes, no or unknown"
        ) from None


def _number(what: str, given: object) -> float:
    # True is a number in Python, and Infinity one in Python's JSON; the ranges refuse the latter.
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TriageError(f"{what} is not a number")
    return float(given)


def _vital(what: str, given: object) -> Measured | None:
    """Return a value, given bare or with its age in seconds."""
    value, age = given, 0.0
    if isinstance(given, dict):
        _known(f"{what}:", given, frozenset({"value", "age"}))
        value, age = given.get("value"), _number(f"{what}: age", given.get("age", 0))
        if not 0 <= age <= OLDEST:
            raise TriageError(f"{what}: age is {age:g} s, expected 0 to {OLDEST:g}")
    return None if value is None else Measured(_value(what, what.removeprefix("vital "), value), age)


def _value(what: str, name: str, value: object) -> float | str | bool:
    if name not in VITALS:
        raise TriageError(f"{what} is unknown; known are {', '.join(VITALS)}")
    if name in NUMBERS:
        number = _number(what, value)
        low, high = METRICS[_METRIC.get(name, name)].plausible
        if not low <= number <= high:
            raise TriageError(f"{what} is {number:g}, expected {low:g} to {high:g}")
        return number
    if name == "on_oxygen":
        if isinstance(value, bool):
            return value
        raise TriageError(f"{what} is neither true nor false")
    try:
        return Consciousness(str(value)).value
    except ValueError:
        raise TriageError(f"{what} is {str(value)[:20]!r}, expected one of A, C, V, P, U") from None


def _scale(given: object) -> int:
    if given is None:
        return 1
    if isinstance(given, bool) or given not in {1, 2}:
        raise TriageError("vital spo2_scale is neither 1 nor 2")
    return 1 if given == 1 else 2


def _facts(rules: Questionnaire, given: Mapping[str, object]) -> dict[str, bool | None]:
    _known("fact", given, rules.risks)
    found: dict[str, bool | None] = {}
    for name, each in given.items():
        if each is not None and not isinstance(each, bool):
            raise TriageError(f"fact {name} is neither true, false nor null")
        found[name] = each
    return found
