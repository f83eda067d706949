"""Things that happen at an instant: a call, a fall, a pause of the heart.

An event's alert is declared at once and its condition ends at once; the alert stays, latched, until somebody has seen
it. Only leaving the bed lasts: it ends when the same sensor says that the person is back. The same thing happening
again before anybody responded adds a step to the alert that already rings, which so keeps its age; once somebody has
responded, it is a new alert.

What comes late tells of the past and rings for nothing, except a call and a fall: nobody can do anything about a pause
of the heart ten minutes ago, but a person who called, or fell, ten minutes ago still waits for somebody to come. They
ring with their own time, so that the screen says for how long. After `CALL_LASTS` even they are history: the edge's
silence has rung all that time, and somebody else is on duty.
"""

from __future__ import annotations

from collections.abc import Mapping

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import EventKind
from devices.wire.messages import EventNote
from hub.alerting.ledger import Ledger, Subject, event_identity, technical_subject
from hub.alerting.model import Alert, Code

CALL_LASTS = 8 * 3600 * SECOND
"Microseconds; one shift."

_CODES: Mapping[EventKind, Code] = {
    kind: Code(kind.value) for kind in EventKind if kind is not EventKind.BED_RETURN
}

PRIORITIES: Mapping[Code, Priority] = {
    Code.NURSE_CALL: Priority.HIGH,
    Code.FALL: Priority.HIGH,
    Code.PAUSE: Priority.HIGH,
    Code.APNOEA: Priority.HIGH,
    Code.BED_EXIT: Priority.MEDIUM,
    Code.ATRIAL_FIBRILLATION: Priority.MEDIUM,
    Code.BRADYCARDIA: Priority.MEDIUM,
    Code.TACHYCARDIA: Priority.MEDIUM,
    Code.SENSOR_FAULT: Priority.LOW,
}
"""Our choice by sheet 02 part 1 (result of no response x delay of harm). A call says nothing of its reason, so the
worst that it may mean decides: somebody who cannot breathe, prompt, hence high. A fall: a broken hip or a bleeding
head, prompt, high. A pause, an apnoea: death, immediate or prompt, high. Leaving the bed: an injury that heals, prompt,
medium. Atrial fibrillation: a stroke, but delayed, medium. Slow and fast rhythms: prompt, mostly without lasting harm,
medium; a physician who fears more prescribes a limit. A part of a sensor that failed can wait for a round, low."""

_SOMEBODY_WAITS = frozenset({Code.NURSE_CALL, Code.FALL})
_RING_FOR_NOBODY = frozenset({Code.NURSE_CALL, Code.FALL, Code.BED_EXIT, Code.SENSOR_FAULT})
"They need somebody to go to the room even where it is not known whom it is about."
_USUAL_PRIORITIES: Mapping[Code, Priority] = {}


class Happenings:
    """What happened in the home."""

    def __init__(
        self, ledger: Ledger, fresh: int, priorities: Mapping[Code, Priority] = _USUAL_PRIORITIES
    ) -> None:
        """Take where alerts are raised.

        Args:
            ledger: the open alerts.
            fresh: how old, in microseconds, an event may be to be about now.
            priorities: where the home has others than `PRIORITIES`.
        """
        self._ledger = ledger
        self._fresh = fresh
        self._priorities = {**PRIORITIES, **priorities}

    def take(
        self, edge: str, note: EventNote, resident: str | None, present: int, now: int, *, late: bool
    ) -> None:
        """Take an event.

        Args:
            edge: edge that said it.
            note: the event.
            resident: whom it is about; `None` when that is not known.
            present: the edge's time now.
            now: hub time.
            late: it came on the late lane.
        """
        if note.kind is EventKind.BED_RETURN:
            self._returned(edge, note, now)
            return
        code = _CODES[note.kind]
        subject = technical_subject(code, edge, note.sensor)
        key = event_identity(subject, note.identity)
        unowned = resident is None and code not in _RING_FOR_NOBODY
        if unowned or self._ledger.knows(key) or not self._current(code, note.time, present, late=late):
            return
        waiting = self._ledger.unseen(subject)
        if waiting is not None and waiting.resident == resident:
            self._ledger.again(waiting, now, note.value, note.identity)
            return
        # Out of bed again without having been back, as far as the mat knows: another occurrence.
        self._ledger.clear(subject, now, "again")
        self._ledger.raise_alert(
            Alert(
                id=key,
                code=code,
                priority=self._priorities[code],
                edge=edge,
                resident=resident,
                # Times of an edge whose clock is ahead: nothing happened in the future.
                onset=min(note.time, now),
                raised=now,
                sensor=note.sensor,
                value=note.value,
                detail=note.detail,
            )
        )
        if code is not Code.BED_EXIT:
            self._ledger.clear(subject, now)

    def _returned(self, edge: str, note: EventNote, now: int) -> None:
        subject: Subject = technical_subject(Code.BED_EXIT, edge, note.sensor)
        alert = self._ledger.active(subject)
        if alert is not None and note.time >= alert.onset:
            self._ledger.clear(subject, now, EventKind.BED_RETURN.value)

    def _current(self, code: Code, time: int, present: int, *, late: bool) -> bool:
        if code in _SOMEBODY_WAITS:
            return present - time <= CALL_LASTS
        return not late and abs(present - time) <= self._fresh
