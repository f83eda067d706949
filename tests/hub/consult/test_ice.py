"""Credentials for a relay, as coturn checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from devices.clock import SECOND
from hub.consult.ice import Relay, ice_servers


def test_there_is_no_server_unless_one_is_configured() -> None:
    assert ice_servers(Relay(), "call-1-room", 0) == ()


def test_a_name_says_when_it_ends_and_a_password_fits_it() -> None:
    relay = Relay(("turn:relay:3478", "turns:relay:5349"), "secret", 3600)
    first, second = ice_servers(relay, "call-1-room", 1_000_000 * SECOND + 999_999)
    assert first["username"] == "1003600:call-1-room"
    digest = hmac.new(b"secret", first["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(first["credential"]) == digest
    assert (first["url"], second["url"]) == relay.urls


def test_a_known_pair() -> None:
    # Computed with: printf 1600000000:alice | openssl dgst -sha1 -hmac north -binary | base64
    relay = Relay(("turn:relay",), "north", 0)
    assert (
        ice_servers(relay, "alice", 1_600_000_000 * SECOND)[0]["credential"] == "gq98pTOhhHaAu0we9aV79kOVVv0="
    )
