"""Whether we are watching at all: edges that fall silent, sensors that fall silent, probes that fall off.

Every timer here runs on the hub's clock and starts again when the hub does: while it was away it heard nobody, and
nobody can say for how long a sensor was silent. Alerts that are already open are taken up as they are.

A silent edge says nothing of its sensors: their alerts are inhibited while it is silent, and none is raised for them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import Cause, Link
from devices.quality import Quality
from devices.wire.messages import Presence, SensorFact, StatusChange
from hub.alerting.ledger import Ledger, identity, technical_subject
from hub.alerting.model import OF_RESIDENTS, Alert, Code, Suppression

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
    Code.BATTERY_LOW: Priority.LOW,
    Code.RADIO_DOWN: Priority.MEDIUM,
    Code.DISK_LOW: Priority.LOW,
    Code.LOUDSPEAKER_MUTE: Priority.LOW,
    Code.BROKER_DOWN: Priority.HIGH,
    Code.TABLET_MUTE: Priority.HIGH,
    Code.SYNTHETIC_LOST: Priority.HIGH,
    Code.CONTACT_UNREACHABLE: Priority.LOW,
    Code.WATCH_HOLE: Priority.MEDIUM,
    Code.REQUEST_UNANSWERED: Priority.MEDIUM,
    Code.EXPERTISE_DUE: Priority.LOW,
    Code.EXPERTISE_LATE: Priority.MEDIUM,
}
"""Loss of watch is prompt for a person (medium), of the watch over everybody at once immediate for somebody (high), the rest
can wait for a round (low). Our choice: sheet 02 part 1 asks for a priority of its own and names none."""

_OF_SENSORS = (
    Code.SENSOR_SILENT,
    Code.SENSOR_UNPLUGGED,
    Code.SENSOR_UPDATING,
    Code.PROBE_OFF,
    Code.BATTERY_LOW,
)


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
    probe_off: float = 60.0
    """Who scratches their nose puts the probe back by themselves. It rings low, for the next round: within the minute nobody
    would have come. The page shows a dash at once, and what rang for the person before goes on ringing. Ours."""
    probe_off_watched: float = 480.0
    """The same while something else still measures the person all the time and no alert about them is open: nobody is left
    unwatched, and an alarm of the round is answered after eight minutes on average (`shared/cases/load_models.json`), so
    whoever is sent sooner for a probe that comes back by itself goes for nothing. Ours."""
    skew: float = 5.0
    "Seconds of difference between two clocks."
    skew_for: float = 10.0
    "How long it must last: a heartbeat that waited in the broker looks like a slow clock once."
    radio_down: float = 15.0
    "As a sensor's silence, which it stands for."
    battery: float = 15.0
    "Percent below which a sensor's battery is low. Ours: some days remain, so a round is soon enough."
    disk: float = 200.0
    "Megabytes below which an edge's disk is nearly full. Ours: hours of the spool of a room without its hub."


BATTERY_BACK = 5.0
DISK_BACK = 50.0
"By how much more than its bound a battery (percent) or a disk (megabytes) must have before it is well again."
_MEGABYTE = 1_000_000
_BLUETOOTH = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", re.ASCII)
_NO_PRIORITIES: Mapping[Code, Priority] = {}


@dataclass(slots=True)
class _Sensor:
    continuous: bool = True
    personal: bool = True
    silent: bool = False
    off: bool = False
    cause: Cause = Cause.NONE
    battery: int | None = None
    flat: bool = False
    "It says itself that its battery is low."
    radio: bool = False
    "It is reached over Bluetooth."
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
    deaf: int | None = None
    "Hub time since which its radio hears nothing."
    sensors: dict[str, _Sensor] = field(default_factory=dict)
    told: tuple[SensorFact, ...] = ()
    "By its last heartbeat."
    calm: bool = False
    "Every sensor was found well, and nothing was said of one since: time alone changes nothing."
    waiting: tuple[str, ...] = ()
    "Sensors that wait for somebody to say whose they are."
    conflicts: dict[str, tuple[str, int]] = field(default_factory=dict)
    "By sensor: the other edge, and the hub time since which it is known."


class Technical:
    """Every edge and its sensors."""

    def __init__(
        self,
        edges: Mapping[str, str | None],
        started: int,
        delays: Delays,
        ledger: Ledger,
        priorities: Mapping[Code, Priority] = _NO_PRIORITIES,
    ) -> None:
        """Count every configured edge's silence from the hub's start.

        Args:
            edges: every edge, and whom it watches.
            started: hub time.
            delays: when a condition is declared.
            ledger: the open alerts.
            priorities: where the home has others than `PRIORITIES`.
        """
        self._ledger = ledger
        self._priorities = {**PRIORITIES, **priorities}
        self._delays = delays
        self._enough = delays.battery + BATTERY_BACK
        self._cut = False
        "The hub has no broker: that nobody is heard says nothing of the rooms."
        self._edges = {edge: _Edge(edge, resident, started) for edge, resident in edges.items()}

    def present(self, edge: str, time: int, now: int) -> int:
        """Return the edge's time now, as the hub measured it, or the hub's own where that fits `time` better.

        One heartbeat that waited in the broker looks like a slow clock; it must not turn fresh values into history.
        """
        found = self._edges.get(edge)
        offset = 0 if found is None else found.offset
        if not offset:
            return now
        return min(now, now - offset, key=lambda present: abs(present - time))

    def watched(self) -> dict[str, str | None]:
        """Return every edge, and whom it watches."""
        return {name: edge.resident for name, edge in self._edges.items()}

    def rooms(self) -> dict[str, tuple[str, bool]]:
        """Return, by resident, a device that watches them and whether all that do are silent."""
        found: dict[str, tuple[str, bool]] = {}
        for edge in self._edges.values():
            if edge.resident is not None:
                silent = self._cut or (not edge.calm and self._silence(edge) is not None)
                before = found.get(edge.resident)
                if before is None or (before[1] and not silent):
                    found[edge.resident] = (edge.id, silent)
        return found

    def set_cut_off(self, now: int, *, cut: bool) -> None:
        """Say whether the hub hears nobody; afterwards every silence counts anew, for nobody can say how long it was."""
        if self._cut and not cut:
            for edge in self._edges.values():
                edge.heard = now
                for sensor in edge.sensors.values():
                    sensor.since.clear()
        self._cut = cut

    def set_system(self, code: Code, trouble: str | None, now: int) -> None:
        """Say what is wrong with what the whole home has once, or `None` when all is well."""
        subject = technical_subject(code, "")
        if trouble is None:
            self._ledger.clear(subject, now)
        elif self._ledger.active(subject) is not None:
            self._ledger.describe(subject, trouble)
        else:
            priority = self._priorities.get(code, Priority.MEDIUM)
            alert = Alert(identity(subject, now), code, priority, "", None, now, now, detail=trouble)
            self._ledger.raise_alert(alert)

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
            # What is wrong with the whole system has no edge, and ends by itself.
            if alert.code not in OF_RESIDENTS and alert.edge and alert.edge not in self._edges:
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
        if not edge.calm or edge.gone or edge.conflicts:
            self._settle(edge, now)

    def status(self, name: str, change: StatusChange, resident: str | None, fresh: int, now: int) -> None:
        """Take a change of a sensor; `fresh` is how old it may be, microseconds, to be about now."""
        edge = self._edges.setdefault(name, _Edge(name, resident, now))
        sensor = edge.sensors.setdefault(change.sensor, _Sensor())
        edge.calm = False
        if change.time < sensor.updated or self.present(name, change.time, now) - change.time > fresh:
            return
        sensor.updated = change.time
        _observe(sensor, change.link, change.flags, change.cause)
        self._settle(edge, now)

    def tick(self, now: int) -> None:
        """Declare what has lasted long enough."""
        patience = self._delays.edge_silent * SECOND
        for edge in self._edges.values():
            if not edge.calm or edge.gone or edge.conflicts or now - edge.heard >= patience:
                self._settle(edge, now)

    def _assign(self, edge: _Edge, resident: str | None, now: int) -> None:
        """Let an edge watch somebody else: what rang was about the one before, and is judged anew from now on."""
        if edge.resident == resident:
            return
        edge.resident = resident
        for alert in self._ledger.open():
            if alert.code not in OF_RESIDENTS and alert.edge == edge.id:
                self._ledger.clear(technical_subject(alert.code, edge.id, alert.sensor or ""), now, "moved")
        edge.heard = now
        edge.waiting, edge.conflicts = (), {}
        edge.skewed_since = None
        edge.calm = False
        for sensor in edge.sensors.values():
            sensor.since.clear()

    def _heard(self, edge: _Edge, presence: Presence, now: int) -> None:
        if not edge.calm and self._silence(edge) is not None:
            for sensor in edge.sensors.values():
                sensor.since.clear()
        edge.heard, edge.session, edge.gone = now, presence.session, False
        self._flag(edge, Code.SPOOL_FULL, now if presence.spool_full else None, now)
        self._disk(edge, presence.disk_free, now)
        self._skew(edge, now - presence.time, now)
        self._facts(edge, presence, now)

    def _disk(self, edge: _Edge, free: int | None, now: int) -> None:
        if free is None:
            return
        megabytes, bound = free / _MEGABYTE, self._delays.disk
        ringing = self._ledger.active(technical_subject(Code.DISK_LOW, edge.id)) is not None
        low = megabytes < (bound + DISK_BACK if ringing else bound)
        self._flag(edge, Code.DISK_LOW, now if low else None, now, value=megabytes)

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
        if edge.calm and presence.sensors == edge.told:
            for sensor in edge.sensors.values():
                sensor.updated = presence.time
            return
        edge.told = presence.sensors
        told = {fact.sensor for fact in presence.sensors}
        if not edge.calm or edge.sensors.keys() != told:
            edge.calm = False
            self._forget(edge, told, now)
        for fact in presence.sensors:
            sensor = edge.sensors.setdefault(fact.sensor, _Sensor())
            self._fact(sensor, fact, presence.time)
            edge.calm = edge.calm and _well(sensor, self._enough)

    def _forget(self, edge: _Edge, told: Collection[str], now: int) -> None:
        """Let go of the sensors that an edge does not name any more."""
        for name in set(edge.sensors) - set(told):
            del edge.sensors[name]
        for alert in self._ledger.open():
            if alert.code in _OF_SENSORS and alert.edge == edge.id and alert.sensor not in told:
                self._ledger.clear(technical_subject(alert.code, edge.id, alert.sensor or ""), now, "removed")

    @staticmethod
    def _fact(sensor: _Sensor, fact: SensorFact, time: int) -> None:
        sensor.continuous = fact.continuous
        sensor.personal = fact.personal
        sensor.updated = time
        sensor.battery = fact.battery
        sensor.radio = _BLUETOOTH.fullmatch(fact.address) is not None
        _observe(sensor, fact.link, fact.flags, fact.cause)

    def _silence(self, edge: _Edge) -> Alert | None:
        return self._ledger.active(technical_subject(Code.EDGE_SILENT, edge.id))

    def _settle(self, edge: _Edge, now: int) -> None:
        ringing = self._silence(edge) is not None
        # A hub that has just started keeps what rang until it has heard the edge itself.
        unheard = edge.session is None and ringing
        long = now - edge.heard >= self._delays.edge_silent * SECOND
        # What rang before the broker went goes on; nothing begins or ends while nobody can be heard.
        silent = ringing if self._cut else edge.gone or unheard or long
        if silent != ringing:
            self._flag(edge, Code.EDGE_SILENT, edge.heard if silent else None, now)
            self._inhibit(edge, Suppression.INHIBITED if silent else Suppression.NONE)
        if edge.conflicts:
            self._owners(edge, now)
        if silent:
            edge.calm = False
        if silent or edge.calm or self._cut:
            return
        self._radio(edge, now)
        for name, sensor in edge.sensors.items():
            self._judge(edge, name, sensor, now)
            self._battery(edge, name, sensor, now)
        known = edge.session is not None
        edge.calm = known and all(_well(each, self._enough) for each in edge.sensors.values())

    def _radio(self, edge: _Edge, now: int) -> None:
        """Say once that the room hears no Bluetooth, in the place of every sensor that it does not hear."""
        if edge.session is None:
            return
        deaf = [sensor for sensor in edge.sensors.values() if sensor.silent and sensor.cause is Cause.ADAPTER]
        hears = any(sensor.radio and not sensor.silent for sensor in edge.sensors.values())
        edge.deaf = None if hears or not deaf else edge.deaf or now
        if edge.deaf is None:
            self._flag(edge, Code.RADIO_DOWN, None, now)
        elif now - edge.deaf >= self._delays.radio_down * SECOND:
            self._flag(edge, Code.RADIO_DOWN, edge.deaf, now)
        ringing = self._ledger.active(technical_subject(Code.RADIO_DOWN, edge.id)) is not None
        for name, sensor in edge.sensors.items():
            subject = technical_subject(Code.SENSOR_SILENT, edge.id, name)
            silence = self._ledger.active(subject)
            hidden = ringing and sensor.cause is Cause.ADAPTER
            if silence is not None and hidden != (silence.suppression is Suppression.INHIBITED):
                self._ledger.suppress(subject, Suppression.INHIBITED if hidden else Suppression.NONE)

    def _battery(self, edge: _Edge, name: str, sensor: _Sensor, now: int) -> None:
        subject = technical_subject(Code.BATTERY_LOW, edge.id, name)
        ringing, charge = self._ledger.active(subject), sensor.battery
        bound = self._delays.battery + (0.0 if ringing is None else BATTERY_BACK)
        low = sensor.flat or (charge is not None and charge < bound)
        value = None if charge is None else float(charge)
        self._flag(edge, Code.BATTERY_LOW, now if low else None, now, sensor=name, value=value)
        if low and value is not None and ringing is not None and value < (ringing.value or 100.0):
            self._ledger.worsen(subject, value)

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
        if plain and sensor.cause is Cause.ADAPTER and edge.deaf is not None:
            # The radio stands for it, and what rang of it before is inhibited by that.
            sensor.since.pop(Code.SENSOR_SILENT, None)
        else:
            self._sensor(edge, name, Code.SENSOR_SILENT, delays.sensor_silent if plain else None, now)
        if unplugged:
            # Should it turn out to be more than a cable, its silence counts from here, not from then.
            sensor.since[Code.SENSOR_SILENT] = began
        off = sensor.off and not silent
        self._sensor(edge, name, Code.PROBE_OFF, self._patience(edge) if off else None, now)

    def _patience(self, edge: _Edge) -> float:
        """Return how long a probe of a room may be off: what else measures is asked each time, not when it came off."""
        delays = self._delays
        if not any(_measures(sensor) for sensor in edge.sensors.values()):
            return delays.probe_off
        said = any(alert.edge == edge.id and not alert.technical for alert in self._ledger.open())
        return delays.probe_off if said else max(delays.probe_off, delays.probe_off_watched)

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
            self._flag(edge, code, None, now, sensor=name)
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
        if onset is None and not self._ledger.rings(code):
            return
        subject = technical_subject(code, edge.id, sensor or "")
        if onset is None:
            self._ledger.clear(subject, now)
        elif self._ledger.active(subject) is None:
            self._ledger.raise_alert(
                Alert(
                    id=identity(subject, onset),
                    code=code,
                    priority=self._priority(edge, code),
                    edge=edge.id,
                    resident=edge.resident,
                    onset=onset,
                    raised=now,
                    sensor=sensor,
                    value=value,
                )
            )

    def _priority(self, edge: _Edge, code: Code) -> Priority:
        missed = (sensor.continuous for sensor in edge.sensors.values() if sensor.cause is Cause.ADAPTER)
        # Where nobody lives, nobody's watch is lost; meters that speak only when used are not missed before a round.
        if edge.resident is None or (code is Code.RADIO_DOWN and not any(missed)):
            return Priority.LOW
        return self._priorities[code]

    def _inhibit(self, edge: _Edge, suppression: Suppression) -> None:
        for alert in self._ledger.open():
            if alert.code in _OF_SENSORS and alert.edge == edge.id:
                subject = technical_subject(alert.code, edge.id, alert.sensor or "")
                self._ledger.suppress(subject, suppression)


def _well(sensor: _Sensor, enough: float) -> bool:
    """Tell whether there is nothing to say of a sensor."""
    charged = sensor.battery is None or sensor.battery >= enough
    return charged and not (sensor.silent or sensor.off or sensor.flat)


def _measures(sensor: _Sensor) -> bool:
    """Tell whether a sensor measures a person all the time, and does now; the air of a room is nobody's."""
    return sensor.continuous and sensor.personal and not (sensor.silent or sensor.off)


def _observe(sensor: _Sensor, link: Link, flags: int, cause: Cause) -> None:
    sensor.silent = link is not Link.UP
    sensor.cause = cause
    sensor.off = bool(flags & Quality.PROBE_OFF)
    sensor.flat = bool(flags & Quality.LOW_BATTERY)
