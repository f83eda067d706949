"""Which sensors an edge is given, and whose they are: what a technician does, each act written down with its author.

Two edges never both own one Bluetooth address: linking one that another edge has is refused with that edge's room, unless
it is moved, which takes it from there in the same transaction. A sensor belongs to who lives in the edge's room.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from devices.clock import Clock
from devices.errors import ConfigError, VeilleuseError
from devices.identity import identifier
from devices.wire.confidence import Secrets
from devices.wire.messages import SensorSet, SensorSpec
from hub.live import Committed
from hub.store import given as gifts
from hub.store import records, sensors
from hub.store.database import Database
from hub.store.given import Given
from hub.store.records import AuditEntry
from hub.survey import Sender
from hub.vault import Vault

MAX_SENSORS = 32
"Sensors given to one edge; a room has some ten, and the edge takes no more than 64."

NO_SECRETS = Secrets()
"Of a sensor that needs none, or whose are known."

_T = TypeVar("_T")
_NOT_NAME = re.compile(r"[^a-z0-9]+")


class LinkingError(VeilleuseError):
    """A sensor cannot be linked, unlinked or assigned."""

    def __init__(self, code: str, text: str, **params: str | float) -> None:
        """Take a stable code, a sentence and what it speaks of."""
        super().__init__(text)
        self.code = code
        self.params = params


class Change(Protocol):
    """How a change reaches the writer's thread; `Writer.change`."""

    def __call__(self, work: Callable[[Connection], _T]) -> Future[_T]:
        """Return a future that is done when the change is on the disk."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate that is to be linked."""

    protocol: str
    address: str = ""
    link: str = ""
    secrets: Secrets = NO_SECRETS
    "What somebody gave for it; nothing leaves what was given before."

    @property
    def place(self) -> str:
        """Its address, or its port."""
        return self.address or self.link


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, and why."""

    author: str
    reason: str = ""


class Linking:
    """What a technician does to sensors. Every method makes the work of one transaction of the writer."""

    def __init__(self, clock: Clock, vault: Vault) -> None:
        self._clock = clock
        self.vault = vault
        "Keeps what somebody gave for a sensor."

    def link(
        self, edge: str, found: Found, resident: str | None, act: Act, *, move: bool
    ) -> Callable[[Connection], str]:
        """Give a candidate to an edge, and to a resident if one is named; the work returns the sensor's identifier.

        The work raises:
            LinkingError: `unknown_edge`, `sensor_elsewhere`, `too_many_sensors`, `not_the_occupant`.
            ConfigError: the sensor's secrets cannot be kept.
        """

        def work(connection: Connection) -> str:
            now = self._clock.utc()
            _must_know(connection, edge)
            mine = gifts.given(connection, edge)
            if found.address:
                self._take_from_others(connection, edge, found, act, now, move=move)
            name = _present(connection, edge, found, now)
            if name is None:
                if len(mine) >= MAX_SENSORS:
                    raise LinkingError("too_many_sensors", f"edge {edge!r} has {len(mine)} sensors already")
                name = _name(connection, edge, found)
                gifts.give(
                    connection,
                    Given(edge, name, found.protocol, found.address, found.link, now, act.author),
                )
            if resident is not None:
                _assign(connection, (edge, name), resident, act, now)
            # Last, and before the commit: the edge is told of both at once.
            self.vault.keep(found.place, found.secrets)
            detail = f"{found.place}, resident {resident}, {act.reason}"
            records.audit(connection, AuditEntry(now, act.author, "link sensor", f"{edge}/{name}", detail))
            return name

        return work

    def unlink(self, edge: str, sensor: str, act: Act) -> Callable[[Connection], None]:
        """Take a sensor from whom it belongs to, and from its edge if the hub gave it.

        The work raises:
            LinkingError: `unknown_edge`, `unknown_sensor`.
        """

        def work(connection: Connection) -> None:
            now = self._clock.utc()
            _must_know(connection, edge)
            gone = gifts.take_back(connection, (edge, sensor), now)
            owned = sensors.assignments(connection, edge=edge, sensor=sensor, running=True)
            if owned:
                sensors.unlink(connection, (edge, sensor), author=act.author, reason=act.reason, now=now)
            if not gone and not owned:
                raise LinkingError("unknown_sensor", f"sensor {sensor!r} of edge {edge!r} is not linked")
            entry = AuditEntry(now, act.author, "unlink sensor", f"{edge}/{sensor}", act.reason)
            records.audit(connection, entry)

        return work

    def assign(self, edge: str, sensor: str, resident: str, act: Act) -> Callable[[Connection], None]:
        """Give a sensor that the edge has to who lives in its room.

        The work raises:
            LinkingError: `unknown_edge`, `unknown_sensor`, `not_the_occupant`.
        """

        def work(connection: Connection) -> None:
            now = self._clock.utc()
            _must_know(connection, edge)
            known = {key[1] for key, each in sensors.sensors(connection, edge).items() if each.listed}
            if sensor not in known | {each.sensor for each in gifts.given(connection, edge)}:
                raise LinkingError("unknown_sensor", f"edge {edge!r} has no sensor {sensor!r}")
            _assign(connection, (edge, sensor), resident, act, now)
            detail = f"resident {resident}, {act.reason}"
            records.audit(
                connection, AuditEntry(now, act.author, "assign sensor", f"{edge}/{sensor}", detail)
            )

        return work

    def _take_from_others(
        self, connection: Connection, edge: str, found: Found, act: Act, now: int, *, move: bool
    ) -> None:
        for other in gifts.given(connection):
            if other.edge == edge or other.address != found.address:
                continue
            if not move:
                room = _room(connection, other.edge)
                raise LinkingError(
                    "sensor_elsewhere", f"{found.address} is linked in {room}", room=room, movable=1
                )
            gifts.take_back(connection, other.key, now)
            if sensors.assignments(connection, edge=other.edge, sensor=other.sensor, running=True):
                why = f"moved to {edge}"
                sensors.unlink(connection, other.key, author=act.author, reason=why, now=now)
            where = f"{other.edge}/{other.sensor}"
            records.audit(connection, AuditEntry(now, act.author, "unlink sensor", where, f"moved to {edge}"))
        ever_given = {each.key for each in gifts.given(connection, ended=True)}
        for key, known in sensors.sensors(connection).items():
            declared = known.listed and known.address == found.address and key not in ever_given
            if declared and known.edge != edge:
                room = _room(connection, known.edge)
                raise LinkingError(
                    "sensor_elsewhere",
                    f"{found.address} is in the file of the device of {room}",
                    room=room,
                    movable=0,
                )


class SensorPost:
    """Tells each edge which sensors the hub gives it: when it connects anew, and when that changes."""

    def __init__(self, database: Database, sender: Sender, clock: Clock, vault: Vault) -> None:
        """Take up what is on the disk."""
        self._database = database
        self._vault = vault
        self._sender = sender
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, str] = {}
        self._known = self._read()
        self._issued = 0

    def committed(self, news: Committed) -> None:
        """Tell an edge that connected anew; `hub.live.Audience`."""
        for presence, _ in news.presences:
            if presence.state == "online" and self._sessions.get(presence.edge) != presence.session:
                self._sessions[presence.edge] = presence.session
                # Anew: an edge that was enrolled again has another key.
                self._tell(presence.edge, self._closed(presence.edge, self._known.get(presence.edge, ())))

    def records_changed(self) -> None:
        """Look at the records again, and tell whom it concerns; called by the writer's thread."""
        old, self._known = self._known, self._read()
        for edge in old.keys() | self._known.keys():
            if old.get(edge, ()) != self._known.get(edge, ()):
                self._tell(edge, self._known.get(edge, ()))

    def _read(self) -> Mapping[str, tuple[SensorSpec, ...]]:
        with self._database.read() as connection:
            found = gifts.specs_by_edge(gifts.given(connection))
        return {edge: self._closed(edge, specs) for edge, specs in found.items()}

    def _closed(self, edge: str, specs: tuple[SensorSpec, ...]) -> tuple[SensorSpec, ...]:
        """Put what is kept of each sensor beside it, as this edge's present key opens it."""
        return tuple(
            replace(spec, secrets=self._vault.box(edge, spec.address or spec.link)) for spec in specs
        )

    def _tell(self, edge: str, specs: tuple[SensorSpec, ...]) -> None:
        with self._lock:
            self._issued = max(self._issued + 1, self._clock.utc())
            self._sender.send(edge, "command", SensorSet(self._issued, specs))


def _must_know(connection: Connection, edge: str) -> None:
    known = records.edges(connection).get(edge)
    if known is None or known.revoked is not None:
        raise LinkingError("unknown_edge", f"edge {edge[:64]!r} is unknown", resource=edge[:64])


def _assign(connection: Connection, key: sensors.SensorKey, resident: str, act: Act, now: int) -> None:
    if sensors.occupants(connection).get(key[0]) != resident:
        raise LinkingError("not_the_occupant", f"resident {resident[:64]!r} does not live in that room")
    sensors.assign(connection, key, resident, author=act.author, reason=act.reason, now=now)


def _room(connection: Connection, edge: str) -> str:
    rooms = records.rooms(connection)
    for placement in records.placements(connection):
        if placement.edge == edge and placement.until is None:
            return rooms[placement.room].name
    return ""


def _same(each: Given, found: Found) -> bool:
    return (found.address != "" and each.address == found.address) or (
        found.link != "" and each.link == found.link
    )


def _present(connection: Connection, edge: str, found: Found, now: int) -> str | None:
    """Return the sensor of this edge that the candidate is already; one of another protocol is taken back."""
    for each in gifts.given(connection, edge):
        if _same(each, found):
            if each.protocol == found.protocol:
                return each.sensor
            gifts.take_back(connection, each.key, now)
    given = {each.sensor for each in gifts.given(connection, edge, ended=True)}
    for (_, name), known in sensors.sensors(connection, edge).items():
        if (
            known.listed
            and known.address
            and known.address in {found.address, found.link}
            and name not in given
        ):
            return name
    return None


def _name(connection: Connection, edge: str, found: Found) -> str:
    """Return the identifier it had here before, or a new one."""
    before = gifts.given(connection, edge, ended=True)
    taken = {each.sensor for each in before} | {name for _, name in sensors.sensors(connection, edge)}
    running = {each.sensor for each in before if each.until is None}
    for each in reversed(before):
        if _same(each, found) and each.protocol == found.protocol and each.sensor not in running:
            return each.sensor
    base = _NOT_NAME.sub("-", found.protocol.lower()).strip("-")[:40] or "sensor"
    number = next(n for n in range(1, 10_000) if (base if n == 1 else f"{base}-{n}") not in taken)
    try:
        return identifier(base if number == 1 else f"{base}-{number}", "sensor")
    except ConfigError as error:
        raise LinkingError("unknown_protocol", str(error)) from None
