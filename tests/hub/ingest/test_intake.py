from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.wire.messages import Envelope, Lane, Observation, encode
from devices.wire.seal import Keys, seal
from devices.wire.topics import up
from hub.ingest.intake import Intake, Misunderstood, parse_topic, take_envelope, take_presence, take_signal
from tests.hub.ingest.home import T

KEYS = {"e1": Keys(bytes(32))}
LIVE = up("e1", "live")


def take(body: bytes, text: str = LIVE) -> Intake | Misunderstood:
    topic, keys = parse_topic(text, KEYS)
    return take_envelope(topic, keys, text, seal(keys, text, body))


def body(**changes: Any) -> bytes:
    envelope = Envelope("e1", "s", Lane.LIVE, 1, T, True, (Observation("ox", "spo2", T, 96),))
    return json.dumps(json.loads(encode(envelope)) | changes).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "edge",
    "spool",
    "lane",
    "seq",
    "sent",
    "synchronised",
    "observations",
    "waveforms",
    "statuses",
    "losses",
]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_any_authentic_envelope_is_taken_set_aside_or_refused(changes: dict[str, Any]) -> None:
    try:
        taken: Intake | Misunderstood | str = take(body(**changes))
    except WireError as error:
        taken = error.reason
    if isinstance(taken, str):
        assert taken in {"schema", "edge", "lane", "place", "form"}
        return
    if isinstance(taken, Misunderstood):
        assert (taken.edge, taken.lane) == ("e1", "live")
        assert taken.seq >= 1
        assert taken.reason
    else:
        assert taken.envelope.edge == "e1"


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name(payload: bytes) -> None:
    topic, keys = parse_topic(LIVE, KEYS)
    for take_one in (
        lambda: take_envelope(topic, keys, LIVE, payload),
        lambda: take_presence(topic, keys, LIVE, payload),
        lambda: take_signal(keys, LIVE, payload),
    ):
        with pytest.raises(WireError) as raised:
            take_one()
        assert raised.value.reason in {"form", "mac"}


@given(st.text(max_size=60))
def test_any_topic_is_parsed_or_refused_by_name(text: str) -> None:
    for topic in (text, f"veilleuse/1/{text}", f"veilleuse/1/e1/up/{text}"):
        try:
            found, _ = parse_topic(topic, KEYS)
            outcome = found.edge if found.up else "down"
        except WireError as error:
            outcome = error.reason
        assert outcome in {"topic", "unknown_edge", "e1"}


def test_what_is_nested_too_deep_is_refused() -> None:
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"," + body()[1:]
    with pytest.raises(WireError) as raised:
        take(deep)
    assert raised.value.reason == "schema"


@pytest.mark.parametrize(
    "changes",
    [
        {"sent": 10**400},
        {"sent": -1},
        {"observations": [{"sensor": "a", "metric": "spo2", "time": 10**30, "value": 1}]},
        {"observations": [{"sensor": "a", "metric": "spo2", "time": T, "value": 1, "flags": 10**30}]},
        {"observations": [{"sensor": "a", "metric": "spo2", "time": T, "value": 1}] * 2001},
        {"losses": [{"metric": "m", "count": 10**30, "since": 0, "until": 0, "reason": "x"}]},
        {"losses": [{"metric": "m", "count": 1, "since": 0, "until": 0, "reason": "x" * 70}]},
        {"statuses": [{"sensor": "a", "time": -1, "link": "up"}]},
        {"waveforms": [{"sensor": "a", "metric": "ecg", "time": T, "rate": 0, "samples": ""}]},
        {"waveforms": [{"sensor": "a", "metric": "ecg", "time": T, "rate": 100, "samples": "###"}]},
        {"waveforms": [{"sensor": "a", "metric": "ecg", "time": T, "rate": 1e-300, "samples": "AAAA"}]},
    ],
)
def test_what_no_disk_can_hold_is_set_aside(changes: dict[str, Any]) -> None:
    taken = take(body(**changes))
    assert isinstance(taken, Misunderstood)
    assert taken.seq == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"edge": "e2"}, "edge"),
        ({"lane": "late"}, "lane"),
        ({"seq": 0}, "place"),
        ({"seq": 10**30}, "place"),
        ({"spool": ""}, "place"),
        ({"spool": "x" * 65}, "place"),
        ({"spool": "\ud800"}, "schema"),
        ({"observations": [{"sensor": "\ud800", "metric": "spo2", "time": T, "value": 1}]}, "schema"),
        ({"seq": "one"}, "schema"),
    ],
)
def test_what_has_no_place_in_a_lane_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(WireError) as raised:
        take(body(**changes))
    assert raised.value.reason == reason


def test_the_late_lane_marks_what_it_carries() -> None:
    taken = take(body(lane="late"), up("e1", "late"))
    assert isinstance(taken, Intake)
    assert [seen.flags for seen in taken.envelope.observations] == [32]
    assert (taken.first, taken.last) == (T, T)
