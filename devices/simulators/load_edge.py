"""A compact edge for load: the real wire codec, lanes, numbers, window and re-sending, with its batches in memory.

It differs from `edge` in one thing: it has no spool, so what it holds dies with the process. Sans-I/O: the worker in
`devices.simulators.load_worker` owns the connection and the clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.errors import WireError
from devices.quality import Quality
from devices.wire import topics
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    LimitSet,
    Observation,
    Presence,
    decode,
    decode_command,
    encode,
)
from devices.wire.seal import Keys, seal, unseal

FRESH = 2 * SECOND
"A batch that could not be sent within this time is history and goes to the late lane."

RETRY = 5 * SECOND
"Without any acknowledgement for this long, a lane sends everything unacknowledged again."

LATE_EVERY = SECOND // 10
"Time between two envelopes of the late lane: 10 a second drain an outage without delaying what is measured now."

Message = tuple[str, bytes]
"(topic, sealed message)."


@dataclass(slots=True)
class Counts:
    """What one edge did."""

    sent: int = 0
    "Envelopes, each once."
    resent: int = 0
    "Envelopes sent another time."
    acknowledged: int = 0
    observations_sent: int = 0
    observations_acknowledged: int = 0
    refused: int = 0
    "Messages from the hub that were malformed or unauthentic."
    latencies: list[int] = field(default_factory=list)
    "Microseconds from an envelope's first sending to its acknowledgement."


@dataclass(frozen=True, slots=True)
class _Numbered:
    seq: int
    message: bytes
    first_sent: int
    observations: int


@dataclass(slots=True)
class _Lane:
    lane: Lane
    next_seq: int = 1
    pending: deque[_Numbered] = field(default_factory=deque)
    progress: int = 0
    "When the lane last advanced, was idle, or sent everything again."


@dataclass(frozen=True, slots=True)
class _Batch:
    made: int
    observations: tuple[Observation, ...]


class LoadEdge:
    """One virtual edge: batches in, sealed messages out, acknowledgements in."""

    def __init__(self, edge: str, secret: bytes, spool: str, *, window: int = 16) -> None:
        """Make an edge whose spool is new.

        Args:
            edge: its identifier.
            secret: 32 bytes, from the hub.
            spool: identity of its numbering; a new one for every run.
            window: unacknowledged envelopes allowed in each lane.

        Raises:
            WireError: `key`, the secret has the wrong length.
        """
        self.edge = edge
        self.counts = Counts()
        self._keys = Keys(secret)
        self._spool = spool
        self._window = window
        self._waiting: deque[_Batch] = deque()
        self._late: deque[_Batch] = deque()
        self._lanes = {lane: _Lane(lane) for lane in Lane}
        self._late_sent = 0
        self._again: set[Lane] = set()

    @property
    def unacknowledged(self) -> int:
        """Batches that the hub has not acknowledged, sent or not."""
        pending = sum(len(lane.pending) for lane in self._lanes.values())
        return pending + len(self._waiting) + len(self._late)

    @property
    def room(self) -> int:
        """How many more batches the live window takes now."""
        used = len(self._lanes[Lane.LIVE].pending) + len(self._waiting)
        return max(0, self._window - used)

    def add(self, observations: tuple[Observation, ...], now: int) -> None:
        """Keep one batch of readings until the hub has it."""
        self._waiting.append(_Batch(now, observations))

    def connected(self, now: int) -> None:
        """Start again after a new connection: what the old one carried is not known to have arrived."""
        for lane in self._lanes.values():
            self._again.add(lane.lane)
            lane.progress = now

    def send(self, now: int) -> list[Message]:
        """Return what to publish now: re-sent envelopes first, then new ones within the windows."""
        messages: list[Message] = []
        for lane in self._lanes.values():
            messages += self._send_again(lane, now)
        while self._waiting and now - self._waiting[0].made > FRESH:
            self._late.append(self._waiting.popleft())
        live = self._lanes[Lane.LIVE]
        while self._waiting and len(live.pending) < self._window:
            messages.append(self._number(live, self._waiting.popleft(), now))
        late = self._lanes[Lane.LATE]
        if self._late and len(late.pending) < self._window and now - self._late_sent >= LATE_EVERY:
            self._late_sent = now
            messages.append(self._number(late, self._late.popleft(), now))
        return messages

    def receive(self, topic: str, message: bytes, now: int) -> None:
        """Take a message from the hub; what is malformed or unauthentic is counted and dropped."""
        try:
            body = unseal(self._keys, topic, message)
            kind = topics.Topic.parse(topic).kind
            if kind == "ack":
                self._acknowledge(decode(Acknowledgement, body), now)
            elif kind == "command" and not isinstance(decode_command(body), LimitSet):
                self._again.update(self._lanes)
        except WireError:
            self.counts.refused += 1

    def presence(self, now: int, session: str, *, gone: bool = False) -> Message:
        """Return a heartbeat, or the will and good-bye."""
        topic = topics.up(self.edge, "presence")
        body = Presence(
            self.edge, session, "gone" if gone else "online", now, pending=self.unacknowledged, version="load"
        )
        return topic, seal(self._keys, topic, encode(body))

    def _send_again(self, lane: _Lane, now: int) -> list[Message]:
        if not lane.pending:
            self._again.discard(lane.lane)
            lane.progress = now
            return []
        if lane.lane not in self._again and now - lane.progress < RETRY:
            return []
        self._again.discard(lane.lane)
        lane.progress = now
        self.counts.resent += len(lane.pending)
        topic = topics.up(self.edge, lane.lane)
        return [(topic, envelope.message) for envelope in lane.pending]

    def _number(self, lane: _Lane, batch: _Batch, now: int) -> Message:
        observations = batch.observations
        if lane.lane is Lane.LATE:
            observations = tuple(
                Observation(o.sensor, o.metric, o.time, o.value, o.flags | int(Quality.LATE))
                for o in observations
            )
        envelope = Envelope(
            self.edge,
            self._spool,
            lane.lane,
            lane.next_seq,
            now,
            synchronised=True,
            observations=observations,
        )
        topic = topics.up(self.edge, lane.lane)
        message = seal(self._keys, topic, encode(envelope))
        if not lane.pending:
            lane.progress = now
        lane.pending.append(_Numbered(lane.next_seq, message, now, len(observations)))
        lane.next_seq += 1
        self.counts.sent += 1
        self.counts.observations_sent += len(observations)
        return topic, message

    def _acknowledge(self, ack: Acknowledgement, now: int) -> None:
        if ack.spool != self._spool:
            return
        lane = self._lanes[ack.lane]
        while lane.pending and lane.pending[0].seq <= ack.seq:
            envelope = lane.pending.popleft()
            lane.progress = now
            self.counts.acknowledged += 1
            self.counts.observations_acknowledged += envelope.observations
            self.counts.latencies.append(now - envelope.first_sent)
