"""Whose a reading is. Pure; the writer's thread owns it.

A reading of a *personal* sensor belongs to a resident when, at the reading's own time, (1) the sensor was assigned to
them, (2) they lived in the room in which the sensor's edge stood, and (3) no other edge owned the same thing. If one of
the three does not hold it is nobody's: kept, and shown to nobody. A reading of a sensor that belongs to the room
follows whoever lived there.

A sensor that was never assigned is given to the present occupant when it is first heard: the installer declared it in
the file of the room's device. What its edge itself received since that resident came is theirs; what a meter had
stored from before it was first heard is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from devices.clock import SECOND
from hub.store.sensors import DECLARED, Assignment, SensorKey, SensorRecord, bluetooth_address
from hub.why import Ownership

Span = tuple[int, int, str]
"(since, until, resident) of one edge."
FOREVER = 2**62
"Later than any time."
AHEAD = 300 * SECOND
"How far past the hub's time a meter's own record may be: clocks set by hand are minutes off, not days."


class Tenure(NamedTuple):
    """A sensor's readings in [since, until) are a resident's; its stored records only from `paired` on."""

    since: int
    until: int
    resident: str
    paired: int


class Part(NamedTuple):
    """A stretch of time during which a sensor's readings are one person's, or nobody's."""

    since: int
    until: int
    resident: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another edge owns the same thing since `since`."""

    other: str
    since: int


@dataclass(slots=True)
class _Uniform:
    """The fast path: all these sensors of an edge are one resident's in [since, until)."""

    sensors: frozenset[str]
    since: int
    until: int
    resident: str


class Owners:
    """Every sensor of the home and whose it is and was."""

    def __init__(
        self,
        spans: Mapping[str, tuple[Span, ...]] | None = None,
        sensors: Mapping[SensorKey, SensorRecord] | None = None,
        assignments: Iterable[Assignment] = (),
    ) -> None:
        """Take up the records.

        Args:
            spans: who was watched by each edge when, newest first.
            sensors: every sensor that was ever heard.
            assignments: every one there ever was, oldest first.
        """
        self._spans = spans or {}
        self._sensors: dict[str, dict[str, SensorRecord]] = {}
        self._assigned: dict[SensorKey, list[Assignment]] = {}
        self._tenures: dict[str, dict[str, tuple[Tenure, ...]]] = {}
        self._uniform: dict[str, _Uniform] = {}
        self._addresses: dict[str, dict[SensorKey, None]] = {}
        self._conflicts: dict[SensorKey, Conflict] = {}
        for assignment in assignments:
            self._assigned.setdefault(assignment.key, []).append(assignment)
        for (edge, sensor), record in (sensors or {}).items():
            self._sensors.setdefault(edge, {})[sensor] = record
            self._index(record)
        for address in self._addresses:
            self._dispute(address)
        for edge, known in self._sensors.items():
            for sensor in known:
                self._settle(edge, sensor)

    # ---- what is asked for every message ----

    def throughout(
        self, edge: str, sensors: frozenset[str], first: int, last: int
    ) -> tuple[str | None, bool]:
        """Return whose the readings of sensors are from `first` to `last`, and whether all are one and the same's."""
        known = self._uniform.get(edge)
        if known is not None and known.since <= first and last < known.until and sensors <= known.sensors:
            return known.resident, True
        found = self._common(edge, sensors, first, last)
        if found is None:
            return None, False
        if known is not None and known.resident == found.resident:
            since, until = max(known.since, found.since), min(known.until, found.until)
            if since <= first and last < until:
                found = _Uniform(known.sensors | sensors, since, until, found.resident)
        self._uniform[edge] = found
        return found.resident, True

    def owner(self, edge: str, sensor: str, time: int) -> str | None:
        """Return whose a reading is, by its own time."""
        for tenure in self._tenures.get(edge, {}).get(sensor, ()):
            if tenure.since <= time < tenure.until:
                return tenure.resident
        return None

    def stored(self, edge: str, sensor: str, time: int, now: int) -> tuple[str | None, str]:
        """Return whose a record is that a meter kept, or nobody and why.

        Returns:
            The resident and an empty reason; or `None` and `in_future`, `before_assignment` or `unassigned`.
        """
        tenures = self._tenures.get(edge, {}).get(sensor, ())
        if time > now + AHEAD:
            return None, "in_future"
        for tenure in tenures:
            if tenure.since <= time < tenure.until and time >= tenure.paired:
                return tenure.resident, ""
        holds = any(tenure.since <= now < tenure.until for tenure in tenures)
        return None, "before_assignment" if holds else "unassigned"

    def parts(self, edge: str, sensor: str, first: int, last: int) -> list[Part]:
        """Divide a stretch of time by whose a sensor's readings are; it includes both ends."""
        tenures = self._tenures.get(edge, {}).get(sensor, ())
        edges = {bound for tenure in tenures for bound in tenure[:2] if first < bound <= last}
        starts = [first, *sorted(edges)]
        ends = [*starts[1:], last + 1]
        return [
            Part(start, end, self.owner(edge, sensor, start)) for start, end in zip(starts, ends, strict=True)
        ]

    # ---- what changes ----

    def record(self, edge: str, sensor: str) -> SensorRecord | None:
        """Return what is known of a sensor."""
        return self._sensors.get(edge, {}).get(sensor)

    def listed(self, edge: str) -> list[SensorRecord]:
        """Return the sensors that an edge names."""
        return [record for record in self._sensors.get(edge, {}).values() if record.listed]

    def learn(self, record: SensorRecord) -> bool:
        """Take what is known of a sensor; tell whether it may change whose it is."""
        before = self.record(*record.key)
        self._sensors.setdefault(record.edge, {})[record.sensor] = record
        if before is not None and _same_thing(before, record):
            return False
        touched = {bluetooth_address(record.address)}
        if before is not None:
            touched.add(bluetooth_address(before.address))
            self._addresses.get(bluetooth_address(before.address), {}).pop(record.key, None)
        self._index(record)
        self._resettle(record.key, touched)
        return True

    def declare(self, edge: str, sensor: str, now: int) -> Assignment | None:
        """Give a sensor that was never assigned to the present occupant, if it is one person's and there is one."""
        record = self.record(edge, sensor)
        if record is None or not record.personal or record.key in self._assigned:
            return None
        span = self._present(edge, now)
        if span is None:
            return None
        made = Assignment(edge, sensor, span[2], since=span[0], paired=now, author=DECLARED)
        self._assigned[made.key] = [made]
        self._resettle(made.key, {bluetooth_address(record.address)})
        return made

    # ---- what people are told ----

    def ownership(self, edge: str, sensor: str, now: int) -> Ownership:
        """Return whose a sensor is now."""
        record = self.record(edge, sensor)
        if (edge, sensor) in self._conflicts:
            return Ownership.CONFLICT
        if record is not None and not record.personal:
            return Ownership.ROOM
        if self.owner(edge, sensor, now) is not None:
            return Ownership.RESIDENT
        return Ownership.NOBODY if self._present(edge, now) is None else Ownership.UNASSIGNED

    def ownerships(self, now: int) -> dict[SensorKey, Ownership]:
        """Return whose every sensor is now that its edge names."""
        return {
            record.key: self.ownership(*record.key, now)
            for edge in self._sensors
            for record in self.listed(edge)
        }

    def waiting(self, now: int) -> dict[str, tuple[str, ...]]:
        """Return the sensors, by edge, that wait for somebody to say whose they are."""
        found: dict[str, list[str]] = {}
        for (edge, sensor), state in self.ownerships(now).items():
            # One that was never assigned is declared as soon as it is heard.
            if state is Ownership.UNASSIGNED and (edge, sensor) in self._assigned:
                found.setdefault(edge, []).append(sensor)
        return {edge: tuple(sorted(names)) for edge, names in found.items()}

    def conflicts(self) -> dict[SensorKey, str]:
        """Return the sensors that another edge owns, and which edge."""
        return {key: conflict.other for key, conflict in self._conflicts.items()}

    # ---- inside ----

    def _present(self, edge: str, now: int) -> Span | None:
        return next((span for span in self._spans.get(edge, ()) if span[0] <= now < span[1]), None)

    def _common(self, edge: str, sensors: frozenset[str], first: int, last: int) -> _Uniform | None:
        tenures = self._tenures.get(edge, {})
        since, until, resident = 0, FOREVER, ""
        for sensor in sensors:
            found = next((t for t in tenures.get(sensor, ()) if t.since <= first and last < t.until), None)
            if found is None or (resident and found.resident != resident):
                return None
            since, until, resident = max(since, found.since), min(until, found.until), found.resident
        return _Uniform(sensors, since, until, resident)

    def _index(self, record: SensorRecord) -> None:
        address = bluetooth_address(record.address)
        if address and record.listed:
            self._addresses.setdefault(address, {})[record.key] = None

    def _resettle(self, key: SensorKey, addresses: Iterable[str]) -> None:
        keys = {key}
        for address in addresses:
            keys |= set(self._addresses.get(address, ()))
            self._dispute(address)
        if not any(key in self._addresses.get(address, ()) for address in addresses):
            self._conflicts.pop(key, None)
        for edge, sensor in keys:
            self._uniform.pop(edge, None)
            self._settle(edge, sensor)

    def _dispute(self, address: str) -> None:
        """Find who owns the thing that several edges name."""
        keys = list(self._addresses.get(address, ()))
        for key in keys:
            self._conflicts.pop(key, None)
        if len({edge for edge, _ in keys}) < 2:
            return
        claims = {key: claim for key in keys if (claim := self._claim(key)) is not None}
        if not claims:
            return
        winner = max(claims, key=lambda key: claims[key])
        since = claims[winner][1]
        for key in keys:
            if key[0] != winner[0]:
                self._conflicts[key] = Conflict(winner[0], since)

    def _claim(self, key: SensorKey) -> tuple[bool, int] | None:
        """Return how strong a sensor's claim is: what a person said goes before a file, what is newer before older."""
        record = self._sensors[key[0]][key[1]]
        if not record.personal:
            return False, record.first_heard
        latest = next((made for made in reversed(self._assigned.get(key, ())) if made.until is None), None)
        return None if latest is None else (latest.explicit, latest.paired)

    def _settle(self, edge: str, sensor: str) -> None:
        record = self._sensors[edge][sensor]
        spans = self._spans.get(edge, ())
        if record.personal:
            found = [t for made in self._assigned.get((edge, sensor), ()) for t in _tenures(made, spans)]
        else:
            found = [Tenure(since, until, resident, 0) for since, until, resident in spans]
        conflict = self._conflicts.get((edge, sensor))
        if conflict is not None:
            found = [t._replace(until=min(t.until, conflict.since)) for t in found]
        self._tenures.setdefault(edge, {})[sensor] = tuple(
            sorted((t for t in found if t.since < t.until), reverse=True)
        )


def _tenures(made: Assignment, spans: Iterable[Span]) -> Iterable[Tenure]:
    """Join an assignment with when its resident lived where the edge stood."""
    ends = FOREVER if made.until is None else made.until
    for since, until, resident in spans:
        if resident == made.resident:
            yield Tenure(max(since, made.since), min(until, ends), resident, made.paired)


def _same_thing(before: SensorRecord, after: SensorRecord) -> bool:
    return replace(before, personal=after.personal, address=after.address, listed=after.listed) == before
