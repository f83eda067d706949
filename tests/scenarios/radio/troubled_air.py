"""A Bluetooth adapter and its sensors in a bad place, as bleak would show them. Everything is drawn from one seed.

It stands where BlueZ does: below `bleak.BleakClient` and `BleakScanner`, so every line of the edge's own code runs. What a
link delivers is written down at the moment bleak's callback is called: that, and no more, has to arrive.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakError

from devices.transports.base import AdapterError
from devices.transports.radio import BleRadio

ADVERTISING = 1.0
"Seconds between two advertisements of a sensor that is free."

RACE, REFUSED, HANGING, HALF = 0.10, 0.05, 0.03, 0.02
"Shares of the attempts that end in BlueZ's race, in an error, not at all, and in a link without its subscriptions."

LIFE, MUTE, AWAY = 15 * 60.0, 40 * 60.0, 25 * 60.0
"Mean seconds until a link breaks, until a linked sensor falls silent, until a sensor is carried away."

GONE = (10.0, 300.0)
"Seconds for which a sensor is away."

STUCK = (120.0, 400.0)
"Seconds for which the whole adapter hears nothing, unless it is reset; twice in eight hours."


def long(short: str) -> str:
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


@dataclass
class Sensor:
    """One sensor; `say` makes its next message."""

    address: str
    name: str
    service: str
    characteristic: str
    say: Callable[[int], bytes]
    every: float
    "Seconds between two messages."
    meter: bool = False
    "It measures rarely, and can be reached for a minute after that."
    delivered: list[bytes] = field(default_factory=list)
    "What it gave to a link."
    kept: list[bytes] = field(default_factory=list)
    "What a meter has not given to anybody yet."
    away: bool = False
    client: Client | None = None
    until: float = 0.0
    "A meter's radio is on until then."


class World:
    """The adapter, its sensors, and what goes wrong."""

    def __init__(self, seed: int, utc: Callable[[], int]) -> None:
        self.random = random.Random(seed)
        self.utc = utc
        self.sensors: dict[str, Sensor] = {}
        self.scanners: set[Scanner] = set()
        self.troubles: Counter[str] = Counter()
        self.stuck = False

    def start(self) -> list[asyncio.Task[None]]:
        """Bring it to life."""
        lives = [asyncio.create_task(self._live(sensor)) for sensor in self.sensors.values()]
        carried = [asyncio.create_task(self._carry(sensor)) for sensor in self.sensors.values()]
        return [*lives, *carried, asyncio.create_task(self._stick())]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def after(self, mean: float) -> float:
        return self.random.expovariate(1 / mean)

    def heard(self, sensor: Sensor) -> bool:
        """Tell whether a sensor can be heard now."""
        loop = asyncio.get_running_loop()
        on = not sensor.meter or loop.time() < sensor.until
        return on and not sensor.away and not self.stuck and sensor.client is None

    async def _live(self, sensor: Sensor) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self.random.random()
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            if sensor.meter:
                sensor.kept.append(sensor.say(self.utc()))
                sensor.until = loop.time() + 60
                await self._wait_for_host(sensor, sensor.until)
                due += sensor.every
                continue
            self._advertise(sensor)
            if sensor.client is not None:
                sensor.client.deliver(sensor.say(self.utc()))
            due += sensor.every

    async def _wait_for_host(self, sensor: Sensor, until: float) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            self._advertise(sensor)
            while sensor.kept and sensor.client is not None and sensor.client.deliver(sensor.kept[0]):
                del sensor.kept[0]
            await asyncio.sleep(ADVERTISING)
        if sensor.client is not None:
            sensor.client.drop()

    def _advertise(self, sensor: Sensor) -> None:
        if self.heard(sensor):
            for scanner in tuple(self.scanners):
                scanner.hear(sensor, -40 - self.random.randrange(50))

    async def _carry(self, sensor: Sensor) -> None:
        while True:
            await asyncio.sleep(self.after(AWAY))
            self.troubles["carried away"] += 1
            sensor.away = True
            if sensor.client is not None:
                sensor.client.drop()
            await asyncio.sleep(self.random.uniform(*GONE))
            sensor.away = False

    async def _stick(self) -> None:
        while True:
            await asyncio.sleep(self.after(4 * 3600))
            self.troubles["adapter stuck"] += 1
            self.stuck = True
            for sensor in self.sensors.values():
                if sensor.client is not None:
                    sensor.client.drop()
            await asyncio.sleep(self.random.uniform(*STUCK))
            self.stuck = False


class TroubledRadio(BleRadio):
    """The edge's own radio, on such a world."""

    def __init__(self, world: World, clock: Any, slots: int) -> None:
        scanner = type("TroubledScanner", (Scanner,), {"world": world})
        client = type("TroubledClient", (Client,), {"world": world})
        super().__init__(clock=clock, slots=slots, scanner=scanner, client=client)
        self.world = world

    async def reset(self) -> None:
        """Switch it off and on: that helps nine times in ten."""
        await asyncio.sleep(1)
        self.world.troubles["reset"] += 1
        if self.world.chance(0.1):
            raise AdapterError("adapter does not come back")
        self.world.stuck = False


class Scanner(BaseBleakScanner):
    """Hears what is free and near."""

    world: World

    def __init__(self, callback: Any, service_uuids: Any, scanning_mode: Any, **_options: Any) -> None:
        super().__init__(callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        self.world.scanners.add(self)

    async def stop(self) -> None:
        self.world.scanners.discard(self)

    def hear(self, sensor: Sensor, rssi: int) -> None:
        data = AdvertisementData(sensor.name, {}, {}, [long(sensor.service)], None, rssi, ())
        device = self.create_or_update_device(sensor.address, sensor.address, sensor.name, sensor, data)
        self.call_detection_callbacks(device, data)


class Client(BaseBleakClient):
    """One attempt at a link, and the link."""

    world: World

    def __init__(self, device: Any, *, disconnected_callback: Any, timeout: float, **_options: Any) -> None:
        super().__init__(device, disconnected_callback=disconnected_callback, timeout=timeout)
        assert isinstance(device, BLEDevice)
        self._sensor: Sensor = device.details
        self._listener: NotifyCallback | None = None
        self._mute = False
        self._used = False
        self._fate: list[asyncio.TimerHandle] = []

    @property
    def name(self) -> str:
        return self._sensor.name

    @property
    def mtu_size(self) -> int:
        return 247

    @property
    def is_connected(self) -> bool:
        return self._sensor.client is self

    async def connect(self, pair: Any, **_options: Any) -> None:
        world, sensor = self.world, self._sensor
        assert not self._used, "a client that failed is used again"
        self._used = True
        await asyncio.sleep(world.random.uniform(0.1, 1.5))
        if world.chance(HANGING):
            world.troubles["connection hangs"] += 1
            await asyncio.sleep(3600)
        if not world.heard(sensor):
            await asyncio.sleep(self._timeout)
            raise TimeoutError
        if world.chance(RACE):
            world.troubles["discovery race"] += 1
            raise BleakError("failed to discover services, device disconnected")
        if world.chance(REFUSED):
            world.troubles["refused"] += 1
            raise BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
        sensor.client = self
        self.services = self._table()
        self._mute = world.chance(HALF)
        if self._mute:
            world.troubles["mute from the start"] += 1
        loop = asyncio.get_running_loop()
        self._fate = [
            loop.call_later(world.after(LIFE), self._break),
            loop.call_later(world.after(MUTE), self._fall_silent),
        ]

    async def disconnect(self) -> None:
        # BlueZ takes 2 to 3 s, and now and then does not answer at all.
        await asyncio.sleep(30 if self.world.chance(0.01) else self.world.random.uniform(2, 3))
        self.drop()

    def deliver(self, data: bytes) -> bool:
        """Give a message to whoever has subscribed; tell whether it was taken."""
        if self._listener is None or self._mute:
            return False
        self._sensor.delivered.append(data)
        self._listener(bytearray(data))
        return True

    def drop(self) -> None:
        """End the link."""
        for timer in self._fate:
            timer.cancel()
        self._listener = None
        if self._sensor.client is self:
            self._sensor.client = None
            if self._disconnected_callback:
                self._disconnected_callback()

    def _break(self) -> None:
        self.world.troubles["link lost"] += 1
        self.drop()

    def _fall_silent(self) -> None:
        self.world.troubles["silent link"] += 1
        self._mute = True

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_options: Any
    ) -> None:
        await asyncio.sleep(0.05)
        if self.world.chance(0.01):
            self.world.troubles["subscription hangs"] += 1
            await asyncio.sleep(3600)
        if not self.is_connected:
            raise BleakError("disconnected")
        self._listener = callback

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        self._listener = None

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        raise BleakError("nothing here is paired")

    async def unpair(self) -> None:
        raise BleakError("nothing here is paired")

    async def read_gatt_char(self, characteristic: Any, **_options: Any) -> bytearray:
        raise BleakError("nothing here is read")

    async def read_gatt_descriptor(self, descriptor: Any, **_options: Any) -> bytearray:
        raise BleakError("nothing here is read")

    async def write_gatt_char(self, characteristic: Any, data: Any, response: Any) -> None:
        raise BleakError("nothing here is written")

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        raise BleakError("nothing here is written")

    def _table(self) -> BleakGATTServiceCollection:
        table = BleakGATTServiceCollection()
        service = BleakGATTService(self, 1, long(self._sensor.service))
        table.add_service(service)
        table.add_characteristic(
            BleakGATTCharacteristic(
                self, 2, long(self._sensor.characteristic), ["notify"], lambda: 244, service
            )
        )
        return table


def numbers(seed: int, low: int, high: int) -> Iterator[int]:
    """Return values that no neighbour repeats, so that one lost or doubled is seen."""
    source, last = random.Random(seed), -1
    while True:
        value = source.randrange(low, high)
        if value != last:
            last = value
            yield value
