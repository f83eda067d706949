"""A connected Bluetooth LE sensor through bleak: find, connect, pair, subscribe, and let go whatever happens.

What real BlueZ taught (howto "BLE without hardware", part 4.3) is kept here: a fresh `BleakClient` for each attempt,
one connection being made at a time on an adapter, a time-out on every operation, no trust in handles or in the order
of services, and its race in the discovery of services tried again at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices.clock import SECOND, Clock
from devices.transports.air import Sighting, short_uuid
from devices.transports.base import (
    BlePlace,
    Chunk,
    DiscoveryRaceError,
    LinkLostError,
    LinkNeeds,
    LinkTimeoutError,
    Outgoing,
    PairingRefusedError,
    SensorRefusedError,
    TransportError,
)
from devices.transports.inbox import Inbox
from devices.transports.operations import translated, within
from devices.transports.radio import (
    CONNECT_TIMEOUT,
    FIND_TIMEOUT,
    METER_CONNECT_TIMEOUT,
    BleRadio,
    describe,
)

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

OPERATION_TIMEOUT = 5.0
"Seconds for one read, write or subscription; a read that needs pairing hung for 2 minutes with BlueZ."

PAIR_TIMEOUT = 25.0
"Seconds more for a connection that pairs first: some meters ask for a button. The protocol itself ends after 30 s."

DISCONNECT_TIMEOUT = 5.0
"Seconds for the goodbye; BlueZ takes 2 to 3."

ATTEMPTS = 4
"Fresh clients used up by BlueZ's race before it counts as a failure: with no latency at all, 4 of 10 attempts met it."

REFUSALS = 8
"""Links that end as soon as they are made before a sensor that has to be bonded counts as having lost its bond. BlueZ tells
no more than `le-connection-abort-by-local`, upon which bleak tries again until its time is over; a sensor at the edge of the
range may look alike, so it takes some."""

IDLE = 30 * SECOND
"Microseconds without a word after which a meter has nothing under way; a cuff inflates for less."


class GattLink:
    """A connected sensor with its subscriptions. Made by `GattLink.open`."""

    def __init__(self, radio: BleRadio, sighting: Sighting, place: BlePlace, clock: Clock) -> None:
        """Prepare a link; `connect` makes it. Needs a running loop."""
        self._radio = radio
        self._sighting = sighting
        self._pin = place.pin
        self._name = f"sensor {describe(place)}"
        self._clock = clock
        self._inbox = Inbox(asyncio.get_running_loop())
        self._client: BleakClient | None = None
        self._characteristics: dict[str, BleakGATTCharacteristic] = {}
        self._resources = AsyncExitStack()
        self._continuous = True
        self._active = radio.clock.monotonic()
        self._bonds = False
        self._patience: asyncio.Timeout | None = None
        self._refusals = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, place: BlePlace, needs: LinkNeeds, clock: Clock, radio: BleRadio
    ) -> AsyncIterator[GattLink]:
        """Find, connect, pair if need be, and subscribe; leaving the context disconnects.

        Raises:
            TransportError: any of it failed; nothing is left behind.
        """
        link = await cls._establish(place, needs, clock, radio)
        try:
            yield link
        finally:
            await link.close()

    @classmethod
    async def _establish(cls, place: BlePlace, needs: LinkNeeds, clock: Clock, radio: BleRadio) -> GattLink:
        # The scan is held until the link stands: BlueZ forgets what it heard soon after a scan.
        async with radio.air.hold():
            sighting = await radio.find(place, FIND_TIMEOUT)
            attempts = ATTEMPTS
            while True:
                attempts -= 1
                link = cls(radio, sighting, place, clock)
                try:
                    await link.connect(needs)
                except DiscoveryRaceError:
                    await link.close()
                    radio.counts["discovery_races"] += 1
                    if not attempts:
                        raise
                except PairingRefusedError:
                    await link.close()
                    if not (needs.pair and await radio.renew(sighting)):
                        raise
                    _log.warning("sensor %s does without its bond; it is paired anew", sighting.address)
                    sighting = await radio.find(place, FIND_TIMEOUT)
                except BaseException:
                    await link.close()
                    raise
                else:
                    return link

    async def connect(self, needs: LinkNeeds) -> None:
        """Connect, subscribe, and read what is to be read once.

        Raises:
            TransportError: it failed; the link must be closed and a new one made.
        """
        radio, address = self._radio, self._sighting.address
        self._continuous, self._bonds = needs.continuous, needs.pair
        self._resources.enter_context(radio.claim(address))
        await self._resources.enter_async_context(radio.slot(address, continuous=needs.continuous))
        # Once the slot is had, whatever happens next: the good-bye comes before the slot is given back.
        limit = CONNECT_TIMEOUT if needs.continuous else METER_CONNECT_TIMEOUT
        if needs.pair:
            limit += PAIR_TIMEOUT
        client = self._client = radio.client(self._sighting.device, self._lost, limit, pair=needs.pair)
        self._resources.push_async_callback(self._disconnect, client)
        with radio.pairings.awaiting(address, self._pin):
            async with radio.turn(address, continuous=needs.continuous):
                if needs.pair:
                    await radio.prepare_pairing(self._pin)
                await self._make(client, needs, limit)
            # The order and the handles differ between stacks; only the UUIDs are the sensor's.
            with translated(self._name, "services"):
                for characteristic in client.services.characteristics.values():
                    self._characteristics.setdefault(short_uuid(characteristic.uuid), characteristic)
            await self._subscribe(client, needs.notify)
            await self._read(client, needs)
        radio.trusted(address)
        radio.add_guest(self)
        self._resources.callback(radio.remove_guest, self)

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
        target = outgoing.target
        characteristic = self._characteristics.get(target)
        if characteristic is None or self._client is None:
            raise TransportError(f"{self._name} has no characteristic {target!r}")
        if not {"write", "write-without-response"} & set(characteristic.properties):
            raise TransportError(f"{self._name} lets nobody write characteristic {target!r}")
        self._active = self._radio.clock.monotonic()
        response = "write" in characteristic.properties
        await self._bounded(
            self._client.write_gatt_char(characteristic, outgoing.data, response=response),
            f"writing {target}",
        )

    def make_room(self) -> None:
        """Let the meter go if it has nothing under way: another sensor needs its slot."""
        if not self._continuous and self._radio.clock.monotonic() - self._active >= IDLE:
            self._radio.counts["meters_let_go"] += 1
            self._inbox.fail(LinkLostError(f"{self._name} was let go: its slot is needed"))

    async def close(self) -> None:
        """Disconnect."""
        self._inbox.fail(LinkLostError(f"{self._name}: link is closed"))
        await self._resources.aclose()

    async def _make(self, client: BleakClient, needs: LinkNeeds, limit: float) -> None:
        """Connect, and pair if need be.

        Raises:
            PairingRefusedError: the sensor ends every link, as one does that has forgotten us.
            TransportError: as of `connect`.
        """
        try:
            await self._bounded(self._try(client), "pairing" if needs.pair else "connecting", limit)
        except LinkTimeoutError:
            if needs.pair and self._refusals >= REFUSALS:
                raise PairingRefusedError(
                    f"{self._name}: pairing: {self._refusals} links ended as they were made"
                ) from None
            raise

    async def _try(self, client: BleakClient) -> None:
        try:
            async with asyncio.timeout(None) as self._patience:
                await client.connect()
        finally:
            self._patience = None

    async def _disconnect(self, client: BleakClient) -> None:
        try:
            await self._bounded(client.disconnect(), "disconnecting", DISCONNECT_TIMEOUT)
        except TransportError as error:
            # Nothing is left to be done with this client; the next attempt makes another.
            _log.debug("%s: %s", self._name, error)
        finally:
            self._radio.ended(self._sighting.address)

    async def _subscribe(self, client: BleakClient, wanted: tuple[str, ...]) -> None:
        present = [self._characteristics[name] for name in wanted if name in self._characteristics]
        if wanted and not present:
            raise TransportError(f"{self._name} has none of the characteristics {', '.join(wanted)}")
        for characteristic in present:
            if {"notify", "indicate"} & set(characteristic.properties):
                doing = f"subscribing to {short_uuid(characteristic.uuid)}"
                await self._bounded(client.start_notify(characteristic, self._notified), doing)

    async def _read(self, client: BleakClient, needs: LinkNeeds) -> None:
        for name in needs.read:
            characteristic = self._characteristics.get(name)
            if characteristic is None or "read" not in characteristic.properties:
                continue
            try:
                value = await self._bounded(client.read_gatt_char(characteristic), f"reading {name}")
            except PairingRefusedError as error:
                if needs.pair:
                    raise
                # A battery level that needs pairing is no reason to do without the pulse.
                _log.info("%s", error)
            except SensorRefusedError as error:
                _log.info("%s", error)
            else:
                self._notified(characteristic, value)

    async def _bounded(
        self, operation: Coroutine[Any, Any, _T], doing: str, limit: float = OPERATION_TIMEOUT
    ) -> _T:
        with translated(self._name, doing):
            return await within(limit, operation, f"{self._name}: {doing}")

    def _notified(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        self._active = self._radio.clock.monotonic()
        self._radio.air.delivered()
        self._inbox.put(Chunk(short_uuid(characteristic.uuid), bytes(data), self._clock.utc()))

    def _lost(self, _client: BleakClient) -> None:
        if self._patience is not None:
            # Not yet the end: bleak tries again by itself, or says what is wrong.
            self._refusals += 1
            if self._bonds and self._refusals == REFUSALS:
                self._patience.reschedule(0)
            return
        self._inbox.fail(LinkLostError(f"{self._name} disconnected"))
