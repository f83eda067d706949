"""Every (state, event) of every act: legal ones move, illegal ones raise a named error and change nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from hub.acts.fields import (
    FieldError,
    ForbiddenStepError,
    IllegalStepError,
    LinkedStepError,
    UnknownEventError,
)
from hub.acts.machines import assistance, consultation, expertise, regulation, surveillance
from hub.acts.model import (
    CARERS,
    DAY,
    TIME,
    Act,
    Actor,
    Kind,
    Machine,
    Order,
    Role,
    Step,
    moved,
    opened,
    possible,
)
from hub.acts.registry import MACHINES
from tests.hub.acts.saying import NOW, enough

STATES = {
    Kind.SURVEILLANCE: surveillance.State,
    Kind.ASSISTANCE: assistance.State,
    Kind.CONSULTATION: consultation.State,
    Kind.EXPERTISE: expertise.State,
    Kind.REGULATION: regulation.State,
}
EVENTS = {
    Kind.SURVEILLANCE: surveillance.Event,
    Kind.ASSISTANCE: assistance.Event,
    Kind.CONSULTATION: consultation.Event,
    Kind.EXPERTISE: expertise.Event,
    Kind.REGULATION: regulation.Event,
}
PAIRS = [
    (kind, state, event) for kind in Kind for state, event in product(list(STATES[kind]), list(EVENTS[kind]))
]


def act_in(kind: Kind, state: str) -> Act:
    made = Act("a1", kind, "jeanne", state, NOW - DAY, "ines", "essoufflée")
    fields = {"until": NOW + DAY, "review_days": 30, "at": NOW + DAY}
    return replace(made, fields=fields, version=1)


def steps_of(act: Act) -> tuple[Step, ...]:
    return (Step(act.id, 1, act.opened, "opened", act.author, act.reason, act.state),)


def order_of(machine: Machine, event: str, role: Role) -> Order:
    into = "a2" if machine.rules[event].linked else ""
    return Order(event, Actor("benali", role), NOW, 1, "il le faut", enough(machine, event), into)


@pytest.mark.parametrize(("kind", "state", "event"), PAIRS)
def test_every_pair_moves_as_the_table_says_or_changes_nothing(kind: Kind, state: str, event: str) -> None:
    machine = MACHINES[kind]
    act = act_in(kind, state)
    before = replace(act)
    role = min(machine.rules[event].roles)
    order = order_of(machine, event, role)
    after = machine.table.get((state, event))
    if after is None:
        with pytest.raises(IllegalStepError) as refused:
            moved(act, steps_of(act), order, machine)
        assert (refused.value.kind, refused.value.state, refused.value.event) == (kind, state, event)
    else:
        made, step = moved(act, steps_of(act), order, machine)
        assert (made.state, made.version, step.number, step.state) == (after, 2, 2, after)
        assert (step.author, step.time, step.reason) == ("benali", NOW, "il le faut")
        assert made.closed == (NOW if after in machine.final else None)
        assert {**act.fields, **step.fields} == made.fields
    assert act == before


@pytest.mark.parametrize("kind", list(Kind))
def test_a_machine_is_whole(kind: Kind) -> None:
    machine, states, events = MACHINES[kind], set(STATES[kind]), set(EVENTS[kind])
    assert set(machine.rules) == events
    assert {event for _, event in machine.table} == events
    assert {state for state, _ in machine.table} == states - machine.final
    reached, border = {machine.start}, {machine.start}
    while border:
        border = {after for (state, _), after in machine.table.items() if state in border} - reached
        reached |= border
    assert reached == states
    assert set(machine.deadlines) <= states - machine.final
    for state, deadlines in machine.deadlines.items():
        assert all((state, deadline.event) in machine.table for deadline in deadlines)
        assert all(machine.rules[deadline.event].roles == TIME for deadline in deadlines)
    for (state, _), event in machine.follows.items():
        assert (state, event) in machine.table
        assert machine.rules[event].linked


@pytest.mark.parametrize("kind", list(Kind))
def test_from_every_state_an_end_can_be_reached(kind: Kind) -> None:
    machine = MACHINES[kind]
    ends = set(machine.final)
    while True:
        more = {state for (state, _), after in machine.table.items() if after in ends} - ends
        if not more:
            break
        ends |= more
    assert ends == set(STATES[kind])


@pytest.mark.parametrize(
    ("kind", "event", "role"),
    [
        (kind, event, role)
        for kind in Kind
        for event in EVENTS[kind]
        for role in Role
        if role not in MACHINES[kind].rules[event].roles
    ],
)
def test_who_may_not_is_refused(kind: Kind, event: str, role: Role) -> None:
    machine = MACHINES[kind]
    state = next(state for state, each in machine.table if each == event)
    act = act_in(kind, state)
    with pytest.raises(ForbiddenStepError):
        moved(act, steps_of(act), order_of(machine, event, role), machine)
    assert event not in possible(act, machine, role)


@pytest.mark.parametrize(
    ("kind", "event", "name"),
    [
        (kind, event, field.name)
        for kind in Kind
        for event in EVENTS[kind]
        for field in MACHINES[kind].rules[event].fields
        if field.required
    ],
)
def test_every_required_field_is_asked_for_by_name(kind: Kind, event: str, name: str) -> None:
    machine = MACHINES[kind]
    state = next(state for state, each in machine.table if each == event)
    act, rule = act_in(kind, state), machine.rules[event]
    order = order_of(machine, event, min(rule.roles))
    with pytest.raises(FieldError, match="is missing") as refused:
        moved(act, steps_of(act), replace(order, fields={**order.fields, name: None}), machine)
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("kind", "event"),
    [(kind, event) for kind in Kind for event in EVENTS[kind] if MACHINES[kind].rules[event].reason],
)
def test_a_reason_is_asked_for_where_it_must_be_given(kind: Kind, event: str) -> None:
    machine = MACHINES[kind]
    state = next(state for state, each in machine.table if each == event)
    act = act_in(kind, state)
    order = replace(order_of(machine, event, min(machine.rules[event].roles)), reason="  ")
    with pytest.raises(FieldError, match="reason: is missing"):
        moved(act, steps_of(act), order, machine)


@pytest.mark.parametrize(
    ("kind", "event"),
    [(kind, event) for kind in Kind for event in EVENTS[kind] if MACHINES[kind].rules[event].linked],
)
def test_what_another_act_does_nobody_does_alone(kind: Kind, event: str) -> None:
    machine = MACHINES[kind]
    state = next(state for state, each in machine.table if each == event)
    act = act_in(kind, state)
    with pytest.raises(LinkedStepError):
        moved(act, steps_of(act), replace(order_of(machine, event, Role.NURSE), into=""), machine)
    assert event not in possible(act, machine, Role.NURSE)
    made, step = moved(act, steps_of(act), order_of(machine, event, Role.NURSE), machine)
    assert step.fields["into"] == "a2"
    assert made.closed == NOW


def test_what_no_act_knows_is_named() -> None:
    act = act_in(Kind.REGULATION, "prepared")
    order = Order("dance", Actor("ines", Role.NURSE), NOW, 1)
    with pytest.raises(UnknownEventError, match="'dance' never happens to a regulation"):
        moved(act, steps_of(act), order, MACHINES[Kind.REGULATION])


def test_only_time_does_what_time_does() -> None:
    assert all(
        rule.roles in (TIME, frozenset(rule.roles & CARERS))
        for machine in MACHINES.values()
        for rule in machine.rules.values()
    )
    assert not [
        event
        for machine in MACHINES.values()
        for role in CARERS
        for event in possible(act_in(machine.kind, machine.start), machine, role)
        if machine.rules[event].roles == TIME
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_act_begins_in_its_first_state_with_its_first_step(kind: Kind) -> None:
    made, step = opened(Act("a1", kind, "jeanne", "", NOW, "ines", "chute"), MACHINES[kind])
    assert (made.state, made.version, made.due) == (MACHINES[kind].start, 1, None)
    assert (step.number, step.event, step.author, step.reason, step.state) == (
        1,
        "opened",
        "ines",
        "chute",
        made.state,
    )
