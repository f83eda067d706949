"""The open alerts, and every change to them: the only place that makes alerts and transitions.

An occurrence begins with `raise_alert` and its condition ends with `clear`. A condition that comes back is a new
occurrence with a new identity (sheet 02 part 5: "restart after end = new instance"), so an acknowledgement never
covers it (trap 21). If the earlier one still waits, latched, to be seen, it is reset as superseded: the new one
asks for the same person to be looked at, and a value that swings about its limit does not fill the screen.

One cause rings once: a limit that is crossed, or a value that falls or rises too fast, while a limit of higher priority rings
for the same value, on the same side, is inhibited from its birth (`OUTRANKED`). It stays on record and on the screen; when the
higher one is over and it still holds, it sounds, and its ladder begins. What ended before that never asked for anybody and
does not latch.

What somebody has in hand does not ring beside them: below high priority, a value that leaves its limit again while somebody
has taken the alert before and has not said yet that it is done is inhibited in the same way (`IN_HAND`), for `HAND` at most.
Had the value never come back in between, it would not ring either. Once who took it has seen it, hands it over, or takes too
long, what still holds sounds: taking one occurrence never answers another.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.model import (
    EVENT_CODES,
    IN_HAND,
    LIMIT_CODES,
    OF_RESIDENTS,
    OUTRANKED,
    RANK,
    SYSTEM,
    UNHEARD,
    Alert,
    Changes,
    Code,
    Condition,
    Event,
    Kind,
    Response,
    Suppression,
    Suppressor,
    Transition,
)
from hub.alerting.responses import Action, AlertError, Refusal, respond
from hub.alerting.suppressions import (
    EXPIRED,
    HANDED_OVER,
    HAPPENED_AGAIN,
    OVER,
    RENEWED,
    Orders,
    Wish,
)

Subject = tuple[str, str, str]
"What an alert is about: (rule, edge or resident, sensor or limit); at most one active alert has it."

HAND = 900 * SECOND
"""How long after its raising a taken alert speaks for what follows it. Ours: twice the eight minutes in which an alarm is
answered on average (`shared/cases/load_models.json`); who has not come back to it by then may have forgotten it."""

_LATCHING = frozenset({Priority.HIGH, Priority.MEDIUM})
_SIDES = {
    Code.LIMIT_LOW: "low",
    Code.RATE_FALL: "low",
    Code.LIMIT_HIGH: "high",
    Code.RATE_RISE: "high",
}
"On which side of what is well a value is that an alert is about."


def limit_subject(resident: str, limit: str) -> Subject:
    """Return the subject of a limit's alerts."""
    return ("limit", resident, limit)


def technical_subject(code: Code, edge: str, sensor: str = "") -> Subject:
    """Return the subject of an alert about equipment, or of something that a sensor says happened."""
    return (code.value, edge, sensor)


def rule_subject(resident: str, rule: str) -> Subject:
    """Return the subject of the alerts of a rule other than a limit."""
    return ("rule", resident, rule)


def subject_of(alert: Alert) -> Subject:
    """Return what an alert is about."""
    if alert.code in OF_RESIDENTS - LIMIT_CODES:
        return rule_subject(alert.resident or "", alert.limit_id or "")
    if alert.code in LIMIT_CODES:
        return limit_subject(alert.resident or "", alert.limit_id or "")
    return technical_subject(alert.code, alert.edge, alert.sensor or "")


def identity(subject: Subject, onset: int) -> str:
    """Return an alert's id: the same rule, subject and onset always give the same, so a replay raises nothing twice."""
    text = "\0".join((*subject, str(onset)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def event_identity(subject: Subject, event: str) -> str:
    """Return the id of an event's alert: the sensor's own identity of the event makes it, whatever its time."""
    text = "\0".join((*subject, "event", event))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Ledger:
    """Open alerts by id, the active ones by subject, and the changes since they were last taken."""

    def __init__(self, alerts: Iterable[tuple[Alert, int]], orders: Iterable[Suppressor] = ()) -> None:
        """Take up the open alerts, each with the number of its last transition, and the orders in force."""
        self.changes = Changes()
        self.orders = Orders(orders)
        self._open: dict[str, Alert] = {}
        self._numbers: dict[str, int] = {}
        self._active: dict[Subject, str] = {}
        self._rules: Counter[str] = Counter()
        "How many active alerts there are of what a subject begins with."
        for alert, number in alerts:
            self._open[alert.id] = alert
            self._numbers[alert.id] = number
            if alert.condition is Condition.ACTIVE:
                self._activate(subject_of(alert), alert.id)

    def open(self) -> Iterator[Alert]:
        """Return the open alerts."""
        yield from list(self._open.values())

    def active(self, subject: Subject) -> Alert | None:
        """Return the alert whose condition is there now."""
        found = self._active.get(subject)
        return None if found is None else self._open[found]

    def rings(self, code: Code) -> bool:
        """Tell whether any alert about equipment of a code is active: most ends of conditions end nothing."""
        return self._rules[code] > 0

    def knows(self, alert_id: str) -> bool:
        """Tell whether an alert is open."""
        return alert_id in self._open

    def unseen(self, subject: Subject) -> Alert | None:
        """Return the alert that nobody has responded to yet."""
        for alert in self._open.values():
            if alert.response is Response.UNACKNOWLEDGED and subject_of(alert) == subject:
                return alert
        return None

    def again(self, alert: Alert, now: int, value: float | None, reason: str) -> None:
        """Let the same thing have happened again: the alert stays as old as it is, with a step more."""
        self._store(replace(alert, value=value if value is not None else alert.value))
        self._step(alert.id, now, Event.RETURNED, SYSTEM, reason)
        self._unsilence(alert.id, now, SYSTEM, HAPPENED_AGAIN)

    def describe(self, subject: Subject, detail: str) -> None:
        """Change what the active alert, if there is one, says. No transition: it is the same alert."""
        alert = self.active(subject)
        if alert is not None and alert.detail != detail:
            self._store(replace(alert, detail=detail))

    def raise_alert(self, alert: Alert) -> None:
        """Begin an occurrence; whatever is latched of the same subject is superseded."""
        subject = subject_of(alert)
        waiting = [each for each in self.open() if each.latched and subject_of(each) == subject]
        said = self._said(alert, alert.raised)
        # What asked for somebody before goes on asking under the new name, whoever has another in hand.
        if said == OUTRANKED or (said == IN_HAND and not waiting):
            alert = replace(alert, suppression=Suppression.INHIBITED, detail=said)
        for earlier in waiting:
            self._store(replace(earlier, latched=False))
            self._step(earlier.id, alert.raised, Event.RESET, SYSTEM, f"superseded by {alert.id}")
        self._activate(subject, alert.id)
        self._numbers[alert.id] = 0
        self._store(alert)
        self._step(alert.id, alert.raised, Event.RAISED, SYSTEM, "")
        self._settle(alert, alert.raised)

    def remember(self, alert: Alert) -> None:
        """Put an occurrence on the screens that was over before anybody here knew of it; one that is open stays."""
        if alert.id in self._open:
            return
        self._numbers[alert.id] = 0
        self._store(alert)
        self._step(alert.id, alert.raised, Event.RAISED, SYSTEM, alert.detail)
        self._step(alert.id, alert.raised, Event.CLEARED, SYSTEM, alert.detail)

    def clear(self, subject: Subject, now: int, reason: str = "") -> None:
        """End the condition of the active alert, if there is one."""
        found = self._active.pop(subject, None)
        if found is None:
            return
        self._rules[subject[0]] -= 1
        alert = self._open[found]
        self._store(
            replace(
                alert,
                condition=Condition.CLEARED,
                cleared=now,
                suppression=self.orders.effect(alert.muted_by),
                latched=_latches(alert) and alert.response is Response.UNACKNOWLEDGED,
            )
        )
        self._step(alert.id, now, Event.CLEARED, SYSTEM, reason)

    def worsen(self, subject: Subject, value: float) -> None:
        """Keep a worse value of the active alert. No transition: the alert is the same, only worse."""
        alert = self._open[self._active[subject]]
        self._store(replace(alert, value=value))

    def suppress(self, subject: Subject, suppression: Suppression) -> None:
        """Inhibit the active alert, if there is one, or end that: what a person ordered holds then."""
        alert = self.active(subject)
        if alert is not None:
            if suppression is Suppression.NONE:
                suppression = self.orders.effect(alert.muted_by)
            self._store(replace(alert, suppression=suppression))

    def order(self, wish: Wish, resident: str | None, now: int) -> Suppressor:
        """Let a person order that something does not sound; an earlier order of the same target ends.

        Args:
            wish: what was asked.
            resident: who lives where the edge stands.
            now: hub time.

        Raises:
            SuppressionError: it is not possible.
        """
        target = self._open.get(wish.alert) if wish.kind is Kind.SILENCE else None
        made = self.orders.add(wish, target, resident, now)
        for earlier in self.orders.same_target(made):
            self.orders.end(earlier, now, made.author, RENEWED)
        self.settle(now)
        return made

    def lift(self, order: Suppressor, now: int, author: str, reason: str) -> Suppressor:
        """End an order; what it covered sounds, if it is still there and nothing else covers it."""
        ended = self.orders.end(order, now, author, reason)
        for alert in self.open():
            if alert.muted_by == order.id:
                self._settle(alert, now, author, reason)
        return ended

    def expire(self, now: int) -> None:
        """End the orders whose end has come, and the silences of alerts that are over."""
        for order in self.orders.due(now):
            self.lift(order, now, SYSTEM, EXPIRED)
        for order in self.orders:
            if order.kind is Kind.SILENCE and order.alert not in self._open:
                self.lift(order, now, SYSTEM, OVER)

    def settle(self, now: int) -> None:
        """Bring every open alert in line with the orders in force."""
        for alert in self.open():
            self._settle(alert, now)

    def release(self, now: int) -> None:
        """Let sound what nothing says any more; not at once, for what is back inside of one limit may be of both."""
        for alert in self.open():
            if alert.detail not in UNHEARD:
                continue
            said = self._said(alert, now)
            if not said:
                self._store(replace(alert, suppression=self.orders.effect(alert.muted_by), detail=""))
            elif said != alert.detail:
                self._store(replace(alert, detail=said))

    def act(self, alert_id: str, action: Action, author: str, reason: str, now: int) -> Alert:
        """Let a person respond to an open alert.

        Raises:
            AlertError: the alert's state does not allow it.
        """
        alert = self._open.get(alert_id)
        if alert is None:
            raise AlertError(Refusal.NOT_OPEN, alert_id, action)
        event, response = respond(alert, action, author)
        waiting = response is Response.UNACKNOWLEDGED and alert.condition is Condition.CLEARED
        changed = replace(
            alert,
            response=response,
            taken_by=author if response is Response.TAKEN else None,
            latched=waiting and _latches(alert),
        )
        self._store(changed)
        self._step(alert_id, now, event, author, reason)
        if action is Action.RELEASE:
            # Who hands over asks for somebody else: that must be heard.
            self._unsilence(alert_id, now, author, HANDED_OVER)
        return self.changes.alerts[alert_id]

    def _said(self, alert: Alert, now: int) -> str:
        """Return why an alert need not ring beside another of the same value, on the same side; empty when it has to."""
        side, rank, found = _SIDES.get(alert.code), RANK[alert.priority], ""
        if side is None:
            return ""
        for other in self._open.values():
            of = (other.resident, other.metric, _SIDES.get(other.code))
            if other.id == alert.id or of != (alert.resident, alert.metric, side):
                continue
            active = other.condition is Condition.ACTIVE and other.code in LIMIT_CODES
            if active and RANK[other.priority] > rank:
                return OUTRANKED
            if _in_hand(other, alert, now):
                found = IN_HAND
        return found

    def _activate(self, subject: Subject, alert_id: str) -> None:
        self._rules[subject[0]] += subject not in self._active
        self._active[subject] = alert_id

    def _unsilence(self, alert_id: str, now: int, author: str, reason: str) -> None:
        for order in self.orders:
            if order.alert == alert_id:
                self.lift(order, now, author, reason)

    def _settle(self, alert: Alert, now: int, author: str = SYSTEM, reason: str = EXPIRED) -> None:
        """Let the order that covers an alert, if any, be the one it names; `author` ended the one before."""
        found = self.orders.covering(alert, now)
        if (None if found is None else found.id) == alert.muted_by:
            return
        inhibited = alert.suppression is Suppression.INHIBITED
        changed = replace(
            alert,
            muted_by=None if found is None else found.id,
            muted_until=None if found is None else found.until,
        )
        effect = self.orders.effect(changed.muted_by)
        self._store(replace(changed, suppression=alert.suppression if inhibited else effect))
        if found is None:
            self._step(alert.id, now, Event.SILENCE_ENDED, author, reason)
        else:
            self._step(alert.id, now, Event.SILENCED, found.author, found.reason)

    def _store(self, alert: Alert) -> None:
        if not alert.open and alert.suppression is not Suppression.NONE:
            alert = replace(alert, suppression=Suppression.NONE, muted_by=None, muted_until=None)
        self.changes.alerts[alert.id] = alert
        if alert.open:
            self._open[alert.id] = alert
        else:
            del self._open[alert.id]

    def _step(self, alert: str, now: int, event: Event, author: str, reason: str) -> None:
        number = self._numbers[alert] + 1
        self.changes.transitions.append(Transition(alert, number, now, event, author, reason))
        if alert in self._open:
            self._numbers[alert] = number
        else:
            del self._numbers[alert]


def _in_hand(other: Alert, alert: Alert, now: int) -> bool:
    """Tell whether somebody is at an alert that says what another, below high priority, would say again.

    Who has read what was over before the hub knew of it (`remember`) is not at it now, and what never sounded was told nobody.
    """
    return (
        alert.priority is not Priority.HIGH
        and other.response is Response.TAKEN
        and other.suppression is not Suppression.INHIBITED
        and RANK[other.priority] >= RANK[alert.priority]
        and now - other.raised < HAND
    )


def _latches(alert: Alert) -> bool:
    """Tell whether an alert stays on the screen until somebody has seen it.

    A person's high or medium condition does, and so does what happened at an instant; equipment's does not, nor does what
    another alarm has said.
    """
    if alert.detail in UNHEARD:
        return False
    return alert.code in EVENT_CODES or (not alert.technical and alert.priority in _LATCHING)
