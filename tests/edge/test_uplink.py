"""The way to the hub over real brokers: outages, a hub that is silent, duplicates, order and rate of the two lanes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from devices.clock import SECOND, ManualClock, SystemClock
from devices.errors import ConfigError
from devices.wire.messages import Acknowledgement, Lane, Signal, SignalKind, SyncRequest, observation
from devices.wire.seal import Keys
from edge.config import BrokerConfig, Credentials
from edge.counters import Counters
from edge.downlink import Downlink, Receivers
from edge.mqtt import LinkError
from edge.pipeline import Batch, Content
from edge.salvage import open_spool
from edge.spool import Placement
from edge.supervisor import Supervisor
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from tests.edge.support import (
    EDGE,
    HUB_PASSWORD,
    PASSWORD,
    SECRET,
    AckingHub,
    Mosquitto,
    Works,
    free_port,
    make_certificate,
    measurement,
    running,
    until,
    wait_listening,
)

pytestmark = pytest.mark.broker


class Room:
    """An uplink with all it needs, under a supervisor, without sensors."""

    def __init__(
        self, folder: Path, broker: BrokerConfig, late_rate: float, password: str = PASSWORD
    ) -> None:
        self.counters = Counters()
        self.clock = SystemClock()
        self.timekeeper = Timekeeper()
        self.timekeeper.observe(self.clock.utc(), self.clock.monotonic())
        self.writer = Writer("test")
        self.spool = open_spool(folder / "spool.db", max_bytes=10**8, reserve_bytes=65_536)
        self.parts = parts = Parts(self.clock, self.timekeeper, self.spool, self.writer, self.counters)
        self.credentials = credentials = Credentials(Keys(SECRET), password)
        self.uplink = Uplink(EDGE, broker, credentials, parts, late_rate=late_rate)
        receivers = Receivers(
            self.uplink.acknowledged,
            lambda _: None,
            self.uplink.synchronise,
            lambda _: None,
            lambda _: None,
            lambda _: None,
        )
        downlink = Downlink(EDGE, credentials.keys, self.timekeeper, receivers, self.counters)
        self.uplink.on_message = downlink.receive
        self.supervisor = Supervisor(EDGE, self.counters)
        self.sealed = 0

    async def seal(self, count: int = 1) -> None:
        """Seal batches of one value each: 1, 2, 3 ..."""
        for _ in range(count):
            self.sealed += 1
            time = self.timekeeper.place(self.clock.monotonic())
            batch = Batch(Content((observation(measurement(float(self.sealed), time)),)))
            placement = Placement(synchronised=True)
            self.uplink.sealed(await self.writer.run(self.spool.seal, batch, placement, self.uplink.live()))

    def values(self) -> list[float]:
        return [float(value) for value in range(1, self.sealed + 1)]


@asynccontextmanager
async def room(
    folder: Path, broker: BrokerConfig, late_rate: float = 200.0, password: str = PASSWORD
) -> AsyncIterator[Room]:
    made = Room(folder, broker, late_rate, password)
    made.supervisor.start("uplink", made.uplink.run, base=0.05, ceiling=0.3)
    try:
        yield made
    finally:
        await made.supervisor.stop()
        await made.writer.run(made.spool.close)
        made.writer.close()


@contextmanager
def hub_at(port: int, **login: str) -> Iterator[AckingHub]:
    hub = AckingHub(port, **login)
    try:
        yield hub
    finally:
        hub.close()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(Mosquitto(tmp_path / "broker")) as broker:
        yield broker


@pytest.fixture
def hub(mosquitto: Mosquitto) -> Iterator[AckingHub]:
    with hub_at(mosquitto.port) as made:
        yield made


def at(broker: Mosquitto) -> BrokerConfig:
    return BrokerConfig(port=broker.port)


async def test_a_batch_goes_out_live_and_leaves_the_disk_when_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        assert made.uplink.protocol == "5"
        for _ in range(5):
            await made.seal()
        await until("all arrived", lambda: hub.values() == made.values())
        await until("all deleted", lambda: made.spool.pending == 0)
        assert [(each.lane, each.seq) for each in hub.envelopes] == [
            (Lane.LIVE, number) for number in range(1, 6)
        ]
        assert (hub.copies, hub.holes, hub.refused) == (0, 0, [])


async def test_a_hub_that_never_acknowledges_leaves_everything_on_the_disk(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    hub.acknowledging = False
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        await made.seal(3)
        await asyncio.sleep(5.5)
        assert made.spool.pending == 3
        assert made.uplink.live() is None, "new batches are not numbered live for a hub that does not answer"
        await made.seal(2)
        hub.acknowledging = True
        await until("all arrived", lambda: sorted(hub.values()) == made.values(), 25)
        assert (hub.values(Lane.LIVE), hub.values(Lane.LATE)) == ([1, 2, 3], [4, 5])
        await until("all deleted", lambda: made.spool.pending == 0)
        assert hub.holes == 0


async def test_a_hub_that_asks_gets_what_is_outstanding_at_once(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    hub.acknowledging = False
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        await made.seal(3)
        await until("sent", lambda: made.uplink.window(Lane.LIVE).sent == 3)
        await until("first heartbeat", lambda: len(hub.presences) == 1)
        await asyncio.sleep(0.3)
        hub.acknowledging = True
        hub.tell("command", SyncRequest(1))
        await until("all arrived", lambda: hub.values() == [1, 2, 3], 3)
        await until("presence told again", lambda: len(hub.presences) >= 2, 3)


async def test_an_outage_of_the_broker_loses_nothing_and_the_newest_goes_first(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with room(tmp_path, at(mosquitto), late_rate=40) as made:
        with hub_at(mosquitto.port) as before:
            await made.seal(0)
            await until("connected", lambda: made.uplink.connected)
            await made.seal(3)
            await until("arrived", lambda: before.values() == [1, 2, 3])
            await until("acknowledged", lambda: made.uplink.window(Lane.LIVE).outstanding == 0)
            mosquitto.stop(kill=True)
        await until("connection lost", lambda: not made.uplink.connected)
        await made.seal(60)
        mosquitto.start()
        with hub_at(mosquitto.port) as hub:
            hub.cursors.update(before.cursors)
            await until("connected again", lambda: made.uplink.connected)
            await until("backlog begun", lambda: len(hub.values(Lane.LATE)) > 2)
            await made.seal()
            await until("the newest arrived", lambda: hub.values(Lane.LIVE) == [64], 2)
            assert len(hub.values(Lane.LATE)) < 60, "the backlog must still be under way"
            await until("backlog arrived", lambda: len(hub.values(Lane.LATE)) == 60)
            assert hub.values(Lane.LATE) == [float(value) for value in range(4, 64)]
            assert (hub.copies, hub.holes) == (0, 0)
            await until("all deleted", lambda: made.spool.pending == 0)


async def test_the_backlog_keeps_its_rate(tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub) -> None:
    made = Room(tmp_path, at(mosquitto), late_rate=25)
    await made.seal(50)
    await made.writer.run(made.spool.close)
    made.writer.close()
    async with room(tmp_path, at(mosquitto), late_rate=25):
        await until("backlog arrived", lambda: len(hub.values(Lane.LATE)) == 50)
    pauses = [after - before for before, after in itertools.pairwise(hub.arrived)]
    assert sum(pauses) > 49 / 25 * 0.95, "no faster than told"
    assert hub.values(Lane.LATE) == [float(value) for value in range(1, 51)]


async def test_a_restarted_edge_goes_on_where_it_was(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    hub.acknowledging = False
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        await made.seal(4)
        await until("sent", lambda: made.uplink.window(Lane.LIVE).sent == 4)
    hub.acknowledging = True
    async with room(tmp_path, at(mosquitto)) as made:
        await until("arrived", lambda: hub.values() == [1, 2, 3, 4])
        await until("answers", lambda: made.uplink.live() is Lane.LIVE)
        made.sealed = 4
        await made.seal()
        await until("arrived", lambda: hub.values(Lane.LIVE) == [1, 2, 3, 4, 5])
    assert [each.seq for each in hub.envelopes] == [1, 2, 3, 4, 5]
    assert hub.holes == 0


async def test_a_lost_acknowledgement_costs_a_copy_and_nothing_else(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        missed: list[str] = []
        hearing = made.uplink.on_message
        made.uplink.on_message = lambda topic, _message, _now: missed.append(topic)
        await made.seal(3)
        await until("three acknowledgements lost", lambda: len(missed) == 3)
        made.uplink.on_message = hearing
        await until("acknowledged after sending again", lambda: made.spool.pending == 0, 20)
        assert hub.values() == [1, 2, 3]
        assert hub.copies >= 3
        assert made.counters["resent_live"] == 1


async def test_a_hub_that_lost_its_place_gets_a_new_numbering(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.window.BEHIND_TIME", 2 * SECOND)
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        await made.seal(3)
        await until("acknowledged", lambda: made.spool.pending == 0)
        first = made.spool.identity
        hub.cursors.clear()
        hub.envelopes.clear()
        while made.spool.identity == first:
            await made.seal()
            await asyncio.sleep(0.3)
            assert made.sealed < 60
        await until("goes on under a new identity", lambda: set(hub.values()) == set(made.values()[3:]))
        assert {each.spool for each in hub.envelopes} == {made.spool.identity}
        assert made.counters["numbering_renewed"] == 1


async def test_a_spool_that_is_an_old_copy_gets_a_new_numbering(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        first = made.spool.identity
        hub.cursors[first, Lane.LIVE] = 500
        await made.seal()
        await until("new identity", lambda: made.spool.identity != first)
        await until("arrived", lambda: hub.values() == [1])
        await until("deleted", lambda: made.spool.pending == 0)


async def test_acknowledgements_of_another_spool_change_nothing(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    hub.acknowledging = False
    async with room(tmp_path, at(mosquitto)) as made:
        await until("connected", lambda: made.uplink.connected)
        await made.seal()
        hub.tell("ack", Acknowledgement("0" * 32, Lane.LIVE, 1, hub.time()))
        await until("counted", lambda: made.counters["ack_other_spool"] == 1)
        assert made.spool.pending == 1


async def test_the_will_and_the_good_bye_name_their_session(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    async with room(tmp_path, at(mosquitto)) as made:
        await until("first heartbeat", lambda: hub.presences)
        link = made.uplink._link
        assert link is not None
        sock = link._client.socket()
        assert sock is not None
        sock.shutdown(2)
        await until("the will was told, and a new session", lambda: len(hub.presences) >= 3)
    await until("good-bye", lambda: hub.presences[-1].state == "gone")
    states = [each.state for each in hub.presences]
    assert states.count("gone") == 2
    sessions = [each.session for each in hub.presences if each.state == "online"]
    gone = [each.session for each in hub.presences if each.state == "gone"]
    assert gone == list(dict.fromkeys(sessions))
    assert len(set(gone)) == 2


async def test_a_signal_reaches_the_hub_and_is_counted_when_it_cannot(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    signal = Signal("c1", 1, SignalKind.RINGING, 5)
    async with room(tmp_path, at(mosquitto)) as made:
        made.uplink.send_signal(signal)
        assert made.counters["signals_not_sent"] == 1
        await until("connected", lambda: made.uplink.connected)
        made.uplink.send_signal(signal)
        await until("signal", lambda: hub.signals == [signal])


async def test_an_unknown_time_is_asked_for_and_told_by_the_hub(
    tmp_path: Path, mosquitto: Mosquitto, hub: AckingHub
) -> None:
    async with room(tmp_path, at(mosquitto)) as made:
        made.timekeeper = made.uplink._parts.timekeeper = Timekeeper("hub")
        receivers = Receivers(
            made.uplink.acknowledged,
            lambda _: None,
            made.uplink.synchronise,
            lambda _: None,
            lambda _: None,
            lambda _: None,
        )
        made.uplink.on_message = Downlink(
            EDGE, Keys(SECRET), made.timekeeper, receivers, made.counters
        ).receive
        await until("the hub's time", lambda: made.timekeeper.hub_now(made.clock.monotonic()))
    told = made.timekeeper.hub_now(made.clock.monotonic())
    assert told is not None
    assert abs(told - made.clock.utc()) < 2 * SECOND
    assert (hub.envelopes[0].synchronised, hub.envelopes[0].sent, hub.values()) == (False, 0, [])


async def test_a_wrong_password_is_said_in_words(tmp_path: Path, mosquitto: Mosquitto) -> None:
    made = Room(tmp_path, at(mosquitto), 20, password="wrong")
    with pytest.raises(
        LinkError, match=rf"broker 127.0.0.1:{mosquitto.port}: connection refused: Not authorized"
    ):
        await made.uplink.run(Works())
    made.writer.close()
    assert made.uplink.protocol == "5", "that is no matter of the protocol"


async def test_a_broker_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    port = free_port()
    made = Room(tmp_path, BrokerConfig(port=port), 20)
    with pytest.raises(LinkError, match=f"broker 127.0.0.1:{port}: .*refused"):
        await made.uplink.run(Works())
    made.writer.close()


async def test_what_the_broker_does_not_let_through_is_counted_and_kept(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    access = tmp_path / "broker" / "access"
    access.write_text("user hub\ntopic readwrite #\npattern read veilleuse/1/%u/down/#\n")
    mosquitto.stop()
    mosquitto.start()
    made = Room(tmp_path, at(mosquitto), 20)
    task = asyncio.create_task(made.uplink.run(Works()))
    await until("connected", lambda: made.uplink.connected)
    await made.seal(2)
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert made.counters["publish_refused"] >= 3, "two batches and a heartbeat"
    assert made.spool.pending == 2
    made.writer.close()


# paho drops the socket of a failed handshake instead of closing it; it is closed as it is freed, with this warning.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
async def test_tls_reaches_the_broker_of_our_authority_and_no_other(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path / "tls", "broker")
    stranger, _ = make_certificate(tmp_path / "tls", "stranger")
    with running(Mosquitto(tmp_path / "broker", tls=f"certfile {certificate}\nkeyfile {key}\n")) as broker:
        async with room(tmp_path, BrokerConfig(port=broker.port, tls_ca=str(certificate))) as made:
            await until("connected", lambda: made.uplink.connected)
        made = Room(tmp_path, BrokerConfig(port=broker.port, tls_ca=str(stranger)), 20)
        with pytest.raises(LinkError, match="certificate verify failed"):
            await made.uplink.run(Works())
    missing = BrokerConfig(port=1, tls_ca=str(tmp_path / "nowhere.crt"))
    uplink = Uplink(EDGE, missing, made.credentials, made.parts, late_rate=20)
    with pytest.raises(ConfigError, match=r"broker.tls_ca .*nowhere.crt"):
        await uplink.run(Works())
    made.spool.close()
    made.writer.close()


IOTCORE = """
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v4.1]
name = "v4-1"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 100
[v4.1.connections.auth]
{edge} = "{password}"
hub = "{hub_password}"
"""


@pytest.fixture
def iotcore(tmp_path: Path) -> Iterator[int]:
    from iotcore import Broker  # noqa: PLC0415 - loads 14 MB of broker

    port = free_port()
    config = tmp_path / "iotcore.toml"
    config.write_text(IOTCORE.format(port=port, edge=EDGE, password=PASSWORD, hub_password=HUB_PASSWORD))
    broker = Broker(config_path=str(config))
    broker.start()
    wait_listening(port)
    try:
        yield port
    finally:
        broker.stop()


async def test_a_broker_without_mqtt_5_is_used_with_3_1_1(tmp_path: Path, iotcore: int) -> None:
    with hub_at(iotcore) as hub:
        async with room(tmp_path, BrokerConfig(port=iotcore)) as made:
            await until("connected", lambda: made.uplink.connected, 30)
            assert made.uplink.protocol == "3.1.1"
            await made.seal(5)
            await until("arrived", lambda: sorted(hub.values()) == made.values())
            await until("deleted", lambda: made.spool.pending == 0)


async def test_a_broker_without_mqtt_5_is_not_used_when_5_is_demanded(tmp_path: Path, iotcore: int) -> None:
    made = Room(tmp_path, BrokerConfig(port=iotcore, protocol="5"), 20)
    for _ in range(2):
        with pytest.raises(LinkError, match=f"broker 127.0.0.1:{iotcore}"):
            await made.uplink.run(Works())
    assert made.uplink.protocol == "5"
    made.writer.close()


def test_the_lane_is_live_only_while_connected(tmp_path: Path) -> None:
    counters, clock = Counters(), ManualClock()
    keeper = Timekeeper()
    keeper.observe(clock.utc(), 0)
    writer = Writer("test")
    spool = open_spool(tmp_path / "spool.db", max_bytes=10**8, reserve_bytes=65_536)
    uplink = Uplink(
        EDGE,
        BrokerConfig(),
        Credentials(Keys(SECRET), "x"),
        Parts(clock, keeper, spool, writer, counters),
        late_rate=20,
    )
    assert uplink.live() is None
    spool.close()
    writer.close()
