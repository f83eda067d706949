"""What the pages of a call's participants say: to the room, to each other, and that they come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from devices.wire.messages import CALLER, SignalKind
from hub.consult import allowance
from hub.consult.book import More
from hub.consult.exchange import Exchange
from hub.consult.model import Page, PageSignal
from hub.consult.open_call import BETWEEN_PAGES, ROOM, OpenCall, Present
from hub.consult.participants import ADMITTED, newer_epoch
from hub.store.consult import SeatState

MAX_EPOCH: Final = 1_000_000
"Highest epoch a page may claim to have seen: one a second for eleven days."
PAGE_GONE: Final = "page_gone"
"Cause of an incident: the page of somebody whom the room hears is not here any more."
RESTARTED: Final = "connection_renewed"
"Cause of an incident: a page asked for a new connection, because it was loaded again or its connection failed."
TO_ROOM: Final = frozenset({"answer", "candidate"})


class FromPages:
    """The pages' side."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def join(self, call: str, seat: str, page: Page) -> bool:
        """Connect the page of a seat; one that was there before is told to leave. False: no such seat, or over."""
        exchange = self._exchange
        opened = exchange.open.get(call)
        if opened is None or not opened.has(seat):
            return False
        opened.tell(opened.message("bye", seat, reason="replaced"))
        now = exchange.clock.monotonic()
        opened.pages[seat] = Present(page, allowance.signals(now), allowance.chats(now))
        opened.absent.pop(seat, None)
        servers = exchange.servers(opened.call, "page", seat)
        page(replace(opened.message("state", seat), ice_servers=servers))
        exchange.put(call, lambda: self._came(opened, seat, page))
        return True

    def leave(self, call: str, page: Page) -> None:
        """Disconnect a page; its seat waits for it to come back."""
        exchange = self._exchange
        opened = exchange.open.get(call)
        seat = None if opened is None else opened.seat_of(page)
        if opened is None or seat is None:
            return
        del opened.pages[seat]
        opened.absent[seat] = exchange.clock.utc()
        exchange.put(call, lambda: self._went(opened, seat))

    def take(self, call: str, page: Page, signal: PageSignal) -> None:
        """Take what a page says; late, foreign and too many messages are counted and dropped."""
        exchange = self._exchange
        arrived = exchange.clock.monotonic()
        opened = exchange.open.get(call)
        seat = None if opened is None else opened.seat_of(page)
        if opened is None or seat is None:
            exchange.counts.drop("page_of_no_call")
        elif signal.kind == "bye":
            exchange.put(call, lambda: self.goes(call, seat, opened.actor(seat)))
        elif not self._allowed(opened.pages[seat], signal, arrived):
            exchange.counts.drop("page_flood")
        elif signal.kind == "restart":
            exchange.put(call, lambda: self._restart(opened, seat, min(signal.epoch, MAX_EPOCH)))
        elif signal.kind in TO_ROOM and signal.peer == ROOM:
            self._to_room(opened, seat, signal, arrived)
        else:
            self._between(opened, seat, signal, arrived)

    async def goes(self, call: str, seat: str, actor: str) -> None:
        """Let somebody leave: with the caller the call ends, without another it goes on."""
        opened = self._exchange.open.get(call)
        if opened is None:
            return
        if seat == CALLER:
            await self._exchange.caller_leaves(call, "caller_hung_up", actor)
        else:
            await self._exchange.seat_leaves(opened, seat, "left", actor)

    def _allowed(self, present: Present, signal: PageSignal, now: int) -> bool:
        return (present.chats if signal.kind == "chat" else present.signals).take(now)

    def _to_room(self, opened: OpenCall, seat: str, signal: PageSignal, arrived: int) -> None:
        exchange, taken = self._exchange, opened.call.at(seat)
        said = signal.sdp or signal.kind == "candidate"
        if taken is None or not opened.admitted(seat) or signal.epoch != taken.epoch or not said:
            exchange.counts.drop("page_epoch")
            return
        exchange.to_room(
            opened.call,
            SignalKind(signal.kind),
            seat,
            sdp=signal.sdp,
            candidate=signal.candidate,
            sdp_mid=signal.sdp_mid,
            sdp_mline_index=signal.sdp_mline_index,
        )
        exchange.counts.passed("to_room", exchange.seconds_since(arrived))

    def _between(self, opened: OpenCall, seat: str, signal: PageSignal, arrived: int) -> None:
        exchange = self._exchange
        known = signal.kind == "chat" or (signal.kind in BETWEEN_PAGES and 0 <= signal.epoch <= MAX_EPOCH)
        if not known or not opened.forward(seat, signal):
            exchange.counts.drop("page_to_nobody")
            return
        exchange.counts.passed("between_pages", exchange.seconds_since(arrived))

    # ---- steps ----

    async def _came(self, opened: OpenCall, seat: str, page: Page) -> None:
        exchange, present = self._exchange, opened.pages.get(seat)
        if present is None or present.page != page or opened.call.over:
            return
        await exchange.noted(exchange.interruption_over(opened.call, seat, PAGE_GONE))
        await exchange.seat_comes(opened, seat)

    async def _went(self, opened: OpenCall, seat: str) -> None:
        if seat in opened.absent and not opened.call.over and opened.admitted(seat):
            await self._exchange.noted(self._exchange.interrupted(opened.call, seat, PAGE_GONE))

    async def _restart(self, opened: OpenCall, seat: str, epoch: int) -> None:
        """The page was loaded again or lost its connection: the room offers anew."""
        exchange, call = self._exchange, opened.call
        taken = call.at(seat)
        if taken is None or not call.talking:
            # Nothing to connect to yet; the room offers by itself once it accepts.
            return
        if taken.state is SeatState.ANNOUNCED:
            exchange.announce(call, taken)
        if taken.state not in ADMITTED:
            return
        renewed = newer_epoch(taken, max(taken.epoch, epoch) + 1)
        more: tuple[More, ...] = ()
        if taken.state is not SeatState.JOINED:
            more = (exchange.interrupted(call, seat, RESTARTED),)
        after = call.with_seat(renewed)
        actor = opened.actor(seat)
        await exchange.follow(opened, after, actor, "call_connection", *more, detail=f"{seat} {taken.name}")
        servers = exchange.servers(after, "room", seat)
        exchange.to_room(after, SignalKind.RESTART, seat, ice_servers=servers)
