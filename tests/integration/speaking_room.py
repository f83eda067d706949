"""A room as the hub hears it: an MQTT client that speaks an edge's sealed protocol and lets everybody in, without any camera."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from devices.clock import SystemClock
from devices.wire.messages import Presence, Signal, SignalKind, decode, encode
from devices.wire.seal import Keys, seal, unseal
from devices.wire.topics import all_down, down, up

HEARTBEAT = 1.0
SDP = "v=0\r\n" + "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\n" * 40
"About as long as an edge's offer."

Heard = Callable[[Signal, float], None]
"Told of a signal and when it came, `time.perf_counter` seconds."


class SpeakingRoom:
    """One edge that answers calls: rings, accepts, offers to every seat, and is connected once it is answered."""

    def __init__(self, edge: str, key: str, port: int, heard: Heard | None = None) -> None:
        """Prepare; `key` is the text of the edge's key file."""
        secret, password = key.split()
        self.edge, self.signals = edge, list[Signal]()
        self._keys, self._heard, self._clock = Keys(bytes.fromhex(secret)), heard, SystemClock()
        self._session, self._port = secrets.token_hex(4), port
        self._ended = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=edge, protocol=mqtt.MQTTv5)
        self._client.username_pw_set(edge, password)
        self._client.reconnect_delay_set(1, 1)
        # As an edge does: what it answers does not wait for the acknowledgement before it.
        self._client.on_socket_open = lambda _client, _data, sock: sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._client.on_connect = self._connected
        self._client.on_message = self._message
        self._beats = threading.Thread(target=self._beat, name=f"{edge} beats", daemon=True)

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._beats.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._beats.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, call: str, kind: SignalKind, epoch: int = 1, **more: Any) -> None:
        """Send a signal."""
        self._send("signal", Signal(call, epoch, kind, self._clock.utc(), **more))

    def _send(self, kind: str, message: object) -> None:
        topic = up(self.edge, kind)
        self._client.publish(topic, seal(self._keys, topic, encode(message)), qos=1)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            self._send("presence", Presence(self.edge, self._session, "online", self._clock.utc()))

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(all_down(self.edge), qos=1)
        self._send("presence", Presence(self.edge, self._session, "online", self._clock.utc()))

    def _message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        came = time.perf_counter()
        if message.topic != down(self.edge, "signal"):
            return
        signal = decode(Signal, unseal(self._keys, message.topic, message.payload))
        self.signals.append(signal)
        if self._heard is not None:
            self._heard(signal, came)
        self._answer(signal)

    def _answer(self, signal: Signal) -> None:
        if signal.kind is SignalKind.RING:
            self.say(signal.call, SignalKind.RINGING)
            self.say(signal.call, SignalKind.ACCEPTED)
        if signal.kind in {SignalKind.RING, SignalKind.JOIN, SignalKind.RESTART}:
            self.say(signal.call, SignalKind.OFFER, signal.epoch, sdp=SDP, peer=signal.peer)
        if signal.kind is SignalKind.ANSWER:
            self.say(signal.call, SignalKind.CONNECTED, signal.epoch, peer=signal.peer)
