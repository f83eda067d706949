"""A sensor that only broadcasts: its advertisements' elements as chunks. Nothing is opened, no slot is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from devices.clock import SECOND, Clock
from devices.transports.air import Sighting
from devices.transports.base import BlePlace, Chunk, LinkNeeds, Outgoing, TransportError
from devices.transports.inbox import Inbox
from devices.transports.radio import FIND_TIMEOUT, BleRadio

DUPLICATE = 5 * SECOND
"""Microseconds in which the same element is taken for a copy: every advertisement is sent several times, and BlueZ
tells all of them again whenever the strength of the signal changes."""

PATIENCE = 5
"Usual intervals to wait for the first advertisement, as the session does for every following one."

MAX_ELEMENTS = 16
"Elements of one address whose copies are known: an advertisement of 255 bytes holds fewer."


class AdvertisementLink:
    """What one address broadcasts. Made by `AdvertisementLink.open`."""

    def __init__(self, radio: BleRadio, address: str, clock: Clock) -> None:
        """Begin with nothing heard; needs a running loop."""
        self._radio = radio
        self._address = address
        self._clock = clock
        self._inbox = Inbox(asyncio.get_running_loop())
        self._newest: dict[str, tuple[bytes, int]] = {}
        self.copies = 0
        "Elements dropped because they said nothing new."

    @classmethod
    @asynccontextmanager
    async def open(
        cls, place: BlePlace, needs: LinkNeeds, clock: Clock, radio: BleRadio
    ) -> AsyncIterator[AdvertisementLink]:
        """Wait until it is heard; leaving the context stops listening.

        Raises:
            TransportError: it was not heard, or the adapter does not work.
        """
        async with radio.air.hold():
            limit = max(FIND_TIMEOUT, PATIENCE * needs.interval)
            sighting = await radio.find(place, limit)
            link = cls(radio, sighting.address, clock)
            with radio.claim(sighting.address):
                async with radio.air.listening(link.hear):
                    link.hear(sighting)
                    yield link

    @property
    def overruns(self) -> int:
        """Chunks dropped because nobody fetched them in time."""
        return self._inbox.overruns

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Yield elements that are new; it never ends."""
        while True:
            yield await self._inbox.get()

    async def write(self, outgoing: Outgoing) -> None:
        """Refuse.

        Raises:
            TransportError: always; a sensor that only broadcasts hears nothing.
        """
        raise TransportError(f"sensor {self._address} only broadcasts; nothing can be written to it")

    async def close(self) -> None:
        """Do nothing: leaving the context ends it."""

    def hear(self, sighting: Sighting) -> None:
        """Take one advertisement."""
        if sighting.address != self._address:
            return
        for source, data in _elements(sighting):
            known = self._newest.get(source)
            if known is not None and known[0] == data and sighting.seen - known[1] < DUPLICATE:
                self.copies += 1
                continue
            if known is None and len(self._newest) >= MAX_ELEMENTS:
                self._newest.pop(next(iter(self._newest)))
            self._newest[source] = (data, sighting.seen)
            self._inbox.put(Chunk(source, data, self._clock.utc()))


def _elements(sighting: Sighting) -> Iterator[tuple[str, bytes]]:
    for service, data in sighting.service_data.items():
        yield f"service-data/{service}", data
    for company, data in sighting.manufacturer_data.items():
        yield f"manufacturer/{company:04x}", data
