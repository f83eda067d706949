"""A light publisher: pre-sealed envelopes, written as ready-made MQTT packets, one connection per edge.

It prepares everything before it starts, then only copies bytes, so that it is faster than any consumer. It speaks the
little MQTT 3.1.1 it needs by itself because a client library would be the bottleneck. As a process:
`python -m tests.benchmarks.flood` reads a `FloodSpec` (JSON) on standard input, prints `ready` once everything is sealed,
starts at a line on standard input, and prints a `FloodReport` (JSON).
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

import msgspec

from devices.clock import SECOND
from devices.wire.messages import Acknowledgement, Envelope, Lane, Observation, decode, encode
from devices.wire.seal import Keys, seal, unseal

CHUNK = 262_144
STALL = 3.0
"Seconds without any progress after which everything unacknowledged is sent again, as an edge would."

METRICS = ("heart_rate", "pulse_rate", "spo2", "perfusion_index", "respiration_rate", "temperature")
BASE = (72.0, 71.0, 96.0, 4.2, 16.0, 36.7)


class FloodEdge(msgspec.Struct, frozen=True):
    """One connection."""

    edge: str
    secret: str
    password: str


class FloodSpec(msgspec.Struct, frozen=True):
    """One flood."""

    host: str
    port: int
    edges: tuple[FloodEdge, ...]
    envelopes: int
    "Per edge."
    observations: int
    "Per envelope."
    spool: str
    newest: int
    "Time of the newest observation, microseconds UTC."
    version: str = "1"
    "Second level of the topics: `0` is a branch to which no hub listens."
    acknowledged: bool = True
    "Wait for the hub's acknowledgements; otherwise end when the broker has everything."
    timeout: float = 120.0


class FloodReport(msgspec.Struct, frozen=True):
    """What the publisher saw; times are CLOCK_MONOTONIC seconds, comparable between processes of one machine."""

    started: float
    published: float
    "When the broker had taken the last envelope of the first sending."
    finished: float
    "When the last acknowledgement came; equal to `published` when nobody acknowledges."
    envelopes: int
    resent: int
    acknowledged: int
    message_bytes: int
    "Mean size of one sealed message."


def readings(count: int, index: int, time_utc: int) -> tuple[Observation, ...]:
    """Return the observations of envelope `index`: `count` of them within the second that ends at `time_utc`.

    Values move a little, so that no store is flattered by constants.
    """
    kinds = len(METRICS)
    rounds = -(-count // kinds)
    return tuple(
        Observation(
            "bench",
            METRICS[number % kinds],
            time_utc - SECOND + (number // kinds + 1) * SECOND // rounds,
            round(BASE[number % kinds] + ((index * 7 + number * 3) % 21 - 10) / 10, 1),
        )
        for number in range(count)
    )


def envelopes(spec: FloodSpec, edge: FloodEdge) -> list[bytes]:
    """Return the sealed messages of one edge, numbered from 1."""
    keys = Keys(bytes.fromhex(edge.secret))
    topic = _topic(spec, edge, "up/live")
    sealed = []
    for index in range(spec.envelopes):
        at = spec.newest - (spec.envelopes - 1 - index) * SECOND
        body = Envelope(
            edge.edge,
            spec.spool,
            Lane.LIVE,
            index + 1,
            at,
            synchronised=True,
            observations=readings(spec.observations, index, at),
        )
        sealed.append(seal(keys, topic, encode(body)))
    return sealed


def _topic(spec: FloodSpec, edge: FloodEdge, rest: str) -> str:
    return f"veilleuse/{spec.version}/{edge.edge}/{rest}"


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(first: int, body: bytes) -> bytes:
    length = len(body)
    header = bytearray([first])
    while True:
        header.append(length % 128 | (128 if length >= 128 else 0))
        length //= 128
        if not length:
            return bytes(header) + body


@dataclass
class _Connection:
    edge: FloodEdge
    keys: Keys
    sock: socket.socket
    packets: list[bytes]
    outgoing: memoryview
    received: bytearray = field(default_factory=bytearray)
    taken: int = 0
    "PUBACKs."
    expected: int = 0
    "Publishes written or queued."
    cursor: int = 0

    def read(self, spool: str) -> None:
        data = self.sock.recv(CHUNK)
        if not data:
            raise ConnectionError(f"broker closed the connection of {self.edge.edge}")
        self.received += data
        while (packet := self._next()) is not None:
            kind, body = packet
            if kind >> 4 == 4:
                self.taken += 1
            elif kind >> 4 == 3:
                self._publication(body, spool)

    def _next(self) -> tuple[int, bytes] | None:
        length = shift = 0
        for index in range(1, 5):
            if index >= len(self.received):
                return None
            byte = self.received[index]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if len(self.received) < index + 1 + length:
            return None
        kind = self.received[0]
        body = bytes(self.received[index + 1 : index + 1 + length])
        del self.received[: index + 1 + length]
        return kind, body

    def _publication(self, body: bytes, spool: str) -> None:
        size = int.from_bytes(body[:2], "big")
        topic = body[2 : 2 + size].decode()
        if not topic.endswith("/down/ack"):
            return
        ack = decode(Acknowledgement, unseal(self.keys, topic, body[2 + size :]))
        if ack.spool == spool and ack.lane is Lane.LIVE:
            self.cursor = max(self.cursor, ack.seq)

    def again(self) -> int:
        """Queue everything above the cursor once more; return how many."""
        packets = self.packets[self.cursor :]
        self.outgoing = memoryview(b"".join(packets))
        self.expected += len(packets)
        return len(packets)


def _connect(spec: FloodSpec, edge: FloodEdge) -> _Connection:
    topic = _topic(spec, edge, "up/live")
    sealed = envelopes(spec, edge)
    packets = [
        _packet(0x32, _text(topic) + (index % 65_535 + 1).to_bytes(2, "big") + message)
        for index, message in enumerate(sealed)
    ]
    sock = socket.create_connection((spec.host, spec.port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Clean session, user name and password, keep-alive 0 (none).
    sock.sendall(
        _packet(
            0x10, _text("MQTT") + b"\x04\xc2\0\0" + _text(edge.edge) + _text(edge.edge) + _text(edge.password)
        )
    )
    answer = sock.recv(4)
    if answer[:1] != b"\x20" or answer[3:] != b"\0":
        raise ConnectionError(f"broker refused {edge.edge}: {answer.hex()}")
    if spec.acknowledged:
        sock.sendall(_packet(0x82, b"\0\1" + _text(_topic(spec, edge, "down/ack")) + b"\0"))
        if sock.recv(5)[:1] != b"\x90":
            raise ConnectionError(f"broker refused the subscription of {edge.edge}")
    sock.setblocking(False)
    keys = Keys(bytes.fromhex(edge.secret))
    return _Connection(edge, keys, sock, packets, memoryview(b"".join(packets)), expected=len(packets))


class Flood:
    """All connections of one flood."""

    def __init__(self, spec: FloodSpec) -> None:
        self.spec = spec
        self.connections = [_connect(spec, edge) for edge in spec.edges]
        self.resent = 0
        self._selector = selectors.DefaultSelector()

    def run(self) -> FloodReport:
        """Publish everything as fast as the broker takes it, and wait until it has arrived."""
        started = time.monotonic()
        for connection in self.connections:
            self._selector.register(connection.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
        self._until(lambda: all(c.taken >= len(c.packets) for c in self.connections), started)
        published = time.monotonic()
        if self.spec.acknowledged:
            self._until(lambda: all(c.cursor >= len(c.packets) for c in self.connections), started)
        finished = time.monotonic() if self.spec.acknowledged else published
        for connection in self.connections:
            connection.sock.close()
        total = sum(len(c.packets) for c in self.connections)
        size = sum(len(p) for c in self.connections for p in c.packets) // total
        return FloodReport(
            started,
            published,
            finished,
            total,
            self.resent,
            sum(c.cursor for c in self.connections),
            size,
        )

    def _until(self, done: object, started: float) -> None:
        assert callable(done)
        progress, moved = self._progress(), time.monotonic()
        while not done():
            for key, events in self._selector.select(timeout=0.2):
                connection: _Connection = key.data
                if events & selectors.EVENT_READ:
                    connection.read(self.spec.spool)
                if events & selectors.EVENT_WRITE:
                    self._write(connection)
            now = time.monotonic()
            if (current := self._progress()) != progress:
                progress, moved = current, now
            elif now - moved > STALL:
                moved = now
                self._again()
            if now - started > self.spec.timeout:
                break

    def _progress(self) -> tuple[int, int]:
        return sum(c.taken for c in self.connections), sum(c.cursor for c in self.connections)

    def _write(self, connection: _Connection) -> None:
        if connection.outgoing:
            sent = connection.sock.send(connection.outgoing[:CHUNK])
            connection.outgoing = connection.outgoing[sent:]
        if not connection.outgoing:
            self._selector.modify(connection.sock, selectors.EVENT_READ, connection)

    def _again(self) -> None:
        for connection in self.connections:
            if (
                self.spec.acknowledged
                and not connection.outgoing
                and connection.cursor < len(connection.packets)
            ):
                self.resent += connection.again()
                self._selector.modify(
                    connection.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, connection
                )


def main() -> None:
    spec = msgspec.json.decode(sys.stdin.readline(), type=FloodSpec)
    flood = Flood(spec)
    print("ready", flush=True)
    sys.stdin.readline()
    print(msgspec.json.encode(flood.run()).decode(), flush=True)


if __name__ == "__main__":
    main()
