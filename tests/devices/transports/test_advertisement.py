"""Sensors that only broadcast: from the virtual air to chunks, once each, without a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak.backends.device import BLEDevice

from devices.clock import SECOND, ManualClock
from devices.drivers.base import Needs, Write
from devices.simulators.ble_broadcast import ClimateBeacon
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports import advertisement
from devices.transports.advertisement import DUPLICATE, MAX_ELEMENTS, AdvertisementLink
from devices.transports.air import Sighting
from devices.transports.base import BlePlace, Chunk, DeviceNotFoundError, TransportError
from devices.transports.bumble_backend import BumbleRadio
from devices.transports.opening import open_transport
from devices.transports.radio import BleRadio

PLACE = BlePlace("F1:00:00:00:00:09", broadcast=True)
NEEDS = Needs(interval=1.0)


@pytest.fixture
async def hci() -> AsyncIterator[HciServer]:
    server = await HciServer.start(Radio())
    yield server
    await server.close()


async def test_values_are_heard_once_and_no_slot_is_used() -> None:
    air = Radio()
    hci = await HciServer.start(air)
    beacon = ClimateBeacon("wall", Source(Subject("p", Patient(1))), air, PLACE.address, every=1.0)
    await beacon.tick(1_800_000_000.0)
    await beacon.start()
    async with (
        BumbleRadio(f"tcp-client:127.0.0.1:{hci.port}") as radio,
        open_transport(PLACE, NEEDS, ManualClock(), radio) as link,
        asyncio.timeout(20),
    ):
        chunks = link.chunks()
        for number in (1, 2):
            chunk = await anext(chunks)
            assert chunk.source == "service-data/fcd2"
            # BTHome's packet number: a copy of the first would have the first's.
            assert chunk.data[:3] == bytes([0x40, 0x00, number])
            await beacon.unplug()
            await beacon.tick(1_800_000_000.0 + number)
            await beacon.plug()
        assert radio.slots.taken == 0
        with pytest.raises(TransportError, match="only broadcasts"):
            await link.write(Write(b"\x01", "2a52"))
        await link.close()
    await beacon.stop()
    await hci.close()


async def test_a_beacon_that_is_not_there(monkeypatch: pytest.MonkeyPatch, hci: HciServer) -> None:
    monkeypatch.setattr(advertisement, "FIND_TIMEOUT", 0.2)
    async with BumbleRadio(f"tcp-client:127.0.0.1:{hci.port}") as radio:
        with pytest.raises(DeviceNotFoundError, match=r"was not heard in 0\.5 s"):
            async with open_transport(PLACE, Needs(interval=0.1), ManualClock(), radio):
                pass


def heard(
    now: int,
    services: dict[str, bytes] | None = None,
    makers: dict[int, bytes] | None = None,
    address: str = PLACE.address,
) -> Sighting:
    device = BLEDevice(address, None, None)
    return Sighting(address, "", frozenset(), services or {}, makers or {}, -60, now, device)


async def fetched(link: AdvertisementLink) -> list[Chunk]:
    found: list[Chunk] = []
    chunks = link.chunks()
    while True:
        try:
            async with asyncio.timeout(0.01):
                found.append(await anext(chunks))
        except TimeoutError:
            return found


async def test_copies_are_dropped_for_a_short_time_and_strangers_always() -> None:
    clock = ManualClock()
    link = AdvertisementLink(BleRadio(), PLACE.address, clock)
    link.hear(heard(0, {"fcd2": b"\x01"}, {0x0499: b"\x05"}))
    link.hear(heard(DUPLICATE - 1, {"fcd2": b"\x01"}))
    link.hear(heard(SECOND, {"fcd2": b"\x09"}, address="F1:00:00:00:00:0A"))
    assert await fetched(link) == [
        Chunk("service-data/fcd2", b"\x01", clock.utc()),
        Chunk("manufacturer/0499", b"\x05", clock.utc()),
    ]
    assert link.copies == 1
    link.hear(heard(DUPLICATE, {"fcd2": b"\x01"}))
    link.hear(heard(DUPLICATE, {"fcd2": b"\x02"}))
    assert [each.data for each in await fetched(link)] == [b"\x01", b"\x02"]
    assert link.overruns == 0


async def test_a_sender_of_ever_new_elements_costs_no_memory() -> None:
    link = AdvertisementLink(BleRadio(), PLACE.address, ManualClock())
    for number in range(10 * MAX_ELEMENTS):
        link.hear(heard(number, makers={number: b"\x01"}))
    assert len(link._newest) == MAX_ELEMENTS
