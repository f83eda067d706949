"""The shared scan: what is kept of what was heard, who is told, and who starts and ends it. Without a radio."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from devices.clock import SECOND, ManualClock
from devices.transports import air as air_module
from devices.transports.air import MAX_SERVICES, MAX_SIGHTINGS, Air, short_uuid
from devices.transports.base import AdapterError

Heard = Callable[[BLEDevice, AdvertisementData], None]


class FakeScanner(BleakScanner):
    """Starts and stops, and lets the test speak."""

    def __init__(self, antenna: FakeAntenna) -> None:
        self._antenna = antenna

    async def start(self) -> None:
        self._antenna.started += 1
        await asyncio.sleep(0)
        if self._antenna.broken:
            raise OSError("no such adapter")

    async def stop(self) -> None:
        self._antenna.stopped += 1


class FakeAntenna:
    """An adapter that does what it is told."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.generation = 0
        self.started = self.stopped = 0
        self.broken = False
        self.heard: Heard = lambda _device, _data: None

    async def ready(self) -> int:
        return self.generation

    async def reset(self) -> None:
        self.generation += 1

    def make_scanner(self, heard: Heard) -> BleakScanner:
        self.heard = heard
        return FakeScanner(self)

    def say(
        self,
        address: str = "f1:00:00:00:00:01",
        name: str | None = None,
        services: tuple[str, ...] = (),
        service_data: dict[str, bytes] | None = None,
        rssi: int = -60,
    ) -> None:
        data = AdvertisementData(
            local_name=name,
            manufacturer_data={},
            service_data={long(key): each for key, each in (service_data or {}).items()},
            service_uuids=[long(each) for each in services],
            tx_power=None,
            rssi=rssi,
            platform_data=(),
        )
        self.heard(BLEDevice(address, name, None), data)


def long(short: str) -> str:
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


@pytest.fixture
def antenna() -> FakeAntenna:
    return FakeAntenna()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def air(antenna: FakeAntenna, clock: ManualClock) -> AsyncIterator[Air]:
    made = Air(antenna, clock)
    yield made
    await made.close()


async def test_name_and_services_told_in_turns_are_kept_together(
    air: Air, antenna: FakeAntenna, clock: ManualClock
) -> None:
    async with air.hold():
        antenna.say(services=("180d",), service_data={"fcd2": b"\x40"})
        clock.advance(SECOND)
        antenna.say(name="strap", services=("180f",), rssi=-70)
    known = air.sighting("F1:00:00:00:00:01")
    assert known is not None
    assert (known.name, known.services, known.rssi, known.seen) == (
        "strap",
        frozenset({"180d", "180f"}),
        -70,
        SECOND,
    )
    assert known.service_data == {"fcd2": b"\x40"}
    air.forget("f1:00:00:00:00:01")
    assert air.sighting("F1:00:00:00:00:01") is None


async def test_listeners_hear_each_advertisement_alone(air: Air, antenna: FakeAntenna) -> None:
    heard: list[dict[str, bytes]] = []
    async with air.hold(), air.listening(lambda each: heard.append(dict(each.service_data))):
        antenna.say(service_data={"fcd2": b"\x01"})
        antenna.say(name="only the name")
    antenna.say(service_data={"fcd2": b"\x02"})
    assert heard == [{"fcd2": b"\x01"}, {}]


async def test_a_flood_of_addresses_costs_no_memory(air: Air, antenna: FakeAntenna) -> None:
    async with air.hold():
        antenna.say("F1:00:00:00:00:01", name="strap")
        for number in range(2 * MAX_SIGHTINGS):
            antenna.say(f"AA:AA:AA:AA:{number >> 8:02X}:{number & 0xFF:02X}")
            if number % 100 == 0:
                antenna.say("F1:00:00:00:00:01")
    assert len(air.sightings()) == MAX_SIGHTINGS
    known = air.sighting("F1:00:00:00:00:01")
    assert known is not None
    assert known.name == "strap"


async def test_a_flood_of_services_costs_no_memory(air: Air, antenna: FakeAntenna) -> None:
    async with air.hold():
        for number in range(100):
            antenna.say(services=tuple(f"{number:02x}{each:02x}" for each in range(50)))
    assert len(air.sightings()[0].services) <= MAX_SERVICES


async def test_many_who_wait_share_one_scan(air: Air, antenna: FakeAntenna) -> None:
    async def wait(address: str) -> str:
        async with air.hold():
            found = await air.wait(lambda each: each.address == address, 5)
        assert found is not None
        return found.address

    addresses = [f"F1:00:00:00:00:{number:02X}" for number in range(20)]
    tasks = [asyncio.create_task(wait(each)) for each in addresses]
    await air.ensure()
    await asyncio.sleep(0.01)
    for address in addresses:
        antenna.say(address)
    assert await asyncio.gather(*tasks) == addresses
    assert antenna.started == 1


async def test_one_who_gives_up_does_not_break_off_the_others_start(air: Air, antenna: FakeAntenna) -> None:
    first = asyncio.create_task(air.ensure())
    second = asyncio.create_task(air.ensure())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert (antenna.started, air.scanning) == (1, True)


async def test_what_was_heard_before_is_found_and_nothing_in_time_is_nothing(
    air: Air, antenna: FakeAntenna
) -> None:
    async with air.hold():
        antenna.say()
        assert await air.wait(lambda each: each.address == "F1:00:00:00:00:01", 5) is not None
        assert await air.wait(lambda each: each.address == "F1:00:00:00:00:02", 0.01) is None


async def test_a_scan_that_cannot_be_started_is_an_error_and_the_next_try_works(
    air: Air, antenna: FakeAntenna
) -> None:
    antenna.broken = True
    with pytest.raises(AdapterError, match="scan: starting: no such adapter"):
        async with air.hold():
            pass
    assert not air.scanning
    antenna.broken = False
    async with air.hold():
        assert air.scanning


async def test_an_adapter_that_refuses_to_scan_for_long_is_reset(
    air: Air, antenna: FakeAntenna, clock: ManualClock
) -> None:
    antenna.broken = True
    for resets in (0, 0, 1, 1, 2):
        with pytest.raises(AdapterError):
            await air.ensure()
        assert antenna.counts["adapter_resets"] == resets
        clock.advance(60 * SECOND if resets == 0 else 120 * SECOND)


async def test_a_new_generation_is_scanned_anew(air: Air, antenna: FakeAntenna) -> None:
    async with air.hold():
        antenna.generation += 1
        await air.ensure()
        assert (antenna.started, antenna.stopped) == (2, 1)


async def test_the_adapters_loss_is_told_to_those_who_wait(
    monkeypatch: pytest.MonkeyPatch, air: Air, antenna: FakeAntenna
) -> None:
    monkeypatch.setattr(air_module, "LOOK", 0.01)

    async def lost() -> int:
        raise AdapterError("adapter is missing")

    async with air.hold():
        waiting = asyncio.create_task(air.wait(lambda _: False, 30))
        await asyncio.sleep(0)
        monkeypatch.setattr(antenna, "ready", lost)
        with pytest.raises(AdapterError, match="adapter is missing"):
            await waiting


def test_short_uuids() -> None:
    assert short_uuid("0000180D-0000-1000-8000-00805F9B34FB") == "180d"
    own = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
    assert short_uuid(own.upper()) == own
