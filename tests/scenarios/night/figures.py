"""What a night comes to: how often it rang, who was found and when, beside a monitor that takes every value at its word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from devices.clock import SECOND
from devices.quality import UNFIT
from hub.alerting.model import EVENT_CODES, LIMIT_CODES, Alert, Code
from tests.scenarios.night import heard, plain
from tests.scenarios.night.bodies import Stream
from tests.scenarios.night.plan import COURSES, START, Kind, Worse
from tests.scenarios.night.streams import streams_of
from tests.scenarios.night.ward import Outcome, Room

LEVEL = 0.05
"Share of a course that must be there before an alarm can be said to have found it."
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Found:
    """When somebody who got worse was found; seconds after the onset, `None` for never."""

    worse: Worse
    engine: int | None
    by: str
    plain: int | None

    @property
    def later(self) -> int | None:
        """Seconds after the plain monitor."""
        return None if self.engine is None or self.plain is None else self.engine - self.plain


@dataclass(frozen=True, slots=True)
class Figures:
    """One night."""

    seed: int
    persons: float
    "Alarms about residents by limits and rules that began to sound, per resident and day."
    again: float
    "Of the same kind: occurrences that only went on with an alarm which nobody had answered."
    quiet: float
    "Of the same kind: occurrences that never sounded, since somebody was there or had them in hand, or a higher alarm said so."
    equipment: float
    "Alarms about equipment, per resident and day."
    events: float
    "Calls and falls, per resident and day; the plain monitor has the same."
    plain: float
    "Alarms of the plain monitor, per resident and day."
    codes: Counter[str]
    "Of the engine, by code and priority."
    metrics: Counter[str]
    "Of the plain monitor."
    found: tuple[Found, ...]
    answer: float
    "Mean seconds until somebody stood at the bed."
    late_steps: int

    @property
    def both(self) -> float:
        """Alarms about residents and equipment, per resident and day."""
        return self.persons + self.equipment

    @property
    def all_kinds(self) -> float:
        """Everything that sounded, calls and falls too, per resident and day."""
        return self.both + self.events

    @property
    def occurrences(self) -> float:
        """How often a limit or a rule was met about residents, whether that sounded or not, per resident and day."""
        return self.persons + self.again + self.quiet

    @property
    def fewer(self) -> float:
        """Share of the plain monitor's alarms that are spared."""
        return 1 - self.persons / self.plain if self.plain else 0.0


def figures(outcome: Outcome) -> Figures:
    """Count a night."""
    plan, every = outcome.plan, list(outcome.keeper.alerts.values())
    sounded = heard.began(every, outcome.keeper.transitions)
    again = heard.went_on(every, outcome.keeper.transitions)
    alerts = [each for each in every if each.id in sounded]
    share = DAY / plan.seconds / plan.residents
    persons = [each for each in alerts if _measured(each)]
    events = [each for each in alerts if each.code in EVENT_CODES]
    others = Counter(each.id in again for each in every if _measured(each) and each.id not in sounded)
    monitored = {room.number: _monitor(room, sicker=room.number in plan.sicker) for room in outcome.rooms}
    metrics = Counter(alarm.metric for found in monitored.values() for alarm in found)
    return Figures(
        plan.seed,
        len(persons) * share,
        others[True] * share,
        others[False] * share,
        (len(alerts) - len(persons) - len(events)) * share,
        len(events) * share,
        metrics.total() * share,
        Counter(f"{each.code} {each.priority}" for each in alerts),
        metrics,
        tuple(_found(each, outcome, monitored[each.resident]) for each in plan.worse),
        float(np.mean(outcome.answers)) if outcome.answers else 0.0,
        outcome.late_steps,
    )


def _measured(alert: Alert) -> bool:
    return not alert.technical and alert.code not in EVENT_CODES


def _reached(room: Room) -> dict[str, Stream]:
    """Return what the hub got of a resident: what a dead device or a fallen probe did not say is not judged."""
    found = {}
    for metric, (sensor, stream) in streams_of(room.body).items():
        there = np.ones(stream.seconds.size, np.bool_)
        for since, until in room.gaps.get(sensor, ()):
            there &= (stream.seconds < since) | (stream.seconds > until)
        found[metric] = Stream(
            stream.seconds[there], stream.values[there], stream.flags[there], stream.false[there]
        )
    return found


def _monitor(room: Room, *, sicker: bool) -> list[plain.Alarm]:
    return plain.alarms(room.number, _reached(room), sicker=sicker)


def _found(worse: Worse, outcome: Outcome, monitored: list[plain.Alarm]) -> Found:
    room, plan = outcome.rooms[worse.resident], outcome.plan
    start = _really(worse)
    times = [
        (round((alert.raised / SECOND) - START), alert)
        for alert in outcome.keeper.alerts.values()
        if alert.resident == room.resident and not alert.technical
    ]
    hits = sorted(
        (second, alert.id, alert)
        for second, alert in times
        if second >= start and alert.code is not Code.NURSE_CALL and not _false(room, alert, second)
    )
    true = plain.first_true(_reached(room), start, sicker=worse.resident in plan.sicker)
    fell = 0 if worse.kind is Kind.FALL else None
    plainly = min(
        (time for time in (fell, None if true is None else true - worse.onset) if time is not None),
        default=None,
    )
    if not hits:
        return Found(worse, None, "", plainly)
    second, _, alert = hits[0]
    about = alert.metric or alert.limit_id or ""
    return Found(worse, second - worse.onset, f"{alert.code} {about}".strip(), plainly)


def _really(worse: Worse) -> int:
    """Return the second from which an alarm can have found it: before, it is chance."""
    return worse.onset + (0 if worse.kind is Kind.FALL else round(COURSES[worse.kind][0] * LEVEL))


def _false(room: Room, alert: Alert, second: int) -> bool:
    """Tell whether an alarm of a limit rang for a disturbance and not for the person."""
    if alert.code not in LIMIT_CODES or alert.metric not in streams_of(room.body):
        return False
    stream = streams_of(room.body)[alert.metric or ""][1]
    fit = (stream.flags & int(UNFIT)) == 0
    at = np.searchsorted(stream.seconds[fit], second, side="right") - 1
    return bool(stream.false[fit][max(0, at)])
