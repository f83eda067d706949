"""The open alerts, and every change to them: the only place that makes alerts and transitions.

An occurrence begins with `raise_alert` and its condition ends with `clear`. A condition that comes back is a new
occurrence with a new identity (sheet 02 part 5: "restart after end = new instance"), so an acknowledgement never
covers it (trap 21). If the earlier one still waits, latched, to be seen, it is reset as superseded: the new one
asks for the same person to be looked at, and a value that swings about its limit does not fill the screen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from devices.limits import Priority
from hub.alerting.model import (
    EVENT_CODES,
    LIMIT_CODES,
    SYSTEM,
    Alert,
    Changes,
    Code,
    Condition,
    Event,
    Response,
    Suppression,
    Transition,
)
from hub.alerting.responses import Action, AlertError, Refusal, respond

Subject = tuple[str, str, str]
"What an alert is about: (rule, edge or resident, sensor or limit); at most one active alert has it."

_LATCHING = frozenset({Priority.HIGH, Priority.MEDIUM})


def limit_subject(resident: str, limit: str) -> Subject:
    """Return the subject of a limit's alerts."""
    return ("limit", resident, limit)


def technical_subject(code: Code, edge: str, sensor: str = "") -> Subject:
    """Return the subject of an alert about equipment, or of something that a sensor says happened."""
    return (code.value, edge, sensor)


def subject_of(alert: Alert) -> Subject:
    """Return what an alert is about."""
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

    def __init__(self, alerts: Iterable[tuple[Alert, int]]) -> None:
        """Take up the open alerts, each with the number of its last transition."""
        self.changes = Changes()
        self._open: dict[str, Alert] = {}
        self._numbers: dict[str, int] = {}
        self._active: dict[Subject, str] = {}
        for alert, number in alerts:
            self._open[alert.id] = alert
            self._numbers[alert.id] = number
            if alert.condition is Condition.ACTIVE:
                self._active[subject_of(alert)] = alert.id

    def open(self) -> Iterator[Alert]:
        """Return the open alerts."""
        yield from list(self._open.values())

    def active(self, subject: Subject) -> Alert | None:
        """Return the alert whose condition is there now."""
        found = self._active.get(subject)
        return None if found is None else self._open[found]

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

    def describe(self, subject: Subject, detail: str) -> None:
        """Change what the active alert, if there is one, says. No transition: it is the same alert."""
        alert = self.active(subject)
        if alert is not None and alert.detail != detail:
            self._store(replace(alert, detail=detail))

    def raise_alert(self, alert: Alert) -> None:
        """Begin an occurrence; whatever is latched of the same subject is superseded."""
        subject = subject_of(alert)
        for earlier in self.open():
            if earlier.latched and subject_of(earlier) == subject:
                self._store(replace(earlier, latched=False))
                self._step(earlier.id, alert.raised, Event.RESET, SYSTEM, f"superseded by {alert.id}")
        self._active[subject] = alert.id
        self._numbers[alert.id] = 0
        self._store(alert)
        self._step(alert.id, alert.raised, Event.RAISED, SYSTEM, "")

    def clear(self, subject: Subject, now: int, reason: str = "") -> None:
        """End the condition of the active alert, if there is one."""
        found = self._active.pop(subject, None)
        if found is None:
            return
        alert = self._open[found]
        self._store(
            replace(
                alert,
                condition=Condition.CLEARED,
                cleared=now,
                suppression=Suppression.NONE,
                latched=_latches(alert) and alert.response is Response.UNACKNOWLEDGED,
            )
        )
        self._step(alert.id, now, Event.CLEARED, SYSTEM, reason)

    def worsen(self, subject: Subject, value: float) -> None:
        """Keep a worse value of the active alert. No transition: the alert is the same, only worse."""
        alert = self._open[self._active[subject]]
        self._store(replace(alert, value=value))

    def suppress(self, subject: Subject, suppression: Suppression) -> None:
        """Set why the active alert, if there is one, does not sound."""
        alert = self.active(subject)
        if alert is not None:
            self._store(replace(alert, suppression=suppression))

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
        return changed

    def _store(self, alert: Alert) -> None:
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


def _latches(alert: Alert) -> bool:
    """Tell whether an alert stays on the screen until somebody has seen it.

    A person's high or medium condition does, and so does what happened at an instant; equipment's does not.
    """
    return alert.code in EVENT_CODES or (not alert.technical and alert.priority in _LATCHING)
