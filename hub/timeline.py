"""Everything that happened to one resident, by time.

Alerts, acts and their steps, calls with their guests and kept pictures, measured sets, notes, wounds with their photographs and
measures, questionnaires, papers, alarm limits that were signed, and what was written in the dossier. Each source is a function of (connection, resident, span); a new kind of record is a new row of `SOURCES`. What is about the
room's equipment is not there: it is on the technician's pages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from devices.clock import SECOND
from hub.acts.context import said
from hub.acts.dossier import Section
from hub.alerting.model import RULE_CODES, SYSTEM, Event
from hub.rounds import score_of
from hub.store import (
    acts,
    consult,
    dossier,
    handover,
    invites,
    journal,
    papers,
    prescribing,
    snapshots,
    spot_checks,
    triages,
    wounds,
)
from hub.store.wounds import Finding, Picture

MOST: Final = 400
"Items of one answer, the newest; the rest is asked for by their time."

SITTING: Final = 30 * 60 * SECOND
"Microseconds within which one person's pictures of one wound are told together (R)."

Said = str | float | None


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until), microseconds UTC."""

    since: int
    until: int

    def holds(self, time: int) -> bool:
        """Whether a time lies in it."""
        return self.since <= time < self.until


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened."""

    time: int
    kind: str
    title: str
    "Key of the sentence that tells it."
    params: Mapping[str, Said]
    author: str
    "User name; of no human: `veilleuse`."
    link: str = ""
    "Id of what it is about, for `kind`."


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of a resident's life in the home."""

    items: tuple[Item, ...]
    "Newest first."
    more: bool
    "Whether there is something older in the span."


Source = Callable[[Connection, str, Span], list[Item]]


def read(connection: Connection, resident: str, span: Span, kinds: Collection[str] = ()) -> Line:
    """Return what happened to a resident in a span, newest first.

    Args:
        connection: of a transaction.
        resident: to whom.
        span: when.
        kinds: of which kinds; all, when empty.
    """
    wanted = {source for kind, source in SOURCES.items() if not kinds or kind in kinds}
    found = [item for source in wanted for item in source(connection, resident, span)]
    # One source may tell of two kinds.
    found = [item for item in found if not kinds or item.kind in kinds]
    found.sort(key=lambda item: (-item.time, item.kind, item.link, item.title))
    return Line(tuple(found[:MOST]), len(found) > MOST)


def _alerts(connection: Connection, resident: str, span: Span) -> list[Item]:
    found = journal.alerts(connection, resident=resident, since=span.since, until=span.until, limit=MOST + 1)
    about = [alert for alert in found if not alert.technical]
    steps = journal.transitions(connection, [alert.id for alert in about])
    answers = {Event.ACKNOWLEDGED, Event.TAKEN}
    items = []
    for alert in about:
        answer = next((step for step in steps[alert.id] if step.event in answers), None)
        params: dict[str, Said] = {
            "priority": alert.priority.value,
            "metric": alert.metric,
            "value": alert.value,
            "limit": alert.limit,
            "detail": alert.detail if alert.code in RULE_CODES else "",
            "cleared": alert.cleared,
            "answered_by": None if answer is None else answer.author,
            "answered": None if answer is None else answer.time,
        }
        items.append(Item(alert.raised, "alert", f"alert.{alert.code}", params, SYSTEM, alert.id))
    return items


def _acts(connection: Connection, resident: str, span: Span) -> list[Item]:
    touched = acts.touched(connection, resident, span.since, span.until)
    steps = acts.steps(connection, [act.id for act in touched])
    return [
        Item(
            step.time,
            "act" if step.number == 1 else "step",
            f"{act.kind}.{step.event}",
            {
                "act": act.kind.value,
                "event": step.event,
                "state": step.state,
                "reason": step.reason,
                "said": " · ".join(said(step)),
            },
            step.author,
            act.id,
        )
        for act in touched
        for step in steps[act.id]
        if span.holds(step.time)
    ]


def _calls(connection: Connection, resident: str, span: Span) -> list[Item]:
    found = [call for call in consult.calls_of(connection, resident, MOST + 1) if span.holds(call.requested)]
    return [
        Item(
            call.requested,
            "call",
            f"call.{call.state}",
            {
                "answered": call.answered,
                "ended": call.ended,
                "reason": consult.opening(connection, call.id).reason,
            },
            call.caller,
            call.id,
        )
        for call in found
    ]


def _pictures(connection: Connection, resident: str, span: Span) -> list[Item]:
    return [
        Item(
            kept.time,
            "picture",
            "picture.kept",
            {"source": kept.source, "note": kept.note},
            kept.author,
            kept.id,
        )
        for call in consult.calls_of(connection, resident, MOST + 1)
        for kept in snapshots.of_call(connection, call.id)
        if span.holds(kept.time)
    ]


def _guests(connection: Connection, resident: str, span: Span) -> list[Item]:
    """Links for people without an account: when one was made, and when it was opened."""
    items = []
    for call in consult.calls_of(connection, resident, MOST + 1):
        for each in invites.of_call(connection, call.id):
            if each.username:
                continue
            params: dict[str, Said] = {"name": each.name, "role": each.role}
            items.append(Item(each.created, "invite", "invite.made", params, each.author, each.id))
            if each.used is not None:
                items.append(Item(each.used, "invite", "invite.used", params, each.name, each.id))
    return [item for item in items if span.holds(item.time)]


def _limits(connection: Connection, resident: str, span: Span) -> list[Item]:
    written = {each.id: each for each in prescribing.limits(connection, resident)}
    items = []
    for key, steps in prescribing.steps(connection, written).items():
        limit = written[key].limit
        for step in steps:
            params: dict[str, Said] = {
                "act": step.act.value,
                "metric": limit.metric,
                "low": limit.low,
                "high": limit.high,
                "delay": limit.delay,
                "priority": limit.priority.value,
                "reason": step.reason or written[key].paper.reason,
            }
            items.append(Item(step.time, "limit", f"limit.{step.act.value}", params, step.author, key))
    return [item for item in items if span.holds(item.time)]


def _landmarks(connection: Connection, resident: str, span: Span) -> list[Item]:
    items = []
    for check in spot_checks.standing(connection, resident, span.since, span.until):
        score = score_of(check)
        params: dict[str, Said] = {
            **check.values,
            "news2": score.total,
            "missing": ",".join(score.missing),
            "note": check.note,
            "version": check.version,
        }
        items.append(Item(check.time, "landmark", "landmark.set", params, check.author, check.id))
    return items


def _notes(connection: Connection, resident: str, span: Span) -> list[Item]:
    items = []
    for versions in handover.notes(connection, span.since, span.until):
        last = versions[-1]
        if last.resident != resident:
            continue
        title = "note.withdrawn" if last.withdrawn else "note.written"
        said: dict[str, Said] = {"data": last.data, "action": last.action, "result": last.result}
        params = {} if last.withdrawn else said
        items.append(
            Item(last.time, "note", title, {**params, "version": last.version}, last.author, last.id)
        )
    return items


def _wounds(connection: Connection, resident: str, span: Span) -> list[Item]:
    """Wounds: opened, photographed, measured, closed; of what was a mistake, that it was one."""
    found = wounds.of_resident(connection, resident)
    keys = [wound.id for wound in found]
    pictures, findings = wounds.pictures(connection, keys), wounds.findings(connection, keys)
    items = []
    for wound in found:
        place: dict[str, Said] = {"region": wound.region, "cause": wound.cause}
        begun: dict[str, Said] = {**place, "begun": wound.begun}
        items.append(Item(wound.time, "wound", "wound.opened", begun, wound.author, wound.id))
        standing = [each for each in pictures[wound.id] if each.withdrawn is None]
        for sitting in _sittings(standing):
            kept: dict[str, Said] = {**place, "count": float(len(sitting))}
            items.append(Item(sitting[0].time, "wound", "wound.pictured", kept, sitting[0].author, wound.id))
        items += [_assessed(each, place) for each in findings[wound.id] if each.withdrawn is None]
        gone: list[Picture | Finding] = [*pictures[wound.id], *findings[wound.id]]
        items += [_mistaken(each, place) for each in gone if each.withdrawn is not None]
        if wound.closed is not None:
            ended: dict[str, Said] = {**place, "outcome": wound.outcome}
            items.append(Item(wound.closed, "wound", "wound.closed", ended, wound.closed_by, wound.id))
    return [item for item in items if span.holds(item.time)]


def _sittings(pictures: list[Picture]) -> list[list[Picture]]:
    """Return a wound's pictures, oldest first, by who took them at one sitting."""
    sittings: list[list[Picture]] = []
    for each in pictures:
        first = sittings[-1][0] if sittings else None
        if first is not None and first.author == each.author and each.time - first.time < SITTING:
            sittings[-1].append(each)
        else:
            sittings.append([each])
    return sittings


def _assessed(finding: Finding, place: Mapping[str, Said]) -> Item:
    params: dict[str, Said] = {
        **place,
        "length_mm": finding.length_mm,
        "width_mm": finding.width_mm,
        "area_mm2": finding.area_mm2,
        "stage": finding.stage,
        "healing": "yes" if finding.fields.get("healing") is True else "",
        "note": str(finding.fields.get("note", "")),
    }
    return Item(finding.time, "wound", "wound.assessed", params, finding.author, finding.wound)


def _mistaken(gone: Picture | Finding, place: Mapping[str, Said]) -> Item:
    what = "picture" if isinstance(gone, Picture) else "finding"
    params: dict[str, Said] = {**place, "what": what, "reason": gone.withdrawn_for}
    return Item(
        gone.withdrawn or gone.time, "wound", "wound.withdrawn", params, gone.withdrawn_by, gone.wound
    )


def _triages(connection: Connection, resident: str, span: Span) -> list[Item]:
    found = triages.of_resident(connection, resident, span.since, span.until, MOST + 1)
    return [
        Item(
            each.time,
            "triage",
            f"triage.{each.outcome}",
            {"outcome": each.outcome.value, "motif": each.motif},
            each.author,
            each.id,
        )
        for each in found
    ]


def _papers(connection: Connection, resident: str, span: Span) -> list[Item]:
    found = papers.of_resident(connection, resident, MOST + 1)
    sent = papers.dispatches(connection, [each.id for each in found])
    titles = {each.id: each.title for each in found}
    items = []
    for each in found:
        params: dict[str, Said] = {"title": each.title, "version": each.version}
        items.append(Item(each.time, "paper", "paper.written", params, each.author, each.id))
        if each.signed is not None:
            items.append(Item(each.signed, "paper", "paper.signed", params, each.signed_by or "", each.id))
    for out in sent:
        said_of: dict[str, Said] = {
            "title": titles[out.paper],
            "recipient": out.recipient,
            "state": out.state.value,
        }
        items.append(Item(out.time, "paper", "paper.sent", said_of, out.author, out.paper))
    return [item for item in items if span.holds(item.time)]


def _dossier(connection: Connection, resident: str, span: Span) -> list[Item]:
    return [
        Item(
            each.time,
            "dossier",
            "dossier.written",
            {"section": section.value, "version": each.version, "reason": each.reason},
            each.author,
            section.value,
        )
        for section in Section
        for each in dossier.versions(connection, resident, section)
        if span.holds(each.time)
    ]


SOURCES: Final[Mapping[str, Source]] = {
    "alert": _alerts,
    "act": _acts,
    "step": _acts,
    "call": _calls,
    "picture": _pictures,
    "invite": _guests,
    "limit": _limits,
    "landmark": _landmarks,
    "note": _notes,
    "wound": _wounds,
    "triage": _triages,
    "paper": _papers,
    "dossier": _dossier,
}
"By the kind of what they tell."
