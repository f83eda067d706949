"""The shell around `edge.video.call`: signals in and out, devices, connections, vital signs, and the room's screen.

aiortc is loaded when a call rings and not before: a room that rests needs neither its memory nor its threads.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.wire.messages import Signal, SignalKind
from edge.counters import Counters
from edge.kiosk.screen import RoomScreen, Settings
from edge.video.call import Close, Connect, Effect, Pass, Phase, RoomCall, Say, Timing
from edge.video.vitals import Latest, VitalsFeed, beat_message

if TYPE_CHECKING:
    from edge.config import CallConfig
    from edge.ringing import Ringing
    from edge.video.peer import Peer, PeerEvents
    from edge.video.sources import Devices
    from edge.video.speaker import Speaker

_log = logging.getLogger(__name__)

TICK: Final = 0.25
"Seconds between two looks at the clock while there is a call."
RETRY_SCREEN: Final = 10.0
"Seconds between two attempts to listen on the screen's port."
BEAT: Final = SECOND
"Between two heartbeats on the data channel."
ALL: Final = 5 * SECOND
"Between two messages that tell every value, not only the new ones."


@dataclass(frozen=True, slots=True)
class RoomView:
    """What the room's screen shows of the call."""

    phase: Phase
    call: str
    caller: str
    caller_role: str
    reason: str
    opens_in: float | None
    "Seconds until an announced call opens by itself."
    camera: bool
    "The camera is open: read from the device, not from the call."
    microphone: bool


@dataclass(frozen=True, slots=True)
class _Media:
    """What needs aiortc."""

    peer: type[Peer]
    events: type[PeerEvents]
    devices: type[Devices]
    speaker: type[Speaker]


def _load() -> _Media:
    peer, sources, speaker = (
        importlib.import_module(f"edge.video.{name}") for name in ("peer", "sources", "speaker")
    )
    return _Media(peer.Peer, peer.PeerEvents, sources.Devices, speaker.Speaker)


class CallService:
    """The room's calls. Everything runs on the event loop; no method blocks or raises on what the hub sends."""

    def __init__(
        self,
        config: CallConfig,
        send: Callable[[Signal], None],
        clock: Clock,
        vitals: Latest,
        *,
        hub_connected: Callable[[], bool] | None = None,
        counters: Counters | None = None,
    ) -> None:
        """Prepare.

        Args:
            config: the `[call]` table.
            send: takes signals for the hub.
            clock: the edge's clock.
            vitals: newest readings, for the physician's page.
            hub_connected: tells the room's screen whether the hub can be reached.
            counters: the edge's, for what is dropped or refused.
        """
        self._config = config
        self._send = send
        self._clock = clock
        self._vitals = vitals
        self._call = RoomCall(
            Timing(config.consent, int(config.ring_seconds * SECOND), int(config.announce_seconds * SECOND))
        )
        self._work: asyncio.Queue[Connect | Pass | Close] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._ticking: asyncio.Task[None] | None = None
        self._devices: Devices | None = None
        self._peer: Peer | None = None
        self._feed: VitalsFeed | None = None
        self._next_beat = 0
        self._next_all = 0
        self._listeners: list[Callable[[], None]] = []
        self._speaker: Speaker | None = None
        self.screen: RoomScreen | None = None
        "The room's page; there is none while its port is taken."
        self._hub_connected = hub_connected or (lambda: True)
        self._counters = counters or Counters()
        self._alarms: Ringing | None = None
        self._counted: Counter[str] = Counter()

    # ---- life ----

    def show_alarms(self, alarms: Ringing) -> None:
        """Let the room's screen also show what rings here while the hub does not answer; call it before `start`."""
        self._alarms = alarms
        alarms.screens = lambda: 0 if self.screen is None else self.screen.heard

    async def start(self) -> None:
        """Be ready for calls. A port that is taken is tried again: the room's sensors do not depend on its screen."""
        self._tasks = [asyncio.create_task(self._worker(), name="call worker")]
        if not await self._start_screen():
            self._tasks.append(asyncio.create_task(self._keep_trying(), name="room screen"))

    async def stop(self) -> None:
        """End the call, if there is one, and close what is open."""
        self._apply(self._call.hang_up("edge_stopping", self._now()))
        if self._tasks:
            await self._work.join()
        for task in [*self._tasks, *([self._ticking] if self._ticking else [])]:
            task.cancel()
            await asyncio.wait([task])
        self._tasks, self._ticking = [], None
        if self.screen is not None:
            await self.screen.stop()
            self.screen = None

    async def _start_screen(self) -> bool:
        settings = await asyncio.to_thread(_screen_settings, self._config)
        screen = RoomScreen(settings, self, self._clock, self._hub_connected, self._alarms)
        try:
            await screen.start()
        except OSError as error:
            _log.error("the room's screen cannot be served: %s; no call can ring here", error)
            return False
        self.screen = screen
        return True

    async def _keep_trying(self) -> None:
        while True:
            await asyncio.sleep(RETRY_SCREEN)
            if await self._start_screen():
                return

    # ---- from the hub ----

    def handle(self, signal: Signal) -> None:
        """Take a signal; late and foreign ones are counted and change nothing."""
        self._apply(self._call.receive(signal, self._now()))
        if self._call.phase is Phase.RINGING and self._ticking is None:
            self._ticking = asyncio.create_task(self._tick(), name="call clock")

    # ---- from the room's screen ----

    def shown(self, call: str) -> None:
        """The screen shows the ring of this call."""
        self._apply(self._call.shown(call, self._now()))

    def screen_gone(self) -> None:
        """The last screen went away."""
        self._apply(self._call.screen_gone(self._now()))

    def accept(self, call: str) -> None:
        """Somebody in the room accepted this call."""
        self._apply(self._call.accept(call, self._now()))

    def refuse(self, call: str) -> None:
        """Somebody in the room refused this call."""
        self._apply(self._call.refuse(call, self._now()))

    def hang_up(self, call: str) -> None:
        """Somebody in the room ended this call."""
        if call == self._call.id:
            self._apply(self._call.hang_up("room_hung_up", self._now()))

    def request_key_frame(self) -> None:
        """A screen joined and needs a whole picture."""
        if self._peer is not None:
            self._peer.request_key_frame()

    def view(self) -> RoomView:
        """Return what the screen shows now."""
        call, devices = self._call, self._devices
        opens_at = call.opens_at
        return RoomView(
            call.phase,
            call.id,
            call.caller,
            call.caller_role,
            call.reason,
            None if opens_at is None else max(0.0, (opens_at - self._now()) / SECOND),
            devices is not None and devices.camera_open,
            devices is not None and devices.microphone_open,
        )

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change of `view`; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # ---- inside ----

    def _now(self) -> int:
        return self._clock.monotonic()

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Say():
                    self._say(effect.kind, effect.call, effect.epoch, effect.reason)
                case Close():
                    # At once, whatever the worker is waiting for.
                    self._close_devices()
                    self._work.put_nowait(effect)
                case Connect() | Pass():
                    self._work.put_nowait(effect)
        for reason, count in (self._call.dropped - self._counted).items():
            self._counters.add(f"call_{reason}", count)
        self._counted = Counter(self._call.dropped)
        for listener in tuple(self._listeners):
            listener()

    def _say(self, kind: SignalKind, call: str, epoch: int, reason: str = "", sdp: str = "") -> None:
        self._send(Signal(call, epoch, kind, self._clock.utc(), sdp=sdp, reason=reason))

    async def _tick(self) -> None:
        # Loading takes half a second, which nobody notices while it rings.
        try:
            await asyncio.to_thread(_load)
        except (ImportError, OSError) as error:
            _log.error("call %s ends: its libraries cannot be loaded: %s", self._call.id, error)
            self._apply(self._call.hang_up("device_failed", self._now()))
        while self._call.phase is not Phase.IDLE:
            now = self._now()
            self._apply(self._call.tick(now))
            if self._feed is not None and self._peer is not None:
                self._talk(self._feed, self._peer, now)
            await asyncio.sleep(TICK)
        self._ticking = None

    def _talk(self, feed: VitalsFeed, peer: Peer, now: int) -> None:
        if now >= self._next_beat:
            peer.send(beat_message(self._clock.utc()))
            self._next_beat = now + BEAT
        feed.flush(everything=now >= self._next_all)
        if now >= self._next_all:
            self._next_all = now + ALL

    async def _worker(self) -> None:
        while True:
            effect = await self._work.get()
            try:
                match effect:
                    case Connect():
                        await self._connect(effect.epoch)
                    case Pass():
                        await self._pass(effect.signal)
                    case Close():
                        await self._close_peer()
            except Exception:  # noqa: BLE001 - the supervisor of this room's calls: the next one must ring
                _log.exception("call %s ends by an error", self._call.id)
                self._counters.add("call_faults")
                self._apply(self._call.hang_up("device_failed", self._now()))
            finally:
                self._work.task_done()

    async def _connect(self, epoch: int) -> None:
        await self._close_peer()
        media = await asyncio.to_thread(_load)
        # Whoever hung up meanwhile must not find the camera open: nothing is awaited between this question and opening.
        if not self._current(epoch):
            return
        devices = self._open_devices(media)
        if devices is None:
            return
        events = media.events(self._heard, self._failed, self._opened, self._picture, self._voice)
        peer = self._peer = media.peer(epoch, self._call.ice_servers, events)
        sdp = await peer.offer(devices, loopback=self._config.ice_loopback)
        if not self._current(epoch):
            return
        if "\na=candidate" not in sdp:
            # No network, or a relay that refuses us: aiortc would wait for ever without saying so.
            _log.error("call %s ends: this room has no address to be reached at", self._call.id)
            self._apply(self._call.hang_up("no_connection", self._now()))
        else:
            self._say(SignalKind.OFFER, self._call.id, epoch, sdp=sdp)

    def _current(self, epoch: int) -> bool:
        return self._call.may_open and epoch == self._call.epoch

    def _open_devices(self, media: _Media) -> Devices | None:
        if self._devices is not None:
            return self._devices
        devices = media.devices(self._config, self._clock)
        self._devices = devices
        try:
            devices.open()
            kind, _, name = self._config.loudspeaker.partition(":")
            if kind == "alsa":
                self._speaker = media.speaker(name or "default")
        except ConfigError as error:
            _log.error("call %s ends: %s", self._call.id, error)
            self._apply(self._call.hang_up("device_failed", self._now()))
            return None
        self._apply([])
        return devices

    def _close_devices(self) -> None:
        if self._devices is not None:
            self._devices.close()
            self._devices = None
        if self._speaker is not None:
            self._speaker.close()
            self._speaker = None

    async def _pass(self, signal: Signal) -> None:
        if self._peer is None or self._peer.epoch != signal.epoch:
            return
        try:
            await self._peer.take(signal)
        except ValueError as error:
            self._counters.add("call_malformed")
            _log.warning("call %s: %s", signal.call, error)

    async def _close_peer(self) -> None:
        if self._feed is not None:
            self._feed.close()
            self._feed = None
        peer, self._peer = self._peer, None
        if peer is not None:
            await peer.close()

    def _heard(self, epoch: int) -> None:
        effects = self._call.heard(epoch, self._now())
        if effects:
            self._apply(effects)

    def _failed(self, epoch: int) -> None:
        self._apply(self._call.failed(epoch, self._now()))

    def _opened(self) -> None:
        if self._peer is not None and self._feed is None:
            self._feed = VitalsFeed(self._vitals, self._peer.send)
            self._next_beat = self._next_all = 0

    def _picture(self, data: bytes, timestamp: int) -> None:
        if self.screen is not None:
            self.screen.picture(data, timestamp)

    def _voice(self, data: bytes, timestamp: int) -> None:
        if self._speaker is not None:
            self._speaker.play(data)
        elif self.screen is not None:
            self.screen.voice(data, timestamp)


def _screen_settings(config: CallConfig) -> Settings:
    # Loaded here, off the event loop: the page's folder and policy are all that is needed of it.
    server = importlib.import_module("dashboards.server")
    try:
        files: Path | None = server.room_files()
    except server.DashboardsMissingError as error:
        _log.error("%s", error)
        files = None
    return Settings(config.screen_port, config.loudspeaker, files, server.CONTENT_SECURITY_POLICY)
