"""The shell around `edge.video.call`: signals in and out, the conversation's devices and connections, and the room's screen.

aiortc is loaded when a call rings and not before: a room that rests needs neither its memory nor its threads.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.wire.messages import CALLER, Signal, SignalKind
from edge.counters import Counters
from edge.kiosk.screen import RoomScreen, Settings
from edge.video import channel
from edge.video.admission import CarerCode, Rule
from edge.video.call import ROOM, RoomCall, Timing
from edge.video.resume import Keeper, Memory, Recall, Seated
from edge.video.resume import Verdict as Recalled
from edge.video.shutter import shutter
from edge.video.steps import Close, Connect, Drop, Effect, Pass, Phase, Say
from edge.video.view import Participant, Pointer, RoomView, Written
from edge.video.vitals import Latest

if TYPE_CHECKING:
    from edge.config import CallConfig
    from edge.ringing import Ringing
    from edge.video.conversation import Conversation
    from edge.video.engine import Offer
    from edge.video.relays import Relays

_log = logging.getLogger(__name__)

TICK: Final = 0.25
"Seconds between two looks at the clock while there is a call."
SHUTTER: Final = 1.0
"Seconds between two looks at the camera's shutter while there is a call."
WRITTEN: Final = 60 * SECOND
"How long a line stands on the room's screen: ten times as long as reading it takes (ours)."
RETRY_SCREEN: Final = 10.0
"Seconds between two attempts to listen on the screen's port."


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
            vitals: newest readings, for the pages.
            hub_connected: tells the room's screen whether the hub can be reached.
            counters: the edge's, for what is dropped or refused.
        """
        self._config = config
        self._send = send
        self._clock = clock
        self._vitals = vitals
        self._call = RoomCall(
            Timing(
                Rule(config.consent), int(config.ring_seconds * SECOND), int(config.announce_seconds * SECOND)
            ),
        )
        self._work: asyncio.Queue[Connect | Pass | Drop] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._ticking: asyncio.Task[None] | None = None
        self._talk: Conversation | None = None
        self._past: list[Conversation] = []
        self._relays: Relays | None = None
        self._keeper: Keeper | None = None
        self._recall: Recall | None = None
        self._noted = False
        self._point: Pointer | None = None
        self._written: Written | None = None
        self._shutter: str | None = None
        self._told = ""
        self._listeners: list[Callable[[], None]] = []
        self.screen: RoomScreen | None = None
        "The room's page; there is none while its port is taken."
        self._hub_connected = hub_connected or (lambda: True)
        self._counters = counters or Counters()
        self._alarms: Ringing | None = None
        self._counted: Counter[str] = Counter()

    # ---- life ----

    def use_carer_code(self, code: str) -> None:
        """Take calls that need the caregivers' code of this room; without it they are refused. Call it before `start`."""
        self._call.code = CarerCode(code)

    def outlive(self, path: Path) -> None:
        """Let a call that is open when this process is killed go on after a restart. Call it before `start`."""
        self._keeper = Keeper(path)
        self._recall = self._keeper.recall(self._clock.utc(), self._now())

    def show_alarms(self, alarms: Ringing) -> None:
        """Let the room's screen also show what rings here while the hub does not answer; call it before `start`."""
        self._alarms = alarms
        alarms.screens = lambda: 0 if self.screen is None else self.screen.heard

    async def start(self) -> None:
        """Be ready for calls. A port that is taken is tried again: the room's sensors do not depend on its screen."""
        self._tasks = [asyncio.create_task(self._worker(), name="call worker")]
        if not await self._start_screen():
            self._tasks.append(asyncio.create_task(self._keep_trying(), name="room screen"))
        if self._recall is not None:
            _log.info("call %s was open when this device stopped", self._recall.memory.call)
            self._tasks.append(asyncio.create_task(self._await_screen(), name="recalled call"))

    async def stop(self) -> None:
        """End the call, if there is one, and close what is open."""
        self._apply(self._call.hang_up("edge_stopping", self._now()))
        if self._tasks:
            await self.settled()
        for task in [*self._tasks, *([self._ticking] if self._ticking else [])]:
            task.cancel()
            await asyncio.wait([task])
        self._tasks, self._ticking = [], None
        await self._forget_ways()
        if self.screen is not None:
            await self.screen.stop()
            self.screen = None

    async def settled(self) -> None:
        """Wait until what the hub and the room asked so far is done."""
        await self._work.join()
        for talk in [*self._past, *([self._talk] if self._talk else [])]:
            await talk.settled()

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
        if self._recall is not None and self._recalled(self._recall, signal):
            return
        self._apply(self._call.receive(signal, self._now()))
        if self._call.phase is Phase.RINGING:
            self._start_ticking()

    def _start_ticking(self) -> None:
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick(), name="call clock")

    def _recalled(self, recall: Recall, signal: Signal) -> bool:
        """Give a signal to the call that was open when the device stopped; tell whether it was for that one."""
        verdict = recall.receive(signal, self._now(), screen=self._screen_seen)
        if verdict is Recalled.GO_ON:
            self._go_on(recall)
        elif recall.over(self._now()):
            self._forget()
        return verdict is not Recalled.OTHER

    @property
    def _screen_seen(self) -> bool:
        return self.screen is not None and self.screen.seen

    async def _await_screen(self) -> None:
        """The hub may ask before the screen is there again."""
        while (recall := self._recall) is not None:
            if recall.over(self._now()):
                self._forget()
            elif self._screen_seen and recall.asked(self._now()):
                self._go_on(recall)
            await asyncio.sleep(TICK)

    def _go_on(self, recall: Recall) -> None:
        now, self._recall = self._now(), None
        _log.warning("call %s goes on after a restart of this device", recall.memory.call)
        self._counters.add("call_resumed")
        self._apply(self._call.resume(recall.memory, recall.people, recall.asked(now), now))
        self._start_ticking()

    def _forget(self) -> None:
        self._recall = None
        if self._keeper is not None:
            self._keeper.forget()

    def _note(self) -> None:
        """Keep on disk what must outlive this process."""
        call = self._call
        if self._keeper is None:
            return
        if call.may_open:
            people = tuple(Seated(link.seat, link.name, link.role) for link in call.links.values())
            self._keeper.keep(
                Memory(call.id, call.rule, people, call.muted, call.muted_by, self._clock.utc())
            )
            self._noted = True
        elif self._noted:
            self._keeper.forget()
            self._noted = False

    # ---- from the room's screen ----

    def shown(self, call: str, seat: str = "") -> None:
        """The screen shows this call; or, with a seat, the name of who asks to come in."""
        self._apply(self._call.shown(call, self._now(), seat))

    def screen_gone(self) -> None:
        """The last screen went away."""
        self._apply(self._call.screen_gone(self._now()))

    def accept(self, call: str, code: str = "") -> None:
        """Somebody in the room accepted this call, with the caregivers' code where it needs one."""
        self._apply(self._call.accept(call, self._now(), code))

    def refuse(self, call: str) -> None:
        """Somebody in the room refused this call."""
        self._apply(self._call.refuse(call, self._now()))

    def decline(self, call: str, seat: str) -> None:
        """Somebody in the room refused one who comes later, or sends them away."""
        self._apply(self._call.decline(call, seat))

    def mute(self, call: str, *, on: bool) -> None:
        """Somebody in the room silences its microphone, or lets it speak."""
        if call == self._call.id:
            self._muted_by(ROOM, on=on)

    def hang_up(self, call: str) -> None:
        """Somebody in the room ended this call."""
        if call == self._call.id:
            self._apply(self._call.hang_up("room_hung_up", self._now()))

    def request_key_frame(self, seat: str) -> None:
        """A screen needs a whole picture of this seat."""
        if self._talk is not None:
            self._talk.request_key_frame(seat)

    def view(self) -> RoomView:
        """Return what the screen shows now."""
        call, now = self._call, self._now()
        devices = None if self._talk is None else self._talk.devices
        opens_at = call.opens_at
        return RoomView(
            call.phase,
            call.id,
            call.caller.name,
            call.caller.role,
            call.reason,
            None if opens_at is None else max(0.0, (opens_at - now) / SECOND),
            devices is not None and devices.camera_open,
            devices is not None and devices.microphone_open,
            () if self._talk is None else tuple(role.value for role in self._talk.extras.active),
            self._participants(now),
            call.rule.value,
            call.wrong_code,
            call.code_wait(now) / SECOND,
            call.muted,
            call.muted_by,
            self._shutter,
            self._point,
            self._captions(),
        )

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change of `view`; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # ---- from the conversation ----

    def link_heard(self, seat: str, epoch: int) -> None:
        """A page was heard."""
        effects = self._call.heard(seat, epoch, self._now())
        if effects:
            self._apply(effects)

    def link_failed(self, seat: str, epoch: int) -> None:
        """A connection is beyond repair."""
        self._apply(self._call.failed(seat, epoch, self._now()))

    def link_offers(self, seat: str, epoch: int, offer: Offer) -> None:
        """A connection has its offer; one without any address reaches nobody."""
        if not offer.reachable:
            # No network, or a relay that refuses us: aiortc would wait for ever without saying so.
            _log.error("call %s: this room has no address to be reached at by %s", self._call.id, seat)
            self._counters.add("call_no_address")
            self._apply(self._call.unreachable(seat, epoch, self._now()))
            return
        self._send(
            Signal(
                self._call.id,
                epoch,
                SignalKind.OFFER,
                self._clock.utc(),
                sdp=offer.sdp,
                roles=offer.roles,
                peer=seat,
            )
        )

    def link_blocked(self, seat: str, epoch: int, reason: str) -> None:
        """Earlier connections came to nothing, and the relay said why."""
        self._counters.add(f"call_{reason}")
        self._apply(self._call.unreachable(seat, epoch, self._now(), reason))

    def link_fault(self, seat: str) -> None:
        """A connection ended by an error that nobody thought of."""
        self._counters.add("call_faults")
        self._apply(self._call.fault(seat, self._now()))

    def malformed(self, signal: Signal, error: ValueError) -> None:
        """A page's answer or candidate is none."""
        self._counters.add("call_malformed")
        _log.warning("call %s, seat %s: %s", signal.call, signal.peer, error)

    def wanted(self, seat: str, epoch: int) -> bool:
        """Tell whether this connection is still the one to make."""
        link = self._call.links.get(seat)
        return self._call.may_open and link is not None and link.epoch == epoch

    def said(self, seat: str, text: str) -> None:
        """A page said something on its channel; what it may not say, or is nothing, is counted."""
        said = channel.parse(text)
        if said is None:
            self._counters.add("call_unreadable")
        if self._talk is None or said is None or said == "beat" or not self._call.may_open:
            return
        if not self._call.may_steer(seat):
            self._apply([])
            return
        match said:
            case channel.Want():
                self._talk.switch(said.role, on=said.on)
            case channel.Mute():
                self._muted_by(seat, on=said.on)
            case channel.Point():
                self._pointed(seat, said)
            case channel.Write():
                self._wrote(seat, said.text)

    def room_text(self) -> str:
        """Return the message that tells the pages of the room."""
        people = [channel.Person(link.seat, link.name, link.role) for link in self._call.links.values()]
        return channel.room_message(
            muted=self._call.muted, muted_by=self._call.muted_by, shutter=self._shutter, people=people
        )

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """A picture for the room's screen."""
        if self.screen is not None:
            self.screen.picture(seat, data, timestamp)

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """A voice for the room's screen."""
        if self.screen is not None:
            self.screen.voice(seat, data, timestamp)

    def changed(self) -> None:
        """What the screen shows of the devices may have changed."""
        self._apply([])

    # ---- inside ----

    def _now(self) -> int:
        return self._clock.monotonic()

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Say():
                    self._send(
                        Signal(
                            effect.call,
                            effect.epoch,
                            effect.kind,
                            self._clock.utc(),
                            reason=effect.reason,
                            peer=effect.peer,
                        )
                    )
                case Close():
                    # At once, whatever the worker is waiting for.
                    self._close()
                case _:
                    self._work.put_nowait(effect)
        for reason, count in (self._call.dropped - self._counted).items():
            self._counters.add(f"call_{reason}", count)
        self._counted = Counter(self._call.dropped)
        self._note()
        self._tell_room()
        for listener in tuple(self._listeners):
            listener()

    def _tell_room(self) -> None:
        if self._point is not None and self._point.seat not in self._call.links:
            self._point = None
        if self._written is not None and self._written.seat not in self._call.links:
            self._written = None
        if self._talk is not None:
            text = self.room_text()
            if text != self._told:
                self._told = text
                self._talk.tell_all(text)

    def _participants(self, now: int) -> tuple[Participant, ...]:
        call = self._call
        found = [Participant(one.seat, one.name, one.role, one.phase) for one in call.links.values()]
        if call.phase is Phase.RINGING:
            found.append(Participant(CALLER, call.caller.name, call.caller.role, "ringing"))
        for waiting in call.waiting.values():
            guest, at = waiting.guest, waiting.admits_at(call.rule)
            admits_in = None if at is None or not call.may_open else max(0.0, (at - now) / SECOND)
            found.append(Participant(guest.seat, guest.name, guest.role, "waiting", admits_in))
        return tuple(found)

    def _muted_by(self, by: str, *, on: bool) -> None:
        if self._call.mute(by, on=on) and self._talk is not None:
            self._talk.mute(on=self._call.muted)
        self._apply([])

    def _pointed(self, seat: str, point: channel.Point) -> None:
        self._point = None if point.place is None else Pointer(seat, point.on, *point.place)
        if self._talk is not None:
            self._talk.tell_all(channel.point_message(seat, point), but=seat)
        self._apply([])

    def _wrote(self, seat: str, text: str) -> None:
        self._written = Written(seat, text, self._now() + WRITTEN) if text else None
        if self._talk is not None:
            # To the writer as well: this is how they know that it stands there.
            self._talk.tell_all(channel.written_message(seat, text))
        self._apply([])

    def _captions(self) -> tuple[str, ...]:
        written = self._written
        if written is None:
            return ()
        # The caller is who is seen large; of anybody else it is said.
        name = self._call.links[written.seat].name if written.seat in self._call.links else ""
        return (written.text if written.seat == CALLER or not name else f"{written.text} — {name}",)

    async def _tick(self) -> None:
        # Loading takes half a second, which nobody notices while it rings.
        try:
            await asyncio.to_thread(_load)
            # Every way is asked while it rings, so that no offer waits for one that is dead.
            if self._call.phase is Phase.RINGING:
                self._ways().learn(CALLER, self._call.caller.ice_servers)
        except (ImportError, OSError) as error:
            _log.error("call %s ends: its libraries cannot be loaded: %s", self._call.id, error)
            self._apply(self._call.hang_up("device_failed", self._now()))
        watching = asyncio.create_task(self._watch_shutter(), name="shutter")
        try:
            while self._call.phase is not Phase.IDLE:
                now = self._now()
                self._apply(self._call.tick(now))
                if self._written is not None and now >= self._written.until:
                    # Those who see what stands there see that it went.
                    self._wrote(self._written.seat, "")
                if self._talk is not None:
                    self._talk.tell(now)
                await asyncio.sleep(TICK)
        finally:
            watching.cancel()
            self._shutter = None
        # From here on the next ring has a clock of its own.
        self._ticking = None
        await self._forget_ways()

    async def _watch_shutter(self) -> None:
        while self._config.camera.startswith("v4l2:"):
            now = await asyncio.to_thread(shutter, self._config.camera)
            if now != self._shutter:
                self._shutter = now
                self._apply([])
            await asyncio.sleep(SHUTTER)

    async def _forget_ways(self) -> None:
        relays, self._relays = self._relays, None
        if relays is not None:
            await relays.close()

    def _ways(self) -> Relays:
        if self._relays is None:
            made: Relays = importlib.import_module("edge.video.relays").Relays(self._clock)
            self._relays = made
        return self._relays

    async def _worker(self) -> None:
        while True:
            effect = await self._work.get()
            try:
                await self._do(effect)
            except Exception:  # noqa: BLE001 - the supervisor of this room's calls: the next one must ring
                _log.exception("call %s ends by an error", self._call.id)
                self._counters.add("call_faults")
                self._apply(self._call.hang_up("device_failed", self._now()))
            finally:
                self._work.task_done()

    async def _do(self, effect: Connect | Pass | Drop) -> None:
        match effect:
            case Connect():
                make = await asyncio.to_thread(_load)
                # Whoever hung up meanwhile must not find the camera open: nothing is awaited between this question and opening.
                if self.wanted(effect.peer, effect.epoch):
                    self._connect(make, effect)
            case Pass():
                if self._talk is not None:
                    self._talk.take(effect.signal)
            case Drop():
                if self._talk is not None:
                    self._talk.drop(effect.peer)

    def _connect(self, make: type[Conversation], effect: Connect) -> None:
        if self._talk is None:
            talk = make(self._config, self._clock, self._vitals, self, self._ways())
            try:
                talk.open()
            except ConfigError as error:
                _log.error("call %s ends: %s", self._call.id, error)
                self._apply(self._call.hang_up("device_failed", self._now()))
                return
            talk.mute(on=self._call.muted)
            self._talk, self._told = talk, ""
            self._apply([])
        self._talk.connect(effect.peer, effect.epoch, self._call.links[effect.peer].ice_servers)

    def _close(self) -> None:
        talk, self._talk = self._talk, None
        self._point = self._written = None
        self._past = [past for past in self._past if past.closing]
        if talk is not None:
            talk.close()
            self._past.append(talk)


def _load() -> type[Conversation]:
    made: type[Conversation] = importlib.import_module("edge.video.conversation").Conversation
    return made


def _screen_settings(config: CallConfig) -> Settings:
    # Loaded here, off the event loop: the page's folder and policy are all that is needed of it.
    server = importlib.import_module("dashboards.server")
    try:
        files: Path | None = server.room_files()
    except server.DashboardsMissingError as error:
        _log.error("%s", error)
        files = None
    return Settings(
        config.screen_port, config.loudspeaker, files, server.CONTENT_SECURITY_POLICY, config.codec
    )
