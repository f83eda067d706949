"""Authenticity end to end: every message is `{"mac": ..., "body": {...}}`.

The MAC is HMAC-SHA256 over the topic, a zero octet and the body's bytes exactly as sent, so neither the broker
nor another edge can speak for a room, and a message cannot be moved to another topic. Each edge has two keys
derived from its secret, one for each direction: what an edge can sign, the hub's commands are not.
Freshness is not the seal's: lanes have their numbers, commands and signals their own (see their modules).
"""

from __future__ import annotations

import binascii
import hmac

import msgspec

from devices.errors import WireError

SECRET_BYTES = 32
"Length of an edge's secret: the output size of SHA-256."

MAX_MESSAGE = 262_144
"A sealed message's largest size in bytes; a bigger one is refused before it is read (memory of a flooded hub)."


class Keys:
    """The keys of one edge: two that sign, one for what is said to it in confidence."""

    __slots__ = ("_down", "_up", "confidence")

    def __init__(self, secret: bytes) -> None:
        """Derive them.

        Raises:
            WireError: `key`, the secret has the wrong length.
        """
        if len(secret) != SECRET_BYTES:
            raise WireError("key", f"secret is {len(secret)} bytes, expected {SECRET_BYTES}")
        self._up = hmac.digest(secret, b"veilleuse/1 edge to hub", "sha256")
        self._down = hmac.digest(secret, b"veilleuse/1 hub to edge", "sha256")
        self.confidence = hmac.digest(secret, b"veilleuse/1 in confidence to edge", "sha512")
        "64 octets, for `devices.wire.confidence`."

    def of(self, topic: str) -> bytes:
        """Return the key for a topic's direction."""
        return self._up if "/up/" in topic else self._down


def edge_secret(master: bytes, edge: str, version: int) -> bytes:
    """Return the secret of one edge from the hub's master secret.

    A new version revokes the old secret of that edge alone.
    """
    return hmac.digest(master, f"veilleuse/1 edge {edge} version {version}".encode(), "sha256")


class _Sealed(msgspec.Struct):
    mac: str
    body: msgspec.Raw


_decoder = msgspec.json.Decoder(_Sealed)
_OVERHEAD = b'{"mac":"'
_MIDDLE = b'","body":'
_MAC_AT = slice(len(_OVERHEAD), len(_OVERHEAD) + 44)
"Where `seal` puts the MAC: 32 octets are 44 characters of base64."
_MIDDLE_AT = slice(_MAC_AT.stop, _MAC_AT.stop + len(_MIDDLE))


def _mac(keys: Keys, topic: str, body: bytes) -> bytes:
    # One call into OpenSSL: a fifth of the time of an object that is fed in parts, on the hub's hottest path.
    digest = hmac.digest(keys.of(topic), b"\0".join((topic.encode(), body)), "sha256")
    return binascii.b2a_base64(digest, newline=False)


def seal(keys: Keys, topic: str, body: bytes) -> bytes:
    """Return the message that carries `body` (JSON) on `topic`."""
    return b"".join((_OVERHEAD, _mac(keys, topic, body), _MIDDLE, body, b"}"))


def unseal(keys: Keys, topic: str, message: bytes) -> bytes:
    """Return the body of a message.

    Raises:
        WireError: `size`, `form` or `mac`, the message is too big, not sealed, or not made with this edge's key
            for this topic.
    """
    if len(message) > MAX_MESSAGE:
        raise WireError("size", f"message of {len(message)} bytes on {topic}, at most {MAX_MESSAGE} allowed")
    if message[_MIDDLE_AT] == _MIDDLE and message.startswith(_OVERHEAD) and message.endswith(b"}"):
        # As `seal` lays it out, which is how nearly all messages come: no need to parse it to find its parts.
        body = message[_MIDDLE_AT.stop : -1]
        if hmac.compare_digest(_mac(keys, topic, body), message[_MAC_AT]):
            return body
    try:
        sealed = _decoder.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # RecursionError: brackets nested deeper than the interpreter's stack; anybody on the broker can send them.
        raise WireError("form", f"message on {topic} is not sealed: {error}") from None
    body = bytes(sealed.body)
    if not hmac.compare_digest(_mac(keys, topic, body), sealed.mac.encode()):
        raise WireError("mac", f"message on {topic} has a wrong MAC")
    return body
