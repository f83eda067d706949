"""The hub's reader of its socket: same octets, fewer calls, and the seam in paho that it stands on."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from hub.ingest.subscriber import BufferedSocket, Subscriber


@contextlib.contextmanager
def pair() -> Iterator[tuple[socket.socket, BufferedSocket]]:
    far, near = socket.socketpair()
    near.setblocking(False)
    try:
        yield far, BufferedSocket(near)
    finally:
        far.close()
        near.close()


@given(
    pieces=st.lists(st.binary(min_size=1, max_size=300), max_size=8),
    sizes=st.lists(st.integers(1, 200), min_size=1),
)
def test_the_same_octets_in_the_same_order_whatever_is_asked_for(
    pieces: list[bytes], sizes: list[int]
) -> None:
    with pair() as (far, near):
        for piece in pieces:
            far.sendall(piece)
        whole, turn = b"", 0
        with contextlib.suppress(BlockingIOError):
            while True:
                size = sizes[turn % len(sizes)]
                got = near.recv(size)
                assert 0 < len(got) <= size
                whole, turn = whole + got, turn + 1
        assert whole == b"".join(pieces)
        assert near.pending() == 0


def test_pending_tells_what_needs_no_call() -> None:
    with pair() as (far, near):
        far.sendall(b"abcdef")
        assert near.pending() == 0
        assert near.recv(2) == b"ab"
        assert near.pending() == 4
        far.sendall(b"gh")
        assert near.recv(100) == b"cdef"
        assert near.pending() == 0
        assert near.recv(100) == b"gh"


def test_the_end_of_a_connection_is_an_end() -> None:
    with pair() as (far, near):
        far.sendall(b"x")
        far.close()
        assert near.recv(10) == b"x"
        assert near.recv(10) == b""


def test_a_quiet_socket_says_so() -> None:
    with pair() as (_, near), pytest.raises(BlockingIOError):
        near.recv(1)


def test_many_packets_of_one_piece_are_read_in_one_go() -> None:
    connack = bytes.fromhex("20020000")
    publish = bytes([0x30, 7, 0, 1]) + b"t" + b"1234"
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def broker() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(connack + publish * 50)
                peer.recv(1000)

        thread = threading.Thread(target=broker)
        thread.start()
        client = Subscriber(CallbackAPIVersion.VERSION2, client_id="x", protocol=MQTTProtocolVersion.MQTTv311)
        client.on_message = lambda _c, _d, message: heard.append(message.payload)
        client.connect("127.0.0.1", server.getsockname()[1])
        # Of paho's own making: this is the seam that an upgrade may move.
        sock = client.socket()
        assert isinstance(sock, BufferedSocket)
        with socket.socket(fileno=os.dup(sock.fileno())) as same:
            assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), (
                "what the hub says waits for an answer"
            )
        sock.setblocking(True)
        assert client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert heard == [b"1234"] * 50
        client.disconnect()
        client.loop_write()
        thread.join(10)
        sock.close()


@pytest.mark.parametrize("seam", ["_create_socket", "_handle_on_message", "loop_read"])
def test_paho_still_has_the_seams_that_the_subscriber_stands_on(seam: str) -> None:
    assert callable(getattr(Client, seam, None))
