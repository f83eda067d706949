import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.wire.seal import MAX_MESSAGE, Keys, edge_secret, seal, unseal
from devices.wire.topics import down, up

MASTER = bytes(range(32))
KEYS = Keys(edge_secret(MASTER, "room-1", 1))
OTHER = Keys(edge_secret(MASTER, "room-2", 1))
TOPIC = up("room-1", "live")
BODY = b'{"a":1}'

bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())


def refusal(keys, topic, message):
    with pytest.raises(WireError) as caught:
        unseal(keys, topic, message)
    return caught.value.reason


@given(bodies, st.sampled_from([TOPIC, down("room-1", "command")]))
def test_round_trip(body, topic):
    """The body comes out byte for byte: the MAC is over what was sent, not over what it means."""
    message = seal(KEYS, topic, body)
    assert unseal(KEYS, topic, message) == body
    assert json.loads(message)["body"] == json.loads(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(message):
    assert refusal(KEYS, TOPIC, message) in {"form", "mac"}


@given(st.data())
def test_any_changed_byte_is_refused(data):
    message = bytearray(seal(KEYS, TOPIC, BODY))
    at = data.draw(st.integers(0, len(message) - 1))
    message[at] ^= data.draw(st.integers(1, 255))
    assert refusal(KEYS, TOPIC, bytes(message)) in {"form", "mac"}


@pytest.mark.parametrize("topic", [up("room-1", "late"), up("room-2", "live"), down("room-1", "command")])
def test_a_message_cannot_be_moved_to_another_topic(topic):
    assert refusal(KEYS, topic, seal(KEYS, TOPIC, BODY)) == "mac"


def test_another_edge_cannot_speak_for_a_room():
    assert refusal(KEYS, TOPIC, seal(OTHER, TOPIC, BODY)) == "mac"


def test_an_older_secret_is_revoked():
    renewed = Keys(edge_secret(MASTER, "room-1", 2))
    assert refusal(renewed, TOPIC, seal(KEYS, TOPIC, BODY)) == "mac"


def test_what_an_edge_signs_is_no_command_of_the_hub():
    """Two keys, one for each direction, though the topic alone would already tell them apart."""
    assert KEYS.of(TOPIC) != KEYS.of(down("room-1", "command"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_the_wrong_length(size):
    with pytest.raises(WireError) as caught:
        Keys(bytes(size))
    assert (caught.value.reason, str(caught.value)) == ("key", f"secret is {size} bytes, expected 32")


def test_size():
    """Refused before it is read; one byte less is read."""
    fits = seal(KEYS, TOPIC, b'"' + b"x" * (MAX_MESSAGE - len(seal(KEYS, TOPIC, b'""'))) + b'"')
    assert len(fits) == MAX_MESSAGE
    assert len(unseal(KEYS, TOPIC, fits)) > MAX_MESSAGE - 100
    assert refusal(KEYS, TOPIC, fits + b" ") == "size"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"mac":"x"}',
        b'{"body":{}}',
        b'{"mac":1,"body":{}}',
        b'{"mac":"\xff","body":{}}',
        b'{"mac":"\\ud800","body":{}}',
        b'{"mac":"x","body":' + b"[" * 100_000,
        b'{"a":' * 20_000,
    ],
    ids=range(11),
)
def test_not_sealed(message):
    """Deep nesting among them: whoever may publish could otherwise end the hub's reader without a key."""
    assert refusal(KEYS, TOPIC, message) == "form"


@pytest.mark.parametrize("mac", ["", "é", "AAAA"])
def test_a_mac_of_another_form_is_a_wrong_mac(mac):
    assert refusal(KEYS, TOPIC, json.dumps({"mac": mac, "body": {}}).encode()) == "mac"


def test_secrets_differ_by_edge_and_version():
    secrets = {edge_secret(MASTER, edge, version) for edge in ("a", "b") for version in (1, 2, 12)}
    assert len(secrets) == 6
    assert {len(secret) for secret in secrets} == {32}


def test_the_mac_is_what_the_module_says():
    """Computed here a second time, so that no change of the code can change what stands on the wire."""
    secret = hmac.new(MASTER, b"veilleuse/1 edge room-1 version 1", hashlib.sha256).digest()
    for topic, direction in ((TOPIC, b"edge to hub"), (down("room-1", "command"), b"hub to edge")):
        key = hmac.new(secret, b"veilleuse/1 " + direction, hashlib.sha256).digest()
        mac = hmac.new(key, topic.encode() + b"\0" + BODY, hashlib.sha256).digest()
        assert seal(KEYS, topic, BODY) == b'{"mac":"' + base64.b64encode(mac) + b'","body":{"a":1}}'
