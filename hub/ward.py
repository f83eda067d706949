"""What is known of the home now: newest values, edges and their sensors, open alerts. Pure; time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.measurement import Link
from devices.wire.messages import Observation, Presence, SensorFact
from hub.alerting.model import TEST_EDGE, Alert, Changes, Kind, Suppressor, Transition
from hub.alerting.technical import Delays
from hub.store.ports import Latest
from hub.store.records import Prescription, Resident
from hub.why import Facts, Ownership, Reason, reason
from hub.words import kind_of

SILENT_AFTER = round(Delays().edge_silent * SECOND)
"Microseconds without a heartbeat after which an edge is not online; the same as the alert's."


_WATCHING = frozenset({Ownership.RESIDENT, Ownership.ROOM})
BACKLOG = 30
"Envelopes of about a second each that an edge may hold before it is news: one or two are always on their way."


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A resident, where they live and what is prescribed."""

    resident: Resident
    room: str
    "The room's name."
    edge: str | None
    "The edge that stands in the room."
    limits: tuple[Prescription, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """Everything the ward takes from the records."""

    home: str
    inhabitants: Mapping[str, Inhabitant]
    "By resident."
    rooms: Mapping[str, str]
    "Name of the room that each edge stands in; an edge that stands nowhere has an empty one."
    ownerships: Mapping[tuple[str, str], Ownership] = field(default_factory=dict)
    "Whose each sensor is now, by (edge, sensor)."
    protocols: Mapping[tuple[str, str], str] = field(default_factory=dict)
    "What each sensor speaks, by (edge, sensor)."


@dataclass(slots=True)
class EdgeState:
    """What an edge last said of itself."""

    heard: int | None = None
    "Hub time of its last heartbeat."
    presence: Presence | None = None
    gone: bool = False
    online: bool = False
    skew: float | None = None
    "Seconds that the edge's clock was ahead of the hub's at the last heartbeat."


@dataclass(frozen=True, slots=True)
class Told:
    """An alert and all its steps."""

    alert: Alert
    history: tuple[Transition, ...]


@dataclass(slots=True)
class News:
    """What one commit changed for the screens."""

    values: dict[str, dict[str, Latest]] = field(default_factory=dict)
    "By resident, then metric."
    alerts: list[Told] = field(default_factory=list)
    edges: dict[str, bool] = field(default_factory=dict)
    "Edges that spoke; true when it changes what people should know of them."


class Ward:
    """The home as the screens show it."""

    def __init__(self) -> None:
        self.roll = Roll("", {}, {})
        self.edges: dict[str, EdgeState] = {}
        self._values: dict[str, dict[str, Latest]] = {}
        self._alerts: dict[str, Told] = {}
        self._orders: dict[str, Suppressor] = {}

    def load(
        self,
        roll: Roll,
        latest: Mapping[str, Iterable[Latest]],
        alerts: Iterable[Told],
        orders: Iterable[Suppressor] = (),
    ) -> None:
        """Take up what the store knows, at the start."""
        self.enroll(roll)
        for resident, values in latest.items():
            for value in values:
                self._newest(resident, value)
        self._alerts = {told.alert.id: told for told in alerts}
        self._orders = {order.id: order for order in orders}

    def enroll(self, roll: Roll) -> None:
        """Take up changed records; what was known of those who are not in them is dropped."""
        self.roll = roll
        self._values = {who: self._values.get(who, {}) for who in roll.inhabitants}
        self.edges = {edge: self.edges.get(edge, EdgeState()) for edge in roll.rooms}

    def observe(self, observed: Iterable[tuple[str, str, tuple[Observation, ...]]], news: News) -> None:
        """Take (edge, resident, observations); only what is newest matters."""
        # First which of them is the newest, then what a screen needs of it: under load most are not.
        residents: dict[str, dict[str, tuple[Observation, str]]] = {}
        for edge, resident, observations in observed:
            newest = residents.setdefault(resident, {})
            for seen in observations:
                known = newest.get(seen.metric)
                if known is None or seen.time >= known[0].time:
                    newest[seen.metric] = (seen, edge)
        for resident, newest in residents.items():
            for metric, (seen, edge) in newest.items():
                value = Latest(metric, seen.value, seen.time, seen.flags, seen.sensor, edge)
                if self._newest(resident, value):
                    news.values.setdefault(resident, {})[metric] = value

    def restate(self, resident: str, values: Iterable[Latest]) -> None:
        """Take all newest values of a resident anew: one of those that were known was taken back."""
        if resident in self._values:
            self._values[resident] = {}
            for value in values:
                self._newest(resident, value)

    def hear(self, presence: Presence, now: int, news: News) -> None:
        """Take a heartbeat or a will; a will of an older session says nothing."""
        edge = self.edges.get(presence.edge)
        if edge is None:
            return
        if presence.state == "gone":
            if edge.presence is not None and edge.presence.session == presence.session:
                edge.gone = True
        else:
            if _signature(edge.presence) != _signature(presence):
                news.edges[presence.edge] = True
            edge.heard, edge.presence, edge.gone = now, presence, False
            edge.skew = (presence.time - now) / SECOND
        news.edges.setdefault(presence.edge, self._refresh(edge, now))

    def alert(self, changes: Changes, news: News) -> None:
        """Take changed orders and alerts, with the steps that belong to them."""
        for order in changes.suppressors.values():
            if order.ended is None:
                self._orders[order.id] = order
            else:
                self._orders.pop(order.id, None)
        steps: dict[str, list[Transition]] = {}
        for step in changes.transitions:
            steps.setdefault(step.alert, []).append(step)
        for alert in changes.alerts.values():
            if alert.edge == TEST_EDGE:
                continue
            before = self._alerts.pop(alert.id, None)
            history = (*(before.history if before else ()), *steps.get(alert.id, ()))
            told = Told(alert, history)
            if alert.open:
                self._alerts[alert.id] = told
            news.alerts.append(told)

    def tick(self, now: int) -> list[str]:
        """Return the edges that went silent by the passing of time."""
        return [name for name, edge in self.edges.items() if self._refresh(edge, now)]

    def alerts(self) -> Iterator[Told]:
        """Return the open alerts."""
        yield from self._alerts.values()

    def orders(self) -> list[Suppressor]:
        """Return the orders in force that something does not sound, the first to end first."""
        return sorted(self._orders.values(), key=lambda order: (order.until, order.id))

    def out_of_service(self, edge: str, sensor: str) -> bool:
        """Tell whether somebody has put a sensor out of service."""
        return any(
            order.kind is Kind.OUT_OF_SERVICE and (order.edge, order.sensor) == (edge, sensor)
            for order in self._orders.values()
        )

    def values(self, resident: str) -> list[Latest]:
        """Return the newest value of every metric of a resident, by metric."""
        known = self._values.get(resident, {})
        return [known[metric] for metric in sorted(known)]

    def residents_of(self, edge: str) -> list[str]:
        """Return whom an edge watches."""
        return [who for who, inhabitant in self.roll.inhabitants.items() if inhabitant.edge == edge]

    def unwatched(self, resident: str) -> str | None:
        """Return why a resident is not watched, or `None` when they are."""
        name = self.roll.inhabitants[resident].edge
        if name is None:
            return "no_device"
        edge = self.edges.get(name)
        if edge is None or not edge.online or edge.presence is None:
            return "edge_silent"
        continuous = [
            fact
            for fact in edge.presence.sensors
            # The air of the room says nothing of who breathes it.
            if fact.continuous and kind_of(fact.protocol) != "climate"
        ]
        if not continuous:
            return "no_sensor"
        continuous = [fact for fact in continuous if not self.out_of_service(name, fact.sensor)]
        if not continuous:
            return "sensors_out_of_service"
        up = [fact for fact in continuous if fact.link is Link.UP]
        if not up:
            return "sensors_silent"
        ours = any(self.ownership(name, fact.sensor) in _WATCHING for fact in up)
        return None if ours else "sensors_unassigned"

    def ownership(self, edge: str, sensor: str) -> Ownership:
        """Return whose a sensor is now; one that the records do not know yet is given out as it is first heard."""
        return self.roll.ownerships.get((edge, sensor), Ownership.RESIDENT)

    def why(self, edge: str, fact: SensorFact, now: int) -> Reason:
        """Return why a sensor is silent, or that it is not."""
        state = self.edges[edge]
        facts = Facts(
            state.online,
            state.heard,
            fact.link,
            fact.cause,
            fact.flags,
            fact.continuous,
            fact.since,
            fact.last,
            fact.seen,
            fact.battery,
            self.ownership(edge, fact.sensor),
        )
        return reason(facts, now)

    def _newest(self, resident: str, value: Latest) -> bool:
        known = self._values.get(resident)
        if known is None:
            return False
        before = known.get(value.metric)
        if before is not None and before.time > value.time:
            return False
        known[value.metric] = value
        return True

    @staticmethod
    def _refresh(edge: EdgeState, now: int) -> bool:
        """Bring `online` up to date; tell whether it changed."""
        online = edge.heard is not None and not edge.gone and now - edge.heard < SILENT_AFTER
        changed = online != edge.online
        edge.online = online
        return changed


def _signature(presence: Presence | None) -> object:
    """Return of a heartbeat what people should be told of at once, without times and counts."""
    if presence is None:
        return None
    sensors = tuple(
        (s.sensor, s.link, s.flags, s.battery, s.detail, s.continuous, s.cause, s.since)
        for s in presence.sensors
    )
    return presence.synchronised, presence.spool_full, presence.pending > BACKLOG, sensors
