from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import ConfigError
from hub.broker import Broker, BrokerError, Mosquitto, choose, free_port
from hub.health import Health
from hub.metrics import Metrics
from tests.hub.ingest.home import eventually

pytestmark = pytest.mark.broker

ACCOUNTS = {"hub": "hub-password", "e1": "first", "e2": "second"}
Open = Callable[..., Broker]


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def open_broker(tmp_path: Path, health: Health) -> Iterator[Open]:
    opened: list[Broker] = []

    def run(start: str, accounts: dict[str, str] = ACCOUNTS) -> Broker:
        broker = Broker(choose(start, tmp_path / "broker", "127.0.0.1", 0), accounts, Metrics(), health)
        opened.append(broker)
        broker.start()
        return broker

    yield run
    for broker in opened:
        broker.stop()


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, open_broker: Open) -> Broker:
    return open_broker(request.param)


class Guest:
    """An MQTT client that remembers."""

    def __init__(self, port: int, user: str | None, password: str | None, version: int = 5) -> None:
        protocol = MQTTProtocolVersion.MQTTv5 if version == 5 else MQTTProtocolVersion.MQTTv311
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=protocol, reconnect_on_failure=False)
        if user is not None:
            self.client.username_pw_set(user, password)
        self.outcome: list[bool] = []
        self.subscribed = threading.Event()
        self.got: list[tuple[str, bytes]] = []
        self.published: list[ReasonCode] = []
        self.client.on_connect = lambda *a: self.outcome.append(not a[3].is_failure)
        self.client.on_disconnect = lambda *_: self.outcome.append(False)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = lambda _c, _d, m: self.got.append((m.topic, bytes(m.payload)))
        self.client.on_publish = lambda _c, _d, _mid, code, _p: self.published.append(code)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        eventually(lambda: self.outcome, "an answer")

    def subscribe(self, topic: str) -> None:
        self.subscribed.clear()
        self.client.subscribe(topic, 1)
        assert self.subscribed.wait(5)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_edges_and_hub_reach_each_other(broker: Broker) -> None:
    hub = Guest(broker.engine.hub_port, "hub", "hub-password", 3)
    edge = Guest(broker.engine.edge_port, "e1", "first")
    hub.subscribe("veilleuse/1/+/up/#")
    edge.subscribe("veilleuse/1/e1/down/+")
    edge.client.publish("veilleuse/1/e1/up/live", b"value", 1)
    hub.client.publish("veilleuse/1/e1/down/ack", b"got it", 0)
    eventually(lambda: hub.got and edge.got, "both directions")
    assert hub.got == [("veilleuse/1/e1/up/live", b"value")]
    assert edge.got == [("veilleuse/1/e1/down/ack", b"got it")]
    hub.close()
    edge.close()


@pytest.mark.parametrize(("user", "password"), [(None, None), ("e1", "wrong"), ("stranger", "first")])
def test_nobody_comes_in_without_the_password(broker: Broker, user: str | None, password: str | None) -> None:
    guest = Guest(broker.engine.edge_port, user, password)
    assert guest.outcome[0] is False
    guest.close()


def test_it_listens_on_loopback_alone_and_its_files_are_private(broker: Broker, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.name == "mosquitto.log" or path.stat().st_mode & 0o777 == 0o600
    for name in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
        if not str(name).startswith("127."):
            with pytest.raises(OSError):
                socket.create_connection((str(name), broker.engine.edge_port), 0.5)


def test_mosquitto_holds_an_edge_to_its_branch(open_broker: Open) -> None:
    broker = open_broker("mosquitto")
    hub = Guest(broker.engine.hub_port, "hub", "hub-password", 3)
    edge = Guest(broker.engine.edge_port, "e1", "first")
    hub.subscribe("veilleuse/1/+/up/#")
    edge.client.publish("veilleuse/1/e2/up/live", b"forged", 1)
    edge.client.publish("veilleuse/1/e1/up/live", b"own", 1)
    eventually(lambda: len(edge.published) == 2 and hub.got, "answers")
    assert sorted(code.is_failure for code in edge.published) == [False, True]
    assert hub.got == [("veilleuse/1/e1/up/live", b"own")]
    hub.close()
    edge.close()


def test_new_accounts_are_let_in_and_old_ones_are_not(broker: Broker) -> None:
    broker.update({"hub": "hub-password", "e3": "third"})

    def enters(user: str, password: str) -> bool:
        guest = Guest(broker.engine.edge_port, user, password)
        entered = guest.outcome[0]
        guest.close()
        return entered

    eventually(lambda: enters("e3", "third"), "the new one is let in")
    assert not enters("e1", "first")


def test_a_broker_that_ends_is_started_again(open_broker: Open, health: Health, tmp_path: Path) -> None:
    broker = open_broker("mosquitto")
    first = int((tmp_path / "broker" / "mosquitto.pid").read_text())
    os.kill(first, signal.SIGKILL)
    eventually(lambda: int((tmp_path / "broker" / "mosquitto.pid").read_text()) != first, "started again")
    eventually(lambda: health.report().status == "ok", "well again")
    guest = Guest(broker.engine.edge_port, "e1", "first")
    assert guest.outcome[0]
    guest.close()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        broker = Broker(Mosquitto(tmp_path, "127.0.0.1", port), ACCOUNTS, Metrics(), Health())
        with pytest.raises(BrokerError, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
            broker.start()
        broker.stop()


def test_the_broker_of_a_killed_hub_does_not_hold_the_port(tmp_path: Path) -> None:
    """Both ways: the kernel ends it with the hub, and the next start ends one that is left all the same."""
    port = free_port("127.0.0.1")
    engine = Mosquitto(tmp_path, "127.0.0.1", port)
    engine.launch(ACCOUNTS)
    # A second one on the same directory stands for the next hub.
    other = Mosquitto(tmp_path, "127.0.0.1", port)
    other.launch(ACCOUNTS)
    eventually(lambda: not engine.alive(), "the orphan was ended")
    assert other.alive()
    other.end()
    engine.end()


def test_the_kernel_ends_mosquitto_with_the_hub(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from hub.broker import Mosquitto, free_port\n"
        "m = Mosquitto(Path(sys.argv[1]), '127.0.0.1', free_port('127.0.0.1'))\n"
        "m.launch({'hub': 'x'}); print('up', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"up\n"
    pid = int((tmp_path / "mosquitto.pid").read_text())
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()

    def gone() -> bool:
        try:
            return b"mosquitto.conf" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return True

    eventually(gone, "ended by the kernel")


def test_mosquitto_that_is_asked_for_and_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.broker._mosquitto", lambda: None)
    with pytest.raises(ConfigError, match=r"broker\.start is mosquitto, which is not on the PATH"):
        choose("mosquitto", tmp_path, "127.0.0.1", 0)
    assert choose("auto", tmp_path, "127.0.0.1", 0).name == "iotcore"
