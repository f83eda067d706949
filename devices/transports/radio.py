"""One Bluetooth adapter, shared by every sensor of a process: its air, its connection slots, its bonds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Protocol, Self

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from devices.clock import SECOND, Clock, SystemClock
from devices.errors import ConfigError
from devices.transports.air import Air, Sighting
from devices.transports.base import BlePlace, DeviceNotFoundError, NoSlotError
from devices.transports.budget import Budget
from devices.transports.pairing import Pairings

FIND_TIMEOUT = 15.0
"Seconds to listen for a sensor. Meters advertise for some seconds after use, at up to 1 s intervals."

CONNECT_TIMEOUT = 20.0
"Seconds for connection and discovery of services; 0.3 s is usual, BlueZ's own limit is 40 s."

METER_CONNECT_TIMEOUT = 10.0
"The same for a meter that is used now and then: one that has gone again must not keep the monitors waiting."

SLOTS = 7
"""Links that an adapter holds at once: Broadcom's, which a Raspberry Pi has, hold 7, CSR's 5 (measured by the authors
of bleak-retry-connector, their pull request 67)."""

SLOT_PATIENCE = 10.0
"Seconds to wait for a slot; then the sensor says that it is busy, and asks again without losing its rank."

FRESH = 3 * SECOND
"Microseconds for which a sensor that was heard is taken to be still within reach."

SETTLING = SECOND // 2
"After the end of a link BlueZ tells of changes that look like an advertisement, and are none."

_MOST_FAILURES = 3


class Guest(Protocol):
    """A link that occupies a slot."""

    def make_room(self) -> None:
        """End, if nothing is under way: another sensor needs the slot."""
        ...


class BleRadio:
    """One Bluetooth adapter. The base class leaves the adapter's state to the platform; backends override it."""

    def __init__(
        self,
        *,
        adapter: str = "",
        slots: int = SLOTS,
        clock: Clock | None = None,
        scanner: type[BaseBleakScanner] | None = None,
        client: type[BaseBleakClient] | None = None,
    ) -> None:
        """Describe the adapter; nothing is opened yet.

        Args:
            adapter: its name, such as `hci1`; empty for the system's choice.
            slots: links that it holds at once.
            clock: monotonic times of sightings are its; the machine's when not given.
            scanner: bleak backend class; `None` for the platform's.
            client: bleak backend class; `None` for the platform's.
        """
        self.clock = clock or SystemClock()
        self.counts: Counter[str] = Counter()
        "What was refused or repeated, by name."
        self.air = Air(self, self.clock)
        self.slots = Budget(slots)
        self.turns = Budget(1)
        self.pairings = Pairings(self.counts)
        self._adapter = adapter
        self._scanner = scanner
        self._client = client
        self._guests: set[Guest] = set()
        self._claimed: set[str] = set()
        self._asked: dict[str, int] = {}
        self._failures: Counter[str] = Counter()
        self._ended: dict[str, int] = {}
        self._renewed: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # What a backend knows better

    async def ready(self) -> int:
        """Make sure that the adapter answers; return a number that grows whenever a scan has to be started anew.

        Raises:
            TransportError: it does not answer.
        """
        return 0

    async def reset(self) -> None:
        """Switch the adapter off and on.

        Raises:
            TransportError: it does not come back.
        """

    async def prepare_pairing(self, pin: str) -> None:
        """Have an agent that answers for a sensor with such a number printed on it, or with none.

        Raises:
            TransportError: there can be none.
        """

    async def bonded(self, address: str) -> bool:
        """Tell whether there is a bond with a sensor."""
        return False

    async def unbond(self, sighting: Sighting) -> None:
        """Forget the bond with a sensor.

        Raises:
            TransportError: it is kept.
        """

    async def close(self) -> None:
        """Let go of the adapter."""
        await self.air.close()

    # Finding

    async def find(self, place: BlePlace, limit: float = FIND_TIMEOUT) -> Sighting:
        """Listen until a sensor fits.

        Raises:
            ConfigError: the place fits every sensor; the nearest stranger's would be taken.
            DeviceNotFoundError: none did within `limit` seconds.
            TransportError: the adapter does not work.
        """
        if not (place.address or place.name_prefix or place.services):
            raise ConfigError("bluetooth sensor has neither an address nor a name or service to be found by")
        asked = self.clock.monotonic()

        def fits(sighting: Sighting) -> bool:
            since = max(asked - FRESH, self._ended.get(sighting.address, -SETTLING) + SETTLING)
            return sighting.seen >= since and self._matches(place, sighting)

        async with self.air.hold():
            found = await self.air.wait(fits, limit)
        if found is None:
            raise DeviceNotFoundError(f"sensor {describe(place)} was not heard in {limit:g} s")
        return found

    def _matches(self, place: BlePlace, sighting: Sighting) -> bool:
        if place.address:
            return sighting.address == place.address.upper()
        told = sighting.services | sighting.service_data.keys()
        free = sighting.address not in self._claimed
        return free and sighting.name.startswith(place.name_prefix) and place.services <= told

    @contextmanager
    def claim(self, address: str) -> Iterator[None]:
        """Keep an address from being taken for another sensor that is only described."""
        key = address.upper()
        self._claimed.add(key)
        try:
            yield
        finally:
            self._claimed.discard(key)

    def ended(self, address: str) -> None:
        """Take note that a link has ended, or an attempt at one: what was heard before says nothing any more."""
        self._ended[address] = self.clock.monotonic()

    # Taking turns

    @asynccontextmanager
    async def slot(self, address: str, *, continuous: bool) -> AsyncIterator[None]:
        """Have a connection slot: monitors first, then who asked first.

        Raises:
            NoSlotError: none came free.
        """
        asked = self._asked.setdefault(address, self.clock.monotonic())
        if self.slots.taken >= self.slots.total:
            for guest in tuple(self._guests):
                guest.make_room()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.slots.place((not continuous, asked), SLOT_PATIENCE))
            except TimeoutError:
                self.counts["slots_exhausted"] += 1
                raise NoSlotError(f"sensor {address}: no connection slot free") from None
            self._asked.pop(address, None)
            yield

    @asynccontextmanager
    async def turn(self, address: str, *, continuous: bool) -> AsyncIterator[None]:
        """Have the adapter to oneself for a connection: who failed less goes first, and monitors before meters."""
        rank = (min(self._failures[address], _MOST_FAILURES), not continuous)
        async with self.turns.place(rank):
            self._failures[address] += 1
            yield
            del self._failures[address]

    def add_guest(self, guest: Guest) -> None:
        """Take note of a link that stands."""
        self._guests.add(guest)

    def remove_guest(self, guest: Guest) -> None:
        """Take note of a link that has ended."""
        self._guests.discard(guest)

    # Bonds

    async def renew(self, sighting: Sighting) -> bool:
        """Forget a bond that the sensor does without, so that the next attempt pairs anew; tell whether it helps.

        Done once until `trusted`: whoever can send from a sensor's address could otherwise have bonds dropped at will.
        """
        address = sighting.address
        if address in self._renewed or not await self.bonded(address):
            return False
        self._renewed.add(address)
        self.counts["bonds_renewed"] += 1
        await self.unbond(sighting)
        self.air.forget(address)
        return True

    def trusted(self, address: str) -> None:
        """Take note that a bond works."""
        self._renewed.discard(address)

    # bleak's objects

    def make_scanner(self, heard: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
        """Return a scanner that was never used."""
        # bleak takes a missing backend as the platform's, but a backend of None as a type error.
        options: BleakScanner.ExtraArgs = {}
        if self._scanner is not None:
            options["backend"] = self._scanner
        if self._adapter:
            options["bluez"] = {"adapter": self._adapter}
        return BleakScanner(heard, **options)

    def client(
        self, device: BLEDevice, lost: Callable[[BleakClient], None], limit: float, *, pair: bool
    ) -> BleakClient:
        """Return a client that was never used; one that failed must not be used again.

        Args:
            device: of the sighting.
            lost: called when the link is gone.
            limit: seconds that a connection may take.
            pair: whether to bond before anything else.
        """
        bluez: BlueZClientArgs = {"adapter": self._adapter} if self._adapter else {}
        return BleakClient(device, lost, timeout=limit, pair=pair, backend=self._client, bluez=bluez)


def describe(place: BlePlace) -> str:
    """Return what a place is called in errors."""
    if place.address:
        return place.address
    return f"{place.name_prefix}* with services {', '.join(sorted(place.services)) or 'any'}"
