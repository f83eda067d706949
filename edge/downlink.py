"""What the hub tells this room: verified, decoded, checked for freshness, and handed to whom it concerns.

Every refusal has a reason, which is also a counter's name (`downlink_<reason>`): `topic`, `size`, `form`, `mac`,
`schema` from the wire; `old` for a set of limits or sensors or a request older than the one in force; `replay` for a
signal seen before; `stale` for a signal, a technician's request or an order to a lamp that the hub made more than a minute ago.
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
    LightOrder,
    LimitSet,
    SensorSet,
    Signal,
    SurveyRequest,
    SyncRequest,
    TrialRequest,
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
    sensors: Callable[[SensorSet], None]
    ask: Callable[[SurveyRequest | TrialRequest], None]
    light: Callable[[LightOrder], None] = lambda _order: None


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
        self._sensors_issued = 0
        self._issued: dict[type[SyncRequest | SurveyRequest | TrialRequest | LightOrder], int] = {}
        self._signals: deque[bytes] = deque(maxlen=REMEMBERED)

    def in_force(self, limits: LimitSet) -> None:
        """Say which set was kept on disk, so that an older one is refused after a restart as well."""
        self._limits_issued = limits.issued

    def in_use(self, sensors: SensorSet) -> None:
        """Say which sensors were kept on disk, for the same reason."""
        self._sensors_issued = sensors.issued

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
            self._command(body, monotonic)
        else:
            self._signal(decode(Signal, body), body, monotonic)

    def _command(self, body: bytes, monotonic: int) -> None:
        command = decode_command(body)
        if isinstance(command, LimitSet):
            if command.issued < self._limits_issued:
                raise WireError("old", f"limit set of {command.issued} is older than {self._limits_issued}")
            self._limits_issued = command.issued
            self.receivers.limits(command)
        elif isinstance(command, SensorSet):
            if command.issued < self._sensors_issued:
                raise WireError("old", f"sensor set of {command.issued} is older than {self._sensors_issued}")
            self._sensors_issued = command.issued
            self.receivers.sensors(command)
        else:
            self._request(command, monotonic)

    def _request(
        self, request: SyncRequest | SurveyRequest | TrialRequest | LightOrder, monotonic: int
    ) -> None:
        kind = type(request)
        if request.issued <= self._issued.get(kind, 0):
            raise WireError("old", f"{kind.__name__} of {request.issued} came before")
        now = self._timekeeper.hub_now(monotonic)
        if isinstance(request, SyncRequest):
            self._issued[kind] = request.issued
            self.receivers.sync(request)
            return
        # One that was recorded must not open a sensor in the night after a restart forgot what came before.
        if now is not None and now - request.issued > STALE:
            raise WireError("stale", f"{kind.__name__} is {now - request.issued} us old")
        self._issued[kind] = request.issued
        if isinstance(request, LightOrder):
            self.receivers.light(request)
        else:
            self.receivers.ask(request)

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
