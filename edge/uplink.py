"""Carries sealed batches to the hub, and what the hub says back. The way itself is in `edge.window` and `edge.mqtt`.

Two lanes: `live` goes out as it is sealed, `late` oldest first at a bounded rate beside it. Nothing leaves the spool before
the hub's acknowledgement. MQTT 5 first, since a broker that refuses a message says so there; 3.1.1 where the broker knows
nothing newer.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    Presence,
    Report,
    Signal,
    SyncRequest,
    encode,
)
from devices.wire.seal import MAX_MESSAGE, seal
from devices.wire.topics import all_down, up
from edge.config import BrokerConfig, Credentials
from edge.counters import Counters
from edge.mqtt import LinkError, Login, MqttLink, RefusedError
from edge.pipeline import Batch, Content
from edge.spool import Numbered, Placement, Spool, SpoolFullError
from edge.supervisor import Attempt
from edge.timekeeping import Timekeeper
from edge.window import Verdict, Window
from edge.writer import Writer

_log = logging.getLogger(__name__)

HEARTBEAT = 5.0
"Seconds between two presences (devices.wire.messages.Presence)."

READ_AT_ONCE = 16
"Envelopes read from disk in one go; with the window of paho they bound the memory of a resend."

FLUSH_SECONDS = 3
"Deletions ride with the next batch, a second later; only when none comes they get a commit of their own."

NOT_TAKEN_PAUSE = 0.2
"Seconds until a message that the connection did not take is offered again; the connection is ending then."

SYNC_PAUSE = SECOND
"A hub that asks again and again is answered once a second."


@dataclass(slots=True)
class Parts:
    """What the uplink works with."""

    clock: Clock
    timekeeper: Timekeeper
    spool: Spool
    writer: Writer
    counters: Counters


class Uplink:
    """The connection of one edge to its hub."""

    def __init__(
        self, edge: str, broker: BrokerConfig, credentials: Credentials, parts: Parts, *, late_rate: float
    ) -> None:
        self._edge = edge
        self._broker = broker
        self._credentials = credentials
        self._parts = parts
        self._late_pause = 1.0 / late_rate
        self._late_chunk = max(1, min(READ_AT_ONCE, round(late_rate)))
        self._lanes = {lane: Window(*_position(parts.spool, lane)) for lane in Lane}
        self._fresh: deque[Numbered] = deque()
        self._wake = {lane: asyncio.Event() for lane in Lane}
        self._link: MqttLink | None = None
        self._protocol = "3.1.1" if broker.protocol == "3.1.1" else "5"
        self._session = ""
        self._synced = -SYNC_PAUSE
        self._presence_now = asyncio.Event()
        self._changed = asyncio.Event()
        self._anew: Verdict | None = None
        self.on_message: Callable[[str, bytes, int], object] = lambda _topic, _message, _now: None
        "Told every message with its monotonic time of arrival."
        self.presence: Callable[[], Presence] = lambda: Presence(edge, "", "online")
        "Makes a heartbeat; the session is filled in here."

    @property
    def connected(self) -> bool:
        """Whether the broker is reached."""
        return self._link is not None

    @property
    def protocol(self) -> str:
        """MQTT version of the connection, or of the next attempt."""
        return self._protocol

    def window(self, lane: Lane) -> Window:
        """Return a lane's state, to be looked at."""
        return self._lanes[lane]

    def live(self) -> Lane | None:
        """Return the lane for a batch sealed now: live while the hub answers, none (to be late) otherwise."""
        window = self._lanes[Lane.LIVE]
        answering = window.answers(self._parts.clock.monotonic())
        possible = self.connected and self._anew is None and self._parts.timekeeper.known
        return Lane.LIVE if possible and answering and window.has_room() else None

    def sealed(self, numbered: Numbered | None) -> None:
        """Take what `Spool.seal` returned: send it if it has a number, otherwise it will go late."""
        if numbered is None or numbered.spool != self._parts.spool.identity:
            self._wake[Lane.LATE].set()
            return
        self._lanes[Lane.LIVE].number(numbered.seq, self._parts.clock.monotonic())
        self._fresh.append(numbered)
        self._wake[Lane.LIVE].set()

    async def settle(self, seconds: float) -> None:
        """Wait until everything live is acknowledged, but no longer than so many seconds, nor without a connection."""
        window = self._lanes[Lane.LIVE]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.connected and window.outstanding:
                    self._changed.clear()
                    await self._changed.wait()

    def send_signal(self, signal: Signal) -> None:
        """Send one message of a call. Without a connection it is dropped and counted: calls are about now."""
        if not self._publish("signal", encode(signal)):
            self._parts.counters.add("signals_not_sent")

    def send_report(self, report: Report) -> None:
        """Send what a technician asked to see. Without a connection it is dropped and counted: nobody looks then."""
        if not self._publish("report", encode(report)):
            self._parts.counters.add("reports_not_sent")

    def acknowledged(self, acknowledgement: Acknowledgement, monotonic: int) -> None:
        """Take a verified acknowledgement."""
        spool = self._parts.spool
        if acknowledgement.spool != spool.identity:
            self._parts.counters.add("ack_other_spool")
            return
        window = self._lanes[acknowledgement.lane]
        verdict = window.acknowledge(acknowledgement.seq, monotonic)
        if verdict is Verdict.PROGRESS:
            # An old message cannot make progress, so it cannot tell a wrong time either.
            self._parts.timekeeper.hub_time(acknowledgement.time, monotonic)
            self._parts.writer.post(spool.acknowledge, acknowledgement.lane, acknowledgement.seq)
            self._heard(monotonic)
        elif verdict is Verdict.REPEATED:
            self._heard(monotonic)
        else:
            self._parts.counters.add(f"ack_{verdict.name.lower()}")
            if verdict is not Verdict.BEHIND:
                self._anew = verdict
        self._wake_all()

    def synchronise(self, _request: SyncRequest) -> None:
        """The hub lost its place: tell presence, send everything outstanding again."""
        now = self._parts.clock.monotonic()
        self._heard(now)
        if now - self._synced >= SYNC_PAUSE:
            self._synced = now
            for window in self._lanes.values():
                window.reconnect()
            self._presence_now.set()
            self._wake_all()

    async def run(self, attempt: Attempt) -> None:
        """Connect and stay connected until it fails.

        Raises:
            LinkError: the broker cannot be reached, refuses us, or the connection ended.
        """
        self._session = uuid.uuid4().hex
        topic = up(self._edge, "presence")
        login = Login(
            client_id=f"veilleuse-{self._edge}",
            user=self._edge,
            password=self._credentials.password,
            subscribe=all_down(self._edge),
            will_topic=topic,
            will=self._seal(topic, encode(Presence(self._edge, self._session, "gone"))),
        )
        link = MqttLink(self._broker, login, self._protocol, self._received)
        try:
            try:
                await link.open()
            except RefusedError:
                self._other_protocol()
                raise
            self._link = link
            for window in self._lanes.values():
                window.reconnect()
            attempt.works()
            await self._serve(link)
        finally:
            self._link = None
            self._changed.set()
            gone = Presence(self._edge, self._session, "gone", self._now())
            await link.close(self._seal(topic, encode(gone)))
            self._parts.counters.add("publish_refused", link.refused)

    # While connected

    async def _serve(self, link: MqttLink) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name, work in (
                    ("live", self._send_live()),
                    ("late", self._send_late()),
                    ("heartbeat", self._beat()),
                    ("patience", self._watch()),
                    ("time", self._ask_time()),
                    ("link", self._until_end(link)),
                ):
                    group.create_task(work, name=f"{self._edge}/uplink/{name}")
        except* VeilleuseError as errors:
            # One named error instead of a group: the supervisor logs it in words.
            raise errors.exceptions[0] from None

    async def _until_end(self, link: MqttLink) -> None:
        reason = await link.wait_ended()
        raise LinkError(f"connection to {self._broker.host}:{self._broker.port} ended: {reason}")

    async def _send_live(self) -> None:
        window = self._lanes[Lane.LIVE]
        while True:
            self._wake[Lane.LIVE].clear()
            while window.sent < window.numbered and self._anew is None:
                for numbered in await self._next_live(window):
                    await self._send(numbered, window)
            await self._wake[Lane.LIVE].wait()

    async def _next_live(self, window: Window) -> list[Numbered]:
        while self._fresh and self._fresh[0].seq <= window.sent:
            self._fresh.popleft()
        if self._fresh and self._fresh[0].seq == window.sent + 1:
            return [self._fresh.popleft()]
        return await self._read(Lane.LIVE, window)

    async def _send_late(self) -> None:
        window = self._lanes[Lane.LATE]
        while True:
            self._wake[Lane.LATE].clear()
            batches = await self._next_late(window)
            for numbered in batches:
                await self._send(numbered, window)
                await asyncio.sleep(self._late_pause)
            if not batches:
                await self._wake[Lane.LATE].wait()

    async def _next_late(self, window: Window) -> list[Numbered]:
        parts = self._parts
        if self._anew is not None:
            return []
        if window.sent < window.numbered:
            return await self._read(Lane.LATE, window)
        now = parts.clock.monotonic()
        answering = all(each.answers(now) for each in self._lanes.values())
        if not (answering and window.has_room() and parts.timekeeper.known and parts.spool.pending):
            return []
        try:
            batches = await parts.writer.run(parts.spool.number_late, self._late_chunk)
        except SpoolFullError:
            parts.counters.add("spool_full")
            return []
        for numbered in batches:
            window.number(numbered.seq, parts.clock.monotonic())
        return batches

    async def _ask_time(self) -> None:
        """Send an empty batch while the time is unknown: the acknowledgement carries the hub's."""
        parts, window = self._parts, self._lanes[Lane.LIVE]
        while not parts.timekeeper.known:
            if not window.outstanding:
                question = parts.writer.run(
                    parts.spool.seal, Batch(Content()), Placement(synchronised=False), Lane.LIVE
                )
                self.sealed(await question)
            await asyncio.sleep(1.0)

    async def _read(self, lane: Lane, window: Window) -> list[Numbered]:
        after, spool = window.sent, self._parts.spool
        batches = await self._parts.writer.run(spool.unacknowledged, lane, after, READ_AT_ONCE)
        if not batches and after == window.sent < window.numbered:
            # Numbered and neither acknowledged nor on disk: only a numbering begun anew gets the lane going again.
            self._anew = Verdict.FOREIGN_PAST
        return batches

    async def _beat(self) -> None:
        while True:
            self._presence_now.clear()
            presence = self.presence()
            self._publish("presence", encode(replace(presence, session=self._session)))
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._presence_now.wait()
            except TimeoutError:
                continue

    async def _watch(self) -> None:
        """Once a second: send again what waits too long, delete what was acknowledged, let the late lane look."""
        parts = self._parts
        for second in itertools.count():
            await asyncio.sleep(1.0)
            if self._anew is not None:
                await self._begin_anew(self._anew)
            now = parts.clock.monotonic()
            for lane, window in self._lanes.items():
                if window.overdue(now):
                    parts.counters.add(f"resent_{lane}")
            if second % FLUSH_SECONDS == 0:
                with contextlib.suppress(SpoolFullError):
                    await parts.writer.run(parts.spool.flush)
            self._wake_all()

    # Steps

    async def _send(self, numbered: Numbered, window: Window) -> None:
        parts = self._parts
        if numbered.seq != window.sent + 1 or numbered.spool != parts.spool.identity:
            return
        now = parts.clock.monotonic()
        envelope = Envelope(
            self._edge,
            numbered.spool,
            numbered.lane,
            numbered.seq,
            self._now(),
            numbered.synchronised,
            numbered.content.observations,
            numbered.waveforms,
            numbered.content.statuses,
            numbered.content.losses,
            numbered.content.events,
            numbered.content.verdicts,
        )
        if self._publish(str(numbered.lane), encode(envelope)):
            window.went_out(numbered.seq, now)
        else:
            await asyncio.sleep(NOT_TAKEN_PAUSE)

    def _publish(self, kind: str, body: bytes) -> bool:
        if self._link is None:
            return False
        topic = up(self._edge, kind)
        message = self._seal(topic, body)
        if len(message) > MAX_MESSAGE:
            self._parts.counters.add("message_too_big")
            _log.error(
                "%s: message of %d bytes on %s exceeds %d", self._edge, len(message), topic, MAX_MESSAGE
            )
        return self._link.publish(topic, message)

    def _seal(self, topic: str, body: bytes) -> bytes:
        return seal(self._credentials.keys, topic, body)

    def _received(self, topic: str, message: bytes) -> None:
        self.on_message(topic, message, self._parts.clock.monotonic())

    def _heard(self, now: int) -> None:
        for window in self._lanes.values():
            window.heard(now)

    def _wake_all(self) -> None:
        for event in self._wake.values():
            event.set()
        self._changed.set()

    def _other_protocol(self) -> None:
        if self._broker.protocol == "auto":
            self._protocol = "3.1.1" if self._protocol == "5" else "5"

    def _now(self) -> int:
        return self._parts.timekeeper.now(self._parts.clock.monotonic())

    async def _begin_anew(self, verdict: Verdict) -> None:
        reason = "the hub lost its place" if verdict is Verdict.LOST_PAST else "this spool is an old copy"
        _log.error("%s: %s: numbering begins anew with all that is not acknowledged", self._edge, reason)
        self._parts.counters.add("numbering_renewed")
        await self._parts.writer.run(self._parts.spool.renew)
        self._fresh.clear()
        for window in self._lanes.values():
            window.begin_anew()
        self._anew = None


def _position(spool: Spool, lane: Lane) -> tuple[int, int]:
    position = spool.position(lane)
    return position.acknowledged, position.numbered
