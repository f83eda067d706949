"""One call as the room sees it: a table, without a clock, a socket or a camera.

Rules:

* Camera and microphone are open in `CONNECTING`, `CONNECTED` and `RECONNECTING`, in no other phase, and those are
  entered from `RINGING` alone: by a press in the room (`ask`), or at the end of a notice that the room's screen
  confirmed to show during all of its time (`announce`). Nothing that comes over the wire enters them.
* A room whose screen does not show the ring does not ring: the caller is told so, and nothing opens.
* Every message carries call and epoch. What belongs to another call or an older epoch is dropped and counted; only
  `bye` is taken whatever its epoch, because closing is always safe.
* The room is the only one that offers. A new epoch is a new connection: after 8 s of silence, when the connection
  fails, or when the hub asks (the page was loaded again). The room keeps trying until somebody hangs up, or nobody
  was heard for 5 minutes (1 minute when nobody ever was): a camera does not stay open for nobody.
* A second caller is answered `busy` and changes nothing.
"""

from __future__ import annotations

import enum
from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind

SHOW = 4 * SECOND
"The screen has this long to say that it shows the ring: a page that loads again takes about 1 s."
SILENCE = 3 * SECOND
"Heartbeats come every second; three lost in a row are no accident."
REBUILD = 8 * SECOND
"A connection that was silent this long is given up: aiortc itself would wait 33 s."
CONNECT = 10 * SECOND
"From offer to first heartbeat; 0.2 s on a good line."
GIVE_UP = 300 * SECOND
"Nobody heard for this long ends the call."
UNREACHED = 60 * SECOND
"A page that was never heard in all this time is beyond this network."
RETRY = 2 * SECOND
"Least time between two connections, so that a failing one is no busy loop."
FAREWELL = 12 * SECOND
"How long the screen says that the call is over."


class Phase(enum.StrEnum):
    """Where a call stands."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


OPEN = frozenset({Phase.CONNECTING, Phase.CONNECTED, Phase.RECONNECTING})
"Phases in which camera and microphone may be open."


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the hub."""

    kind: SignalKind
    call: str
    epoch: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Connect:
    """Make a new connection under `epoch`, opening the devices if they are not."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Close:
    """Close connection, camera and microphone."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Give an answer or a candidate to the connection."""

    signal: Signal


Effect = Say | Connect | Close | Pass


@dataclass(frozen=True, slots=True)
class Timing:
    """What the room's configuration says, in microseconds."""

    consent: Literal["ask", "announce"] = "ask"
    ring: int = 45 * SECOND
    announce: int = 10 * SECOND


class RoomCall:
    """The call in this room, or none. `now` is monotonic time in microseconds."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._over: deque[str] = deque(maxlen=32)
        self._since = 0
        self._shown: int | None = None
        self._heard = 0
        self._tried = 0
        self._broken = False
        self.phase = Phase.IDLE
        self.id = ""
        self.epoch = 0
        self.caller = ""
        self.caller_role = ""
        self.ice_servers: tuple[dict[str, str], ...] = ()
        self.reason = ""
        "Why the last call ended."
        self.dropped: Counter[str] = Counter()
        "Messages that changed nothing, by reason."

    @property
    def may_open(self) -> bool:
        """Whether camera and microphone may be open now."""
        return self.phase in OPEN

    @property
    def opens_at(self) -> int | None:
        """When an announced call opens by itself."""
        if self.phase is Phase.RINGING and self._timing.consent == "announce" and self._shown is not None:
            return self._shown + self._timing.announce
        return None

    # ---- from the hub ----

    def receive(self, signal: Signal, now: int) -> list[Effect]:
        """Take a signal."""
        if signal.kind is SignalKind.RING:
            return self._ring(signal, now)
        if signal.call != self.id or self.phase in {Phase.IDLE, Phase.ENDED}:
            self._drop("other_call")
            # A hub that missed the end of a call, or an edge that restarted within one: say so rather than nothing.
            lost = signal.kind is SignalKind.RESTART
            return [Say(SignalKind.BYE, signal.call, signal.epoch, "no_such_call")] if lost else []
        if signal.kind is SignalKind.BYE:
            return self._end(signal.reason or "caller_hung_up", now)
        if signal.epoch < self.epoch or (signal.kind is SignalKind.RESTART and signal.epoch == self.epoch):
            return self._drop("old_epoch")
        if not self.may_open:
            return self._drop("before_consent")
        if signal.kind is SignalKind.RESTART:
            self.ice_servers = signal.ice_servers or self.ice_servers
            return self._connect(signal.epoch, now)
        if signal.kind in {SignalKind.ANSWER, SignalKind.CANDIDATE} and signal.epoch == self.epoch:
            return [Pass(signal)]
        return self._drop("unexpected")

    def _ring(self, signal: Signal, now: int) -> list[Effect]:
        if signal.call == self.id or signal.call in self._over:
            return self._drop("rings_again")
        if self.phase not in {Phase.IDLE, Phase.ENDED}:
            return [Say(SignalKind.BUSY, signal.call, signal.epoch)]
        self.phase, self.id, self.epoch = Phase.RINGING, signal.call, signal.epoch
        self.caller, self.caller_role = signal.caller, signal.caller_role
        self.ice_servers, self.reason = signal.ice_servers, ""
        self._since, self._shown = now, None
        return []

    # ---- from the room ----

    def shown(self, call: str, now: int) -> list[Effect]:
        """The screen shows this ring."""
        if self.phase is not Phase.RINGING or call != self.id:
            return self._drop("other_call")
        if self._shown is not None:
            return []
        self._shown = now
        return [Say(SignalKind.RINGING, self.id, self.epoch)]

    def screen_gone(self, now: int) -> list[Effect]:
        """No screen is there any more: what it showed is not shown."""
        if self.phase is Phase.RINGING and self._shown is not None:
            self._shown, self._since = None, now
        return []

    def accept(self, call: str, now: int) -> list[Effect]:
        """Somebody in the room pressed "accept" under this ring."""
        if self.phase is not Phase.RINGING or call != self.id or self._shown is None:
            return self._drop("other_call")
        return [Say(SignalKind.ACCEPTED, self.id, self.epoch), *self._connect(self.epoch, now)]

    def refuse(self, call: str, now: int) -> list[Effect]:
        """Somebody in the room pressed "refuse"."""
        if self.phase is not Phase.RINGING or call != self.id:
            return self._drop("other_call")
        return [Say(SignalKind.REFUSED, self.id, self.epoch, "refused"), *self._end("refused", now)]

    def hang_up(self, reason: str, now: int) -> list[Effect]:
        """The room ends the call: somebody pressed the button, a device failed, or the edge stops."""
        if self.phase in {Phase.IDLE, Phase.ENDED}:
            return self._drop("no_call")
        return [Say(SignalKind.BYE, self.id, self.epoch, reason), *self._end(reason, now)]

    # ---- from the connection ----

    def heard(self, epoch: int, now: int) -> list[Effect]:
        """The page was heard over the connection of `epoch`."""
        if epoch != self.epoch or not self.may_open:
            return []
        self._heard = now
        if self.phase is Phase.CONNECTED:
            return []
        self.phase = Phase.CONNECTED
        return [Say(SignalKind.CONNECTED, self.id, self.epoch)]

    def failed(self, epoch: int, now: int) -> list[Effect]:
        """The connection of `epoch` is beyond repair."""
        if epoch != self.epoch or not self.may_open:
            return []
        self._broken = True
        return [*self._lost(), *self._tick_open(now)]

    def tick(self, now: int) -> list[Effect]:
        """Time passes."""
        match self.phase:
            case Phase.RINGING:
                return self._tick_ringing(now)
            case Phase.CONNECTING | Phase.CONNECTED | Phase.RECONNECTING:
                return self._tick_open(now)
            case Phase.ENDED if now - self._since >= FAREWELL:
                self.phase, self.id = Phase.IDLE, ""
        return []

    def _tick_ringing(self, now: int) -> list[Effect]:
        if self._shown is None:
            return self.hang_up("no_screen", now) if now - self._since >= SHOW else []
        if self._timing.consent == "announce":
            return self.accept(self.id, now) if now - self._shown >= self._timing.announce else []
        return self.hang_up("unanswered", now) if now - self._shown >= self._timing.ring else []

    def _tick_open(self, now: int) -> list[Effect]:
        quiet = now - self._heard
        if self.phase is Phase.CONNECTING and quiet >= UNREACHED:
            return self.hang_up("no_connection", now)
        if quiet >= GIVE_UP:
            return self.hang_up("lost", now)
        if self.phase is Phase.CONNECTED:
            return self._lost() if quiet >= SILENCE else []
        due = max(self._tried + CONNECT, self._heard + REBUILD)
        if self._broken:
            due = self._tried + RETRY
        return self._connect(self.epoch + 1, now) if now >= due else []

    # ---- inside ----

    def _connect(self, epoch: int, now: int) -> list[Effect]:
        if self.phase is Phase.RINGING:
            self.phase, self._heard = Phase.CONNECTING, now
        elif self.phase is Phase.CONNECTED:
            self.phase = Phase.RECONNECTING
        self.epoch, self._tried, self._broken = epoch, now, False
        return [Connect(epoch)]

    def _lost(self) -> list[Effect]:
        if self.phase is not Phase.CONNECTED:
            return []
        self.phase = Phase.RECONNECTING
        return [Say(SignalKind.LOST, self.id, self.epoch)]

    def _end(self, reason: str, now: int) -> list[Effect]:
        self._over.append(self.id)
        self.phase, self.reason, self._since = Phase.ENDED, reason, now
        return [Close()]

    def _drop(self, reason: str) -> list[Effect]:
        self.dropped[reason] += 1
        return []
