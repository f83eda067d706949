"""What `[notify.push]` may say, and to which addresses a push may go."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from devices.errors import ConfigError
from hub.notify.ranges import in_range

HOSTS = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"The push services of the browsers that there are: Chrome, Firefox, Safari, Edge (from memory of their subscriptions)."
MAX_ENDPOINT = 2048
"Characters of a subscription's address."

_CONTACT = re.compile(r"mailto:[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}", re.ASCII)
_HOST = re.compile(r"(\*\.)?[a-z0-9.-]{1,190}", re.ASCII)


class PushConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How pushes go to telephones and tablets. They pass the browser vendor's service: the hub needs the Internet for them."""

    contact: str
    "`mailto:` address of who runs the hub; push services write there when something is wrong."
    hosts: tuple[str, ...] = HOSTS
    "Push services that are written to; `*.` stands for any name before it. Anything else a browser offers is refused."
    show: Literal["nothing", "room"] = "nothing"
    "What stands on a locked telephone beside the priority: nothing, or the room. Never a name."
    ttl: dict[str, int] = msgspec.field(default_factory=lambda: {"high": 90, "medium": 300, "low": 900})
    """Seconds for which a push service keeps what a sleeping telephone has not taken, by priority; without the
    telephone's word within it the next channel is tried."""
    timeout: float = 10.0
    "Seconds for a push service's answer."
    every: float = 300.0
    "Seconds between two looks whether push services can be reached."

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: a field is out of range; the text names it.
        """
        if not _CONTACT.fullmatch(self.contact):
            raise ConfigError(f"contact is {self.contact!r}, expected mailto: and an address")
        if not self.hosts:
            raise ConfigError("hosts is empty: no push could go anywhere")
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise ConfigError(
                    f"hosts has {host!r}, expected a name in small letters, `*.` before it at most"
                )
        if set(self.ttl) != {"high", "medium", "low"}:
            raise ConfigError("ttl needs high, medium and low")
        for priority, seconds in self.ttl.items():
            # 0 would be: only if the telephone is awake at this very moment (trap 17).
            in_range(f"ttl.{priority}", seconds, 30, 3600)
        in_range("timeout", self.timeout, 0.1, 20)
        in_range("every", self.every, 1, 3600)

    def origin(self, endpoint: str) -> str | None:
        """Return the origin of a subscription's address, or `None` for one to which nothing may be sent.

        TLS is asked for, but on this machine itself.
        """
        if (
            len(endpoint) > MAX_ENDPOINT
            or not endpoint.isascii()
            or not endpoint.isprintable()
            or " " in endpoint
        ):
            return None
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        if parts.username is not None or parts.password is not None or parts.fragment:
            return None
        if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(host)):
            return None
        if not any(_matches(host, allowed) for allowed in self.hosts):
            return None
        return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")


def _matches(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and len(host) > len(allowed) - 1
    return host == allowed


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
