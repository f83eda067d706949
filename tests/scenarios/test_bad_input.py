"""Whatever comes in wrong is refused with the thing and the violation named, is counted, and stops nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.clock import SECOND, SystemClock
from devices.wire import topics
from devices.wire.messages import MAX_OBSERVATIONS, Envelope, Lane, Observation, encode
from devices.wire.seal import MAX_MESSAGE, Keys, seal
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import run, wait_for
from tests.integration.sensors import Oximeter

pytestmark = pytest.mark.broker

EDGE = "room-2"
"Enrolled, and played by the test."


@dataclass
class Stage:
    """A running home: room 1 is a real edge with an oximeter, room 2 is played by the test."""

    home: Home
    oximeter: Oximeter
    client: HubClient

    @property
    def keys(self) -> Keys:
        return Keys(bytes.fromhex(self.home.keys[EDGE].split()[0]))

    def metric(self, name: str) -> float:
        return self.client.metrics().get(name, 0.0)

    def count(self, name: str, act: Callable[[], object]) -> None:
        """Do something, and wait until a counter has moved."""
        before = self.metric(name)
        act()
        wait_for(f"{name} moves from {before}", lambda: self.metric(name) > before, 40, 0.2)

    def still_watching(self) -> None:
        """Let the sensor say something new, and see it arrive."""
        value = 90 + (self.oximeter.spo2 - 90 + 1) % 8
        self.oximeter.set(spo2=value)

        def there() -> bool:
            (found,) = [each for each in self.client.residents() if each.id == "r1"]
            return any(each.metric == "spo2" and each.value == value for each in found.values)

        wait_for(f"a good value ({value} %) still arrives", there, 40, 0.2)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("home")
    plans = [RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}]), RoomPlan(2)]
    with Home(folder, plans) as home, Oximeter(home.edge_folder(plans[0]) / "ox", spo2=95) as oximeter:
        home.start_hub()
        home.edge(plans[0]).start()
        with home.client() as client:
            made = Stage(home, oximeter, client)
            made.still_watching()
            yield made


class Intruder:
    """An MQTT client with a room's credentials, or with others."""

    def __init__(self, stage: Stage, *, user: str = EDGE, password: str | None = None) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="intruder", protocol=MQTTv5)
        self._client.username_pw_set(user, password or stage.home.keys[EDGE].split()[1])
        self._connected = threading.Event()
        self.answer: ReasonCode | None = None
        self.answers: dict[int, ReasonCode] = {}
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", stage.home.mqtt_port)
        self._client.loop_start()
        assert self._connected.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, message: bytes) -> ReasonCode:
        """Publish at QoS 1; return what the broker says to it."""
        number = self._client.publish(topic, message, qos=1).mid
        return wait_for("the broker's answer", lambda: self.answers.get(number), 10)

    def _on_connect(self, _c: Client, _u: Any, _flags: Any, code: ReasonCode, _p: Properties | None) -> None:
        self.answer = code
        self._connected.set()

    def _on_publish(self, _c: Client, _u: Any, number: int, code: ReasonCode, _p: Properties) -> None:
        self.answers[number] = code


# ---- frames ----

NOISE = b"\x01\xff" + bytes(set(range(128)) - {0x11, 0x13}) * 2
"No XON and XOFF: the line obeys those, whoever says them."


def test_a_malformed_frame_is_dropped_and_counted(stage: Stage) -> None:
    stage.count(
        'veilleuse_edge_counts{edge="room-1",name="frames_rejected"}',
        lambda: [stage.oximeter.write(NOISE) for _ in range(5)],
    )
    stage.still_watching()


# ---- envelopes ----


def envelope(**changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "edge": EDGE,
        "spool": "intruder",
        "lane": Lane.LIVE,
        "seq": 1,
        "sent": SystemClock().utc(),
        "synchronised": True,
        "observations": (Observation("ox", "spo2", SystemClock().utc(), 96.0),),
    }
    return Envelope(**(values | changes))


LIVE = topics.up(EDGE, "live")


def sealed(stage: Stage, body: bytes, topic: str = LIVE) -> bytes:
    return seal(stage.keys, topic, body)


ENVELOPES: dict[str, tuple[str, Callable[[Stage], bytes]]] = {
    "no json": ("form", lambda _stage: b"\x00\xff not json"),
    "not sealed": ("form", lambda _stage: encode(envelope())),
    "wrong mac": ("mac", lambda stage: sealed(stage, encode(envelope())).replace(b"96.0", b"56.0")),
    "another edge's key": ("mac", lambda _stage: seal(Keys(bytes(32)), LIVE, encode(envelope()))),
    "sealed for another topic": (
        "mac",
        lambda stage: sealed(stage, encode(envelope()), topics.up(EDGE, "late")),
    ),
    "wrong edge in the body": ("edge", lambda stage: sealed(stage, encode(envelope(edge="room-1")))),
    "wrong lane in the body": ("lane", lambda stage: sealed(stage, encode(envelope(lane=Lane.LATE)))),
    "a hole": ("hole", lambda stage: sealed(stage, encode(envelope(spool="hole", seq=7)))),
    "no place": ("place", lambda stage: sealed(stage, encode(envelope(seq=0)))),
    "another version": ("schema", lambda stage: sealed(stage, b'{"version":2,"readings":[]}')),
}


@pytest.mark.parametrize("case", ENVELOPES)
def test_a_bad_envelope_is_refused_and_counted(stage: Stage, case: str) -> None:
    reason, make = ENVELOPES[case]
    with Intruder(stage) as intruder:
        stage.count(
            f'veilleuse_refused_messages_total{{reason="{reason}"}}',
            lambda: intruder.say(LIVE, make(stage)),
        )
    stage.still_watching()


def too_many() -> tuple[Observation, ...]:
    now = SystemClock().utc()
    return tuple(Observation("o", "spo2", now + number, 96.0) for number in range(MAX_OBSERVATIONS + 1))


def test_an_authentic_envelope_that_is_not_understood_is_kept_and_does_not_block_its_lane(
    stage: Stage,
) -> None:
    with Intruder(stage) as intruder:
        stage.count(
            "veilleuse_quarantined_envelopes_total",
            lambda: intruder.say(LIVE, sealed(stage, encode(envelope(spool="q", observations=too_many())))),
        )
        stage.count(
            "veilleuse_envelopes_total",
            lambda: intruder.say(LIVE, sealed(stage, encode(envelope(spool="q", seq=2)))),
        )
    stage.still_watching()


def test_a_message_that_is_too_large_does_not_pass(stage: Stage) -> None:
    with Intruder(stage) as intruder:
        stage.count(
            'veilleuse_refused_messages_total{reason="size"}',
            lambda: intruder.say(LIVE, b" " * (MAX_MESSAGE + 1)),
        )
    stage.still_watching()


# ---- topics ----


def test_an_unknown_kind_in_its_own_branch_is_refused_and_counted(stage: Stage) -> None:
    with Intruder(stage) as intruder:
        stage.count(
            'veilleuse_refused_messages_total{reason="topic"}',
            lambda: intruder.say(f"veilleuse/1/{EDGE}/up/party", b"{}"),
        )
    stage.still_watching()


@pytest.mark.parametrize("topic", ["veilleuse/1/room-1/up/live", f"veilleuse/1/{EDGE}/down/command", "other"])
def test_a_topic_of_others_is_refused_by_the_broker_in_words(stage: Stage, topic: str) -> None:
    with Intruder(stage) as intruder:
        assert str(intruder.say(topic, b"{}")) == "Not authorized"
    stage.still_watching()


# ---- tokens ----


def test_a_wrong_mqtt_password_is_refused(stage: Stage) -> None:
    with Intruder(stage, password="wrong") as intruder:
        assert intruder.answer is not None
        assert intruder.answer.is_failure


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "é" * 10, "a" * 4000])
def test_a_made_up_session_is_nobody(stage: Stage, token: str) -> None:
    with HubClient(stage.home.url) as stranger:

        def ask() -> None:
            answer = stranger.http.get(
                "/api/v1/residents", headers={"cookie": f"veilleuse_session={token}".encode()}
            )
            assert answer.status_code == 401
            assert answer.json()["code"] == "not_signed_in"
            assert "session" in answer.json()["detail"]

        stage.count('veilleuse_api_problems_total{code="not_signed_in"}', ask)
    stage.still_watching()


def test_a_wrong_password_is_refused_and_counted(stage: Stage) -> None:
    with HubClient(stage.home.url) as stranger:

        def ask() -> None:
            answer = stranger.http.post(
                "/api/v1/session", json={"username": "nobody-here", "password": "wrong"}
            )
            assert answer.status_code == 401
            assert "nobody-here" not in answer.text

        stage.count('veilleuse_api_problems_total{code="wrong_credentials"}', ask)
    stage.still_watching()


# ---- page requests ----

REQUESTS: dict[str, tuple[str, str, dict[str, Any], int, str, str]] = {
    # name: method, path, arguments, status, code, words of the answer
    "unknown resident": ("GET", "/api/v1/residents/nobody", {}, 404, "unknown_resident", "nobody"),
    "unknown metric": (
        "GET", "/api/v1/residents/r1/measurements?metric=mood", {}, 404, "unknown_metric", "mood",
    ),
    "no metric": ("GET", "/api/v1/residents/r1/measurements", {}, 422, "invalid_request", "metric"),
    "bad number": (
        "GET", "/api/v1/residents/r1/measurements?metric=spo2&from=yesterday", {}, 422, "invalid_request", "from",
    ),
    "from after to": (
        "GET", "/api/v1/residents/r1/measurements?metric=spo2&from=9&to=3", {}, 422, "invalid_request", "from",
    ),
    "unknown parameter": ("GET", "/api/v1/residents?sort=name", {}, 422, "invalid_request", "sort"),
    "unknown address": ("GET", "/api/v1/nothing", {}, 404, "not_found", "not found"),
    "wrong method": ("PUT", "/api/v1/residents", {}, 405, "method_not_allowed", "method"),
    "unknown alert": (
        "POST", "/api/v1/alerts/none", {"json": {"action": "take"}}, 404, "unknown_alert", "none",
    ),
    "unknown action": (
        "POST", "/api/v1/alerts/none", {"json": {"action": "dance"}}, 422, "invalid_request", "action",
    ),
    "no json": ("POST", "/api/v1/session", {"content": b"{"}, 422, "invalid_request", "body"),
    "huge body": ("POST", "/api/v1/session", {"content": b"x" * 1_000_000}, 413, "too_large", "at most"),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_a_bad_request_gets_a_problem_that_names_it(stage: Stage, case: str) -> None:
    method, path, arguments, status, code, words = REQUESTS[case]

    def ask() -> None:
        answer = stage.client.http.request(method, path, **arguments)
        assert answer.status_code == status, answer.text
        assert answer.json()["code"] == code
        assert words in answer.json()["detail"].lower()

    stage.count(f'veilleuse_api_problems_total{{code="{code}"}}', ask)
    stage.still_watching()


# ---- configuration files ----

EDGE_FILES: dict[str, tuple[str, str]] = {
    "unknown key": ('edge = "a"\nkey_file = "edge.key"\nspool = "s.db"\ncolour = "blue"\n', "colour"),
    "wrong type": (
        'edge = "a"\nkey_file = "edge.key"\nspool = "s.db"\n[broker]\nport = "many"\n',
        "$.broker.port",
    ),
    "missing field": ('edge = "a"\nkey_file = "edge.key"\n', "spool"),
    "no toml": ("edge = = 1\n", "line 1"),
    "bad name": ('edge = "a/b"\nkey_file = "edge.key"\nspool = "s.db"\n', "a/b"),
    "unknown protocol": (
        (
            'edge = "a"\nkey_file = "edge.key"\nspool = "s.db"\n'
            '[[sensor]]\nid = "ox"\nprotocol = "telepathy"\nlink = "x"\n'
        ),
        "telepathy",
    ),
}


@pytest.mark.parametrize("case", EDGE_FILES)
def test_a_bad_edge_configuration_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    text, words = EDGE_FILES[case]
    path, key = tmp_path / "edge.toml", tmp_path / "edge.key"
    path.write_text(text)
    key.touch(0o600)
    key.write_text("00" * 32 + "\npassword\n")
    check_refusal(["edge", "run", "--config", str(path)], words)


def test_an_edge_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path, key = tmp_path / "edge.toml", tmp_path / "edge.key"
    path.write_text('edge = "a"\nkey_file = "edge.key"\nspool = "s.db"\n')
    key.write_text("00" * 32 + "\npassword\n")
    key.chmod(0o644)
    check_refusal(["edge", "run", "--config", str(path)], "0644")


HUB_FILES: dict[str, tuple[str, str]] = {
    "unknown key": ('data = "d"\ncolour = "blue"\n', "colour"),
    "wrong type": ('data = "d"\n[http]\nport = "many"\n', "$.http.port"),
    "missing field": ("", "data"),
    "out of range": ('data = "d"\n[http]\nport = 70000\n', "http.port"),
    "a broker for everybody": ('data = "d"\n[broker]\nhost = "0.0.0.0"\n', "broker.host"),
    "no hub there": ('data = "d"\n', "d"),
}


@pytest.mark.parametrize("case", HUB_FILES)
def test_a_bad_hub_configuration_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    text, words = HUB_FILES[case]
    path = tmp_path / "hub.toml"
    path.write_text(text)
    check_refusal(["hub", "serve", "--config", str(path)], words)


@pytest.mark.parametrize("command", [["hub", "serve"], ["edge", "run"], ["sensors", "run"]])
def test_a_configuration_that_is_not_there_is_named(tmp_path: Path, command: list[str]) -> None:
    check_refusal([*command, "--config", str(tmp_path / "none.toml")], "none.toml")


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('data = "d"\n[http]\nport = 0\n[broker]\nport = 0\n')
    run("hub", "init", "--config", str(path), "--home", "Essai")
    (tmp_path / "d" / "secrets" / "master.key").chmod(0o640)
    check_refusal(["hub", "serve", "--config", str(path)], "640")


def check_refusal(command: list[str], words: str) -> None:
    done = run(*command, check=False, seconds=60)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert words in " ".join(said.split()), said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1, said


def test_time_is_bounded(stage: Stage) -> None:
    """An envelope of the far future, and one of 1970, are stored or set aside, and the present goes on."""
    with Intruder(stage) as intruder:
        for number, time in enumerate((0, SystemClock().utc() + 10**6 * SECOND), 1):
            rows = (Observation("ox", "spo2", time, 96.0),)
            stage.count(
                "veilleuse_envelopes_total",
                lambda n=number, r=rows: intruder.say(
                    LIVE, sealed(stage, encode(envelope(spool="time", seq=n, observations=r)))
                ),
            )
    stage.still_watching()
