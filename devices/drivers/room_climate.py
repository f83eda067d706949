"""Climate sensors of a room that broadcast in BTHome's or Xiaomi's format; the field's libraries decode them.

A broadcast belongs to the room and not to a person. An encrypted one is opened with the sensor's bind key. Without it, or
with another sensor's, it is refused and counted, and the sensor is said to be down for this reason, until something can be
read. Once a key has fitted, what does not open is a stranger's or a recording: it is counted, and says nothing of the sensor.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import cast

from devices.advertisements.broadcast import Broadcast, Counted, Problem
from devices.advertisements.payload import NOBODY, Advertisement, whole_uuid
from devices.clock import SECOND
from devices.drivers.base import NO_LOCK, Entry, Lock, Needs, Rejections, Signature, Write
from devices.errors import DecodeError
from devices.measurement import Cause, Link, Measurement, Reading, SensorStatus
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

BTHOME_KEYS = (16,)
"Octets of a bind key."

XIAOMI_KEYS = (16, 12)
"Octets of a bind key; the shorter one is of sensors that encrypt in MiBeacon's versions 2 and 3."

_Reader = Callable[[Advertisement, bytes | None, Counted], Broadcast]

_CAUSES = {Problem.KEY_NEEDED: Cause.KEY_NEEDED, Problem.KEY_WRONG: Cause.KEY_WRONG}

_BTHOME_ENCRYPTED_1 = "181e"
_BTHOME_ENCRYPTED_2 = 0x01
"Bit of the first octet of version 2."

_MIBEACON_ENCRYPTED = 0x08
"Bit of the first octet."


class RoomClimate:
    """Tells temperature, humidity, carbon dioxide and battery."""

    def __init__(self, sensor: str, lock: Lock = NO_LOCK, *, services: frozenset[str], reader: str) -> None:
        """Load the library.

        Args:
            sensor: the sensor's identifier.
            lock: its key, if it encrypts, and its address.
            services: whose service data is read, 16-bit lower-case hex.
            reader: name of the function in `devices.advertisements.library`.
        """
        self.needs = Needs(interval=INTERVAL)
        self._sensor = sensor
        self._services = services
        # By name, so that an edge without such a sensor never loads what the libraries drag along.
        library = importlib.import_module("devices.advertisements.library")
        self._read = cast(_Reader, getattr(library, reader))
        self._lock = lock
        self._counted = Counted()
        self._understood = False
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
            heard = Advertisement(
                address=self._lock.address or NOBODY, service_data={whole_uuid(service): data}
            )
            said = self._read(heard, self._lock.key or None, self._counted)
        except DecodeError as error:
            self._rejections.add(error)
            return []
        if said.problem:
            self._rejections.add(DecodeError(f"broadcast cannot be read: {said.problem}"))
            return self._closed(said.problem, now)
        values: list[Measurement] = said.readings(self._sensor, now)
        self._understood = self._understood or bool(values)
        return [value for value in values if self._pace.due(value)]

    def _closed(self, problem: Problem, now: int) -> list[Reading]:
        cause = _CAUSES.get(problem)
        if cause is None or self._understood:
            return []
        return [SensorStatus(self._sensor, now, Link.DOWN, detail=problem.value, cause=cause)]

    def confirm(self) -> list[Write]:
        """Return nothing."""
        return []

    def poll(self, now: int) -> list[Write]:
        """Return nothing."""
        return []


def bthome_locked(source: str, data: bytes) -> bool:
    """Tell whether an element is BTHome and encrypted (bit 0 of version 2; a service of its own in version 1)."""
    service = source.removeprefix(PREFIX)
    return service == _BTHOME_ENCRYPTED_1 or (
        service == "fcd2" and bool(data[:1] and data[0] & _BTHOME_ENCRYPTED_2)
    )


def xiaomi_locked(source: str, data: bytes) -> bool:
    """Tell whether an element is MiBeacon and encrypted (bit 3 of its frame control)."""
    return source == f"{PREFIX}fe95" and bool(data[:1] and data[0] & _MIBEACON_ENCRYPTED)


_BTHOME = partial(RoomClimate, services=BTHOME_SERVICES, reader="read_bthome")
_XIAOMI = partial(RoomClimate, services=XIAOMI_RECOGNISED, reader="read_xiaomi")

ENTRIES = (
    # 181C alone says nothing: it is also the standard's user data service.
    Entry(
        Signature("bthome", "advertisement", personal=False, service_data=BTHOME_SERVICES),
        _BTHOME,
        _BTHOME,
        BTHOME_KEYS,
        bthome_locked,
    ),
    Entry(
        Signature("xiaomi", "advertisement", personal=False, service_data=XIAOMI_RECOGNISED),
        _XIAOMI,
        _XIAOMI,
        XIAOMI_KEYS,
        xiaomi_locked,
    ),
)
