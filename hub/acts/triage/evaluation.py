"""What a questionnaire says of one resident: the outcome, why, and what would have to be known. Pure.

The highest outcome of all rules that hold wins. Rows 1 to 7 hold also where nobody knows the answer; of anything else that
is unknown and would lead higher, it is said that it is to be measured or asked. More signs never lead lower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from hub.acts.triage.expression import Expression, Name, Value, evaluate, holding, undecided
from hub.acts.triage.model import (
    Case,
    Measured,
    Outcome,
    Questionnaire,
    Reason,
    Result,
    Rule,
    TriageError,
    Unknown,
)
from hub.alerting.news2 import HIGH, MEDIUM, PARAMETERS, RED, Consciousness, Score, Vitals, score

SCORES: Final = {"high": HIGH, "medium": MEDIUM, "some": 1}
"What `news2.` may be followed by, beside `red`: totals from which it holds."


@dataclass(slots=True)
class _Known:
    """A case, with what follows from it; looks names up."""

    rules: Questionnaire
    case: Case
    vitals: dict[str, Measured] = field(default_factory=dict)
    "Those that are not too old."
    score: Score = field(default_factory=Score)

    def __post_init__(self) -> None:
        usable = self.rules.ages.usable
        self.vitals = {name: each for name, each in self.case.vitals.items() if each.age <= usable}
        self.score = score(_set(self.vitals, self.case.spo2_scale))

    def __call__(self, name: Name) -> Value:
        match name.space:
            case "answer":
                return self._answer(name.word)
            case "fact":
                return self.fact(name.word)
            case "motif":
                return self.case.motif == name.word
            case "vital":
                found = self.vitals.get(name.word)
                return None if found is None else found.value
            case "setting":
                return self.case.spo2_scale
            case _:
                return self._score(name.word)

    def _answer(self, question: str) -> Value:
        found = self.case.answers.get(question)
        if found is not None:
            return found
        # Not asked of this resident: there is nothing to say. A number that nobody asked for stays unknown.
        number = self.rules.questions[question].number
        return False if self.asked(question) is False and not number else None

    def asked(self, question: str) -> bool | None:
        """Return whether a question is asked of this resident; `None` while that hangs on what is not known."""
        found = self.rules.questions[question]
        if found.show is not None:
            return evaluate(found.show, self)
        if found.part != "motif":
            return True
        motif = self.rules.motifs.get(self.case.motif)
        return motif is not None and question in motif.questions

    def fact(self, risk: str) -> bool | None:
        """Return what the record says of a risk, or else whoever was asked."""
        found = self.case.facts.get(risk)
        question = self.rules.risks[risk].question
        if found is not None or not question:
            return found
        answer = self._answer(question)
        return None if answer is None else bool(answer)

    def _score(self, word: str) -> bool | None:
        if word == "red":
            return self.score.red or (
                None if any(self._most(each) >= RED for each in self.score.missing) else False
            )
        least = SCORES[word]
        if self.score.total >= least:
            return True
        most = sum(self._most(each) for each in self.score.missing)
        return None if self.score.total + most >= least else False

    def _most(self, parameter: str) -> int:
        """Return the most points that a missing parameter can bring."""
        if parameter != "on_oxygen":
            return RED
        # With the second scale oxygen also decides what a high saturation scores.
        return 2 if self.case.spo2_scale == 1 else 2 + RED


def assess(rules: Questionnaire, case: Case) -> Result:
    """Return where a questionnaire leads.

    Raises:
        ScoreError: a vital sign cannot be a person's.
        TriageError: the motif is none of the questionnaire's.
    """
    if case.motif and case.motif not in rules.motifs:
        raise TriageError(f"motif {case.motif[:60]!r} is unknown")
    known = _Known(rules, case)
    matched = list(_matched(known))
    reasons = [reason for _, reason in matched]
    sure = _highest((each for each in reasons if not each.unanswered), rules.usual)
    needed = _highest(reasons, rules.usual)
    plan_first = bool(evaluate(rules.palliative.flag, known))
    result = Result(
        outcome=needed,
        needed=needed,
        reasons=tuple(sorted(reasons, key=lambda each: (-each.outcome.rank, each.row or 99))),
        to_measure=tuple(_to_measure(known, sure)),
        to_ask=tuple(_to_ask(known, sure, [rule for rule, _ in matched])),
        score=known.score,
        aged=_aged(known),
        factors=tuple(name for name in rules.risks if known.fact(name)),
        unknown_factors=tuple(name for name in rules.risks if known.fact(name) is None),
        priority=min((each.priority for each in reasons if each.priority is not None), default=None),
        proposed=_proposed(matched, needed),
        plan_first=plan_first,
        within_minutes=_soonest(rules, (rule.within_minutes for rule, _ in matched), needed),
        repeat_hours=min((rule.repeat_hours for rule, _ in matched if rule.repeat_hours), default=0),
    )
    return _possible(known, _expected(known, result))


def _matched(known: _Known) -> Iterator[tuple[Rule, Reason]]:
    for rule in known.rules.rules:
        holds = evaluate(rule.when, known)
        if holds or (holds is None and rule.unknown is Unknown.YES):
            yield rule, _reason(rule, known)


def _reason(rule: Rule, known: _Known) -> Reason:
    return Reason(
        rule=rule.id,
        outcome=rule.outcome,
        text=rule.text,
        source=rule.source,
        sign=rule.sign,
        priority=rule.priority,
        row=rule.row,
        unanswered=tuple(dict.fromkeys(name.word for name in undecided(rule.when, known))),
        values=_values(rule.when, known),
        care=rule.care,
        note=rule.note,
    )


def _values(when: Expression, known: _Known) -> dict[str, Measured]:
    """Return the vital signs because of which an expression holds, those behind a score too."""
    found: dict[str, Measured] = {}
    for name in holding(when, known):
        if name.space == "vital":
            found[name.word] = known.vitals[name.word]
        elif name.space == "news2":
            scored = [each for each, points in known.score.points.items() if points]
            found |= {each: known.vitals[each] for each in scored}
    return found


def _highest(reasons: Iterable[Reason], usual: Outcome) -> Outcome:
    found = [each.outcome for each in reasons]
    return max(found, key=lambda outcome: outcome.rank) if found else usual


def _proposed(matched: Iterable[tuple[Rule, Reason]], needed: Outcome) -> bool:
    leading = [rule.confirm for rule, _ in matched if rule.outcome is needed]
    return bool(leading) and all(leading)


def _soonest(rules: Questionnaire, minutes: Iterable[int], needed: Outcome) -> int:
    said = [each for each in (*minutes, rules.paths[needed].within_minutes) if each]
    return min(said, default=0)


def _open(known: _Known, sure: Outcome) -> Iterator[Name]:
    """Yield the names that could lead higher than what is sure."""
    for rule in known.rules.rules:
        if rule.outcome.rank > sure.rank and rule.unknown is not Unknown.IGNORE:
            yield from undecided(rule.when, known)


def _to_measure(known: _Known, sure: Outcome) -> Iterator[str]:
    if sure is Outcome.EMERGENCY:
        return  # nothing leads higher: nobody measures before calling
    wanted = set(_aged(known))
    for name in _open(known, sure):
        if name.space == "vital":
            wanted.add(name.word)
        elif name.space == "news2":
            wanted.update(known.score.missing)
    order = [*(name for name in PARAMETERS if name in wanted), *sorted(wanted - set(PARAMETERS))]
    yield from order


def _to_ask(known: _Known, sure: Outcome, matched: Iterable[Rule]) -> Iterator[str]:
    wanted = {
        question for rule in matched for question in rule.asks if known.case.answers.get(question) is None
    }
    for name in _open(known, sure):
        if name.space == "answer":
            wanted.add(name.word)
        elif name.space == "fact":
            wanted.add(known.rules.risks[name.word].question)
    yield from (each for each in known.rules.questions if each in wanted and known.asked(each))


def _aged(known: _Known) -> dict[str, float]:
    said = known.rules.ages.said_after
    return {name: each.age for name, each in known.vitals.items() if each.age > said}


def _expected(known: _Known, result: Result) -> Result:
    """Bring down what is expected of somebody with a plan for the end of life; a person may still ask for more."""
    rule = known.rules.palliative
    if result.needed.rank <= rule.outcome.rank or not evaluate(rule.expected, known):
        return result
    reason = Reason("palliative", rule.outcome, rule.text, rule.source, rule.sign, row=20)
    return replace(
        result,
        outcome=rule.outcome,
        needed=rule.outcome,
        reasons=(reason, *result.reasons),
        priority=None,
        proposed=False,
        within_minutes=known.rules.paths[rule.outcome].within_minutes,
    )


def _possible(known: _Known, result: Result) -> Result:
    """Look whether what is needed can be done by video."""
    for rule in known.rules.eligibility:
        if result.needed in rule.instead_of and evaluate(rule.when, known):
            reason = Reason(rule.id, rule.outcome, rule.text, rule.source, rule.sign)
            return replace(
                result,
                outcome=rule.outcome,
                alternative=rule.alternative,
                reasons=(*result.reasons, reason),
            )
    return result


def _set(vitals: dict[str, Measured], scale: int) -> Vitals:
    def number(name: str) -> Decimal | None:
        found = vitals.get(name)
        return None if found is None else Decimal(str(found.value))

    oxygen, state = vitals.get("on_oxygen"), vitals.get("consciousness")
    return Vitals(
        respiration_rate=number("respiration_rate"),
        spo2=number("spo2"),
        spo2_scale=scale,
        on_oxygen=None if oxygen is None else bool(oxygen.value),
        systolic=number("systolic"),
        pulse=number("pulse"),
        consciousness=None if state is None else Consciousness(str(state.value)),
        temperature=number("temperature"),
    )


def pending(rules: Questionnaire, case: Case) -> tuple[str, ...]:
    """Return the questions that are still to be put, in order: an "I do not know" was an answer.

    What the record says of a risk is not asked.
    """
    known = _Known(rules, case)
    answered = {risk.question for risk in rules.risks.values() if case.facts.get(risk.id) is not None}
    answered.update(case.answers)
    motif = rules.motifs.get(case.motif)
    order = {part: number for number, part in enumerate(ORDER)}
    asked = [each for each in rules.questions.values() if each.id not in answered and known.asked(each.id)]
    of_motif = () if motif is None else motif.questions
    # A detail that belongs to the motif is put where the motif puts it.
    asked.sort(
        key=lambda each: (order["motif" if each.id in of_motif else each.part], _place(each.id, of_motif))
    )
    return tuple(each.id for each in asked)


def _place(question: str, questions: tuple[str, ...]) -> int:
    return questions.index(question) if question in questions else len(questions)


ORDER: Final = ("screen", "detail", "motif", "risk", "eligibility")
"In which order the parts are asked."


def alone(rules: Questionnaire, question: str) -> Outcome:
    """Return where the yes to one question of the screen leads somebody of whom nothing else is known to be wrong."""
    answers: dict[str, Value] = {
        name: name == question for name, each in rules.questions.items() if each.part == "screen"
    }
    return assess(rules, Case(answers)).needed


def revise(proposed: Outcome, chosen: Outcome, reason: str) -> None:
    """Check what a person decides instead of what was proposed: more is free, less has a typed reason.

    Raises:
        TriageError: it is less, and nobody says why; or only a physician who saw the resident can say it.
    """
    if chosen is Outcome.REORIENTED:
        raise TriageError("REORIENTED is what a physician says after having seen the resident")
    if chosen.rank < proposed.rank and not reason.strip():
        raise TriageError(f"{chosen.value} is less than {proposed.value} and has no reason")
