"""Who is watching a resident now: a chain of four links, each of which must hold. Pure; time is an argument.

| link | holds while |
|---|---|
| sensor | at least one sensor that measures all the time says something fresh |
| edge | the room's device is heard |
| hub | what arrives becomes durable, and alerts can be raised |
| human | somebody present can be reached: a tablet that proved its sound, or another way of who is on duty |

A resident for whom nothing measures all the time is watched by rounds: their sensor and edge are no links of the chain
(`Watched.rounds`). That is said, and it is no hole.

A hole that lasts rings, but never beside an alert that already says the same: an edge that is silent rings once, as a
silent edge (`find_holes`). What no other alert says is exactly what this is for.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from devices.clock import SECOND
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Alert, Code, Condition

LASTING = 120 * SECOND
"How long a hole must last before it rings: longer than every alert that would say its cause takes to be declared."
ROUNDS = frozenset({"no_device", "no_sensor"})
"Why nothing measures all the time though nothing is wrong: nobody prescribed it."
ORDERED = frozenset({"sensors_out_of_service"})
"Holes that a person ordered, with an end: shown, never rung."


class Place(enum.StrEnum):
    """A link of the chain, in the order in which an alarm passes them."""

    SENSOR = "sensor"
    EDGE = "edge"
    HUB = "hub"
    HUMAN = "human"


SAID_BY: Mapping[str, frozenset[Code]] = {
    "edge_silent": frozenset({Code.EDGE_SILENT, Code.BROKER_DOWN}),
    "sensors_silent": frozenset(
        {
            Code.SENSOR_SILENT,
            Code.SENSOR_UNPLUGGED,
            Code.SENSOR_UPDATING,
            Code.SENSOR_FAULT,
            Code.RADIO_DOWN,
            Code.BATTERY_LOW,
        }
    ),
    "sensors_stale": frozenset({Code.PROBE_OFF, Code.METRIC_ABSENT, Code.SENSOR_SILENT, Code.SPOOL_FULL}),
    "sensors_unassigned": frozenset({Code.SENSOR_UNASSIGNED, Code.SENSOR_CONFLICT}),
    "broker": frozenset({Code.BROKER_DOWN}),
    "nobody_reachable": frozenset({Code.TABLET_MUTE}),
}
"By reason: the alerts that say the same."


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of where a resident lives."""

    resident: str
    edge: str = ""
    "Empty when no device stands there."
    unwatched: str = ""
    "`Ward.unwatched`, empty when a sensor is up."
    heard: int | None = None
    "Hub time of the edge's last word."
    measured: int | None = None
    "Time of the newest value of a sensor that measures all the time."
    fresh: bool = False
    "Whether that is young enough to be believed."


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody who can be reached now."""

    name: str
    "As the staff calls them; of a device of the house, its name."
    way: str
    "`tablet`, or the channel by which they are reached."
    proven: int
    "Hub time at which the way last proved itself."


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain."""

    place: Place
    well: bool
    since: int
    "Hub time since which it is so, as far as the hub knows since it started."
    last: int | None = None
    "Time of its last sign of life."
    reason: str = ""
    "Why it does not hold; a word of `SAID_BY` or another."


@dataclass(frozen=True, slots=True)
class Watched:
    """Who watches one resident."""

    resident: str
    edge: str
    rounds: bool
    "Nothing measures all the time: people do, on their rounds."
    links: tuple[Link, ...]

    @property
    def hole(self) -> Link | None:
        """Return the first link that does not hold."""
        return next((link for link in self.links if not link.well), None)


class Watch:
    """Every resident's chain, with the times since which its links are as they are."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._links: dict[tuple[str, Place], Link] = {}
        self.watched: Mapping[str, Watched] = {}
        "By resident, as of the last `update`."

    def update(
        self, rooms: Iterable[Room], hub: str, humans: Sequence[Human], now: int
    ) -> Mapping[str, Watched]:
        """Compute every chain anew.

        Args:
            rooms: one per resident.
            hub: why the hub cannot do its work; empty when it can.
            humans: who can be reached.
            now: hub time, microseconds UTC.
        """
        ours = Link(Place.HUB, not hub, now, now, hub)
        proven = max((human.proven for human in humans), default=None)
        theirs = Link(Place.HUMAN, bool(humans), now, proven, "" if humans else "nobody_reachable")
        known: dict[tuple[str, Place], Link] = {}
        found = {}
        for room in rooms:
            rounds = room.unwatched in ROUNDS
            links = (() if rounds else (_sensor(room, now), _edge(room, now))) + (ours, theirs)
            dated = tuple(self._dated(room.resident, link) for link in links)
            known |= {(room.resident, link.place): link for link in dated}
            found[room.resident] = Watched(room.resident, room.edge, rounds, dated)
        self._links, self.watched = known, found
        return found

    def _dated(self, resident: str, link: Link) -> Link:
        before = self._links.get((resident, link.place))
        same = before is not None and (before.well, before.reason) == (link.well, link.reason)
        return replace(link, since=before.since) if before is not None and same else link


def find_holes(watched: Iterable[Watched], alerts: Iterable[Alert], now: int) -> list[Trouble]:
    """Return the holes that have to ring, one per room; what concerns everybody is one, of no room.

    Args:
        watched: every chain.
        alerts: the open ones.
        now: hub time, microseconds UTC.
    """
    active = [alert for alert in alerts if alert.condition is Condition.ACTIVE]
    said = {(alert.edge, alert.code) for alert in active if alert.code is not Code.WATCH_HOLE}
    found: dict[str, Trouble] = {}
    for one in watched:
        for link in one.links:
            if link.well or link.reason in ORDERED or now - link.since < LASTING:
                continue
            everybody = link.place in {Place.HUB, Place.HUMAN}
            if any((edge, code) in said for code in SAID_BY.get(link.reason, ()) for edge in ("", one.edge)):
                continue
            edge = "" if everybody else one.edge
            found.setdefault(edge, Trouble(edge, None if everybody else one.resident, link.reason))
    return [found[edge] for edge in sorted(found)]


def _sensor(room: Room, now: int) -> Link:
    # What is the edge's own fault is said of the edge.
    reason = "" if room.unwatched == "edge_silent" else room.unwatched
    if not room.unwatched and not room.fresh:
        reason = "sensors_stale"
    return Link(Place.SENSOR, not reason, now, room.measured, reason)


def _edge(room: Room, now: int) -> Link:
    reason = "edge_silent" if room.unwatched == "edge_silent" else ""
    return Link(Place.EDGE, not reason, now, room.heard, reason)
