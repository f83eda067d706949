"""The hub's session with the broker: what edges say goes to the writer, what the hub says is sealed and published."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.clock import Clock
from devices.errors import WireError
from devices.wire.messages import LimitSet, Report, Signal, SyncRequest, encode
from devices.wire.seal import seal
from devices.wire.topics import ALL_UP, down
from hub.health import Health
from hub.ingest.directory import Directory
from hub.ingest.inbox import Inbox
from hub.ingest.intake import parse_topic, take_signal
from hub.ingest.report import take_report
from hub.ingest.subscriber import Subscriber
from hub.live import Committed
from hub.metrics import Metrics

_DROPPED = "$SYS/broker/publish/messages/dropped"
"Mosquitto's own count of what it threw away; with the settings of `hub.broker` it stays 0."
_KEEPALIVE = 15
"Seconds; a dead connection is known after one and a half of them."
_MAX_QUEUED = 1_000
"Commands and signals kept while there is no broker; more would be stale."
_SIGNAL_END = "/up/signal"
_REPORT_END = "/up/report"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who the hub is there."""

    host: str
    port: int
    password: str
    tls: bool = False
    counts: bool = True
    "Whether it may be asked for its counters."
    username: str = "hub"


class EdgeLink:
    """Implements `hub.ingest.writer.Postman` and `hub.live.Audience`. `send` may be called by any thread."""

    def __init__(
        self,
        address: BrokerAddress,
        clock: Clock,
        metrics: Metrics,
        health: Health,
        inbox: Inbox,
    ) -> None:
        """Prepare the session; `start` connects.

        Args:
            address: where to connect.
            clock: gives commands their time.
            metrics: what is counted.
            health: told when the broker is away.
            inbox: takes everything but signals and reports.
        """
        self._clock = clock
        self._metrics = metrics
        self._health = health
        self._inbox = inbox
        self.on_signal: Callable[[str, Signal], None] | None = None
        "Takes (edge, signal) once verified; called by the MQTT thread, so it must not block and must not raise."
        self.on_report: Callable[[str, Report], None] | None = None
        "Takes (edge, report) likewise."
        self._directory = Directory()
        self._sessions: dict[str, str] = {}
        self._connected = False
        self._counts = address.counts
        # A broker that ends the connection when asked, as iotcore does, is not asked again.
        self._asked: int | None = None
        self._client = self._prepared(address)
        self._address = address

    @property
    def address(self) -> BrokerAddress:
        """Where the broker is."""
        return self._address

    def start(self, directory: Directory) -> None:
        """Connect, and stay connected: a broker that is away is tried again for ever."""
        self._directory = directory
        self._health.failing("broker", "the broker has not answered yet")
        self._client.connect_async(self._address.host, self._address.port, _KEEPALIVE)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, edge: str, kind: str, message: object) -> None:
        """Seal a message and publish it to an edge; one for an edge that is not enrolled goes nowhere."""
        keys = self._directory.keys.get(edge)
        if keys is None:
            return
        topic = down(edge, kind)
        # Acknowledgements are cumulative and repeated, so the broker need not confirm each one.
        self._client.publish(topic, seal(keys, topic, encode(message)), 0 if kind == "ack" else 1)

    def committed(self, news: Committed) -> None:
        """Give an edge that connected anew the limits in force."""
        for presence, _ in news.presences:
            if presence.state == "online" and self._sessions.get(presence.edge) != presence.session:
                self._sessions[presence.edge] = presence.session
                self._send_limits(presence.edge)

    def directory_changed(self, old: Directory, new: Directory) -> None:
        """Take a new state of who is where, and tell edges whose limits it changes."""
        self._directory = new
        now = self._clock.utc()
        for edge in new.keys:
            if new.limits_of_edge(edge, now) != old.limits_of_edge(edge, now):
                self._send_limits(edge)

    def _send_limits(self, edge: str) -> None:
        now = self._clock.utc()
        self.send(edge, "command", LimitSet(now, self._directory.limits_of_edge(edge, now)))

    def _prepared(self, address: BrokerAddress) -> Client:
        # MQTT 3.1.1 costs the subscriber a third less than 5, whose answers only matter to those who are held
        # to a branch. No session is kept: what is lost with a connection, the edges send again.
        client = Subscriber(
            CallbackAPIVersion.VERSION2, client_id="veilleuse-hub", protocol=MQTTProtocolVersion.MQTTv311
        )
        client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(1, 5)
        client.max_queued_messages_set(_MAX_QUEUED)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(
        self,
        client: Client,
        _data: object,
        _flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._health.failing("broker", f"the broker refuses the hub: {code}")
            return
        self._connected = True
        self._metrics.broker_connections.inc()
        _log.info("connected to the broker")
        # Envelopes are acknowledged end to end and the rest is repeated, so that the broker's own acknowledgement of
        # each message (QoS 1) would only cost time: a third of what it takes to receive one.
        client.subscribe(ALL_UP, 0)
        if self._counts:
            self._asked = client.subscribe(_DROPPED, 0)[1]
        self._health.well("broker")
        # What was on its way when the connection ended is lost; the edges need not wait to find out.
        for edge in self._directory.keys:
            self.send(edge, "command", SyncRequest(self._clock.utc()))

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._asked is not None:
            self._asked, self._counts = None, False
        if self._connected and code.is_failure:
            _log.warning("lost the broker: %s", code)
            self._health.failing("broker", f"no connection to the broker: {code}")
        self._connected = False

    def _on_subscribe(
        self,
        _client: Client,
        _data: object,
        number: int,
        _codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if number == self._asked:
            self._asked = None

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # A broker that lets such a topic pass must not end the thread that reads it.
            self._metrics.refused.labels("topic").inc()
            return
        if topic.endswith(_SIGNAL_END):
            self._signal(topic, payload)
        elif topic.endswith(_REPORT_END):
            self._report(topic, payload)
        elif topic == _DROPPED:
            self._dropped(payload)
        elif not self._inbox.arrive(topic, payload):
            self._metrics.refused.labels("overflow").inc()

    def _signal(self, text: str, payload: bytes) -> None:
        try:
            topic, keys = parse_topic(text, self._directory.keys)
            signal = take_signal(keys, text, payload)
        except WireError as error:
            self._metrics.refused.labels(error.reason).inc()
            _log.debug("refused: %s", error)
            return
        if self.on_signal is not None:
            self.on_signal(topic.edge, signal)

    def _report(self, text: str, payload: bytes) -> None:
        try:
            topic, keys = parse_topic(text, self._directory.keys)
            report = take_report(topic, keys, text, payload)
        except WireError as error:
            self._metrics.refused.labels(error.reason).inc()
            _log.debug("refused: %s", error)
            return
        if self.on_report is not None:
            self.on_report(topic.edge, report)

    def _dropped(self, payload: bytes) -> None:
        try:
            dropped = int(payload)
        except ValueError:
            return
        self._metrics.broker_dropped.set(dropped)
        if dropped:
            self._health.degraded("broker_queue", f"the broker has dropped {dropped} messages")
        else:
            self._health.well("broker_queue")
