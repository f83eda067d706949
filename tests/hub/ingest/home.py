"""A hub's data directory with rooms, residents and edges, and edges that speak over a real broker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from devices.clock import Clock, SystemClock
from devices.limits import Limit, Priority
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    Observation,
    Presence,
    SyncRequest,
    decode,
    decode_command,
    encode,
)
from devices.wire.seal import Keys, seal, unseal
from devices.wire.topics import all_down, up
from hub import provisioning
from hub.store import records
from hub.store.records import Prescription, Resident, Room

T = 1_790_000_000_000_000
SECOND = 1_000_000


def make_home(path: Path, edges: int = 1, now: int = 0) -> dict[str, str]:
    """Make a hub with rooms 1, 2 ..., residents r1, r2 ... and edges e1, e2 ...; return the texts of edge.key."""
    provisioning.initialise(path, "Les Tilleuls")
    data = provisioning.DataDirectory(path)
    keys = provisioning.read_secrets(data)
    database = provisioning.open_database(data)
    made = {}
    with database.write() as connection:
        for number in range(1, edges + 1):
            room = str(number)
            provisioning.add_room(connection, Room(room, f"Chambre {room}"), "test", now)
            person = Resident(f"r{number}", "Roux", "Simone", 1934, now)
            provisioning.add_resident(connection, person, room, "test", now)
            made[f"e{number}"] = provisioning.enrol_edge(connection, keys, f"e{number}", room, "test", now)
            limit = Limit(f"low{number}", "spo2", Priority.HIGH, low=90, delay=2)
            records.prescribe(connection, Prescription(limit, f"r{number}", "doctor", "", now))
    database.close()
    return made


def eventually(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait until a condition holds."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class EdgeStandIn:
    """The wire side of an edge: numbers envelopes, keeps them until they are acknowledged, sends them again."""

    edge: str
    key: str
    port: int
    spool: str = "spool-1"
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        secret, password = self.key.split()
        self.keys = Keys(bytes.fromhex(secret))
        self.kept: dict[Lane, dict[int, Envelope]] = {Lane.LIVE: {}, Lane.LATE: {}}
        self.last = {Lane.LIVE: 0, Lane.LATE: 0}
        self.acknowledged = {Lane.LIVE: 0, Lane.LATE: 0}
        self.longest = 0
        "Microseconds for which an envelope waited for its acknowledgement, the longest."
        self.commands: list[object] = []
        self.connected = threading.Event()
        self.lock = threading.Lock()
        self.client = Client(CallbackAPIVersion.VERSION2, self.edge, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.username_pw_set(self.edge, password)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe(all_down(self.edge), 1)
        self.client.on_subscribe = lambda *_: (self.connected.set(), self.again())
        self.client.on_message = self._on_message

    def connect(self) -> EdgeStandIn:
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        assert self.connected.wait(10)
        return self

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def make(self, *observations: Observation, lane: Lane = Lane.LIVE) -> Envelope:
        with self.lock:
            self.last[lane] += 1
            envelope = Envelope(
                self.edge, self.spool, lane, self.last[lane], self.clock.utc(), True, observations
            )
            self.kept[lane][envelope.seq] = envelope
        return envelope

    def say(self, *observations: Observation, lane: Lane = Lane.LIVE) -> None:
        self.publish(lane.value, self.make(*observations, lane=lane))

    def publish(self, kind: str, message: object) -> None:
        topic = up(self.edge, kind)
        self.client.publish(topic, seal(self.keys, topic, encode(message)), 1)

    def hello(self, session: str = "s1") -> None:
        self.publish("presence", Presence(self.edge, session, "online", self.clock.utc()))

    def again(self) -> None:
        """Send everything again that is not acknowledged."""
        with self.lock:
            waiting = [kept[seq] for kept in self.kept.values() for seq in sorted(kept)]
        for envelope in waiting:
            self.publish(envelope.lane.value, envelope)

    def waiting(self) -> int:
        with self.lock:
            return sum(len(kept) for kept in self.kept.values())

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        body = unseal(self.keys, message.topic, bytes(message.payload))
        if message.topic.endswith("/ack"):
            told = decode(Acknowledgement, body)
            with self.lock:
                self.acknowledged[told.lane] = max(self.acknowledged[told.lane], told.seq)
                for seq in [seq for seq in self.kept[told.lane] if seq <= told.seq]:
                    sent = self.kept[told.lane].pop(seq).sent
                    self.longest = max(self.longest, self.clock.utc() - sent)
        else:
            command = decode_command(body)
            self.commands.append(command)
            if isinstance(command, SyncRequest):
                self.again()
