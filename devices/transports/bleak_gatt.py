"""A Bluetooth LE sensor through bleak: find, connect, subscribe, and let go whatever happens.

What real BlueZ taught (howto "BLE without hardware", part 4.3) is kept here: a fresh `BleakClient` for each attempt,
one connection being made at a time on an adapter, a time-out on every operation, no trust in handles or in the order
of services.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.base import (
    BlePlace,
    Chunk,
    DeviceDeniedError,
    DeviceNotFoundError,
    LinkLostError,
    LinkNeeds,
    LinkTimeoutError,
    Outgoing,
    TransportError,
)
from devices.transports.inbox import Inbox

_log = logging.getLogger(__name__)

FIND_TIMEOUT = 15.0
"Seconds to listen for a sensor. Meters advertise for some seconds after use, at up to 1 s intervals."

CONNECT_TIMEOUT = 20.0
"Seconds for connection and discovery of services; 0.3 s is usual, BlueZ's own limit is 40 s."

OPERATION_TIMEOUT = 5.0
"Seconds for one read, write or subscription; a read that needs pairing hung for 2 minutes with BlueZ."

DISCONNECT_TIMEOUT = 5.0
"Seconds for the goodbye; BlueZ takes 2 to 3."

_SIG_SUFFIX = "-0000-1000-8000-00805f9b34fb"


class BleRadio:
    """One Bluetooth adapter, shared by every sensor of a process.

    The base class is the machine's own adapter through BlueZ; another backend gives its classes and overrides
    `ready` and `close`.
    """

    def __init__(
        self,
        *,
        adapter: str = "",
        scanner: type[BaseBleakScanner] | None = None,
        client: type[BaseBleakClient] | None = None,
    ) -> None:
        """Describe the adapter; nothing is opened yet.

        Args:
            adapter: its name, such as `hci1`; empty for the system's choice.
            scanner: bleak backend class; `None` for the platform's.
            client: bleak backend class; `None` for the platform's.
        """
        self.connecting = asyncio.Lock()
        self._adapter = adapter
        self._scanner = scanner
        self._client = client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def ready(self) -> None:
        """Make sure that the adapter answers, as far as that can be known.

        Raises:
            TransportError: it does not.
        """

    async def close(self) -> None:
        """Let go of the adapter."""

    async def find(self, place: BlePlace, limit: float = FIND_TIMEOUT) -> BLEDevice:
        """Listen until a sensor fits.

        Raises:
            ConfigError: the place fits every sensor; the nearest stranger's would be taken.
            DeviceNotFoundError: none did within `limit` seconds.
            TransportError: the adapter does not work.
        """
        if not (place.address or place.name_prefix or place.services):
            raise ConfigError("bluetooth sensor has neither an address nor a name or service to be found by")
        await self.ready()
        wanted = {f"0000{service}{_SIG_SUFFIX}" for service in place.services}

        def fits(device: BLEDevice, advertisement: AdvertisementData) -> bool:
            if place.address:
                return device.address.lower() == place.address.lower()
            name = advertisement.local_name or ""
            return name.startswith(place.name_prefix) and wanted <= set(advertisement.service_uuids)

        with _translated(describe(place)):
            device = await BleakScanner.find_device_by_filter(fits, limit, **self._scan_options())
        if device is None:
            raise DeviceNotFoundError(f"sensor {describe(place)} was not heard in {limit:g} s")
        return device

    def _scan_options(self) -> BleakScanner.ExtraArgs:
        # bleak takes a missing backend as the platform's, but a backend of None as a type error.
        options: BleakScanner.ExtraArgs = {}
        if self._scanner is not None:
            options["backend"] = self._scanner
        if self._adapter:
            options["bluez"] = {"adapter": self._adapter}
        return options

    def client(self, device: BLEDevice, lost: Callable[[BleakClient], None]) -> BleakClient:
        """Return a client that was never used; one that failed must not be used again.

        Args:
            device: what `find` returned.
            lost: called when the link is gone.
        """
        bluez: BlueZClientArgs = {"adapter": self._adapter} if self._adapter else {}
        return BleakClient(device, lost, timeout=CONNECT_TIMEOUT, backend=self._client, bluez=bluez)


class GattLink:
    """A connected sensor with its subscriptions. Made by `GattLink.open`."""

    def __init__(self, radio: BleRadio, device: BLEDevice, name: str, clock: Clock) -> None:
        """Prepare a link; `connect` makes it. Needs a running loop."""
        self._radio = radio
        self._name = name
        self._clock = clock
        self._inbox = Inbox(asyncio.get_running_loop())
        self._client = radio.client(device, self._lost)
        self._characteristics: dict[str, BleakGATTCharacteristic] = {}
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls, place: BlePlace, needs: LinkNeeds, clock: Clock, radio: BleRadio
    ) -> AsyncIterator[GattLink]:
        """Find, connect and subscribe; leaving the context disconnects.

        Raises:
            TransportError: any of it failed; nothing is left behind.
        """
        device = await radio.find(place)
        link = cls(radio, device, describe(place), clock)
        try:
            await link.connect(needs)
            yield link
        finally:
            await link.close()

    async def connect(self, needs: LinkNeeds) -> None:
        """Connect, subscribe, and read what is to be read once.

        Raises:
            TransportError: it failed; the link must be closed and a new one made.
        """
        with _translated(self._name):
            async with self._radio.connecting, asyncio.timeout(CONNECT_TIMEOUT):
                await self._client.connect()
            # The order and the handles differ between stacks; only the UUIDs are the sensor's.
            for characteristic in self._client.services.characteristics.values():
                self._characteristics.setdefault(short_uuid(characteristic.uuid), characteristic)
            await self._subscribe(needs.notify)
            await self._read(needs.read)

    @property
    def overruns(self) -> int:
        """Chunks dropped because nobody fetched them in time."""
        return self._inbox.overruns

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Yield notifications, indications and what was read.

        Raises:
            LinkLostError: the sensor disconnected or went out of reach.
        """
        while True:
            yield await self._inbox.get()

    async def write(self, outgoing: Outgoing) -> None:
        """Write a characteristic, with response where it has one.

        Raises:
            TransportError: the sensor has no such characteristic, refuses, or is gone.
        """
        characteristic = self._characteristics.get(outgoing.target)
        if characteristic is None:
            raise TransportError(f"sensor {self._name} has no characteristic {outgoing.target!r}")
        if not {"write", "write-without-response"} & set(characteristic.properties):
            raise TransportError(f"sensor {self._name} lets nobody write characteristic {outgoing.target!r}")
        response = "write" in characteristic.properties
        with _translated(self._name):
            async with asyncio.timeout(OPERATION_TIMEOUT):
                await self._client.write_gatt_char(characteristic, outgoing.data, response=response)

    async def close(self) -> None:
        """Disconnect."""
        if self._closed:
            return
        self._closed = True
        self._inbox.fail(LinkLostError(f"sensor {self._name}: link is closed"))
        try:
            async with asyncio.timeout(DISCONNECT_TIMEOUT):
                await self._client.disconnect()
        except (BleakError, TimeoutError, OSError, EOFError) as error:
            # Nothing is left to be done with this client; the next attempt makes another.
            _log.debug("sensor %s: disconnecting failed: %s", self._name, error)

    async def _subscribe(self, wanted: tuple[str, ...]) -> None:
        present = [self._characteristics[name] for name in wanted if name in self._characteristics]
        if wanted and not present:
            raise TransportError(f"sensor {self._name} has none of the characteristics {', '.join(wanted)}")
        for characteristic in present:
            if not {"notify", "indicate"} & set(characteristic.properties):
                continue
            async with asyncio.timeout(OPERATION_TIMEOUT):
                await self._client.start_notify(characteristic, self._notified)

    async def _read(self, wanted: tuple[str, ...]) -> None:
        for name in wanted:
            characteristic = self._characteristics.get(name)
            if characteristic is None or "read" not in characteristic.properties:
                continue
            try:
                async with asyncio.timeout(OPERATION_TIMEOUT):
                    self._notified(characteristic, await self._client.read_gatt_char(characteristic))
            except BleakGATTProtocolError as error:
                # A battery level that needs pairing is no reason to do without the pulse.
                _log.info("sensor %s refuses to have %s read: %s", self._name, name, error)

    def _notified(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        self._inbox.put(Chunk(short_uuid(characteristic.uuid), bytes(data), self._clock.utc()))

    def _lost(self, _client: BleakClient) -> None:
        self._inbox.fail(LinkLostError(f"sensor {self._name} disconnected"))


def short_uuid(uuid: str) -> str:
    """Return the 16-bit form of a Bluetooth SIG UUID in lower-case hex, another UUID unchanged."""
    lower = uuid.lower()
    if lower.startswith("0000") and lower.endswith(_SIG_SUFFIX):
        return lower[4:8]
    return lower


def describe(place: BlePlace) -> str:
    """Return what a place is called in errors."""
    if place.address:
        return place.address
    return f"{place.name_prefix}* with services {', '.join(sorted(place.services)) or 'any'}"


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what bleak and its backends raise into the project's errors."""
    try:
        yield
    except BleakDeviceNotFoundError:
        raise DeviceNotFoundError(f"sensor {name} is not within reach") from None
    except BleakBluetoothNotAvailableError as error:
        raise DeviceDeniedError(f"bluetooth is not available: {error}") from error
    except TimeoutError:
        raise LinkTimeoutError(f"sensor {name} did not answer in time") from None
    except (BleakError, OSError, EOFError) as error:
        raise TransportError(f"sensor {name}: {str(error) or type(error).__name__}") from error
