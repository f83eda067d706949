"""One process of the load generator: many `LoadEdge`s, each with its own MQTT session, on one event loop.

A thread per session would cost a thousand threads; paho's client is driven from the loop's file events instead.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.backoff import Backoff
from devices.clock import SECOND, Clock
from devices.simulators.load_edge import Counts, LoadEdge
from devices.wire import topics
from devices.wire.messages import Observation

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

TICK = 0.02
"Seconds between two looks at what is due; an envelope leaves at most this late."

HEARTBEAT = 5 * SECOND
"Time between two presences of one edge."

FLOOD_START = 3_600 * SECOND
"A flood invents one second per envelope, from this long ago: it stays in the past for the first 3600 envelopes."

KEEP_ALIVE = 60
"MQTT keep-alive in seconds."

LATENCIES = 20_000
"Latencies reported per worker, evenly thinned: enough for a 99.9th percentile, small enough for a pipe."

Batch = Callable[[int], tuple[Observation, ...]]
"Readings of one edge for a time in microseconds UTC."


class EdgeSpec(msgspec.Struct, frozen=True):
    """One edge that a worker plays."""

    edge: str
    secret: str
    "Hexadecimal."
    password: str
    seed: int


class WorkerSpec(msgspec.Struct, frozen=True):
    """What one worker does."""

    host: str
    port: int
    edges: tuple[EdgeSpec, ...]
    seconds: float
    period: float
    "Seconds between two batches of one edge."
    samples: int
    "Observations of each metric in one batch."
    window: int
    flood: bool
    drain: float
    "Seconds to wait for the last acknowledgements."
    spool: str


class WorkerReport(msgspec.Struct, frozen=True):
    """What one worker saw."""

    sent: int
    acknowledged: int
    resent: int
    refused: int
    observations_sent: int
    observations_acknowledged: int
    unacknowledged: int
    connections: int
    refused_connections: int
    worst_lag: int
    "Microseconds by which the worst batch was late: the generator's own weakness, not the hub's."
    sending: int
    "Microseconds from the first to the last batch."
    draining: int
    "Microseconds from the last batch to the last acknowledgement."
    latencies: tuple[int, ...]


@dataclass(slots=True)
class _Totals:
    connections: int = 0
    refused: int = 0
    worst_lag: int = 0


class Session:
    """One edge's connection: opens it, opens it again when it is lost, carries what the edge says."""

    def __init__(self, edge: LoadEdge, spec: EdgeSpec, broker: tuple[str, int], clock: Clock) -> None:
        """Make a session that is not yet connected; `broker` is (host, port)."""
        self.edge = edge
        self.connected = False
        self.connections = 0
        self.refused = 0
        self.on_acknowledged: Callable[[Session], None] | None = None
        self._spec = spec
        self._broker = broker
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(base=0.5, ceiling=5.0)
        self._session = f"{spec.seed:x}"
        self._client: Client | None = None
        self._closed = False
        self.heartbeat = 0

    def open(self) -> None:
        """Connect, now or as soon as the broker listens."""
        if self._closed:
            return
        # A new client each time: paho would otherwise send its own queue again beside ours.
        client = Client(CallbackAPIVersion.VERSION2, client_id=self.edge.edge, protocol=MQTTv5)
        client.username_pw_set(self.edge.edge, self._spec.password)
        client.will_set(*self.edge.presence(self._clock.utc(), self._session, gone=True), qos=1)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_writable_wanted
        client.on_socket_unregister_write = self._on_writable_unwanted
        self._client = client
        try:
            client.connect(*self._broker, keepalive=KEEP_ALIVE)
        except OSError:
            self._again()

    def publish(self, now: int) -> None:
        """Send what the edge has to send."""
        if self.connected and self._client is not None:
            for topic, message in self.edge.send(now):
                self._client.publish(topic, message, qos=1)

    def maintain(self, now: int) -> None:
        """Keep the connection alive and the hub informed; call about once a second."""
        if self._client is None:
            return
        if self.connected and now - self.heartbeat >= HEARTBEAT:
            self.heartbeat = now
            self._client.publish(*self.edge.presence(now, self._session), qos=1)
        self._client.loop_misc()

    def close(self) -> None:
        """Say good-bye and end the connection."""
        self._closed = True
        if self._client is not None and self.connected:
            self._client.publish(*self.edge.presence(self._clock.utc(), self._session, gone=True), qos=1)
            self._client.disconnect()

    def _on_socket_open(self, client: Client, _userdata: object, sock: SocketLike) -> None:
        self._loop.add_reader(sock, client.loop_read)

    def _on_socket_close(self, _client: Client, _userdata: object, sock: SocketLike) -> None:
        self._loop.remove_reader(sock)
        self._loop.remove_writer(sock)

    def _on_writable_wanted(self, client: Client, _userdata: object, sock: SocketLike) -> None:
        self._loop.add_writer(sock, client.loop_write)

    def _on_writable_unwanted(self, _client: Client, _userdata: object, sock: SocketLike) -> None:
        self._loop.remove_writer(sock)

    def _again(self) -> None:
        self._client = None
        if not self._closed:
            self._loop.call_later(self._backoff.next(), self.open)

    def _on_connect(
        self, client: Client, _userdata: object, _flags: ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self.refused += 1
            return
        self.connected = True
        self.connections += 1
        self._backoff.reset()
        now = self._clock.utc()
        self.edge.connected(now)
        client.subscribe(topics.all_down(self.edge.edge), qos=1)
        self.heartbeat = now
        client.publish(*self.edge.presence(now, self._session), qos=1)
        self.publish(now)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _code: ReasonCode,
        _p: Properties | None,
    ) -> None:
        self.connected = False
        self._again()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.edge.receive(message.topic, bytes(message.payload), self._clock.utc())
        if self.on_acknowledged is not None:
            self.on_acknowledged(self)


@dataclass(slots=True)
class Worker:
    """Plays the edges of one `WorkerSpec` to the end."""

    spec: WorkerSpec
    clock: Clock
    batch: Callable[[EdgeSpec], Callable[[int, int], tuple[Observation, ...]]]
    "Makes the source of one edge's readings: (time, samples) to observations."
    sessions: list[Session] = field(default_factory=list)
    _sources: list[Callable[[int, int], tuple[Observation, ...]]] = field(default_factory=list)
    _totals: _Totals = field(default_factory=_Totals)

    async def run(self) -> WorkerReport:
        """Connect, send for the given time, wait for the last acknowledgements, and report."""
        for spec in self.spec.edges:
            edge = LoadEdge(spec.edge, bytes.fromhex(spec.secret), self.spec.spool, window=self.spec.window)
            self.sessions.append(Session(edge, spec, (self.spec.host, self.spec.port), self.clock))
            self._sources.append(self.batch(spec))
        await self._connect()
        started = self.clock.monotonic()
        await (self._flood() if self.spec.flood else self._paced())
        sent = self.clock.monotonic()
        await self._drain()
        drained = self.clock.monotonic()
        for session in self.sessions:
            session.close()
        await asyncio.sleep(0.1)
        return self._report(sent - started, drained - sent)

    async def _connect(self) -> None:
        for index, session in enumerate(self.sessions):
            session.open()
            if index % 50 == 49:
                # The broker checks a password hash for each; give its answers a turn.
                await asyncio.sleep(0)
        deadline = self.clock.monotonic() + 60 * SECOND
        while not all(session.connected for session in self.sessions):
            if self.clock.monotonic() > deadline:
                break
            await asyncio.sleep(TICK)

    async def _paced(self) -> None:
        """Send one batch per edge and period, the edges spread evenly over it."""
        period = int(self.spec.period * SECOND)
        start = self.clock.utc()
        end = start + int(self.spec.seconds * SECOND)
        count = len(self.sessions)
        due = [(start + period * index // count, index) for index in range(count)]
        heapq.heapify(due)
        maintained = start
        while (now := self.clock.utc()) < end:
            while due and due[0][0] <= now:
                time, index = heapq.heappop(due)
                self._totals.worst_lag = max(self._totals.worst_lag, now - time)
                self.sessions[index].edge.add(self._sources[index](time, self.spec.samples), now)
                self.sessions[index].publish(now)
                heapq.heappush(due, (time + period, index))
            if now - maintained >= SECOND:
                maintained = now
                self._maintain(now)
            await asyncio.sleep(TICK)

    async def _flood(self) -> None:
        """Keep every live window full until the time is over."""
        invented = dict.fromkeys(range(len(self.sessions)), self.clock.utc() - FLOOD_START)
        index_of = {id(session): index for index, session in enumerate(self.sessions)}
        end = self.clock.utc() + int(self.spec.seconds * SECOND)

        def fill(session: Session) -> None:
            now = self.clock.utc()
            index = index_of[id(session)]
            while now < end and session.edge.room:
                session.edge.add(self._sources[index](invented[index], self.spec.samples), now)
                invented[index] += SECOND
            session.publish(now)

        for session in self.sessions:
            session.on_acknowledged = fill
            fill(session)
        while (now := self.clock.utc()) < end:
            self._maintain(now)
            await asyncio.sleep(1.0)
        for session in self.sessions:
            session.on_acknowledged = None

    async def _drain(self) -> None:
        deadline = self.clock.monotonic() + int(self.spec.drain * SECOND)
        while any(session.edge.unacknowledged for session in self.sessions):
            if self.clock.monotonic() > deadline:
                break
            self._maintain(self.clock.utc())
            await asyncio.sleep(0.05)

    def _maintain(self, now: int) -> None:
        for session in self.sessions:
            session.maintain(now)
            session.publish(now)

    def _report(self, sending: int, draining: int) -> WorkerReport:
        counts = [session.edge.counts for session in self.sessions]

        def total(name: str) -> int:
            return sum(getattr(count, name) for count in counts)

        return WorkerReport(
            sent=total("sent"),
            acknowledged=total("acknowledged"),
            resent=total("resent"),
            refused=total("refused"),
            observations_sent=total("observations_sent"),
            observations_acknowledged=total("observations_acknowledged"),
            unacknowledged=sum(session.edge.unacknowledged for session in self.sessions),
            connections=sum(session.connections for session in self.sessions),
            refused_connections=sum(session.refused for session in self.sessions),
            worst_lag=self._totals.worst_lag,
            sending=sending,
            draining=draining,
            latencies=_thinned(counts),
        )


def _thinned(counts: list[Counts]) -> tuple[int, ...]:
    every = sorted(latency for count in counts for latency in count.latencies)
    step = max(1, len(every) // LATENCIES)
    return tuple(every[::step])
