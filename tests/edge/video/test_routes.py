"""Which relay a connection is offered with, and when a call is told why it does not come about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.video.routes import ENOUGH, Answer, Routes, Server, kind

URLS = ("turn:r?transport=udp", "turn:r?transport=tcp", "turns:r?transport=tcp")
UDP, TCP, TLS = SERVERS = tuple({"url": url, "username": "9:p1", "credential": "x"} for url in URLS)


@pytest.fixture
def routes() -> Routes:
    made = Routes()
    assert made.renew(SERVERS)
    return made


def answer(routes: Routes, *answers: Answer) -> None:
    for url, each in zip(URLS, answers, strict=False):
        routes.answered(url, each)


def test_the_first_way_that_is_open_is_taken(routes: Routes) -> None:
    answer(routes, Answer.OPEN, Answer.OPEN, Answer.OPEN)
    assert routes.next(1) == (UDP,)


def test_a_way_that_does_not_answer_is_never_offered(routes: Routes) -> None:
    assert routes.next(1) == ()
    answer(routes, Answer.UNREACHABLE, Answer.UNREACHABLE, Answer.OPEN)
    assert routes.next(2) == (TLS,)


def test_a_way_that_was_never_heard_gives_place_to_the_next(routes: Routes) -> None:
    answer(routes, Answer.OPEN, Answer.OPEN, Answer.OPEN)
    taken = [routes.next(epoch) for epoch in range(1, 5)]
    assert taken == [(UDP,), (TCP,), (TLS,), (UDP,)]


def test_a_way_that_was_heard_is_kept(routes: Routes) -> None:
    answer(routes, Answer.OPEN, Answer.OPEN, Answer.OPEN)
    assert routes.next(1) == (UDP,)
    assert routes.next(2) == (TCP,)
    routes.heard(2)
    assert routes.next(3) == (TCP,)
    routes.heard(2)
    assert routes.next(4) == (TLS,), "an older connection speaks for nothing"


def test_waiting_ends_with_the_best_way_that_may_still_be_open(routes: Routes) -> None:
    assert not routes.settled
    routes.answered(URLS[1], Answer.OPEN)
    assert not routes.settled, "UDP may still answer"
    routes.answered(URLS[0], Answer.UNREACHABLE)
    assert routes.settled
    other = Routes()
    assert other.settled, "nothing to wait for without a relay"
    other.renew(SERVERS)
    answer(other, *[Answer.REFUSED] * 3)
    assert other.settled


def test_new_names_are_asked_anew(routes: Routes) -> None:
    answer(routes, *[Answer.OPEN] * 3)
    assert not routes.renew(SERVERS)
    assert routes.next(1) == (UDP,)
    assert routes.renew(SERVERS[:2])
    assert routes.servers == SERVERS[:2]
    assert routes.next(2) == ()
    answer(routes, Answer.OPEN)
    routes.forget()
    assert routes.next(3) == ()


@pytest.mark.parametrize(
    ("said", "reason", "connections"),
    [
        ((Answer.REFUSED, Answer.REFUSED, Answer.UNREACHABLE), "relay_refused", 1),
        ((Answer.UNREACHABLE, Answer.EXPIRED, Answer.REFUSED), "relay_expired", 1),
        ((Answer.UNREACHABLE,) * 3, "relay_unreachable", 4),
    ],
)
def test_the_reason_is_told_after_direct_connections_that_nobody_heard(
    routes: Routes, said: tuple[Answer, ...], reason: str, connections: int
) -> None:
    answer(routes, *said)
    for epoch in range(1, connections + 1):
        assert routes.verdict == ""
        routes.next(epoch)
    assert routes.verdict == reason
    routes.heard(connections)
    assert routes.verdict == ""


def test_no_reason_is_told_while_answers_are_due_or_a_way_is_open(routes: Routes) -> None:
    for epoch in range(1, 4):
        routes.next(epoch)
    assert routes.verdict == ""
    answer(routes, Answer.REFUSED, Answer.REFUSED, Answer.OPEN)
    assert routes.verdict == ""
    routes.next(4)
    routes.next(5)
    assert routes.verdict == ""


def test_a_home_without_a_relay_has_nothing_to_say_of_one() -> None:
    routes = Routes()
    assert not routes.renew(())
    for epoch in range(1, 9):
        assert routes.next(epoch) == ()
    assert routes.verdict == ""


def test_what_an_error_of_a_relay_means() -> None:
    assert kind(401, "100:call-p1", 99) is Answer.REFUSED
    assert kind(401, "100:call-p1", 100) is Answer.EXPIRED
    assert kind(441, "call-p1", 100) is Answer.REFUSED
    assert kind(486, "1:call-p1", 100) is Answer.UNREACHABLE


Step = tuple[str, int]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("next"), st.just(0)),
            st.tuples(st.just("heard"), st.integers(0, 30)),
            st.tuples(st.sampled_from(["open", "refused", "expired", "unreachable"]), st.integers(0, 2)),
        ),
        max_size=30,
    )
)
def test_what_is_offered_has_answered_and_a_reason_is_told_only_when_no_way_is_open(
    steps: list[Step],
) -> None:
    routes, open_now, epoch = Routes(), set[str](), 0
    routes.renew(SERVERS)
    for name, number in steps:
        if name == "next":
            epoch += 1
            given_: tuple[Server, ...] = routes.next(epoch)
            assert len(given_) <= 1
            assert {one["url"] for one in given_} <= open_now
            assert bool(given_) == bool(open_now)
        elif name == "heard":
            routes.heard(number)
        else:
            said = Answer[name.upper()]
            routes.answered(URLS[number], said)
            open_now = open_now | {URLS[number]} if said is Answer.OPEN else open_now - {URLS[number]}
        if routes.verdict:
            assert not open_now
            assert epoch >= ENOUGH[Answer(routes.verdict)]
