"""The calls of a home: created for a physician, signalled to rooms, every step on disk before anybody is told.

Steps come from three sides (the physician's page, the room, time) and are taken one after the other by one task, so
that no two of them race. Everything runs on the hub's event loop but `from_room`, which the MQTT thread calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client import Counter as Metric

from devices.clock import Clock
from devices.errors import VeilleuseError
from devices.wire.messages import Signal, SignalKind
from hub.consult.ice import Relay, ice_servers
from hub.consult.room import ABSENCE, Call, CallEvent, CallState, newer_epoch, step, timed_out
from hub.live import Live
from hub.store import records
from hub.store.database import Database
from hub.store.errors import StoreError

_log = logging.getLogger(__name__)

TICK: Final = 0.5
"Seconds between two looks at the clock."
MAX_EPOCH: Final = 1_000_000
"Highest epoch a page may claim to have seen: one a second for eleven days."
MAX_QUEUE: Final = 1000
"Signals that wait to be taken; a room that sends more is flooding, and loses them."

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
    "device_failed": CallEvent.ROOM_FAILS,
    "no_such_call": CallEvent.ROOM_FAILS,
    "no_connection": CallEvent.ROOM_FAILS,
    "lost": CallEvent.ROOM_FAILS,
}
"What a room's good-bye means, by its reason; any other is that somebody in the room hung up."


class CallRefusedError(VeilleuseError):
    """A call cannot be made or found; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Rooms(Protocol):
    """Sends signals to rooms; `hub.ingest.link.EdgeLink` does."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Seal and publish; may be called at any time, does not block."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls."""

    username: str
    display_name: str
    role: str
    reason: str = ""
    "Why; goes into the audit, not to the room."


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What the physician's page is told."""

    kind: str
    "`state`, `offer` or `bye`."
    call: Call
    sdp: str = ""
    reason: str = ""
    ice_servers: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PageSignal:
    """What the physician's page says."""

    kind: str
    "`answer`, `candidate`, `restart` or `bye`."
    epoch: int
    sdp: str = ""
    candidate: str = ""
    sdp_mid: str = ""
    sdp_mline_index: int | None = None


Page = Callable[[PageMessage], None]


@dataclass(slots=True)
class _Open:
    """A call that is not over."""

    call: Call
    page: Page | None = None
    absent_since: int = 0


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
        self._database = database
        self._rooms = rooms
        self._live = live
        self._clock = clock
        self._relay = relay or Relay()
        self._open: dict[str, _Open] = {}
        self._work: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(MAX_QUEUE)
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._metric: Metric | None = None
        self.dropped: Counter[str] = Counter()
        "Signals that changed nothing, by reason."

    # ---- life ----

    async def start(self) -> None:
        """Take up the calls that were open when the hub stopped: pictures go on without it."""
        self._loop = asyncio.get_running_loop()
        for call in await asyncio.to_thread(self._running):
            self._open[call.id] = _Open(call, None, self._clock.utc())
        self._tasks = [
            asyncio.create_task(self._worker(), name="calls"),
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

    def register(self, registry: CollectorRegistry) -> None:
        """Show what is dropped, by reason, in the hub's metrics."""
        self._metric = Metric(
            "veilleuse_call_signals_dropped",
            "Signals of calls that changed nothing, by reason.",
            ["reason"],
            registry=registry,
        )

    def _drop(self, reason: str) -> None:
        self.dropped[reason] += 1
        if self._metric is not None:
            self._metric.labels(reason).inc()

    # ---- from people ----

    async def request(self, resident: str, caller: Caller) -> Call:
        """Ring in a resident's room.

        A caller who is in a call with this resident already (the page was loaded again) gets that call back.

        Raises:
            CallRefusedError: `unknown_resident`, `no_device`, `room_offline` or `room_busy`.
            StoreError: the call cannot be recorded, so it is not made.
        """
        for mine in self._open.values():
            if (mine.call.resident, mine.call.caller) == (resident, caller.username):
                return mine.call
        call = self._new(resident, caller)
        self._open[call.id] = opened = _Open(call, None, call.requested)
        try:
            await asyncio.to_thread(self._save, call, caller.username, "call_requested", caller.reason)
        except StoreError:
            del self._open[call.id]
            raise
        self._told(call)
        ring = Signal(
            call.id,
            call.epoch,
            SignalKind.RING,
            self._clock.utc(),
            caller=caller.display_name,
            caller_role=caller.role,
            ice_servers=ice_servers(self._relay, f"{call.id}-room", call.requested),
        )
        self._rooms.send(call.edge, "signal", ring)
        return opened.call

    async def hang_up(self, call: str, actor: str) -> Call:
        """End a call from the physician's side; one that is over stays as it ended.

        Raises:
            CallRefusedError: `unknown_call`.
        """
        await self._do(lambda: self._caller_leaves(call, "caller_hung_up", actor))
        return await self.find(call)

    async def find(self, call: str) -> Call:
        """Return a call, open or past.

        Raises:
            CallRefusedError: `unknown_call`.
        """
        if call in self._open:
            return self._open[call].call
        record = await asyncio.to_thread(self._record, call)
        if record is None:
            raise CallRefusedError("unknown_call", f"call {call[:64]!r} is unknown")
        return record

    def open_calls(self) -> list[Call]:
        """Return the calls that are not over."""
        return [opened.call for opened in self._open.values()]

    # ---- from the physician's page ----

    def join(self, call: str, username: str, page: Page) -> bool:
        """Connect the caller's page; one that was there before is told to leave. False: not theirs, or over."""
        opened = self._open.get(call)
        if opened is None or opened.call.caller != username:
            return False
        if opened.page is not None:
            opened.page(PageMessage("bye", opened.call, reason="replaced"))
        opened.page = page
        servers = ice_servers(self._relay, f"{call}-page", self._clock.utc())
        page(PageMessage("state", opened.call, ice_servers=servers))
        return True

    def leave(self, call: str, page: Page) -> None:
        """Disconnect a page; the call waits for it to come back."""
        opened = self._open.get(call)
        if opened is not None and opened.page == page:
            opened.page, opened.absent_since = None, self._clock.utc()

    def from_page(self, call: str, page: Page, signal: PageSignal) -> None:
        """Take what the page says; late and foreign messages are counted and dropped."""
        opened = self._open.get(call)
        if opened is None or opened.page != page:
            self._drop("page_of_no_call")
        elif signal.kind == "bye":
            self._put(lambda: self._caller_leaves(call, "caller_hung_up", opened.call.caller))
        elif signal.kind == "restart":
            self._put(lambda: self._restart(call, min(signal.epoch, MAX_EPOCH)))
        elif signal.epoch != opened.call.epoch or not (signal.sdp or signal.kind == "candidate"):
            self._drop("page_epoch")
        else:
            self._to_room(opened.call, SignalKind(signal.kind), page=signal)

    # ---- from the room ----

    def from_room(self, edge: str, signal: Signal) -> None:
        """Take a verified signal; called by the MQTT thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # The loop closed between the two lines: the hub stops.
                loop.call_soon_threadsafe(self._put, lambda: self._take(edge, signal))

    async def _take(self, edge: str, signal: Signal) -> None:
        opened = self._open.get(signal.call)
        if opened is None or opened.call.edge != edge:
            self._drop("room_of_no_call")
            return
        if signal.kind is SignalKind.OFFER:
            await self._offer(opened, signal)
            return
        if signal.kind is SignalKind.BYE:
            event: CallEvent | None = BYE_EVENTS.get(signal.reason, CallEvent.ROOM_LEAVES)
        else:
            event = ROOM_EVENTS.get(signal.kind)
        reason = {SignalKind.BUSY: "room_busy"}.get(signal.kind, signal.reason)
        after = step(opened.call, event, self._clock.utc(), reason) if event else None
        if after is None:
            self._drop("room_out_of_turn")
            return
        await self._moved(opened, after, f"room:{edge}")

    async def _offer(self, opened: _Open, signal: Signal) -> None:
        if signal.epoch < opened.call.epoch:
            self._drop("room_epoch")
            return
        await self._renewed(opened, signal.epoch, f"room:{opened.call.edge}")
        if opened.page is not None:
            opened.page(PageMessage("offer", opened.call, sdp=signal.sdp))

    # ---- inside; everything below runs in the worker ----

    async def _restart(self, call: str, epoch: int) -> None:
        """The page was loaded again or lost its connection: the room offers anew."""
        opened = self._open.get(call)
        if opened is None or opened.call.state in {CallState.REQUESTED, CallState.RINGING}:
            # Nothing to connect to yet; the room offers by itself once it accepts.
            return
        await self._renewed(opened, max(opened.call.epoch, epoch) + 1, opened.call.caller)
        servers = ice_servers(self._relay, f"{call}-room", self._clock.utc())
        self._to_room(opened.call, SignalKind.RESTART, servers=servers)

    async def _caller_leaves(self, call: str, reason: str, actor: str) -> None:
        opened = self._open.get(call)
        if opened is None:
            return
        after = step(opened.call, CallEvent.CALLER_LEAVES, self._clock.utc(), reason)
        assert after is not None  # the table knows it in every open state
        self._to_room(opened.call, SignalKind.BYE, reason=reason)
        await self._moved(opened, after, actor)

    async def _renewed(self, opened: _Open, epoch: int, actor: str) -> None:
        after = newer_epoch(opened.call, epoch)
        if after is not opened.call:
            # On disk as well: a hub that restarts must not ask a room for an epoch that has passed.
            await self._recorded(after, actor, "call_connection")
            opened.call = after

    async def _moved(self, opened: _Open, after: Call, actor: str) -> None:
        await self._recorded(after, actor, f"call_{after.state}")
        opened.call = after
        if after.over:
            self._open.pop(after.id, None)
        self._told(after)
        if opened.page is not None:
            opened.page(PageMessage("state", after))

    async def _recorded(self, after: Call, actor: str, action: str) -> None:
        try:
            await asyncio.to_thread(self._save, after, actor, action)
        except StoreError as error:
            # A room that hung up has hung up, whatever our disk says; the record follows with the next step.
            _log.error("call %s: %s is not recorded: %s", after.id, action, error)

    def _told(self, call: Call) -> None:
        _log.info("call %s is %s %s", call.id, call.state, call.reason)
        self._live.call_changed(record_of(call), call.caller_name)

    async def _look(self) -> None:
        now = self._clock.utc()
        for opened in tuple(self._open.values()):
            late = timed_out(opened.call, now)
            if late is not None:
                self._to_room(opened.call, SignalKind.BYE, reason=late.reason)
                await self._moved(opened, late, "veilleuse")
            elif opened.page is None and now - opened.absent_since >= ABSENCE:
                await self._caller_leaves(opened.call.id, "caller_left", "veilleuse")

    def _new(self, resident: str, caller: Caller) -> Call:
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
        return Call(
            f"call-{secrets.token_hex(8)}",
            1,
            resident,
            found.room,
            found.edge,
            caller.username,
            caller.display_name,
            CallState.REQUESTED,
            "",
            now,
            now,
        )

    def _to_room(
        self,
        call: Call,
        kind: SignalKind,
        *,
        reason: str = "",
        page: PageSignal | None = None,
        servers: tuple[dict[str, str], ...] = (),
    ) -> None:
        said = page or PageSignal("", call.epoch)
        signal = Signal(
            call.id,
            call.epoch,
            kind,
            self._clock.utc(),
            sdp=said.sdp,
            candidate=said.candidate,
            sdp_mid=said.sdp_mid,
            sdp_mline_index=said.sdp_mline_index,
            reason=reason,
            ice_servers=servers,
        )
        self._rooms.send(call.edge, "signal", signal)

    # ---- one at a time ----

    def _put(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            self._work.put_nowait(work)
        except asyncio.QueueFull:
            self._drop("flood")

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        done = asyncio.Event()

        async def then() -> None:
            try:
                await work()
            finally:
                done.set()

        await self._work.put(then)
        await done.wait()

    async def _worker(self) -> None:
        while True:
            work = await self._work.get()
            try:
                await work()
            except Exception:  # noqa: BLE001 - the supervisor of the home's calls: one must not stop the others
                _log.exception("a step of a call failed")
                self._drop("fault")

    async def _ticker(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            await self._do(self._look)

    # ---- on disk; in a thread ----

    def _save(self, call: Call, actor: str, action: str, detail: str = "") -> None:
        entry = records.AuditEntry(self._clock.utc(), actor, action, call.id, detail or call.reason)
        with self._database.write() as connection:
            records.save_call(connection, record_of(call))
            records.audit(connection, entry)

    def _running(self) -> list[Call]:
        with self._database.read() as connection:
            return [self._restored(record) for record in records.calls(connection, running=True)]

    def _record(self, call: str) -> Call | None:
        with self._database.read() as connection:
            found = [record for record in records.calls(connection) if record.id == call]
        return self._restored(found[0]) if found else None

    def _restored(self, record: records.CallRecord) -> Call:
        found = self._live.ward.roll.inhabitants.get(record.resident)
        call = Call(
            record.id,
            record.epoch,
            record.resident,
            "" if found is None else found.room,
            record.edge,
            record.caller,
            record.caller,
            CallState(record.state),
            record.reason,
            record.requested,
            record.requested,
            record.answered,
            record.ended,
        )
        # What a state has lasted is not recorded: waiting starts anew, and ends as it would have.
        return call if call.over else replace(call, since=self._clock.utc())


def record_of(call: Call) -> records.CallRecord:
    """Return a call as the store keeps it."""
    return records.CallRecord(
        call.id,
        call.epoch,
        call.resident,
        call.edge,
        call.caller,
        call.state,
        call.reason,
        call.requested,
        call.answered,
        call.ended,
    )
