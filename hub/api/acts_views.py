"""Acts and timelines as pages see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hub.acts.context import read as read_context
from hub.acts.fields import Field
from hub.acts.machines import expertise
from hub.acts.model import Act, Kind, Role, Rule, Step, possible
from hub.acts.registry import MACHINES
from hub.alerting.model import SYSTEM
from hub.api import acts_models as models
from hub.api.encounters import evidence_view, incident_view
from hub.api.views import alert_view
from hub.consult import evidence
from hub.store.consult import Incident, Participant
from hub.store.expert_tellings import Occasion, Stand, Telling
from hub.timeline import Item, Line
from hub.ward import Roll, Told

LIMITS = "limits"
"Fact of a signature: the limits in force then."
_BESIDE = frozenset({LIMITS, expertise.SENT_AT, expertise.ANSWER_BY})
"Facts that a view has in a place of their own."
_HUB = "Veilleuse"
_TO = "to"
"Field that names whom a question is put to: an account, a group, or somebody without an account as they are called."

Names = Mapping[str, str]
"Display names by user name."


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to an act beside itself."""

    steps: tuple[Step, ...]
    before: tuple[Act, ...]
    follows: tuple[Act, ...]
    seats: tuple[Participant, ...]
    incidents: tuple[Incident, ...]
    tellings: tuple[Telling, ...] = ()
    "Of a question: which expert was told that it waits."


def head_view(act: Act, names: Names) -> models.ActHead:
    """Return an act at one glance."""
    return models.ActHead.model_validate(
        {
            "id": act.id,
            "kind": act.kind.value,
            "resident": act.resident,
            "state": act.state,
            "final": act.state in MACHINES[act.kind].final,
            "opened": act.opened,
            "closed": act.closed,
            "author_name": names.get(act.author, act.author),
            "reason": act.reason,
            "due": act.due,
        }
    )


def act_view(
    act: Act, around: Around, role: Role, names: Names, roll: Roll, barred: Collection[str] = ()
) -> models.ActView:
    """Return an act, whole, with what somebody of a role may do to it.

    Args:
        act: as it stands.
        around: what belongs to it.
        role: of who looks.
        names: display names by user name.
        roll: who lives in the home.
        barred: what others of that role may do, and who looks may not.
    """
    context, found = read_context(act.context), evidence.read(act.evidence)
    machine = MACHINES[act.kind]
    return models.ActView.model_validate(
        {
            "head": head_view(act, names),
            "version": act.version,
            "from_act": act.from_act,
            "call": act.call,
            "triage": act.triage,
            "alert": None
            if found is None
            else alert_view(Told(found.alert, tuple(found.steps)), roll, anonymous=False),
            "evidence": None if found is None else evidence_view(found),
            "fields": {name: value for name, value in act.fields.items() if name not in _BESIDE},
            "limits": act.fields.get(LIMITS, []),
            "steps": [_step(step, names) for step in around.steps],
            "before": [head_view(each, names) for each in around.before],
            "findings": [
                {
                    "act": each.act,
                    "kind": each.kind.value,
                    "time": each.time,
                    "author_name": names.get(each.author, each.author),
                    "field": each.field,
                    "text": each.text,
                }
                for each in context.findings
            ],
            "known": context.known,
            "follows": [head_view(each, names) for each in around.follows],
            "people": _people(around, names),
            "incidents": [incident_view(each) for each in around.incidents],
            "answer_by": _answer_by(act, around.steps),
            "told": _told(act, around, names),
            "gestures": [
                _gesture(event, machine.rules[event])
                for event in possible(act, machine, role)
                if event not in barred
            ],
            "next": [kind.value for kind in Kind if kind is not act.kind],
        }
    )


def timeline_view(resident: str, line: Line, names: Names) -> models.TimelineView:
    """Return what happened to a resident."""
    return models.TimelineView(
        resident=resident, items=[_item(item, names) for item in line.items], more=line.more
    )


def _step(step: Step, names: Names) -> dict[str, object]:
    return {
        "number": step.number,
        "time": step.time,
        "event": step.event,
        "author": step.author,
        "author_name": _HUB if step.author == SYSTEM else names.get(step.author, step.author),
        "reason": step.reason,
        "state": step.state,
        "fields": {
            name: names.get(str(value), value) if name == _TO else value
            for name, value in step.fields.items()
            if name not in _BESIDE
        },
    }


def _gesture(event: str, rule: Rule) -> models.ActGesture:
    return models.ActGesture(event=event, reason=rule.reason, fields=[_field(each) for each in rule.fields])


def _field(field: Field) -> models.ActField:
    return models.ActField(
        name=field.name,
        type=field.type.value,
        required=field.required,
        options=list(field.options),
        low=field.low,
        high=field.high,
        must=field.must,
    )


def _people(around: Around, names: Names) -> list[models.ActPerson]:
    """Return who took part, each once: first those of the call, who have a role there."""
    seated = {
        seat.username or seat.name: models.ActPerson(name=seat.name, role=seat.role)
        for seat in around.seats
        if seat.admitted is not None
    }
    authors = {
        step.author: models.ActPerson(name=names.get(step.author, step.author), role="")
        for step in around.steps
        if step.author != SYSTEM
    }
    return list({**authors, **seated}.values())


def _answer_by(act: Act, steps: Sequence[Step]) -> int | None:
    """Return when an answer is due; nobody waits for one that was given."""
    if act.kind is not Kind.EXPERTISE or act.state not in expertise.WAITING:
        return None
    return expertise.due_by(act.fields, steps)


def _told(act: Act, around: Around, names: Names) -> list[models.ToldExpert]:
    """Return who was told of what happened last to a question, in the order in which they were."""
    if act.kind is not Kind.EXPERTISE or act.state not in expertise.WAITING:
        return []
    found: dict[tuple[str, Occasion], list[Telling]] = {}
    for each in around.tellings:
        if each.step == around.steps[-1].number:
            found.setdefault((each.expert, each.occasion), []).append(each)
    return [_expert(expert, occasion, rows, names) for (expert, occasion), rows in found.items()]


def _expert(expert: str, occasion: Occasion, rows: Sequence[Telling], names: Names) -> models.ToldExpert:
    newest = rows[-1]
    # A way that is gone is tried no more; by what took it they were told.
    nowhere = newest.state is Stand.NOWHERE and all(row.state is not Stand.SENT for row in rows)
    # By each channel the last word counts: another address may have been written since.
    last = {} if nowhere else {row.channel: row for row in rows if row.state is not Stand.NOWHERE}
    return models.ToldExpert.model_validate(
        {
            "expert": expert,
            "name": names.get(expert, expert),
            "occasion": occasion.value,
            "ways": [
                {"channel": row.channel, "state": row.state.value, "time": row.time, "again": row.again}
                for row in last.values()
            ],
            "missing": newest.reason if nowhere else "",
        }
    )


def _item(item: Item, names: Names) -> models.TimelineItem:
    answered = item.params.get("answered_by")
    named = {"answered_by": names.get(answered, answered)} if isinstance(answered, str) else {}
    return models.TimelineItem.model_validate(
        {
            "time": item.time,
            "kind": item.kind,
            "title_key": item.title,
            "params": {**item.params, **named},
            "author": item.author,
            "author_name": _HUB if item.author == SYSTEM else names.get(item.author, item.author),
            "link": item.link,
        }
    )
