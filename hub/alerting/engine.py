"""The alert engine: facts and time in, changes out. Pure: no clock, no store, no event loop.

The writer feeds it what it is about to commit, takes the changes, and commits both in one transaction. **If that
transaction fails, the engine is ahead of the disk: make a new one from the store** (`Engine` takes exactly what the
store keeps). Late data, and data older than `Settings.fresh`, is history: it never raises an alert about now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.limits import Limit, LimitState, Priority
from devices.wire.messages import EventNote, Observation, Presence, StatusChange
from hub.alerting.escalation.climb import Trouble
from hub.alerting.escalation.troubles import replace_troubles
from hub.alerting.expiry import Expired, replace_expired
from hub.alerting.happenings import Happenings
from hub.alerting.ledger import Ledger, identity, technical_subject
from hub.alerting.model import SYSTEM, Alert, Changes, Code, Kind, StateKey, Suppressor
from hub.alerting.responses import Action
from hub.alerting.rules.model import Person
from hub.alerting.rules.watching import Clause, Rules, Wants
from hub.alerting.suppressions import LIFTED, MOVED, Refused, SuppressionError, Wish
from hub.alerting.technical import Delays, Technical
from hub.alerting.thresholds import Reading, Thresholds, Watch

_NO_PEOPLE: Mapping[str, Person] = {}


@dataclass(frozen=True, slots=True)
class Settings:
    """The rest of what the engine is made with."""

    started: int
    "Hub time at which it starts to listen, microseconds UTC; silences are counted from here."
    edges: Mapping[str, str | None] = field(default_factory=dict)
    "Every edge that must be heard, and whom it watches; one that is never heard is an absence, not health."
    delays: Delays = field(default_factory=Delays)
    fresh: float = 30.0
    "Seconds; what is older, by the edge's own clock, is history."
    spot: float = 600.0
    """Seconds for a record that a meter kept: who has just taken a blood pressure and puts the cuff away still stands there
    when it comes."""
    priorities: Mapping[Code, Priority] = field(default_factory=dict)
    "Of events and technical conditions, where they are not the usual ones."
    memories: Mapping[StateKey, str] = field(default_factory=dict)
    "What the rules of people remember, by (resident, rule), as it lies on the disk."


class _Gate:
    """Everything that looks at one metric of one resident.

    A value of [low, high] measured in [floor, due) and come before `listen` changes nothing: that is all the hot path asks.
    While a limit or a clause is not at rest there is no such value.
    """

    __slots__ = ("_high", "_looking", "_low", "due", "floor", "high", "listen", "low", "wants", "watches")

    def __init__(self, watches: Sequence[Watch], wants: Wants) -> None:
        self.watches = watches
        self.wants = wants
        self.listen = 0 if wants.absences else _NEVER
        "Hub time from which it must be noted again that something is measured."
        self._looking: tuple[Watch | Clause, ...] = (*watches, *wants.clauses)
        self._low = max((each.low for each in self._looking), default=-_INFINITY)
        self._high = min((each.high for each in self._looking), default=_INFINITY)
        self.plan()

    def plan(self) -> None:
        """Say again which values change nothing; to be called after one that may have changed something."""
        self.low, self.high = self._low, self._high
        for each in self._looking:
            if not each.resting:
                self.low = _INFINITY
                break
        self.floor, self.due = self.wants.floor, self.wants.due


_NOBODY: Mapping[str, _Gate] = {}
_INFINITY = float("inf")
_NEVER = 2**62


class Engine:
    """Alerts of one home."""

    def __init__(
        self,
        limits: Mapping[str, tuple[Limit, ...]],
        states: Mapping[StateKey, LimitState],
        alerts: Iterable[tuple[Alert, int]],
        settings: Settings,
        suppressors: Iterable[Suppressor] = (),
        people: Mapping[str, Person] = _NO_PEOPLE,
    ) -> None:
        """Take up where the store stands.

        Args:
            limits: limits in force, by resident.
            states: stored states of limits, by (resident, limit).
            alerts: open alerts, each with the number of its last transition.
            settings: the rest.
            suppressors: orders of people that have not ended.
            people: the rules of residents beside limits, and what rules must know of them.
        """
        self._ledger = Ledger(alerts, suppressors)
        self._thresholds = Thresholds(limits, states, self._ledger, settings.fresh, settings.spot)
        self._rules = Rules(people, settings.memories, self._ledger, settings.fresh, settings.started)
        self._gates: dict[str | None, Mapping[str, _Gate]] = {
            who: self._gate(who) for who in {**limits, **people}
        }
        self._technical = Technical(
            settings.edges, settings.started, settings.delays, self._ledger, settings.priorities
        )
        self._fresh = round(settings.fresh * SECOND)
        self._happenings = Happenings(self._ledger, self._fresh, settings.priorities)
        self._orphans = True

    def observe(  # the writer's inner loop: a value that changes nothing costs three look-ups and makes nothing
        self, edge: str, resident: str | None, observation: Observation, now: int, *, late: bool
    ) -> None:
        """Evaluate one observation of a resident.

        Args:
            edge: edge that sent it.
            resident: whom it is about; `None` for an edge that watches nobody.
            observation: what was measured.
            now: hub time, microseconds UTC.
            late: it came on the late lane: history, it changes nothing here.
        """
        gate = self._gates.get(resident, _NOBODY).get(observation.metric)
        if gate is None or late or resident is None:
            return
        if (
            gate.low <= observation.value <= gate.high
            and gate.floor <= observation.time < gate.due
            and now < gate.listen
        ):
            return
        present = self._technical.present(edge, observation.time, now)
        self._examine(gate, Reading(edge, resident, observation, present), now)

    def _examine(self, gate: _Gate, reading: Reading, now: int) -> None:
        value, wants = reading.observation.value, gate.wants
        for watch in gate.watches:
            if not (watch.resting and watch.low <= value <= watch.high):
                self._thresholds.evaluate(watch, reading, now)
        for clause in wants.clauses:
            if not (clause.resting and clause.low <= value <= clause.high):
                self._rules.held(clause, reading, now)
        if not wants.floor <= reading.observation.time < wants.due:
            self._rules.sample(wants, reading, now)
        if now >= gate.listen and self._rules.heard(wants, reading, now):
            gate.listen = now + SECOND
        gate.plan()

    def observe_status(self, edge: str, status: StatusChange, resident: str | None, now: int) -> None:
        """Take a change in what is known of a sensor; an old one is history."""
        self._technical.status(edge, status, resident, self._fresh, now)

    def happen(self, edge: str, note: EventNote, resident: str | None, now: int, *, late: bool) -> None:
        """Take something that happened, which the caller has not given before.

        Args:
            edge: edge that said it.
            note: what happened.
            resident: to whom; `None` when nobody is known.
            now: hub time, microseconds UTC.
            late: it came on the late lane.
        """
        present = self._technical.present(edge, note.time, now)
        self._happenings.take(edge, note, resident, present, now, late=late)

    def past(self, edge: str, time: int, now: int) -> bool:
        """Tell whether what an edge measured at a time is too old to be about now."""
        return self._technical.present(edge, time, now) - time > self._fresh

    def presence(self, presence: Presence, resident: str | None, now: int) -> None:
        """Take an edge's heartbeat or will, received at `now`.

        A will of a session other than the current one says nothing.
        """
        self._technical.presence(presence, resident, now)

    def tick(self, now: int) -> None:
        """Declare what has lasted long enough; call it once a second."""
        if self._orphans:
            self._orphans = False
            self._thresholds.clear_orphans(now)
            self._rules.clear_orphans(now)
            self._technical.clear_orphans(now)
            self._end_of_moved(now)
            self._ledger.expire(now)
            self._ledger.settle(now)
        # Before what is judged now: an order that ends now covers nothing of it.
        self._ledger.expire(now)
        self._ledger.release(now)
        self._technical.tick(now)
        # After the equipment: what a silent room explains is not told beside it.
        self._rules.tick(now, self._technical.rooms)

    def act(self, alert_id: str, action: Action, author: str, reason: str, now: int) -> Alert:
        """Let a person respond to an open alert, and return it as it is then.

        Raises:
            AlertError: the alert's state does not allow it; nothing was changed.
        """
        return self._ledger.act(alert_id, action, author, reason, now)

    def suppress(self, wish: Wish, now: int) -> Suppressor:
        """Let a person order that something does not sound for a while, and return the order.

        Raises:
            SuppressionError: it is not possible; nothing was changed.
        """
        watched = self._technical.watched()
        if wish.kind is not Kind.SILENCE and wish.edge not in watched:
            raise SuppressionError(Refused.UNKNOWN_EDGE, f"edge {wish.edge[:64]!r} is unknown")
        return self._ledger.order(wish, watched.get(wish.edge), now)

    def lift(self, order: str, author: str, reason: str, now: int) -> Suppressor:
        """Let a person end an order before its end, and return it as it is then.

        Raises:
            SuppressionError: it is not in force; nothing was changed.
        """
        return self._ledger.lift(self._ledger.orders.get(order), now, author, reason or LIFTED)

    def suppressors(self) -> list[Suppressor]:
        """Return the orders in force, in the order of their ends."""
        return sorted(self._ledger.orders, key=lambda order: (order.until, order.id))

    def set_limits(self, resident: str, limits: Iterable[Limit], now: int) -> None:
        """Replace a resident's limits; an alert that rings keeps the bounds it was born with."""
        self._thresholds.set_limits(resident, limits, now)
        self._gates[resident] = self._gate(resident)

    def set_people(self, resident: str, person: Person, now: int) -> None:
        """Replace a resident's rules beside limits, and what rules must know of the resident.

        A rule that stays remembers; the alert of one that goes ends now.
        """
        self._rules.set_person(resident, person, now)
        self._gates[resident] = self._gate(resident)

    def set_system(self, code: Code, trouble: str | None, now: int) -> None:
        """Say what is wrong with what the whole home has once: a tablet, the broker, the hub's disk.

        Args:
            code: what it is about.
            trouble: what `Alert.detail` says; `None` when all is well.
            now: hub time.
        """
        self._technical.set_system(code, trouble, now)

    def set_cut_off(self, now: int, *, cut: bool) -> None:
        """Say whether the hub hears nobody, since it has no broker: that is one cause, and rings once (`BROKER_DOWN`)."""
        self._technical.set_cut_off(now, cut=cut)

    def set_edges(self, edges: Mapping[str, str | None], now: int) -> None:
        """Replace which edges must be heard, and whom they watch."""
        self._technical.set_edges(edges, now)
        self._end_of_moved(now)

    def set_links(
        self, waiting: Mapping[str, tuple[str, ...]], conflicts: Mapping[tuple[str, str], str], now: int
    ) -> None:
        """Replace which sensors wait for an owner, by edge, and which another edge owns, by (edge, sensor)."""
        self._technical.set_links(waiting, conflicts, now)

    def remember(self, alert: Alert) -> None:
        """Put an alert of the past on the screens, without a sound (`hub.alerting.hindsight`)."""
        self._ledger.remember(alert)

    def differ(self, edge: str, resident: str | None, detail: str, now: int) -> None:
        """Say that an edge judges otherwise than the hub; `detail` names how."""
        subject = technical_subject(Code.VERDICTS_DIFFER, edge)
        if self._ledger.active(subject) is not None:
            self._ledger.describe(subject, detail)
            return
        alert = Alert(
            identity(subject, now),
            Code.VERDICTS_DIFFER,
            Priority.LOW,
            edge,
            resident,
            now,
            now,
            detail=detail,
        )
        self._ledger.raise_alert(alert)

    def agree(self, edge: str, now: int) -> None:
        """Say that an edge judges as the hub does."""
        self._ledger.clear(technical_subject(Code.VERDICTS_DIFFER, edge), now)

    def open_alerts(self) -> list[Alert]:
        """Return the open alerts."""
        return list(self._ledger.open())

    def set_troubles(self, code: Code, troubles: Iterable[Trouble], now: int) -> None:
        """Replace what is wrong with the escalation of alerts: `ROTA_HOLE` or `ESCALATION_LATE`."""
        replace_troubles(self._ledger, code, troubles, now)

    def set_expired(self, expired: Iterable[Expired], now: int) -> None:
        """Replace which prescribed limits are over, of which nobody has said what now."""
        replace_expired(self._ledger, expired, now)

    def take_changes(self) -> Changes:
        """Return everything that changed since the last call."""
        self._rules.collect()
        changes, self._ledger.changes = self._ledger.changes, Changes()
        changes.suppressors, self._ledger.orders.changed = self._ledger.orders.changed, {}
        return changes

    def _gate(self, resident: str) -> dict[str, _Gate]:
        watches = self._thresholds.watches.get(resident, {})
        wants = self._rules.wants(resident)
        return {
            metric: _Gate(tuple(watches.get(metric, ())), wants.get(metric) or Wants())
            for metric in {**watches, **wants}
        }

    def _end_of_moved(self, now: int) -> None:
        """End the orders about rooms where somebody else lives now: they were given for the one before."""
        watched = self._technical.watched()
        for order in self._ledger.orders:
            if order.kind is Kind.SILENCE:
                continue
            if order.edge not in watched or watched[order.edge] != order.resident:
                self._ledger.lift(order, now, SYSTEM, MOVED)
