"""The questionnaire's file of rules, read from TOML and checked: every error names file, line, field and reason. Pure.

What the file may say is in `docs/triage.md`; `questionnaire.toml` beside this module is what a home without a file of its
own has, and the place to start from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path as File
from typing import Final

import msgspec

from devices.errors import ConfigError
from hub.acts.triage.evaluation import ORDER, SCORES
from hub.acts.triage.expression import Compare, Expression, ExpressionError, Flag, names
from hub.acts.triage.expression import parse as parse_expression
from hub.acts.triage.model import (
    NUMBERS,
    VITALS,
    Ages,
    Eligibility,
    Motif,
    Outcome,
    Palliative,
    Path,
    Priority,
    Question,
    Questionnaire,
    Risk,
    Rule,
    Sign,
    Source,
    Unknown,
)
from hub.alerting.news2 import Consciousness
from hub.alerting.tables import WrongError, decode, where

DEFAULT: Final = File(__file__).with_name("questionnaire.toml")
"What holds in a home that names no file of its own."
SCREEN: Final = 12
"Most questions of the first screen: it is answered in under a minute (sheet 09, part 5)."

_NAME = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ROWS = range(21)
_UNKNOWN_IS_YES = range(1, 8)


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    author: str = ""
    date: str = ""
    version: str = ""


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    text: str
    hint: str = ""
    part: str = "motif"
    show: str = ""
    unit: str = ""
    low: float = 0
    high: float = 0
    time: bool = False


class _Rule(_Signed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    when: str
    outcome: Outcome
    text: str
    source: Source
    note: str = ""
    row: int = 0
    priority: Priority | None = None
    unknown: Unknown = Unknown.MEASURE
    confirm: bool = False
    asks: tuple[str, ...] = ()
    care: str = ""
    repeat_hours: float = 0
    within_minutes: int = 0


class _Motif(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    questions: tuple[str, ...] = ()


class _Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    text: str
    question: str = ""


class _Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    text: str


class _Eligibility(_Signed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    when: str
    instead_of: tuple[Outcome, ...]
    outcome: Outcome
    text: str
    source: Source
    alternative: Outcome | None = None


class _Palliative(_Signed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    flag: str
    expected: str
    outcome: Outcome
    text: str
    source: Source


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    author: str
    date: str
    path: dict[Outcome, Path]
    question: tuple[_Question, ...]
    rule: tuple[_Rule, ...]
    motif: tuple[_Motif, ...]
    palliative: _Palliative
    risk: tuple[_Risk, ...] = ()
    check: tuple[_Check, ...] = ()
    eligibility: tuple[_Eligibility, ...] = ()
    signed_by: str = ""
    usual: Outcome = Outcome.TC_PLANNED
    ages: Ages = Ages()


def parse(text: str, name: str) -> Questionnaire:
    """Read a questionnaire.

    Args:
        text: TOML.
        name: the file's, for errors.

    Raises:
        ConfigError: with file, line where one is known, field and reason.
    """
    read = decode(text, name, _File)
    try:
        return _Reader(read).questionnaire(hashlib.blake2b(text.encode(), digest_size=8).hexdigest())
    except WrongError as error:
        raise ConfigError(where(text, name, error.field, str(error))) from None


class _Reader:
    """Turns what the file holds into what is evaluated, and checks what the types cannot say."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._questions: dict[str, Question] = {}
        self._risks = {each.id: each for each in file.risk}
        self._motifs = {each.id for each in file.motif}

    def questionnaire(self, digest: str) -> Questionnaire:
        """Return the questionnaire of this file."""
        file = self._file
        self._head()
        for number, each in enumerate(file.question):
            self._questions[each.id] = self._question(f"question[{number}]", each)
        self._screen()
        risks = {each.id: self._risk(f"risk[{number}]", each) for number, each in enumerate(file.risk)}
        motifs = {each.id: self._motif(f"motif[{number}]", each) for number, each in enumerate(file.motif)}
        rules = tuple(self._rule(f"rule[{number}]", each) for number, each in enumerate(file.rule))
        eligibility = tuple(
            self._eligible(f"eligibility[{number}]", each) for number, each in enumerate(file.eligibility)
        )
        return Questionnaire(
            version=file.version,
            digest=digest,
            author=file.author,
            date=file.date,
            signed_by=file.signed_by,
            questions=self._questions,
            rules=rules,
            motifs=motifs,
            risks=risks,
            eligibility=eligibility,
            palliative=self._palliative(file.palliative),
            checks={each.id: self._check(f"check[{number}]", each) for number, each in enumerate(file.check)},
            paths=file.path,
            usual=file.usual,
            ages=file.ages,
        )

    def _head(self) -> None:
        file = self._file
        for field in ("version", "author", "date"):
            if not getattr(file, field).strip():
                raise WrongError(field, "is empty: whoever is led by a rule can see who wrote it and when")
        _dated("date", file.date)
        if missing := [each.value for each in Outcome if each not in file.path]:
            raise WrongError("path", f"says nothing of {missing[0]}")
        if not 0 < file.ages.said_after <= file.ages.usable:
            raise WrongError("ages.said_after", "is not between 0 and usable")
        for kind in ("question", "rule", "motif", "risk", "check", "eligibility"):
            _unique(kind, [each.id for each in getattr(file, kind)])

    def _question(self, place: str, raw: _Question) -> Question:
        _named(place, raw.id, _WORD)
        _said(place, raw.text)
        if raw.part not in ORDER:
            raise WrongError(f"{place}.part", f"is {raw.part!r}, expected {', '.join(ORDER)}")
        if raw.high < raw.low or (raw.high == raw.low) is not (raw.unit == ""):
            raise WrongError(f"{place}.low", "and high are no range: a number has low < high and a unit")
        if raw.time and raw.unit:
            raise WrongError(f"{place}.time", "is set of a question that asks for a number")
        show = self._expression(f"{place}.show", raw.show) if raw.show else None
        for each in names(show) if show is not None else ():
            asked = self._risks[each.name.word].question if each.name.space == "fact" else ""
            if asked and asked not in self._questions:
                raise WrongError(
                    f"{place}.show", f"says {each.name}, which {asked} asks for, and not before it"
                )
        return Question(raw.id, raw.text, raw.hint, raw.part, show, raw.unit, raw.low, raw.high, raw.time)

    def _screen(self) -> None:
        screen = [each for each in self._questions.values() if each.part == "screen"]
        if not 1 <= len(screen) <= SCREEN:
            raise WrongError("question", f"has {len(screen)} of the screen, expected 1 to {SCREEN}")
        for each in screen:
            if each.show is not None or each.number or each.time:
                raise WrongError("question", f"{each.id} of the screen is not simply answered by yes or no")

    def _risk(self, place: str, raw: _Risk) -> Risk:
        _named(place, raw.id, _WORD)
        _said(place, raw.text)
        if raw.question:
            self._yes_or_no(f"{place}.question", raw.question)
        return Risk(raw.id, raw.text, raw.question)

    def _motif(self, place: str, raw: _Motif) -> Motif:
        _named(place, raw.id, _WORD)
        _said(place, raw.title)
        self._known(f"{place}.questions", raw.questions)
        return Motif(raw.id, raw.title, raw.questions)

    def _rule(self, place: str, raw: _Rule) -> Rule:
        _named(place, raw.id, _NAME)
        _said(place, raw.text)
        when = self._expression(f"{place}.when", raw.when)
        if raw.row not in _ROWS:
            raise WrongError(f"{place}.row", f"is {raw.row}, expected 0 to {_ROWS[-1]}")
        if raw.outcome in {Outcome.REORIENTED, Outcome.DECLINED}:
            raise WrongError(f"{place}.outcome", f"is {raw.outcome.value}, which only a person says")
        if raw.outcome is Outcome.EMERGENCY and raw.priority is None:
            raise WrongError(f"{place}.priority", "is missing: an emergency has P0, P1 or P2")
        if raw.unknown is Unknown.YES:
            self._asked_only(f"{place}.unknown", raw, when)
        if raw.repeat_hours < 0 or raw.within_minutes < 0:
            raise WrongError(f"{place}.repeat_hours", "and within_minutes are never below 0")
        self._known(f"{place}.asks", raw.asks)
        return Rule(
            id=raw.id,
            when=when,
            outcome=raw.outcome,
            text=raw.text,
            source=raw.source,
            sign=self._sign(place, raw),
            note=raw.note,
            row=raw.row,
            priority=raw.priority,
            unknown=raw.unknown,
            confirm=raw.confirm,
            asks=raw.asks,
            care=raw.care,
            repeat_hours=raw.repeat_hours,
            within_minutes=raw.within_minutes,
        )

    def _asked_only(self, place: str, raw: _Rule, when: Expression) -> None:
        if raw.row not in _UNKNOWN_IS_YES:
            raise WrongError(place, "is 'yes' outside of the rows 1 to 7")
        if any(each.name.space != "answer" for each in names(when)):
            raise WrongError(place, "is 'yes', but the rule speaks of more than answers")

    def _check(self, place: str, raw: _Check) -> str:
        _named(place, raw.id, _WORD)
        _said(place, raw.text)
        return raw.text

    def _eligible(self, place: str, raw: _Eligibility) -> Eligibility:
        _named(place, raw.id, _NAME)
        _said(place, raw.text)
        return Eligibility(
            raw.id,
            self._expression(f"{place}.when", raw.when),
            frozenset(raw.instead_of),
            raw.outcome,
            raw.text,
            raw.source,
            self._sign(place, raw),
            raw.alternative,
        )

    def _palliative(self, raw: _Palliative) -> Palliative:
        _said("palliative", raw.text)
        if raw.outcome is Outcome.EMERGENCY:
            raise WrongError("palliative.outcome", "is EMERGENCY: then what is expected changes nothing")
        return Palliative(
            self._expression("palliative.flag", raw.flag),
            self._expression("palliative.expected", raw.expected),
            raw.outcome,
            raw.text,
            raw.source,
            self._sign("palliative", raw),
        )

    def _sign(self, place: str, raw: _Signed) -> Sign:
        file = self._file
        if raw.date:
            _dated(f"{place}.date", raw.date)
        return Sign(raw.author or file.author, raw.date or file.date, raw.version or file.version)

    # ---- what expressions may speak of ----

    def _expression(self, place: str, text: str) -> Expression:
        try:
            found = parse_expression(text)
        except ExpressionError as error:
            raise WrongError(place, str(error)) from None
        for each in names(found):
            if problem := self._problem(each):
                raise WrongError(place, f"says {each.name}, {problem}")
        return found

    def _problem(self, said: Flag | Compare) -> str:
        """Return what is wrong with one place of an expression; empty for nothing."""
        word = said.name.word
        match said.name.space:
            case "answer":
                return self._of_answer(said)
            case "vital":
                return _of_vital(said)
            case "fact":
                return _flag(said, self._risks, "risk")
            case "motif":
                return _flag(said, self._motifs, "motif")
            case "news2":
                return _flag(said, (*SCORES, "red"), "word of NEWS2")
            case "setting":
                return (
                    "" if word == "spo2_scale" and _numeric(said) else "expected setting.spo2_scale == 1 or 2"
                )
            case space:
                return f"but {space!r} is none of answer, vital, fact, motif, news2, setting"

    def _of_answer(self, said: Flag | Compare) -> str:
        question = self._questions.get(said.name.word)
        if question is None:
            return "which no question before it asks"
        if question.time:
            return "which is a time of day: no rule decides by it"
        if question.number:
            return "" if _numeric(said) else "which is a number and is compared with one"
        return "" if isinstance(said, Flag) else "which is answered by yes or no and is compared with nothing"

    def _known(self, place: str, questions: Iterable[str]) -> None:
        for each in questions:
            if each not in self._questions:
                raise WrongError(place, f"names {each!r}, which is no question")

    def _yes_or_no(self, place: str, question: str) -> None:
        self._known(place, (question,))
        if self._questions[question].number or self._questions[question].time:
            raise WrongError(place, f"names {question!r}, which is not answered by yes or no")


def _of_vital(said: Flag | Compare) -> str:
    word = said.name.word
    if word not in VITALS:
        return f"which nothing measures; known are {', '.join(VITALS)}"
    if word in NUMBERS:
        return "" if _numeric(said) else "which is a number and is compared with one"
    if word == "on_oxygen":
        return "" if isinstance(said, Flag) else "which is yes or no and is compared with nothing"
    letters = [each.value for each in Consciousness]
    if isinstance(said, Compare) and said.value in letters:
        return ""
    return f"which is compared with one of {', '.join(letters)}"


def _flag(said: Flag | Compare, known: Iterable[str], kind: str) -> str:
    if said.name.word not in known:
        return f"which is no {kind}"
    return "" if isinstance(said, Flag) else "which holds or not and is compared with nothing"


def _numeric(said: Flag | Compare) -> bool:
    return isinstance(said, Compare) and isinstance(said.value, float)


def _named(place: str, name: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(name):
        raise WrongError(f"{place}.id", f"{name!r} is no name: a-z, 0-9 and _, at most 40")


def _said(place: str, text: str) -> None:
    if not text.strip():
        raise WrongError(place, "has an empty text: somebody reads it")


def _dated(place: str, date: str) -> None:
    if not _DATE.fullmatch(date):
        raise WrongError(place, f"is {date!r}, expected a date as 2026-11-22")


def _unique(place: str, ids: Sequence[str]) -> None:
    for number, each in enumerate(ids):
        if each in ids[:number]:
            raise WrongError(f"{place}[{number}]", f"has the id {each!r}, which another one has")
