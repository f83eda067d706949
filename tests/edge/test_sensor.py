"""One sensor through its life: what is told of it, and why its link is not up. Real links, no hub."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.measurement import Cause, Link, Reading, SensorStatus
from devices.serial.contec import Disconnect
from devices.simulators.ble_sensors import BleSensor, HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports import bleak_gatt
from devices.transports import radio as radio_module
from devices.transports.base import (
    BlePlace,
    DeviceBusyError,
    DeviceDeniedError,
    LinkLostError,
    NoSlotError,
    PairingRefusedError,
    SerialPlace,
)
from edge import session
from edge.config import BleConfig, SensorConfig
from edge.counters import Counters
from edge.radio import LinkOpener, Radios
from edge.sensor import Sensor, SilentError, place
from edge.supervisor import Supervisor
from edge.timekeeping import Timekeeper
from tests.edge.support import until

ADDRESS = "F1:00:00:00:00:01"
STRAP = SensorConfig("strap", "heart-rate", address=ADDRESS.lower(), interval=0.1)


class Notebook:
    """Writes down what a sensor says."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.readings: list[Reading] = []

    def record(self, readings: Iterable[Reading]) -> None:
        self.readings += readings

    async def durable(self) -> None:
        return

    @property
    def statuses(self) -> list[tuple[Link, Cause]]:
        return [(each.link, each.cause) for each in self.readings if isinstance(each, SensorStatus)]


@dataclass
class Room:
    """A sensor that is kept going, and where it is heard."""

    sensor: Sensor
    notes: Notebook
    supervisor: Supervisor


@asynccontextmanager
async def room(config: SensorConfig, ble: BleConfig | None = None) -> AsyncIterator[Room]:
    """Keep one sensor going, as the edge does."""
    notes, radios, clock = Notebook(), Radios(), SystemClock()
    timekeeper = Timekeeper()
    timekeeper.observe(clock.utc(), clock.monotonic())
    links = LinkOpener(ble or BleConfig(), radios)
    sensor = Sensor(config, clock, timekeeper, notes, links)  # type: ignore[arg-type]
    supervisor = Supervisor("edge-test", notes.counters)
    sensor.begin()
    supervisor.start(config.id, sensor.run, base=0.01, ceiling=0.05)
    try:
        yield Room(sensor, notes, supervisor)
    finally:
        await supervisor.stop()
        await radios.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience for a test."""
    monkeypatch.setattr(session, "SHORTEST_SILENCE", SECOND // 2)
    monkeypatch.setattr("edge.sensor.TICK", 0.05)
    monkeypatch.setattr(bleak_gatt, "FIND_TIMEOUT", 0.5)


@pytest.fixture
async def strap() -> AsyncIterator[tuple[HeartRateStrap, BleConfig]]:
    air = Radio()
    hci = await HciServer.start(air)
    sensor = HeartRateStrap("strap", Source(Subject("p", Patient(1))), air, ADDRESS, every=0.05)
    await sensor.start()
    living = asyncio.create_task(live(sensor))
    yield sensor, BleConfig("bumble", f"tcp-client:127.0.0.1:{hci.port}")
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)
    await sensor.stop()
    await hci.close()


async def live(sensor: BleSensor) -> None:
    now = 1_800_000_000.0
    while True:
        await sensor.tick(now)
        now += 0.05
        await asyncio.sleep(0.05)


async def test_a_strap_that_is_worn_lost_and_found(
    quick: None, strap: tuple[HeartRateStrap, BleConfig]
) -> None:
    sensor, ble = strap
    async with room(STRAP, ble) as kept:
        await until("readings", lambda: kept.sensor.fact().link is Link.UP)
        fact = kept.sensor.fact()
        assert (fact.protocol, fact.address, fact.personal) == ("heart-rate", ADDRESS, True)
        assert fact.rssi is not None
        assert fact.seen is not None
        assert fact.last is not None
        assert fact.since is not None
        await sensor.unplug()
        await until("the sensor's absence", lambda: kept.sensor.fact().cause is Cause.NOT_SEEN)
        down = kept.sensor.fact()
        assert down.link is Link.DOWN
        assert down.since is not None
        assert down.since > fact.since
        assert kept.notes.statuses == [
            (Link.CONNECTING, Cause.NONE),
            (Link.UP, Cause.NONE),
            (Link.DOWN, Cause.LINK_LOST),
            (Link.DOWN, Cause.NOT_SEEN),
        ]
        await sensor.plug()
        await until("readings again", lambda: kept.sensor.fact().link is Link.UP)
        assert kept.sensor.fact().cause is Cause.NONE


async def test_a_strap_that_stays_connected_and_says_nothing_is_built_anew(
    quick: None, strap: tuple[HeartRateStrap, BleConfig]
) -> None:
    sensor, ble = strap
    async with room(STRAP, ble) as kept:
        await until("readings", lambda: kept.sensor.fact().link is Link.UP)
        links = sensor.connects
        sensor.mute = True
        await until("silence", lambda: kept.sensor.fact().link is Link.SILENT)
        assert kept.sensor.fact().cause is Cause.NO_READINGS
        await until("a new link", lambda: sensor.connects > links)
        sensor.mute = False
        await until("readings again", lambda: kept.sensor.fact().link is Link.UP)


async def test_a_radio_that_cannot_be_opened(quick: None) -> None:
    ble = BleConfig("bumble", "tcp-client:127.0.0.1:1")
    async with room(STRAP, ble) as kept:
        await until("the adapter's absence", lambda: kept.sensor.fact().cause is Cause.ADAPTER)
        assert "cannot be opened" in kept.sensor.fact().detail


async def test_more_monitors_than_slots(
    monkeypatch: pytest.MonkeyPatch, quick: None, strap: tuple[HeartRateStrap, BleConfig]
) -> None:
    monkeypatch.setattr(radio_module, "SLOT_PATIENCE", 0.1)
    ble = BleConfig("bumble", strap[1].hci, slots=1)
    radios = Radios()
    radio = radios.get(ble)
    notes, clock = Notebook(), SystemClock()
    sensor = Sensor(STRAP, clock, Timekeeper(), notes, LinkOpener(ble, radios))  # type: ignore[arg-type]
    async with radio.slot("F1:00:00:00:00:99", continuous=True):
        with pytest.raises(NoSlotError):
            await sensor.run(None)  # type: ignore[arg-type]
    assert sensor.fact().cause is Cause.BUSY
    assert "no connection slot free" in sensor.fact().detail
    # The adapter's own counts go out with the room's.
    assert notes.counters["slots_exhausted"] == 1
    await radios.close()


# Serial lines


@dataclass
class Line:
    """A pty under a name of its own, as udev gives one to a plugged converter."""

    path: Path
    ours: int = -1
    theirs: int = -1

    def plug(self) -> None:
        self.ours, self.theirs = pty.openpty()
        tty.setraw(self.theirs)
        self.path.symlink_to(os.ttyname(self.theirs))

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self.ours)
        os.close(self.theirs)

    @property
    def config(self) -> SensorConfig:
        return SensorConfig("contec", "contec", link=str(self.path))


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "usb-contec")


async def test_a_port_that_was_never_there_and_one_that_was_pulled(quick: None, line: Line) -> None:
    async with room(line.config) as kept:
        await until("the port's absence", lambda: kept.sensor.fact().cause is Cause.NOT_PLUGGED)
        assert kept.sensor.fact().seen is None
        line.plug()
        await until("the link", lambda: kept.sensor.standing)
        seen = kept.sensor.fact().seen
        assert seen is not None
        line.unplug()
        await until("the pulled cable", lambda: kept.sensor.fact().cause is Cause.UNPLUGGED)
        assert kept.sensor.fact().link is Link.DOWN
        assert kept.sensor.fact().address == str(line.path)
        line.plug()
        await until("the link again", lambda: kept.sensor.standing)
        line.unplug()


async def test_a_sensor_that_says_it_goes_is_down_and_its_line_stays(quick: None, line: Line) -> None:
    line.plug()
    async with room(line.config) as kept:
        await until("the link", lambda: kept.sensor.standing)
        os.write(line.ours, bytes(Disconnect(0)))
        await until("its word", lambda: kept.sensor.fact().link is Link.DOWN)
        assert kept.sensor.standing
        await asyncio.sleep(1.0)
        assert (kept.sensor.standing, kept.sensor.fact().link) == (True, Link.DOWN)
    line.unplug()


async def test_a_port_that_another_program_has(quick: None, line: Line) -> None:
    line.plug()
    async with room(line.config) as first:
        await until("the link", lambda: first.sensor.standing)
        async with room(line.config) as second:
            await until("that it is busy", lambda: second.sensor.fact().cause is Cause.BUSY)
    line.unplug()


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SilentError("nothing"), Cause.NO_READINGS),
        (DeviceBusyError("other"), Cause.BUSY),
        (DeviceDeniedError("no right"), Cause.DENIED),
        (PairingRefusedError("no"), Cause.REFUSED),
        (LinkLostError("gone"), Cause.LINK_LOST),
        (ConfigError("wrong"), Cause.FAULT),
    ],
)
def test_causes(error: Exception, cause: Cause) -> None:
    links = LinkOpener(BleConfig(), Radios())
    sensor = Sensor(STRAP, SystemClock(), Timekeeper(), Notebook(), links)  # type: ignore[arg-type]
    assert sensor._cause(error) is cause  # type: ignore[arg-type]


def test_a_terminal_server_that_goes_is_a_lost_link() -> None:
    config = SensorConfig("contec", "contec", link="socket://127.0.0.1:1")
    links = LinkOpener(BleConfig(), Radios())
    sensor = Sensor(config, SystemClock(), Timekeeper(), Notebook(), links)  # type: ignore[arg-type]
    assert sensor._cause(LinkLostError("gone")) is Cause.LINK_LOST
    assert sensor.fact().seen is None


def test_places() -> None:
    assert place(STRAP) == BlePlace(ADDRESS)
    assert place(SensorConfig("s", "contec", link="/dev/x")) == SerialPlace("/dev/x")
    nameless = SensorConfig("s", "heart-rate", address="", pin="123456")
    assert place(nameless) == BlePlace(services=frozenset({"180d"}), pin="123456")
    climate = place(SensorConfig("s", "bthome", address=ADDRESS))
    assert climate == BlePlace(ADDRESS, broadcast=True)
    with pytest.raises(ConfigError, match="needs an `address`"):
        place(SensorConfig("s", "bthome", address=""))
    with pytest.raises(ConfigError, match="needs `link`"):
        place(SensorConfig("s", "contec", address=ADDRESS))


def test_a_number_is_told_to_nobody() -> None:
    assert "123456" not in repr(place(SensorConfig("s", "heart-rate", address=ADDRESS, pin="123456")))


async def test_a_wish_that_a_sensor_refuses_does_not_cost_its_link(
    quick: None, strap: tuple[HeartRateStrap, BleConfig]
) -> None:
    """A plain strap asked for an ECG: it has no such characteristic, and its pulse is told all the same."""
    sensor, ble = strap
    wishful = SensorConfig("strap", "polar-h10", address=ADDRESS, interval=0.1)
    async with room(wishful, ble) as kept:
        await until("readings", lambda: kept.sensor.fact().link is Link.UP)
        links = sensor.connects
        assert kept.notes.counters["writes_refused"] >= 1
        before = len(kept.notes.readings)
        await until("more of them", lambda: len(kept.notes.readings) > before + 5)
        assert sensor.connects == links
