"""The machine's own adapter through BlueZ: what bleak leaves to its user is done here.

It is switched on when it is off (it comes up unpowered), reset when it is stuck, and has a pairing agent. bleak does
the scan and the links.
"""

from __future__ import annotations

import logging
from typing import Any

from dbus_fast import Variant

from devices.clock import SECOND, Clock
from devices.transports.air import Sighting
from devices.transports.base import AdapterError, TransportError
from devices.transports.bluez_agent import INTERFACE as AGENT
from devices.transports.bluez_agent import MANAGER, Agent
from devices.transports.bluez_agent import PATH as AGENT_PATH
from devices.transports.radio import SLOTS, BleRadio
from devices.transports.system_bus import PROPERTIES, BusRefusalError, SystemBus

_log = logging.getLogger(__name__)

SERVICE = "org.bluez"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"

NOT_DISCOVERING = 20 * SECOND
"""Microseconds for which a scan may rest: the kernel ends a scan after 10 s, and bluetoothd starts the next one some
seconds later. Above that somebody has ended ours, by switching the adapter off and on for instance."""

WITHOUT_NUMBER = "NoInputNoOutput"
WITH_NUMBER = "KeyboardOnly"
"The agent's abilities decide how a sensor pairs; one with a number printed on it asks for it only if we can type."


class BluezRadio(BleRadio):
    """An adapter of this machine."""

    def __init__(self, *, adapter: str = "", slots: int = SLOTS, clock: Clock | None = None) -> None:
        """Describe the adapter; nothing is opened yet.

        Args:
            adapter: its name, such as `hci1`; empty for the first that can be a central.
            slots: links that it holds at once.
            clock: monotonic times of sightings are its; the machine's when not given.
        """
        super().__init__(adapter=adapter, slots=slots, clock=clock)
        self._wanted = adapter
        self._agent = Agent(self.pairings)
        self._bus = SystemBus(SERVICE, self._agent.answer)
        self._generation = 0
        self._resting: int | None = None
        self._ability = ""

    async def ready(self) -> int:
        """Find the adapter, switch it on if it is off, and have the agent registered.

        Raises:
            AdapterError: there is none, it is blocked, or the bluetooth service does not answer.
        """
        properties = await self._properties()
        owner = await self._bus.owner()
        if owner != self._agent.asker:
            self._agent.asker = owner
            self._ability = ""
            self._generation += 1
        if not properties.get("Powered"):
            _log.warning("bluetooth adapter %s was off; it is switched on", self._adapter)
            await self._power(on=True)
            self._generation += 1
        elif self._scan_ended(discovering=bool(properties.get("Discovering"))):
            self._generation += 1
        if not self._ability:
            await self._offer_agent()
        return self._generation

    async def reset(self) -> None:
        """Switch the adapter off and on.

        Raises:
            AdapterError: it does not come back.
        """
        self._generation += 1
        await self._power(on=False)
        await self._power(on=True)

    async def prepare_pairing(self, pin: str) -> None:
        """Register the agent with the ability that a sensor needs.

        Raises:
            AdapterError: the bluetooth service takes no agent.
        """
        ability = WITH_NUMBER if pin else WITHOUT_NUMBER
        if ability != self._ability:
            await self._register(ability)

    async def bonded(self, address: str) -> bool:
        """Tell whether BlueZ has a bond with a sensor."""
        try:
            answer = await self._bus.call(self._device(address), PROPERTIES, "Get", "ss", [DEVICE, "Paired"])
        except BusRefusalError:
            return False
        return bool(answer[0])

    async def unbond(self, sighting: Sighting) -> None:
        """Have BlueZ forget a sensor, with its bond.

        Raises:
            AdapterError: it does not.
        """
        await self._bus.call(self._path, ADAPTER, "RemoveDevice", "o", [self._device(sighting.address)])

    async def close(self) -> None:
        """End the scan, take the agent back and let go of the bus."""
        await super().close()
        if self._ability:
            try:
                await self._bus.call("/org/bluez", MANAGER, "UnregisterAgent", "o", [AGENT_PATH])
            except TransportError as error:
                _log.debug("agent was not taken back: %s", error)
        self._ability = ""
        await self._bus.close()

    @property
    def _path(self) -> str:
        return f"/org/bluez/{self._adapter}"

    def _device(self, address: str) -> str:
        return f"{self._path}/dev_{address.upper().replace(':', '_')}"

    async def _properties(self) -> dict[str, Any]:
        """Return the adapter's properties; choose it first, or again when it has gone."""
        if self._adapter:
            try:
                answer = await self._bus.call(self._path, PROPERTIES, "GetAll", "s", [ADAPTER])
            except BusRefusalError:
                self._adapter = self._wanted
            else:
                return dict(answer[0])
        try:
            objects = await self._bus.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        except BusRefusalError as error:
            raise AdapterError(f"bluetooth service does not run: {error}") from error
        adapters = {
            path.rpartition("/")[2]: dict(interfaces[ADAPTER])
            for path, interfaces in sorted(objects[0].items())
            if ADAPTER in interfaces
        }
        self._adapter = self._choose(adapters)
        return adapters[self._adapter]

    def _choose(self, adapters: dict[str, dict[str, Any]]) -> str:
        if self._wanted:
            if self._wanted in adapters:
                return self._wanted
            there = ", ".join(adapters) or "none"
            raise AdapterError(f"bluetooth adapter {self._wanted} is missing; there is {there}")
        for name, properties in adapters.items():
            if "central" in properties.get("Roles", ["central"]):
                return name
        raise AdapterError("this machine has no bluetooth adapter that can connect to sensors")

    async def _power(self, *, on: bool) -> None:
        body = [ADAPTER, "Powered", Variant("b", on)]
        try:
            await self._bus.call(self._path, PROPERTIES, "Set", "ssv", body)
        except BusRefusalError as error:
            why = "is blocked by a switch (rfkill)" if error.name.endswith(".Blocked") else "stays as it is"
            state = "on" if on else "off"
            raise AdapterError(
                f"bluetooth adapter {self._adapter} cannot be switched {state}, it {why}: {error}"
            ) from error

    def _scan_ended(self, *, discovering: bool) -> bool:
        """Tell whether bluetoothd has ended a scan that we believe to run."""
        if discovering or not self.air.scanning:
            self._resting = None
            return False
        now = self.clock.monotonic()
        if self._resting is None:
            self._resting = now
        if now - self._resting < NOT_DISCOVERING:
            return False
        self._resting = None
        return True

    async def _offer_agent(self) -> None:
        """Register the agent; sensors that need no bond work without."""
        try:
            await self._register(WITHOUT_NUMBER)
        except TransportError as error:
            self.counts["agent_failures"] += 1
            _log.warning("pairing agent cannot be registered: %s", error)

    async def _register(self, ability: str) -> None:
        if self._ability:
            self._ability = ""
            await self._bus.call("/org/bluez", MANAGER, "UnregisterAgent", "o", [AGENT_PATH])
        await self._bus.call("/org/bluez", MANAGER, "RegisterAgent", "os", [AGENT_PATH, ability])
        await self._bus.call("/org/bluez", MANAGER, "RequestDefaultAgent", "o", [AGENT_PATH])
        self._ability = ability
        _log.debug("%s is registered with ability %s", AGENT, ability)
