"""The connection between the room and one seat, as a table: what was heard when, and when the next attempt is due. Pure.

Every seat counts its own epochs. A new epoch is a new connection: after 8 s of silence, when the connection fails, or when
the hub asks (the page was loaded again). Times are monotonic, microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.steps import Connect, Effect, Pass, Phase, Say

SILENCE = 3 * SECOND
"Heartbeats come every second; three lost in a row are no accident."
REBUILD = 8 * SECOND
"A connection that was silent this long is given up: aiortc itself would wait 33 s."
CONNECT = 10 * SECOND
"From offer to first heartbeat; 0.2 s on a good line."
RETRY = 2 * SECOND
"Least time between two connections, so that a failing one is no busy loop."


@dataclass(frozen=True, slots=True)
class Guest:
    """Who sits on a seat, as the hub says."""

    seat: str
    name: str
    role: str
    epoch: int
    ice_servers: tuple[dict[str, str], ...] = ()


class Link:
    """One seat's connection; it exists for those whom the room admitted, and for nobody else."""

    def __init__(self, call: str, guest: Guest, now: int) -> None:
        self._call = call
        self._broken = False
        self._tried = now
        self.seat = guest.seat
        self.name = guest.name
        self.role = guest.role
        self.epoch = guest.epoch
        self.ice_servers = guest.ice_servers
        self.phase = Phase.CONNECTING
        self.heard_at = now
        "When this seat was last heard; before the first time, when it was admitted."

    @property
    def reached(self) -> bool:
        """Whether it was ever heard."""
        return self.phase is not Phase.CONNECTING

    def quiet(self, now: int) -> int:
        """Return for how long nothing was heard."""
        return now - self.heard_at

    def begin(self, now: int) -> list[Effect]:
        """Make the first connection."""
        return self._connect(self.epoch, now)

    def receive(self, signal: Signal, now: int) -> list[Effect] | str:
        """Take a signal for this seat; a text says why it changes nothing."""
        again = signal.kind is SignalKind.RESTART
        if signal.epoch < self.epoch or (again and signal.epoch == self.epoch):
            return "old_epoch"
        if again:
            self.ice_servers = signal.ice_servers or self.ice_servers
            return self._connect(signal.epoch, now)
        if signal.kind in {SignalKind.ANSWER, SignalKind.CANDIDATE} and signal.epoch == self.epoch:
            return [Pass(signal)]
        return "unexpected"

    def heard(self, epoch: int, now: int) -> list[Effect]:
        """The page was heard over the connection of `epoch`."""
        if epoch != self.epoch:
            return []
        self.heard_at = now
        if self.phase is Phase.CONNECTED:
            return []
        self.phase = Phase.CONNECTED
        return [Say(SignalKind.CONNECTED, self._call, self.epoch, peer=self.seat)]

    def failed(self, epoch: int, now: int) -> list[Effect]:
        """The connection of `epoch` is beyond repair."""
        if epoch != self.epoch:
            return []
        self._broken = True
        return [*self._lost(), *self.tick(now)]

    def tick(self, now: int) -> list[Effect]:
        """Time passes."""
        quiet = self.quiet(now)
        if self.phase is Phase.CONNECTED:
            return self._lost() if quiet >= SILENCE else []
        due = max(self._tried + CONNECT, self.heard_at + REBUILD)
        if self._broken:
            due = self._tried + RETRY
        return self._connect(self.epoch + 1, now) if now >= due else []

    def _connect(self, epoch: int, now: int) -> list[Effect]:
        if self.phase is Phase.CONNECTED:
            self.phase = Phase.RECONNECTING
        self.epoch, self._tried, self._broken = epoch, now, False
        return [Connect(self.seat, epoch)]

    def _lost(self) -> list[Effect]:
        if self.phase is not Phase.CONNECTED:
            return []
        self.phase = Phase.RECONNECTING
        return [Say(SignalKind.LOST, self._call, self.epoch, peer=self.seat)]
