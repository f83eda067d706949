"""All that is open while the room is in a call: devices, connections, and what is told on them.

Needs aiortc, so nothing imports it before a call rings. Each seat has a task of its own: one that waits for a relay, or
fails, holds up nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.wire.messages import Signal
from edge.media.names import SOUND_SYSTEMS, coding, sound_device
from edge.video import tuning
from edge.video.echo import EchoFree, Reference
from edge.video.encoding import SharedEncoder
from edge.video.engine import MediaEngine, Offer
from edge.video.extras import Extras
from edge.video.mesh import Lent, Mesh
from edge.video.relays import Relays
from edge.video.sound import SharedSound
from edge.video.sources import Devices
from edge.video.speaker import Speaker
from edge.video.vitals import Latest, VitalsFeed, beat_message, extras_message, quality_message

if TYPE_CHECKING:
    from edge.config import CallConfig

_log = logging.getLogger(__name__)

BEAT = SECOND
"Between two heartbeats on the data channel."
ALL = 5 * SECOND
"Between two messages that tell every value, not only the new ones."


class Host(Protocol):
    """Whose conversation this is; `edge.video.service.CallService` is one. All on the event loop."""

    def link_heard(self, seat: str, epoch: int) -> None:
        """A page was heard."""
        ...

    def link_failed(self, seat: str, epoch: int) -> None:
        """A connection is beyond repair."""
        ...

    def link_offers(self, seat: str, epoch: int, offer: Offer) -> None:
        """A connection has its offer; perhaps one without any address."""
        ...

    def link_blocked(self, seat: str, epoch: int, reason: str) -> None:
        """Earlier connections came to nothing, and the relay said why."""
        ...

    def link_fault(self, seat: str) -> None:
        """A connection ended by an error that nobody thought of; it was logged."""
        ...

    def malformed(self, signal: Signal, error: ValueError) -> None:
        """A page's answer or candidate is none."""
        ...

    def wanted(self, seat: str, epoch: int) -> bool:
        """Tell whether this connection is still the one to make."""
        ...

    def said(self, seat: str, text: str) -> None:
        """A page said something on its channel."""
        ...

    def room_text(self) -> str:
        """Return the message that tells of the room."""
        ...

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """A picture for the room's screen."""
        ...

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """A voice for the room's screen."""
        ...

    def changed(self) -> None:
        """What the screen shows of the devices may have changed."""
        ...


_Work = tuple[int, tuple[dict[str, str], ...]] | Signal | None
"A new connection of an epoch over these servers, what a page says of one, or the end."


@dataclass(slots=True, eq=False)
class _Seat:
    """One seat's work, in order."""

    name: str
    work: asyncio.Queue[_Work] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None
    feed: VitalsFeed | None = None
    next_beat: int = 0
    next_all: int = 0

    def silence(self) -> None:
        """End what is told."""
        if self.feed is not None:
            self.feed.close()
            self.feed = None


class Conversation:
    """Devices and connections of one call. Lives on the event loop."""

    def __init__(
        self, config: CallConfig, clock: Clock, vitals: Latest, host: Host, relays: Relays | None = None
    ) -> None:
        """Prepare; nothing is opened.

        Args:
            config: the `[call]` table.
            clock: the edge's clock.
            vitals: newest readings.
            host: who is told.
            relays: ways to a relay that were asked while it rang.
        """
        tuning.install()
        self._config = config
        self._clock = clock
        self._vitals = vitals
        self._host = host
        self._relays = relays or Relays(clock)
        self._seats: dict[str, _Seat] = {}
        self._ending: dict[str, asyncio.Task[None]] = {}
        self._pictures: SharedEncoder | None = None
        self._microphone: SharedSound | None = None
        self._speaker: Speaker | None = None
        self._engine: MediaEngine | None = None
        self.devices = Devices(config, clock)
        "Camera and microphone."
        self.extras = Extras(config, clock, self._extras_changed)
        "Second devices."

    # ---- life ----

    def open(self) -> None:
        """Open camera, microphone and loudspeaker. Blocks while a real device answers.

        Raises:
            ConfigError: one cannot be opened; the text names it. Nothing stays open.
        """
        devices, config = self.devices, self._config
        try:
            devices.open()
            self._open_loudspeaker()
        except ConfigError:
            devices.close()
            raise
        if devices.camera is not None:
            self._pictures = SharedEncoder(
                devices.camera,
                config.size,
                config.fps,
                self._clock,
                lambda _rung: self._camera_changed(),
                coding(config.camera, config.codec),
            )
            self._pictures.start()
        if devices.microphone is not None:
            self._microphone = SharedSound(devices.microphone, tuning.speech_encoder())
            self._microphone.start()
        lent = Lent(self._microphone, self._pictures, self.extras)
        self._engine = Mesh(lent, self, self._clock, loopback=config.ice_loopback)

    def close(self) -> None:
        """Close the devices at once; connections follow."""
        self.extras.close()
        if self._pictures is not None:
            self._pictures.stop()
        if self._microphone is not None:
            self._microphone.stop()
        self.devices.close()
        if self._speaker is not None:
            self._speaker.close()
        for seat in tuple(self._seats):
            self.drop(seat)

    async def closed(self) -> None:
        """Wait until every connection that was given up is closed."""
        if self._ending:
            await asyncio.wait(self._ending.values())

    async def settled(self) -> None:
        """Wait until what was asked so far is done."""
        for seat in tuple(self._seats.values()):
            await seat.work.join()
        await self.closed()

    @property
    def closing(self) -> bool:
        """Whether connections are still being closed."""
        return bool(self._ending)

    # ---- what the call asks ----

    def connect(self, seat: str, epoch: int, ice_servers: tuple[dict[str, str], ...]) -> None:
        """Make a new connection for a seat."""
        known = self._seats.get(seat)
        if known is None:
            known = self._seats[seat] = _Seat(seat)
            known.task = asyncio.create_task(self._serve(known, self._ending.get(seat)), name=f"seat {seat}")
        known.work.put_nowait((epoch, ice_servers))

    def take(self, signal: Signal) -> None:
        """Give a page's answer or candidate to its connection."""
        seat = self._seats.get(signal.peer)
        if seat is not None:
            seat.work.put_nowait(signal)

    def drop(self, seat: str) -> None:
        """Close a seat's connection."""
        known = self._seats.pop(seat, None)
        if known is None or known.task is None:
            return
        known.silence()
        if self._speaker is not None:
            self._speaker.forget(seat)
        known.work.put_nowait(None)
        self._ending[seat] = known.task
        known.task.add_done_callback(lambda task: self._ended(seat, task))

    def _ended(self, seat: str, task: asyncio.Task[None]) -> None:
        if self._ending.get(seat) is task:
            del self._ending[seat]

    def mute(self, *, on: bool) -> None:
        """Let the room's microphone send silence, or what it hears."""
        if self._microphone is not None:
            self._microphone.muted = on

    def request_key_frame(self, seat: str) -> None:
        """A screen needs a whole picture of this seat."""
        if self._engine is not None:
            self._engine.request_key_frame(seat)

    def switch(self, role: str, *, on: bool) -> None:
        """Open or close a second device, if the room has one of this role."""
        for known in self.extras.available:
            if known.value == role:
                self.extras.switch(known, on=on)

    # ---- what is told ----

    def tell(self, now: int) -> None:
        """Tell every page what is due."""
        for seat in self._seats.values():
            if seat.feed is None:
                continue
            if now >= seat.next_beat:
                self._send(seat.name, beat_message(self._clock.utc()))
                seat.next_beat = now + BEAT
            everything = now >= seat.next_all
            seat.feed.flush(everything=everything)
            if everything:
                seat.next_all = now + ALL
                for text in (self._quality(), self._extras(), self._host.room_text()):
                    self._send(seat.name, text)

    def tell_all(self, text: str, *, but: str = "") -> None:
        """Tell every page something now, but for one."""
        for seat in self._seats.values():
            if seat.feed is not None and seat.name != but:
                self._send(seat.name, text)

    def _send(self, seat: str, message: str | bytes) -> bool:
        return self._engine is not None and bool(message) and self._engine.send(seat, message)

    def _extras(self) -> str:
        return extras_message(self.extras.available, self.extras.active, self.extras.failed)

    def _quality(self) -> str:
        if self._pictures is None:
            return ""
        pictures = self._pictures
        return quality_message(pictures.rung, best=pictures.best, failed=pictures.failed)

    def _extras_changed(self) -> None:
        self.tell_all(self._extras())
        self._host.changed()

    def _camera_changed(self) -> None:
        self.tell_all(self._quality())
        # A camera that failed is not open any more: the lamp.
        self._host.changed()

    # ---- connections ----

    async def _serve(self, seat: _Seat, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            # Who sat here before is still leaving; closing their connection must not close the new one.
            await asyncio.wait([before])
        going = True
        while going:
            work = await seat.work.get()
            try:
                going = await self._do(seat, work)
            except Exception:  # noqa: BLE001 - the supervisor of this seat: the others must go on
                _log.exception("the connection of seat %s ends by an error", seat.name)
                going = work is not None
                if self._here(seat):
                    self._host.link_fault(seat.name)
            finally:
                seat.work.task_done()

    async def _do(self, seat: _Seat, work: _Work) -> bool:
        """Do what is asked of a seat; tell whether anything may follow."""
        match work:
            case Signal():
                await self._take(work)
            case None:
                seat.silence()
                self._relays.left(seat.name)
                if self._engine is not None:
                    await self._engine.disconnect(seat.name)
            case _:
                await self._connect(seat, *work)
        return work is not None

    async def _connect(self, seat: _Seat, epoch: int, ice_servers: tuple[dict[str, str], ...]) -> None:
        seat.silence()
        if self._engine is None or not self._wanted(seat, epoch):
            return
        blocked = self._relays.verdict(seat.name)
        if blocked:
            self._host.link_blocked(seat.name, epoch, blocked)
        way = await self._relays.choose(seat.name, epoch, ice_servers)
        if not self._wanted(seat, epoch):
            return
        offer = await self._engine.connect(seat.name, epoch, way)
        if self._wanted(seat, epoch):
            self._host.link_offers(seat.name, epoch, offer)

    def _here(self, seat: _Seat) -> bool:
        """Tell whether somebody still sits there: another call may have begun, with the same seats."""
        return self._seats.get(seat.name) is seat

    def _wanted(self, seat: _Seat, epoch: int) -> bool:
        return self._here(seat) and self._host.wanted(seat.name, epoch)

    async def _take(self, signal: Signal) -> None:
        if self._engine is None:
            return
        try:
            await self._engine.take(signal)
        except ValueError as error:
            self._host.malformed(signal, error)

    # ---- `edge.video.engine.Events` ----

    # What still comes from a connection that is being closed is nobody's: the next call has the same seats.

    def heard(self, seat: str, epoch: int) -> None:
        """A packet or a message came."""
        if seat in self._seats:
            self._relays.heard(seat, epoch)
            self._host.link_heard(seat, epoch)

    def failed(self, seat: str, epoch: int) -> None:
        """A connection failed or closed, without our doing."""
        if seat in self._seats:
            self._host.link_failed(seat, epoch)

    def opened(self, seat: str) -> None:
        """The data channel is open."""
        known = self._seats.get(seat)
        if known is not None and known.feed is None:
            known.feed = VitalsFeed(self._vitals, lambda message: self._send(seat, message))
            known.next_beat = known.next_all = 0

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """An encoded picture came."""
        if seat in self._seats:
            self._host.picture(seat, data, timestamp)

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """An Opus packet came."""
        if seat not in self._seats:
            return
        if self._speaker is not None:
            self._speaker.play(seat, data)
        else:
            self._host.voice(seat, data, timestamp)

    def said(self, seat: str, text: str) -> None:
        """A text came on the data channel."""
        if seat in self._seats:
            self._host.said(seat, text)

    # ---- inside ----

    def _open_loudspeaker(self) -> None:
        if self._config.loudspeaker.partition(":")[0] not in SOUND_SYSTEMS:
            return
        devices, played = self.devices, None
        # A drawn sound hears no loudspeaker; a speakerphone may cancel its echo itself.
        if (
            self._config.echo_cancellation
            and devices.microphone is not None
            and self._config.microphone.partition(":")[0] in SOUND_SYSTEMS
        ):
            reference = Reference()
            devices.microphone, played = EchoFree(devices.microphone, reference), reference.put
        self._speaker = Speaker(sound_device(self._config.loudspeaker), played)
