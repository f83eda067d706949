"""The calls of a home: created for a physician, signalled to rooms, every step on disk before anybody is told.

Steps come from three sides (the participants' pages, the room, time) and those of one call are taken one after the other, so
that no two of them race. Everything runs on the hub's event loop but `from_room`, which the MQTT thread calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from devices.wire.messages import CALLER, Signal, SignalKind
from hub.consult.book import Book, More
from hub.consult.exchange import SYSTEM, Exchange
from hub.consult.from_pages import FromPages
from hub.consult.from_rooms import FromRooms
from hub.consult.ice import Relay
from hub.consult.model import Caller, CallRefusedError, Rooms
from hub.consult.open_call import OpenCall
from hub.consult.participants import ABSENCE, PRESENT, full, next_seat, seat_of
from hub.consult.room import Call, CallState, timed_out
from hub.live import Live
from hub.store.consult import Participant, SeatState
from hub.store.database import Database

TICK: Final = 0.5
"Seconds between two looks at the clock."
KNOCK: Final = 3 * SECOND
"Until a room that says nothing to somebody at its door is told again: it may not have been connected when it was told."
LAST_WORDS: Final = frozenset({SignalKind.BYE, SignalKind.REFUSED, SignalKind.BUSY, SignalKind.DECLINED})
"What a room says when it is out of a call anyway."
SPECIALIST: Final = "specialist"
"Role in a call of a physician who was invited."

Seated = Callable[[Connection, Participant], None]
"What is written with a seat that is given."


def _nothing(_connection: Connection, _call: Call) -> None:
    """Write nothing more."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a call begins."""

    consent: str = ""
    "The resident's rule; empty when nobody signed one."
    urgent: bool = False
    beside: Caller | None = None
    "Who asked for it, and has a seat from the beginning."
    write: Callable[[Connection, Call], None] = _nothing
    "What else is written with it, in the same transaction."


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody is given a seat."""

    person: Caller
    "A guest has no user name."
    actor: str
    "Who lets them in."
    until: int | None = None
    "When the seat is let go if nobody takes it, microseconds UTC; soon, by default."


class CallService:
    """Every call of the home."""

    def __init__(
        self, database: Database, rooms: Rooms, live: Live, clock: Clock, *, relay: Relay | None = None
    ) -> None:
        """Prepare.

        Args:
            database: where calls are recorded.
            rooms: sends to rooms.
            live: knows who is where, and tells the screens of every step once it is on disk.
            clock: the hub's clock.
            relay: TURN servers, none by default.
        """
        self._exchange = Exchange(Book(database, live, clock), rooms, live, clock, relay or Relay())
        self._open = self._exchange.open
        self._clock = clock
        self._live = live
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rooms = FromRooms(self._exchange)
        self.pages = FromPages(self._exchange)
        "What the participants' pages say and are told."
        self.counts = self._exchange.counts

    # ---- life ----

    async def start(self) -> None:
        """Take up the calls that were open when the hub stopped: pictures go on without it."""
        self._loop = asyncio.get_running_loop()
        now = self._clock.utc()
        for call in await asyncio.to_thread(self._exchange.book.take_up):
            absent = {seat.seat: now for seat in call.participants if seat.state in PRESENT}
            self._open[call.id] = OpenCall(call, absent=absent)
        self._tasks = [
            asyncio.create_task(self._ticker(), name="calls' clock"),
        ]

    async def stop(self) -> None:
        """Stop; open calls stay open in the record and go on in their rooms."""
        self._loop = None
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []
        await self._exchange.stop()

    def register(self, registry: CollectorRegistry) -> None:
        """Show in the hub's metrics what is open, what is dropped and how long signals take."""

        def people() -> int:
            return sum(len(opened.pages) for opened in tuple(self._open.values()))

        self.counts.register(registry, lambda: len(self._open), people)

    # ---- calls ----

    async def request(self, resident: str, caller: Caller, start: Start | None = None) -> Call:
        """Ring in a resident's room.

        A caller who is in a call with this resident already (the page was loaded again) gets that call back.

        Raises:
            CallRefusedError: `unknown_resident`, `no_device`, `room_offline` or `room_busy`.
            StoreError: the call cannot be recorded, so it is not made.
        """
        for mine in self._open.values():
            if (mine.call.resident, mine.call.caller) == (resident, caller.username):
                return mine.call
        said = start or Start()
        call = self._new(resident, caller, said.beside)

        def more(connection: Connection) -> None:
            said.write(connection, call)

        # Before it is on disk: the room is busy from now on.
        self._open[call.id] = OpenCall(call, absent={CALLER: call.requested})
        reason = caller.reason
        try:
            await self._exchange.save(call, caller.username, "call_requested", more, detail=reason)
        except BaseException:
            del self._open[call.id]
            raise
        self._exchange.told(call)
        self._exchange.to_room(
            call,
            SignalKind.RING,
            caller=caller.display_name,
            caller_role=caller.role,
            ice_servers=self._exchange.servers(call, "room", CALLER),
            consent=said.consent,
            urgent=said.urgent,
        )
        return call

    async def hang_up(self, call: str, actor: str) -> Call:
        """End a call from the caller's side, for everybody; one that is over stays as it ended.

        Raises:
            CallRefusedError: `unknown_call`.
        """
        await self._exchange.ask(call, lambda: self._exchange.caller_leaves(call, "caller_hung_up", actor))
        return await self.find(call)

    async def find(self, call: str) -> Call:
        """Return a call, open or past.

        Raises:
            CallRefusedError: `unknown_call`.
        """
        if call in self._open:
            return self._open[call].call
        record = await asyncio.to_thread(self._exchange.book.find, call)
        if record is None:
            raise CallRefusedError("unknown_call", f"call {call[:64]!r} is unknown")
        return record

    def open_calls(self) -> list[Call]:
        """Return the calls that are not over, the newest first."""
        found = [opened.call for opened in self._open.values()]
        return sorted(found, key=lambda call: call.requested, reverse=True)

    def opened(self, call: str) -> Call | None:
        """Return a call that is not over."""
        found = self._open.get(call)
        return None if found is None else found.call

    # ---- seats ----

    async def take_seat(self, call: str, wish: Wish, write: Seated | None = None) -> Participant:
        """Give somebody a seat; who has one already keeps it, and `write` is not called.

        Raises:
            CallRefusedError: `unknown_call`, `call_over` or `call_full`.
            StoreError: it cannot be recorded, so there is no seat.
        """
        return await self._exchange.ask(call, lambda: self._take_seat(call, wish, write))

    async def leave_seat(self, call: str, seat: str, reason: str, actor: str, *more: More) -> None:
        """Let somebody who is not the caller leave; a seat that nobody has stays as it is.

        Raises:
            CallRefusedError: `unknown_call` or `call_over`.
        """
        opened = await self._found(call)
        await self._exchange.ask(call, lambda: self._exchange.seat_leaves(opened, seat, reason, actor, *more))

    async def goes(self, call: str, seat: str, actor: str) -> None:
        """Let somebody leave: with the caller the call ends, without another it goes on."""
        await self._exchange.ask(call, lambda: self.pages.goes(call, seat, actor))

    def seat_of(self, call: str, username: str) -> str | None:
        """Return the seat that an account has in an open call."""
        found = self.opened(call)
        taken = None if found is None or not username else seat_of(found.participants, username)
        return None if taken is None else taken.seat

    async def _take_seat(self, call: str, wish: Wish, write: Seated | None) -> Participant:
        opened = await self._found(call)
        seats, person, now = opened.call.participants, wish.person, self._clock.utc()
        mine = seat_of(seats, person.username) if person.username else None
        if mine is not None:
            return mine
        if full(seats):
            raise CallRefusedError("call_full", f"call {call!r} has no place left")
        until = now + ABSENCE if wish.until is None else wish.until
        given = _given(next_seat(seats), person, now, until)
        more: list[More] = [] if write is None else [lambda connection: write(connection, given)]
        after = opened.call.with_seat(given)
        detail = f"{given.seat} {given.role} {given.name}"
        await self._exchange.settle(opened, after, wish.actor, "call_seat_given", *more, detail=detail)
        return given

    async def _found(self, call: str) -> OpenCall:
        opened = self._open.get(call)
        if opened is None:
            await self.find(call)
            raise CallRefusedError("call_over", f"call {call[:64]!r} is over")
        return opened

    # ---- from the room ----

    def from_room(self, edge: str, signal: Signal) -> None:
        """Take a verified signal; called by the MQTT thread."""
        loop, arrived = self._loop, self._clock.monotonic()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # The loop closed between the two lines: the hub stops.
                loop.call_soon_threadsafe(self._arrived, edge, signal, arrived)

    def _arrived(self, edge: str, signal: Signal, arrived: int) -> None:
        opened = self._open.get(signal.call)
        if opened is None or opened.call.edge != edge:
            self.counts.drop("room_of_no_call")
            if opened is None and signal.kind not in LAST_WORDS:
                # It was not connected when the call ended: its camera must not stay on for that.
                self._exchange.over(edge, signal.call)
        else:
            self._exchange.put(signal.call, lambda: self._rooms.take(opened, signal, arrived))

    # ---- time ----

    async def _ticker(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            for opened in tuple(self._open.values()):
                self._look_soon(opened)

    def _look_soon(self, opened: OpenCall) -> None:
        self._exchange.put(opened.call.id, lambda: self._look(opened))

    async def _look(self, opened: OpenCall) -> None:
        """Let time do to a call what it does."""
        now = self._clock.utc()
        late = timed_out(opened.call, now)
        if opened.call.over:
            return
        if late is not None:
            self._exchange.to_room(opened.call, SignalKind.BYE, reason=late.reason)
            await self._exchange.follow(opened, late, SYSTEM, f"call_{late.state}")
        elif now - opened.absent.get(CALLER, now) >= ABSENCE:
            await self._exchange.caller_leaves(opened.call.id, "caller_left", SYSTEM)
        else:
            await self._let_go(opened, now)
            self._knock(opened, now)

    async def _let_go(self, opened: OpenCall, now: int) -> None:
        """Let go of the seats whose page does not come, or does not come back."""
        for seat in opened.call.participants:
            if seat.seat in opened.pages or seat.seat == CALLER:
                continue
            if seat.state is SeatState.INVITED and seat.until is not None and now >= seat.until:
                await self._exchange.seat_leaves(opened, seat.seat, "not_come", SYSTEM)
            elif now - opened.absent.get(seat.seat, now) >= ABSENCE:
                await self._exchange.seat_leaves(opened, seat.seat, "page_gone", SYSTEM)

    def _knock(self, opened: OpenCall, now: int) -> None:
        """Tell the room again who is at its door, until it lets them in or declines."""
        announced = (seat for seat in opened.call.participants if seat.state is SeatState.ANNOUNCED)
        at_door = [seat for seat in announced if seat.seat in opened.pages and seat.seat != CALLER]
        opened.knocked = {seat.seat: opened.knocked.get(seat.seat, seat.since) for seat in at_door}
        for seat in at_door:
            if opened.call.talking and now - opened.knocked[seat.seat] >= KNOCK:
                opened.knocked[seat.seat] = now
                self._exchange.announce(opened.call, seat)

    # ---- a new one ----

    def _new(self, resident: str, caller: Caller, beside: Caller | None) -> Call:
        found = self._live.ward.roll.inhabitants.get(resident)
        if found is None:
            raise CallRefusedError("unknown_resident", f"resident {resident[:64]!r} is unknown")
        if found.edge is None:
            raise CallRefusedError("no_device", f"room {found.room!r} has no device")
        device = self._live.ward.edges.get(found.edge)
        if device is None or not device.online:
            raise CallRefusedError("room_offline", f"the device of room {found.room!r} does not answer")
        if any(opened.call.edge == found.edge for opened in self._open.values()):
            raise CallRefusedError("room_busy", f"room {found.room!r} is in a call")
        now = self._clock.utc()
        first = Participant(
            CALLER, caller.username, caller.display_name, caller.role, SeatState.ANNOUNCED, now, now
        )
        call = Call(
            f"call-{secrets.token_hex(8)}",
            resident,
            found.room,
            found.edge,
            caller.username,
            caller.display_name,
            CallState.REQUESTED,
            "",
            now,
            now,
            participants=(first,),
        )
        if beside is None or beside.username == caller.username:
            return call
        return call.with_seat(_given(next_seat(call.participants), beside, now, None))


def _given(seat: str, person: Caller, now: int, until: int | None) -> Participant:
    return Participant(
        seat,
        person.username,
        person.display_name,
        person.role,
        SeatState.INVITED,
        now,
        now,
        guest=not person.username,
        until=until,
    )
