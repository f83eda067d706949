"""A paho client that reads from its socket in large pieces.

paho asks the system for every packet's first octet, for each octet of its length, and waits in `select` between packets:
four system calls and four hand-overs of the interpreter's lock for one message. Here the socket keeps what one call
brought, tells paho through `pending`, as a TLS socket does, and the packets of one piece are read in one go.

`Client._create_socket` is paho's own seam between its transports, `Client._handle_on_message` the one between packets and
callbacks; `tests/hub/ingest/test_subscriber.py` fails when an upgrade moves one of them.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

PIECE = 65_536
"Octets asked for at once: about a hundred envelopes."

_PACKETS = 256
"Packets read in one go, so that what the hub has to say is not kept waiting by what it hears."


class BufferedSocket:
    """A socket whose `recv` is served from what the last large read brought."""

    __slots__ = ("_at", "_data", "_socket")

    def __init__(self, connected: socket.socket | ssl.SSLSocket) -> None:
        """Take over a connected socket."""
        self._socket = connected
        self._data = b""
        self._at = 0

    def recv(self, buffer_size: int) -> bytes:
        """Return up to so many octets.

        Raises:
            BlockingIOError: nothing has arrived; `ssl.SSLWantReadError` on a TLS socket.
        """
        at = self._at
        piece = self._data[at : at + buffer_size]
        if not piece:
            self._data, at = self._socket.recv(PIECE), 0
            piece = self._data[:buffer_size]
        self._at = at + len(piece)
        return piece

    def pending(self) -> int:
        """Return how many octets can be had without asking the system."""
        beneath = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return len(self._data) - self._at + beneath

    def send(self, buffer: bytes | bytearray) -> int:
        """Send; return how many octets were taken."""
        return self._socket.send(buffer)

    def close(self) -> None:
        """Close."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - the signature of a socket
        """Block or not."""
        self._socket.setblocking(flag)


class Subscriber(Client):
    """See the module."""

    def _create_socket(self) -> SocketLike:
        connected = super()._create_socket()
        assert isinstance(connected, socket.socket), "the hub speaks MQTT over TCP or TLS"
        # Otherwise a ring waits up to 40 ms for the broker's word on the acknowledgement before it (Nagle's algorithm).
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return BufferedSocket(connected)

    def _handle_on_message(self, message: MQTTMessage) -> None:
        """Pass a message on; paho first looks for a callback of its topic, and the hub has one for all."""
        if self.on_message is not None:
            self.on_message(self, self._userdata, message)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read the packets that have arrived."""
        code = super().loop_read(max_packets)
        for _ in range(_PACKETS):
            sock = self.socket()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or not isinstance(sock, BufferedSocket):
                return code
            # A packet that is not whole yet leaves nothing pending either.
            if not sock.pending():
                return code
            code = super().loop_read(max_packets)
        return code
