"""Real brokers on free loopback ports, a hub that only verifies and acknowledges, and waiting with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import socket
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from devices.clock import SystemClock
from devices.errors import WireError
from devices.measurement import Measurement
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    Presence,
    Report,
    Signal,
    decode,
    decode_report,
    encode,
)
from devices.wire.seal import Keys, seal, unseal
from devices.wire.topics import ALL_UP, Topic, down
from edge.supervisor import Attempt

if TYPE_CHECKING:
    from playwright.async_api import Page

SECRET = bytes(range(32))
PASSWORD = "room-password"
HUB_PASSWORD = "hub-password"
EDGE = "edge-test"


class Works(Attempt):
    """An attempt that nobody supervises."""

    def __init__(self) -> None:
        self.worked = 0

    def works(self) -> None:
        self.worked += 1


def free_port() -> int:
    """Return a port that is free, below those that the system gives away by itself (32768 and up).

    A broker that is ended and started again must find its port: among the system's own, another test's server could have
    taken it meanwhile, or whoever tries to reach the broker could by chance have connected to themselves.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def until(what: str, check: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.01)


async def until_page(page: Page, expression: str, seconds: float = 60.0) -> None:
    """Wait until an expression is true in a page. `wait_for_function` cannot: a later look is an `eval`, which the page's policy forbids."""
    deadline = time.monotonic() + seconds
    while not await page.evaluate(expression):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {expression}")
        await asyncio.sleep(0.05)


def measurement(value: float = 97.0, time: int = 0, **other: object) -> Measurement:
    fields: dict[str, object] = {
        "sensor": "oximeter",
        "metric": "spo2",
        "value": value,
        "time": time,
    }
    return Measurement(**{**fields, **other})  # type: ignore[arg-type]


def write_keys(path: Path) -> Path:
    path.write_text(f"{SECRET.hex()}\n{PASSWORD}\n")
    path.chmod(0o600)
    return path


class Mosquitto:
    """Mosquitto with the access list of a real home, which may be ended and started again on the same port."""

    def __init__(self, folder: Path, port: int | None = None, tls: str = "") -> None:
        self.port = port or free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        tool = shutil.which("mosquitto_passwd", path="/usr/bin:/usr/local/bin")
        assert program, "mosquitto is not installed"
        assert tool, "mosquitto_passwd is not installed"
        self._program = program
        folder.mkdir(parents=True, exist_ok=True)
        passwords = folder / "passwords"
        for flags, user, password in (
            (["-c", "-b"], EDGE, PASSWORD),
            (["-b"], "hub", HUB_PASSWORD),
        ):
            subprocess.run(
                [tool, *flags, str(passwords), user, password],
                check=True,
                capture_output=True,
            )
        access = folder / "access"
        access.write_text(
            "user hub\ntopic readwrite #\n"
            "pattern write veilleuse/1/%u/up/#\npattern read veilleuse/1/%u/down/#\n"
        )
        for each in (passwords, access):
            each.chmod(0o600)
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nacl_file {access}\n"
            "max_queued_messages 1000000\nmax_inflight_messages 1000\nuser root\nlog_dest stderr\n" + tls
        )

    def start(self) -> None:
        log = (self._folder / "mosquitto.log").open("ab")
        with log:
            self._process = subprocess.Popen([self._program, "-c", str(self._config)], stdout=log, stderr=log)
        wait_listening(self.port)

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait()
            self._process = None


def wait_listening(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 0.2),
        ):
            return
        assert time.monotonic() < deadline, f"nothing listens on {port}"
        time.sleep(0.02)


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1; return it and its key."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *(
                "-days",
                "2",
                "-keyout",
                str(key),
                "-out",
                str(certificate),
                "-subj",
                f"/CN={name}",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


class AckingHub:
    """What a hub does with a room's messages, without a disk: verify, drop duplicates, acknowledge, remember."""

    def __init__(self, port: int, *, user: str = "hub", password: str = HUB_PASSWORD) -> None:
        self.keys = Keys(SECRET)
        self.cursors: dict[tuple[str, Lane], int] = defaultdict(int)
        self.envelopes: list[Envelope] = []
        "Those that were new, in the order of arrival."
        self.arrived: list[float] = []
        self.copies = 0
        self.holes = 0
        self.refused: list[str] = []
        self.presences: list[Presence] = []
        self.signals: list[Signal] = []
        self.reports: list[Report] = []
        self.acknowledging = True
        self.time: Callable[[], int] = SystemClock().utc
        self._lock = threading.Lock()
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="hub")
        self._client.username_pw_set(user, password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(ALL_UP, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # The client closes its wake-up sockets when it is freed; the callbacks tie it to us in a circle.
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    def tell(self, kind: str, message: object, *, edge: str = EDGE, keys: Keys | None = None) -> None:
        topic = down(edge, kind)
        self._client.publish(topic, seal(keys or self.keys, topic, encode(message)), qos=1)

    def values(self, lane: Lane | None = None) -> list[float]:
        return [each.value for envelope in list(self.envelopes) if lane in (None, envelope.lane) for each in envelope.observations]  # fmt: skip

    def _message(self, _client: object, _user: object, message: paho.MQTTMessage) -> None:
        try:
            topic = Topic.parse(message.topic)
            body = unseal(self.keys, message.topic, message.payload)
            with self._lock:
                self._take(topic, body)
        except WireError as error:
            self.refused.append(str(error))

    def _take(self, topic: Topic, body: bytes) -> None:
        if topic.kind == "presence":
            self.presences.append(decode(Presence, body))
        elif topic.kind == "signal":
            self.signals.append(decode(Signal, body))
        elif topic.kind == "report":
            self.reports.append(decode_report(body))
        else:
            envelope = decode(Envelope, body)
            key = (envelope.spool, envelope.lane)
            if not self.acknowledging:
                return
            if envelope.seq > self.cursors[key] + 1:
                self.holes += 1
            elif envelope.seq <= self.cursors[key]:
                self.copies += 1
            else:
                self.cursors[key] = envelope.seq
                self.envelopes.append(envelope)
                self.arrived.append(time.monotonic())
            self.tell(
                "ack",
                Acknowledgement(*key, self.cursors[key], self.time()),
                edge=envelope.edge,
            )


@contextlib.contextmanager
def running(broker: Mosquitto) -> Iterator[Mosquitto]:
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
