"""An `org.bluez` on a D-Bus daemon of its own: bleak's real BlueZ backend and ours run against it without a radio.

It does what bluetoothd was seen to do, and fails on demand. No GATT bytes: values come and go as D-Bus properties.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bleak.backends.bluezdbus import manager
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER, DEVICE, AGENT = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.Agent1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"

Interfaces = dict[str, dict[str, Variant]]

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


def uuid(short: str) -> str:
    return f"0000{short}-0000-1000-8000-00805f9b34fb"


@asynccontextmanager
async def private_bus(folder: Path) -> AsyncIterator[None]:
    """Run a D-Bus daemon that takes the system bus's place."""
    socket, configuration = folder / "bus", folder / "bus.conf"
    configuration.write_text(CONFIGURATION.format(socket=socket))
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon",
        f"--config-file={configuration}",
        "--nofork",
        "--nopidfile",
        "--print-address",
        stdout=asyncio.subprocess.PIPE,
    )
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={socket}"
    try:
        assert daemon.stdout is not None
        await asyncio.wait_for(daemon.stdout.readline(), 10)
        yield
        await _forget_bleaks_manager()
    finally:
        daemon.terminate()
        await daemon.wait()
        if before is None:
            del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
        else:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before


async def _forget_bleaks_manager() -> None:
    # It lives as long as the loop, and would complain of the daemon's end.
    known = manager._global_instances.pop(asyncio.get_running_loop(), None)
    if known is not None and known._bus is not None:
        known._bus.disconnect()
        if known._bus_watcher_task is not None:
            await asyncio.wait({known._bus_watcher_task})


class RefusalError(Exception):
    """What the fake answers with."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name, text)
        self.name = f"org.bluez.Error.{name}"
        self.text = text


@dataclass
class Value:
    """A characteristic."""

    flags: list[str]
    value: bytes = b""
    path: str = ""
    on_write: Callable[[bytes], None] = lambda _: None
    refuses: RefusalError | None = None


@dataclass
class FakeDevice:
    """A sensor as bluetoothd shows it."""

    path: str
    properties: dict[str, Variant]
    values: dict[str, dict[str, Value]]
    "By service, then by characteristic; short UUIDs."
    audible: bool = True
    connect: list[RefusalError | str] = field(default_factory=list)
    "What the next attempts meet: an error, `race` (its services never come), `abort` (ended as it is made) or `hang`; else success."
    pair: list[RefusalError] = field(default_factory=list)
    passkey: bool = False
    "Asks the agent for its number, which must be 123456."


class FakeBluez:
    """bluetoothd with one adapter."""

    def __init__(self, *, powered: bool = True, adapter: str = "hci0") -> None:
        self.adapter = f"/org/bluez/{adapter}"
        self.tree: dict[str, Interfaces] = {}
        self.devices: dict[str, FakeDevice] = {}
        self.calls: Counter[str] = Counter()
        self.refusals: dict[str, RefusalError] = {}
        "By member; `Powered` for switching the adapter."
        self.agents: list[tuple[str, str, str]] = []
        "Owner, path and ability of those that are registered."
        self.default_agent = False
        self.deaf = False
        "The scan runs and nothing is heard."
        self.power_cycle_heals = True
        self._powered = powered
        self._advertising: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._handle = 0x10
        self.bus = MessageBus(bus_type=BusType.SYSTEM)

    async def start(self, *, with_adapter: bool = True) -> FakeBluez:
        await self.bus.connect()
        self.bus.add_message_handler(self._message)
        if with_adapter:
            self.plug_adapter()
        await self.bus.request_name("org.bluez")
        return self

    async def stop(self) -> None:
        tasks = [*self._work, *([self._advertising] if self._advertising else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.bus.disconnect()

    # What a test does

    def plug_adapter(self) -> None:
        properties = {
            "Address": Variant("s", "00:11:22:33:44:55"),
            "Powered": Variant("b", self._powered),
            "Discovering": Variant("b", False),
            "Roles": Variant("as", ["central"]),
        }
        self._add(self.adapter, {ADAPTER: properties})

    def unplug_adapter(self) -> None:
        self._quiet()
        for path in sorted(self.tree, reverse=True):
            self._remove(path)

    def add(
        self, address: str, name: str, values: dict[str, dict[str, Value]], **other: Variant
    ) -> FakeDevice:
        path = f"{self.adapter}/dev_{address.replace(':', '_')}"
        properties = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", "random"),
            "Name": Variant("s", name),
            "Alias": Variant("s", name),
            "Paired": Variant("b", False),
            "Connected": Variant("b", False),
            "ServicesResolved": Variant("b", False),
            "UUIDs": Variant("as", [uuid(each) for each in values]),
            "RSSI": Variant("n", -50),
            "Adapter": Variant("o", self.adapter),
            **other,
        }
        self.devices[path] = FakeDevice(path, properties, values)
        return self.devices[path]

    def notify(self, device: FakeDevice, characteristic: str, data: bytes) -> None:
        found = self._value(device, characteristic)
        if self.tree.get(found.path, {}).get(CHARACTERISTIC, {}).get("Notifying", Variant("b", False)).value:
            self._set(found.path, CHARACTERISTIC, Value=Variant("ay", data))

    def drop(self, device: FakeDevice) -> None:
        """The link is lost."""
        self._set(device.path, DEVICE, Connected=Variant("b", False), ServicesResolved=Variant("b", False))
        for path in [each for each in self.tree if each.startswith(device.path + "/")]:
            self._remove(path)

    def connected(self, device: FakeDevice) -> bool:
        return device.path in self.tree and bool(self.tree[device.path][DEVICE]["Connected"].value)

    async def ask_agent(self, member: str, signature: str, body: list[Any]) -> Message:
        """Ask the newest agent, as bluetoothd does for a sensor that wants to pair."""
        owner, path, _ = self.agents[-1]
        reply = await self.bus.call(
            Message(
                destination=owner, path=path, interface=AGENT, member=member, signature=signature, body=body
            )
        )
        assert reply is not None
        return reply

    # org.bluez

    def _message(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL or not (message.interface or "").startswith(
            ("org.bluez", MANAGER, PROPERTIES)
        ):
            return None
        task = asyncio.get_running_loop().create_task(self._serve(message))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return True

    async def _serve(self, message: Message) -> None:
        self.calls[message.member or ""] += 1
        try:
            if message.member in self.refusals:
                raise self.refusals[message.member]
            signature, body = await self._answer(message)
            reply = Message.new_method_return(message, signature, body)
        except RefusalError as error:
            reply = Message.new_error(message, error.name, error.text)
        except KeyError:
            reply = Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", message.path or "")
        await self.bus.send(reply)

    async def _answer(self, message: Message) -> tuple[str, list[Any]]:
        path, body = message.path or "", message.body
        match message.interface:
            case "org.freedesktop.DBus.ObjectManager":
                return "a{oa{sa{sv}}}", [self.tree]
            case "org.freedesktop.DBus.Properties":
                return self._properties(message.member, path, body)
            case "org.bluez.AgentManager1":
                self._manage_agents(message)
            case "org.bluez.Adapter1":
                self._adapt(message.member, path, body)
            case "org.bluez.Device1":
                await self._operate(message.member, self.devices[path])
            case "org.bluez.GattCharacteristic1":
                return self._access(message.member, path, body)
        return "", []

    def _properties(self, member: str | None, path: str, body: list[Any]) -> tuple[str, list[Any]]:
        if member == "GetAll":
            return "a{sv}", [self.tree[path][body[0]]]
        if member == "Get":
            return "v", [self.tree[path][body[0]][body[1]]]
        if body[1] == "Powered":
            if "Powered" in self.refusals:
                raise self.refusals["Powered"]
            self._quiet()
            if body[2].value and self.power_cycle_heals:
                self.deaf = False
        self._set(path, body[0], **{body[1]: body[2]})
        return "", []

    def _manage_agents(self, message: Message) -> None:
        owner, path = message.sender or "", message.body[0]
        match message.member:
            case "RegisterAgent":
                if any(each[0] == owner for each in self.agents):
                    raise RefusalError("AlreadyExists")
                self.agents.append((owner, path, message.body[1]))
            case "UnregisterAgent":
                self.agents = [each for each in self.agents if each[0] != owner]
                self.default_agent = False
            case "RequestDefaultAgent":
                self.default_agent = True

    def _adapt(self, member: str | None, path: str, body: list[Any]) -> None:
        properties = self.tree[path][ADAPTER]
        match member:
            case "StartDiscovery":
                if not properties["Powered"].value:
                    raise RefusalError("NotReady", "Resource Not Ready")
                self._set(path, ADAPTER, Discovering=Variant("b", True))
                self._advertising = asyncio.get_running_loop().create_task(self._advertise())
            case "StopDiscovery":
                self._quiet()
            case "RemoveDevice":
                device = self.devices[body[0]]
                device.properties["Paired"] = Variant("b", False)
                self.drop(device)
                self._remove(device.path)

    async def _operate(self, member: str | None, device: FakeDevice) -> None:
        match member:
            case "Pair":
                if device.pair:
                    raise device.pair.pop(0)
                await self._ask_for_bond(device)
                self._set(device.path, DEVICE, Paired=Variant("b", True))
                await self._connect(device)
            case "Connect":
                await self._connect(device)
            case "Disconnect":
                self.drop(device)

    async def _ask_for_bond(self, device: FakeDevice) -> None:
        if not self.agents or not self.default_agent:
            raise RefusalError("AuthenticationFailed", "Authentication Failed")
        member, signature = ("RequestPasskey", "u") if device.passkey else ("RequestAuthorization", "")
        reply = await self.ask_agent(member, "o", [device.path])
        if reply.message_type is MessageType.ERROR or (signature and reply.body != [123456]):
            raise RefusalError("AuthenticationFailed", "Authentication Failed")

    async def _connect(self, device: FakeDevice) -> None:
        fate = device.connect.pop(0) if device.connect else ""
        if isinstance(fate, RefusalError):
            raise fate
        if fate == "hang":
            await asyncio.sleep(3600)
        self._set(device.path, DEVICE, Connected=Variant("b", True))
        if fate == "abort":
            self._set(device.path, DEVICE, Connected=Variant("b", False))
            raise RefusalError("Failed", "le-connection-abort-by-local")
        if fate == "race":
            asyncio.get_running_loop().call_later(0.02, self.drop, device)
        else:
            asyncio.get_running_loop().call_later(0.01, self._resolve, device)

    def _access(self, member: str | None, path: str, body: list[Any]) -> tuple[str, list[Any]]:
        found = next(
            each
            for device in self.devices.values()
            for values in device.values.values()
            for each in values.values()
            if each.path == path
        )
        if found.refuses is not None:
            raise found.refuses
        match member:
            case "ReadValue":
                return "ay", [found.value]
            case "WriteValue":
                found.on_write(bytes(body[0]))
            case "StartNotify":
                self._set(path, CHARACTERISTIC, Notifying=Variant("b", True))
        return "", []

    # The tree

    def _resolve(self, device: FakeDevice) -> None:
        if not self.connected(device):
            return
        for service, values in device.values.items():
            above = f"{device.path}/service{self._number():04x}"
            properties = {
                "UUID": Variant("s", uuid(service)),
                "Device": Variant("o", device.path),
                "Primary": Variant("b", True),
            }
            self._add(above, {SERVICE: properties})
            for name, value in values.items():
                value.path = f"{above}/char{self._number():04x}"
                properties = {
                    "UUID": Variant("s", uuid(name)),
                    "Service": Variant("o", above),
                    "Value": Variant("ay", b""),
                    "Flags": Variant("as", value.flags),
                    "MTU": Variant("q", 247),
                    "Notifying": Variant("b", False),
                }
                self._add(value.path, {CHARACTERISTIC: properties})
        self._set(device.path, DEVICE, ServicesResolved=Variant("b", True))

    def _number(self) -> int:
        self._handle += 1
        return self._handle

    def _value(self, device: FakeDevice, characteristic: str) -> Value:
        return next(values[characteristic] for values in device.values.values() if characteristic in values)

    async def _advertise(self) -> None:
        while True:
            for device in list(self.devices.values()):
                if self.deaf or not device.audible or self.connected(device):
                    continue
                if device.path not in self.tree:
                    self._add(device.path, {DEVICE: device.properties})
                else:
                    self._set(device.path, DEVICE, RSSI=Variant("n", -50))
            await asyncio.sleep(0.02)

    def _quiet(self) -> None:
        if self._advertising is not None:
            self._advertising.cancel()
            self._advertising = None
        if self.adapter in self.tree:
            self._set(self.adapter, ADAPTER, Discovering=Variant("b", False))

    def _add(self, path: str, interfaces: Interfaces) -> None:
        self.tree[path] = interfaces
        self._signal("/", MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def _remove(self, path: str) -> None:
        self._signal("/", MANAGER, "InterfacesRemoved", "oas", [path, list(self.tree.pop(path))])

    def _set(self, path: str, interface: str, **properties: Variant) -> None:
        if path in self.tree:
            self.tree[path][interface].update(properties)
            self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, properties, []])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self.bus.send(Message.new_signal(path, interface, member, signature, body))
