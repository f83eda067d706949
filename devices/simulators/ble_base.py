"""What all virtual Bluetooth LE sensors share: a GATT server on the virtual air, a clock of its own, and faults."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable, Iterable
from typing import Any

from bumble.att import Attribute
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)
from bumble.hci import HCI_CONNECTION_TIMEOUT_ERROR
from bumble.pairing import PairingConfig, PairingDelegate

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.gatt import current_time, device_information
from devices.gatt.battery import BatteryLevel
from devices.gatt.current_time import CurrentTime
from devices.gatt.date_time import DateTime
from devices.simulators.radio import Radio
from devices.simulators.source import Source

_log = logging.getLogger(__name__)

ADVERTISING_INTERVAL = 200
"Milliseconds; a host connects at an advertisement, so this is what connecting costs at most."

CONFIRM_TIMEOUT = 5.0
"Seconds for the host to confirm an indication; one that does not is treated as gone."

REFUSAL = 0.3
"""Seconds for which a refusing sensor keeps a link. One that ends it in the same instant made Linux 6.1 free the link
twice and panic; a real sensor needs a connection event at least."""

MAX_NAME = 22
"Octets of the name: an advertisement holds 31, of which flags and one service take the rest."

Properties = Characteristic.Properties
Permissions = Attribute.Permissions
HIDDEN = Permissions(0)
READABLE = Permissions.READABLE


def characteristic(
    number: str,
    properties: Properties,
    permissions: Permissions = HIDDEN,
    value: bytes | CharacteristicValue[bytes] = b"",
) -> Characteristic[bytes]:
    """Return a characteristic by its 16-bit number in hex, or its whole UUID."""
    return Characteristic(UUID(number), properties, permissions, value)


class _Delegate(PairingDelegate):
    """Pairs with anybody, or with who enters the number that is printed on the sensor."""

    def __init__(self, pin: int | None) -> None:
        capability = (
            PairingDelegate.NO_OUTPUT_NO_INPUT if pin is None else PairingDelegate.DISPLAY_OUTPUT_ONLY
        )
        super().__init__(capability)
        self._pin = pin or 0

    async def generate_passkey(self) -> int:
        return self._pin


class BleSensor:
    """A sensor with one measurement characteristic, a battery, and texts about itself.

    Faults may be set while it runs: `mute`, `refusing`, and the methods `drop`, `unplug`, `lose_bond`, `set_battery`.
    """

    period = 1.0
    "Seconds between two ticks."

    SERVICE: str
    MEASUREMENT: str
    INDICATES = False
    ALSO: tuple[str, ...] = ()
    "Services that it advertises beside its own."
    MODEL = "virtual sensor"
    ADVERTISED = ""
    "What stands before the name in advertisements."
    CLOCK = False
    "Whether it has a clock that can be read and set."

    def __init__(
        self,
        name: str,
        source: Source,
        radio: Radio,
        address: str,
        *,
        every: float = 1.0,
        battery: int = 87,
    ) -> None:
        """Describe the sensor; `start` makes it heard.

        Args:
            name: its name in the configuration, and what it advertises.
            source: whom it measures.
            radio: the virtual air.
            address: its Bluetooth address.
            every: seconds between two measurements.
            battery: percent.
        """
        self.name = name
        self.source = source
        self.told = 0
        "Values that a host has taken."
        self.connects = 0
        "Links that were made with it."
        self.pairings = 0
        "Bonds that were made with it."
        self.mute = False
        "A fault: it stays connected and says nothing."
        self.refusing = False
        "A fault: it ends every link soon after it is made."
        self.clock_error = 0.0
        "Seconds that its own clock is ahead."
        self.pin: int | None = None
        "Six digits that a host must know to pair; none for a sensor that pairs with anybody."
        self._address = address
        self._every = every
        self._next: float | None = None
        self._now = 0.0
        self._plugged = False
        self._endings: set[asyncio.Task[None]] = set()
        self._device = radio.peripheral(name, address)
        self._device.on(Device.EVENT_CONNECTION, self._connected)
        self._device.pairing_config_factory = lambda _connection: PairingConfig(
            sc=True, mitm=self.pin is not None, bonding=True, delegate=_Delegate(self.pin)
        )
        told = Properties.INDICATE if self.INDICATES else Properties.NOTIFY
        self._measurement = characteristic(self.MEASUREMENT, told)
        self._battery = characteristic(
            "2a19", Properties.READ | Properties.NOTIFY, READABLE, bytes(BatteryLevel(battery))
        )
        self._device.add_services(list(self._services()))
        self._device.advertising_data = self._advertisement()

    @property
    def place(self) -> str:
        """Where hosts find it."""
        return self._address

    @property
    def connected(self) -> bool:
        """Whether a host is connected."""
        return bool(self._device.connections)

    @property
    def bonded(self) -> bool:
        """Whether it keeps a bond with any host."""
        return bool(getattr(self._device.keystore, "all_keys", None))

    # What a kind of sensor adds

    def characteristics(self) -> Iterable[Characteristic[bytes]]:
        """Return what its own service has beside the measurement."""
        return ()

    def services(self) -> Iterable[Service]:
        """Return its services beside its own, battery, clock and device information."""
        return ()

    async def due(self, now: float) -> None:
        """Measure and tell, when a host listens and a measurement is due. `now` is seconds UTC."""
        raise NotImplementedError

    # Its life

    async def start(self) -> None:
        """Switch it on."""
        await self._device.power_on()
        await self.plug()

    async def stop(self) -> None:
        """Switch it off."""
        await self.unplug()
        await self._device.power_off()

    async def plug(self) -> None:
        """Bring it within reach."""
        if self._plugged:
            return
        self._plugged = True
        await self._device.start_advertising(
            auto_restart=True,
            advertising_interval_min=ADVERTISING_INTERVAL,
            advertising_interval_max=ADVERTISING_INTERVAL,
        )

    async def unplug(self) -> None:
        """Take it out of reach: the link is lost and nothing is heard any more."""
        if not self._plugged:
            return
        self._plugged = False
        await self._device.stop_advertising()
        await self.drop()

    async def tick(self, now: float) -> None:
        """Let its time go on to `now`, seconds UTC."""
        self._now = now
        if not self.mute:
            await self.due(now)

    # Faults

    async def drop(self) -> None:
        """Lose the link, and be there for the next one."""
        for connection in list(self._device.connections.values()):
            await self._end(connection)

    async def lose_bond(self) -> None:
        """Forget every host, as after a change of batteries; links are lost with it."""
        if self._device.keystore is not None:
            for host, _ in await self._device.keystore.get_all():
                await self._device.keystore.delete(host)
        await self.drop()

    async def set_battery(self, percent: int) -> None:
        """Change the battery's charge, and tell who listens."""
        self._battery.value = bytes(BatteryLevel(percent))
        await self._device.notify_subscribers(self._battery, self._battery.value)

    # For kinds of sensor

    def stamp(self, now: float) -> DateTime:
        """Return what the sensor's own clock shows at `now`, seconds UTC."""
        return DateTime.of(round(now + self.clock_error) * SECOND)

    def subscribed(self, to: Characteristic[bytes]) -> bool:
        """Tell whether a host listens to a characteristic."""
        subscribers: dict[Any, dict[int, bytes]] = self._device.gatt_server.subscribers
        return any(any(table.get(to.handle, b"")) for table in subscribers.values())

    async def tell(self, value: bytes, to: Characteristic[bytes] | None = None) -> bool:
        """Notify or indicate the measurement, or another characteristic; tell whether a host has taken it."""
        target = to or self._measurement
        if not self.subscribed(target):
            return False
        indicates = bool(target.properties & Properties.INDICATE)
        send: Callable[..., Any] = (
            self._device.indicate_subscribers if indicates else self._device.notify_subscribers
        )
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                await send(target, value)
        except (BaseBumbleError, TimeoutError, asyncio.InvalidStateError) as error:
            # The host went in between; a meter keeps its value for the next one.
            _log.info("virtual sensor %s could not tell its value: %s", self.name, error)
            return False
        if target is self._measurement:
            self.told += 1
        return True

    def protect(self, target: Characteristic[bytes]) -> None:
        """Let only bonded hosts subscribe to a characteristic."""
        value: Any = self._device.gatt_server.make_descriptor_value(target)
        permissions = READABLE | Permissions.WRITEABLE | Permissions.WRITE_REQUIRES_ENCRYPTION
        target.descriptors = [
            *target.descriptors,
            Descriptor(GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, permissions, value),
        ]

    def _services(self) -> Iterable[Service]:
        yield Service(UUID(self.SERVICE), [self._measurement, *self.characteristics()])
        yield Service(UUID.from_16_bits(0x180F), [self._battery])
        texts = {"2a29": "Veilleuse", "2a24": self.MODEL, "2a25": self.name}
        yield Service(
            UUID.from_16_bits(0x180A),
            [
                characteristic(number, Properties.READ, READABLE, bytes(device_information.Text(text)))
                for number, text in texts.items()
            ],
        )
        if self.CLOCK:
            shown: CharacteristicValue[bytes] = CharacteristicValue(self._show_clock, self._set_clock)
            yield Service(
                UUID.from_16_bits(0x1805),
                [
                    characteristic(
                        current_time.UUID,
                        Properties.READ | Properties.WRITE,
                        READABLE | Permissions.WRITEABLE,
                        shown,
                    )
                ],
            )
        yield from self.services()

    def _advertisement(self) -> bytes:
        return bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    (
                        AdvertisingData.COMPLETE_LOCAL_NAME,
                        (self.ADVERTISED + self.name).encode()[: MAX_NAME - 2 * len(self.ALSO)],
                    ),
                    (
                        AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                        b"".join(struct.pack("<H", int(each, 16)) for each in (self.SERVICE, *self.ALSO)),
                    ),
                ]
            )
        )

    def _show_clock(self, _connection: object) -> bytes:
        return bytes(CurrentTime.of(round((self._now + self.clock_error) * SECOND)))

    def _set_clock(self, _connection: object, value: bytes) -> None:
        try:
            utc = CurrentTime.parse(value).utc
        except DecodeError as error:
            _log.warning("virtual sensor %s was given no time: %s", self.name, error)
            return
        if utc is not None:
            self.clock_error = utc / SECOND - self._now

    def _paired(self, _keys: object) -> None:
        self.pairings += 1

    def _connected(self, connection: Connection) -> None:
        self.connects += 1
        connection.on(Connection.EVENT_PAIRING, self._paired)
        if self.refusing:
            self.later(self._refuse(connection), "refusal")

    def later(self, work: Any, what: str) -> asyncio.Task[None]:
        """Do something that a callback cannot wait for."""
        task = asyncio.create_task(work, name=f"sensor {self.name}/{what}")
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        return task

    async def _refuse(self, connection: Connection) -> None:
        await asyncio.sleep(REFUSAL)
        await self._end(connection)

    async def _end(self, connection: Connection) -> None:
        try:
            await connection.disconnect(HCI_CONNECTION_TIMEOUT_ERROR)
        except BaseBumbleError as error:
            # The host was faster.
            _log.debug("virtual sensor %s: ending a link failed: %s", self.name, error)
