"""Reads the recorded past of a home from its stores, for `hub.alerting.replay`; and asks it what other limits would have done.

Residents are replayed one after the other, a day of measurements at a time: what is in memory does not grow with the
period, and who waits is told how far it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from devices.clock import SECOND
from devices.errors import ConfigError
from devices.limits import Priority
from devices.measurement import EventKind
from devices.quality import Quality
from devices.wire.messages import EventNote, Observation
from hub.alerting.model import SYSTEM, Alert, Code, Event, Kind, Suppressor, Transition
from hub.alerting.replay import (
    Acted,
    Beginning,
    Happened,
    Lifted,
    Measured,
    Ordered,
    Prescribed,
    Record,
    Replay,
    Replayed,
    Settled,
    metrics_of,
    telling,
)
from hub.alerting.responses import Action
from hub.alerting.rules.model import Person, RuleSet
from hub.alerting.suppressions import Wish
from hub.ingest.directory import spans
from hub.standing import Papers, Standing
from hub.store import columns, journal, prescribing, records
from hub.store.database import Database
from hub.store.ports import Columns, Ints, TimeSeries

DAY = 24 * 3600 * SECOND
WARM = 3600 * SECOND
"What is measured so long before the period goes through the engine too, so that what began earlier is found whole."
GAP = 60 * SECOND
"A value speaks for so long at most when it is asked how much of a period has data; as `Limit.gap`."
_EVERY = 10_000_000
"More alerts than any home has."
_DOUBTFUL = int(Quality.LATE | Quality.DEVICE_TIME)

_ACTIONS = {
    Event.ACKNOWLEDGED: Action.ACKNOWLEDGE,
    Event.TAKEN: Action.TAKE,
    Event.RELEASED: Action.RELEASE,
}

Tell = Callable[[float], None]
"Told how far it is, 0 to 1."


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until), microseconds UTC."""

    since: int
    until: int

    def days(self) -> list[Period]:
        """Return it in parts of a day, the first with what comes before it."""
        starts = list(range(self.since, self.until, DAY))
        parts = [Period(start, min(start + DAY, self.until)) for start in starts]
        return [Period(self.since - WARM, parts[0].until), *parts[1:]] if parts else []


@dataclass(frozen=True, slots=True)
class Story:
    """What is on record of one resident beside measurements."""

    resident: str
    edges: tuple[tuple[int, int, str], ...]
    "(since, until, edge): which device watched them, oldest first."
    sensors: Mapping[str, str]
    "By metric, where only one ever measured it."
    papers: Papers
    "Prescriptions and settings of the resident."
    deeds: tuple[Record, ...]
    "What happened and what people did, sorted by time."
    alerts: tuple[Alert, ...]
    "Recorded."
    steps: Mapping[str, list[Transition]]
    "Of them."

    def edge(self, time: int) -> str:
        """Return which device watched the resident; empty for none."""
        return next((edge for since, until, edge in self.edges if since <= time < until), "")

    def standing(self, ruleset: RuleSet, time: int) -> Standing:
        """Return what was in force at a time."""
        return self.papers.standing(ruleset, self.resident, time)

    def moments(self, period: Period) -> tuple[int, ...]:
        """Return when what is in force changed within a period."""
        papers = [each.paper for each in self.papers.limits]
        papers += [each.paper for each in self.papers.settings]
        times = {time for paper in papers for time in (paper.since, paper.until)}
        return tuple(
            sorted(time for time in times if time is not None and period.since < time < period.until)
        )


@dataclass(slots=True)
class Seen:
    """How much was looked at."""

    values: int = 0
    covered: dict[str, float] = field(default_factory=dict)
    "Seconds of the period, by metric."


class Past:
    """What the stores of a home hold."""

    def __init__(self, database: Database, timeseries: TimeSeries) -> None:
        """Take the stores; they are only read."""
        self._database = database
        self._timeseries = timeseries

    def residents(self, period: Period) -> list[str]:
        """Return who lived in the home at some time of a period, sorted."""
        with self._database.read() as connection:
            stays = records.stays(connection)
        return sorted(
            {
                stay.resident
                for stay in stays
                if stay.since < period.until and (stay.until is None or stay.until > period.since)
            }
        )

    def story(self, resident: str, period: Period) -> Story:
        """Return what is on record of a resident.

        Raises:
            ConfigError: nobody of that name ever lived here.
        """
        early = period.since - WARM
        with self._database.read() as connection:
            if resident not in records.residents(connection):
                raise ConfigError(f"resident {resident!r} is unknown")
            watched = spans(records.placements(connection), records.stays(connection))
            papers = Papers(
                tuple(prescribing.limits(connection, resident)),
                tuple(prescribing.settings(connection, resident)),
                frozenset({resident}),
            )
            orders = journal.suppressors_since(connection, early)
            alerts = journal.alerts(connection, resident=resident, since=early, limit=_EVERY)
            steps = journal.transitions(connection, [alert.id for alert in alerts])
            events = journal.events(connection, resident=resident, since=early - DAY, limit=_EVERY)
        edges = sorted(
            (since, until, edge)
            for edge, times in watched.items()
            for since, until, who in times
            if who == resident
        )
        deeds = [*map(_happened, events), *_acts(steps), *_orders(orders, {edge for _, _, edge in edges})]
        inside = [deed for deed in deeds if early <= deed.time < period.until]
        return Story(
            resident,
            tuple(edges),
            self._sensors(resident),
            papers,
            tuple(sorted(inside, key=lambda deed: deed.time)),
            tuple(alert for alert in alerts if alert.raised < period.until),
            steps,
        )

    def columns(self, resident: str, metric: str, part: Period) -> Columns:
        """Return what was measured and is about the time it names: not what came late or from a meter's own clock."""
        found = self._timeseries.read(resident, metric, part.since, part.until)
        fit = (found.flags & _DOUBTFUL) == 0
        if fit.all():
            return found
        return Columns(found.times[fit], found.values[fit], found.flags[fit])

    def _sensors(self, resident: str) -> dict[str, str]:
        named: dict[str, set[str]] = {}
        for latest in self._timeseries.latest(resident):
            named.setdefault(latest.metric, set()).add(latest.sensor)
        return {metric: min(names) for metric, names in named.items() if len(names) == 1}


def _happened(event: journal.EventRecord) -> Record:
    note = EventNote(
        event.sensor, EventKind(event.kind), event.time, event.identity, event.value, event.detail
    )
    return Happened(event.received, event.edge, event.resident or None, note, late=event.late)


def _acts(steps: Mapping[str, list[Transition]]) -> Iterable[Record]:
    for alert, found in steps.items():
        for step in found:
            if step.event in _ACTIONS:
                yield Acted(step.time, alert, _ACTIONS[step.event], step.author, step.reason)


def _orders(orders: Iterable[Suppressor], edges: Collection[str]) -> Iterable[Record]:
    """Return the orders that were about a resident's room, and their ends by people."""
    for order in orders:
        if order.edge not in edges:
            continue
        seconds = (order.until - order.since) / SECOND
        wish = Wish(order.kind, order.author, order.reason, seconds, order.alert, sensor=order.sensor)
        yield Ordered(order.since, wish if order.kind is Kind.SILENCE else replace(wish, edge=order.edge))
        if order.ended is not None and order.ended_by != SYSTEM:
            yield Lifted(order.ended, order.id, order.ended_by, order.ended_reason)


@dataclass(frozen=True, slots=True)
class Run:
    """One replay of one resident beside others over the same measurements."""

    standing: Callable[[int], Standing]
    "What is in force at a time."
    moments: tuple[int, ...] = ()
    "When that changes."
    pace: float = 1.0
    priorities: Mapping[Code, Priority] = field(default_factory=dict)

    def changes(self, part: Period) -> Iterable[Record]:
        """Return what changes within a part of the period."""
        for time in self.moments:
            if part.since <= time < part.until:
                found = self.standing(time)
                yield Prescribed(time, found.resident, found.limits)
                yield Settled(time, found.resident, found.person or Person())

    def all_in(self, part: Period) -> list[Standing]:
        """Return everything that is in force at some time of a part."""
        inside = [time for time in self.moments if part.since <= time < part.until]
        return [self.standing(time) for time in (part.since, *inside)]


def replay_resident(
    past: Past, story: Story, period: Period, runs: Sequence[Run], tell: Tell = lambda _: None
) -> tuple[list[Replayed], Seen]:
    """Replay one resident's past, once for each run over one reading of it; return the alerts raised in the period.

    Args:
        past: the stores.
        story: what else is on record.
        period: what is asked about; `WARM` before it is replayed too.
        runs: which limits and rules hold.
        tell: told how far it is.
    """
    start, parts, seen = period.since - WARM, period.days(), Seen()
    engines = [_engine(story, run, start) for run in runs]
    for number, part in enumerate(parts):
        measured = _measured(past, story, runs, part, period, seen)
        deeds = [deed for deed in story.deeds if part.since <= deed.time < part.until]
        for engine, run in zip(engines, runs, strict=True):
            # Stable: at one instant what is in force comes first, then what is measured, then what people did.
            engine.feed(sorted([*run.changes(part), *measured, *deeds], key=lambda record: record.time))
        tell((number + 1) / len(parts))
    return [_within(engine.finish(period.until - 1), period.since) for engine in engines], seen


def _engine(story: Story, run: Run, start: int) -> Replay:
    edges = {edge: story.resident for _, _, edge in story.edges}
    found = run.standing(start)
    return Replay(
        Beginning(
            start,
            {story.resident: found.limits},
            {story.resident: found.person or Person()},
            edges,
            run.priorities,
            pace=run.pace,
        )
    )


def _measured(
    past: Past, story: Story, runs: Sequence[Run], part: Period, period: Period, seen: Seen
) -> list[Record]:
    """Return what was measured and can change what one of the runs says."""
    known = [(each.limits, each.person or Person()) for run in runs for each in run.all_in(part)]
    found: list[Record] = []
    for metric in sorted({metric for limits, person in known for metric in metrics_of(limits, person)}):
        column = past.columns(story.resident, metric, part)
        times = column.times
        if not times.size:
            continue
        counted = max(part.since, period.since)
        seen.values += int((times >= counted).sum())
        share = columns.coverage(times[times >= counted], counted, part.until, GAP)
        seen.covered[metric] = seen.covered.get(metric, 0.0) + share * (part.until - counted) / SECOND
        chosen = np.zeros(times.size, np.bool_)
        for limits, person in known:
            chosen |= telling(metric, limits, person, times, column.values, column.flags)
        found += _records(story, metric, column, np.flatnonzero(chosen))
    found.sort(key=lambda record: record.time)
    return found


def _records(story: Story, metric: str, column: Columns, chosen: Ints) -> Iterable[Record]:
    sensor, resident = story.sensors.get(metric, ""), story.resident
    rows = zip(
        column.times[chosen].tolist(),
        column.values[chosen].tolist(),
        column.flags[chosen].tolist(),
        strict=True,
    )
    for time, value, flags in rows:
        yield Measured(time, story.edge(time), resident, Observation(sensor, metric, time, value, flags))


def _within(found: Replayed, since: int) -> Replayed:
    alerts = {key: alert for key, alert in found.alerts.items() if alert.raised >= since}
    return replace(
        found, alerts=alerts, transitions=[step for step in found.transitions if step.alert in alerts]
    )
