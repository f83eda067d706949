"""Where the two ends of a call may meet: nowhere but directly, unless the hub's configuration names a relay."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from devices.clock import SECOND


@dataclass(frozen=True, slots=True)
class Relay:
    """A TURN server that shares a secret with the hub (`use-auth-secret` of coturn)."""

    urls: tuple[str, ...] = ()
    "Such as `turn:relay.example:3478`; the room tries the first one only."
    secret: str = ""
    lifetime: int = 4 * 3600
    "Seconds that a name and password are good for: longer than any consultation."


def ice_servers(relay: Relay, user: str, now: int) -> tuple[dict[str, str], ...]:
    """Return the relays for one end of one call, with a name and password of its own.

    The password is the base64 of HMAC-SHA1 over the name, the name begins with the second at which it ends; that is
    how coturn checks it (draft-uberti-behave-turn-rest-00; SHA-1 is what the draft and coturn prescribe).

    Args:
        relay: the configured relay.
        user: who it is for; appears in the relay's log.
        now: microseconds UTC.
    """
    name = f"{now // SECOND + relay.lifetime}:{user}"
    digest = hmac.digest(relay.secret.encode(), name.encode(), "sha1")
    credential = base64.b64encode(digest).decode()
    return tuple({"url": url, "username": name, "credential": credential} for url in relay.urls)
