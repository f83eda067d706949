"""Every open alert on its ladder: changes of alerts and time in, orders out.

| the alert | the escalation |
|---|---|
| open, unanswered, nothing suppresses it | climbs |
| acknowledged or taken | is held; when it is released it goes on with the time that was left, or begins again if all was told |
| high, and silenced | climbs: a silence stills a sound, it is no answer, and could be renewed for ever |
| otherwise suppressed | is paused; afterwards it goes on with the time that was left |
| closed | is over |

An alert whose condition ended but that is latched is open: its steps go on until somebody has seen it. A newer alert of
the same matter that takes the place of one that nobody answered takes up its ladder where it stood: a value that swings
about its limit must not begin at the first step for ever. Steps that fell due while the hub was away are told at once,
none is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.model import Escalation, Mode, Orders, Telling
from hub.alerting.escalation.policy import TEST_LADDER, Contact, Policy
from hub.alerting.escalation.rota import Rota
from hub.alerting.ledger import Subject, subject_of
from hub.alerting.model import TEST_EDGE, Alert, Changes, Code, Event, Response, Suppression

OWN = frozenset({Code.ROTA_HOLE, Code.ESCALATION_LATE})
"Alerts about escalation itself: they ring on the ward and climb no ladder."
PATIENCE = 60 * SECOND
"How long a channel is tried when there is another one."
USEFUL = 900 * SECOND
"How long the last channel is tried."


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about the escalation of an alert that the ward must know."""

    edge: str
    resident: str | None
    detail: str


def mode_of(alert: Alert) -> Mode:
    """Return what an alert's escalation should do."""
    if not alert.open:
        return Mode.OVER
    if alert.response is not Response.UNACKNOWLEDGED:
        return Mode.HELD
    stilled = alert.priority is Priority.HIGH and alert.suppression is Suppression.SILENCED
    return Mode.CLIMBING if stilled or alert.suppression is Suppression.NONE else Mode.PAUSED


class Escalator:
    """The escalations of one home."""

    def __init__(
        self, policy: Policy, stored: Iterable[Escalation] = (), alerts: Iterable[Alert] = ()
    ) -> None:
        """Take up where the store stands: escalations that are not over, and open alerts."""
        self._policy = policy
        self._climbs = {found.alert: found for found in stored}
        self._alerts = {alert.id: alert for alert in alerts}
        self._unsettled = True
        self._orders = Orders()

    @property
    def due(self) -> int | None:
        """When the next step of any alert is due."""
        times = [time for climb in self._climbs.values() if (time := climb.due) is not None]
        return min(times, default=None)

    @property
    def policy(self) -> Policy:
        """Return the policy, with the rota as it is now; any thread may ask."""
        return self._policy

    def set_rota(self, rota: Rota) -> None:
        """Replace who has which role when: steps that are due from now on ask it."""
        self._policy = replace(self._policy, rota=rota)

    def set_people(self, people: Mapping[str, Contact]) -> None:
        """Replace where people are reached: steps that are due from now on ask it."""
        self._policy = replace(self._policy, people=people)

    def follow(self, changes: Changes, now: int) -> None:
        """Take what became of alerts, in the turn in which it did."""
        left = self._superseded(changes)
        for alert in changes.alerts.values():
            self._settle(alert, now, alert.raised, left)

    def tick(self, now: int) -> None:
        """Order every step that is due."""
        if self._unsettled:
            self._unsettled = False
            for alert in list(self._alerts.values()):
                # One that was open before there was a ladder for it begins now, not with a doctor at once.
                self._settle(alert, now, now, {})
        ripe = [
            (due, key) for key, climb in self._climbs.items() if (due := climb.due) is not None and due <= now
        ]
        for _, key in sorted(ripe):
            at = self._climbs[key]
            while (due := at.due) is not None and due <= now:
                at = self._tell(at, due, now)
            self._put(key, at)

    def hurry(self, alert: str, number: int, step: int, now: int) -> None:
        """Let the step after one that reached nobody be due now, if it still is the next one."""
        climb = self._climbs.get(alert)
        if climb is None or (climb.round, climb.step) != (number, step + 1):
            return
        due = climb.due
        if due is not None and due > now:
            self._put(alert, _due_at(climb, now))

    def holes(self) -> list[Trouble]:
        """Return whom climbing alerts could not find, one per room."""
        found: dict[str, Trouble] = {}
        holes = [key for key, climb in self._climbs.items() if climb.hole and climb.mode is Mode.CLIMBING]
        for key in sorted(holes):
            alert = self._alerts[key]
            found.setdefault(alert.edge, Trouble(alert.edge, alert.resident, self._climbs[key].hole))
        return list(found.values())

    def take_orders(self) -> Orders:
        """Return everything that was ordered since the last call."""
        orders, self._orders = self._orders, Orders()
        return orders

    def _superseded(self, changes: Changes) -> dict[Subject, Escalation]:
        left = {}
        for step in changes.transitions:
            climb = self._climbs.get(step.alert)
            if step.event is Event.RESET and climb is not None and climb.mode is Mode.CLIMBING:
                left[subject_of(self._alerts[step.alert])] = climb
        return left

    def _settle(self, alert: Alert, now: int, born: int, left: Mapping[Subject, Escalation]) -> None:
        climb, mode = self._climbs.get(alert.id), mode_of(alert)
        if climb is None:
            if mode is not Mode.OVER:
                self._begin(alert, mode, now, born, left)
            return
        self._alerts[alert.id] = alert
        if mode is climb.mode:
            return
        if mode is Mode.CLIMBING:
            self._resume(climb, now)
            return
        self._put(alert.id, replace(climb, mode=mode, since=climb.since or now))
        if mode is Mode.OVER:
            self._orders.over[alert.id] = "the alert is over"
            del self._climbs[alert.id], self._alerts[alert.id]

    def _begin(
        self, alert: Alert, mode: Mode, now: int, born: int, left: Mapping[Subject, Escalation]
    ) -> None:
        ladder = TEST_LADDER if alert.edge == TEST_EDGE else self._policy.ladders.get(alert.priority)
        if alert.code in OWN or ladder is None:
            self._alerts.pop(alert.id, None)
            return
        climb = Escalation(alert.id, ladder, born)
        inherited = left.get(subject_of(alert))
        if inherited is not None:
            climb = replace(inherited, alert=alert.id, inherited=True)
            self._orders.moved[inherited.alert] = alert.id
        if mode is not Mode.CLIMBING:
            climb = replace(climb, mode=mode, since=now)
        self._alerts[alert.id] = alert
        self._put(alert.id, climb)

    def _resume(self, climb: Escalation, now: int) -> None:
        away = now - climb.since
        again = replace(climb, mode=Mode.CLIMBING, since=0, origin=climb.origin + away)
        if again.step >= len(again.ladder.steps):
            again = replace(again, origin=now, round=again.round + 1, step=0)
        self._orders.resumed[climb.alert] = away
        self._put(climb.alert, again)

    def _tell(self, climb: Escalation, due: int, now: int) -> Escalation:
        """Order one step, and return where the escalation stands then."""
        step, missing, found = climb.ladder.steps[climb.step], [], False
        reason = f"nobody answered in {round(step.after)} s" if step.after else "raised"
        if climb.round:
            reason += f", round {climb.round + 1}"
        for target in self._policy.resolve(step, now):
            last = len(target.ways) <= 1
            channel, address = target.ways[0] if target.ways else ("", "")
            telling = Telling(
                climb.alert,
                climb.round,
                climb.step,
                due,
                target.recipient,
                target.role,
                channel,
                address,
                step.say,
                target.ways[1:],
                now,
                now + (USEFUL if last else PATIENCE),
                reason if target.ways else target.problem,
                possible=bool(target.ways),
            )
            self._orders.tellings.append(telling)
            found = found or telling.possible
            if not telling.possible:
                missing.append(target.recipient)
        after = _next(replace(climb, hole=",".join(missing)), now)
        # Nobody was there to be told: the next step does not wait for an answer that cannot come.
        skip = not found and after.round == climb.round and after.step < len(after.ladder.steps)
        return _due_at(after, now) if skip else after

    def _put(self, key: str, climb: Escalation) -> None:
        self._climbs[key] = climb
        self._orders.escalations[key] = climb


def _next(climb: Escalation, now: int) -> Escalation:
    ladder = climb.ladder
    if climb.step + 1 < len(ladder.steps) or not ladder.repeat:
        return replace(climb, step=climb.step + 1)
    again = climb.origin + round((ladder.steps[-1].after + ladder.repeat) * SECOND)
    # After a long absence of the hub, one round is told and not all that were missed.
    origin = again if again > now else now + round(ladder.repeat * SECOND)
    return replace(climb, origin=origin, round=climb.round + 1, step=0)


def _due_at(climb: Escalation, now: int) -> Escalation:
    return replace(climb, origin=now - round(climb.ladder.steps[climb.step].after * SECOND))
