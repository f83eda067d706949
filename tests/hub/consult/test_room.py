"""The table of a call: every step, and every event that is no step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from hub.consult.room import (
    OVER,
    RING,
    RING_CONFIRMATION,
    TABLE,
    Call,
    CallEvent,
    CallState,
    step,
    timed_out,
)
from hub.store.consult import Participant, SeatState

NEW = Call(
    "call-1",
    "jeanne",
    "12",
    "room-12",
    "benali",
    "Dr Benali",
    CallState.REQUESTED,
    "",
    BUILD_FLOOR,
    BUILD_FLOOR,
    participants=(
        Participant("p1", "benali", "Dr Benali", "physician", SeatState.ANNOUNCED, BUILD_FLOOR, BUILD_FLOOR),
        Participant("p2", "ines", "Inès", "nurse", SeatState.INVITED, BUILD_FLOOR, BUILD_FLOOR),
    ),
)


def after(*events: CallEvent) -> Call:
    call = NEW
    for event in events:
        moved = step(call, event, BUILD_FLOOR + SECOND)
        assert moved is not None
        call = moved
    return call


RINGS, ACCEPTS = CallEvent.ROOM_RINGS, CallEvent.ROOM_ACCEPTS
CONNECTED, LOST = CallEvent.ROOM_CONNECTED, CallEvent.ROOM_LOST


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((RINGS,), CallState.RINGING),
        ((RINGS, ACCEPTS), CallState.ACCEPTED),
        ((RINGS, ACCEPTS, CONNECTED), CallState.CONNECTED),
        ((RINGS, ACCEPTS, CONNECTED, LOST), CallState.RECONNECTING),
        ((RINGS, ACCEPTS, CONNECTED, LOST, CONNECTED), CallState.CONNECTED),
        ((RINGS, ACCEPTS, CONNECTED, CallEvent.ROOM_LEAVES), CallState.ENDED),
        ((RINGS, ACCEPTS, CallEvent.CALLER_LEAVES), CallState.ENDED),
        ((RINGS, CallEvent.ROOM_REFUSES), CallState.REFUSED),
        ((RINGS, CallEvent.ROOM_UNANSWERED), CallState.UNANSWERED),
        ((CallEvent.ROOM_BUSY,), CallState.FAILED),
        ((CallEvent.ROOM_FAILS,), CallState.FAILED),
    ],
)
def test_the_ways_a_call_goes(events: tuple[CallEvent, ...], state: CallState) -> None:
    assert after(*events).state is state


def test_an_accepted_call_knows_when_and_an_ended_one_too() -> None:
    call = after(RINGS, ACCEPTS)
    assert (call.answered, call.ended) == (BUILD_FLOOR + SECOND, None)
    over = step(call, CallEvent.ROOM_LEAVES, BUILD_FLOOR + 9 * SECOND, "room_hung_up")
    assert over is not None
    assert (over.answered, over.ended, over.reason, over.over) == (
        BUILD_FLOOR + SECOND,
        BUILD_FLOOR + 9 * SECOND,
        "room_hung_up",
        True,
    )


def test_only_the_room_accepts() -> None:
    assert {event for (_, event), state in TABLE.items() if state is CallState.ACCEPTED} == {ACCEPTS}
    assert {state for state, event in TABLE if event is ACCEPTS} == {CallState.RINGING}


@pytest.mark.parametrize("state", sorted(OVER))
@pytest.mark.parametrize("event", list(CallEvent))
def test_an_end_is_an_end(state: CallState, event: CallEvent) -> None:
    assert (state, event) not in TABLE


def test_the_caller_may_leave_whenever_it_is_not_over() -> None:
    assert all((state, CallEvent.CALLER_LEAVES) in TABLE for state in CallState if state not in OVER)


def test_a_room_that_does_not_answer_is_said() -> None:
    assert timed_out(NEW, BUILD_FLOOR + RING_CONFIRMATION - 1) is None
    late = timed_out(NEW, BUILD_FLOOR + RING_CONFIRMATION)
    assert late is not None
    assert (late.state, late.reason) == (CallState.FAILED, "room_silent")


def test_a_ring_without_end_ends() -> None:
    ringing = after(RINGS)
    late = timed_out(ringing, BUILD_FLOOR + SECOND + RING)
    assert late is not None
    assert (late.state, late.reason) == (CallState.UNANSWERED, "unanswered")


def test_a_talk_lasts_as_long_as_it_lasts() -> None:
    assert timed_out(after(RINGS, ACCEPTS, CONNECTED), BUILD_FLOOR + 10**15) is None


def test_the_callers_seat_goes_with_the_call() -> None:
    states = [after(*events).at("p1") for events in ((RINGS, ACCEPTS), (RINGS, ACCEPTS, CONNECTED, LOST))]
    assert [seat and seat.state for seat in states] == [SeatState.JOINED, SeatState.RECONNECTING]
    waiting = after(RINGS, ACCEPTS, CONNECTED).at("p2")
    assert waiting is not None
    assert waiting.state is SeatState.INVITED


def test_the_end_of_a_call_is_the_end_of_every_seat() -> None:
    over = after(RINGS, ACCEPTS, CallEvent.ROOM_LEAVES)
    assert {(seat.state, seat.reason, seat.left) for seat in over.participants} == {
        (SeatState.LEFT, "call_over", BUILD_FLOOR + SECOND)
    }


def test_a_call_counts_the_connections_of_its_caller() -> None:
    caller = NEW.at("p1")
    assert caller is not None
    assert NEW.with_seat(replace(caller, epoch=3)).epoch == 3
    assert NEW.at("p3") is None
    assert replace(NEW, participants=()).epoch == 1


@given(st.lists(st.sampled_from(CallEvent), max_size=30))
def test_nobody_is_connected_who_was_not_accepted(events: list[CallEvent]) -> None:
    call, accepted = NEW, False
    for event in events:
        moved = step(call, event, BUILD_FLOOR)
        if moved is None:
            continue
        assert not call.over
        accepted = accepted or event is ACCEPTS
        call = moved
        if call.state in {CallState.ACCEPTED, CallState.CONNECTED, CallState.RECONNECTING}:
            assert accepted
        assert (call.ended is not None) == call.over
