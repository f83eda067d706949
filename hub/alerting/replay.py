"""The past once more: what was recorded goes through a fresh engine on the recorded clock, and out come its alerts. Pure.

The engine is deterministic: the same records in the same order at the same times give the same alerts, transitions and
states bit for bit, however often and on whatever machine (`tests/hub/alerting/test_replay.py`).

What a *store* can give back (`hub.replaying`) is less than what the engine was given, so a replay from a store

- gives the alerts of limits and rules about persons the identity, onset, code, priority, bound and worst value that were
  recorded, and the same events in the same order; what people did to them (seen, taken, handed over, silenced) is done
  to them again at the recorded times;
- puts an observation at its own time, because when it reached the hub is not stored: `raised`, and the times of what the
  hub itself says, are earlier by what the way took (less than 2 s), more where an edge's clock was wrong;
- takes values in the order of their times; two sensors of one person that measure the same thing are one line;
- gives no alert about equipment, because heartbeats and states of sensors are not stored: nothing is inhibited;
- leaves out what came late and what meters had kept: it was judged by looking back (`hub.alerting.hindsight`) and
  never sounded;
- takes a limit as in force from the moment that is written in its prescription; the running hub takes it up to a second
  later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from devices.clock import SECOND
from devices.limits import DRAIN, Limit, Priority
from devices.quality import UNFIT, Quality
from devices.wire.messages import EventNote, Observation, Presence, StatusChange
from hub.alerting.engine import Engine, Settings
from hub.alerting.model import Alert, Code, Transition
from hub.alerting.responses import Action, AlertError
from hub.alerting.rules.model import CompositeRule, Person, Rule, ScoreRule
from hub.alerting.rules.sampling import SLOT
from hub.alerting.rules.score import PARAMETER_OF
from hub.alerting.suppressions import SuppressionError, Wish
from hub.alerting.technical import Delays

_FOREVER = float("inf")
UNHEARD = Delays(
    edge_silent=_FOREVER,
    sensor_silent=_FOREVER,
    sensor_unplugged=_FOREVER,
    sensor_updating=_FOREVER,
    sensor_conflict=_FOREVER,
    probe_off=_FOREVER,
    probe_off_watched=_FOREVER,
)
"For a past without heartbeats: that nobody is heard says nothing then."

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """An observation of a resident reached the hub."""

    time: int
    edge: str
    resident: str | None
    observation: Observation
    late: bool = False


@dataclass(frozen=True, slots=True)
class Stated:
    """A change of a sensor's state reached the hub."""

    time: int
    edge: str
    resident: str | None
    status: StatusChange


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened, and the hub heard of it."""

    time: int
    edge: str
    resident: str | None
    note: EventNote
    late: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A heartbeat or a will."""

    time: int
    resident: str | None
    presence: Presence


@dataclass(frozen=True, slots=True)
class Acted:
    """A person responded to an alert."""

    time: int
    alert: str
    action: Action
    author: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A person ordered that something does not sound."""

    time: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class Lifted:
    """A person ended an order."""

    time: int
    order: str
    author: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """A resident's limits became these."""

    time: int
    resident: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A resident's rules beside limits, and what rules know of the resident, became this."""

    time: int
    resident: str
    person: Person


@dataclass(frozen=True, slots=True)
class Placed:
    """Whom the edges watch became this."""

    time: int
    edges: Mapping[str, str | None]


Record = Measured | Stated | Happened | Heard | Acted | Ordered | Lifted | Prescribed | Settled | Placed
"One thing that the engine was told; `time` is the hub's."


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a replay starts: an empty home at a time."""

    time: int
    limits: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    edges: Mapping[str, str | None] = field(default_factory=dict)
    priorities: Mapping[Code, Priority] = field(default_factory=dict)
    delays: Delays = UNHEARD
    fresh: float = 30.0
    pace: float = 1.0
    "Seconds between two ticks of the engine: what depends on hub time alone is late by at most so much."


@dataclass(slots=True)
class Replayed:
    """What came out."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    "By id, as they were at the end."
    transitions: list[Transition] = field(default_factory=list)
    "In the order in which they happened."
    unmatched: int = 0
    "Acts and orders of people that these alerts do not allow: theirs was another one, or over."


class Replay:
    """One pass through the past."""

    def __init__(self, beginning: Beginning) -> None:
        """Make a fresh engine."""
        settings = Settings(
            beginning.time,
            beginning.edges,
            beginning.delays,
            beginning.fresh,
            priorities=beginning.priorities,
        )
        self._engine = Engine(beginning.limits, {}, (), settings, people=beginning.people)
        self._pace = round(beginning.pace * SECOND)
        self._tick = beginning.time
        self._found = Replayed()

    def feed(self, records: Iterable[Record]) -> None:
        """Take records, sorted by time, none before those of the last call."""
        for record in records:
            if record.time >= self._tick:
                self._pass(record.time)
            if type(record) is Measured:
                self._engine.observe(
                    record.edge, record.resident, record.observation, record.time, late=record.late
                )
            else:
                self._take(record)
        self._collect()

    def finish(self, until: int) -> Replayed:
        """Let time pass to the end, and return what came out."""
        self._pass(until)
        self._collect()
        return self._found

    def _pass(self, time: int) -> None:
        while self._tick <= time:
            self._engine.tick(self._tick)
            self._tick += self._pace
        self._collect()

    def _take(self, record: Record) -> None:
        engine, now = self._engine, record.time
        match record:
            case Stated():
                engine.observe_status(record.edge, record.status, record.resident, now)
            case Happened():
                engine.happen(record.edge, record.note, record.resident, now, late=record.late)
            case Heard():
                engine.presence(record.presence, record.resident, now)
            case Prescribed():
                engine.set_limits(record.resident, record.limits, now)
            case Settled():
                engine.set_people(record.resident, record.person, now)
            case Placed():
                engine.set_edges(record.edges, now)
            case _:
                self._let(record)

    def _let(self, record: Record) -> None:
        """Let a person do again what they did, if it is still possible."""
        engine, now = self._engine, record.time
        try:
            match record:
                case Acted():
                    engine.act(record.alert, record.action, record.author, record.reason, now)
                case Ordered():
                    engine.suppress(record.wish, now)
                case _:
                    assert isinstance(record, Lifted), "the rest are no deeds of people"
                    engine.lift(record.order, record.author, record.reason, now)
        except (AlertError, SuppressionError):
            self._found.unmatched += 1

    def _collect(self) -> None:
        changes = self._engine.take_changes()
        self._found.alerts |= changes.alerts
        self._found.transitions += changes.transitions


def replay(beginning: Beginning, records: Iterable[Record], until: int) -> Replayed:
    """Let the past happen once more.

    Args:
        beginning: where to start.
        records: what the engine was told, sorted by time.
        until: hub time at which to end, microseconds UTC.
    """
    run = Replay(beginning)
    run.feed(records)
    return run.finish(until)


def deciding(
    limits: Sequence[Limit],
    times: Ints,
    values: Floats,
    flags: Ints,
) -> Mask:
    """Tell which values of one metric can change where these limits stand; the others need not be replayed.

    A value inside of a limit at rest changes nothing, and nearly all values are that. The engine given only the ones
    that are chosen here comes to the same alerts as when given all (`tests/hub/alerting/test_replay.py` proves it).

    Args:
        limits: of the metric.
        times: sorted, microseconds UTC.
        values: in the metric's unit.
        flags: `devices.quality.Quality`.
    """
    chosen: Mask = np.zeros(times.size, np.bool_)
    fit = (flags & int(UNFIT | Quality.LATE)) == 0
    for limit in limits:
        chosen |= _deciding(limit, times, values, fit)
    return chosen


def metrics_of(limits: Iterable[Limit], person: Person) -> set[str]:
    """Return what must be measured for limits and rules to say anything."""
    found = {limit.metric for limit in limits}
    for rule in person.rules:
        match rule:
            case ScoreRule():
                found |= PARAMETER_OF.keys()
            case CompositeRule():
                found |= {clause.metric for clause in rule.clauses}
            case _:
                found.add(rule.metric)
    return found


def telling(
    metric: str, limits: Iterable[Limit], person: Person, times: Ints, values: Floats, flags: Ints
) -> Mask:
    """Tell which values of one metric can change anything that limits and rules say of a resident.

    Beside what `deciding` chooses: of a metric that rules sample, the first sound value of each slot, and the last one
    before a pause, from which an absence counts; and what is outside of a clause, or comes back inside.

    Args:
        metric: what was measured.
        limits: of the resident, of any metric.
        person: the resident's rules.
        times: sorted, microseconds UTC.
        values: in the metric's unit.
        flags: `devices.quality.Quality`.
    """
    bounds = [limit for limit in limits if limit.metric == metric]
    bounds += [
        Limit("", metric, Priority.LOW, each.low, each.high, hysteresis=each.hysteresis)
        for rule in person.rules
        if isinstance(rule, CompositeRule)
        for each in rule.clauses
        if each.metric == metric
    ]
    chosen = deciding(bounds, times, values, flags)
    if any(_samples(rule, metric) for rule in person.rules):
        fit = np.flatnonzero((flags & int(UNFIT | Quality.LATE)) == 0)
        slots = times[fit] // SLOT
        _, first = np.unique(slots, return_index=True)
        chosen[fit[first]] = True
        chosen[fit[np.flatnonzero(np.diff(times[fit], append=times[-1:] + 2 * SLOT) > SLOT)]] = True
    return chosen


def _samples(rule: Rule, metric: str) -> bool:
    if isinstance(rule, ScoreRule):
        return metric in PARAMETER_OF
    return not isinstance(rule, CompositeRule) and rule.metric == metric


def _deciding(limit: Limit, times: Ints, values: Floats, fit: Mask) -> Mask:
    back: Mask = np.ones(times.size, np.bool_)
    if limit.low is not None:
        back &= values >= limit.low + limit.hysteresis
    if limit.high is not None:
        back &= values <= limit.high - limit.hysteresis
    chosen = ~back
    returns = np.flatnonzero(back & fit)
    if returns.size:
        # Of what is back inside, the first after each value that was not, by time: one of the same time is history.
        following = np.searchsorted(times[returns], times[chosen], side="right")
        chosen[returns[np.unique(following[following < returns.size])]] = True
        # What came before these values may have left the limit anything but at rest.
        chosen[returns[0]] = True
    if limit.area and times.size:
        chosen |= _draining(limit, times, values)
    return chosen


def _draining(limit: Limit, times: Ints, values: Floats) -> Mask:
    """Tell what was measured while something of a limit's area may have been left; also from what came before."""
    low = -np.inf if limit.low is None else limit.low
    high = np.inf if limit.high is None else limit.high
    depth = np.maximum(np.maximum(low - values, values - high), 0.0)
    gap = limit.gap * SECOND
    # A value speaks for the time since the one before it, at most for the gap.
    weighed = np.cumsum(depth * np.minimum(np.diff(times, prepend=times[:1]), gap)) / SECOND
    outside = np.flatnonzero(depth > 0)
    runs = np.split(outside, np.flatnonzero(np.diff(outside) > 1) + 1) if outside.size else []
    left: Mask = np.zeros(times.size, np.bool_)
    until, before = float(times[0]) + (DRAIN + limit.gap) * SECOND, 0.0
    left[: int(np.searchsorted(times, until, side="right"))] = True
    for run in runs:
        first, last = int(run[0]), int(run[-1])
        if times[first] > until:
            before = float(weighed[first - 1])
        share = max(1.0, (float(weighed[last]) - before) / limit.area)
        until = max(until, float(times[last]) + (DRAIN * share + limit.gap) * SECOND)
        left[first : int(np.searchsorted(times, until, side="right"))] = True
    return left
