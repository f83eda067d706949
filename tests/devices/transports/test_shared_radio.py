"""Many sensors on one adapter: slots, turns, and who has to wait for whom. On the virtual air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from devices.clock import SECOND, ManualClock
from devices.drivers.base import Needs
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports import bleak_gatt
from devices.transports import radio as radio_module
from devices.transports.base import BlePlace, DeviceNotFoundError, LinkLostError, NoSlotError
from devices.transports.bumble_backend import BumbleRadio
from devices.transports.opening import open_transport
from tests.edge.support import until

MONITOR = Needs(notify=("2a37",))
METER = Needs(notify=("2a37",), continuous=False)


def address(number: int) -> str:
    return f"F1:00:00:00:00:{number:02X}"


@pytest.fixture
async def straps() -> AsyncIterator[tuple[HciServer, list[HeartRateStrap]]]:
    air = Radio()
    hci = await HciServer.start(air)
    made = [
        HeartRateStrap(f"s{number}", Source(Subject("p", Patient(number))), air, address(number))
        for number in range(3)
    ]
    for strap in made:
        await strap.start()
    yield hci, made
    for strap in made:
        await strap.stop()
    await hci.close()


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def radio(
    straps: tuple[HciServer, list[HeartRateStrap]], clock: ManualClock
) -> AsyncIterator[BumbleRadio]:
    async with BumbleRadio(f"tcp-client:127.0.0.1:{straps[0].port}", slots=1, clock=clock) as made:
        yield made


async def test_the_slots_are_a_budget(
    monkeypatch: pytest.MonkeyPatch, radio: BumbleRadio, clock: ManualClock
) -> None:
    monkeypatch.setattr(radio_module, "SLOT_PATIENCE", 0.2)
    async with open_transport(BlePlace(address(0)), MONITOR, clock, radio):
        with pytest.raises(NoSlotError, match=f"{address(1)}: no connection slot free"):
            async with open_transport(BlePlace(address(1)), MONITOR, clock, radio):
                pass
        assert radio.counts["slots_exhausted"] == 1
    async with open_transport(BlePlace(address(1)), MONITOR, clock, radio):
        assert radio.slots.taken == 1
    assert radio.slots.taken == 0


async def test_a_monitor_has_the_next_slot_before_a_meter_that_asked_earlier(
    radio: BumbleRadio, clock: ManualClock
) -> None:
    order: list[str] = []

    async def use(number: int, needs: Needs) -> None:
        async with open_transport(BlePlace(address(number)), needs, clock, radio):
            order.append(address(number))

    async with AsyncExitStack() as stack:
        held = open_transport(BlePlace(address(0)), MONITOR, clock, radio)
        await stack.enter_async_context(held)
        meter = asyncio.create_task(use(1, METER))
        await until("a meter that waits", lambda: radio.slots.waiting == 1)
        monitor = asyncio.create_task(use(2, MONITOR))
        await until("a monitor that waits", lambda: radio.slots.waiting == 2)
    await asyncio.gather(meter, monitor)
    assert order == [address(2), address(1)]


async def test_a_meter_with_nothing_under_way_makes_room(radio: BumbleRadio, clock: ManualClock) -> None:
    async with open_transport(BlePlace(address(0)), METER, clock, radio) as idle:
        clock.advance(bleak_gatt.IDLE)

        async def leave() -> None:
            with pytest.raises(LinkLostError, match="was let go: its slot is needed"):
                await anext(idle.chunks())
            await idle.close()

        leaving = asyncio.create_task(leave())
        async with open_transport(BlePlace(address(1)), MONITOR, clock, radio):
            assert radio.counts["meters_let_go"] == 1
        await leaving


@pytest.mark.parametrize(("needs", "rest"), [(METER, bleak_gatt.IDLE - 1), (MONITOR, 10 * bleak_gatt.IDLE)])
async def test_what_is_under_way_is_not_broken_off(
    monkeypatch: pytest.MonkeyPatch, radio: BumbleRadio, clock: ManualClock, needs: Needs, rest: int
) -> None:
    monkeypatch.setattr(radio_module, "SLOT_PATIENCE", 0.2)
    async with open_transport(BlePlace(address(0)), needs, clock, radio):
        clock.advance(rest)
        with pytest.raises(NoSlotError):
            async with open_transport(BlePlace(address(1)), MONITOR, clock, radio):
                pass
        assert radio.counts["meters_let_go"] == 0


async def test_two_sensors_known_by_their_service_alone_are_two_sensors(
    straps: tuple[HciServer, list[HeartRateStrap]], clock: ManualClock
) -> None:
    place = BlePlace(services=frozenset({"180d"}))
    async with (
        BumbleRadio(f"tcp-client:127.0.0.1:{straps[0].port}", clock=clock) as radio,
        AsyncExitStack() as stack,
    ):
        for number in range(3):
            await stack.enter_async_context(open_transport(place, MONITOR, clock, radio))
            assert sum(each.connected for each in straps[1]) == number + 1


async def test_a_sensor_that_failed_waits_behind_those_that_did_not(radio: BumbleRadio) -> None:
    order: list[str] = []

    async def use(name: str, *, continuous: bool) -> None:
        async with radio.turn(name, continuous=continuous):
            order.append(name)

    for _ in range(2):
        with pytest.raises(DeviceNotFoundError):
            async with radio.turn("failing", continuous=True):
                raise DeviceNotFoundError("it has gone")
    async with radio.turn("held", continuous=True):
        tasks = [
            asyncio.create_task(use(name, continuous=continuous))
            for name, continuous in (("failing", True), ("meter", False), ("monitor", True))
        ]
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    assert order == ["monitor", "meter", "failing"]
    assert radio._failures == {}


async def test_a_sensor_that_was_just_lost_is_not_taken_to_be_there(
    straps: tuple[HciServer, list[HeartRateStrap]], radio: BumbleRadio, clock: ManualClock
) -> None:
    strap = straps[1][0]
    async with open_transport(BlePlace(strap.place), MONITOR, clock, radio):
        await strap.unplug()
    with pytest.raises(DeviceNotFoundError):
        await radio.find(BlePlace(strap.place), 0.3)
    await strap.plug()
    clock.advance(SECOND)
    assert (await radio.find(BlePlace(strap.place), 5)).address == strap.place
