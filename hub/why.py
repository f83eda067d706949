"""Why a sensor is silent, from facts alone. Pure: no store, no clock; `hub.words` puts it into a sentence.

The most particular cause comes first: a sensor whose device is silent is not said to have an empty battery.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.clock import SECOND
from devices.measurement import Cause, Link
from devices.quality import Quality

LOW_BATTERY = 20
"Per cent, and below: what most sensors' own warning means."
_METER_RESTS = 24 * 3600 * SECOND
"A meter that nobody used for a day, and did not show itself, may as well be out of order."


class Ownership(enum.StrEnum):
    """Whose a sensor is now."""

    RESIDENT = "resident"
    ROOM = "room"
    "Its values follow whoever lives there."
    UNASSIGNED = "unassigned"
    "Somebody lives in the room, and nobody has said whose the sensor is."
    CONFLICT = "conflict"
    "Another edge owns the same thing."
    NOBODY = "nobody"
    "Nobody lives in the room."


class Why(enum.StrEnum):
    """Why a sensor is silent, most particular first."""

    EDGE_SILENT = "edge_silent"
    ADAPTER = "adapter"
    UPDATING = "updating"
    UNPLUGGED = "unplugged"
    NOT_PLUGGED = "not_plugged"
    REFUSED = "refused"
    KEY_NEEDED = "key_needed"
    KEY_WRONG = "key_wrong"
    BUSY = "busy"
    DENIED = "denied"
    FAULT = "fault"
    NOT_SEEN = "not_seen"
    LINK_LOST = "link_lost"
    PROBE_OFF = "probe_off"
    NO_READINGS = "no_readings"
    CONNECTING = "connecting"
    CONFLICT = "conflict"
    UNASSIGNED = "unassigned"
    METER_WAITING = "meter_waiting"
    "No fault: it speaks when it is used."
    FINE = "fine"


NO_FAULT = frozenset({Why.METER_WAITING, Why.FINE, Why.CONNECTING})

_SAID_BY_EDGE = {
    Cause.ADAPTER: Why.ADAPTER,
    Cause.UPDATING: Why.UPDATING,
    Cause.UNPLUGGED: Why.UNPLUGGED,
    Cause.NOT_PLUGGED: Why.NOT_PLUGGED,
    Cause.REFUSED: Why.REFUSED,
    Cause.KEY_NEEDED: Why.KEY_NEEDED,
    Cause.KEY_WRONG: Why.KEY_WRONG,
    Cause.BUSY: Why.BUSY,
    Cause.DENIED: Why.DENIED,
    Cause.FAULT: Why.FAULT,
    Cause.NOT_SEEN: Why.NOT_SEEN,
    Cause.LINK_LOST: Why.LINK_LOST,
    Cause.NO_READINGS: Why.NO_READINGS,
}
_RESTING = frozenset({Why.NOT_SEEN, Why.LINK_LOST, Why.NO_READINGS, Why.CONNECTING})
"What a meter that nobody uses looks like."


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of a sensor's silence. Times are microseconds UTC."""

    edge_online: bool
    edge_heard: int | None = None
    "When its edge last spoke."
    link: Link | None = None
    "`None` when its edge never said."
    cause: Cause = Cause.NONE
    flags: int = 0
    continuous: bool = True
    since: int | None = None
    last: int | None = None
    seen: int | None = None
    battery: int | None = None
    ownership: Ownership = Ownership.RESIDENT


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a sensor is silent, with what belongs to it."""

    code: Why
    since: int | None = None
    "Since when, microseconds UTC; `None` when it has always been so."
    battery: int | None = None
    "Per cent, as it last said."

    @property
    def fault(self) -> bool:
        """Whether somebody should do something about it."""
        return self.code not in NO_FAULT


def reason(facts: Facts, now: int) -> Reason:
    """Return why a sensor is silent, or that it is not."""
    if not facts.edge_online:
        return Reason(Why.EDGE_SILENT, facts.edge_heard)
    found = _link(facts)
    if found is None:
        return _owner(facts)
    if found in _RESTING and _rests(facts, now):
        return Reason(Why.METER_WAITING, facts.last, facts.battery)
    return Reason(found, _since(found, facts), facts.battery)


def _link(facts: Facts) -> Why | None:
    """Return what is wrong with the sensor itself, `None` when it speaks."""
    if facts.link is Link.UP:
        return Why.PROBE_OFF if facts.flags & Quality.PROBE_OFF else None
    said = _SAID_BY_EDGE.get(facts.cause)
    if said is not None:
        return said
    if facts.link is Link.SILENT:
        return Why.NO_READINGS
    return Why.LINK_LOST if facts.link is Link.DOWN else Why.CONNECTING


def _owner(facts: Facts) -> Reason:
    if facts.ownership is Ownership.CONFLICT:
        return Reason(Why.CONFLICT, None, facts.battery)
    if facts.ownership is Ownership.UNASSIGNED:
        return Reason(Why.UNASSIGNED, None, facts.battery)
    return Reason(Why.FINE if facts.continuous else Why.METER_WAITING, facts.last, facts.battery)


def _rests(facts: Facts, now: int) -> bool:
    low = facts.battery is not None and facts.battery <= LOW_BATTERY
    known = [time for time in (facts.last, facts.seen) if time is not None]
    return not facts.continuous and not low and bool(known) and now - max(known) < _METER_RESTS


def _since(code: Why, facts: Facts) -> int | None:
    if code is Why.NOT_SEEN:
        return facts.seen if facts.seen is not None else facts.last
    if code is Why.NO_READINGS:
        return facts.last if facts.last is not None else facts.since
    return facts.since
