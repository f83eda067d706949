"""An act of télémédecine, its steps, and what moves it: tables of (state, event) -> state. Pure.

Rules:

* An act moves only along its machine's `table`; anything else is an error and changes nothing.
* Every step has an author, a time and, where the machine asks for one, a reason. Steps are never changed: what was said
  before stays in its step, and the act holds what was said last.
* A step names the last one that its author saw. Somebody else's step in between refuses it; the same step again changes nothing.
* What only time does (a deadline) is done by `CLOCK`, which nobody can sign in as.
* An end is an end: no event leaves a final state.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from devices.clock import SECOND
from hub.acts.fields import (
    ChangedMeanwhileError,
    Field,
    FieldError,
    Fields,
    ForbiddenStepError,
    IllegalStepError,
    LinkedStepError,
    UnknownEventError,
    checked,
    empty,
)

OPENED: Final = "opened"
"Event of the first step of every act."
CALL: Final = "call"
"Field that names the video call of an act."
DAY: Final = 86_400 * SECOND
"Microseconds."
LONGEST_REASON: Final = 600
"Characters."


class Kind(enum.StrEnum):
    """The five acts (CSP R6316-1)."""

    SURVEILLANCE = "surveillance"
    ASSISTANCE = "assistance"
    CONSULTATION = "consultation"
    EXPERTISE = "expertise"
    REGULATION = "regulation"


class Role(enum.StrEnum):
    """Who does something, by the hub's accounts."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    COORDINATOR = "coordinator"
    CLOCK = "clock"
    "A deadline; no account has this role."


CARERS: Final = frozenset({Role.NURSE, Role.PHYSICIAN, Role.COORDINATOR})
PHYSICIANS: Final = frozenset({Role.PHYSICIAN})
"A coordinator may be a nurse: who signs and decides as a physician has a physician's account."
TIME: Final = frozenset({Role.CLOCK})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something."""

    username: str
    role: Role


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do something, and what must be said with it."""

    roles: frozenset[Role]
    fields: tuple[Field, ...] = ()
    reason: bool = False
    unlike: str = ""
    "An event whose last author may not do this: who asks a question does not answer it."
    linked: bool = False
    "Only the opening of another act from this one does it."
    check: Callable[[Fields], None] | None = None
    "What the fields must be together; raises `FieldError`."


@dataclass(frozen=True, slots=True)
class Deadline:
    """Time does something to an act that stays in a state."""

    event: str
    at: str = ""
    "Field that holds the time; or, when it has none:"
    since: frozenset[str] = frozenset()
    "the last step of one of these events, and"
    days: float | str = 0
    "how many days after it; or the field that says how many."
    plus: int = 0
    "Microseconds after that."


Table = Mapping[tuple[str, str], str]
"(state, event) -> state."
Rules = Mapping[str, Rule]
"By event."
Deadlines = Mapping[str, tuple[Deadline, ...]]
"By state."
Follows = Mapping[tuple[str, Kind], str]
"What happens to an act in a state when one of a kind is opened from it."


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that an act of one kind can do."""

    kind: Kind
    start: str
    final: frozenset[str]
    table: Table
    rules: Rules
    deadlines: Deadlines = field(default_factory=dict)
    follows: Follows = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an act; (act, number) is its identity."""

    act: str
    number: int
    "1, 2, 3 ... within the act; 1 is its opening."
    time: int
    event: str
    author: str
    reason: str
    state: str
    "After it."
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """One act. Times are microseconds UTC."""

    id: str
    kind: Kind
    resident: str
    state: str
    opened: int
    author: str
    reason: str
    closed: int | None = None
    alert: str | None = None
    from_act: str | None = None
    call: str | None = None
    triage: str | None = None
    evidence: str = ""
    "What the alert was about, as JSON, frozen when the act was opened; empty for none."
    context: str = ""
    "What came with it from the act before, as JSON (`hub.acts.context`); empty for none."
    fields: Fields = field(default_factory=dict)
    "What was said last of everything."
    version: int = 1
    "Number of the last step."
    due: int | None = None
    "When time does something to it."


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody wants something to happen."""

    event: str
    actor: Actor
    time: int
    number: int
    "Of the last step that they saw."
    reason: str = ""
    fields: Fields = field(default_factory=dict)
    into: str = ""
    "The act that was opened from this one, for an event that only happens so."
    facts: Fields = field(default_factory=dict)
    "What the hub itself adds, such as the limits in force; not checked, kept as it is."


@dataclass(frozen=True, slots=True)
class Due:
    """What time will do to an act."""

    time: int
    event: str


def opened(act: Act, machine: Machine) -> tuple[Act, Step]:
    """Return a new act in its first state, with its first step."""
    made = replace(act, state=str(machine.start), version=1)
    step = Step(act.id, 1, act.opened, OPENED, act.author, act.reason, made.state)
    return _dated(made, (step,), machine), step


def repeated(steps: Sequence[Step], order: Order) -> bool:
    """Whether an order was carried out before: its answer was lost, and it is asked again."""
    if not 1 <= order.number < len(steps):
        return False
    done = steps[order.number]
    said = (done.event, done.author, done.reason)
    asked = (order.event, order.actor.username, order.reason.strip())
    given = {name: value for name, value in order.fields.items() if not empty(value)}
    return said == asked and all(done.fields.get(name) == _bare(value) for name, value in given.items())


def moved(act: Act, steps: Sequence[Step], order: Order, machine: Machine) -> tuple[Act, Step]:
    """Carry an order out.

    Args:
        act: as it stands.
        steps: everything that happened to it, oldest first.
        order: what somebody wants to happen.
        machine: of the act's kind.

    Raises:
        UnknownEventError, IllegalStepError, ForbiddenStepError, LinkedStepError, FieldError, ChangedMeanwhileError:
            nothing happens.
    """
    rule = machine.rules.get(order.event)
    if rule is None:
        raise UnknownEventError(f"{order.event[:64]!r} never happens to a {machine.kind.value}")
    if order.number != act.version:
        raise ChangedMeanwhileError(
            f"act {act.id!r} has step {act.version}, the last one seen was {order.number}"
        )
    after = machine.table.get((act.state, order.event))
    if after is None:
        raise IllegalStepError(machine.kind.value, act.state, order.event)
    after = str(after)
    _may(rule, steps, order)
    if rule.linked and not order.into:
        raise LinkedStepError(f"{order.event} happens when another act is opened from this one")
    fields = _fields(rule, order)
    step = Step(
        act.id,
        act.version + 1,
        order.time,
        order.event,
        order.actor.username,
        order.reason.strip(),
        after,
        fields,
    )
    call = fields.get(CALL)
    made = replace(
        act,
        state=after,
        version=step.number,
        call=call if isinstance(call, str) else act.call,
        closed=order.time if after in machine.final else None,
        fields={**act.fields, **fields},
    )
    return _dated(made, (*steps, step), machine), step


def due(act: Act, steps: Sequence[Step], machine: Machine) -> Due | None:
    """Return what time does next to an act, if it stays as it is."""
    found = [
        Due(when, deadline.event)
        for deadline in machine.deadlines.get(act.state, ())
        if (when := _when(deadline, act, steps)) is not None
    ]
    return min(found, key=lambda each: each.time, default=None)


def possible(act: Act, machine: Machine, role: Role) -> list[str]:
    """Return what somebody of a role may do to an act now, in the order of the machine's rules."""
    return [
        event
        for event, rule in machine.rules.items()
        if role in rule.roles and not rule.linked and (act.state, event) in machine.table
    ]


def _dated(act: Act, steps: Sequence[Step], machine: Machine) -> Act:
    next_due = due(act, steps, machine)
    return replace(act, due=None if next_due is None else next_due.time)


def _when(deadline: Deadline, act: Act, steps: Sequence[Step]) -> int | None:
    if deadline.at:
        said = act.fields.get(deadline.at)
        return said + deadline.plus if isinstance(said, int) else None
    begun = next((step.time for step in reversed(steps) if step.event in deadline.since), None)
    days = act.fields.get(deadline.days) if isinstance(deadline.days, str) else deadline.days
    if begun is None or not isinstance(days, (int, float)):
        return None
    return begun + round(days * DAY) + deadline.plus


def _may(rule: Rule, steps: Sequence[Step], order: Order) -> None:
    if order.actor.role not in rule.roles:
        raise ForbiddenStepError(f"a {order.actor.role.value} may not {order.event}")
    asked = next((step.author for step in reversed(steps) if step.event == rule.unlike), None)
    if asked == order.actor.username:
        raise ForbiddenStepError(f"who did {rule.unlike} may not {order.event}")


def _fields(rule: Rule, order: Order) -> dict[str, object]:
    if rule.reason and not order.reason.strip():
        raise FieldError("reason", "is missing")
    if len(order.reason) > LONGEST_REASON:
        raise FieldError("reason", f"{len(order.reason)} characters, at most {LONGEST_REASON} allowed")
    known = {each.name: each for each in rule.fields}
    for name in order.fields:
        if name not in known:
            raise FieldError(name, f"{order.event} takes no such field")
    said = {name: value for name, value in order.fields.items() if not empty(value)}
    for each in rule.fields:
        if each.required and each.name not in said:
            raise FieldError(each.name, "is missing")
    found = {name: checked(known[name], value, order.time) for name, value in said.items()}
    if rule.check is not None:
        rule.check(found)
    return {**found, **order.facts, **({"into": order.into} if order.into else {})}


def _bare(value: object) -> object:
    """Return a value as `checked` keeps it."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return value.strip() if isinstance(value, str) else value
