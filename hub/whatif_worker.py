"""Answers one what-if in a process of its own, so that the hub's event loop and its writer have the machine to themselves.

The question comes as one JSON line on standard input, the answer goes out as JSON lines: `{"progress": 0.5}` on the way,
then `{"result": ...}` or `{"problem": "..."}`. The process is polite (`nice`), only reads, and may be ended at any time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import msgspec

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.limits import Limit, Priority
from hub.alerting.model import UNHEARD, Alert, Transition
from hub.alerting.replay import Replayed
from hub.alerting.rules.effective import effective
from hub.alerting.rules.file import parse as parse_rules
from hub.alerting.rules.model import RuleSet
from hub.alerting.whatif import Comparison, compare, first_answer, matter, overlap
from hub.config import TimeseriesSettings, read_rules
from hub.replaying import DAY, Past, Period, Run, Seen, Story, replay_resident
from hub.standing import Standing
from hub.store.database import Database
from hub.stores import open_timeseries

NICE = 10
"Below everything else that the machine does."
PACE = 60.0
"Seconds between two ticks of the engine: over a month, what depends on hub time alone may be a minute late."
LISTED = 200
"Alarms of one list that are told; the rest is counted."


class Change(msgspec.Struct, frozen=True):
    """One limit more, another one in its place, or one less."""

    replaces: str | None
    limit: Limit | None


class Task(msgspec.Struct, frozen=True):
    """The question."""

    database: str
    timeseries: TimeseriesSettings
    zone: str
    until: int
    "Microseconds UTC; the end of the period."
    days: int = 30
    resident: str | None = None
    "Everybody when `None`."
    changes: tuple[Change, ...] = ()
    rules: Path | None = None
    "The home's file of rules; `None` for those that come with the program."
    trial: str | None = None
    "Text of a file of rules that is tried in its place."

    @property
    def period(self) -> Period:
        """The period that is asked about."""
        return Period(self.until - self.days * DAY, self.until)


@dataclass(slots=True)
class _Sum:
    """What all residents come to."""

    before: list[Alert] = field(default_factory=list)
    after: list[Alert] = field(default_factory=list)
    recorded: list[Alert] = field(default_factory=list)
    steps: dict[str, list[Transition]] = field(default_factory=dict)
    residents: list[dict[str, object]] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)

    def add(self, story: Story, before: Replayed, after: Replayed, seen: Seen) -> None:
        """Take one resident's part."""
        ours, theirs = _about_persons(before), _about_persons(after)
        self.before += ours
        self.after += theirs
        self.recorded += story.alerts
        self.steps |= story.steps
        self.residents.append({"resident": story.resident, "before": len(ours), "after": len(theirs)})
        self.seen.values += seen.values
        for metric, seconds in seen.covered.items():
            self.seen.covered[metric] = self.seen.covered.get(metric, 0.0) + seconds


def encode(task: Task) -> bytes:
    """Return a question as one line."""
    return msgspec.json.encode(task, enc_hook=str) + b"\n"


def decode(line: bytes) -> Task:
    """Return the question of a line.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return msgspec.json.decode(line, type=Task, dec_hook=_path)


def _path(_kind: type, value: object) -> Path:
    return Path(str(value))


def answer(task: Task, tell: Callable[[float], None]) -> dict[str, object]:
    """Return what a change would have done; the form is `hub.api.whatif_models.WhatIfResult`.

    Raises:
        VeilleuseError: the resident is unknown, or a store cannot be read.
    """
    database = Database(Path(task.database), create=False, prepare=False)
    try:
        timeseries = open_timeseries(task.timeseries, database)
        try:
            return _answer(task, Past(database, timeseries), tell)
        finally:
            timeseries.close()
    finally:
        database.close()


def _answer(task: Task, past: Past, tell: Callable[[float], None]) -> dict[str, object]:
    period, total = task.period, _Sum()
    before = read_rules(task.rules)
    after = before if task.trial is None else parse_rules(task.trial, "trial")
    who = past.residents(period) if task.resident is None else [task.resident]
    for number, resident in enumerate(who):
        story = past.story(resident, period)
        present = story.standing(before, task.until - 1)
        changed = apply(after, story.standing(after, task.until - 1), task.changes)
        runs = [_standing(present, before), _standing(changed, after)]
        (ours, theirs), seen = replay_resident(past, story, period, runs, _part(tell, number, len(who)))
        total.add(story, ours, theirs, seen)
    return _told(task, total)


def _standing(found: Standing, ruleset: RuleSet) -> Run:
    """Return a run in which the same is in force all the time."""
    return Run(lambda _: found, pace=PACE, priorities=ruleset.priorities)


def _part(tell: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    return lambda share: tell((number + share) / count)


def apply(ruleset: RuleSet, found: Standing, changes: Iterable[Change]) -> Standing:
    """Return what is in force after changes to the prescribed limits; the profile's hold where none is left."""
    kept = {each.id: each.limit for each in found.prescribed}
    for change in changes:
        if change.replaces is not None:
            kept.pop(change.replaces, None)
        if change.limit is not None:
            kept[change.limit.id] = change.limit
    limits, _ = effective(ruleset, found.settings.profile, kept.values())
    return replace(found, limits=limits)


def _about_persons(found: Replayed) -> list[Alert]:
    return [alert for alert in found.alerts.values() if not (alert.technical or alert.detail in UNHEARD)]


def _told(task: Task, total: _Sum) -> dict[str, object]:
    period = task.period
    found = compare(total.before, total.after)
    share = 1 / (task.days * max(1, len(total.residents)))
    seconds = (period.until - period.since) / SECOND * max(1, len(total.residents))
    missed = [_alarm(alert, total, period.until) for alert in found.missed]
    return {
        "since": period.since,
        "until": period.until,
        "residents": total.residents,
        "coverage": [
            {"metric": metric, "share": round(covered / seconds, 4)}
            for metric, covered in sorted(total.seen.covered.items())
        ],
        "measurements": total.seen.values,
        "before": _load(total.before, share),
        "after": _load(total.after, share),
        "days": _days(task, total),
        "missed": missed[::-1][:LISTED],
        "missed_count": len(missed),
        "missed_answered": sum(each["response"] in {"acknowledged", "taken"} for each in missed),
        "appeared": [_alarm(alert, total, period.until) for alert in found.appeared[::-1][:LISTED]],
        "appeared_count": len(found.appeared),
        "shifted": _shifts(found, total, period.until),
        "shifted_count": len(found.shifted),
        "unchanged": found.unchanged,
    }


def _load(alerts: list[Alert], share: float) -> dict[str, object]:
    found: dict[str, object] = {
        each.value: sum(alert.priority is each for alert in alerts) for each in Priority
    }
    return found | {"alarms": len(alerts), "per_day": round(len(alerts) * share, 3)}


def _days(task: Task, total: _Sum) -> list[dict[str, object]]:
    zone = ZoneInfo(task.zone)

    def day(time: int) -> str:
        return datetime.fromtimestamp(time // SECOND, UTC).astimezone(zone).date().isoformat()

    counted: dict[str, list[int]] = {}
    for time in range(task.period.since, task.until, DAY // 4):
        counted[day(time)] = [0, 0]
    for side, alerts in enumerate((total.before, total.after)):
        for alert in alerts:
            counted.setdefault(day(alert.raised), [0, 0])[side] += 1
    return [{"day": name, "before": both[0], "after": both[1]} for name, both in sorted(counted.items())]


def _shifts(found: Comparison, total: _Sum, until: int) -> list[dict[str, object]]:
    return [
        {
            "alarm": _alarm(shift.before, total, until),
            "later": shift.later / SECOND,
            "priority": shift.after.priority.value,
        }
        for shift in found.shifted[::-1][:LISTED]
    ]


def _alarm(alert: Alert, total: _Sum, until: int) -> dict[str, object]:
    """Tell of one alarm, and what somebody did about the recorded one that it is, or that was there with it."""
    recorded = [other for other in total.recorded if matter(other) == matter(alert) and overlap(alert, other)]
    same = next((other for other in recorded if other.id == alert.id), None)
    known = recorded if same is None else [same]
    answers = [found for other in known if (found := first_answer(total.steps[other.id])) is not None]
    first = min(answers, key=lambda each: each.time, default=None)
    response = "unknown" if not known else "none" if first is None else first.response.value
    return {
        "resident": alert.resident,
        "code": alert.code.value,
        "priority": alert.priority.value,
        "metric": alert.metric,
        "limit": alert.limit,
        "limit_id": alert.limit_id,
        "worst": alert.value,
        "onset": alert.onset,
        "raised": alert.raised,
        "cleared": alert.cleared,
        "seconds": ((alert.cleared or until) - alert.raised) / SECOND,
        "response": response,
        "responded": None if first is None else first.time,
        "responded_by": None if first is None else first.by,
    }


def main(source: BinaryIO, out: BinaryIO) -> int:
    """Answer the question on `source`; return the exit status."""
    os.nice(NICE)

    def say(message: object) -> None:
        out.write(msgspec.json.encode(message) + b"\n")
        out.flush()

    try:
        task = decode(source.readline())
        say({"result": answer(task, lambda share: say({"progress": share}))})
    except (VeilleuseError, msgspec.DecodeError) as error:
        say({"problem": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.stdin.buffer, sys.stdout.buffer))
