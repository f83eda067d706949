"""Orders of people that something does not sound for a while. Pure; time is an argument.

Every order has one target, an author, a reason and an end; there is none without. What it covers is an allow-list, so
that an alert which is new to this file sounds.

| kind | target | covers | lasts at most |
|---|---|---|---|
| silence | one alert | that occurrence, until it happens again or is handed over | 15 min; 2 min of high priority |
| care | a room and who lives there | what care disturbs: `CARE_CODES`, and `CARE_METRICS` below high priority | 30 min |
| out of service | one sensor | what is said of the sensor as a thing: `SENSOR_CODES` | 24 h |

Care never covers a call, a fall, a high alarm, the silence of the room's whole device, nor what it cannot have caused
(a blood glucose). An analysis of rhythm is not covered either: nobody can see at the bedside that it is wrong.

Two minutes is the AUDIO PAUSED of sheet 02 part 5. It is allowed at high priority before anybody has acknowledged,
because who silences stands at the bed; longer is not, because nobody has said that they take it. An alert that
somebody has answered does not sound anyway, so there is nothing to silence.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.limits import Priority
from hub.alerting.model import SYSTEM, Alert, Code, Kind, Response, Suppression, Suppressor

CARE_CODES = frozenset({Code.PROBE_OFF, Code.SENSOR_SILENT, Code.SENSOR_UNPLUGGED, Code.BED_EXIT})
"What taking somebody out of bed and their sensors off does."
CARE_METRICS = frozenset({"spo2", "pulse_rate", "heart_rate", "respiration_rate", "perfusion_index"})
"What moving somebody disturbs. Their limits and rates are covered unless they are of high priority."
SENSOR_CODES = frozenset(
    {
        Code.PROBE_OFF,
        Code.SENSOR_SILENT,
        Code.SENSOR_UNPLUGGED,
        Code.SENSOR_UPDATING,
        Code.SENSOR_FAULT,
        Code.BATTERY_LOW,
    }
)
"What is said of a sensor as a thing. A value that it measures all the same is believed and sounds."

LONGEST: Mapping[Kind, float] = {Kind.SILENCE: 900.0, Kind.CARE: 1800.0, Kind.OUT_OF_SERVICE: 86_400.0}
"Seconds."
LONGEST_HIGH = 120.0
"Seconds of a silence of high priority."

_EFFECTS: Mapping[Kind, Suppression] = {
    Kind.SILENCE: Suppression.SILENCED,
    Kind.CARE: Suppression.CARE,
    Kind.OUT_OF_SERVICE: Suppression.OUT_OF_SERVICE,
}

EXPIRED = "expired"
RENEWED = "renewed"
HAPPENED_AGAIN = "happened_again"
HANDED_OVER = "handed_over"
OVER = "alert_over"
MOVED = "moved"
LIFTED = "lifted"


class Refused(enum.StrEnum):
    """Why something cannot be suppressed."""

    NOT_OPEN = "not_open"
    "There is no such open alert."
    ALREADY_ANSWERED = "already_answered"
    "Somebody has acknowledged or taken the alert: it does not sound."
    TOO_LONG = "too_long"
    NO_REASON = "no_reason"
    UNKNOWN_EDGE = "unknown_edge"
    NOT_IN_FORCE = "not_in_force"
    "The order has ended, or there never was one of that name."


class SuppressionError(VeilleuseError):
    """An order that is not possible; nothing was changed."""

    def __init__(self, refused: Refused, text: str, longest: float | None = None) -> None:
        super().__init__(text)
        self.refused = refused
        self.longest = longest
        "Seconds that are possible, of `TOO_LONG`."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: a silence of `alert`, care where `edge` stands, or `sensor` of `edge` out of service."""

    kind: Kind
    author: str
    reason: str
    seconds: float
    alert: str = ""
    edge: str = ""
    sensor: str = ""


def identity(wish: Wish, since: int) -> str:
    """Return an order's id: made of its target and its beginning, so writing it twice makes one."""
    text = "\0".join((wish.kind.value, wish.alert, wish.edge, wish.sensor, str(since)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def covers(order: Suppressor, alert: Alert, now: int) -> bool:
    """Tell whether an order is about an alert."""
    if order.ended is not None or not order.since <= now < order.until:
        return False
    if order.kind is Kind.SILENCE:
        return alert.id == order.alert
    if alert.edge != order.edge:
        return False
    if order.kind is Kind.OUT_OF_SERVICE:
        return alert.sensor == order.sensor and alert.code in SENSOR_CODES
    return alert.resident == order.resident and disturbed_by_care(alert)


def disturbed_by_care(alert: Alert) -> bool:
    """Tell whether care in the room explains an alert."""
    if alert.priority is Priority.HIGH:
        return False
    if alert.code in CARE_CODES:
        return True
    measured = alert.code in {Code.LIMIT_LOW, Code.LIMIT_HIGH, Code.RATE_FALL, Code.RATE_RISE}
    return measured and alert.metric in CARE_METRICS


class Orders:
    """The orders in force, and those that changed since they were last taken."""

    def __init__(self, orders: Iterable[Suppressor] = ()) -> None:
        """Take up the stored orders that have not ended; an end that has passed meanwhile is told at the next look."""
        self._orders = {order.id: order for order in orders if order.ended is None}
        self.changed: dict[str, Suppressor] = {}

    def __iter__(self) -> Iterator[Suppressor]:
        """Return the orders in force."""
        yield from list(self._orders.values())

    def get(self, key: str) -> Suppressor:
        """Return an order in force.

        Raises:
            SuppressionError: it is not in force.
        """
        found = self._orders.get(key)
        if found is None:
            raise SuppressionError(Refused.NOT_IN_FORCE, f"suppression {key[:64]!r} is not in force")
        return found

    def covering(self, alert: Alert, now: int) -> Suppressor | None:
        """Return the order that covers an alert: of several the last to end, so that it is not told to end twice."""
        found = [order for order in self._orders.values() if covers(order, alert, now)]
        return max(found, key=lambda order: (order.until, order.id), default=None)

    def add(self, wish: Wish, target: Alert | None, resident: str | None, now: int) -> Suppressor:
        """Make an order of a wish.

        Args:
            wish: what was asked.
            target: the open alert of a silence.
            resident: who lives where the edge stands.
            now: hub time.

        Raises:
            SuppressionError: it is not possible.
        """
        _check(wish, target)
        order = Suppressor(
            id=identity(wish, now),
            kind=wish.kind,
            author=wish.author,
            reason=wish.reason.strip(),
            since=now,
            until=now + round(wish.seconds * SECOND),
            alert=wish.alert,
            edge=wish.edge if target is None else target.edge,
            sensor=wish.sensor,
            resident=resident if target is None else target.resident,
        )
        self._store(order)
        return order

    def effect(self, key: str | None) -> Suppression:
        """Return what an order in force, if there is one of that name, makes of an alert."""
        found = None if key is None else self._orders.get(key)
        return Suppression.NONE if found is None else _EFFECTS[found.kind]

    def same_target(self, order: Suppressor) -> list[Suppressor]:
        """Return the other orders of the same kind and target."""
        target = (order.kind, order.alert, order.edge, order.sensor)
        return [
            other
            for other in self._orders.values()
            if other.id != order.id and (other.kind, other.alert, other.edge, other.sensor) == target
        ]

    def due(self, now: int) -> list[Suppressor]:
        """Return the orders whose end has come, first end first."""
        found = [order for order in self._orders.values() if order.until <= now]
        return sorted(found, key=lambda order: (order.until, order.id))

    def end(self, order: Suppressor, now: int, author: str = SYSTEM, reason: str = EXPIRED) -> Suppressor:
        """End an order; one that expired while nobody looked ended at its own end."""
        ended = replace(order, ended=min(now, order.until), ended_by=author, ended_reason=reason)
        self._store(ended)
        return ended

    def _store(self, order: Suppressor) -> None:
        self.changed[order.id] = order
        if order.ended is None:
            self._orders[order.id] = order
        else:
            self._orders.pop(order.id, None)


def longest(kind: Kind, priority: Priority | None) -> float:
    """Return for how many seconds a kind of order may last."""
    high = kind is Kind.SILENCE and priority is Priority.HIGH
    return LONGEST_HIGH if high else LONGEST[kind]


def _check(wish: Wish, target: Alert | None) -> None:
    if not wish.reason.strip():
        raise SuppressionError(Refused.NO_REASON, f"a {wish.kind.value} needs a reason")
    if wish.kind is Kind.SILENCE:
        if target is None:
            raise SuppressionError(Refused.NOT_OPEN, f"alert {wish.alert[:64]!r} is not open")
        if target.response is not Response.UNACKNOWLEDGED:
            text = f"alert {target.id!r} is {target.response.value}: it does not sound"
            raise SuppressionError(Refused.ALREADY_ANSWERED, text)
    most = longest(wish.kind, None if target is None else target.priority)
    if not 0 < wish.seconds <= most:
        text = f"a {wish.kind.value} of {wish.seconds:g} s, expected more than 0 and at most {most:g}"
        raise SuppressionError(Refused.TOO_LONG, text, most)
