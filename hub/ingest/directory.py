"""Who is where, under which key and with which limits: one immutable state, replaced as a whole when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from devices.limits import Limit
from devices.wire.seal import Keys, edge_secret
from hub import standing
from hub.alerting.expiry import Expired
from hub.alerting.model import TEST_EDGE
from hub.alerting.rules.model import Person, RuleSet
from hub.ingest.owners import FOREVER, Owners, Span
from hub.store import records, sensors
from hub.store.prescribing import Prescribed
from hub.store.records import Placement, Stay
from hub.store.sensors import Assignment, SensorKey, SensorRecord


@dataclass(frozen=True, slots=True)
class Directory:
    """What ingest must know to take a message."""

    keys: Mapping[str, Keys] = field(default_factory=dict)
    "Of every edge that is not revoked."
    versions: Mapping[str, int] = field(default_factory=dict)
    "Their keys' versions."
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    "By edge, newest first."
    limits: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    "In force, by resident: what is prescribed, and the profile's defaults beside it."
    people: Mapping[str, Person] = field(default_factory=dict)
    "What rules must know of who lives here, by resident."
    expired: Mapping[str, tuple[Prescribed, ...]] = field(default_factory=dict)
    "By resident: prescriptions that are over, of which nobody has said what now."
    changes_at: int = FOREVER
    "When the next prescription begins or ends, microseconds UTC."
    sensors: Mapping[SensorKey, SensorRecord] = field(default_factory=dict)
    "Every sensor that was ever heard."
    assignments: tuple[Assignment, ...] = ()
    "Whose personal sensors are and were, oldest first."

    def owners(self) -> Owners:
        """Return whose every reading is, as of this state."""
        return Owners(self.spans, self.sensors, self.assignments)

    def resident(self, edge: str, time: int) -> str | None:
        """Return who was watched by an edge at a time."""
        for since, until, resident in self.spans.get(edge, ()):
            if since <= time < until:
                return resident
        return None

    def watched(self, now: int) -> dict[str, str | None]:
        """Return every edge, and whom it watches now."""
        return {edge: self.resident(edge, now) for edge in self.keys if edge != TEST_EDGE}

    def expired_of_edges(self, now: int) -> list[Expired]:
        """Return which edges watch somebody whose prescriptions are over."""
        found = []
        for edge, resident in self.watched(now).items():
            over = sorted(self.expired.get(resident or "", ()), key=lambda each: each.paper.until or 0)
            if resident is not None and over:
                limits = tuple((each.limit.metric, each.id) for each in over)
                found.append(Expired(edge, resident, over[0].paper.until or now, limits))
        return found

    def limits_of_edge(self, edge: str, now: int) -> tuple[Limit, ...]:
        """Return the limits of who is watched by an edge now."""
        resident = self.resident(edge, now)
        return () if resident is None else self.limits.get(resident, ())


def spans(placements: Iterable[Placement], stays: Iterable[Stay]) -> dict[str, tuple[Span, ...]]:
    """Join where edges stood with where residents lived."""
    lived: dict[str, list[Stay]] = {}
    for stay in stays:
        lived.setdefault(stay.room, []).append(stay)
    found: dict[str, list[Span]] = {}
    for placement in placements:
        for stay in lived.get(placement.room, ()):
            since = max(placement.since, stay.since)
            until = min(
                FOREVER if placement.until is None else placement.until,
                FOREVER if stay.until is None else stay.until,
            )
            if since < until:
                found.setdefault(placement.edge, []).append((since, until, stay.resident))
    return {edge: tuple(sorted(times, reverse=True)) for edge, times in found.items()}


def load(connection: Connection, master: bytes, now: int, ruleset: RuleSet = standing.NO_RULES) -> Directory:
    """Read the directory.

    Args:
        connection: of a transaction.
        master: the hub's master secret, from which edges' secrets are derived.
        now: time at which limits must be in force.
        ruleset: the home's rules: what holds where nothing is prescribed.
    """
    papers = standing.read_papers(connection, now)
    stand = standing.standings(papers, ruleset, now)
    enrolled = {key: edge for key, edge in records.edges(connection).items() if edge.revoked is None}
    return Directory(
        {key: Keys(edge_secret(master, key, edge.key_version)) for key, edge in enrolled.items()}
        | {TEST_EDGE: Keys(edge_secret(master, TEST_EDGE, 1))},
        {key: edge.key_version for key, edge in enrolled.items()},
        spans(records.placements(connection), records.stays(connection)),
        {who: each.limits for who, each in stand.items() if each.limits},
        {who: each.person for who, each in stand.items() if each.person is not None},
        {who: each.expired for who, each in stand.items() if each.expired},
        papers.changes_at(now),
        sensors.sensors(connection),
        tuple(sensors.assignments(connection)),
    )
