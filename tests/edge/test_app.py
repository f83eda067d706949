"""A whole edge in this process: real bytes on a pty, a real broker, a hub that acknowledges."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, SECOND, SystemClock
from devices.errors import ConfigError
from devices.limits import Limit, Priority
from devices.measurement import Link, Measurement
from devices.quality import Quality
from devices.serial import nonin_df2
from devices.wire.messages import Lane, LimitSet, SensorSet, SensorSpec, Signal, SignalKind
from edge.app import Edge
from edge.config import load
from edge.process import run_rooms
from edge.roster import SERIAL_FOLDER
from tests.edge.support import EDGE, AckingHub, Mosquitto, running, until, write_keys

pytestmark = pytest.mark.broker


class Oximeter:
    """Sends packets of the Nonin format 2 on a pty, three a second, as long as it is told to."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.spo2: int | None = 97
        self.pulse_rate: int | None = 72
        self.sending = True
        self._master = self._slave = -1
        self.plug()

    def plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        self.link.unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = -1

    def write(self, data: bytes) -> None:
        if self._master >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)

    async def run(self) -> None:
        while True:
            if self.sending:
                frames = nonin_df2.packet(
                    pulse_rate=self.pulse_rate, spo2=self.spo2, pleth=list(range(100, 125))
                )
                self.write(b"".join(bytes(frame) for frame in frames))
            await asyncio.sleep(1 / 3)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(Mosquitto(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def hub(broker: Mosquitto) -> Iterator[AckingHub]:
    made = AckingHub(broker.port)
    yield made
    made.close()


def configure(folder: Path, port: int, more: str = "") -> Path:
    write_keys(folder / "edge.key")
    path = folder / "edge.toml"
    path.write_text(
        f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n{more}\n[broker]\nport = {port}\n'
        '[[sensor]]\nid = "oximeter"\nprotocol = "nonin-df2"\nlink = "oximeter"\n'
    )
    return path


@asynccontextmanager
async def running_edge(
    path: Path, clock: SystemClock | None = None, serial_folder: str = SERIAL_FOLDER
) -> AsyncIterator[Edge]:
    edge = Edge(load(path), clock=clock, serial_folder=serial_folder)
    await edge.start()
    try:
        yield edge
    finally:
        await edge.stop()


@asynccontextmanager
async def oximeter(folder: Path) -> AsyncIterator[Oximeter]:
    async with plugged(folder / "oximeter") as made:
        yield made


@asynccontextmanager
async def plugged(link: Path) -> AsyncIterator[Oximeter]:
    made = Oximeter(link)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if made._master >= 0:
            made.unplug()


def observations(hub: AckingHub, metric: str = "spo2") -> list[float]:
    return [
        each.value
        for envelope in list(hub.envelopes)
        for each in envelope.observations
        if each.metric == metric
    ]


def links(hub: AckingHub) -> list[Link]:
    return [each.link for envelope in list(hub.envelopes) for each in envelope.statuses]


async def test_a_sensors_bytes_reach_the_hub_in_order_and_once(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    async with oximeter(tmp_path), running_edge(configure(tmp_path, broker.port)) as edge:
        await until("values", lambda: len(observations(hub)) >= 4)
        assert set(observations(hub)) == {97}
        assert set(observations(hub, "pulse_rate")) == {72}
        assert links(hub) == [Link.CONNECTING, Link.UP]
        assert any(envelope.waveforms for envelope in hub.envelopes)
        times = [
            each.time for envelope in hub.envelopes for each in envelope.observations if each.metric == "spo2"
        ]
        assert times == sorted(set(times))
        assert abs(times[-1] - SystemClock().utc()) < 10 * SECOND
        latest = edge.latest.measurements["spo2"]
        assert (latest.value, edge.latest.waveform is not None) == (97, True)
        await until("a heartbeat with facts", lambda: hub.presences and hub.presences[-1].sensors)
    await until("good-bye", lambda: hub.presences[-1].state == "gone")
    assert edge._parts.spool.pending <= 1, "what was sealed at the end was told before the good-bye"
    assert observations(hub)[-1] == 97
    assert (hub.copies, hub.holes, hub.refused) == (0, 0, [])


async def test_silence_is_told_and_the_link_is_built_again(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    async with oximeter(tmp_path) as sensor, running_edge(configure(tmp_path, broker.port)) as edge:
        await until("up", lambda: links(hub) == [Link.CONNECTING, Link.UP])
        sensor.sending = False
        await until("silent", lambda: links(hub)[-1] is Link.SILENT)
        sensor.sending = True
        await until("up again", lambda: links(hub)[-1] is Link.UP)
        assert links(hub) == [Link.CONNECTING, Link.UP, Link.SILENT, Link.UP]
        assert edge.counters["task_faults"] == 0


async def test_a_pulled_cable_is_told_and_the_sensor_comes_back(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub, caplog: pytest.LogCaptureFixture
) -> None:
    async with oximeter(tmp_path) as sensor, running_edge(configure(tmp_path, broker.port)) as edge:
        await until("up", lambda: links(hub) == [Link.CONNECTING, Link.UP])
        sensor.unplug()
        await until("down", lambda: links(hub)[-1] is Link.DOWN)
        await asyncio.sleep(1)
        sensor.plug()
        await until("up again", lambda: links(hub)[-1] is Link.UP, 25)
        assert edge.counters["task_failures"] >= 2
        await until("recovery logged", lambda: "works again" in caplog.text)
    lines = [record.message for record in caplog.records if "sensor oximeter" in record.message]
    assert [line.split(": ")[1] for line in lines] == ["lost", "works again"]


async def test_noise_on_the_line_is_counted_and_told(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    async with oximeter(tmp_path) as sensor, running_edge(configure(tmp_path, broker.port)) as edge:
        await until("up", lambda: Link.UP in links(hub))
        sensor.write(bytes(range(7, 250)))
        await until("counted", lambda: edge.counters["frames_rejected"] > 0)
        await until("told", lambda: hub.presences[-1].counters.get("frames_rejected"), 10)
        before = len(observations(hub))
        await until("values go on", lambda: len(observations(hub)) > before)


async def test_a_value_outside_a_limit_does_not_wait_for_its_second(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    limits = LimitSet(SystemClock().utc(), (Limit("l1", "spo2", Priority.HIGH, low=90),))
    path = configure(tmp_path, broker.port)
    async with oximeter(tmp_path) as sensor:
        async with running_edge(path) as edge:
            await until("values", lambda: observations(hub))
            hub.tell("command", limits)
            await until("limits kept", lambda: edge._parts.spool.limits() == limits)
        # Also after a restart, before the hub says anything.
        async with running_edge(path) as edge:
            count = len(hub.envelopes)
            sensor.spo2 = 82
            await until("low value", lambda: 82 in observations(hub))
            await until("several", lambda: observations(hub).count(82) >= 3)
            low = [e for e in hub.envelopes[count:] if any(o.value == 82 for o in e.observations)]
            assert all(envelope.lane is Lane.LIVE for envelope in low[-2:])
            for envelope in low[-2:]:
                assert (
                    envelope.observations[-1].value == 82 or envelope.observations[-1].metric == "pulse_rate"
                )
                newest = max(each.time for each in envelope.observations)
                assert envelope.sent - newest < 900_000, "a batch in its usual second would wait longer"


async def test_what_was_measured_before_the_time_was_known_is_placed_afterwards(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    class UnsetClock(SystemClock):
        """Says 1970 until it is set."""

        is_set = False

        def utc(self) -> int:
            return super().utc() if self.is_set else 40 * SECOND

    clock = UnsetClock()
    hub.time = lambda: 0
    async with oximeter(tmp_path) as sensor, running_edge(configure(tmp_path, broker.port), clock) as edge:
        sensor.spo2 = 91
        await until("measured", lambda: edge.latest.measurements.get("spo2"))
        await until("held on disk", lambda: edge._parts.spool.pending >= 2)
        assert observations(hub) == []
        sensor.spo2 = 95
        clock.is_set = True
        await until("told", lambda: {91, 95} <= set(observations(hub)))
    times = [each.time for envelope in hub.envelopes for each in envelope.observations]
    assert min(times) > BUILD_FLOOR
    assert all(abs(time - clock.utc()) < 60 * SECOND for time in times)
    assert next(e.lane for e in hub.envelopes if any(o.value == 91 for o in e.observations)) is Lane.LATE
    assert not any(
        each.flags & Quality.DEVICE_TIME for envelope in hub.envelopes for each in envelope.observations
    )


async def test_a_room_without_a_clock_takes_the_hubs(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    class WrongClock(SystemClock):
        """A year ahead."""

        def utc(self) -> int:
            return super().utc() + 365 * 86_400 * SECOND

    path = configure(tmp_path, broker.port, '[clock]\nsource = "hub"')
    async with oximeter(tmp_path), running_edge(path, WrongClock()) as edge:
        await until("values", lambda: len(observations(hub)) > 2)
        await until("synchronised", lambda: edge.health.presence().synchronised)
    newest = max(each.time for envelope in hub.envelopes for each in envelope.observations)
    assert abs(newest - SystemClock().utc()) < 20 * SECOND


async def test_a_signal_without_calls_is_counted(tmp_path: Path, broker: Mosquitto, hub: AckingHub) -> None:
    async with oximeter(tmp_path), running_edge(configure(tmp_path, broker.port)) as edge:
        await until("connected", lambda: edge.uplink.connected)
        hub.tell("signal", Signal("c1", 1, SignalKind.RING, SystemClock().utc()))
        await until("counted", lambda: edge.counters["signal_without_call_service"] == 1)


async def test_a_subscriber_hears_every_reading_until_it_leaves(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    heard: list[object] = []
    async with oximeter(tmp_path), running_edge(configure(tmp_path, broker.port)) as edge:
        leave = edge.latest.subscribe(heard.append)
        await until("readings", lambda: sum(isinstance(each, Measurement) for each in heard) >= 4)
        leave()
        leave()
        count = len(heard)
        await asyncio.sleep(1)
        assert len(heard) == count


async def test_an_unknown_protocol_stops_the_start_and_leaves_nothing_open(tmp_path: Path) -> None:
    path = configure(tmp_path, 1)
    path.write_text(path.read_text().replace("nonin-df2", "telepathy"))
    edge = Edge(load(path))
    with pytest.raises(ConfigError, match="protocol 'telepathy' is unknown"):
        await edge.start()
    await edge.stop()
    path.write_text(path.read_text().replace("telepathy", "nonin-df2"))
    again = Edge(load(path))
    await again.start()
    await again.stop()


async def test_two_rooms_in_one_process_are_ready_and_fed_and_stop(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    import socket  # noqa: PLC0415

    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.setblocking(False)
    configs = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        path = configure(folder, broker.port)
        path.write_text(path.read_text().replace(EDGE, f"{EDGE}-{name}"))
        configs.append(load(path))
    stop = asyncio.Event()
    async with oximeter(tmp_path / "a"), oximeter(tmp_path / "b"):
        task = asyncio.create_task(run_rooms(configs, stop, str(tmp_path / "notify"), "1000000"))
        loop, told = asyncio.get_running_loop(), []
        while told.count(b"WATCHDOG=1") < 2:
            told.append(await asyncio.wait_for(loop.sock_recv(manager, 100), 10))
        stop.set()
        await asyncio.wait_for(task, 10)
        while told[-1] != b"STOPPING=1":
            told.append(await asyncio.wait_for(loop.sock_recv(manager, 100), 10))
    manager.close()
    assert told[0] == b"READY=1"


# Sensors that the hub gives


def given(issued: int, *names: str, folder: Path, protocol: str = "nonin-df2") -> SensorSet:
    specs = tuple(SensorSpec(name, protocol, link=f"{folder}/{name}") for name in names)
    return SensorSet(issued, specs)


async def test_a_sensor_of_the_hub_runs_stops_and_survives_a_restart_alone(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    path = configure(tmp_path, broker.port)
    ports = tmp_path / "by-id"
    ports.mkdir()
    now = SystemClock().utc()

    def of(sensor: str) -> list[float]:
        return [o.value for e in list(hub.envelopes) for o in e.observations if o.sensor == sensor]

    async with oximeter(tmp_path), plugged(ports / "second") as second:
        second.spo2 = 91
        async with running_edge(path, serial_folder=f"{ports}/") as edge:
            await until("the room's own sensor", lambda: of("oximeter"))
            hub.tell("command", given(now, "second", folder=ports))
            await until("the hub's sensor", lambda: 91 in of("second"))
            assert links(hub).count(Link.CONNECTING) == 2, "the room's own sensor did not start again"
            await until("kept", lambda: edge._parts.spool.sensors() is not None)
        # Without the hub's word.
        async with running_edge(path, serial_folder=f"{ports}/") as edge:
            count = len(of("second"))
            await until("again", lambda: len(of("second")) > count)
            before = len(links(hub))
            hub.tell("command", given(now + 1, folder=ports))
            await until("gone", lambda: [sensor.id for sensor in edge.roster.sensors] == ["oximeter"])
            hub.tell("command", given(now, "second", folder=ports))
            await until("refused", lambda: edge.counters["downlink_old"] == 1)
            count = len(of("oximeter"))
            await until("the other goes on", lambda: len(of("oximeter")) > count + 3)
            assert edge.roster.owner("", f"{ports}/second") == ""
            assert [link for link in links(hub)[before:] if link is not Link.UP] == []
            assert edge.counters["task_faults"] == 0


async def test_what_the_hub_gives_and_cannot_run_is_counted_and_the_rest_runs(
    tmp_path: Path, broker: Mosquitto, hub: AckingHub
) -> None:
    ports = tmp_path / "by-id"
    ports.mkdir()
    path = configure(tmp_path, broker.port)
    specs = (
        SensorSpec("oximeter", "nonin-df2", link=f"{ports}/a"),
        SensorSpec("again", "nonin-df2", link=str(tmp_path / "oximeter")),
        SensorSpec("Éclair", "nonin-df2", link=f"{ports}/a"),
        SensorSpec("elsewhere", "nonin-df2", link="/etc/shadow"),
        SensorSpec("climbing", "nonin-df2", link=f"{ports}/../a"),
        SensorSpec("spy", "nonin-df2", link="spy:///dev/null"),
        SensorSpec("both", "nonin-df2", address="C0:FF:EE:00:00:01", link=f"{ports}/a"),
        SensorSpec("unspoken", "klingon", link=f"{ports}/a"),
        SensorSpec("good", "nonin-df2", link=f"{ports}/good"),
        SensorSpec("twin", "nonin-df2", link=f"{ports}/good"),
    )
    async with plugged(ports / "good"), running_edge(path, serial_folder=f"{ports}/") as edge:
        await until("connected", lambda: hub.presences)
        now = SystemClock().utc()
        hub.tell("command", SensorSet(now, specs))
        hub.tell("command", SensorSet(now + 1, specs))
        await until("good", lambda: [each.id for each in edge.roster.sensors] == ["oximeter", "good"])
        await until("values", lambda: observations(hub))
        assert edge.counters["sensor_shadowed"] == 2, "an id and a port of the edge's own file"
        assert edge.counters["sensor_refused"] == 7
        await until("told", lambda: hub.presences[-1].counters.get("sensor_refused") == 7, 10)
