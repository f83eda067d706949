"""What a room says of a call: whether it opens, whom it admits, and what it hears."""

from __future__ import annotations

from typing import Final

from devices.wire.messages import CALLER, Signal, SignalKind
from hub.consult.book import More
from hub.consult.exchange import Exchange
from hub.consult.model import PageMessage
from hub.consult.open_call import OpenCall
from hub.consult.participants import GONE, SeatEvent, move, newer_epoch
from hub.consult.room import CallEvent, step
from hub.store.consult import SeatState

ROOM_EVENTS: Final[dict[SignalKind, CallEvent]] = {
    SignalKind.RINGING: CallEvent.ROOM_RINGS,
    SignalKind.ACCEPTED: CallEvent.ROOM_ACCEPTS,
    SignalKind.REFUSED: CallEvent.ROOM_REFUSES,
    SignalKind.BUSY: CallEvent.ROOM_BUSY,
    SignalKind.CONNECTED: CallEvent.ROOM_CONNECTED,
    SignalKind.LOST: CallEvent.ROOM_LOST,
}
BYE_EVENTS: Final[dict[str, CallEvent]] = {
    "unanswered": CallEvent.ROOM_UNANSWERED,
    "no_screen": CallEvent.ROOM_FAILS,
    "no_carer_code": CallEvent.ROOM_FAILS,
    "device_failed": CallEvent.ROOM_FAILS,
    "no_such_call": CallEvent.ROOM_FAILS,
    "no_connection": CallEvent.ROOM_FAILS,
    "relay_refused": CallEvent.ROOM_FAILS,
    "relay_expired": CallEvent.ROOM_FAILS,
    "relay_unreachable": CallEvent.ROOM_FAILS,
    "lost": CallEvent.ROOM_FAILS,
}
"What a room's good-bye means, by its reason; any other is that somebody in the room hung up."
SEAT_EVENTS: Final[dict[SignalKind, SeatEvent]] = {
    SignalKind.CONNECTED: SeatEvent.ROOM_CONNECTED,
    SignalKind.LOST: SeatEvent.ROOM_LOST,
    SignalKind.DECLINED: SeatEvent.ROOM_DECLINES,
}
"What a room says of somebody who is not the caller."
LOST: Final = "connection_lost"
"Cause of an incident: the room heard nothing from a page for 3 s."
_MAX_REASON: Final = 32


class FromRooms:
    """The rooms' side."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def take(self, opened: OpenCall, signal: Signal, arrived: int) -> None:
        """Take a verified signal of a call's own edge that arrived at `arrived`, monotonic microseconds."""
        if opened.call.over:
            self._exchange.counts.drop("room_of_no_call")
        elif signal.kind is SignalKind.OFFER:
            await self._offer(opened, signal, arrived)
        elif signal.peer != CALLER and signal.kind in SEAT_EVENTS:
            await self._of_seat(opened, signal)
        else:
            await self._of_call(opened, signal)

    async def _of_call(self, opened: OpenCall, signal: Signal) -> None:
        exchange, call = self._exchange, opened.call
        if signal.kind is SignalKind.BYE:
            event: CallEvent | None = BYE_EVENTS.get(signal.reason, CallEvent.ROOM_LEAVES)
        else:
            event = ROOM_EVENTS.get(signal.kind)
        reason = {SignalKind.BUSY: "room_busy"}.get(signal.kind, signal.reason)
        after = step(call, event, exchange.clock.utc(), reason) if event else None
        if after is None:
            exchange.counts.drop("room_out_of_turn")
            return
        more = self._incident(opened, CALLER, signal.kind)
        await exchange.follow(opened, after, f"room:{call.edge}", f"call_{after.state}", *more)
        if event is CallEvent.ROOM_ACCEPTS:
            for seat in tuple(opened.pages):
                await exchange.seat_comes(opened, seat)

    async def _of_seat(self, opened: OpenCall, signal: Signal) -> None:
        exchange, call = self._exchange, opened.call
        taken, event = call.at(signal.peer), SEAT_EVENTS[signal.kind]
        reason = signal.reason[:_MAX_REASON] or ("declined" if event is SeatEvent.ROOM_DECLINES else "")
        moved = None if taken is None else move(taken, event, exchange.clock.utc(), reason)
        if moved is None:
            exchange.counts.drop("room_out_of_turn")
            return
        after, room = call.with_seat(moved), f"room:{call.edge}"
        if moved.state is SeatState.DECLINED:
            await exchange.dismiss(opened, after, moved.seat, room, "call_declined")
            return
        more = self._incident(opened, moved.seat, signal.kind)
        await exchange.follow(opened, after, room, f"call_seat_{moved.state}", *more, detail=moved.seat)

    def _incident(self, opened: OpenCall, seat: str, kind: SignalKind) -> tuple[More, ...]:
        if kind is SignalKind.LOST:
            return (self._exchange.interrupted(opened.call, seat, LOST),)
        if kind is SignalKind.CONNECTED:
            return (self._exchange.interruption_over(opened.call, seat),)
        return ()

    async def _offer(self, opened: OpenCall, signal: Signal, arrived: int) -> None:
        exchange, call = self._exchange, opened.call
        taken = call.at(signal.peer)
        if taken is None or taken.state in GONE or taken.state is SeatState.INVITED or not call.talking:
            exchange.counts.drop("room_out_of_turn")
            return
        if signal.epoch < taken.epoch:
            exchange.counts.drop("room_epoch")
            return
        admitted = move(taken, SeatEvent.ROOM_ADMITS, exchange.clock.utc())
        after = call.with_seat(newer_epoch(admitted or taken, signal.epoch))
        if after != call:
            # On disk as well: a hub that restarts must not ask a room for an epoch that has passed.
            action = "call_connection" if admitted is None else "call_seat_joined"
            detail = f"{taken.seat} {taken.name}"
            await exchange.follow(opened, after, f"room:{call.edge}", action, detail=detail)
        opened.tell(
            PageMessage("offer", after, signal.peer, max(signal.epoch, 1), sdp=signal.sdp, roles=signal.roles)
        )
        exchange.counts.passed("to_page", exchange.seconds_since(arrived))
