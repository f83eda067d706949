"""Looks back at stretches of time once everything about them has come: late data, and what edges judged by themselves.

Runs on the writer's thread, between two messages; what it comes to is committed with the turn. For each edge one stretch
grows with every late value, every verdict and every limit alert, and is looked back at when nothing was added for `QUIET`:
the store then holds both what came live and what came late, in the order in which it was measured. One edge at a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec

from devices.clock import SECOND
from devices.limits import Limit
from devices.measurement import EventKind
from devices.occurrences import Occurrence
from devices.wire.messages import Verdict
from hub.alerting.hindsight import (
    HISTORY,
    Comparison,
    Disagreement,
    Point,
    compare,
    history,
    judge,
    told_before,
)
from hub.alerting.model import LIMIT_CODES, Alert, Code, Response
from hub.alerting.responses import Action
from hub.store.verdicts import DIFFERENT, EQUAL, DifferenceRecord, Told, VerdictKey, Window, merged

QUIET = 15 * SECOND
"A stretch is complete when nothing was added for so long: the backlog comes at several batches a second."

AROUND = 600 * SECOND
"Measurements before the stretch, and after it, that are judged too, so that what reaches beyond it is found whole."

LONGEST = 24 * 3600 * SECOND
"A longer stretch is looked back at from its end: bounds what one turn costs."

ROOM = "room"
"Author of what was acknowledged in the room."

GIVEN_UP = 8 * 3600 * SECOND
"An acknowledgement whose alert never came by then is history."

SAME_STILL = 60 * SECOND
"For so long after the room's word came, what rings of the same limit since its onset is the same occurrence."

_EVENT_CODES = {kind.value: Code(kind.value) for kind in EventKind if kind is not EventKind.BED_RETURN}


class Judge(Protocol):
    """What is asked of the alert engine."""

    def open_alerts(self) -> list[Alert]:
        """Return the open alerts."""
        ...

    def act(self, alert_id: str, action: Action, author: str, reason: str, now: int) -> Alert:
        """Do what a person asked."""
        ...

    def remember(self, alert: Alert) -> None:
        """Put an alert of the past on the screens, without a sound."""
        ...

    def differ(self, edge: str, resident: str | None, detail: str, now: int) -> None:
        """Say that an edge judges otherwise than the hub."""
        ...

    def agree(self, edge: str, now: int) -> None:
        """Say that it does no more."""
        ...


@dataclass(slots=True)
class Memory:
    """How the store is asked."""

    limits: Callable[[str, int, int], list[tuple[Limit, int, int]]]
    "Limits of (resident) in force at some time in [since, until], each with the part of it."
    points: Callable[[str, str, int, int], Iterable[Point]]
    "(resident, metric, since, until): what was measured, oldest first."
    alerts: Callable[[str, int], list[Alert]]
    "(resident, since): alerts that were raised since then."
    verdicts: Callable[[str, int, int], list[Told]]
    "(edge, since, until)."
    residents: Callable[[str, int, int], list[str]]
    "(edge, since, until): who was watched."


@dataclass(slots=True)
class Found:
    """What a turn has to write."""

    verdicts: list[Told] = field(default_factory=list)
    windows: dict[str, Window] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    outcomes: dict[VerdictKey, str] = field(default_factory=dict)
    differences: list[DifferenceRecord] = field(default_factory=list)
    answered: list[VerdictKey] = field(default_factory=list)
    equal: int = 0
    differing: list[str] = field(default_factory=list)
    "Kinds, for the metrics."

    def __bool__(self) -> bool:
        return bool(self.verdicts or self.windows or self.dropped or self.outcomes or self.answered)


@dataclass(slots=True)
class _Waiting:
    told: Told
    since: int | None
    "Hub time at which it was first looked for."


class Hindsight:
    """See the module."""

    def __init__(self, judge: Judge, windows: Iterable[Window], unanswered: Iterable[Told]) -> None:
        """Take up what the disk says is still to be done."""
        self._judge = judge
        self._windows = {window.edge: window for window in windows}
        self._unanswered = {told.key: _Waiting(told, None) for told in unanswered}
        self._judging: set[str] = set()
        self.found = Found()
        "Written with the next turn."

    def take_found(self) -> Found:
        """Return what is to be written with this turn."""
        found, self.found = self.found, Found()
        return found

    # ---- what comes in ----

    def judging(self, edge: str, *, judges: bool) -> None:
        """Take from a heartbeat whether an edge judges by itself: only then can its silence be a difference."""
        (self._judging.add if judges else self._judging.discard)(edge)

    def late(self, edge: str, first: int, last: int, now: int) -> None:
        """Take that measurements of the past came."""
        self._grow(edge, first, last, now)

    def verdict(self, edge: str, resident: str, verdict: Verdict, now: int) -> None:
        """Take what an edge judged."""
        told = Told(edge, resident, verdict)
        self.found.verdicts.append(told)
        if not verdict.event:
            self._grow(edge, verdict.onset, max(verdict.declared, verdict.cleared or 0), now)
        earlier = self._unanswered.get(told.key)
        if earlier is not None:
            told = replace(told, verdict=merged(earlier.told.verdict, verdict))
        if told.verdict.acknowledged is not None:
            self._unanswered[told.key] = _Waiting(told, None if earlier is None else earlier.since)

    def alerts(self, raised: Iterable[Alert], now: int) -> None:
        """Take the alerts that this turn changed: the edge should have said the same."""
        for alert in raised:
            current = alert.code in LIMIT_CODES and alert.detail != HISTORY and alert.raised == now
            if current and alert.edge in self._judging:
                self._grow(alert.edge, alert.onset, now, now)

    def _grow(self, edge: str, since: int, until: int, now: int) -> None:
        known = self._windows.get(edge)
        if known is not None:
            since, until = min(since, known.since), max(until, known.until)
        window = Window(edge, max(since, until - LONGEST), until, now)
        self._windows[edge] = self.found.windows[edge] = window

    # ---- what follows ----

    def look(self, memory: Memory, now: int) -> None:
        """Answer for the room, and look back at one stretch that is complete."""
        self._answer(now)
        for window in sorted(self._windows.values(), key=lambda window: window.touched):
            if abs(now - window.touched) >= QUIET:
                self._look_back(window, memory, now)
                del self._windows[window.edge]
                self.found.windows.pop(window.edge, None)
                self.found.dropped.append(window.edge)
                return

    def _answer(self, now: int) -> None:
        for key, each in list(self._unanswered.items()):
            told, each.since = each.told, now if each.since is None else each.since
            recent = now - each.since <= SAME_STILL
            waiting = [a for a in self._judge.open_alerts() if _is_about(a, told, recent=recent)]
            for alert in waiting:
                if alert.response is Response.UNACKNOWLEDGED:
                    self._judge.act(alert.id, Action.ACKNOWLEDGE, ROOM, "seen in the room", now)
            ended = told.verdict.cleared is not None or told.verdict.event
            if (waiting and ended) or now - told.verdict.onset > GIVEN_UP:
                del self._unanswered[key]
                self.found.answered.append(key)

    def _look_back(self, window: Window, memory: Memory, now: int) -> None:
        theirs = [each for each in memory.verdicts(window.edge, window.since, window.until) if each.resident]
        theirs = [each for each in theirs if not each.verdict.event]
        disagreed = False
        residents = memory.residents(window.edge, window.since, window.until)
        for resident in dict.fromkeys([*residents, *(each.resident for each in theirs)]):
            ours = self._ours(window, resident, memory)
            self._tell_history(window.edge, resident, ours, memory, now)
            told = {each.key: each for each in theirs if each.resident == resident}
            # What the edge said of an occurrence that reaches beyond the stretch may not have come.
            within = [own for own, _ in ours if window.since <= own.onset and own.declared <= window.until]
            comparison = compare([each.verdict for each in told.values()], within)
            if window.edge in self._judging or told:
                disagreed |= self._note(window.edge, resident, told, comparison, now)
        if theirs and not disagreed:
            self._judge.agree(window.edge, now)

    def _ours(self, window: Window, resident: str, memory: Memory) -> list[tuple[Occurrence, int]]:
        """Return what was there in a stretch by our own judgement, each with the time of the newest measurement.

        What only began in it, or only ended, counts: of an occurrence that is half now and half past, the engine saw half.
        """
        found = []
        for limit, since, until in memory.limits(resident, window.since, window.until):
            start, end = max(since, window.since - AROUND), min(until, window.until + AROUND)
            points = list(memory.points(resident, limit.metric, start, end))
            last = points[-1][0] if points else 0
            found += [(own, last) for own in judge(limit, points) if _touches(own, window)]
        return found

    def _tell_history(
        self, edge: str, resident: str, ours: Iterable[tuple[Occurrence, int]], memory: Memory, now: int
    ) -> None:
        alerts: list[Alert] | None = None
        for own, last in ours:
            if alerts is None:
                # An alert that spans the stretch may have been raised long before it.
                alerts = [*memory.alerts(resident, own.onset - LONGEST), *self._judge.open_alerts()]
                alerts = [alert for alert in alerts if alert.resident == resident]
            if not told_before(own, alerts):
                self._judge.remember(history(own, edge, resident, last, now))

    def _note(
        self, edge: str, resident: str, told: Mapping[VerdictKey, Told], comparison: Comparison, now: int
    ) -> bool:
        """Write down what comparing came to; tell whether there is a difference that was not known before."""
        found = self.found
        for verdict in comparison.equal:
            each = next(each for each in told.values() if each.verdict is verdict)
            found.outcomes[each.key] = EQUAL
            found.equal += each.outcome != EQUAL
        for each in _differing(comparison.differing, told):
            found.outcomes[each.key] = DIFFERENT
        for item in comparison.differing:
            found.differing.append(item.kind.value)
            found.differences.append(_record(edge, resident, item, now))
        if comparison.differing:
            kinds = ",".join(sorted({item.kind.value for item in comparison.differing}))
            self._judge.differ(edge, resident, kinds, now)
        return bool(comparison.differing)


def _touches(own: Occurrence, window: Window) -> bool:
    return own.onset <= window.until and (own.cleared is None or own.cleared >= window.since)


def _differing(items: Iterable[Disagreement], told: Mapping[VerdictKey, Told]) -> Iterator[Told]:
    for item in items:
        yield from (each for each in told.values() if each.verdict is item.theirs)


def _is_about(alert: Alert, told: Told, *, recent: bool) -> bool:
    """Tell whether an alert is about what somebody in the room saw: this occurrence, and nothing after its end.

    The hub counts an occurrence that it met under way from when it met it. That is taken for the same one only while the
    room's word is `recent`: a word without an end must not answer for what comes later.
    """
    verdict = told.verdict
    if verdict.event:
        same = alert.code is _EVENT_CODES.get(verdict.metric) and alert.sensor == verdict.sensor
        return same and alert.edge == told.edge and alert.onset <= verdict.onset
    same = alert.limit_id == verdict.limit and alert.resident == told.resident
    if verdict.onset == alert.onset:
        return same
    during = verdict.onset < alert.onset and (verdict.cleared is None or alert.onset < verdict.cleared)
    return same and during and recent


def _record(edge: str, resident: str, item: Disagreement, now: int) -> DifferenceRecord:
    theirs = "" if item.theirs is None else msgspec.json.encode(item.theirs).decode()
    ours = "" if item.ours is None else msgspec.json.encode(item.ours).decode()
    return DifferenceRecord(edge, item.limit, item.onset, item.kind.value, resident, now, theirs, ours)
