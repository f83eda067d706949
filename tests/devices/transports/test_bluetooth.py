"""bleak on bumble's host stack, over a real TCP socket of HCI, to sensors on the virtual air."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from devices.clock import ManualClock
from devices.drivers.base import Needs, Write
from devices.errors import ConfigError
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_meters import Cuff
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports import bleak_gatt, bumble_backend
from devices.transports import radio as radio_module
from devices.transports.base import (
    AdapterError,
    BlePlace,
    Chunk,
    DeviceNotFoundError,
    LinkLostError,
    LinkTimeoutError,
    TransportError,
)
from devices.transports.bumble_backend import BumbleRadio
from devices.transports.opening import open_radio, open_transport

STRAP = BlePlace("F1:00:00:00:00:01")
NEEDS = Needs(notify=("2a37", "2a19"), read=("2a19",))


def source(seed: int = 1) -> Source:
    return Source(Subject("p", Patient(seed)))


@pytest.fixture
async def air() -> Radio:
    return Radio()


@pytest.fixture
async def hci(air: Radio) -> AsyncIterator[HciServer]:
    server = await HciServer.start(air)
    yield server
    await server.close()


@pytest.fixture
async def strap(air: Radio) -> AsyncIterator[HeartRateStrap]:
    sensor = HeartRateStrap("strap", source(), air, STRAP.address)
    await sensor.start()
    yield sensor
    await sensor.stop()


@pytest.fixture
async def radio(hci: HciServer) -> AsyncIterator[BumbleRadio]:
    async with BumbleRadio(f"tcp-client:127.0.0.1:{hci.port}") as made:
        yield made


async def pump(sensor: BleSensor) -> None:
    """Let a virtual sensor live on a clock of its own: a second passes every 10 ms."""
    now = 1_800_000_000.0
    while True:
        await sensor.tick(now)
        now += 1
        await asyncio.sleep(0.01)


@pytest.fixture
async def beating(strap: HeartRateStrap) -> AsyncIterator[HeartRateStrap]:
    task = asyncio.create_task(pump(strap))
    yield strap
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def next_from(chunks: AsyncIterator[Chunk], source: str) -> Chunk:
    async with asyncio.timeout(60):
        async for chunk in chunks:
            if chunk.source == source:
                return chunk
    raise AssertionError


async def lost(chunks: AsyncIterator[Chunk]) -> str:
    """Fetch until the link is lost."""
    try:
        async with asyncio.timeout(60):
            while True:
                await anext(chunks)
    except LinkLostError as error:
        return str(error)


async def test_battery_is_read_and_heart_rate_notified(beating: HeartRateStrap, radio: BumbleRadio) -> None:
    clock = ManualClock()
    async with open_transport(STRAP, NEEDS, clock, radio) as link:
        chunks = link.chunks()
        assert await next_from(chunks, "2a19") == Chunk("2a19", b"\x57", clock.utc())
        message = HeartRateMeasurement.parse((await next_from(chunks, "2a37")).data)
        assert 40 <= message.heart_rate <= 120
        assert message.contact is True


async def test_found_by_service_when_no_address_is_known(beating: HeartRateStrap, radio: BumbleRadio) -> None:
    place = BlePlace(name_prefix="str", services=frozenset({"180d"}))
    async with open_transport(place, NEEDS, ManualClock(), radio) as link:
        assert (await next_from(link.chunks(), "2a37")).data


async def test_a_place_that_fits_everything_is_refused(radio: BumbleRadio) -> None:
    with pytest.raises(ConfigError, match="neither an address nor"):
        await radio.find(BlePlace())


async def test_link_loss_is_told_and_the_sensor_can_be_had_again(
    beating: HeartRateStrap, radio: BumbleRadio
) -> None:
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
        chunks = link.chunks()
        await next_from(chunks, "2a37")
        await beating.unplug()
        assert "disconnected" in await lost(chunks)
    await beating.plug()
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
        assert (await next_from(link.chunks(), "2a37")).data


async def test_absent_sensor(
    monkeypatch: pytest.MonkeyPatch, strap: HeartRateStrap, radio: BumbleRadio
) -> None:
    monkeypatch.setattr(radio_module, "FRESH", 0)
    with pytest.raises(DeviceNotFoundError, match="F1:00:00:00:00:99 was not heard"):
        await radio.find(BlePlace("F1:00:00:00:00:99"), limit=0.5)
    await strap.unplug()
    with pytest.raises(DeviceNotFoundError):
        await radio.find(STRAP, limit=0.5)
    await strap.plug()
    assert (await radio.find(STRAP, limit=5)).address == STRAP.address


async def test_sensor_that_goes_between_scan_and_connection(
    monkeypatch: pytest.MonkeyPatch, beating: HeartRateStrap, radio: BumbleRadio
) -> None:
    monkeypatch.setattr(bleak_gatt, "CONNECT_TIMEOUT", 0.5)
    sighting = await radio.find(STRAP)
    await beating.unplug()
    link = bleak_gatt.GattLink(radio, sighting, STRAP, ManualClock())
    with pytest.raises(LinkTimeoutError, match="connecting did not end in"):
        await link.connect(NEEDS)
    await link.close()
    # The attempt was called off in the controller too: the next one works.
    monkeypatch.setattr(bleak_gatt, "CONNECT_TIMEOUT", 10.0)
    await beating.plug()
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as again:
        assert (await next_from(again.chunks(), "2a37")).data


async def test_cancelled_connection_leaves_the_adapter_usable(
    beating: HeartRateStrap, radio: BumbleRadio
) -> None:
    sighting = await radio.find(STRAP)
    await beating.unplug()
    link = bleak_gatt.GattLink(radio, sighting, STRAP, ManualClock())
    attempt = asyncio.create_task(link.connect(NEEDS))
    await asyncio.sleep(0.1)
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    await link.close()
    assert radio.turns.taken == radio.slots.taken == 0
    await beating.plug()
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as again:
        assert (await next_from(again.chunks(), "2a37")).data


async def test_sensor_without_the_wanted_characteristics(strap: HeartRateStrap, radio: BumbleRadio) -> None:
    with pytest.raises(TransportError, match="none of the characteristics 2a5f"):
        async with open_transport(STRAP, Needs(notify=("2a5f",)), ManualClock(), radio):
            pass
    assert not strap.connected


async def test_writing_what_is_not_there(strap: HeartRateStrap, radio: BumbleRadio) -> None:
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
        with pytest.raises(TransportError, match="no characteristic '2a52'"):
            await link.write(Write(b"\x01\x01", "2a52"))
        with pytest.raises(TransportError, match="lets nobody write characteristic '2a19'"):
            await link.write(Write(b"\x01", "2a19"))


async def test_indications_are_confirmed(air: Radio, radio: BumbleRadio) -> None:
    place = BlePlace("F1:00:00:00:00:04")
    cuff = Cuff("cuff", source(), air, place.address, every=2)
    await cuff.start()
    task = asyncio.create_task(pump(cuff))
    async with open_transport(place, Needs(notify=("2a35",)), ManualClock(), radio) as link:
        chunks = link.chunks()
        # A second indication goes out only after the first was confirmed.
        assert (await next_from(chunks, "2a35")).data
        assert (await next_from(chunks, "2a35")).data
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await cuff.stop()


async def test_losing_the_adapter_loses_the_link_and_is_survived(
    air: Radio, hci: HciServer, beating: HeartRateStrap, radio: BumbleRadio
) -> None:
    port = hci.port
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
        chunks = link.chunks()
        await next_from(chunks, "2a37")
        await hci.close()
        assert "disconnected" in await lost(chunks)
        with pytest.raises(TransportError):
            await link.write(Write(b"\x01", "2a37"))
    with pytest.raises(TransportError, match="cannot be opened"):
        await radio.find(STRAP)
    again = await HciServer.start(air, port)
    async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
        assert (await next_from(link.chunks(), "2a37")).data
    await radio.close()
    await again.close()


async def test_ten_sensors_on_one_adapter(air: Radio, radio: BumbleRadio) -> None:
    straps = [HeartRateStrap(f"s{n}", source(n), air, f"F1:00:00:00:01:{n:02X}") for n in range(10)]
    for strap in straps:
        await strap.start()
    pumps = [asyncio.create_task(pump(strap)) for strap in straps]

    async def first(strap: HeartRateStrap) -> int:
        async with open_transport(BlePlace(strap.place), NEEDS, ManualClock(), radio) as link:
            chunk = await next_from(link.chunks(), "2a37")
            return HeartRateMeasurement.parse(chunk.data).heart_rate

    async with asyncio.timeout(30):
        rates = await asyncio.gather(*(first(strap) for strap in straps))
    assert all(40 <= rate <= 120 for rate in rates)
    for task in pumps:
        task.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
    for strap in straps:
        await strap.stop()


async def test_a_host_that_speaks_no_hci_is_cut_off(hci: HciServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hci.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()


async def test_nothing_answers_at_the_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bumble_backend, "OPEN_TIMEOUT", 0.3)

    ended = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        name = f"bumble:tcp-client:127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_radio(name) as radio:
            with pytest.raises(AdapterError, match=r"did not answer in 0\.3 s"):
                await radio.find(STRAP)
        async with asyncio.timeout(60):
            await ended.wait()


async def test_a_host_that_dies_frees_the_sensor_for_the_next(
    hci: HciServer, beating: HeartRateStrap, radio: BumbleRadio
) -> None:
    async with BumbleRadio(f"tcp-client:127.0.0.1:{hci.port}") as dying:
        async with open_transport(STRAP, NEEDS, ManualClock(), dying) as link:
            chunks = link.chunks()
            await next_from(chunks, "2a37")
            assert beating.connected
            # What the kernel does to the socket of a process that is killed.
            await dying.close()
            assert "disconnected" in await lost(chunks)
        async with open_transport(STRAP, NEEDS, ManualClock(), radio) as link:
            assert (await next_from(link.chunks(), "2a37")).data


async def test_without_bumble_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "devices.transports.bumble_backend")
    monkeypatch.setitem(sys.modules, "bumble", None)
    with pytest.raises(ConfigError, match="needs the extra 'simulation' installed"):
        open_radio("bumble:tcp-client:127.0.0.1:1")
