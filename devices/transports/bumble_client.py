"""bleak's scanner and client on bumble's host stack, over an adapter that `bumble_backend` opens."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from bleak import BleakScanner
from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import core, gatt, gatt_client, hci
from bumble.device import Advertisement, Connection, Device, Peer

from devices.transports.base import PairingRefusedError

_T = TypeVar("_T")

CANCEL_TIMEOUT = 1.0
"Seconds for the controller to call an attempt off; it answers within some milliseconds or never."

MTU = 247
"Largest ATT packet asked for: what one link-layer packet of 251 bytes carries."

_PROPERTIES: dict[gatt.Characteristic.Properties, CharacteristicPropertyName] = {
    gatt.Characteristic.Properties.BROADCAST: "broadcast",
    gatt.Characteristic.Properties.READ: "read",
    gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    gatt.Characteristic.Properties.WRITE: "write",
    gatt.Characteristic.Properties.NOTIFY: "notify",
    gatt.Characteristic.Properties.INDICATE: "indicate",
}


class Linked(Protocol):
    """A client whose link stands."""

    def disconnected(self, reason: object) -> None:
        """Forget the link."""
        ...


class Host(Protocol):
    """What scanner and client need of the radio."""

    scanner: type[BaseBleakScanner]
    clients: set[Linked]

    @property
    def device(self) -> Device:
        """The host stack."""
        ...

    async def ready(self) -> int:
        """Open the adapter."""
        ...

    async def run(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Await an operation of the host stack."""
        ...

    async def scan(self, listener: Callable[[Advertisement], None], *, active: bool) -> None:
        """Start to hear advertisements."""
        ...

    async def stop_scan(self, listener: Callable[[Advertisement], None]) -> None:
        """Stop to hear advertisements."""
        ...

    async def bonded(self, address: str) -> bool:
        """Tell whether there is a bond."""
        ...

    async def forget_bond(self, address: str) -> None:
        """Forget a bond."""
        ...


def scanner_of(host: Host) -> type[BaseBleakScanner]:
    """Return a class of scanners of one radio: bleak is given classes and makes the objects itself."""
    return type("BumbleScanner", (_Scanner,), {"radio": host})


def client_of(host: Host) -> type[BaseBleakClient]:
    """Return a class of clients of one radio."""
    return type("BumbleClient", (_Client,), {"radio": host})


class _Scanner(BaseBleakScanner):
    """bleak's scanner on a `BumbleRadio`."""

    radio: ClassVar[Host]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"],
        **_options: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        self.seen_devices = {}
        await self.radio.ready()
        await self.radio.scan(self._heard, active=self._active)

    async def stop(self) -> None:
        await self.radio.stop_scan(self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        data = advertisement_data(advertisement)
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        name = data.local_name or address.replace(":", "-")
        device = self.create_or_update_device(address, address, name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


class _Client(BaseBleakClient):
    """bleak's client on a `BumbleRadio`."""

    radio: ClassVar[Host]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        services: set[str] | None = None,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **_options: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        known = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._target: hci.Address | None = known.details if known else None
        self._name = (known.name if known else None) or self.address.replace(":", "-")
        self._wanted = services
        self._connection: Connection | None = None
        self._listeners: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: object, **_options: Any) -> None:
        if self._connection:
            raise BleakError("client is already connected")
        await self.radio.ready()
        target = self._target or await self._find()
        try:
            connection = await self.radio.run(_connect(self.radio.device, target, self._timeout))
            self._connection = connection
            self.radio.clients.add(self)
            connection.on(connection.EVENT_DISCONNECTION, self.disconnected)
            peer = Peer(connection)
            await self.radio.run(peer.request_mtu(MTU))
            if pair:
                await self._secure(connection)
            self.services = await self.radio.run(self._discover(peer))
        except BaseException:
            with suppress(BleakError):
                await self.disconnect()
            raise

    async def disconnect(self) -> None:
        if self._connection:
            await self.radio.run(self._connection.disconnect())

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        await self._secure(self._linked())

    async def unpair(self) -> None:
        await self.radio.forget_bond(self.address)
        await self.disconnect()

    async def _secure(self, connection: Connection) -> None:
        """Encrypt with the bond that there is, or make one.

        Raises:
            PairingRefusedError: the sensor refuses.
        """
        doing = "encrypting" if await self.radio.bonded(self.address) else "pairing"
        operation = connection.encrypt() if doing == "encrypting" else connection.pair()
        try:
            await self.radio.run(_awaited(operation))
        except BleakError as error:
            raise PairingRefusedError(f"sensor {self.address}: {doing}: {error}") from error

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_options: Any
    ) -> bytearray:
        return bytearray(await self._attribute(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_options: Any
    ) -> bytearray:
        return bytearray(await self._attribute(descriptor.obj.read_value()))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: object
    ) -> None:
        await self._attribute(characteristic.obj.write_value(bytes(data), with_response=bool(response)))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        await self._attribute(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_options: Any
    ) -> None:
        def heard(value: bytes) -> None:
            callback(bytearray(value))

        self._listeners[characteristic.handle] = heard
        await self._attribute(characteristic.obj.subscribe(heard))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        heard = self._listeners.pop(characteristic.handle, None)
        await self._attribute(characteristic.obj.unsubscribe(heard))

    def disconnected(self, reason: object) -> None:
        """Forget the link; the radio calls it too, when the whole adapter is lost."""
        if self._connection is None:
            return
        self._connection = None
        self.services = None
        self._listeners.clear()
        self.radio.clients.discard(self)
        if self._disconnected_callback:
            self._disconnected_callback()

    async def _find(self) -> hci.Address:
        device = await BleakScanner.find_device_by_address(
            self.address, self._timeout, backend=self.radio.scanner
        )
        if device is None:
            raise BleakDeviceNotFoundError(self.address, f"device {self.address} was not heard")
        self._name = device.name or self._name
        address: hci.Address = device.details
        return address

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            name = long_uuid(service.uuid)
            if self._wanted and name not in self._wanted:
                continue
            entry = BleakGATTService(service, service.handle, name)
            found.add_service(entry)
            for characteristic in await service.discover_characteristics():
                await self._add(found, entry, characteristic)
        return found

    async def _add(
        self,
        found: BleakGATTServiceCollection,
        service: BleakGATTService,
        characteristic: gatt_client.CharacteristicProxy[Any],
    ) -> None:
        properties = [name for bit, name in _PROPERTIES.items() if characteristic.properties & bit]
        entry = BleakGATTCharacteristic(
            characteristic,
            characteristic.handle,
            long_uuid(characteristic.uuid),
            properties,
            lambda: self.mtu_size - 3,
            service,
        )
        found.add_characteristic(entry)
        for descriptor in await characteristic.discover_descriptors():
            found.add_descriptor(
                BleakGATTDescriptor(descriptor, descriptor.handle, long_uuid(descriptor.type), entry)
            )

    def _linked(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    async def _attribute(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Await an ATT operation; it ends at once when the link does."""
        try:
            connection = self._linked()
        except BleakError:
            operation.close()
            raise
        return await self.radio.run(_awaited(connection.cancel_on_disconnection(operation)))


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its tidying up, but not long: a lost adapter never answers."""
    task.cancel()
    _, pending = await asyncio.wait({task}, timeout=CANCEL_TIMEOUT)
    if pending:
        task.cancel()
        await asyncio.wait(pending)


async def _awaited(operation: Awaitable[_T]) -> _T:
    return await operation


async def _connect(device: Device, target: hci.Address, limit: float) -> Connection:
    """Connect; when cancelled, call the attempt off in the controller too, which would refuse every later one."""
    attempt = asyncio.ensure_future(device.connect(target, timeout=limit))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        with suppress(core.BaseBumbleError, hci.HCI_Error):
            await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
            await (await attempt).disconnect()
        raise
    finally:
        attempt.cancel()


def advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    """Return an advertisement in bleak's form."""
    fields = core.AdvertisingData
    data = advertisement.data
    services = [
        *data.get_all(fields.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS),
        *data.get_all(fields.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS),
        *data.get_all(fields.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS),
        *data.get_all(fields.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS),
    ]
    return AdvertisementData(
        local_name=data.get(fields.COMPLETE_LOCAL_NAME) or data.get(fields.SHORTENED_LOCAL_NAME),
        manufacturer_data=dict(data.get_all(fields.MANUFACTURER_SPECIFIC_DATA)),
        service_data={long_uuid(key): value for key, value in data.get_all(fields.SERVICE_DATA_16_BIT_UUID)},
        service_uuids=[long_uuid(key) for keys in services for key in keys],
        tx_power=data.get(fields.TX_POWER_LEVEL),
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )


def long_uuid(short: core.UUID) -> str:
    """Return a UUID in its 128-bit form, lower case, as bleak has them."""
    return str(uuid.UUID(bytes=short.to_bytes(force_128=True)[::-1]))
