"""From the log to the channels and back: what is queued is sent, what becomes of it is written down.

One loop per channel takes from the log on the disk what is due, the most urgent first, writes that it is being sent, sends
it, and writes what came of it. So a slow channel delays nobody but itself, and a hub that ends in between knows what it
may have sent. A channel that gives up, or is still not able when the time for it is over, makes room for the recipient's
next one at once; a step that reached nobody at all hurries the next step. What a counterpart took and should have confirmed
by now has failed (traps 17 and 19). What displays and lights show is taken back when its alert is in somebody's hands or
over: what is owed is known from the disk, and written down there before it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from sqlalchemy import Connection

from devices.backoff import Backoff
from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from hub.alerting.escalation.climb import PATIENCE, USEFUL
from hub.alerting.model import Alert, Suppression
from hub.alerting.responses import Action
from hub.health import Health
from hub.live import Committed
from hub.notify.base import Channel, GiveUp, Notice, Outcome, Recalling, Receipt, ReceiptKind, Retry, Sent
from hub.notify.log import Log
from hub.notify.recalls import SEND, Recalls
from hub.notify.text import short_text
from hub.store import journal, tellings
from hub.store.database import Database
from hub.store.tellings import Notification, Stage

_LOOK = 1.0
"Seconds after which a channel looks into the log though nobody woke it."
_RETRY = 60.0
"Longest pause between two attempts, in seconds."
_UNKNOWN = 10 * SECOND
"How long a receipt may be ahead of the line in the log that it is about."
_MAX_RECEIPTS = 512
"Receipts that wait; bounds what a counterpart gone mad can make the hub remember."

_log = logging.getLogger(__name__)
_SCREENS = ("screens", "a screen of the ward can be heard")
_ELSEWHERE = {"screen": _SCREENS, "tablet": _SCREENS, "light": ("lamps", "edges are heard")}
"A ward without an open screen, and edges that are not heard, have their own ways to say so: a hub is not ill of them twice."
_STAGES = {
    ReceiptKind.DELIVERED: Stage.DELIVERED,
    ReceiptKind.SEEN: Stage.SEEN,
    ReceiptKind.ACCEPTED: Stage.ACCEPTED,
    ReceiptKind.REFUSED: Stage.REFUSED,
    ReceiptKind.FAILED: Stage.FAILED,
}


class Desk(Protocol):
    """What the dispatcher asks of the writer."""

    def act(self, alert_id: str, action: Action, author: str, reason: str) -> Future[Alert]:
        """See `hub.ingest.writer.Writer.act`."""
        ...

    def hurry(self, alert: str, number: int, step: int) -> None:
        """See `hub.ingest.writer.Writer.hurry`."""
        ...


class Dispatcher:
    """Lives on the event loop; `committed` and `receipt` may be called by any thread."""

    def __init__(
        self, database: Database, clock: Clock, desk: Desk, health: Health, room_of: Callable[[Alert], str]
    ) -> None:
        """Make a dispatcher without channels.

        Args:
            database: where the log is.
            clock: the hub's clock.
            desk: who carries out what recipients answer.
            health: what is wrong.
            room_of: returns the name of an alert's room; called on the event loop.
        """
        self._log = Log(database, health)
        self._clock = clock
        self._desk = desk
        self._health = health
        self._room_of = room_of
        self._channels: Mapping[str, Channel] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakes: dict[str, asyncio.Event] = {}
        self._receipts: deque[Receipt] = deque(maxlen=_MAX_RECEIPTS)
        self._heard = asyncio.Event()
        self._answered = True
        "Somebody may have taken an alert since it was looked for."

    def committed(self, news: Committed) -> None:
        """Look into the log: something may have been queued, or climb again."""
        if news.changes or news.orders:
            self._call(self._news)

    def receipt(self, receipt: Receipt) -> None:
        """Take what a counterpart says of what it took; channels are made with it."""
        self._call(self._hear, receipt)

    async def run(self, channels: Sequence[Channel]) -> None:
        """Dispatch until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._channels = {channel.name: channel for channel in channels}
        self._wakes = {name: asyncio.Event() for name in self._channels}
        resumed = await self._log.write(lambda connection: tellings.resume(connection, self._clock.utc()))
        if resumed:
            _log.warning("%d notifications were being sent when the hub ended, and are sent again", resumed)
        async with asyncio.TaskGroup() as group:
            for channel in channels:
                if isinstance(channel, Recalling):
                    recalls = Recalls(self._log, self._clock, channel, self._notice)
                    await recalls.remember()
                    group.create_task(recalls.run(), name=f"recalls of {channel.name}")
            group.create_task(self._hear_receipts(), name="receipts")
            group.create_task(self._look_round(), name="channels")
            for channel in channels:
                group.create_task(self._keep(channel), name=f"line of {channel.name}")
                group.create_task(self._serve(channel), name=f"queue of {channel.name}")

    async def _keep(self, channel: Channel) -> None:
        """Keep a channel's line running; one without a line of its own ends at once."""
        backoff = Backoff(base=1.0, ceiling=30.0)
        while True:
            try:
                await channel.run()
            except VeilleuseError as error:
                _log.warning("channel %s: %s", channel.name, error)
                await asyncio.sleep(backoff.next())
            else:
                return

    def _report(self) -> None:
        """Say which channels carry nothing now."""
        for name, channel in self._channels.items():
            state = channel.state
            if name in _ELSEWHERE:
                fact, well = _ELSEWHERE[name]
                self._health.fact(fact, state.reason or well)
            elif state.well:
                self._health.well(f"channel_{name}")
            else:
                self._health.degraded(f"channel_{name}", f"channel {name} carries nothing: {state.reason}")

    async def _serve(self, channel: Channel) -> None:
        wake = self._wakes[channel.name]
        while True:
            wake.clear()
            row = await self._waiting(channel.name)
            if row is not None:
                await self._deliver(channel, row)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await wake.wait()

    async def _deliver(self, channel: Channel, row: Notification) -> None:
        if self._clock.utc() >= row.expires:
            await self._fail(row, Stage.GIVEN_UP, row.reason or "its time is over")
            return
        alert = await self._begin(row)
        if alert is None:
            return
        outcome = await self._send(channel, self._notice(row, alert))
        now = self._clock.utc()
        if isinstance(outcome, Sent):
            reference, within, note = outcome.reference, outcome.within, outcome.note
            by = None if within is None else now + round(within * SECOND)
            await self._log.write(
                lambda c: tellings.sent(c, row.id, reference, now, confirm_by=by, note=note)
            )
            self._heard.set()
        elif isinstance(outcome, GiveUp):
            await self._fail(row, Stage.GIVEN_UP, outcome.reason)
        else:
            await self._later(row, outcome, now)

    async def _later(self, row: Notification, outcome: Retry, now: int) -> None:
        pause = min(_RETRY, max(outcome.after, 2.0 ** min(row.attempts, 10)))
        not_before = now + round(pause * SECOND)
        if not_before >= row.expires:
            await self._fail(row, Stage.GIVEN_UP, outcome.reason)
        else:
            await self._log.write(lambda c: tellings.again(c, row.id, outcome.reason, not_before, now))

    async def _begin(self, row: Notification) -> Alert | None:
        def work(connection: Connection) -> Alert | None:
            begun = tellings.begin(connection, row.id, self._clock.utc())
            return journal.alert(connection, tellings.alert_of(connection, row.id)) if begun else None

        return await self._log.write(work)

    @staticmethod
    async def _send(channel: Channel, notice: Notice) -> Outcome:
        try:
            async with asyncio.timeout(SEND):
                return await channel.send(notice)
        except TimeoutError:
            return Retry(f"the channel did not answer in {SEND:g} s")

    def _notice(self, row: Notification, alert: Alert) -> Notice:
        room = self._room_of(alert)
        return Notice(
            id=row.id,
            alert=alert.id,
            address=row.address,
            code=alert.code.value,
            priority=alert.priority,
            room=room,
            text=short_text(alert, room, row.say),
            born=alert.raised,
            expires=row.expires,
            edge=alert.edge,
            quiet=alert.suppression is Suppression.SILENCED,
        )

    async def _fail(self, row: Notification, stage: Stage, reason: str) -> None:
        now = self._clock.utc()
        expires = now + (PATIENCE if len(row.rest) > 1 else USEFUL)

        def work(connection: Connection) -> bool:
            more = tellings.fail(connection, row, stage, reason, now, expires=expires)
            return not more and tellings.unreached(connection, row.id)

        if await self._log.write(work):
            await self._hurry(row)
        self._wake()

    async def _hurry(self, row: Notification) -> None:
        alert = await self._log.read(lambda connection: tellings.alert_of(connection, row.id))
        self._desk.hurry(alert, row.round, row.step)

    async def _look_round(self) -> None:
        """Say how the channels are, and give up what waits for one that this hub does not have any more."""
        while True:
            self._report()
            for name in sorted(await self._log.read(tellings.queued_channels) - self._channels.keys()):
                row = await self._waiting(name)
                if row is not None:
                    await self._fail(row, Stage.GIVEN_UP, f"channel {name} is not configured")
            await self._look_for_receipts()
            await asyncio.sleep(_LOOK)

    async def _look_for_receipts(self) -> None:
        """Write down who took an alert on a page, and what nobody confirmed in time."""
        if self._answered:
            self._answered = False
            await self._log.write(lambda c: tellings.accept_taken(c, self._clock.utc()))
        while row := await self._log.read(lambda c: tellings.unconfirmed(c, self._clock.utc())):
            await self._fail(row, Stage.FAILED, "no receipt came in time")

    async def _waiting(self, channel: str) -> Notification | None:
        return await self._log.read(lambda c: tellings.next_queued(c, channel, self._clock.utc()))

    # ---- receipts ----

    async def _hear_receipts(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._heard.wait()
            self._heard.clear()
            early: dict[tuple[str, str], list[Receipt]] = {}
            for _ in range(len(self._receipts)):
                receipt = self._receipts.popleft()
                key = receipt.channel, receipt.reference
                # What waits for its line in the log keeps its order.
                if key in early or not await self._take(receipt):
                    early.setdefault(key, []).append(receipt)
            now = self._clock.utc()
            for receipts in early.values():
                self._receipts.extend(r for r in receipts if now - r.time < _UNKNOWN)

    async def _take(self, receipt: Receipt) -> bool:
        """Write down a receipt and do what it asks; false when the log has nothing that it could be about."""
        find = tellings.by_reference
        row = await self._log.read(lambda c: find(c, receipt.channel, receipt.reference))
        if row is None:
            return False
        if receipt.kind is ReceiptKind.FAILED:
            await self._fail(row, Stage.FAILED, receipt.detail or "the counterpart gave it up")
            return True
        stage, now = _STAGES[receipt.kind], self._clock.utc()
        await self._log.write(lambda c: tellings.receive(c, row, stage, receipt.detail, now))
        if receipt.kind is ReceiptKind.ACCEPTED:
            await self._accept(row)
        elif receipt.kind is ReceiptKind.REFUSED and await self._log.read(
            lambda c: tellings.unreached(c, row.id)
        ):
            await self._hurry(row)
        return True

    async def _accept(self, row: Notification) -> None:
        """Let who accepted have the alert; somebody else may have been faster."""
        alert = await self._log.read(lambda connection: tellings.alert_of(connection, row.id))
        asked = self._desk.act(alert, Action.TAKE, row.recipient, f"accepted by {row.channel}")
        try:
            await asyncio.shield(asyncio.wrap_future(asked))
        except VeilleuseError as error:
            reason = f"accepted, but {error}"
            now = self._clock.utc()
            await self._log.write(lambda c: tellings.receive(c, row, Stage.ACCEPTED, reason, now))

    # ---- the rest ----

    def _hear(self, receipt: Receipt) -> None:
        self._receipts.append(receipt)
        self._heard.set()

    def _news(self) -> None:
        self._answered = True
        self._wake()

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            # A loop that is closed sends nothing; the log keeps what waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)
