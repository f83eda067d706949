"""One MQTT connection, from CONNECT to its end, on paho's network thread; a new one is made for each attempt.

So nothing of an earlier connection is queued in the client, and each has its own will. Callbacks of paho's thread are
handed to the event loop. Deliveries are counted by message number: paho's info object of a message that was published
while disconnected says for ever that it was not sent (measured, howto/brokers-and-stores.md part 2.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import ConfigError, VeilleuseError
from edge.config import BrokerConfig

KEEPALIVE = 15
"Seconds; the broker tells our will after one and a half of these."

OPENING = 8.0
"Seconds until CONNACK and SUBACK must be there."

INFLIGHT = 100
"Messages under way to the broker; above 200 the client's own bookkeeping gets slow (measured)."


class LinkError(VeilleuseError):
    """The broker cannot be reached, or the connection ended; the text says why."""


class RefusedError(LinkError):
    """The broker closed or refused the connection at the very beginning, which may be the protocol's version."""


@dataclass(frozen=True, slots=True)
class Login:
    """As whom, for what, and with which last word."""

    client_id: str
    user: str
    password: str
    subscribe: str
    will_topic: str
    will: bytes


class MqttLink:
    """A connection. Made and used on the event loop."""

    def __init__(
        self, broker: BrokerConfig, login: Login, protocol: str, on_message: Callable[[str, bytes], None]
    ) -> None:
        """Prepare a connection.

        Raises:
            ConfigError: the certificate authority cannot be used.
        """
        self._broker = broker
        self._login = login
        self._loop = asyncio.get_running_loop()
        self._on_message = on_message
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._opened = False
        self.refused = 0
        "Messages that the broker said it would not take (MQTT 5 alone says so)."
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=login.client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            # A clean session: what the hub said while this edge was away is no longer meant.
            clean_session=None if protocol == "5" else True,
        )
        self._prepare()

    async def open(self) -> None:
        """Connect and subscribe.

        Raises:
            RefusedError: the broker refused or closed at once.
            LinkError: it cannot be reached, or took too long.
        """
        where = f"broker {self._broker.host}:{self._broker.port}"
        try:
            await asyncio.to_thread(self._client.connect, self._broker.host, self._broker.port, KEEPALIVE)
        except (OSError, ValueError) as error:
            raise LinkError(f"{where}: {error}") from None
        self._client.loop_start()
        try:
            async with asyncio.timeout(OPENING):
                await asyncio.shield(self._ready)
        except TimeoutError:
            raise LinkError(f"{where}: no answer within {OPENING:.0f} s") from None
        except LinkError as error:
            raise type(error)(f"{where}: {error}") from None
        self._opened = True

    def publish(self, topic: str, message: bytes) -> bool:
        """Hand a message to the connection at QoS 1; tell whether it took it."""
        if self._ended.done():
            return False
        info = self._client.publish(topic, message, qos=1)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    async def wait_ended(self) -> str:
        """Wait until the connection is gone, and return why."""
        return await asyncio.shield(self._ended)

    async def close(self, farewell: bytes | None = None) -> None:
        """Say `farewell` on the will's topic if given, and disconnect."""
        if farewell is not None and self._opened and not self._ended.done():
            with contextlib.suppress(ValueError, RuntimeError):
                info = self._client.publish(self._login.will_topic, farewell, qos=1)
                await asyncio.to_thread(info.wait_for_publish, 1.0)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        # The client closes its wake-up sockets only when it is freed, and the callbacks tie it to us in a circle.
        client = self._client
        client.on_connect = client.on_subscribe = client.on_message = client.on_publish = (
            client.on_disconnect
        ) = None
        if not self._ready.done():
            self._ready.cancel()

    def _prepare(self) -> None:
        client, login = self._client, self._login
        client.username_pw_set(login.user, login.password)
        client.will_set(login.will_topic, login.will, qos=1)
        client.max_inflight_messages_set(INFLIGHT)
        client.connect_timeout = 5.0
        if self._broker.tls_ca is not None:
            try:
                client.tls_set_context(ssl.create_default_context(cafile=self._broker.tls_ca))
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"broker.tls_ca {self._broker.tls_ca}: {error}") from None
        client.on_socket_open = _send_at_once
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._received
        client.on_publish = self._published
        client.on_disconnect = self._disconnected

    # Called on paho's thread

    def _call(self, function: Callable[..., None], *args: object) -> None:
        # The loop may have closed while the network thread was still busy: then nobody is left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def _connected(
        self,
        client: paho.Client,
        _user: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            version = str(reason) == "Unsupported protocol version"
            error = RefusedError if version else LinkError
            self._call(self._fail, error(f"connection refused: {reason}"))
        else:
            client.subscribe(self._login.subscribe, qos=1)

    def _subscribed(
        self,
        _client: paho.Client,
        _user: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._call(self._fail, LinkError(f"subscription refused: {refused[0]}"))
        else:
            self._call(self._succeed)

    def _received(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        self._call(self._deliver, message)

    def _published(
        self,
        _client: paho.Client,
        _user: object,
        _mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._call(self._count_refusal)

    def _disconnected(
        self,
        _client: paho.Client,
        _user: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._call(self._end, str(reason))

    # Called on the event loop

    def _succeed(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _fail(self, error: LinkError) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)

    def _deliver(self, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "?"
        self._on_message(topic, bytes(message.payload))

    def _count_refusal(self) -> None:
        self.refused += 1

    def _end(self, reason: str) -> None:
        self._fail(RefusedError(f"connection closed: {reason}"))
        if not self._ended.done():
            self._ended.set_result(reason)


def _send_at_once(_client: paho.Client, _user: object, opened: object) -> None:
    # Otherwise an answer waits up to 40 ms for the broker's word on the acknowledgement before it (Nagle's algorithm).
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
