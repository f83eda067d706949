"""The virtual air: an emulated link with one controller per sensor, and one per host that comes over TCP.

A host is an edge's bumble stack. It speaks HCI (H4 framing) to the TCP port exactly as to a USB dongle; each
connection gets a controller of its own, which vanishes with it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import Any

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import InvalidPacketError, PhysicalTransport
from bumble.device import Device
from bumble.link import LocalLink
from bumble.transport.common import ParserSource

_log = logging.getLogger(__name__)

MAX_BACKLOG = 1 << 20
"Bytes that may wait for one host; a host that does not read is cut off, so that it costs no memory."


class Radio(LocalLink):
    """The medium. Mends what bumble 0.0.236 does wrong in its own (howto "BLE without hardware", part 2)."""

    controllers: set[Controller]

    feature_delay = 0.0
    """Seconds that a sensor takes to tell its features. A real one needs a connection event or two; at once is faster
    than BlueZ expects, and brings out a race in it (howto, part 4.3)."""

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Deliver data under the address that the link was made with.

        bumble stamps it with the sender's random address, so that nothing arrives from a host with a public one.
        """
        link = sender_controller.le_connections.get(destination_address)
        if transport != PhysicalTransport.LE or link is None:
            return
        receiver = self.find_le_controller(destination_address)
        if receiver is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, link.self_address, transport, data)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Deliver an advertisement to those who listen, a connection request to everyone.

        bumble wakes every controller for every advertisement, which grows with the square of the sensors.
        """
        loop = asyncio.get_running_loop()
        request = isinstance(packet, ll.ConnectInd)
        for receiver in self.controllers:
            listens = receiver.le_scan_enable or receiver.pending_le_connection is not None
            if isinstance(receiver, RadioController) and receiver.deaf:
                continue
            if receiver is not sender_controller and (request or listens):
                loop.call_soon(receiver.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Deliver a control packet; to a controller that has vanished, to nobody, as in the air."""
        receiver = self.find_le_controller(receiver_address)
        if receiver is None:
            return
        loop = asyncio.get_running_loop()
        if self.feature_delay and isinstance(packet, ll.FeatureRsp):
            # Only this one: an encryption packet that comes later than the data it encrypts would break pairing.
            loop.call_later(self.feature_delay, receiver.on_ll_control_pdu, sender_address, packet)
        else:
            loop.call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    def peripheral(self, name: str, address: str) -> Device:
        """Return a host stack on a controller of its own, for a sensor; it still has to be powered on."""
        controller = RadioController(name, link=self)
        # bumble's controller is source and sink at once, but its source protocol asks for a type it does not carry.
        source: Any = controller
        return Device.with_hci(name, hci.Address(address), source, controller)

    def remove(self, controller: Controller) -> None:
        """Take a controller off the air; those connected with it lose their link."""
        for link in list(controller.le_connections.values()):
            link.send_ll_control_pdu(ll.TerminateInd(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR))
        controller.le_connections.clear()
        controller.le_legacy_advertiser.stop()
        for advertising in controller.advertising_sets.values():
            advertising.stop()
        self.controllers.discard(controller)


class RadioController(Controller):
    """bumble's emulated controller with a connection attempt that can be called off, and a reset that resets."""

    deaf = False
    "A fault: it works, and hears no advertisement until it is reset."

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Forget links, scan and attempt; bumble's keeps them, and the sensors would stay connected to nobody."""
        for link in list(self.le_connections.values()):
            link.send_ll_control_pdu(ll.TerminateInd(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR))
        self.le_connections.clear()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.deaf = False
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Answer as real controllers do; bumble's forgets to end the attempt, and refuses every later one."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, event)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


class _HostConnection(asyncio.Protocol, ParserSource):
    """One host at the HCI port: parses its packets into a controller, and writes the controller's back."""

    def __init__(self, radio: Radio, number: int, open_connections: set[_HostConnection]) -> None:
        ParserSource.__init__(self)
        self._radio = radio
        self._open = open_connections
        address = hci.Address(f"00:16:A4:00:{number >> 8 & 0xFF:02X}:{number & 0xFF:02X}/P")
        self._controller = RadioController(f"host {number}", self, self, radio, address)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except InvalidPacketError as error:
            # What follows cannot be framed any more.
            _log.warning("a host of the virtual radio sent no HCI: %s", error)
            self.abort()

    def on_packet(self, packet: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > MAX_BACKLOG:
            _log.warning("a host of the virtual radio does not read; cut off")
            transport.abort()
            return
        transport.write(packet)

    def connection_lost(self, _error: Exception | None) -> None:
        self._open.discard(self)
        self._radio.remove(self._controller)
        self.on_transport_lost()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class HciServer:
    """Lets hosts in other processes use the virtual air."""

    def __init__(self, server: asyncio.Server, connections: set[_HostConnection]) -> None:
        """Take over a listening server; use `HciServer.start`."""
        self._server = server
        self._connections = connections

    @classmethod
    async def start(cls, radio: Radio, port: int = 0) -> HciServer:
        """Listen on loopback.

        Raises:
            OSError: the port is taken.
        """
        connections: set[_HostConnection] = set()
        numbers = itertools.count(1)

        def connection() -> _HostConnection:
            return _HostConnection(radio, next(numbers), connections)

        server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)
        return cls(server, connections)

    @property
    def port(self) -> int:
        """The TCP port that is listened on."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening and cut every host off."""
        self._server.close()
        cut = list(self._connections)
        for connection in cut:
            connection.abort()
        await self._server.wait_closed()
        await asyncio.gather(*(connection.terminated for connection in cut))
