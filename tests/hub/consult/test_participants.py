"""The table of a seat: every step, and every event that is no step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from hub.consult.participants import (
    ADMITTED,
    GONE,
    PLACES,
    PRESENT,
    SEATS,
    SeatEvent,
    full,
    move,
    newer_epoch,
    next_seat,
    placed,
    seat_of,
    seated,
)
from hub.store.consult import Participant, SeatState

S, E = SeatState, SeatEvent
NEW = Participant("p2", "ines", "Inès", "nurse", S.INVITED, BUILD_FLOOR, BUILD_FLOOR, until=BUILD_FLOOR + 9)
LEGAL = {
    (S.INVITED, E.COMES): S.ANNOUNCED,
    (S.INVITED, E.LEAVES): S.LEFT,
    (S.ANNOUNCED, E.ROOM_ADMITS): S.JOINED,
    (S.ANNOUNCED, E.ROOM_DECLINES): S.DECLINED,
    (S.ANNOUNCED, E.LEAVES): S.LEFT,
    (S.JOINED, E.ROOM_CONNECTED): S.CONNECTED,
    (S.JOINED, E.ROOM_DECLINES): S.DECLINED,
    (S.JOINED, E.LEAVES): S.LEFT,
    (S.CONNECTED, E.ROOM_LOST): S.RECONNECTING,
    (S.CONNECTED, E.ROOM_DECLINES): S.DECLINED,
    (S.CONNECTED, E.LEAVES): S.LEFT,
    (S.RECONNECTING, E.ROOM_CONNECTED): S.CONNECTED,
    (S.RECONNECTING, E.ROOM_DECLINES): S.DECLINED,
    (S.RECONNECTING, E.LEAVES): S.LEFT,
}


def in_state(state: SeatState) -> Participant:
    return replace(NEW, state=state)


@pytest.mark.parametrize(("state", "event"), sorted(LEGAL))
def test_every_step_of_a_seat(state: SeatState, event: SeatEvent) -> None:
    moved = move(in_state(state), event, BUILD_FLOOR + SECOND, "why")
    assert moved is not None
    assert (moved.state, moved.since, moved.reason) == (LEGAL[state, event], BUILD_FLOOR + SECOND, "why")
    assert (moved.left is not None) == (moved.state in GONE)
    assert (moved.admitted is not None) == (moved.state in ADMITTED)
    assert moved.until is None


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_every_event_that_is_no_step_changes_nothing(state: SeatState, event: SeatEvent) -> None:
    assert ((state, event) in SEATS) == ((state, event) in LEGAL)
    if (state, event) not in LEGAL:
        assert move(in_state(state), event, BUILD_FLOOR) is None


def test_nobody_comes_back_to_a_seat() -> None:
    assert not {state for state, _ in SEATS} & GONE
    assert PRESENT | GONE | {S.INVITED} == set(S)


def test_only_the_room_admits() -> None:
    ways = {event for (state, event), after in SEATS.items() if after in ADMITTED and state not in ADMITTED}
    assert ways == {E.ROOM_ADMITS}


def test_when_somebody_was_first_admitted_stays() -> None:
    seat = in_state(S.ANNOUNCED)
    for at, event in enumerate((E.ROOM_ADMITS, E.ROOM_CONNECTED, E.ROOM_LOST, E.ROOM_CONNECTED, E.LEAVES)):
        moved = move(seat, event, BUILD_FLOOR + at)
        assert moved is not None
        seat = moved
    assert (seat.admitted, seat.left) == (BUILD_FLOOR, BUILD_FLOOR + 4)


def test_epochs_only_grow_and_end_with_the_seat() -> None:
    assert newer_epoch(NEW, 3).epoch == 3
    assert newer_epoch(newer_epoch(NEW, 3), 2).epoch == 3
    assert newer_epoch(in_state(S.LEFT), 9).epoch == 1


def test_seats_are_numbered_and_never_given_twice() -> None:
    assert next_seat(()) == "p1"
    seats = (replace(NEW, seat="p1"), replace(NEW, seat="p2", state=S.LEFT))
    assert next_seat(seats) == "p3"
    assert next_seat(tuple(replace(NEW, seat=f"p{n}") for n in (2, 10))) == "p11"


def test_an_account_has_the_seat_that_it_did_not_leave() -> None:
    seats = (replace(NEW, state=S.LEFT), replace(NEW, seat="p3"))
    found = seat_of(seats, "ines")
    assert found is not None
    assert found.seat == "p3"
    assert seat_of(seats, "roux") is None
    assert seat_of(seats[:1], "ines") is None
    assert seated(seats, "p2") == seats[0]
    assert seated(seats, "p9") is None


def test_a_seat_is_added_or_changed_in_its_place() -> None:
    one, two = replace(NEW, seat="p1"), NEW
    assert placed((one,), two) == (one, two)
    assert placed((one, two), replace(one, name="X")) == (replace(one, name="X"), two)


def test_who_has_left_or_was_only_invited_takes_no_place() -> None:
    here = tuple(replace(NEW, seat=f"p{n}", state=S.CONNECTED) for n in range(1, PLACES))
    assert not full((*here, in_state(S.INVITED), in_state(S.LEFT), in_state(S.DECLINED)))
    assert full((*here, in_state(S.ANNOUNCED)))


@given(st.lists(st.sampled_from(E), max_size=30))
def test_nobody_is_heard_whom_the_room_did_not_admit(events: list[SeatEvent]) -> None:
    seat, admitted = NEW, False
    for event in events:
        moved = move(seat, event, BUILD_FLOOR)
        if moved is None:
            continue
        assert seat.state not in GONE
        admitted = admitted or event is E.ROOM_ADMITS
        seat = moved
        assert admitted or seat.state not in ADMITTED
