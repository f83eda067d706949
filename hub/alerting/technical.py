"""Whether we are watching at all: edges that fall silent, sensors that fall silent, probes that fall off.

Every timer here runs on the hub's clock and starts again when the hub does: while it was away it heard nobody, and
nobody can say for how long a sensor was silent. Alerts that are already open are taken up as they are.

A silent edge says nothing of its sensors: their alerts are inhibited while it is silent, and none is raised for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import Cause, Link
from devices.quality import Quality
from devices.wire.messages import Presence, SensorFact, StatusChange
from hub.alerting.ledger import Ledger, identity, technical_subject
from hub.alerting.model import LIMIT_CODES, Alert, Code, Suppression

PRIORITIES: Mapping[Code, Priority] = {
    Code.EDGE_SILENT: Priority.MEDIUM,
    Code.SENSOR_SILENT: Priority.MEDIUM,
    Code.PROBE_OFF: Priority.LOW,
    Code.CLOCK_SKEW: Priority.LOW,
    Code.SPOOL_FULL: Priority.LOW,
    Code.SENSOR_UNPLUGGED: Priority.MEDIUM,
    Code.SENSOR_UPDATING: Priority.MEDIUM,
    Code.SENSOR_UNASSIGNED: Priority.LOW,
    Code.SENSOR_CONFLICT: Priority.LOW,
}
"""Loss of watch is prompt for a person (medium), the rest can wait for a round (low). Our choice: sheet 02 part 1
asks for a priority of its own and names none."""

_OF_SENSORS = (Code.SENSOR_SILENT, Code.SENSOR_UNPLUGGED, Code.SENSOR_UPDATING, Code.PROBE_OFF)


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds after which a technical condition is declared."""

    edge_silent: float = 15.0
    "Three heartbeats of 5 s."
    sensor_silent: float = 15.0
    "Beside the edge's own judgement that a sensor is silent; a radio link that comes back by itself is no alert."
    sensor_unplugged: float = 2.0
    "A cable that is pushed back in at once is no alert; with the way to the hub this stays below 5 s."
    sensor_updating: float = 600.0
    "An update of a room node takes about a minute; one that takes ten has failed."
    sensor_conflict: float = 15.0
    "A sensor that is given to another room is still named by its old one for a heartbeat or two."
    probe_off: float = 10.0
    skew: float = 5.0
    "Seconds of difference between two clocks."
    skew_for: float = 10.0
    "How long it must last: a heartbeat that waited in the broker looks like a slow clock once."


@dataclass(slots=True)
class _Sensor:
    continuous: bool = True
    silent: bool = False
    off: bool = False
    cause: Cause = Cause.NONE
    updated: int = 0
    "Time of the newest fact, by the edge's clock."
    since: dict[Code, int] = field(default_factory=dict)
    "Hub time at which a condition began."


@dataclass(slots=True)
class _Edge:
    id: str
    resident: str | None
    heard: int
    "Hub time of the last heartbeat; the hub's start before the first."
    session: str | None = None
    gone: bool = False
    offset: int = 0
    "Hub time minus edge time at the last heartbeat, when that is more than the skew that is allowed; otherwise 0."
    skewed_since: int | None = None
    sensors: dict[str, _Sensor] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    "Sensors that wait for somebody to say whose they are."
    conflicts: dict[str, tuple[str, int]] = field(default_factory=dict)
    "By sensor: the other edge, and the hub time since which it is known."


class Technical:
    """Every edge and its sensors."""

    def __init__(self, edges: Mapping[str, str | None], started: int, delays: Delays, ledger: Ledger) -> None:
        """Count every configured edge's silence from the hub's start."""
        self._ledger = ledger
        self._delays = delays
        self._edges = {edge: _Edge(edge, resident, started) for edge, resident in edges.items()}

    def present(self, edge: str, time: int, now: int) -> int:
        """Return the edge's time now, as the hub measured it, or the hub's own where that fits `time` better.

        One heartbeat that waited in the broker looks like a slow clock; it must not turn fresh values into history.
        """
        found = self._edges.get(edge)
        offset = 0 if found is None else found.offset
        return min(now, now - offset, key=lambda present: abs(present - time))

    def watched(self) -> dict[str, str | None]:
        """Return every edge, and whom it watches."""
        return {name: edge.resident for name, edge in self._edges.items()}

    def set_edges(self, edges: Mapping[str, str | None], now: int) -> None:
        """Watch these edges; one that is new is waited for from now on, what rang for one that went ends."""
        for gone in set(self._edges) - set(edges):
            del self._edges[gone]
        for name, resident in edges.items():
            self._assign(self._edges.setdefault(name, _Edge(name, resident, now)), resident, now)
        self.clear_orphans(now)

    def clear_orphans(self, now: int) -> None:
        """End what rings for equipment that is no longer configured."""
        for alert in self._ledger.open():
            if alert.code not in LIMIT_CODES and alert.edge not in self._edges:
                self._ledger.clear(
                    technical_subject(alert.code, alert.edge, alert.sensor or ""), now, "removed"
                )

    def set_links(
        self, waiting: Mapping[str, tuple[str, ...]], conflicts: Mapping[tuple[str, str], str], now: int
    ) -> None:
        """Replace which sensors wait for an owner, by edge, and which another edge owns, by (edge, sensor)."""
        for edge in self._edges.values():
            edge.waiting = waiting.get(edge.id, ())
            earlier, edge.conflicts = edge.conflicts, {}
            for (name, sensor), other in conflicts.items():
                if name == edge.id:
                    known = earlier.get(sensor)
                    edge.conflicts[sensor] = (other, now if known is None else known[1])
            self._owners(edge, now)

    def presence(self, presence: Presence, resident: str | None, now: int) -> None:
        """Take a heartbeat, a good-bye or a will."""
        edge = self._edges.setdefault(presence.edge, _Edge(presence.edge, resident, now))
        self._assign(edge, resident, now)
        if presence.state == "gone":
            edge.gone = edge.gone or presence.session == edge.session
        else:
            self._heard(edge, presence, now)
        self._settle(edge, now)

    def status(self, name: str, change: StatusChange, resident: str | None, fresh: int, now: int) -> None:
        """Take a change of a sensor; `fresh` is how old it may be, microseconds, to be about now."""
        edge = self._edges.setdefault(name, _Edge(name, resident, now))
        sensor = edge.sensors.setdefault(change.sensor, _Sensor())
        if change.time < sensor.updated or self.present(name, change.time, now) - change.time > fresh:
            return
        sensor.updated = change.time
        _observe(sensor, change.link, change.flags, change.cause)
        self._settle(edge, now)

    def tick(self, now: int) -> None:
        """Declare what has lasted long enough."""
        for edge in self._edges.values():
            self._settle(edge, now)

    def _assign(self, edge: _Edge, resident: str | None, now: int) -> None:
        """Let an edge watch somebody else: what rang was about the one before, and is judged anew from now on."""
        if edge.resident == resident:
            return
        edge.resident = resident
        for alert in self._ledger.open():
            if alert.code not in LIMIT_CODES and alert.edge == edge.id:
                self._ledger.clear(technical_subject(alert.code, edge.id, alert.sensor or ""), now, "moved")
        edge.heard = now
        edge.waiting, edge.conflicts = (), {}
        edge.skewed_since = None
        for sensor in edge.sensors.values():
            sensor.since.clear()

    def _heard(self, edge: _Edge, presence: Presence, now: int) -> None:
        if self._ledger.active(technical_subject(Code.EDGE_SILENT, edge.id)) is not None:
            for sensor in edge.sensors.values():
                sensor.since.clear()
        edge.heard, edge.session, edge.gone = now, presence.session, False
        self._flag(edge, Code.SPOOL_FULL, now if presence.spool_full else None, now)
        self._skew(edge, now - presence.time, now)
        self._facts(edge, presence, now)

    def _skew(self, edge: _Edge, offset: int, now: int) -> None:
        if abs(offset) <= self._delays.skew * SECOND:
            edge.offset, edge.skewed_since = 0, None
            self._flag(edge, Code.CLOCK_SKEW, None, now)
            return
        edge.offset = offset
        edge.skewed_since = edge.skewed_since or now
        if now - edge.skewed_since >= self._delays.skew_for * SECOND:
            self._flag(edge, Code.CLOCK_SKEW, edge.skewed_since, now, value=-offset / SECOND)

    def _facts(self, edge: _Edge, presence: Presence, now: int) -> None:
        told = {fact.sensor for fact in presence.sensors}
        for name in set(edge.sensors) - told:
            del edge.sensors[name]
        for alert in self._ledger.open():
            if alert.code in _OF_SENSORS and alert.edge == edge.id and alert.sensor not in told:
                self._ledger.clear(technical_subject(alert.code, edge.id, alert.sensor or ""), now, "removed")
        for fact in presence.sensors:
            self._fact(edge.sensors.setdefault(fact.sensor, _Sensor()), fact, presence.time)

    @staticmethod
    def _fact(sensor: _Sensor, fact: SensorFact, time: int) -> None:
        sensor.continuous = fact.continuous
        sensor.updated = time
        _observe(sensor, fact.link, fact.flags, fact.cause)

    def _settle(self, edge: _Edge, now: int) -> None:
        ringing = self._ledger.active(technical_subject(Code.EDGE_SILENT, edge.id)) is not None
        # A hub that has just started keeps what rang until it has heard the edge itself.
        unheard = edge.session is None and ringing
        silent = edge.gone or unheard or now - edge.heard >= self._delays.edge_silent * SECOND
        if silent != ringing:
            self._flag(edge, Code.EDGE_SILENT, edge.heard if silent else None, now)
            self._inhibit(edge, Suppression.INHIBITED if silent else Suppression.NONE)
        if edge.conflicts:
            self._owners(edge, now)
        if silent:
            return
        for name, sensor in edge.sensors.items():
            self._judge(edge, name, sensor, now)

    def _judge(self, edge: _Edge, name: str, sensor: _Sensor, now: int) -> None:
        """Say the most particular thing of a sensor, and one thing only."""
        delays, silent = self._delays, sensor.silent
        updating = silent and sensor.cause is Cause.UPDATING
        silence = silent and sensor.continuous and not updating
        unplugged = silence and sensor.cause is Cause.UNPLUGGED
        began = sensor.since.get(Code.SENSOR_SILENT, now)
        self._sensor(edge, name, Code.SENSOR_UPDATING, delays.sensor_updating if updating else None, now)
        self._sensor(edge, name, Code.SENSOR_UNPLUGGED, delays.sensor_unplugged if unplugged else None, now)
        plain = silence and not unplugged
        self._sensor(edge, name, Code.SENSOR_SILENT, delays.sensor_silent if plain else None, now)
        if unplugged:
            # Should it turn out to be more than a cable, its silence counts from here, not from then.
            sensor.since[Code.SENSOR_SILENT] = began
        self._sensor(edge, name, Code.PROBE_OFF, delays.probe_off if sensor.off and not silent else None, now)

    def _owners(self, edge: _Edge, now: int) -> None:
        """Say which sensors belong to nobody, and which to another room."""
        detail = ",".join(edge.waiting)
        self._flag(edge, Code.SENSOR_UNASSIGNED, now if edge.waiting else None, now)
        self._ledger.describe(technical_subject(Code.SENSOR_UNASSIGNED, edge.id), detail)
        for alert in self._ledger.open():
            ours = alert.code is Code.SENSOR_CONFLICT and alert.edge == edge.id
            if ours and alert.sensor not in edge.conflicts:
                self._ledger.clear(technical_subject(alert.code, edge.id, alert.sensor or ""), now)
        for sensor, (other, since) in edge.conflicts.items():
            if now - since >= self._delays.sensor_conflict * SECOND:
                self._flag(edge, Code.SENSOR_CONFLICT, since, now, sensor=sensor)
                self._ledger.describe(technical_subject(Code.SENSOR_CONFLICT, edge.id, sensor), other)

    def _sensor(self, edge: _Edge, name: str, code: Code, delay: float | None, now: int) -> None:
        """Time a sensor's condition; `delay` is `None` when all is well."""
        since = edge.sensors[name].since
        if delay is None:
            since.pop(code, None)
            self._ledger.clear(technical_subject(code, edge.id, name), now)
        elif now - since.setdefault(code, now) >= delay * SECOND:
            self._flag(edge, code, since[code], now, sensor=name)

    def _flag(
        self,
        edge: _Edge,
        code: Code,
        onset: int | None,
        now: int,
        *,
        sensor: str | None = None,
        value: float | None = None,
    ) -> None:
        """Raise an alert that is not there yet, or end it when there is no onset."""
        subject = technical_subject(code, edge.id, sensor or "")
        if onset is None:
            self._ledger.clear(subject, now)
        elif self._ledger.active(subject) is None:
            self._ledger.raise_alert(
                Alert(
                    id=identity(subject, onset),
                    code=code,
                    # Where nobody lives, nobody's watch is lost.
                    priority=PRIORITIES[code] if edge.resident is not None else Priority.LOW,
                    edge=edge.id,
                    resident=edge.resident,
                    onset=onset,
                    raised=now,
                    sensor=sensor,
                    value=value,
                )
            )

    def _inhibit(self, edge: _Edge, suppression: Suppression) -> None:
        for alert in self._ledger.open():
            if alert.code in _OF_SENSORS and alert.edge == edge.id:
                subject = technical_subject(alert.code, edge.id, alert.sensor or "")
                self._ledger.suppress(subject, suppression)


def _observe(sensor: _Sensor, link: Link, flags: int, cause: Cause) -> None:
    sensor.silent = link is not Link.UP
    sensor.cause = cause
    sensor.off = bool(flags & Quality.PROBE_OFF)
