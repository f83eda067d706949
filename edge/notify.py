"""systemd's notification socket: one datagram each, no library."""

from __future__ import annotations

import socket


class Notifier:
    """Tells the service manager that the edge is ready and alive."""

    __slots__ = ("_address",)

    def __init__(self, address: str | None) -> None:
        """Take the value of NOTIFY_SOCKET; without one nothing is ever sent."""
        # A leading @ stands for the abstract namespace, whose names begin with a zero octet.
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    def send(self, state: str) -> bool:
        """Send a state such as `READY=1`; tell whether it was taken."""
        if not self._address:
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(state.encode(), self._address)
            except OSError:
                # The manager is being restarted, or its queue is full: the next one comes soon.
                return False
        return True


def watchdog_seconds(microseconds: str | None) -> float | None:
    """Return how often to feed the watchdog, half of WATCHDOG_USEC; `None` without one."""
    if microseconds is None or not microseconds.isdecimal() or not int(microseconds):
        return None
    return int(microseconds) / 2_000_000
