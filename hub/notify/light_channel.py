"""The lamps of rooms and corridors, over MQTT: an order to an edge, and its word, read back from the lamp.

An address is an edge, or `room`: the edge of the room that the alert is about. `Sent` means that the order was
published; the edge's report says that the lamp is lit, or why not, and silence for some seconds is a failure. What is no
longer asked for is taken back, and goes out by itself when nobody is left to take it back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

from devices.clock import Clock
from devices.wire.messages import LightOrder, LightReport
from hub.notify.base import GiveUp, Notice, Outcome, Receipt, ReceiptKind, Retry, Sent, State
from hub.notify.standing import Standing

ROOM = "room"
"Address of the edge of the alert's own room."
WITHIN = 5.0
"Seconds for an edge's word."
LONGEST = 1800.0
"Seconds after which a lamp goes out by itself; a ladder that begins again lights it again."

_NOBODY = "no edge is heard"


class Sender(Protocol):
    """The way to edges; `hub.ingest.link.EdgeLink`."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Publish a message to an edge."""
        ...


class LightChannel:
    """The channel `light`. `reported` may be called by any thread, everything else on the event loop."""

    name = "light"

    def __init__(
        self,
        sender: Sender,
        online: Callable[[str], bool],
        edges: Callable[[], bool],
        clock: Clock,
        receipts: Callable[[Receipt], None],
        *,
        within: float = WITHIN,
    ) -> None:
        """Make a channel.

        Args:
            sender: the way to edges.
            online: tells whether an edge is heard.
            edges: tells whether any is.
            clock: the hub's clock.
            receipts: told what edges say.
            within: seconds for their word.
        """
        self._sender = sender
        self._online = online
        self._edges = edges
        self._clock = clock
        self._receipts = receipts
        self._within = within
        self._issued = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dark: dict[str, asyncio.Future[LightReport]] = {}
        "Recalls that wait for their edge's word, by notice."
        self._standing = Standing(clock, _NOBODY)

    @property
    def state(self) -> State:
        """Whether any edge is heard; whether the one that is asked has a lamp, only its answer says."""
        self._standing.say("" if self._edges() else _NOBODY)
        return self._standing.state

    async def run(self) -> None:
        """Take reports from now on; the way to the edges is the hub's own."""
        self._loop = asyncio.get_running_loop()

    def remember(self, shown: Mapping[str, str]) -> None:
        """Need nothing of the log: an edge knows each notice by its own name."""
        del shown

    async def send(self, notice: Notice) -> Outcome:
        """Light a lamp."""
        edge = self._edge(notice)
        if not edge:
            return GiveUp("the alert is about no room")
        if not self._online(edge):
            return GiveUp(f"edge {edge} is not heard")
        self._order(edge, notice, lit=True)
        return Sent(notice.id, within=self._within)

    async def recall(self, notice: Notice) -> Outcome:
        """Let a lamp go out, as far as this notice lit it."""
        edge = self._edge(notice)
        if not edge:
            return Sent()
        if not self._online(edge):
            return Retry(f"edge {edge} is not heard", after=10.0)
        answer = self._dark.setdefault(notice.id, asyncio.get_running_loop().create_future())
        try:
            self._order(edge, notice, lit=False)
            async with asyncio.timeout(self._within):
                report = await asyncio.shield(answer)
        except TimeoutError:
            return Retry(f"edge {edge} did not say that it took the light back", after=10.0)
        finally:
            self._dark.pop(notice.id, None)
        return Retry(report.problem, after=30.0) if report.problem else Sent()

    def reported(self, report: LightReport) -> None:
        """Take what an edge says; verified before."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, report)

    def _take(self, report: LightReport) -> None:
        if not report.ordered:
            waiting = self._dark.get(report.notice)
            if waiting is not None and not waiting.done():
                waiting.set_result(report)
            return
        kind = ReceiptKind.DELIVERED if report.lit else ReceiptKind.FAILED
        detail = report.problem or f"lamp of {report.edge}"
        self._receipts(Receipt(self.name, report.notice, kind, self._clock.utc(), detail))

    def _edge(self, notice: Notice) -> str:
        return notice.edge if notice.address == ROOM else notice.address

    def _order(self, edge: str, notice: Notice, *, lit: bool) -> None:
        # An edge takes only what is newer than what it took.
        self._issued = max(self._issued + 1, self._clock.utc())
        seconds = LONGEST if lit else 0.0
        self._sender.send(edge, "command", LightOrder(self._issued, notice.id, lit, notice.priority, seconds))
