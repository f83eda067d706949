"""A virtual Bluetooth adapter of this machine's kernel: a controller on the virtual air, reached through /dev/vhci.

To the kernel and to BlueZ it is an adapter like one in a USB socket, so whatever speaks to `org.bluez` hears the virtual
sensors. It needs a kernel with `CONFIG_BT_HCIVHCI` and the right to open /dev/vhci.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

from bumble import hci
from bumble.core import InvalidPacketError
from bumble.transport.common import ParserSource

from devices.errors import ConfigError
from devices.simulators.radio import Radio, RadioController

_log = logging.getLogger(__name__)

DEVICE = Path("/dev/vhci")

ADDRESS = "00:16:A4:01:00:01"
"Public address of the adapter unless told."

LARGEST_PACKET = 2048
"Octets of one HCI packet; the kernel gives one with each read."

_VENDOR_PACKET = 0xFF
_PRIMARY_CONTROLLER = 0x00

# Without these the kernel uses the older commands, whose events bumble's controller sends rightly (howto "BLE without
# hardware", part 2: it never sends LE Enhanced Connection Complete).
_UNSUPPORTED = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING


class KernelAdapter(ParserSource):
    """One adapter; it is there from `open` to `close`."""

    def __init__(self, descriptor: int, radio: Radio, address: str) -> None:
        """Take over an open device; use `KernelAdapter.open`."""
        super().__init__()
        self._descriptor = descriptor
        self._radio = radio
        public = hci.Address(f"{address}/P")
        self.controller = RadioController(f"adapter {address}", self, self, radio, public)
        self.controller.le_features &= ~_UNSUPPORTED
        self._index: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._closed = False

    @classmethod
    async def open(cls, radio: Radio, address: str = ADDRESS) -> KernelAdapter:
        """Plug an adapter in.

        Raises:
            ConfigError: this machine's kernel lets us have none.
        """
        try:
            descriptor = os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise ConfigError(f"virtual adapter {DEVICE} cannot be had: {error.strerror}") from error
        adapter = cls(descriptor, radio, address)
        asyncio.get_running_loop().add_reader(descriptor, adapter._readable)
        os.write(descriptor, bytes([_VENDOR_PACKET, _PRIMARY_CONTROLLER]))
        await adapter._index
        return adapter

    @property
    def name(self) -> str:
        """The kernel's name of it, such as `hci0`."""
        return f"hci{self._index.result()}"

    def on_packet(self, packet: bytes) -> None:
        """Hand the controller's packet to the kernel."""
        if self._closed:
            return
        try:
            os.write(self._descriptor, packet)
        except OSError as error:
            # The kernel refuses packets of an adapter that it is taking down.
            _log.debug("adapter %s: a packet was refused: %s", self.controller.name, error)

    def close(self) -> None:
        """Pull the adapter out; whoever is connected through it loses the link."""
        if self._closed:
            return
        self._closed = True
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._radio.remove(self.controller)
        self.on_transport_lost()

    def _readable(self) -> None:
        try:
            packet = os.read(self._descriptor, LARGEST_PACKET)
        except BlockingIOError:
            return
        if packet[:1] == bytes([_VENDOR_PACKET]):
            if not self._index.done():
                self._index.set_result(int.from_bytes(packet[2:4], "little"))
            return
        try:
            self.parser.feed_data(packet)
        except InvalidPacketError as error:
            _log.warning("adapter %s: the kernel sent no HCI: %s", self.controller.name, error)
