"""A Bluetooth adapter whose host stack is bumble's, behind bleak's interface.

The adapter is whatever speaks HCI at the other end of a bumble transport: `tcp-client:127.0.0.1:PORT` for the virtual
radio of `veilleuse sensors run`, or a USB dongle that the kernel does not own. Real HCI, L2CAP, ATT and GATT bytes
cross that transport. Bonds are kept in memory only; no file is written.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, ClassVar, Literal, TypeVar

from bleak import BleakScanner
from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, gatt, gatt_client, hci
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportInitError, TransportLostError, TransportSpecError

from devices.errors import ConfigError
from devices.transports.base import LinkTimeoutError, TransportError
from devices.transports.bleak_gatt import BleRadio

_T = TypeVar("_T")

OPEN_TIMEOUT = 10.0
"Seconds for the adapter to be reset and to answer."

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


class BumbleRadio(BleRadio):
    """An adapter at the end of a bumble transport; opened when first needed, and again after it was lost."""

    def __init__(self, transport: str) -> None:
        """Describe the adapter.

        Args:
            transport: bumble's name of it, such as `tcp-client:127.0.0.1:9001`.

        Raises:
            ConfigError: the name has no kind and place.
        """
        if ":" not in transport:
            raise ConfigError(f"radio {transport!r} is not KIND:PLACE, such as tcp-client:127.0.0.1:9001")
        # Each radio has classes of its own, because bleak is given classes and makes the objects itself.
        scanner = type("BumbleScanner", (_Scanner,), {"radio": self})
        client = type("BumbleClient", (_Client,), {"radio": self})
        super().__init__(scanner=scanner, client=client)
        self._name = transport
        self._opening = asyncio.Lock()
        self._scanning = asyncio.Lock()
        self._transport: Transport | None = None
        self._device: Device | None = None
        self.scanner: type[BaseBleakScanner] = scanner
        self.clients: set[_Client] = set()
        "Those connected now."

    @property
    def device(self) -> Device:
        """The host stack.

        Raises:
            BleakError: the adapter is not open.
        """
        if self._device is None or self._gone:
            raise BleakError(f"radio {self._name} is gone")
        return self._device

    @property
    def _gone(self) -> bool:
        return self._transport is None or self._transport.source.terminated.done()

    async def ready(self) -> None:
        """Open the adapter unless it is open and answers.

        Raises:
            ConfigError: bumble knows no such kind of transport.
            TransportError: the adapter is not there or does not answer.
        """
        async with self._opening:
            if not self._gone:
                return
            await self.close()
            try:
                async with asyncio.timeout(OPEN_TIMEOUT):
                    self._transport = await open_transport(self._name)
                    await self._power_on(self._transport)
            except (TransportSpecError, ValueError) as error:
                raise ConfigError(f"radio {self._name!r} cannot be opened: {error}") from None
            except TimeoutError:
                await self.close()
                raise LinkTimeoutError(f"radio {self._name} did not answer in {OPEN_TIMEOUT:g} s") from None
            except (OSError, TransportInitError, TransportLostError, hci.HCI_Error) as error:
                await self.close()
                raise TransportError(f"radio {self._name} cannot be opened: {error}") from error

    async def close(self) -> None:
        """Let go of the adapter; sensors that are still connected hear it."""
        self._device = None
        transport, self._transport = self._transport, None
        self._drop_clients()
        if transport is not None:
            await transport.close()

    def _drop_clients(self) -> None:
        for client in list(self.clients):
            client.disconnected(hci.HCI_ErrorCode.HARDWARE_FAILURE_ERROR)

    async def run(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Await an operation of the host stack; fail at once when the adapter is lost.

        Raises:
            BleakError: the adapter is gone, or the stack refuses.
            BleakGATTProtocolError: the sensor refuses.
        """
        transport = self._transport
        if transport is None:
            operation.close()
            raise BleakError(f"radio {self._name} is gone")
        task = asyncio.ensure_future(operation)
        either: set[asyncio.Future[Any]] = {task, transport.source.terminated}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                await _cancel(task)
        if task.cancelled() or not task.done():
            raise BleakError(f"radio {self._name} is gone, or the link is")
        try:
            return task.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except core.TimeoutError:
            raise TimeoutError from None
        except (core.BaseBumbleError, hci.HCI_Error) as error:
            raise BleakError(str(error) or type(error).__name__) from error

    async def scan(self, listener: Callable[[Advertisement], None], *, active: bool) -> None:
        """Start to hear advertisements; several listeners share one scan."""
        async with self._scanning:
            device = self.device
            device.on(device.EVENT_ADVERTISEMENT, listener)
            if not device.is_scanning:
                await self.run(device.start_scanning(active=active, filter_duplicates=False))

    async def stop_scan(self, listener: Callable[[Advertisement], None]) -> None:
        """Stop to hear advertisements; the last listener ends the scan."""
        async with self._scanning:
            device = self._device
            if device is None or self._gone:
                return
            device.remove_listener(device.EVENT_ADVERTISEMENT, listener)
            if device.is_scanning and not device.listeners(device.EVENT_ADVERTISEMENT):
                with suppress(BleakError):
                    await self.run(device.stop_scanning())

    async def _power_on(self, transport: Transport) -> None:
        # A random static address (two top bits set), so that several hosts can share one virtual radio.
        address = hci.Address(bytes([*secrets.token_bytes(5), 0xC0 | secrets.randbelow(0x40)]))
        device = Device.with_hci("veilleuse", address, transport.source, transport.sink)
        await device.power_on()
        transport.source.terminated.add_done_callback(lambda _: self._drop_clients())
        self._device = device


class _Scanner(BaseBleakScanner):
    """bleak's scanner on a `BumbleRadio`."""

    radio: ClassVar[BumbleRadio]

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

    radio: ClassVar[BumbleRadio]

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
                await self.radio.run(connection.pair())
            self.services = await self.radio.run(self._discover(peer))
        except BaseException:
            with suppress(BleakError):
                await self.disconnect()
            raise

    async def disconnect(self) -> None:
        if self._connection:
            await self.radio.run(self._connection.disconnect())

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        await self.radio.run(self._linked().pair())

    async def unpair(self) -> None:
        keystore = self.radio.device.keystore
        if keystore:
            await self.radio.run(keystore.delete(self.address))
        await self.disconnect()

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

    def disconnected(self, _reason: object) -> None:
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


async def _cancel(task: asyncio.Task[Any]) -> None:
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
