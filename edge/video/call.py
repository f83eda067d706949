"""One call as the room sees it: a table, without a clock, a socket or a camera.

Rules:

* Camera and microphone are open in `CONNECTING`, `CONNECTED` and `RECONNECTING`, in no other phase, and those are
  entered from `RINGING` alone: by a press in the room (with a caregiver's code where the rule is `nurse`), or at the end of a
  notice that the room's screen confirmed to show during all of its time. Nothing that comes over the wire enters them.
  One exception, of a call that was accepted here: `edge.video.resume`.
* A room whose screen does not show the ring does not ring: the caller is told so, and nothing opens.
* Who comes later is announced, and may be refused: by `edge.video.admission`. There is a connection to those who were
  admitted and to nobody else.
* Every message carries call, seat and epoch. What belongs to another call, a seat that is not here or an older epoch is
  dropped and counted; only `bye` and `left` are taken whatever their epoch, because closing is always safe.
* The room is the only one that offers. It keeps trying until somebody hangs up, or nobody was heard for 5 minutes (1 minute
  when nobody ever was): a camera does not stay open for nobody. While somebody is heard the call goes on, whoever else is
  gone: that the caller left for good, the hub says.
* A second caller is answered `busy` and changes nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from devices.clock import SECOND
from devices.wire.messages import CALLER, Signal, SignalKind
from edge.video.admission import SHOW, WATCHES, CarerCode, Rule, Verdict, Waiting, rule_of
from edge.video.link import Guest, Link
from edge.video.resume import Memory, Seated
from edge.video.steps import OPEN, Close, Drop, Effect, Phase, Say

GIVE_UP = 300 * SECOND
"Nobody heard for this long ends the call; a seat not heard for this long, its connection."
UNREACHED = 60 * SECOND
"A page that was never heard in all this time is beyond this network."
FAREWELL = 12 * SECOND
"How long the screen says that the call is over."
MAX_PEERS = 4
"Remote people at a time: every one of them costs the room's uplink a picture."
MAX_REFUSED = 64
"Seats that one call may have refused; more are no people."
MAX_SEAT = 0xFFFF
"Highest number of a seat: the screen's frames hold 16 bits."
ROOM = "room"
"Who mutes when somebody in the room does."


@dataclass(frozen=True, slots=True)
class Timing:
    """What the room's configuration says; times in microseconds."""

    consent: Rule = Rule.ASK
    "The laxest rule that this room permits."
    ring: int = 45 * SECOND
    announce: int = 10 * SECOND


def seat_number(seat: str) -> int:
    """Return the number of a seat such as `p2`; 0 for what is none."""
    digits = seat[1:]
    if not (seat.startswith("p") and digits.isascii() and digits.isdecimal() and digits[0] != "0"):
        return 0
    return int(digits) if len(digits) <= len(str(MAX_SEAT)) and int(digits) <= MAX_SEAT else 0


class RoomCall:
    """The call in this room, or none. `now` is monotonic time in microseconds."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self.code: CarerCode | None = None
        "The caregivers' code; without one a call that needs it is refused."
        self._over: deque[str] = deque(maxlen=32)
        self._refused: set[str] = set()
        self._away: dict[str, Seated] = {}
        self._state = Phase.IDLE
        self._since = 0
        self._shown: int | None = None
        self._screen = False
        self._guest = Guest(CALLER, "", "", 0)
        self.id = ""
        self.rule = Rule.ASK
        "The rule of this call."
        self.links: dict[str, Link] = {}
        "Connections to those who are in the call, by seat."
        self.waiting: dict[str, Waiting] = {}
        "Those who ask to come in, by seat."
        self.muted = False
        "The room's microphone is silent."
        self.muted_by = ""
        "Seat of who muted it, or `room`."
        self.wrong_code = False
        "The last code that was typed under this ring was wrong."
        self.reason = ""
        "Why the last call ended."
        self.dropped: Counter[str] = Counter()
        "Messages and presses that changed nothing, by reason."

    # ---- what it is ----

    @property
    def phase(self) -> Phase:
        """Where the call stands: as its best connection does."""
        if self._state is not Phase.CONNECTING:
            return self._state
        phases = {link.phase for link in self.links.values()}
        return next(
            phase for phase in (Phase.CONNECTED, Phase.RECONNECTING, Phase.CONNECTING) if phase in phases
        )

    @property
    def may_open(self) -> bool:
        """Whether camera and microphone may be open now."""
        return self._state in OPEN

    @property
    def caller(self) -> Guest:
        """Who calls, or called last."""
        return self._guest

    @property
    def opens_at(self) -> int | None:
        """When an announced call opens by itself."""
        if self._state is Phase.RINGING and self._announced and self._shown is not None:
            return self._shown + self._timing.announce
        return None

    def may_steer(self, seat: str) -> bool:
        """Tell whether a seat may switch second devices, mute and point; one that may not is counted."""
        link = self.links.get(seat)
        if link is None or link.role in WATCHES:
            self._drop("not_allowed")
            return False
        return True

    def code_wait(self, now: int) -> int:
        """Return for how long no code is looked at, microseconds."""
        return 0 if self.code is None else self.code.wait(now)

    # ---- from the hub ----

    def receive(self, signal: Signal, now: int) -> list[Effect]:
        """Take a signal."""
        if signal.kind is SignalKind.RING:
            return self._ring(signal, now)
        if signal.call != self.id or self._state in {Phase.IDLE, Phase.ENDED}:
            self._drop("other_call")
            # A hub that missed the end of a call, or an edge that restarted within one: say so rather than nothing.
            lost = signal.kind in {SignalKind.RESTART, SignalKind.JOIN}
            return [Say(SignalKind.BYE, signal.call, signal.epoch, "no_such_call")] if lost else []
        match signal.kind:
            case SignalKind.BYE:
                return self._end(signal.reason or "caller_hung_up", now)
            case SignalKind.LEFT:
                return self._left(signal, now)
            case SignalKind.JOIN:
                return self._join(signal, now)
        if not self.may_open:
            return self._drop("before_consent")
        link = self.links.get(signal.peer)
        if link is None and signal.kind is SignalKind.RESTART and signal.peer in self._away:
            return self._back(signal, now)
        if link is None:
            return self._drop("not_here")
        told = link.receive(signal, now)
        return self._drop(told) if isinstance(told, str) else told

    def _ring(self, signal: Signal, now: int) -> list[Effect]:
        if signal.call == self.id or signal.call in self._over:
            return self._drop("rings_again")
        if self._state not in {Phase.IDLE, Phase.ENDED}:
            return [Say(SignalKind.BUSY, signal.call, signal.epoch)]
        self._state, self.id = Phase.RINGING, signal.call
        self._guest = Guest(CALLER, signal.caller, signal.caller_role, signal.epoch, signal.ice_servers)
        self.rule = rule_of(self._timing.consent, signal.consent, urgent=signal.urgent)
        self.links, self.waiting, self._refused, self._away = {}, {}, set(), {}
        self.muted, self.muted_by, self.wrong_code, self.reason = False, "", False, ""
        self._since, self._shown, self._screen = now, None, False
        if self.rule is Rule.NURSE and self.code is None:
            return [self._say(SignalKind.REFUSED, "no_carer_code"), *self._end("no_carer_code", now)]
        return []

    def _left(self, signal: Signal, now: int) -> list[Effect]:
        if signal.peer == CALLER:
            return self._end(signal.reason or "caller_left", now)
        if self.waiting.pop(signal.peer, None) is not None or self._away.pop(signal.peer, None) is not None:
            return []
        if self.links.pop(signal.peer, None) is None:
            return self._drop("not_here")
        return [Drop(signal.peer)]

    def _join(self, signal: Signal, now: int) -> list[Effect]:
        seat = signal.peer
        if seat == CALLER or seat in self.links:
            return self._drop("joins_again")
        if seat in self.waiting:
            # The hub knocks until we answer: it cannot know that we heard.
            return []
        if not seat_number(seat) or len(self._refused) >= MAX_REFUSED:
            return self._drop("unexpected")
        guest = Guest(seat, signal.caller, signal.caller_role, signal.epoch, signal.ice_servers)
        if seat in self._refused:
            return [self._decline(guest, "refused")]
        # The caller's place is kept while it rings.
        if max(1, len(self.links)) + len(self.waiting) >= MAX_PEERS:
            return [self._decline(guest, "full")]
        self.waiting[seat] = Waiting(guest, now)
        return self._admit(now)

    def resume(
        self, memory: Memory, people: tuple[Seated, ...], asked: tuple[Signal, ...], now: int
    ) -> list[Effect]:
        """Go on with a call that was open when the room's device stopped; `edge.video.resume` decides that it may.

        Args:
            memory: of the call.
            people: who is still in it.
            asked: the hub's requests for a new connection, of which there is at least one.
            now: the time.
        """
        if self._state not in {Phase.IDLE, Phase.ENDED} or not asked:
            return self._drop("unexpected")
        self._state, self.id, self.rule = Phase.CONNECTING, memory.call, memory.rule
        self.links, self.waiting, self._refused = {}, {}, set()
        self.muted, self.muted_by, self.wrong_code, self.reason = memory.muted, memory.muted_by, False, ""
        self._since, self._shown, self._screen = now, None, True
        self._away = {one.seat: one for one in people}
        caller = self._away.get(CALLER, Seated(CALLER, "", ""))
        self._guest = Guest(CALLER, caller.name, caller.role, asked[0].epoch)
        return [effect for signal in asked for effect in self._back(signal, now)]

    def _back(self, signal: Signal, now: int) -> list[Effect]:
        """One who was in the call before the device stopped asks for a new connection."""
        one = self._away.pop(signal.peer)
        guest = Guest(one.seat, one.name, one.role, signal.epoch, signal.ice_servers)
        link = self.links[one.seat] = Link(self.id, guest, now)
        return link.begin(now)

    # ---- from the room ----

    def shown(self, call: str, now: int, seat: str = "") -> list[Effect]:
        """The screen shows this call; or, with a seat, the name of who asks to come in."""
        if call != self.id or self._state in {Phase.IDLE, Phase.ENDED}:
            return self._drop("other_call")
        self._screen = True
        if seat in self.waiting:
            waiting = self.waiting[seat]
            waiting.shown = now if waiting.shown is None else waiting.shown
        if self._state is Phase.RINGING and self._shown is None:
            self._shown = now
            return [self._say(SignalKind.RINGING)]
        return self._admit(now)

    def screen_gone(self, now: int) -> list[Effect]:
        """No screen is there any more: what it showed is not shown."""
        self._screen = False
        for waiting in self.waiting.values():
            if waiting.shown is not None:
                waiting.shown, waiting.since = None, now
        if self._state is Phase.RINGING and self._shown is not None:
            self._shown, self._since = None, now
        return []

    def accept(self, call: str, now: int, code: str = "") -> list[Effect]:
        """Somebody in the room pressed "accept" under this ring."""
        if self._state is not Phase.RINGING or call != self.id or self._shown is None:
            return self._drop("other_call")
        if self.rule is Rule.NURSE and not self._right(code, now):
            return []
        return self._open(now)

    def refuse(self, call: str, now: int) -> list[Effect]:
        """Somebody in the room pressed "refuse"."""
        if self._state is not Phase.RINGING or call != self.id:
            return self._drop("other_call")
        return [self._say(SignalKind.REFUSED, "refused"), *self._end("refused", now)]

    def decline(self, call: str, seat: str) -> list[Effect]:
        """Somebody in the room refused one who comes later, or sends them away; they do not come back in this call."""
        known = self.waiting.get(seat)
        link = self.links.get(seat)
        if call != self.id or seat == CALLER or (known is None and link is None):
            return self._drop("other_call")
        self._refused.add(seat)
        if known is not None:
            del self.waiting[seat]
            return [self._decline(known.guest, "refused")]
        return self._send_away(seat, "refused")

    def hang_up(self, reason: str, now: int) -> list[Effect]:
        """The room ends the call: somebody pressed the button, a device failed, or the edge stops."""
        if self._state in {Phase.IDLE, Phase.ENDED}:
            return self._drop("no_call")
        return [self._say(SignalKind.BYE, reason), *self._end(reason, now)]

    def mute(self, by: str, *, on: bool) -> bool:
        """Silence the room's microphone or let it speak; tell whether that changed.

        What somebody in the room silenced, nobody elsewhere may let speak.

        Args:
            by: a seat, or `room`.
            on: silent.
        """
        if not self.may_open or (by != ROOM and not self.may_steer(by)):
            return False
        if not on and self.muted_by == ROOM and by != ROOM:
            self._drop("not_allowed")
            return False
        changed = on != self.muted or (on and by == ROOM != self.muted_by)
        if changed:
            self.muted, self.muted_by = on, by if on else ""
        return changed

    # ---- from the connections ----

    def heard(self, seat: str, epoch: int, now: int) -> list[Effect]:
        """A page was heard over its connection of `epoch`."""
        link = self.links.get(seat)
        return [] if link is None else link.heard(epoch, now)

    def failed(self, seat: str, epoch: int, now: int) -> list[Effect]:
        """The connection of `epoch` is beyond repair."""
        link = self.links.get(seat)
        return [] if link is None else [*link.failed(epoch, now), *self._tick_open(now)]

    def unreachable(self, seat: str, epoch: int, now: int, reason: str = "") -> list[Effect]:
        """The room found no address under which this seat could reach it; or knows why it never will."""
        link = self.links.get(seat)
        if link is None or link.epoch != epoch:
            return []
        if seat == CALLER and not self._reached:
            return self.hang_up(reason or "no_connection", now)
        if reason and not link.reached and seat != CALLER:
            return self._send_away(seat, reason)
        return [] if reason else self.failed(seat, epoch, now)

    def fault(self, seat: str, now: int) -> list[Effect]:
        """A connection ended by an error that nobody thought of."""
        if seat != CALLER and seat in self.links:
            return self._send_away(seat, "device_failed")
        return self.hang_up("device_failed", now)

    def tick(self, now: int) -> list[Effect]:
        """Time passes."""
        match self._state:
            case Phase.RINGING:
                return self._tick_ringing(now)
            case Phase.CONNECTING:
                return self._tick_open(now)
            case Phase.ENDED if now - self._since >= FAREWELL:
                self._state, self.id = Phase.IDLE, ""
        return []

    # ---- inside ----

    @property
    def _announced(self) -> bool:
        return self.rule in {Rule.ANNOUNCE, Rule.EMERGENCY}

    @property
    def _reached(self) -> bool:
        return any(link.reached for link in self.links.values())

    def _right(self, code: str, now: int) -> bool:
        if not code or self.code is None:
            self._drop("no_code")
            return False
        verdict = self.code.check(code, now)
        self.wrong_code = verdict is Verdict.WRONG or (verdict is Verdict.WAIT and self.wrong_code)
        if verdict is not Verdict.RIGHT:
            self._drop("wrong_code" if verdict is Verdict.WRONG else "code_wait")
        return verdict is Verdict.RIGHT

    def _tick_ringing(self, now: int) -> list[Effect]:
        if self._shown is None:
            return self.hang_up("no_screen", now) if now - self._since >= SHOW else []
        if self._announced:
            return self._open(now) if now - self._shown >= self._timing.announce else []
        return self.hang_up("unanswered", now) if now - self._shown >= self._timing.ring else []

    def _tick_open(self, now: int) -> list[Effect]:
        quiet = min(link.quiet(now) for link in self.links.values())
        if quiet >= UNREACHED and not self._reached:
            return self.hang_up("no_connection", now)
        if quiet >= GIVE_UP:
            return self.hang_up("lost", now)
        effects = self._admit(now)
        for link in tuple(self.links.values()):
            given_up = link.quiet(now) >= (GIVE_UP if link.reached else UNREACHED)
            if not given_up:
                effects += link.tick(now)
            elif link.seat != CALLER:
                effects += self._send_away(link.seat, "lost" if link.reached else "no_connection")
        return effects

    def _open(self, now: int) -> list[Effect]:
        self._state = Phase.CONNECTING
        link = self.links[CALLER] = Link(self.id, self._guest, now)
        for waiting in self.waiting.values():
            waiting.since = now
        return [self._say(SignalKind.ACCEPTED), *link.begin(now), *self._admit(now)]

    def _admit(self, now: int) -> list[Effect]:
        """Let in who may come in, and send away who cannot be announced."""
        effects: list[Effect] = []
        if not self.may_open:
            return effects
        for seat, waiting in tuple(self.waiting.items()):
            if waiting.admitted(self.rule, now, screen=self._screen):
                link = self.links[seat] = Link(self.id, waiting.guest, now)
                effects += link.begin(now)
            elif waiting.unseen(now):
                effects.append(self._decline(waiting.guest, "no_screen"))
            else:
                continue
            del self.waiting[seat]
        return effects

    def _send_away(self, seat: str, reason: str) -> list[Effect]:
        link = self.links.pop(seat)
        return [Drop(seat), Say(SignalKind.DECLINED, self.id, link.epoch, reason, seat)]

    def _decline(self, guest: Guest, reason: str) -> Say:
        return Say(SignalKind.DECLINED, self.id, guest.epoch, reason, guest.seat)

    def _say(self, kind: SignalKind, reason: str = "") -> Say:
        link = self.links.get(CALLER)
        return Say(kind, self.id, self._guest.epoch if link is None else link.epoch, reason)

    def _end(self, reason: str, now: int) -> list[Effect]:
        self._over.append(self.id)
        self._state, self.reason, self._since = Phase.ENDED, reason, now
        # The farewell still says who was there last; the microphone's state dies with the call.
        self.links, self.waiting, self._away = {}, {}, {}
        self.muted, self.muted_by = False, ""
        return [Close()]

    def _drop(self, reason: str) -> list[Effect]:
        self.dropped[reason] += 1
        return []
