"""The facts of a shift, resident by resident, read from the stores: nobody has to write down what the hub knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from devices.clock import SECOND
from hub.alerting.entry import FIELDS
from hub.alerting.handover import (
    Excursion,
    Matter,
    Points,
    excursion,
    of_shift,
    worst_first,
)
from hub.alerting.model import Suppressor
from hub.alerting.news2 import Score
from hub.rounds import score_of
from hub.store import handover, journal, prescribing, records, spot_checks
from hub.store.handover import Note
from hub.store.ports import TimeSeries
from hub.store.prescribing import Prescribed
from hub.store.records import CallRecord
from hub.store.spot_checks import SpotCheck
from hub.ward import Inhabitant, Told, Ward

SLICES = 60
"Means of one metric that a shift is looked at by: some seven minutes each, so that no movement of a finger counts."
LOOKED_AT = ("spo2", "pulse_rate", "heart_rate", "respiration_rate", "temperature")
"Metrics whose curve over the shift is looked at."
_MOST_ALERTS = 5_000
_BACK = 14 * 86_400 * SECOND
"How far before a shift an alert may have been raised that is told of."


@dataclass(frozen=True, slots=True)
class Shift:
    """The stretch of time that is handed over."""

    since: int
    until: int
    now: int

    @property
    def told(self) -> int:
        """Time up to which there is something to tell."""
        return min(self.until, self.now)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one resident."""

    resident: str
    alerts: tuple[Told, ...] = ()
    excursions: tuple[Excursion, ...] = ()
    checks: tuple[SpotCheck, ...] = ()
    "Of the shift, newest first."
    earlier: SpotCheck | None = None
    "The last one before it."
    orders: tuple[Suppressor, ...] = ()
    "In force now."
    limits: tuple[Prescribed, ...] = ()
    "That began or ended in the shift."
    calls: tuple[CallRecord, ...] = ()
    notes: tuple[tuple[Note, ...], ...] = ()
    unwatched: str | None = None
    "Why their sensors say nothing now; `None` also where there are none."

    @property
    def score(self) -> Score | None:
        """What the last set of the shift scores."""
        return score_of(self.checks[0]) if self.checks else None

    @property
    def matters(self) -> bool:
        """Whether there is anything to tell: who was only measured, and scores nothing, is calm."""
        score = self.score
        return bool(
            self.alerts
            or self.excursions
            or self.orders
            or self.limits
            or self.calls
            or any(not note[-1].withdrawn for note in self.notes)
            or self.unwatched
            or (score is not None and score.total > 0)
        )


@dataclass(slots=True)
class Facts:
    """What the records say of a shift, by resident; '' is the ward."""

    alerts: dict[str, list[Told]] = field(default_factory=dict)
    checks: dict[str, list[SpotCheck]] = field(default_factory=dict)
    earlier: dict[str, SpotCheck] = field(default_factory=dict)
    orders: dict[str, list[Suppressor]] = field(default_factory=dict)
    limits: dict[str, list[Prescribed]] = field(default_factory=dict)
    calls: dict[str, list[CallRecord]] = field(default_factory=dict)
    notes: dict[str, list[tuple[Note, ...]]] = field(default_factory=dict)


def read(connection: Connection, shift: Shift, memory: int) -> Facts:
    """Read what the records say of a shift.

    Args:
        connection: of a transaction.
        shift: which.
        memory: how far before it the last set of observations is looked for, microseconds.
    """
    facts = Facts()
    _read_alerts(connection, shift, facts)
    for check in spot_checks.standing(connection, since=shift.since - memory, until=shift.until):
        if check.time >= shift.since:
            facts.checks.setdefault(check.resident, []).append(check)
        else:
            facts.earlier.setdefault(check.resident, check)
    for order in journal.suppressors(connection):
        facts.orders.setdefault(order.resident or handover.WARD, []).append(order)
    for limit in prescribing.limits(connection):
        if any(_within(time, shift) for time in (limit.paper.since, limit.paper.until)):
            facts.limits.setdefault(limit.resident, []).append(limit)
    for call in records.calls(connection):
        if _within(call.requested, shift):
            facts.calls.setdefault(call.resident, []).append(call)
    for versions in handover.notes(connection, shift.since, shift.until):
        facts.notes.setdefault(versions[0].resident, []).append(tuple(versions))
    return facts


def _read_alerts(connection: Connection, shift: Shift, facts: Facts) -> None:
    recent = journal.alerts(connection, since=shift.since - _BACK, limit=_MOST_ALERTS)
    # However old: what is open is inherited.
    open_now = {alert.id: alert for alert, _ in journal.open_alerts(connection)}
    everything = open_now | {alert.id: alert for alert in recent}
    alerts = [alert for alert in everything.values() if of_shift(alert, shift.since, shift.until)]
    steps = journal.transitions(connection, [alert.id for alert in alerts])
    for alert in sorted(alerts, key=lambda alert: (alert.raised, alert.id)):
        told = Told(alert, tuple(steps[alert.id]))
        facts.alerts.setdefault(alert.resident or handover.WARD, []).append(told)


def _within(time: int | None, shift: Shift) -> bool:
    return time is not None and shift.since <= time < shift.until


def stories(facts: Facts, ward: Ward, timeseries: TimeSeries, shift: Shift) -> list[Story]:
    """Return those residents of whom there is something to tell, worst first."""
    found: dict[str, Story] = {}
    for resident, inhabitant in ward.roll.inhabitants.items():
        story = Story(
            resident,
            tuple(facts.alerts.get(resident, ())),
            tuple(excursions(resident, inhabitant, ward, timeseries, shift)),
            tuple(facts.checks.get(resident, ())),
            facts.earlier.get(resident),
            tuple(facts.orders.get(resident, ())),
            tuple(facts.limits.get(resident, ())),
            tuple(facts.calls.get(resident, ())),
            tuple(facts.notes.get(resident, ())),
            _silence(ward.unwatched(resident)),
        )
        if story.matters:
            found[resident] = story
    return [found[matter.resident] for matter in worst_first(_matters(found.values(), ward))]


def _silence(reason: str | None) -> str | None:
    """Return why somebody is not watched who should be: where no device stands nothing fell silent."""
    return None if reason in {"no_device", "no_sensor"} else reason


def _matters(stories: Iterable[Story], ward: Ward) -> list[Matter]:
    return [
        Matter(
            story.resident,
            ward.roll.inhabitants[story.resident].resident.family_name,
            tuple(told.alert for told in story.alerts if not told.alert.technical),
            None if story.score is None else story.score.risk,
            _others(story),
        )
        for story in stories
    ]


def _others(story: Story) -> int:
    counted: Sequence[Sequence[object]] = (
        [told for told in story.alerts if told.alert.technical],
        story.excursions,
        story.orders,
        story.limits,
        story.calls,
        story.notes,
    )
    return sum(len(each) for each in counted) + (story.unwatched is not None)


def excursions(
    resident: str, inhabitant: Inhabitant, ward: Ward, timeseries: TimeSeries, shift: Shift
) -> list[Excursion]:
    """Return where the means of a resident's values were out of their limits, or out of what is usual without any."""
    known = {value.metric for value in ward.values(resident) if value.time >= shift.since}
    bounds = _bounds(inhabitant)
    found = []
    for metric in LOOKED_AT:
        if metric in known and shift.told > shift.since:
            columns = timeseries.read(resident, metric, shift.since, shift.told, max_points=SLICES)
            minutes = (shift.told - shift.since) / SLICES / (60 * SECOND)
            points = Points(metric, tuple(columns.values.tolist()), minutes)
            # A few values, taken one by one, are told of as sets of observations.
            if columns.lows is not None:
                found.append(excursion(points, *bounds.get(metric, (None, None))))
    return [each for each in found if each is not None]


def _bounds(inhabitant: Inhabitant) -> Mapping[str, tuple[float | None, float | None]]:
    usual: dict[str, tuple[float | None, float | None]] = {
        row.metric: row.usual for row in FIELDS.values() if row.usual is not None
    }
    usual["heart_rate"] = usual["pulse_rate"]
    for prescription in inhabitant.limits:
        limit = prescription.limit
        low, high = usual.get(limit.metric, (None, None))
        usual[limit.metric] = (
            low if limit.low is None else limit.low,
            high if limit.high is None else limit.high,
        )
    return usual
