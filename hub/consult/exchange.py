"""The open calls and the steps that change them: every step on disk before anybody is told.

Everything runs on the hub's event loop. The steps of one call are taken one after the other, so that no two of them race; those of
another call do not wait for them, but for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from devices.clock import SECOND, Clock
from devices.wire.messages import CALLER, Signal, SignalKind
from hub.consult.book import Book, More, record_of
from hub.consult.counting import CallCounts
from hub.consult.ice import Relay, ice_servers
from hub.consult.model import CallRefusedError, PageMessage, Rooms
from hub.consult.open_call import OpenCall
from hub.consult.participants import PRESENT, SeatEvent, full, move
from hub.consult.room import Call, CallEvent, step
from hub.live import Live
from hub.store import consult
from hub.store.consult import Incident, Participant, SeatState
from hub.store.errors import StoreError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

MAX_QUEUE: Final = 1000
"Steps of one call that wait; a room that sends more is flooding, and loses them."
Step = Callable[[], Awaitable[None]]
SYSTEM: Final = "veilleuse"
"Who did what nobody did: time."


class Exchange:
    """What the sides of a call share; see `hub.consult.calls`."""

    def __init__(self, book: Book, rooms: Rooms, live: Live, clock: Clock, relay: Relay) -> None:
        self.book = book
        self.live = live
        self.clock = clock
        self.counts = CallCounts()
        self.open: dict[str, OpenCall] = {}
        self._rooms = rooms
        self._relay = relay
        self._waiting: dict[str, deque[Step]] = {}
        "Steps by call; a call of which none waits or is taken has no place here."
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk = asyncio.Lock()
        "SQLite has one writer, and who finds it busy sleeps much longer than a commit takes."

    # ---- one at a time ----

    def put(self, call: str, work: Step) -> None:
        """Let a step of a call be taken; when too many wait it is dropped and counted."""
        waiting = self._waiting.get(call)
        if waiting is None:
            self._waiting[call] = deque([work])
            task = asyncio.create_task(self._take(call), name=f"steps of {call}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif len(waiting) < MAX_QUEUE:
            waiting.append(work)
        else:
            self.counts.drop("flood")

    async def ask(self, call: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Let a step of a call be taken, and return what came of it.

        Raises:
            CallRefusedError: `call_busy`: too many steps wait.
        """
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()

        async def then() -> None:
            try:
                found = await work()
            except (CallRefusedError, StoreError) as error:
                _answer(done, error)
            else:
                if not done.done():
                    done.set_result(found)
            finally:
                # The step failed in a way nobody thought of: who asked must not wait for ever.
                done.cancel()

        if len(self._waiting.get(call, ())) >= MAX_QUEUE:
            raise CallRefusedError("call_busy", f"too many steps of call {call[:64]!r} wait")
        self.put(call, then)
        return await done

    async def stop(self) -> None:
        """Take no more steps."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, call: str) -> None:
        waiting = self._waiting[call]
        try:
            while waiting:
                await self._guarded(waiting.popleft())
        finally:
            del self._waiting[call]

    async def _guarded(self, work: Step) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 - the supervisor of the home's calls: one must not stop the others
            _log.exception("a step of a call failed")
            self.counts.drop("fault")

    @property
    def idle(self) -> bool:
        """Whether no step waits."""
        return not self._waiting

    # ---- on disk, then told ----

    async def settle(
        self, opened: OpenCall, after: Call, actor: str, action: str, *more: More, detail: str = ""
    ) -> None:
        """Record a step, then tell everybody.

        Raises:
            StoreError: it is not on the disk, so it did not happen.
        """
        await self.save(after, actor, action, *more, detail=detail or after.reason)
        self._took(opened, after)

    async def save(self, call: Call, actor: str, action: str, *more: More, detail: str = "") -> None:
        """Put a call on the disk.

        Raises:
            StoreError: it is not there.
        """
        async with self._disk:
            await asyncio.to_thread(self.book.save, call, actor, action, detail, *more)

    async def follow(
        self, opened: OpenCall, after: Call, actor: str, action: str, *more: More, detail: str = ""
    ) -> None:
        """Record what has happened whatever our disk says, and tell everybody."""
        try:
            await self.save(after, actor, action, *more, detail=detail or after.reason)
        except StoreError as error:
            # A room that hung up has hung up; the record follows with the next step.
            _log.error("call %s: %s is not recorded: %s", after.id, action, error)
        self._took(opened, after)

    def _took(self, opened: OpenCall, after: Call) -> None:
        opened.call = after
        if after.over:
            self.open.pop(after.id, None)
        self.told(after)
        opened.tell_state()
        opened.let_go()

    async def noted(self, *more: More) -> None:
        """Write down what changes no call."""
        try:
            async with self._disk:
                await asyncio.to_thread(self.book.note, *more)
        except StoreError as error:
            _log.error("an incident is not recorded: %s", error)

    def told(self, call: Call) -> None:
        """Tell the home's screens where a call stands."""
        _log.info("call %s is %s %s", call.id, call.state, call.reason)
        self.live.call_changed(record_of(call), call.caller_name, call.participants)

    # ---- to the room ----

    def to_room(self, call: Call, kind: SignalKind, seat: str = CALLER, **said: Any) -> None:
        """Send a signal about a seat to the call's room."""
        taken = call.at(seat)
        epoch = 1 if taken is None else taken.epoch
        signal = Signal(call.id, epoch, kind, self.clock.utc(), peer=seat, **said)
        self._rooms.send(call.edge, "signal", signal)

    def over(self, edge: str, call: str) -> None:
        """Tell a room that a call is over, of which it still speaks."""
        said = Signal(call, 1, SignalKind.BYE, self.clock.utc(), reason="caller_left")
        self._rooms.send(edge, "signal", said)

    def servers(self, call: Call, end: str, seat: str) -> tuple[dict[str, str], ...]:
        """Return the relays for one end (`room` or `page`) of one seat's connection."""
        return ice_servers(self._relay, f"{call.id}-{end}-{seat}", self.clock.utc())

    # ---- steps that more than one side takes ----

    async def caller_leaves(self, call: str, reason: str, actor: str) -> None:
        """End a call from the caller's side, for everybody."""
        opened = self.open.get(call)
        if opened is None:
            return
        after = step(opened.call, CallEvent.CALLER_LEAVES, self.clock.utc(), reason)
        assert after is not None  # the table knows it in every open state
        self.to_room(opened.call, SignalKind.BYE, reason=reason)
        await self.follow(opened, after, actor, f"call_{after.state}")

    async def seat_leaves(self, opened: OpenCall, seat: str, reason: str, actor: str, *more: More) -> None:
        """Let one who is not the caller leave; the others stay."""
        taken = opened.call.at(seat)
        moved = None if taken is None else move(taken, SeatEvent.LEAVES, self.clock.utc(), reason)
        if taken is None or moved is None:
            return
        if taken.state in PRESENT:
            self.to_room(opened.call, SignalKind.LEFT, seat, reason=reason)
        closing = self.interruption_over(opened.call, seat)
        after = opened.call.with_seat(moved)
        await self.dismiss(opened, after, seat, actor, "call_left", closing, *more)

    async def dismiss(
        self, opened: OpenCall, after: Call, seat: str, actor: str, action: str, *more: More
    ) -> None:
        """Record that a seat is nobody's any more, and close its page with the reason."""
        present, gone = opened.pages.pop(seat, None), after.at(seat)
        assert gone is not None  # it is the seat that was changed
        await self.follow(opened, after, actor, action, *more, detail=_of(gone))
        if present is not None:
            present.page(PageMessage("bye", after, seat, gone.epoch, reason=gone.reason))

    async def seat_comes(self, opened: OpenCall, seat: str) -> None:
        """Tell the room of somebody whose page is here, once the room talks at all."""
        taken = opened.call.at(seat)
        if taken is None or taken.state is not SeatState.INVITED or not opened.call.talking:
            return
        if full(opened.call.participants):
            await self.seat_leaves(opened, seat, "full", SYSTEM)
            return
        moved = move(taken, SeatEvent.COMES, self.clock.utc())
        assert moved is not None  # the table knows it for the invited
        actor = opened.actor(seat)
        await self.follow(opened, opened.call.with_seat(moved), actor, "call_announced", detail=_of(moved))
        self.announce(opened.call, moved)

    def announce(self, call: Call, seat: Participant) -> None:
        """Tell the room who is at the door; told twice, it knows the seat already."""
        self.to_room(
            call,
            SignalKind.JOIN,
            seat.seat,
            caller=seat.name,
            caller_role=seat.role,
            ice_servers=self.servers(call, "room", seat.seat),
        )

    def interrupted(self, call: Call, seat: str, cause: str) -> More:
        """Return what writes down that somebody is interrupted."""
        incident = Incident(call.id, self.clock.utc(), seat, cause)
        return lambda connection: consult.open_incident(connection, incident)

    def interruption_over(self, call: Call, seat: str, *causes: str) -> More:
        """Return what writes down that what interrupted somebody is over; without causes, whatever it was."""
        key, now = call.id, self.clock.utc()
        return lambda connection: consult.close_incidents(connection, key, seat, now, causes)

    def seconds_since(self, then: int) -> float:
        """Return the seconds since a monotonic instant."""
        return (self.clock.monotonic() - then) / SECOND


def _answer(done: asyncio.Future[_T], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)


def _of(seat: Participant) -> str:
    """Return what the audit says of a seat."""
    return " ".join(part for part in (seat.seat, seat.role, seat.name, seat.reason) if part)
