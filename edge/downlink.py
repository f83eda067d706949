"""What the hub tells this room: verified, decoded, checked for freshness, and handed to whom it concerns.

Every refusal has a reason, which is also a counter's name (`downlink_<reason>`): `topic`, `size`, `form`, `mac`,
`schema` from the wire; `old` for a limit set or request older than the one in force; `replay` for a signal seen
before; `stale` for a signal that the hub made more than a minute ago.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from devices.clock import SECOND
from devices.errors import WireError
from devices.wire.messages import (
    Acknowledgement,
    LimitSet,
    Signal,
    SyncRequest,
    decode,
    decode_command,
)
from devices.wire.seal import Keys, unseal
from devices.wire.topics import Topic
from edge.counters import Counters
from edge.timekeeping import Timekeeper

_log = logging.getLogger(__name__)

STALE = 60 * SECOND
"A ring older than this has ended in the hub (it rings 45 s); bounds what a recorded message can do."

REMEMBERED = 512
"Signals remembered against replay; a call has some tens within a minute."


@dataclass(slots=True)
class Receivers:
    """Who is told. Each may be replaced until the first message."""

    acknowledged: Callable[[Acknowledgement, int], None]
    limits: Callable[[LimitSet], None]
    sync: Callable[[SyncRequest], None]
    signal: Callable[[Signal], None]


class Downlink:
    """Takes every message that the edge's subscription brings. Runs on the event loop."""

    def __init__(
        self, edge: str, keys: Keys, timekeeper: Timekeeper, receivers: Receivers, counters: Counters
    ) -> None:
        self._edge = edge
        self._keys = keys
        self._timekeeper = timekeeper
        self.receivers = receivers
        self._counters = counters
        self._limits_issued = 0
        self._sync_issued = 0
        self._signals: deque[bytes] = deque(maxlen=REMEMBERED)

    def in_force(self, limits: LimitSet) -> None:
        """Say which set was kept on disk, so that an older one is refused after a restart as well."""
        self._limits_issued = limits.issued

    def receive(self, topic: str, message: bytes, monotonic: int) -> bool:
        """Take one message; tell whether it was the hub's and fresh. Never raises on what it is given."""
        try:
            self._receive(topic, message, monotonic)
        except WireError as error:
            name = f"downlink_{error.reason}"
            # The first of a kind is told to the operator; a flood is counted and does not fill the disk.
            _log.log(logging.DEBUG if self._counters[name] else logging.WARNING, "message refused: %s", error)
            self._counters.add(name)
            return False
        return True

    def _receive(self, topic: str, message: bytes, monotonic: int) -> None:
        parsed = Topic.parse(topic)
        if parsed.edge != self._edge or parsed.up:
            raise WireError("topic", f"topic {topic!r} is not for edge {self._edge!r}")
        body = unseal(self._keys, topic, message)
        if parsed.kind == "ack":
            self.receivers.acknowledged(decode(Acknowledgement, body), monotonic)
        elif parsed.kind == "command":
            self._command(body)
        else:
            self._signal(decode(Signal, body), body, monotonic)

    def _command(self, body: bytes) -> None:
        command = decode_command(body)
        if isinstance(command, LimitSet):
            if command.issued < self._limits_issued:
                raise WireError("old", f"limit set of {command.issued} is older than {self._limits_issued}")
            self._limits_issued = command.issued
            self.receivers.limits(command)
            return
        if not isinstance(command, SyncRequest):
            raise WireError("command", f"command {type(command).__name__} is not for this edge")
        if command.issued <= self._sync_issued:
            raise WireError("old", f"sync request of {command.issued} came before")
        self._sync_issued = command.issued
        self.receivers.sync(command)

    def _signal(self, signal: Signal, body: bytes, monotonic: int) -> None:
        digest = hashlib.sha256(body).digest()
        if digest in self._signals:
            raise WireError("replay", f"signal {signal.kind} of call {signal.call!r} came before")
        now = self._timekeeper.hub_now(monotonic)
        if now is not None and now - signal.time > STALE:
            raise WireError(
                "stale", f"signal {signal.kind} of call {signal.call!r} is {now - signal.time} us old"
            )
        self._signals.append(digest)
        self.receivers.signal(signal)
