"""What crosses the wire about the acts of télémédecine and a resident's timeline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.calls_models import EvidenceView, IncidentView
from hub.api.models import MAX_TIME, AlertView, Key, Model

ActKind = Literal["surveillance", "assistance", "consultation", "expertise", "regulation"]
ItemKind = Literal[
    "alert",
    "act",
    "step",
    "call",
    "triage",
    "paper",
    "dossier",
    "note",
    "landmark",
    "limit",
    "picture",
    "invite",
    "wound",
]
Reason = Annotated[str, Field(max_length=600)]
Reference = Annotated[str, Field(min_length=1, max_length=200)]


class ActIn(Model):
    """An act that somebody opens."""

    kind: ActKind
    reason: Reason = ""
    "Empty: as of the act, or the call, that it comes from."
    id: Key = ""
    "Named by who asks, so that asking again opens nothing twice; empty: the hub names it."
    alert: Reference | None = None
    "What started it; its evidence is frozen now."
    from_act: Reference | None = None
    "The act whose context it takes over."
    call: Reference | None = None
    triage: Reference | None = None


class ActStepIn(Model):
    """Something that somebody lets happen to an act."""

    event: Annotated[str, Field(min_length=1, max_length=32)]
    reason: Reason = ""
    fields: dict[str, object] = Field(default_factory=dict)
    "By name, as the gesture's `fields` say; an empty one says nothing."
    number: int = Field(ge=1, le=10_000)
    "Of the last step that they saw."


class ActField(Model):
    """What one field of a gesture may be."""

    name: str
    type: Literal["text", "choice", "items", "number", "whole", "flag", "future", "past"]
    required: bool
    options: list[str]
    low: float
    high: float
    must: bool
    "Of a flag: only yes is accepted."


class ActGesture(Model):
    """What whoever asks may do to an act now."""

    event: str
    reason: bool
    "Whether one must be given."
    fields: list[ActField]


class ActStepView(Model):
    """Something that happened to an act."""

    number: int
    time: int
    event: str
    author: str
    author_name: str
    reason: str
    state: str
    "After it."
    fields: dict[str, object]


class ActHead(Model):
    """An act at one glance."""

    id: str
    kind: ActKind
    resident: str
    state: str
    final: bool
    opened: int
    closed: int | None
    author_name: str
    reason: str
    due: int | None
    "When time does something to it."


class ActList(Model):
    """Acts of a resident, newest first."""

    items: list[ActHead]


class ActFinding(Model):
    """Something that an act before found, did or concluded."""

    act: str
    kind: ActKind
    time: int
    author_name: str
    field: str
    text: str


class ActPerson(Model):
    """Somebody who took part."""

    name: str
    role: str
    "Empty for one who only did steps."


class ActLimit(Model):
    """A limit that was in force when a télésurveillance was signed."""

    metric: str
    low: float | None
    high: float | None
    priority: str
    author_name: str


class ToldWay(Model):
    """One way by which an expert was told that a question waits, or was not."""

    channel: Literal["push", "email", "sms"]
    state: Literal["sent", "trying", "failed"]
    time: int
    "Of the last try."
    again: int | None
    "When it is tried again."


class ToldExpert(Model):
    """What an expert was told of a question that waits for them, at one occasion."""

    expert: str
    "Account, or as the question calls somebody without one."
    name: str
    occasion: Literal["asked", "informed", "reminder"]
    ways: list[ToldWay]
    missing: Literal["", "account", "contact", "address", "channel"]
    "Why there is no way to them."


class ActView(Model):
    """One act, whole."""

    head: ActHead
    version: int
    "Number of the last step."
    from_act: str | None
    call: str | None
    triage: str | None
    alert: AlertView | None
    "As it was when the act was opened."
    evidence: EvidenceView | None
    fields: dict[str, object]
    "What was said last of everything."
    limits: list[ActLimit]
    "Of a télésurveillance: what was in force when it was signed or renewed last."
    steps: list[ActStepView]
    before: list[ActHead]
    "The acts that led to it, the first first."
    findings: list[ActFinding]
    "What these found, oldest first."
    known: dict[str, object]
    "What these said that holds here too, by field."
    follows: list[ActHead]
    "The acts that were opened from it."
    people: list[ActPerson]
    incidents: list[IncidentView]
    "Of its call."
    answer_by: int | None
    "Of a télé-expertise: when an answer is due."
    told: list[ToldExpert]
    "Of a télé-expertise: who was told of what happened last, in the order in which they were."
    gestures: list[ActGesture]
    next: list[ActKind]
    "Which acts may be opened from it."


class TimelineQuery(Model):
    """Which part of a timeline."""

    since: int = Field(default=0, ge=0, le=MAX_TIME)
    until: int = Field(default=MAX_TIME, ge=0, le=MAX_TIME)
    kinds: str = Field(default="", max_length=120, pattern=r"^[a-z,]*$")
    "Kinds with commas between; all of them when empty."


class TimelineItem(Model):
    """One thing that happened to a resident."""

    time: int
    kind: ItemKind
    title_key: str
    params: dict[str, str | float | None]
    author: str
    author_name: str
    link: str
    "Id of what it is about."


class TimelineView(Model):
    """What happened to a resident, newest first."""

    resident: str
    items: list[TimelineItem]
    more: bool
    "Whether there is something older in this span."
