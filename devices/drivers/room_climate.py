"""Climate sensors of a room that broadcast in BTHome's or Xiaomi's format; the field's libraries decode them.

A broadcast belongs to the room and not to a person. An encrypted one cannot be read here, because a driver knows its sensor's
name and no key: it is refused with these words and counted. Sensors of both kinds can be set to broadcast in the clear.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import cast

from devices.advertisements.broadcast import Broadcast
from devices.advertisements.payload import Advertisement, whole_uuid
from devices.clock import SECOND
from devices.drivers.base import Entry, Needs, Rejections, Signature, Write
from devices.errors import DecodeError
from devices.measurement import Measurement, Reading
from devices.serial.timing import Pace

BTHOME_SERVICES = frozenset({"fcd2", "181c", "181e"})
"Version 2; version 1 in the clear and encrypted."

XIAOMI_SERVICES = frozenset({"fe95", "fd50", "181b", "181d"})
"MiBeacon; plant sensors; scales, which broadcast under the numbers of the standard's services."

XIAOMI_RECOGNISED = frozenset({"fe95"})
"The others are no climate sensors."

INTERVAL = 60.0
"Seconds. Sensors broadcast every few seconds, some only every minute to save their battery."

REPEATED_AFTER = 30 * SECOND
"Microseconds after which an unchanged value is told again."

PREFIX = "service-data/"
"In front of the element's name; other elements of the same advertisement are not for these drivers."

_Reader = Callable[[Advertisement], Broadcast]


class RoomClimate:
    """Tells temperature, humidity, carbon dioxide and battery."""

    def __init__(self, sensor: str, services: frozenset[str], reader: str) -> None:
        """Load the library.

        Args:
            sensor: the sensor's identifier.
            services: whose service data is read, 16-bit lower-case hex.
            reader: name of the function in `devices.advertisements.library`.
        """
        self.needs = Needs(interval=INTERVAL)
        self._sensor = sensor
        self._services = services
        # By name, so that an edge without such a sensor never loads what the libraries drag along.
        library = importlib.import_module("devices.advertisements.library")
        self._read = cast(_Reader, getattr(library, reader))
        self._pace = Pace(REPEATED_AFTER)
        self._rejections = Rejections()

    @property
    def rejected(self) -> int:
        """Malformed or encrypted broadcasts seen so far."""
        return self._rejections.count

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self._rejections.last

    def start(self, now: int) -> list[Write]:
        """Return nothing: nobody listens."""
        return []

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what one element says; a parser of its own reads each, so no older value comes up again."""
        service = source.removeprefix(PREFIX)
        if service == source or service not in self._services:
            return []
        try:
            said = self._read(Advertisement(service_data={whole_uuid(service): data}))
        except DecodeError as error:
            self._rejections.add(error)
            return []
        if said.problem:
            self._rejections.add(DecodeError(f"broadcast cannot be read: {said.problem}"))
            return []
        values: list[Measurement] = said.readings(self._sensor, now)
        return [value for value in values if self._pace.due(value)]

    def confirm(self) -> list[Write]:
        """Return nothing."""
        return []

    def poll(self, now: int) -> list[Write]:
        """Return nothing."""
        return []


def _entry(protocol: str, services: frozenset[str], recognised: frozenset[str], reader: str) -> Entry:
    signature = Signature(protocol, "advertisement", personal=False, service_data=recognised)
    return Entry(signature, partial(RoomClimate, services=services, reader=reader))


ENTRIES = (
    # 181C alone says nothing: it is also the standard's user data service.
    _entry("bthome", BTHOME_SERVICES, frozenset({"fcd2", "181c", "181e"}), "read_bthome"),
    _entry("xiaomi", XIAOMI_RECOGNISED, XIAOMI_RECOGNISED, "read_xiaomi"),
)
