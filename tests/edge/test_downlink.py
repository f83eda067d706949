"""Only what the hub said, to this room, and freshly, is handed on; the rest is counted by reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.wire.messages import (
    Acknowledgement,
    Lane,
    LightOrder,
    LimitSet,
    SensorSet,
    SensorSpec,
    Signal,
    SignalKind,
    SurveyRequest,
    SyncRequest,
    TrialRequest,
    encode,
)
from devices.wire.seal import Keys, seal
from devices.wire.topics import down, up
from edge.counters import Counters
from edge.downlink import STALE, Downlink, Receivers
from edge.timekeeping import Timekeeper
from tests.edge.support import EDGE, SECRET

NOW = BUILD_FLOOR + SECOND
KEYS = Keys(SECRET)


@dataclass
class Room:
    heard: list[object] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    timekeeper: Timekeeper = field(default_factory=Timekeeper)

    def __post_init__(self) -> None:
        receivers = Receivers(lambda ack, _now: self.heard.append(ack), *[self.heard.append] * 6)
        self.downlink = Downlink(EDGE, KEYS, self.timekeeper, receivers, self.counters)

    def tell(self, kind: str, message: object, keys: Keys = KEYS) -> bool:
        topic = down(EDGE, kind)
        return self.downlink.receive(topic, seal(keys, topic, encode(message)), 0)


ACK = Acknowledgement("s", Lane.LIVE, 3, NOW)
LIMITS = LimitSet(5, (Limit("l1", "spo2", Priority.HIGH, low=90),))
RING = Signal("c1", 1, SignalKind.RING, NOW)
SENSORS = SensorSet(5, (SensorSpec("ox", "pulse-oximeter", "C0:FF:EE:00:00:01"),))
SURVEY = SurveyRequest(NOW, "s1", 30.0)
LIGHT = LightOrder(NOW, "n1", lit=True, priority=Priority.MEDIUM, seconds=60.0)
TRIAL = TrialRequest(NOW, "t1", "pulse-oximeter", 30.0, "C0:FF:EE:00:00:01")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("ack", ACK),
        ("command", LIMITS),
        ("command", SyncRequest(5)),
        ("signal", RING),
        ("command", SENSORS),
        ("command", SURVEY),
        ("command", TRIAL),
        ("command", LIGHT),
    ],
)
def test_what_the_hub_says_is_handed_on(kind: str, message: object) -> None:
    room = Room()
    assert room.tell(kind, message)
    assert room.heard == [message]
    assert room.counters.snapshot() == {}


def test_another_key_is_refused() -> None:
    room = Room()
    assert not room.tell("ack", ACK, Keys(bytes(32)))
    assert (room.heard, room.counters["downlink_mac"]) == ([], 1)


def test_a_message_moved_to_another_topic_is_refused() -> None:
    room = Room()
    sealed = seal(KEYS, down(EDGE, "signal"), encode(ACK))
    assert not room.downlink.receive(down(EDGE, "ack"), sealed, 0)
    assert room.counters["downlink_mac"] == 1


@pytest.mark.parametrize("topic", [down("other", "ack"), up(EDGE, "signal"), "x", "veilleuse/1/a/down/b", ""])
def test_another_topic_is_refused(topic: str) -> None:
    room = Room()
    assert not room.downlink.receive(topic, seal(KEYS, topic, encode(ACK)), 0)
    assert (room.heard, room.counters["downlink_topic"]) == ([], 1)


@pytest.mark.parametrize("kind", ["ack", "command", "signal"])
def test_a_message_of_another_kind_is_refused(kind: str) -> None:
    room = Room()
    assert not room.tell(kind, {"issued": "yesterday"})
    assert (room.heard, room.counters["downlink_schema"]) == ([], 1)


def test_an_older_limit_set_is_refused_and_the_same_one_is_not() -> None:
    room = Room()
    room.tell("command", LIMITS)
    assert not room.tell("command", replace(LIMITS, issued=4))
    assert room.tell("command", LIMITS)
    assert room.counters["downlink_old"] == 1


def test_a_limit_set_older_than_the_one_kept_on_disk_is_refused() -> None:
    room = Room()
    room.downlink.in_force(replace(LIMITS, issued=6))
    assert not room.tell("command", LIMITS)


def test_a_request_heard_before_is_refused() -> None:
    room = Room()
    assert room.tell("command", SyncRequest(5))
    assert not room.tell("command", SyncRequest(5))
    assert not room.tell("command", SyncRequest(4))
    assert room.tell("command", SyncRequest(6))
    assert room.counters["downlink_old"] == 2


def test_a_signal_seen_before_is_refused() -> None:
    room = Room()
    assert room.tell("signal", RING)
    assert not room.tell("signal", RING)
    assert room.tell("signal", replace(RING, epoch=2))
    assert room.counters["downlink_replay"] == 1


def test_a_signal_recorded_long_ago_is_refused_by_the_hubs_own_time() -> None:
    room = Room()
    room.timekeeper.hub_time(NOW + STALE + 1, 0)
    assert not room.tell("signal", RING)
    assert room.counters["downlink_stale"] == 1
    assert room.tell("signal", replace(RING, time=NOW + 1))


@given(st.sampled_from([down(EDGE, kind) for kind in ("ack", "command", "signal")]) | st.text(), st.binary())
def test_any_bytes_are_refused_and_counted(topic: str, message: bytes) -> None:
    room = Room()
    assert not room.downlink.receive(topic, message, 0)
    assert (room.heard, sum(room.counters.snapshot().values())) == ([], 1)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5), st.sampled_from(["ack", "command", "signal"]))  # fmt: skip
def test_any_sealed_body_is_refused_and_counted(body: object, kind: str) -> None:
    room = Room()
    assert not room.tell(kind, body)
    assert room.counters["downlink_schema"] == 1


def test_an_older_set_of_sensors_is_refused_also_after_a_restart() -> None:
    room = Room()
    room.downlink.in_use(SENSORS)
    assert not room.tell("command", replace(SENSORS, issued=4, sensors=()))
    assert room.counters["downlink_old"] == 1
    assert room.tell("command", replace(SENSORS, sensors=())), "the hub says the same set at each connection"
    assert room.tell("command", replace(SENSORS, issued=6))


@pytest.mark.parametrize("request_", [SURVEY, TRIAL, LIGHT])
def test_what_is_asked_of_the_room_is_done_once_and_only_while_it_is_fresh(
    request_: SurveyRequest | TrialRequest | LightOrder,
) -> None:
    room = Room()
    assert room.tell("command", request_)
    assert not room.tell("command", request_), "a recorded request"
    assert room.counters["downlink_old"] == 1
    restarted = Room()
    restarted.timekeeper.hub_time(NOW + STALE + 1, 0)
    assert not restarted.tell("command", request_), "a restart forgot it, but it is a minute old"
    assert restarted.counters["downlink_stale"] == 1
