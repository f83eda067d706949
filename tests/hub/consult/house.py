"""A home with its calls over a real database, a clock that the test moves, and rooms that say what they are told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.clock import ManualClock
from devices.measurement import Link
from devices.wire.messages import Presence, SensorFact, Signal, SignalKind
from hub.consult.calls import CallService, Wish
from hub.consult.model import Caller, PageMessage
from hub.consult.room import Call, CallState
from hub.live import Committed, Live, Subscription
from hub.store import records
from hub.store.consult import Participant, SeatState
from hub.store.database import Database

ROUX = Caller("roux", "Dr Roux", "physician")
BENALI = Caller("benali", "Dr Benali", "physician", "fièvre")
INES = Caller("ines", "Inès", "nurse")
SAMU = Caller("", "Dr Durand, SAMU 35", "regulator")
EDGE = "room-12"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


@dataclass
class Wire:
    """Keeps what rooms are told."""

    sent: list[tuple[str, Signal]] = field(default_factory=list)

    def send(self, edge: str, kind: str, message: object) -> None:
        assert kind == "signal"
        assert isinstance(message, Signal)
        self.sent.append((edge, message))

    def last(self) -> Signal:
        return self.sent[-1][1]

    def kinds(self) -> list[SignalKind]:
        return [signal.kind for _, signal in self.sent]


@dataclass
class Hub:
    """A hub's calls and everything around them."""

    calls: CallService
    wire: Wire
    database: Database
    clock: ManualClock
    screens: Subscription
    told: list[PageMessage] = field(default_factory=list)

    def page(self, message: PageMessage) -> None:
        self.told.append(message)

    def room(self, kind: SignalKind, call: Call, epoch: int = 1, **more: str) -> None:
        """Let the room speak, on another thread as MQTT does."""
        signal = Signal(call.id, epoch, kind, self.clock.utc(), **more)
        speaking = threading.Thread(target=self.calls.from_room, args=(EDGE, signal))
        speaking.start()
        speaking.join()

    async def reach(self, call: Call, state: CallState) -> Call:
        """Wait until the call on disk is in a state."""
        async with asyncio.timeout(60):
            while True:
                now = await self.calls.find(call.id)
                if now.state is state:
                    return now
                await asyncio.sleep(0.01)

    async def talking(self) -> Call:
        """Make a call that is connected, its page joined."""
        call = await self.calls.request("jeanne", BENALI)
        assert self.calls.pages.join(call.id, "p1", self.page)
        for kind in (SignalKind.RINGING, SignalKind.ACCEPTED, SignalKind.CONNECTED):
            self.room(kind, call)
        return await self.reach(call, CallState.CONNECTED)

    def audit(self) -> list[tuple[str, str, str]]:
        with self.database.read() as connection:
            return [(one.actor, one.action, one.detail) for one in records.audit_log(connection)]

    async def comes(self, call: Call, person: Caller) -> tuple[str, list[PageMessage]]:
        """Let somebody take a seat and open their page; return the seat and what the page is told."""
        seat = await self.calls.take_seat(call.id, Wish(person, person.username or "benali"))
        told: list[PageMessage] = []
        assert self.calls.pages.join(call.id, seat.seat, told.append)
        await until(lambda: self.seat(call, seat.seat).state is SeatState.ANNOUNCED)
        return seat.seat, told

    async def admitted(self, call: Call, person: Caller) -> tuple[str, list[PageMessage]]:
        """As `comes`, and the room admits them."""
        seat, told = await self.comes(call, person)
        self.room(SignalKind.OFFER, call, peer=seat, sdp="offer")
        await until(lambda: self.seat(call, seat).state is SeatState.JOINED)
        return seat, told

    def seat(self, call: Call, seat: str) -> Participant:
        """Return somebody in an open call."""
        found = self.calls.opened(call.id)
        taken = None if found is None else found.at(seat)
        assert taken is not None
        return taken

    def on_disk(self, call: Call) -> records.CallRecord:
        with self.database.read() as connection:
            return next(one for one in records.calls(connection) if one.id == call.id)


def online(live: Live, clock: ManualClock, *edges: str) -> None:
    """Let edges be heard."""
    facts = (SensorFact("ox", Link.UP),)
    for edge in edges:
        presence = Presence(edge, "s", "online", clock.utc(), sensors=facts)
        live._apply(Committed(clock.utc(), presences=[(presence, clock.utc())]))
