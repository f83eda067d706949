"""Who may sign what, when: the table, on a time line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Limit, Priority
from hub.alerting import prescriptions
from hub.alerting.prescriptions import (
    DAY,
    LONGEST,
    SIGNERS,
    STANDING,
    WAITING,
    Act,
    Actor,
    Fault,
    Paper,
    PrescriptionError,
    Status,
    state,
)

T = 1_790_000_000 * SECOND
END = T + 30 * DAY
BENALI, CLAIRE = Actor("benali", "physician"), Actor("claire", "coordinator")
INES, TOM = Actor("ines", "nurse"), Actor("tom", "technician")
DRAFT = Paper(Status.DRAFT, "why", "ines", T, END, T + 10 * DAY)
LIMIT = Limit("l", "spo2", Priority.HIGH, low=88.0, delay=30.0, hysteresis=1.0)


def awaiting() -> Paper:
    return prescriptions.sign(DRAFT, BENALI, T, loosens=True)[0]


def in_force() -> Paper:
    return prescriptions.sign(DRAFT, BENALI, T, loosens=False)[0]


def leaving() -> Paper:
    return prescriptions.withdraw(in_force(), BENALI, "no more", T, loosens=True)[0]


def fault(call: Any, *args: Any, **kwargs: Any) -> Fault:
    with pytest.raises(PrescriptionError) as found:
        call(*args, **kwargs)
    return found.value.fault


def test_what_loosens_nothing_is_in_force_with_one_signature() -> None:
    signed, act = prescriptions.sign(DRAFT, BENALI, T + 5, loosens=False)
    assert act is Act.SIGN
    assert (signed.status, signed.author, signed.signed) == (Status.IN_FORCE, "benali", T + 5)
    assert (signed.since, signed.until) == (T + 5, END)


def test_what_loosens_waits_for_somebody_else() -> None:
    first, act = prescriptions.sign(DRAFT, BENALI, T, loosens=True)
    assert (first.status, act, first.since) == (Status.AWAITING, Act.SIGN_FIRST, None)
    assert fault(prescriptions.sign, first, BENALI, T, loosens=True) is Fault.SAME_PERSON
    assert (
        fault(prescriptions.sign, first, Actor("BENALI", "coordinator"), T, loosens=True) is Fault.SAME_PERSON
    )
    second, act = prescriptions.sign(first, CLAIRE, T + 9, loosens=True)
    assert (second.status, act) == (Status.IN_FORCE, Act.SIGN_SECOND)
    assert (second.author, second.second_author, second.second_signed) == ("benali", "claire", T + 9)
    assert (second.since, second.until) == (T + 9, END)


def test_the_second_signature_is_needed_even_when_it_would_not_loosen_any_more() -> None:
    assert fault(prescriptions.sign, awaiting(), BENALI, T, loosens=False) is Fault.SAME_PERSON


@pytest.mark.parametrize("actor", [INES, TOM])
def test_who_may_not_sign(actor: Actor) -> None:
    assert fault(prescriptions.sign, DRAFT, actor, T, loosens=False) is Fault.NOT_ALLOWED
    assert fault(prescriptions.refuse, DRAFT, actor, "no", T) is Fault.NOT_ALLOWED
    assert fault(prescriptions.withdraw, in_force(), actor, "no", T, loosens=False) is Fault.NOT_ALLOWED
    assert fault(prescriptions.settle, in_force(), actor, END) is Fault.NOT_ALLOWED


def test_who_may_propose() -> None:
    for actor in (INES, BENALI, CLAIRE):
        prescriptions.may_propose(actor)
    assert fault(prescriptions.may_propose, TOM) is Fault.NOT_ALLOWED


@pytest.mark.parametrize("paper", [DRAFT, awaiting()])
def test_what_waits_can_be_refused_with_a_reason(paper: Paper) -> None:
    assert fault(prescriptions.refuse, paper, CLAIRE, "  ", T) is Fault.NO_REASON
    refused, act = prescriptions.refuse(paper, CLAIRE, " too low ", T)
    assert (refused.status, act, refused.ended_by, refused.ended_reason) == (
        Status.REFUSED,
        Act.REFUSE,
        "claire",
        "too low",
    )
    assert refused.since is None


def test_who_wrote_it_takes_it_back() -> None:
    for actor in (INES, BENALI):
        done, act = prescriptions.take_back(awaiting(), actor, T)
        assert (done.status, act, done.ended_by) == (Status.WITHDRAWN, Act.TAKE_BACK, actor.username)
    assert fault(prescriptions.take_back, awaiting(), CLAIRE, T) is Fault.NOT_YOURS
    assert fault(prescriptions.take_back, in_force(), BENALI, T) is Fault.NOT_POSSIBLE


def test_a_withdrawal_that_loosens_nothing_is_at_once() -> None:
    done, act = prescriptions.withdraw(in_force(), BENALI, "well again", T + 7, loosens=False)
    assert (done.status, act, done.until, done.ended_reason) == (
        Status.WITHDRAWN,
        Act.WITHDRAW,
        T + 7,
        "well again",
    )


def test_a_withdrawal_that_loosens_leaves_it_in_force_until_somebody_else_signs() -> None:
    asked = leaving()
    assert (asked.status, asked.until, asked.ended_by) == (Status.LEAVING, END, "benali")
    assert fault(prescriptions.sign, asked, BENALI, T, loosens=True) is Fault.SAME_PERSON
    gone, act = prescriptions.sign(asked, CLAIRE, T + 60, loosens=True)
    assert (gone.status, act, gone.until, gone.second_author) == (
        Status.WITHDRAWN,
        Act.SIGN_SECOND,
        T + 60,
        None,
    )


def test_a_withdrawal_that_is_refused_or_taken_back_leaves_it_in_force() -> None:
    for done, _ in (
        prescriptions.refuse(leaving(), CLAIRE, "still ill", T),
        prescriptions.take_back(leaving(), BENALI, T),
    ):
        assert (done.status, done.until, done.ended_by, done.ended_reason) == (
            Status.IN_FORCE,
            END,
            None,
            None,
        )
    assert fault(prescriptions.take_back, leaving(), INES, T) is Fault.NOT_YOURS


def test_a_new_one_takes_its_place() -> None:
    for paper in (in_force(), leaving()):
        done, act = prescriptions.supersede(paper, CLAIRE, "p2", T + 3)
        assert (done.status, act, done.until, done.ended_reason) == (
            Status.SUPERSEDED,
            Act.SUPERSEDE,
            T + 3,
            "p2",
        )


def coming() -> Paper:
    return prescriptions.sign(replace(DRAFT, begin=T + DAY), BENALI, T, loosens=False)[0]


def test_what_begins_later_comes_and_is_in_force_to_the_second() -> None:
    paper = coming()
    assert (paper.since, paper.until) == (T + DAY, END)
    assert state(paper, T) is Status.COMING
    assert state(paper, T + DAY - 1) is Status.COMING
    assert state(paper, T + DAY) is Status.IN_FORCE
    assert state(paper, END) is Status.EXPIRED


def test_what_is_signed_after_its_begin_begins_with_the_signature() -> None:
    late, _ = prescriptions.sign(replace(DRAFT, begin=T + DAY), BENALI, T + 2 * DAY, loosens=False)
    assert late.since == T + 2 * DAY
    assert state(late, T + 2 * DAY) is Status.IN_FORCE


def test_what_has_not_begun_never_does_when_it_is_withdrawn_or_superseded() -> None:
    gone, act = prescriptions.withdraw(coming(), CLAIRE, "not needed", T + 5, loosens=False)
    assert (gone.status, act, gone.since, gone.until) == (Status.WITHDRAWN, Act.WITHDRAW, None, None)
    assert state(gone, T + 2 * DAY) is Status.WITHDRAWN
    other, act = prescriptions.supersede(coming(), CLAIRE, "p2", T + 5)
    assert (other.status, act, other.since, other.ended_reason) == (
        Status.SUPERSEDED,
        Act.SUPERSEDE,
        None,
        "p2",
    )
    for call in (prescriptions.refuse, prescriptions.take_back):
        args = ("no",) if call is prescriptions.refuse else ()
        assert fault(call, coming(), BENALI, *args, T) is Fault.NOT_POSSIBLE


@pytest.mark.parametrize("paper", [in_force(), leaving()])
def test_what_is_followed_is_superseded_at_that_instant(paper: Paper) -> None:
    followed = prescriptions.follow(paper, "p2", T + DAY)
    assert state(followed, T + DAY - 1) is paper.status
    assert state(followed, T + DAY) is Status.SUPERSEDED
    assert state(followed, END + DAY) is Status.SUPERSEDED
    assert prescriptions.unfollow(followed) == paper


def test_what_is_over_before_is_not_followed() -> None:
    assert prescriptions.follow(in_force(), "p2", END) == in_force()
    endless = replace(in_force(), end=None, until=None)
    assert prescriptions.follow(endless, "p2", END).until == END


@pytest.mark.parametrize(
    ("begin", "wrong"),
    [
        (T - 1, Fault.BEGIN_PAST),
        (T + 10 * DAY, Fault.REVIEW_BEFORE_BEGIN),
        (END, Fault.BEGIN_AFTER_END),
        (END + DAY, Fault.BEGIN_AFTER_END),
    ],
)
def test_when_it_may_begin(begin: int, wrong: Fault) -> None:
    prescriptions.check_validity(T, T + 10 * DAY, END, T)
    prescriptions.check_validity(T, T + 10 * DAY, END, T + 10 * DAY - 1)
    with pytest.raises(PrescriptionError) as found:
        prescriptions.check_validity(T, T + 10 * DAY, END, begin)
    assert (found.value.fault, found.value.field) == (
        wrong,
        "review" if wrong is Fault.REVIEW_BEFORE_BEGIN else "begin",
    )


@pytest.mark.parametrize("paper", [in_force(), leaving()])
def test_it_ends_by_itself_to_the_second(paper: Paper) -> None:
    assert state(paper, END - SECOND) is paper.status
    assert state(paper, END) is Status.EXPIRED
    assert state(paper, END + SECOND) is Status.EXPIRED


@pytest.mark.parametrize("paper", [DRAFT, awaiting()])
def test_what_was_not_signed_before_its_end_cannot_be(paper: Paper) -> None:
    assert state(paper, END - SECOND) is paper.status
    assert state(paper, END) is Status.LAPSED
    assert fault(prescriptions.sign, paper, CLAIRE, END, loosens=False) is Fault.NOT_POSSIBLE
    assert fault(prescriptions.refuse, paper, CLAIRE, "late", END) is Fault.NOT_POSSIBLE


def test_what_has_no_end_never_ends_by_itself() -> None:
    old = replace(in_force(), end=None, until=None)
    assert state(old, T + 1000 * LONGEST) is Status.IN_FORCE


def test_what_is_over_stays_what_it_was() -> None:
    refused, _ = prescriptions.refuse(DRAFT, CLAIRE, "no", T)
    assert state(refused, END + DAY) is Status.REFUSED


def test_somebody_says_that_the_default_is_fine() -> None:
    assert fault(prescriptions.settle, in_force(), CLAIRE, END - 1) is Fault.NOT_POSSIBLE
    done, act = prescriptions.settle(in_force(), CLAIRE, END + 5)
    assert (done.settled, act, state(done, END + 6)) == (END + 5, Act.SETTLE, Status.EXPIRED)
    again, _ = prescriptions.settle(done, BENALI, END + 9)
    assert again.settled == END + 5


def test_every_state_and_act_is_in_the_table_or_refused() -> None:
    allowed = set(prescriptions._TABLE)
    for status in Status:
        for act in Act:
            paper = Paper(status, "why", "ines", T, END)
            if (status, act) in allowed:
                assert prescriptions._step(paper, act, T).status in Status
            else:
                assert fault(prescriptions._step, paper, act, T) is Fault.NOT_POSSIBLE
    assert not WAITING & {Status.IN_FORCE, Status.EXPIRED}
    assert {Status.IN_FORCE, Status.LEAVING} == STANDING


_ACTORS = st.sampled_from([BENALI, CLAIRE, Actor("dr-faure", "physician"), INES, TOM])
_MOVES = st.sampled_from(["sign", "refuse", "take_back", "withdraw", "settle"])


@given(st.lists(st.tuples(_MOVES, _ACTORS, st.booleans()), max_size=12))
def test_whatever_people_do_what_loosens_has_two_signatures(moves: list[tuple[str, Actor, bool]]) -> None:
    paper = DRAFT
    for number, (move, actor, _) in enumerate(moves):
        now = T + number
        before = paper
        try:
            if move == "sign":
                paper, _ = prescriptions.sign(paper, actor, now, loosens=True)
            elif move == "withdraw":
                paper, _ = prescriptions.withdraw(paper, actor, "why", now, loosens=True)
            elif move == "refuse":
                paper, _ = prescriptions.refuse(paper, actor, "why", now)
            elif move == "take_back":
                paper, _ = prescriptions.take_back(paper, actor, now)
            else:
                paper, _ = prescriptions.settle(paper, actor, now)
        except PrescriptionError:
            assert paper == before
        if paper.status in STANDING:
            assert paper.author != paper.second_author
            assert paper.second_author is not None
        if before.status is Status.LEAVING and paper.status is Status.WITHDRAWN:
            assert actor.username != before.ended_by
            assert actor.role in SIGNERS


# ---- what can be prescribed ----


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"metric": "ecg"}, "metric", Fault.UNKNOWN_METRIC),
        ({"metric": "nothing"}, "metric", Fault.UNKNOWN_METRIC),
        ({"low": None}, "low", Fault.NO_BOUND),
        ({"low": 34.9}, "low", Fault.IMPLAUSIBLE),
        ({"high": 100.1}, "high", Fault.IMPLAUSIBLE),
        ({"low": float("nan")}, "low", Fault.IMPLAUSIBLE),
        ({"high": 88.0}, "low", Fault.CROSSED_BOUNDS),
        ({"delay": -1.0}, "delay", Fault.OUT_OF_RANGE),
        ({"delay": 3600.1}, "delay", Fault.OUT_OF_RANGE),
        ({"hysteresis": -0.1}, "hysteresis", Fault.OUT_OF_RANGE),
        ({"high": 90.0, "hysteresis": 1.1}, "hysteresis", Fault.OUT_OF_RANGE),
        ({"area": -1.0}, "area", Fault.OUT_OF_RANGE),
        ({"gap": 0.5}, "gap", Fault.OUT_OF_RANGE),
    ],
)
def test_a_limit_that_cannot_be_a_persons(change: dict[str, Any], field: str, expected: Fault) -> None:
    with pytest.raises(PrescriptionError) as found:
        prescriptions.check_limit(replace(LIMIT, **change))
    assert (found.value.fault, found.value.field) == (expected, field)


def test_a_limit_that_can() -> None:
    prescriptions.check_limit(LIMIT)
    prescriptions.check_limit(replace(LIMIT, low=None, high=99.0))
    prescriptions.check_limit(replace(LIMIT, low=86.0, high=90.0, hysteresis=2.0, area=10_000.0))


@pytest.mark.parametrize(
    ("review", "end", "expected"),
    [
        (T + DAY, T, Fault.END_PAST),
        (T + DAY, T + LONGEST + 1, Fault.END_TOO_FAR),
        (T, T + DAY, Fault.REVIEW_PAST),
        (T + DAY, T + DAY, Fault.REVIEW_AFTER_END),
    ],
)
def test_a_validity_that_is_none(review: int, end: int, expected: Fault) -> None:
    assert fault(prescriptions.check_validity, T, review, end) is expected


def test_a_validity_of_a_year() -> None:
    prescriptions.check_validity(T, T + LONGEST - 1, T + LONGEST)


def test_reasons() -> None:
    assert prescriptions.reasoned(" why \n") == "why"
    assert fault(prescriptions.reasoned, "x" * 501) is Fault.OUT_OF_RANGE
    assert fault(prescriptions.reasoned, "\t") is Fault.NO_REASON
