"""Virtual climate sensors, held against the libraries that the drivers decode with."""

import asyncio
from typing import Any

import pytest
from bumble.core import AdvertisingData
from hypothesis import given
from hypothesis import strategies as st

from devices.drivers.registry import open_driver
from devices.measurement import Measurement
from devices.simulators.ble_broadcast import Climate, ClimateBeacon, XiaomiBeacon, climate
from devices.simulators.physiology import Patient
from devices.simulators.radio import Radio
from devices.simulators.source import Source, Subject

START = 1_800_000_000
ADDRESS = "A4:C1:38:00:00:07"

climates = st.builds(
    Climate,
    packet=st.integers(0, 70_000),
    battery=st.integers(0, 100),
    temperature=st.floats(-30, 60),
    humidity=st.floats(0, 100),
    co2=st.integers(400, 5000),
)


def readings(protocol: str, source: str, data: bytes) -> dict[str, float]:
    found = open_driver(protocol, "room").receive(source, data, START * 1_000_000)
    return {each.metric: each.value for each in found if isinstance(each, Measurement)}


@given(climates)
def test_bthome_is_what_its_library_reads(told: Climate) -> None:
    found = readings("bthome", "service-data/fcd2", told.bthome())
    assert found["room_temperature"] == pytest.approx(told.temperature, abs=0.006)
    assert found["humidity"] == pytest.approx(told.humidity, abs=0.006)
    assert (found["co2"], found["battery"]) == (told.co2, told.battery)


@given(climates)
def test_mibeacon_is_what_its_library_reads(told: Climate) -> None:
    found = readings("xiaomi", "service-data/fe95", told.xiaomi(ADDRESS))
    assert found["room_temperature"] == pytest.approx(told.temperature, abs=0.06)
    assert found["humidity"] == pytest.approx(told.humidity, abs=0.06)


@pytest.mark.parametrize("kind", [ClimateBeacon, XiaomiBeacon])
async def test_an_advertisement_fits_and_changes_when_due(kind: type[ClimateBeacon]) -> None:
    air = Radio()
    beacon = kind("couloir-du-premier-etage", Source(Subject("p", Patient(3))), air, ADDRESS, every=10)
    await beacon.start()
    await beacon.tick(START)
    first = beacon._advertisement()
    assert len(first) <= 31
    services = AdvertisingData.from_bytes(first).get_all(AdvertisingData.SERVICE_DATA_16_BIT_UUID)
    assert [uuid for uuid, _ in services] == [kind.SERVICE]
    await beacon.tick(START + 9)
    assert beacon.packets == 1
    await beacon.tick(START + 10)
    assert beacon.packets == 2
    beacon.mute = True
    await beacon.tick(START + 60)
    assert beacon.packets == 2
    await beacon.unplug()
    await beacon.stop()


@pytest.mark.parametrize("kind", [ClimateBeacon, XiaomiBeacon])
async def test_it_is_heard_within_reach_and_not_beyond(kind: type[ClimateBeacon]) -> None:
    air = Radio()
    beacon = kind("couloir", Source(Subject("p", Patient(3))), air, ADDRESS)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    host = air.peripheral("host", "F1:00:00:00:00:01")
    await host.power_on()
    host.on(host.EVENT_ADVERTISEMENT, heard.put_nowait)
    await host.start_scanning(filter_duplicates=False)
    await beacon.start()
    await beacon.tick(START)
    async with asyncio.timeout(60):
        while not (await heard.get()).data.get_all(AdvertisingData.SERVICE_DATA_16_BIT_UUID):
            continue
    await beacon.unplug()
    await asyncio.sleep(0)
    while not heard.empty():
        heard.get_nowait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.2):
            await heard.get()
    await beacon.stop()


def test_a_rooms_climate_is_a_rooms() -> None:
    for hour in range(24):
        found = climate(START + hour * 3600, 1, 87)
        assert 19 < found.temperature < 24
        assert 35 < found.humidity < 55
        assert 450 < found.co2 < 1200
