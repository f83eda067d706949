"""Which Bluetooth sensors are within reach of a room, and which driver fits each: what a survey shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

from devices.clock import SECOND
from devices.drivers.base import Signature
from devices.drivers.registry import is_locked, recognise, recognise_advertisement
from devices.drivers.room_climate import PREFIX
from devices.errors import ConfigError
from devices.wire.messages import Candidate
from edge.protocols import ENTRIES, asks_for_pairing
from edge.radio import LinkOpener
from edge.timekeeping import Timekeeper

if TYPE_CHECKING:
    from devices.transports.air import Sighting

Needed = Literal["", "key", "pin"]
_NOTHING: Needed = ""

RECENT = 60 * SECOND
"Microseconds after which an address that was heard is taken to have gone; some sensors speak once a minute."


@asynccontextmanager
async def listening(
    links: LinkOpener, timekeeper: Timekeeper, clock: Callable[[], int]
) -> AsyncIterator[Callable[[], Iterable[Candidate]]]:
    """Have the room's radio listen for as long as the context lasts; it gives what was heard so far.

    Args:
        links: the room's.
        timekeeper: places the times of what was heard.
        clock: the monotonic one.

    Raises:
        TransportError: the radio does not work.
    """
    air = links.air
    async with air.hold():
        yield lambda: candidates(air.sightings(), timekeeper, clock())


def candidates(sightings: Iterable[Sighting], timekeeper: Timekeeper, now: int) -> list[Candidate]:
    """Return what was heard lately, the strongest first.

    Args:
        sightings: as the radio keeps them.
        timekeeper: places their times.
        now: monotonic.
    """
    recent = [each for each in sightings if now - each.seen <= RECENT]
    recent.sort(key=lambda each: (-(each.rssi if each.rssi is not None else -999), each.address))
    return [candidate(each, timekeeper) for each in recent]


def candidate(sighting: Sighting, timekeeper: Timekeeper) -> Candidate:
    """Return one of them, with the driver that fits it, or with the reason why none was chosen."""
    protocol, problem, needs = "", "", _NOTHING
    try:
        fits = fitting(sighting)
    except ConfigError as error:
        problem = str(error)
    else:
        if fits is not None:
            protocol, needs = fits.protocol, wanted(fits.protocol, sighting)
    return Candidate(
        protocol,
        sighting.address,
        name=sighting.name,
        rssi=sighting.rssi,
        seen=timekeeper.place(sighting.seen),
        services=tuple(sorted(sighting.services | sighting.service_data.keys())),
        problem=problem,
        needs=needs,
    )


def wanted(protocol: str, sighting: Sighting) -> Needed:
    """Return what a person has to give before a sensor can be read: the key of one that encrypts, a pairing number."""
    elements = ((f"{PREFIX}{service}", data) for service, data in sighting.service_data.items())
    if is_locked(protocol, elements, ENTRIES):
        return "key"
    return "pin" if asks_for_pairing(protocol) else _NOTHING


def fitting(sighting: Sighting) -> Signature | None:
    """Return the signature that fits what was heard; one that asks for a link goes before one that only listens.

    Raises:
        ConfigError: two fit equally well.
    """
    linked = recognise(sighting.services, sighting.name, ENTRIES)
    if linked is not None:
        return linked
    manufacturers = frozenset(f"{company:04x}" for company in sighting.manufacturer_data)
    data = frozenset(sighting.service_data)
    return recognise_advertisement(data, manufacturers, sighting.name, ENTRIES)
