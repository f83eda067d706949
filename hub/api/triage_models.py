"""What crosses the wire about the questionnaire before a teleconsultation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import MAX_TIME, Key, Model

TriageOutcome = Literal[
    "EMERGENCY",
    "URGENT_TC",
    "TC_TODAY",
    "TC_PLANNED",
    "IN_PERSON",
    "TELEEXPERTISE",
    "NURSE_CARE",
    "REORIENTED",
    "DECLINED",
]
TriagePriority = Literal["P0", "P1", "P2"]
TriageSource = Literal["V", "mem", "R"]
Word = Annotated[str, Field(max_length=40)]
Said = bool | float | str
Time = Annotated[int, Field(ge=0, le=MAX_TIME)]


class TriageQuestion(Model):
    """One question of the questionnaire."""

    id: str
    text: str
    hint: str
    part: Literal["screen", "detail", "motif", "risk", "eligibility"]
    number: bool
    time: bool
    "Answered by a time of day, `HH:MM`."
    unit: str
    low: float
    high: float
    alone: TriageOutcome | None
    "Of the first screen: where a yes leads by itself."


class TriageMotif(Model):
    """Why somebody is asked about."""

    id: str
    title: str
    questions: list[str]


class TriageLabel(Model):
    """A thing with its French words."""

    id: str
    text: str


class TriagePath(Model):
    """What an outcome means at the bedside."""

    outcome: TriageOutcome
    title: str
    next: str


class TriageRules(Model):
    """The questionnaire that is in force."""

    version: str
    digest: str
    author: str
    date: str
    signed_by: str
    "The physician who answers for it; empty: nobody does."
    questions: list[TriageQuestion]
    motifs: list[TriageMotif]
    risks: list[TriageLabel]
    checks: list[TriageLabel]
    paths: list[TriagePath]
    "Most pressing first."


class TriageValue(Model):
    """A vital sign that is known, with its age."""

    name: str
    value: Said
    age: float
    "Seconds, when it was asked for."
    by_hand: bool
    aged: bool
    "Older than 15 min: it is said, and measured again."


class TriageFact(Model):
    """What the record says of a risk."""

    id: str
    known: bool | None
    "`null`: it says nothing."


class TriagePlan(Model):
    """What somebody wants, and what was decided for them: shown before any call."""

    palliative: bool | None
    directives: str
    limitation: str
    resuscitation: bool | None
    hospital: bool | None


class TriageScore(Model):
    """NEWS2; a lower bound while something is missing."""

    total: int
    points: dict[str, int]
    missing: list[str]
    risk: str | None
    red: bool


class TriageKnown(Model):
    """What the hub knows of a resident before anything is asked."""

    resident: str
    time: int
    values: list[TriageValue]
    facts: list[TriageFact]
    news2: TriageScore
    spo2_scale: int
    plan: TriagePlan | None
    "`null`: the record holds no directives."


class TriageDraftIn(Model):
    """Answers so far."""

    answers: dict[Word, bool | float | str | None] = Field(default={}, max_length=200)
    "By question: `yes`, `no`, `unknown`, a number, or a time of day as `HH:MM`."
    motif: Word = ""


class TriageIn(TriageDraftIn):
    """Answers that are to be kept."""

    id: Key = ""
    "Named by the page, so that sending again keeps nothing twice."
    act: Annotated[str, Field(max_length=64)] | None = None
    "The act in which it is asked."


class TriageMeasured(Model):
    """A vital sign because of which a rule held."""

    value: Said
    age: float


class TriageReason(Model):
    """One rule that held."""

    rule: str
    row: int
    "Red flag; 0 for none."
    outcome: TriageOutcome
    priority: TriagePriority | None
    text: str
    source: TriageSource
    note: str
    author: str
    date: str
    version: str
    care: str
    unanswered: list[str]
    "Questions of which nobody knows the answer, and that count as yes."
    values: dict[str, TriageMeasured]


class TriageResult(Model):
    """Where the questionnaire leads, and why."""

    outcome: TriageOutcome
    needed: TriageOutcome
    "What the rules ask for, before it is looked at whether a video is possible."
    priority: TriagePriority | None
    alternative: TriageOutcome | None
    proposed: bool
    "A person confirms it."
    plan_first: bool
    within_minutes: int
    repeat_hours: float
    reasons: list[TriageReason]
    "Most pressing first."
    to_measure: list[str]
    to_ask: list[str]
    aged: dict[str, float]
    news2: TriageScore
    factors: list[str]
    unknown_factors: list[str]


class TriageDraft(Model):
    """What would be said of the answers so far, and what is asked next; nothing is kept."""

    result: TriageResult
    pending: list[str]


class TriageDecision(Model):
    """What somebody decided instead of what was proposed, or confirmed."""

    number: int
    time: int
    author: str
    author_name: str
    outcome: TriageOutcome
    reason: str


class TriageView(TriageResult):
    """A questionnaire that was kept."""

    id: str
    resident: str
    time: int
    author: str
    author_name: str
    ruleset: str
    motif: str
    motif_title: str
    answers: dict[str, bool | float | str | None]
    measured: dict[str, TriageMeasured]
    act: str | None
    decisions: list[TriageDecision]
    decided: TriageOutcome
    "As it stands now."


class TriageList(Model):
    """Questionnaires of a resident, newest first."""

    items: list[TriageView]


class TriageDecisionIn(Model):
    """What somebody decides."""

    outcome: TriageOutcome
    reason: Annotated[str, Field(max_length=600)] = ""
    "Must be there when it is less than what was said before."
    number: int = Field(ge=1, le=1000)
    "Of this decision: one more than those that were seen."


class TriageReviewQuery(Model):
    """Of which time."""

    since: Time
    until: Time


class TriageReoriented(Model):
    """A consultation that a questionnaire led to, and that was not the right way."""

    triage: str
    act: str
    resident: str
    asked: int
    closed: int | None
    motif_title: str
    outcome: TriageOutcome
    state: Literal["reoriented", "emergency"]
    reoriented_to: str
    reason: str
    ruleset: str


class TriageReview(Model):
    """What became of questionnaires: the list from which their rules are made better. Shares are `null` of nothing."""

    started: int
    seen: int
    reoriented: int
    missed: int
    billable: int
    see_rate: float | None
    handled_rate: float | None
    missed_rate: float | None
    items: list[TriageReoriented]
    "Newest first."
