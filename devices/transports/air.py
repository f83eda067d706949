"""What one adapter hears: a single scan that serves every sensor which waits, and every survey.

The scan runs while somebody holds it, and a little longer, so that sensors which take turns in trying do not switch it
on and off. It is watched: a scan that hears nothing for long is started again, and where no link delivers either, the
adapter is reset. An adapter that says nothing and admits nothing is the commonest fault of this kind of radio.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.transports.base import AdapterError, DeviceDeniedError, TransportError
from devices.transports.operations import translated, within

_log = logging.getLogger(__name__)

DEAF = 90 * SECOND
"Microseconds in which an adapter that works hears something in any home; above that it is taken for stuck."

DEAF_CEILING = 3600 * SECOND
"Longest time between two resets: in a house without any radio, resetting helps nobody."

LOOK = 2.0
"Seconds between two looks at the scan."

LINGER = 30 * SECOND
"Microseconds for which the scan goes on when nobody waits: longer than a sensor's longest pause between attempts."

SCAN_TIMEOUT = 10.0
"Seconds to start or to stop a scan; BlueZ answers in some milliseconds, unless it is stuck."

MAX_SIGHTINGS = 512
"Addresses kept, the newest: phones change theirs every 15 minutes, and anybody may send a million of them."

MAX_SERVICES = 32
"Services kept of one address: what a table of services holds at most here."

UNKNOWN_RSSI = -127
"What bleak gives when BlueZ has none, which is to say that no advertisement was heard."

_SIG_SUFFIX = "-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of an address that was heard."""

    address: str
    "In capitals."
    name: str
    services: frozenset[str]
    "16-bit lower-case hex where the service has such a number."
    service_data: Mapping[str, bytes]
    manufacturer_data: Mapping[int, bytes]
    rssi: int | None
    "dBm."
    seen: int
    "Monotonic time of the newest advertisement, microseconds."
    device: BLEDevice = field(repr=False, compare=False)
    "What bleak connects to."


class Antenna(Protocol):
    """What the air needs of an adapter."""

    counts: Counter[str]

    async def ready(self) -> int:
        """Make sure that the adapter answers; return a number that grows whenever a scan has to be started anew.

        Raises:
            TransportError: it does not answer.
        """
        ...

    async def reset(self) -> None:
        """Switch the adapter off and on.

        Raises:
            TransportError: it does not come back.
        """
        ...

    def make_scanner(self, heard: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
        """Return a scanner that was never used."""
        ...


Listener = Callable[[Sighting], None]
"Told every advertisement, with only the elements that it held."


class Air:
    """The shared scan of one adapter, and what it has heard."""

    def __init__(self, antenna: Antenna, clock: Clock) -> None:
        self._antenna = antenna
        self._clock = clock
        self._sightings: dict[str, Sighting] = {}
        self._listeners: set[Listener] = set()
        self._waiting: set[tuple[Callable[[Sighting], bool], asyncio.Future[Sighting]]] = set()
        self._holders = 0
        self._let_go = 0
        self._scanner: BleakScanner | None = None
        self._running = False
        self._generation = 0
        self._starting: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._heard = 0
        self._failing: int | None = None
        self._delivered = 0
        self._patience = DEAF

    @property
    def scanning(self) -> bool:
        """Whether the scan runs; one that is still starting does not."""
        return self._running

    def sightings(self) -> tuple[Sighting, ...]:
        """Return what was heard, the newest last."""
        return tuple(self._sightings.values())

    def sighting(self, address: str) -> Sighting | None:
        """Return what was heard of an address."""
        return self._sightings.get(address.upper())

    def delivered(self) -> None:
        """Take note that a link brought something: the adapter is not stuck."""
        self._delivered = self._clock.monotonic()

    def forget(self, address: str) -> None:
        """Drop what is known of an address; it counts as seen again with its next advertisement."""
        self._sightings.pop(address.upper(), None)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Have the scan on for as long as the context lasts.

        Raises:
            TransportError: it cannot be started.
        """
        self._holders += 1
        try:
            await self.ensure()
            yield
        finally:
            self._holders -= 1
            self._let_go = self._clock.monotonic()

    @asynccontextmanager
    async def listening(self, listener: Listener) -> AsyncIterator[None]:
        """Hear every advertisement for as long as the context lasts; the scan must be held too."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    async def wait(self, fits: Callable[[Sighting], bool], limit: float) -> Sighting | None:
        """Return the first sighting that fits, an earlier one included; `None` when the time is over.

        Raises:
            TransportError: the scan broke down meanwhile.
        """
        for known in reversed(self._sightings.values()):
            if fits(known):
                return known
        future: asyncio.Future[Sighting] = asyncio.get_running_loop().create_future()
        self._waiting.add((fits, future))
        try:
            async with asyncio.timeout(limit):
                return await future
        except TimeoutError:
            return None
        finally:
            self._waiting.discard((fits, future))
            future.cancel()

    async def ensure(self) -> None:
        """Have the scan running, whatever became of it.

        Raises:
            TransportError: it cannot be started.
        """
        # One for all who ask: a sensor that gives up meanwhile must not break off the others' start.
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._ensure(), name="scan/start")
            self._starting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.shield(self._starting)

    async def close(self) -> None:
        """End the scan."""
        for task in (self._watch, self._starting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._watch = self._starting = None
        await self._stop()

    async def _ensure(self) -> None:
        async with self._changing:
            generation = await self._antenna.ready()
            if self._scanner is None or generation != self._generation:
                await self._stop()
                await self._start()
                self._generation = generation
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watching(), name="scan/watch")

    async def _start(self) -> None:
        scanner = self._antenna.make_scanner(self._hear)
        self._scanner = scanner
        try:
            with translated("scan", "starting"):
                await within(SCAN_TIMEOUT, scanner.start(), "scan: starting")
        except (AdapterError, DeviceDeniedError):
            await self._stop()
            raise
        except TransportError as error:
            await self._stop()
            await self._free()
            raise AdapterError(str(error)) from error
        except BaseException:
            await self._stop()
            raise
        self._heard = self._clock.monotonic()
        self._failing, self._running = None, True

    async def _free(self) -> None:
        """Reset an adapter that has refused to scan for long: `InProgress` for ever is BlueZ's way to be stuck."""
        now = self._clock.monotonic()
        if self._failing is None:
            self._failing = now
        if now - self._failing >= self._patience:
            self._failing = now
            await self._reset("no scan could be started")

    async def _reset(self, why: str) -> None:
        self._patience = min(2 * self._patience, DEAF_CEILING)
        self._antenna.counts["adapter_resets"] += 1
        _log.warning("%s; the adapter is reset", why)
        await self._antenna.reset()

    async def _stop(self) -> None:
        scanner, self._scanner, self._running = self._scanner, None, False
        if scanner is None:
            return
        # Whatever is wrong with it, it is not used again.
        with suppress(TransportError), translated("scan", "stopping"):
            await within(SCAN_TIMEOUT, scanner.stop(), "scan: stopping")

    def _hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        if data.rssi == UNKNOWN_RSSI:
            # BlueZ tells of any change of a device in this way, not only of advertisements.
            return
        now = self._heard = self._clock.monotonic()
        self._patience = DEAF
        heard = _sighting(device, data, now)
        known = self._sightings.pop(heard.address, None)
        self._sightings[heard.address] = merged = heard if known is None else _merged(known, heard)
        while len(self._sightings) > MAX_SIGHTINGS:
            del self._sightings[next(iter(self._sightings))]
        for listener in tuple(self._listeners):
            listener(heard)
        for fits, future in tuple(self._waiting):
            if not future.done() and fits(merged):
                future.set_result(merged)

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                if self._holders:
                    await self.ensure()
                    await self._look(self._clock.monotonic())
                else:
                    await self._rest()
            except VeilleuseError as error:
                self._fail(error)

    async def _rest(self) -> None:
        """End the scan when nobody has waited for a while."""
        async with self._changing:
            if not self._holders and self._clock.monotonic() - self._let_go >= LINGER:
                await self._stop()

    async def _look(self, now: int) -> None:
        """Do something about a scan that hears nothing."""
        if now - self._heard < self._patience:
            return
        silence = (now - self._heard) // SECOND
        delivering = now - self._delivered < self._patience
        self._patience = min(2 * self._patience, DEAF_CEILING)
        await self._stop()
        if delivering:
            # Links that deliver are left alone: only the scan is stuck.
            self._antenna.counts["scan_restarts"] += 1
            _log.warning(
                "nothing was heard for %d s, though links deliver; the scan is started again", silence
            )
        else:
            self._antenna.counts["adapter_resets"] += 1
            _log.warning("nothing was heard for %d s; the adapter is reset", silence)
            await self._antenna.reset()
        await self.ensure()

    def _fail(self, error: VeilleuseError) -> None:
        for _, future in tuple(self._waiting):
            if not future.done():
                future.set_exception(error)


def short_uuid(uuid: str) -> str:
    """Return the 16-bit form of a Bluetooth SIG UUID in lower-case hex, another UUID unchanged."""
    lower = uuid.lower()
    if lower.startswith("0000") and lower.endswith(_SIG_SUFFIX):
        return lower[4:8]
    return lower


def _sighting(device: BLEDevice, data: AdvertisementData, now: int) -> Sighting:
    return Sighting(
        address=device.address.upper(),
        name=data.local_name or "",
        services=frozenset(short_uuid(each) for each in data.service_uuids[:MAX_SERVICES]),
        service_data=MappingProxyType({short_uuid(key): each for key, each in data.service_data.items()}),
        manufacturer_data=MappingProxyType(dict(data.manufacturer_data)),
        rssi=data.rssi,
        seen=now,
        device=device,
    )


def _merged(known: Sighting, heard: Sighting) -> Sighting:
    """Keep what an earlier advertisement held: name and services are often told in turns."""
    services = heard.services | known.services
    return replace(
        heard,
        name=heard.name or known.name,
        services=services if len(services) <= MAX_SERVICES else heard.services,
        service_data=heard.service_data or known.service_data,
        manufacturer_data=heard.manufacturer_data or known.manufacturer_data,
    )
