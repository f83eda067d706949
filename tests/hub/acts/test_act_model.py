"""An act's steps: fields, deadlines, steps seen too late, and steps that come twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.acts import context
from hub.acts.context import Context
from hub.acts.fields import ChangedMeanwhileError, Field, FieldError, ForbiddenStepError, Type, checked, empty
from hub.acts.machines import consultation, expertise, surveillance
from hub.acts.model import (
    DAY,
    Act,
    Actor,
    Deadline,
    Due,
    Kind,
    Machine,
    Order,
    Role,
    Rule,
    Step,
    due,
    moved,
    opened,
    repeated,
)
from hub.acts.registry import MACHINES

T = 1_900_000_000_000_000
INES, BENALI, DURAND = (
    Actor("ines", Role.NURSE),
    Actor("benali", Role.PHYSICIAN),
    Actor("durand", Role.PHYSICIAN),
)
CONSENT = {"consent": "oral", "consent_by": "Mme Martin"}
QUESTION: dict[str, Any] = {
    **CONSENT,
    "to": "Dr Durand",
    "topic": "dermatology",
    "urgency": "routine",
    "question": "Quelle conduite ?",
}
WOUND: dict[str, Any] = {
    **QUESTION,
    "topic": "wound",
    "place": "talon droit",
    "begun": "10 jours",
    "length_mm": 32,
    "width_mm": 20.5,
    "pain": 0,
    "pictures": ["c1/a", "c1/b"],
    "scale_in_picture": True,
}


class Story:
    """An act and what happened to it."""

    def __init__(self, kind: Kind, **given: Any) -> None:
        self.machine: Machine = MACHINES[kind]
        begun = Act("a1", kind, "jeanne", "", T, "ines", "Toux", **given)
        self.act, step = opened(begun, self.machine)
        self.steps: tuple[Step, ...] = (step,)

    def does(self, who: Actor, event: str, reason: str = "", later: int = 0, **fields: Any) -> Step:
        order = Order(event, who, T + later, self.act.version, reason, fields)
        self.act, step = moved(self.act, self.steps, order, self.machine)
        self.steps = (*self.steps, step)
        return step


# ---- fields ----


@pytest.mark.parametrize(
    ("field", "value", "violation"),
    [
        (Field("f", Type.TEXT), 3, "is no text"),
        (Field("f", Type.TEXT), "a" * 2001, "2001 characters, at most 2000 allowed"),
        (Field("f", Type.CHOICE, options=("a", "b")), "c", "'c' is none of a, b"),
        (Field("f", Type.ITEMS), "a", "is no list"),
        (Field("f", Type.ITEMS), [str(n) for n in range(41)], "41 items, 0 to 40 allowed"),
        (Field("f", Type.ITEMS, low=1), [], "0 items, 1 to 40 allowed"),
        (Field("f", Type.ITEMS), ["a", " a"], "names something twice"),
        (Field("f", Type.ITEMS), [1], "is no text"),
        (Field("f", Type.ITEMS, options=("a",)), ["b"], "is none of a"),
        (Field("f", Type.FLAG), "yes", "is neither yes nor no"),
        (Field("f", Type.FLAG, must=True), False, "must be yes"),
        (Field("f", Type.NUMBER), "3", "is no number"),
        (Field("f", Type.NUMBER), True, "is no number"),
        (Field("f", Type.NUMBER, low=1, high=2), 2.5, "2.5 is not between 1 and 2"),
        (Field("f", Type.WHOLE), 2.5, "2.5 is no whole number"),
        (Field("f", Type.NUMBER), float("nan"), "nan is not between"),
        (Field("f", Type.WHOLE), float("nan"), "nan is not between"),
        (Field("f", Type.WHOLE), float("inf"), "inf is not between"),
        (Field("f", Type.PAST), 1.5, "is no time"),
        (Field("f", Type.PAST), True, "is no time"),
        (Field("f", Type.PAST), -1, "is no time of this world"),
        (Field("f", Type.PAST), 2**53 + 1, "is no time of this world"),
        (Field("f", Type.PAST), T + 1, "has not come yet"),
        (Field("f", Type.FUTURE), T, "is over"),
        (Field("f", Type.FUTURE, high=10), T + 11, "is too far away"),
    ],
)
def test_a_field_says_what_is_wrong(field: Field, value: object, violation: str) -> None:
    with pytest.raises(FieldError) as refused:
        checked(field, value, T)
    assert refused.value.field == "f"
    assert violation in str(refused.value)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (Field("f", Type.TEXT), " là ", "là"),
        (Field("f", Type.CHOICE, options=("a",)), "a", "a"),
        (Field("f", Type.ITEMS, options=("a", "b")), ["b ", "a"], ["b", "a"]),
        (Field("f", Type.FLAG), False, False),
        (Field("f", Type.NUMBER, high=3), 0.5, 0.5),
        (Field("f", Type.WHOLE, high=10), 0, 0),
        (Field("f", Type.PAST), T, T),
        (Field("f", Type.FUTURE, high=10), T + 10, T + 10),
    ],
)
def test_a_field_is_kept_as_it_is_said(field: Field, value: object, kept: object) -> None:
    assert checked(field, value, T) == kept


def test_no_and_zero_say_something() -> None:
    assert [empty(each) for each in (None, "", "  ", [], 0, False, "x", ["x"])] == [True] * 4 + [False] * 4


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.sampled_from(list(Type)), json_like)
def test_whatever_is_said_is_kept_or_refused_by_name(kind: Type, value: object) -> None:
    field = Field("f", kind, options=("a",) if kind is Type.CHOICE else ())
    try:
        kept, said = checked(field, value, T), ""
    except FieldError as error:
        kept, said = "", error.field
    assert said or checked(field, kept, T) == kept
    assert said in {"", "f"}


@pytest.mark.parametrize(
    ("change", "field", "violation"),
    [
        ({"pictures": ["c1/a"]}, "pictures", "two at least"),
        ({"pictures": None}, "pictures", "is missing for a wound"),
        ({"scale_in_picture": False}, "scale_in_picture", "against a scale"),
        ({"pain": None}, "pain", "is missing for a wound"),
        ({"necrosis": 50, "fibrin": 30}, "necrosis", "do not make 100 %"),
    ],
)
def test_a_wound_that_cannot_be_judged_is_not_sent(
    change: dict[str, Any], field: str, violation: str
) -> None:
    story = Story(Kind.EXPERTISE)
    with pytest.raises(FieldError, match=violation) as refused:
        story.does(INES, "send", **{**WOUND, **change})
    assert (refused.value.field, story.act.state) == (field, "draft")


def test_a_whole_wound_is_sent() -> None:
    story = Story(Kind.EXPERTISE)
    step = story.does(INES, "send", **WOUND, necrosis=0, fibrin=40, granulation=60)
    assert (story.act.state, step.fields["pain"], step.fields["necrosis"]) == ("sent", 0, 0)


# ---- steps ----


def test_who_asked_does_not_answer_and_who_answered_does_not_close() -> None:
    story = Story(Kind.EXPERTISE)
    story.does(BENALI, "send", **QUESTION)
    with pytest.raises(ForbiddenStepError, match="who did send may not accept"):
        story.does(BENALI, "accept")
    story.does(DURAND, "accept")
    said = {"diagnosis": "Eczéma", "confidence": "high", "recommendation": "Crème", "advised": "care_on_site"}
    with pytest.raises(ForbiddenStepError, match="who did send may not answer"):
        story.does(BENALI, "answer", **said)
    story.does(DURAND, "answer", **said)
    with pytest.raises(ForbiddenStepError, match="who did answer may not close"):
        story.does(DURAND, "close")
    story.does(BENALI, "close", later=5)
    assert (story.act.state, story.act.closed, story.act.due) == ("closed", T + 5, None)


def test_a_step_seen_too_late_is_refused_and_one_asked_twice_is_known() -> None:
    story = Story(Kind.REGULATION)
    order = Order(
        "call_made", INES, T, 1, " vite ", {"number": "15", "reached": " ARM Léa ", "called_at": None}
    )
    before = story.act, story.steps
    story.act, step = moved(story.act, story.steps, order, story.machine)
    story.steps = (*story.steps, step)
    assert step.fields == {"number": "15", "reached": "ARM Léa"}
    assert not repeated(before[1], order)
    assert repeated(story.steps, order)
    for other in (
        replace(order, number=0),
        replace(order, number=2),
        replace(order, reason="lentement"),
        replace(order, actor=BENALI),
        replace(order, fields={"number": "112"}),
    ):
        assert not repeated(story.steps, other)
    with pytest.raises(ChangedMeanwhileError, match="has step 2, the last one seen was 1"):
        moved(story.act, story.steps, replace(order, actor=BENALI), story.machine)


def test_a_list_asked_for_twice_is_known() -> None:
    story = Story(Kind.EXPERTISE)
    order = Order("send", INES, T, 1, "", {**WOUND, "pictures": ["c1/a ", "c1/b"]})
    _, step = moved(story.act, story.steps, order, story.machine)
    assert repeated((*story.steps, step), order)


@pytest.mark.parametrize(
    ("reason", "fields", "where", "violation"),
    [
        ("x" * 601, {}, "reason", "601 characters"),
        ("", {"colour": "red"}, "colour", "takes no such field"),
    ],
)
def test_a_step_says_nothing_that_it_may_not(
    reason: str, fields: dict[str, str], where: str, violation: str
) -> None:
    story = Story(Kind.CONSULTATION)
    order = Order("cancel", INES, T, 1, reason or "autre", fields)
    with pytest.raises(FieldError, match=violation) as refused:
        moved(story.act, story.steps, order, story.machine)
    assert refused.value.field == where


def test_the_call_of_a_step_is_the_acts() -> None:
    story = Story(Kind.ASSISTANCE, call="c0")
    story.does(BENALI, "begin", **CONSENT)
    assert story.act.call == "c0"
    story.does(INES, "interrupt", incident="image figée")
    story.does(INES, "resume", call="c1")
    assert story.act.call == "c1"


def test_what_the_hub_adds_is_kept_as_it_is() -> None:
    story = Story(Kind.SURVEILLANCE)
    fields = {"parameters": ["spo2"], "frequency": "daily", "until": T + DAY, "review_days": 1}
    order = Order("sign", BENALI, T, 1, "BPCO", fields, facts={"limits": [{"metric": "spo2"}]})
    act, _ = moved(story.act, story.steps, order, story.machine)
    assert (act.fields["limits"], act.due) == ([{"metric": "spo2"}], T + DAY)


# ---- deadlines ----


def watched() -> Story:
    story = Story(Kind.SURVEILLANCE)
    fields = {"parameters": ["spo2"], "frequency": "daily", "until": T + 90 * DAY, "review_days": 30}
    story.does(BENALI, "sign", "BPCO", **fields)
    story.does(INES, "agree", **CONSENT, emergency_told=True)
    story.does(INES, "begin", later=DAY)
    return story


def test_a_review_falls_due_after_the_last_one_and_the_end_comes_first_when_it_is_nearer() -> None:
    story = watched()
    assert due(story.act, story.steps, story.machine) == Due(T + 31 * DAY, surveillance.Event.FALL_DUE)
    story.does(BENALI, "review", later=20 * DAY, findings="Stable")
    assert story.act.due == T + 50 * DAY
    story.does(BENALI, "review", later=70 * DAY, findings="Stable")
    assert due(story.act, story.steps, story.machine) == Due(T + 90 * DAY, surveillance.Event.EXPIRE)
    clock = Actor("veilleuse", Role.CLOCK)
    story.does(clock, "expire", later=90 * DAY)
    assert (story.act.state, story.act.due) == ("expired", None)


def test_a_planned_consultation_is_missed_four_hours_late_and_a_waiting_one_never() -> None:
    story = Story(Kind.CONSULTATION)
    story.does(INES, "plan", at=T + DAY)
    assert due(story.act, story.steps, story.machine) == Due(
        T + DAY + 4 * 3600 * SECOND, consultation.Event.MISS
    )
    yes = {"identity_checked": True, "accompanied_by": "Inès"}
    asked = {"private_place": True, "able_to_talk": True, "touch_needed": False}
    story.does(INES, "admit", **CONSENT, **yes, **asked)
    assert story.act.due is None


def test_a_question_without_answer_expires_after_seven_days() -> None:
    story = Story(Kind.EXPERTISE)
    assert story.act.due is None
    story.does(INES, "send", later=9, **QUESTION)
    assert due(story.act, story.steps, story.machine) == Due(T + 9 + 7 * DAY, expertise.Event.EXPIRE)


def test_a_deadline_of_what_was_not_said_is_none() -> None:
    at, after = Deadline("end", at="until"), Deadline("end", since=frozenset({"opened"}), days="days")
    rules = {"end": Rule(frozenset({Role.CLOCK}))}
    machine = Machine(
        Kind.REGULATION, "on", frozenset({"off"}), {("on", "end"): "off"}, rules, {"on": (at, after)}
    )
    act, step = opened(Act("a", Kind.REGULATION, "r", "", T, "ines", "x"), machine)
    assert (act.due, due(act, (), machine)) == (None, None)
    assert due(replace(act, fields={"days": 2}), (step,), machine) == Due(T + 2 * DAY, "end")


# ---- context ----


def test_a_chain_of_acts_carries_what_was_found_and_asks_for_consent_again() -> None:
    first = Story(Kind.ASSISTANCE, alert="al1", evidence="{}", triage="t1")
    first.does(BENALI, "begin", call="c1", **CONSENT)
    first.does(INES, "note", later=1, finding="Lèvres bleues")
    second, _ = opened(
        context.begun(
            Act("a2", Kind.CONSULTATION, "jeanne", "", T + 2, "benali", ""),
            context.carry(first.act, first.steps),
        ),
        MACHINES[Kind.CONSULTATION],
    )
    assert (second.reason, second.alert, second.evidence, second.triage, second.call) == (
        "Toux",
        "al1",
        "{}",
        "t1",
        "c1",
    )
    known = context.read(second.context)
    assert [(each.act, each.kind) for each in known.origins] == [("a1", Kind.ASSISTANCE)]
    assert [(each.field, each.text, each.author) for each in known.findings] == [
        ("finding", "Lèvres bleues", "ines")
    ]
    assert known.known == {"consent_by": "Mme Martin"}
    third = context.begun(
        replace(second, id="a3", reason="Autre", alert="al2", evidence="[]", triage="t2", call="c2"),
        context.carry(second, ()),
    )
    assert (third.reason, third.alert, third.evidence, third.triage, third.call) == (
        "Autre",
        "al2",
        "[]",
        "t2",
        "c2",
    )
    again = context.read(third.context)
    assert ([each.act for each in again.origins], again.findings) == (["a1", "a2"], known.findings)
    assert again.known == known.known


def test_an_act_that_began_by_itself_knows_nothing_before() -> None:
    assert context.read("") == Context()


def test_a_long_chain_keeps_the_newest_findings() -> None:
    story = Story(Kind.REGULATION)
    for number in range(context.MOST + 5):
        story.does(INES, "note", later=number, finding=f"n{number}")
    found = context.read(context.carry(story.act, story.steps).context).findings
    assert (len(found), found[0].text, found[-1].text) == (context.MOST, "n5", f"n{context.MOST + 4}")
