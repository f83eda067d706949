"""Who is in a call beside the resident: one seat each, and a table of what can become of it. Pure.

Rules:

* A seat moves only along `SEATS`; an event that the table does not know in a state changes nothing.
* Only the room admits, connects and declines: no page and no person at the hub brings anybody into `joined`.
* An end is an end: nobody comes back to a seat that was left or declined. They get the next number, and no number
  is given twice in a call, so that a late message for somebody who left never reaches who came after.
* A seat that nobody takes is let go at its time.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from devices.clock import SECOND
from devices.wire.messages import CALLER
from hub.store.consult import Participant, SeatState, number

PLACES: Final = 4
"People beside the resident at once: each one's line carries the room's picture once more, and every page sends to all."
ABSENCE: Final = 60 * SECOND
"""A page that is gone this long has left. An outage of 45 s must not end a call, and a page that is loaded again takes some seconds
more; who closes a page on purpose says so."""


class SeatEvent(enum.StrEnum):
    """What can happen to a seat."""

    COMES = "comes"
    "Their page is here, and the room is told of them."
    ROOM_ADMITS = "room_admits"
    "The room accepted the caller, or offers to somebody who came later."
    ROOM_CONNECTED = "room_connected"
    ROOM_LOST = "room_lost"
    ROOM_DECLINES = "room_declines"
    LEAVES = "leaves"


_S, _E = SeatState, SeatEvent
_HERE = (_S.ANNOUNCED, _S.JOINED, _S.CONNECTED, _S.RECONNECTING)

SEATS: Final[dict[tuple[SeatState, SeatEvent], SeatState]] = {
    (_S.INVITED, _E.COMES): _S.ANNOUNCED,
    (_S.ANNOUNCED, _E.ROOM_ADMITS): _S.JOINED,
    # The room may think better of it at any time: somebody there presses "Refuser", or sends away who is there already.
    **{(state, _E.ROOM_DECLINES): _S.DECLINED for state in _HERE},
    (_S.JOINED, _E.ROOM_CONNECTED): _S.CONNECTED,
    (_S.CONNECTED, _E.ROOM_LOST): _S.RECONNECTING,
    (_S.RECONNECTING, _E.ROOM_CONNECTED): _S.CONNECTED,
    **{(state, _E.LEAVES): _S.LEFT for state in (_S.INVITED, *_HERE)},
}
"Every step a seat can take."

PRESENT: Final = frozenset(_HERE)
"States of somebody who takes one of the places."
ADMITTED: Final = frozenset({_S.JOINED, _S.CONNECTED, _S.RECONNECTING})
"States of somebody whom the room let in; only they are connected with each other."
GONE: Final = frozenset({_S.LEFT, _S.DECLINED})
"States that nothing leaves."


def move(seat: Participant, event: SeatEvent, now: int, reason: str = "") -> Participant | None:
    """Return the seat after an event, or `None` when the event changes nothing."""
    state = SEATS.get((seat.state, event))
    if state is None:
        return None
    return replace(
        seat,
        state=state,
        since=now,
        reason=reason,
        until=None,
        admitted=now if seat.admitted is None and state in ADMITTED else seat.admitted,
        left=now if state in GONE else None,
    )


def newer_epoch(seat: Participant, epoch: int) -> Participant:
    """Return the seat with the connection that the room offers now; an older offer changes nothing."""
    return replace(seat, epoch=epoch) if epoch > seat.epoch and seat.state not in GONE else seat


def next_seat(seats: Sequence[Participant]) -> str:
    """Return the seat that the next one gets; the first is the caller's."""
    return f"p{max(map(number, seats)) + 1}" if seats else CALLER


def seated(seats: Sequence[Participant], seat: str) -> Participant | None:
    """Return who has a seat."""
    return next((each for each in seats if each.seat == seat), None)


def seat_of(seats: Sequence[Participant], username: str) -> Participant | None:
    """Return the seat that an account has now; one that it left is nobody's."""
    return next((each for each in seats if each.username == username and each.state not in GONE), None)


def placed(seats: Sequence[Participant], changed: Participant) -> tuple[Participant, ...]:
    """Return the seats with one changed, or added."""
    if seated(seats, changed.seat) is None:
        return (*seats, changed)
    return tuple(changed if each.seat == changed.seat else each for each in seats)


def full(seats: Sequence[Participant]) -> bool:
    """Tell whether nobody more can come."""
    return sum(each.state in PRESENT for each in seats) >= PLACES
