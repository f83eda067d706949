"""A questionnaire and its rules as data, and what they say of one resident. Pure.

The outcomes and their order are of sheet 09, part 2. What is unknown is never taken for "no".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.errors import VeilleuseError
from hub.acts.triage.expression import Expression, Value
from hub.alerting.news2 import Score


class TriageError(VeilleuseError):
    """An answer, a value or a decision is not one that the questionnaire knows; the text names it."""


class Outcome(enum.StrEnum):
    """Where somebody is led, most pressing first: the highest that a rule asks for wins."""

    EMERGENCY = "EMERGENCY"
    URGENT_TC = "URGENT_TC"
    TC_TODAY = "TC_TODAY"
    TC_PLANNED = "TC_PLANNED"
    IN_PERSON = "IN_PERSON"
    TELEEXPERTISE = "TELEEXPERTISE"
    NURSE_CARE = "NURSE_CARE"
    REORIENTED = "REORIENTED"
    "Only a physician says so, after having seen the resident."
    DECLINED = "DECLINED"

    @property
    def rank(self) -> int:
        """How pressing it is; higher is more."""
        return len(Outcome) - list(Outcome).index(self)


class Priority(enum.StrEnum):
    """What the dispatcher of a SAMU would call it (sheet 07, part 1)."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"


class Source(enum.StrEnum):
    """Where a rule is from."""

    READ = "V"
    "Read in a public source, as the rule's note says."
    MEMORY = "mem"
    "From memory of standard medicine: a physician checks it before it is signed."
    PROJECT = "R"
    "Ours."


class Unknown(enum.StrEnum):
    """What follows where a rule hangs on what nobody knows."""

    YES = "yes"
    "It holds: rows 1 to 7."
    MEASURE = "measure"
    "It does not hold, and what is missing is asked for."
    IGNORE = "ignore"
    "It does not hold, and nobody is bothered."


class Answer(enum.StrEnum):
    """What somebody says to a question of yes or no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sign:
    """Who wrote what, when, and which version it is."""

    author: str
    date: str
    "As in ISO 8601."
    version: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question; a number has a unit and a range, anything else is answered by yes, no or "I do not know"."""

    id: str
    text: str
    hint: str = ""
    part: str = "motif"
    "`screen`, `detail`, `motif`, `risk` or `eligibility`: where it is asked."
    show: Expression | None = None
    "When it is asked; where it is not, and nobody answered it, the answer is no."
    unit: str = ""
    low: float = 0
    high: float = 0
    time: bool = False
    "Answered by a time of day, `HH:MM`; no rule asks for it."

    @property
    def number(self) -> bool:
        """Whether the answer is a number."""
        return self.high > self.low


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it holds, where it leads, and what is said of it."""

    id: str
    when: Expression
    outcome: Outcome
    text: str
    "French."
    source: Source
    sign: Sign
    note: str = ""
    "What the source is, or what of the rule is ours."
    row: int = 0
    "Red flag of sheet 09, part 3; 0 for none."
    priority: Priority | None = None
    unknown: Unknown = Unknown.MEASURE
    confirm: bool = False
    "The outcome is a proposal: a person confirms it."
    asks: tuple[str, ...] = ()
    "Questions that whoever is led there is asked for."
    care: str = ""
    "French: what the nurse does meanwhile."
    repeat_hours: float = 0
    "When the nurse looks again; 0 is not said."
    within_minutes: int = 0
    "Sooner than the outcome says by itself; 0 is not said."


@dataclass(frozen=True, slots=True)
class Motif:
    """Why somebody is asked about, with the questions that belong to it."""

    id: str
    title: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """Something of the record that weighs on a decision: a treatment, a directive."""

    id: str
    text: str
    question: str = ""
    "Asked where the record does not say."


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Why a video consultation cannot be what the rules ask for, and what takes its place."""

    id: str
    when: Expression
    instead_of: frozenset[Outcome]
    outcome: Outcome
    text: str
    source: Source
    sign: Sign
    alternative: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Palliative:
    """What holds for somebody with a plan for the end of life."""

    flag: Expression
    "Who is such a person: directives and plan are shown before anything else."
    expected: Expression
    "When what happens is what the plan expects."
    outcome: Outcome
    "The most that rules ask for then; a person still may ask for more."
    text: str
    source: Source
    sign: Sign


@dataclass(frozen=True, slots=True)
class Path:
    """What an outcome means for whoever stands at the bed."""

    title: str
    next: str
    within_minutes: int = 0
    "0 is not said."


@dataclass(frozen=True, slots=True)
class Ages:
    """For how long a value speaks."""

    said_after: float = 900.0
    "Seconds after which the age of a value is said, and the value is to be measured again."
    usable: float = 14_400.0
    "Seconds after which it is none any more. The limit of spot values of `ScoreRule`; ours."


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A whole file of rules."""

    version: str
    "Of the file's author."
    digest: str
    "Of the file's text: what was decided names it."
    author: str
    date: str
    signed_by: str
    "The physician who answers for it; empty while nobody does."
    questions: Mapping[str, Question]
    rules: tuple[Rule, ...]
    motifs: Mapping[str, Motif]
    risks: Mapping[str, Risk]
    eligibility: tuple[Eligibility, ...]
    palliative: Palliative
    paths: Mapping[Outcome, Path]
    checks: Mapping[str, str] = field(default_factory=dict)
    "What is looked at once more before a call, by id."
    usual: Outcome = Outcome.TC_PLANNED
    "Where no rule leads anywhere."
    ages: Ages = field(default_factory=Ages)


NUMBERS: Final = (
    "respiration_rate",
    "spo2",
    "systolic",
    "diastolic",
    "pulse",
    "temperature",
    "glucose",
)
"Vital signs that are numbers, in the units of `devices.nomenclature`; glucose in mg/dL."
VITALS: Final = (*NUMBERS, "on_oxygen", "consciousness")
"Everything that is measured or observed; consciousness is a letter of ACVPU."


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and how long ago it was measured."""

    value: float | str | bool
    age: float = 0.0
    "Seconds."


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one resident when the questionnaire is evaluated."""

    answers: Mapping[str, Value] = field(default_factory=dict)
    'By question: true, false, a number, a time as text; `None` is "I do not know", and so is what is not in it.'
    vitals: Mapping[str, Measured] = field(default_factory=dict)
    facts: Mapping[str, bool | None] = field(default_factory=dict)
    "By risk: what the record says."
    motif: str = ""
    spo2_scale: int = 1
    "2 only where a clinician recorded a target of 88 to 92 %."


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: one rule that held."""

    rule: str
    outcome: Outcome
    text: str
    source: Source
    sign: Sign
    priority: Priority | None = None
    row: int = 0
    unanswered: tuple[str, ...] = ()
    "Questions of which nobody knows the answer, and that count as yes."
    values: Mapping[str, Measured] = field(default_factory=dict)
    "Vital signs because of which the rule held."
    care: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Where the questionnaire leads, and why."""

    outcome: Outcome
    needed: Outcome
    "What the rules ask for, before it is looked at whether a video is possible."
    reasons: tuple[Reason, ...]
    "Most pressing first."
    to_measure: tuple[str, ...]
    "Vital signs that would decide something: never measured, or too long ago."
    to_ask: tuple[str, ...]
    "Questions that are open and would decide something."
    score: Score
    aged: Mapping[str, float]
    "Age of each value that is older than it should be, seconds."
    factors: tuple[str, ...]
    "Risks that weigh, by name: what a physician is told before a call."
    unknown_factors: tuple[str, ...]
    "Risks of which neither the record nor anybody says anything."
    priority: Priority | None = None
    alternative: Outcome | None = None
    proposed: bool = False
    "A person confirms it: only rules that propose lead so high."
    plan_first: bool = False
    "Directives and plan are shown before any call."
    within_minutes: int = 0
    repeat_hours: float = 0
