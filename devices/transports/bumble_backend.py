"""A Bluetooth adapter whose host stack is bumble's, behind bleak's interface.

The adapter is whatever speaks HCI at the other end of a bumble transport: `tcp-client:127.0.0.1:PORT` for the virtual
radio of `veilleuse sensors run`, or a USB dongle that the kernel does not own. Real HCI, L2CAP, ATT and GATT bytes
cross that transport. Bonds are kept in a file when one is given, with the address that they were made under.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Advertisement, Connection, Device
from bumble.keys import JsonKeyStore, KeyStore, MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportInitError, TransportLostError, TransportSpecError

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.air import Sighting
from devices.transports.base import AdapterError, PairingRefusedError
from devices.transports.bumble_client import Linked, cancel, client_of, scanner_of
from devices.transports.pairing import Pairings
from devices.transports.radio import BleRadio

_T = TypeVar("_T")

OPEN_TIMEOUT = 10.0
"Seconds for the adapter to be reset and to answer."

SLOTS = 32
"Links that the virtual radio's controllers and good dongles hold."

_Capability = PairingDelegate.IoCapability


class BumbleRadio(BleRadio):
    """An adapter at the end of a bumble transport; opened when first needed, and again after it was lost."""

    def __init__(
        self, transport: str, *, slots: int = SLOTS, bonds: Path | None = None, clock: Clock | None = None
    ) -> None:
        """Describe the adapter.

        Args:
            transport: bumble's name of it, such as `tcp-client:127.0.0.1:9001`.
            slots: links that it holds at once.
            bonds: file in which bonds survive a restart; memory when not given.
            clock: monotonic times of sightings are its; the machine's when not given.

        Raises:
            ConfigError: the name has no kind and place.
        """
        if ":" not in transport:
            raise ConfigError(f"radio {transport!r} is not KIND:PLACE, such as tcp-client:127.0.0.1:9001")
        scanner = scanner_of(self)
        super().__init__(slots=slots, clock=clock, scanner=scanner, client=client_of(self))
        self._name = transport
        self._opening = asyncio.Lock()
        self._scanning = asyncio.Lock()
        self._transport: Transport | None = None
        self._device: Device | None = None
        self.scanner: type[BaseBleakScanner] = scanner
        self.clients: set[Linked] = set()
        "Those connected now."
        self._bonds = bonds
        self._keystore: KeyStore = MemoryKeyStore()
        self._address: hci.Address | None = None
        self._opened = 0

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

    async def ready(self) -> int:
        """Open the adapter unless it is open and answers; return how often it was opened.

        Raises:
            ConfigError: bumble knows no such kind of transport.
            AdapterError: the adapter is not there or does not answer.
        """
        async with self._opening:
            if not self._gone:
                return self._opened
            await self._let_go()
            self._opened += 1
            try:
                async with asyncio.timeout(OPEN_TIMEOUT):
                    self._transport = await open_transport(self._name)
                    await self._power_on(self._transport)
            except (TransportSpecError, ValueError) as error:
                raise ConfigError(f"radio {self._name!r} cannot be opened: {error}") from None
            except TimeoutError:
                await self._let_go()
                raise AdapterError(f"radio {self._name} did not answer in {OPEN_TIMEOUT:g} s") from None
            except (OSError, TransportInitError, TransportLostError, hci.HCI_Error) as error:
                await self._let_go()
                raise AdapterError(f"radio {self._name} cannot be opened: {error}") from error
        return self._opened

    async def reset(self) -> None:
        """Close the adapter and open it again, which resets its controller."""
        await self._let_go()
        await self.ready()

    async def close(self) -> None:
        """Let go of the adapter; sensors that are still connected hear it."""
        await super().close()
        await self._let_go()

    async def _let_go(self) -> None:
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
                await cancel(task)
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

    # Bonds

    async def bonded(self, address: str) -> bool:
        """Tell whether there is a bond with a sensor."""
        return any(_plain(name) == address.upper() for name, _ in await self._keystore.get_all())

    async def unbond(self, sighting: Sighting) -> None:
        """Forget the bond with a sensor."""
        await self.forget_bond(sighting.address)

    async def forget_bond(self, address: str) -> None:
        """Forget the bond with an address."""
        for name, _ in await self._keystore.get_all():
            if _plain(name) == address.upper():
                await self._keystore.delete(name)

    def _pairing_config(self, connection: Connection) -> PairingConfig:
        address = _plain(str(connection.peer_address))
        return PairingConfig(
            sc=True,
            mitm=self.pairings.has_pin(address),
            delegate=_Delegate(self.pairings, address),
            # The address that links are made under; by default bumble has the sensor keep the bond under another one.
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    async def _power_on(self, transport: Transport) -> None:
        address = self._own_address()
        device = Device.with_hci("veilleuse", address, transport.source, transport.sink)
        device.keystore = self._keystore
        device.pairing_config_factory = self._pairing_config
        await device.power_on()
        transport.source.terminated.add_done_callback(lambda _: self._drop_clients())
        self._device = device

    def _own_address(self) -> hci.Address:
        """Return the address that sensors know this host by: a bond is worth nothing under another one."""
        if self._address is None:
            known = _known_address(self._bonds)
            # A random static address (two top bits set), so that several hosts can share one virtual radio.
            random = hci.Address(bytes([*secrets.token_bytes(5), 0xC0 | secrets.randbelow(0x40)]))
            self._address = hci.Address(known) if known else random
            if self._bonds is not None:
                self._keystore = _Bonds(str(self._address), str(self._bonds))
        return self._address


class _Bonds(JsonKeyStore):
    """Bonds in a file that nobody else may read: with them, a sensor's words can be read and forged."""

    async def save(self, db: dict[str, dict[str, dict[str, Any]]]) -> None:
        """Write the file anew, whole or not at all."""
        _write_private(self.filename, json.dumps(db, sort_keys=True, indent=1))


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class _Delegate(PairingDelegate):
    """Answers one sensor's questions while pairing."""

    def __init__(self, pairings: Pairings, address: str) -> None:
        keyboard = pairings.has_pin(address)
        super().__init__(_Capability.KEYBOARD_INPUT_ONLY if keyboard else _Capability.NO_OUTPUT_NO_INPUT)
        self._pairings = pairings
        self._address = address

    async def accept(self) -> bool:
        """Tell whether this sensor is awaited."""
        return self._admitted()

    async def confirm(self, auto: object = None) -> bool:
        """Tell whether this sensor is awaited."""
        return self._admitted()

    async def compare_numbers(self, number: int, digits: int) -> bool:
        """Tell whether this sensor is awaited: nobody is there who could compare."""
        return self._admitted()

    async def get_number(self) -> int | None:
        """Return the number printed on the sensor."""
        try:
            return self._pairings.passkey(self._address)
        except PairingRefusedError:
            return None

    def _admitted(self) -> bool:
        try:
            self._pairings.admit(self._address)
        except PairingRefusedError:
            return False
        return True


def _plain(name: str) -> str:
    """Return an address without bumble's mark of its kind."""
    return name.partition("/")[0].upper()


def _known_address(bonds: Path | None) -> str:
    """Return the address under which the bonds in a file were made; empty without any.

    Raises:
        ConfigError: the file is no file of bonds.
    """
    if bonds is None or not bonds.exists():
        return ""
    try:
        known = json.loads(bonds.read_text("utf-8"))
        return str(next(iter(known), ""))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"bonds {bonds}: cannot be read: {error}") from None
