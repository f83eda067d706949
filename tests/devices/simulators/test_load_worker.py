"""Many sessions in one process, over a real broker, with the hub's cursor rule on the other side."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from devices.clock import SystemClock
from devices.simulators.load_worker import EdgeSpec, Worker, WorkerSpec
from devices.wire import topics
from devices.wire.messages import Acknowledgement, Envelope, Observation, decode, encode
from devices.wire.seal import Keys, seal, unseal

pytestmark = pytest.mark.broker
SECRET = bytes(range(32))
KEYS = Keys(SECRET)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.fail("mosquitto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {number} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 1000000\n")
    broker = subprocess.Popen([program, "-c", config], stderr=subprocess.PIPE)
    assert broker.stderr is not None
    for line in broker.stderr:
        if b"running" in line:
            break
    drain = threading.Thread(target=broker.stderr.read, daemon=True)
    drain.start()
    yield number
    broker.terminate()
    broker.wait(10)
    drain.join(5)
    broker.stderr.close()


class CursorHub:
    """Commits cursor + 1, drops the rest, acknowledges the cursor; `deaf` first messages are lost."""

    def __init__(self, port: int, deaf: int = 0) -> None:
        self.cursors: dict[tuple[str, str], int] = {}
        self.observations: list[Observation] = []
        self.seen = 0
        self._deaf = deaf
        self._ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="hub")
        self.client.on_connect = lambda c, *_rest: c.subscribe(topics.ALL_UP, qos=1)
        self.client.on_subscribe = lambda *_rest: self._ready.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._ready.wait(10)

    def _on_message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = topics.Topic.parse(message.topic)
        if topic.kind not in {"live", "late"}:
            return
        self.seen += 1
        if self.seen <= self._deaf:
            return
        envelope = decode(Envelope, unseal(KEYS, message.topic, bytes(message.payload)))
        key = (envelope.edge, envelope.lane.value)
        if envelope.seq == self.cursors.get(key, 0) + 1:
            self.cursors[key] = envelope.seq
            self.observations += envelope.observations
        answer = topics.down(envelope.edge, "ack")
        ack = Acknowledgement(envelope.spool, envelope.lane, self.cursors.get(key, 0), envelope.sent)
        client.publish(answer, seal(KEYS, answer, encode(ack)), qos=1)

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def spec(port: int, **changes: object) -> WorkerSpec:
    edges = tuple(EdgeSpec(f"room-{number}", SECRET.hex(), "", number) for number in range(20))
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "edges": edges,
        "seconds": 1.0,
        "period": 0.25,
        "samples": 2,
        "window": 4,
        "flood": False,
        "drain": 20.0,
        "spool": "s",
    }
    return WorkerSpec(**(values | changes))  # type: ignore[arg-type]


def readings(_edge: EdgeSpec) -> object:
    def source(time: int, samples: int) -> tuple[Observation, ...]:
        return tuple(Observation("ox", "spo2", time + index, 96.0) for index in range(samples))

    return source


@pytest.mark.parametrize("flood", [False, True])
async def test_everything_that_was_sent_is_acknowledged(port: int, flood: bool) -> None:  # noqa: FBT001
    hub = CursorHub(port)
    worker = Worker(spec(port, flood=flood), SystemClock(), readings)  # type: ignore[arg-type]
    report = await worker.run()
    await asyncio.to_thread(hub.stop)
    assert report.unacknowledged == report.refused == 0
    assert report.connections == 20
    assert report.sent == report.acknowledged == sum(hub.cursors.values())
    assert report.observations_sent == len(hub.observations) == 2 * report.sent
    assert len(report.latencies) == report.sent
    if flood:
        assert report.sent > 20 * 4, "a flood is not held to the pace"
    else:
        # Never more than the pace; a busy machine may not come to the last batch of each.
        assert 20 * 2 <= report.sent <= 20 * 4


async def test_what_a_deaf_hub_missed_is_sent_again(port: int) -> None:
    hub = CursorHub(port, deaf=30)
    report = await Worker(spec(port), SystemClock(), readings).run()  # type: ignore[arg-type]
    await asyncio.to_thread(hub.stop)
    assert report.resent > 0
    assert report.unacknowledged == 0
    assert sum(hub.cursors.values()) == report.sent
