"""What goes from one act into the next, so that nobody types a thing twice. Pure.

| what | from |
|---|---|
| reason | the act before, unless a new one is given |
| alert, evidence | the first act of the chain that had them, as they were frozen then |
| triage, call | the act before |
| findings | everything that was found, done, concluded or answered in the chain, each with who said it and when |
| known | answers that hold for the next act too; never a consent, a check or a judgement: those are asked each time |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from hub.acts.model import Act, Kind, Step

FINDINGS: Final = (
    "gesture",
    "finding",
    "findings",
    "incident",
    "question",
    "information",
    "diagnosis",
    "recommendation",
    "conclusion",
    "follow_up",
    "instructions",
    "plan",
)
"Fields that tell something of the resident's state or care."
CARRIED: Final = (
    "consent_by",
    "accompanied_by",
    "history",
    "place",
    "begun",
    "length_mm",
    "width_mm",
    "depth_mm",
    "stage",
    "pain",
    "care",
    "pictures",
    "area_mm2",
    "parameters",
    "frequency",
    "review_days",
)
"Fields whose last answer is offered again where the next act asks for the same."
MOST: Final = 60
"Findings of a chain that are carried, the newest; a chain of acts has no end, its context has."


class Origin(msgspec.Struct, frozen=True):
    """An act that came before."""

    act: str
    kind: Kind


class Finding(msgspec.Struct, frozen=True):
    """Something that was found, done or concluded."""

    act: str
    kind: Kind
    time: int
    author: str
    field: str
    text: str


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an act knows from the ones before it."""

    origins: tuple[Origin, ...] = ()
    "The chain, its first act first."
    findings: tuple[Finding, ...] = ()
    "Oldest first."
    known: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Carried:
    """What the next act begins with."""

    reason: str
    alert: str | None
    evidence: str
    triage: str | None
    call: str | None
    context: str


_decoder = msgspec.json.Decoder(Context)


def carry(before: Act, steps: Sequence[Step]) -> Carried:
    """Return what an act hands to one that is opened from it."""
    came = read(before.context)
    found = (*came.findings, *_findings(before, steps))
    known = {name: before.fields[name] for name in CARRIED if name in before.fields}
    context = Context((*came.origins, Origin(before.id, before.kind)), found[-MOST:], {**came.known, **known})
    text = msgspec.json.encode(context).decode()
    return Carried(before.reason, before.alert, before.evidence, before.triage, before.call, text)


def begun(act: Act, carried: Carried) -> Act:
    """Return a new act with what it was handed; what it brings itself goes first."""
    return replace(
        act,
        reason=act.reason or carried.reason,
        alert=act.alert or carried.alert,
        evidence=act.evidence or carried.evidence,
        triage=act.triage or carried.triage,
        call=act.call or carried.call,
        context=carried.context,
    )


def read(text: str) -> Context:
    """Return a context that was stored; an act that began by itself has an empty one."""
    return _decoder.decode(text) if text else Context()


def said(step: Step) -> list[str]:
    """Return what a step tells of the resident's state or care."""
    return [text for name in FINDINGS if isinstance(text := step.fields.get(name), str)]


def _findings(act: Act, steps: Sequence[Step]) -> list[Finding]:
    return [
        Finding(act.id, act.kind, step.time, step.author, name, text)
        for step in steps
        for name in FINDINGS
        if isinstance(text := step.fields.get(name), str)
    ]
