"""One call from a physician to a room, as the hub keeps it: a table, without a clock, a socket or a store.

Rules:

* A call moves only along `TABLE`; an event that the table does not know in a state changes nothing.
* The room decides: `accepted` comes from the room alone, and so does everything that is learnt about the picture.
* An end is an end: no event leaves `refused`, `unanswered`, `ended` or `failed`.
* A call that waits for something waits for a stated time, and ends with the reason in words.
* The call is where its caller is; the others come and go without changing it. Its end is the end of every seat.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from devices.clock import SECOND
from devices.wire.messages import CALLER
from hub.consult.participants import SeatEvent, move, placed, seated
from hub.store.consult import Participant

RING_CONFIRMATION: Final = 6 * SECOND
"A room says within 4 s that its screen shows the ring, or that it has none; beyond it does not answer at all."
RING: Final = 180 * SECOND
"Longest ring; the room's own, of 45 s unless configured, ends before."


class CallState(enum.StrEnum):
    """Where a call stands."""

    REQUESTED = "requested"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    FAILED = "failed"


OVER: Final = frozenset({CallState.REFUSED, CallState.UNANSWERED, CallState.ENDED, CallState.FAILED})
"States that nothing leaves."


class CallEvent(enum.StrEnum):
    """What can happen to a call."""

    ROOM_RINGS = "room_rings"
    ROOM_ACCEPTS = "room_accepts"
    ROOM_REFUSES = "room_refuses"
    ROOM_BUSY = "room_busy"
    ROOM_CONNECTED = "room_connected"
    ROOM_LOST = "room_lost"
    ROOM_UNANSWERED = "room_unanswered"
    ROOM_FAILS = "room_fails"
    ROOM_LEAVES = "room_leaves"
    CALLER_LEAVES = "caller_leaves"
    TIME_OUT = "time_out"


_S, _E = CallState, CallEvent
_WAITING = (_S.REQUESTED, _S.RINGING)
_TALKING = (_S.ACCEPTED, _S.CONNECTED, _S.RECONNECTING)
TALKING: Final = frozenset(_TALKING)
"States in which the room is open to the caller."

TABLE: Final[dict[tuple[CallState, CallEvent], CallState]] = {
    (_S.REQUESTED, _E.ROOM_RINGS): _S.RINGING,
    (_S.REQUESTED, _E.ROOM_BUSY): _S.FAILED,
    (_S.REQUESTED, _E.TIME_OUT): _S.FAILED,
    (_S.RINGING, _E.ROOM_ACCEPTS): _S.ACCEPTED,
    (_S.RINGING, _E.TIME_OUT): _S.UNANSWERED,
    (_S.ACCEPTED, _E.ROOM_CONNECTED): _S.CONNECTED,
    (_S.CONNECTED, _E.ROOM_LOST): _S.RECONNECTING,
    (_S.RECONNECTING, _E.ROOM_CONNECTED): _S.CONNECTED,
    **{(state, _E.ROOM_REFUSES): _S.REFUSED for state in _WAITING},
    **{(state, _E.ROOM_UNANSWERED): _S.UNANSWERED for state in _WAITING},
    **{(state, _E.ROOM_FAILS): _S.FAILED for state in (*_WAITING, *_TALKING)},
    **{(state, _E.ROOM_LEAVES): _S.ENDED for state in (*_WAITING, *_TALKING)},
    **{(state, _E.CALLER_LEAVES): _S.ENDED for state in (*_WAITING, *_TALKING)},
}
"Every step a call can take."

WAITS: Final[dict[CallState, tuple[int, str]]] = {
    CallState.REQUESTED: (RING_CONFIRMATION, "room_silent"),
    CallState.RINGING: (RING, "unanswered"),
}
"How long a state lasts at most, and what is said then."


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Times are microseconds UTC."""

    id: str
    resident: str
    room: str
    edge: str
    caller: str
    caller_name: str
    state: CallState
    reason: str
    requested: int
    since: int
    "When it came into its state."
    answered: int | None = None
    ended: int | None = None
    participants: tuple[Participant, ...] = ()
    "Every seat that was ever given, the caller's first."

    @property
    def epoch(self) -> int:
        """Count of the connections between the room and the caller."""
        seat = self.at(CALLER)
        return 1 if seat is None else seat.epoch

    @property
    def talking(self) -> bool:
        """Whether the room has accepted it, and it is not over."""
        return self.state in TALKING

    def at(self, seat: str) -> Participant | None:
        """Return who has a seat."""
        return seated(self.participants, seat)

    def with_seat(self, seat: Participant) -> Call:
        """Return the call with one seat changed, or added."""
        return replace(self, participants=placed(self.participants, seat))

    @property
    def over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.state in OVER


_CALLERS: Final = {
    CallEvent.ROOM_ACCEPTS: SeatEvent.ROOM_ADMITS,
    CallEvent.ROOM_CONNECTED: SeatEvent.ROOM_CONNECTED,
    CallEvent.ROOM_LOST: SeatEvent.ROOM_LOST,
}
"What becomes of the caller's seat."


def step(call: Call, event: CallEvent, now: int, reason: str = "") -> Call | None:
    """Return the call after an event, or `None` when the event changes nothing."""
    state = TABLE.get((call.state, event))
    if state is None:
        return None
    return replace(
        call,
        state=state,
        since=now,
        reason=reason,
        answered=now if state is CallState.ACCEPTED else call.answered,
        ended=now if state in OVER else None,
        participants=_seats(call, event, now, over=state in OVER),
    )


def _seats(call: Call, event: CallEvent, now: int, *, over: bool) -> tuple[Participant, ...]:
    if over:
        return tuple(move(seat, SeatEvent.LEAVES, now, "call_over") or seat for seat in call.participants)
    caller, moves = call.at(CALLER), _CALLERS.get(event)
    moved = move(caller, moves, now) if caller is not None and moves is not None else None
    return call.participants if moved is None else placed(call.participants, moved)


def timed_out(call: Call, now: int) -> Call | None:
    """Return the call as the passing of time left it, or `None` when it did not."""
    wait, reason = WAITS.get(call.state, (0, ""))
    if not wait or now - call.since < wait:
        return None
    return step(call, CallEvent.TIME_OUT, now, reason)
