"""The measurement round of a home: what its pure rules (`hub.alerting.rounds`) must know, read from the store and the ward."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from devices.clock import SECOND
from devices.quality import UNFIT
from hub.alerting.entry import ENTERED, Before, vitals
from hub.alerting.news2 import Score, score
from hub.alerting.prescriptions import STANDING, state
from hub.alerting.rounds import HOUR, Frequency, Measured, Round, Subject
from hub.alerting.shifts import USUAL, shift_at
from hub.config import RoundsSettings
from hub.store import prescribing, spot_checks
from hub.store.ports import Latest
from hub.store.prescribing import Settings
from hub.store.spot_checks import SpotCheck
from hub.ward import Ward

STREAMS = 60 * SECOND
"Age up to which a value says that its sensor measures now. A breathing rate is counted over a minute."
OFFERED = 900 * SECOND
"Age up to which a sensor's value belongs to a set that is taken now (sheet 01: at most 15 min)."
_MARGIN = 48 * HOUR
_PARAMETERS = {"pulse_rate": "pulse", "heart_rate": "pulse"}


@dataclass(frozen=True, slots=True)
class Plan:
    """When a home measures whom, and when its shifts change."""

    frequency: Frequency = field(default_factory=Frequency)
    by_profile: Mapping[str, Frequency] = field(default_factory=dict)
    starts: tuple[datetime.time, ...] = USUAL

    def of(self, profile: str) -> Frequency:
        """Return how often residents of a profile are measured."""
        return self.by_profile.get(profile, self.frequency)

    @property
    def memory(self) -> int:
        """Return how far back a set may lie that still says when the next one is due, microseconds."""
        known = [self.frequency, *self.by_profile.values()]
        return max(each.settled or 0 for each in known) + _MARGIN

    def shift(self, zone: ZoneInfo, now: int) -> Round:
        """Return the shift at `now`, as a round."""
        return Round(*shift_at(self.starts, zone, now))


@dataclass(frozen=True, slots=True)
class Known:
    """A resident as the round sees them."""

    subject: Subject
    settings: Settings
    sets: tuple[SpotCheck, ...]
    "That hold, newest first."


def plan_of(settings: RoundsSettings) -> Plan:
    """Return what `[rounds]` of `hub.toml` says."""
    return Plan(
        _frequency(settings.settled, settings.raised),
        {name: _frequency(hours, settings.raised) for name, hours in settings.profiles.items()},
        settings.shifts,
    )


def _frequency(settled: float, raised: float) -> Frequency:
    return Frequency(round(settled * HOUR) or None, round(raised * HOUR))


def settings_in_force(connection: Connection, now: int) -> dict[str, Settings]:
    """Return the settings of every resident who has some, by resident."""
    return {
        each.resident: each.settings
        for each in prescribing.settings(connection)
        if state(each.paper, now) in STANDING
    }


def score_of(check: SpotCheck) -> Score:
    """Return what a set scores, by the scale that was the resident's when it was entered."""
    return score(vitals(check.values, check.spo2_scale))


def known(connection: Connection, ward: Ward, plan: Plan, now: int) -> dict[str, Known]:
    """Return every resident of the ward, by id."""
    settings = settings_in_force(connection, now)
    sets: dict[str, list[SpotCheck]] = {}
    for check in spot_checks.standing(connection, since=now - plan.memory):
        sets.setdefault(check.resident, []).append(check)
    return {
        resident: _known(
            resident, settings.get(resident, Settings()), sets.get(resident, []), ward, plan, now
        )
        for resident in ward.roll.inhabitants
    }


def known_one(connection: Connection, ward: Ward, plan: Plan, resident: str, now: int) -> Known:
    """Return one resident."""
    settings = settings_in_force(connection, now).get(resident, Settings())
    sets = spot_checks.standing(connection, resident, now - plan.memory)
    return _known(resident, settings, sets, ward, plan, now)


def _known(
    resident: str, settings: Settings, sets: Iterable[SpotCheck], ward: Ward, plan: Plan, now: int
) -> Known:
    kept = tuple(sets)
    subject = Subject(
        resident,
        plan.of(settings.profile),
        tuple(Measured(check.time, score_of(check)) for check in kept),
        settings.usual_score,
        streaming(ward.values(resident), now),
    )
    return Known(subject, settings, kept)


def streaming(values: Iterable[Latest], now: int) -> frozenset[str]:
    """Return the parameters of NEWS2 that a sensor measures at `now`."""
    fresh = (each for each in values if measured_by_sensor(each) and now - each.time <= STREAMS)
    return frozenset(_PARAMETERS.get(each.metric, each.metric) for each in fresh)


def measured_by_sensor(value: Latest) -> bool:
    """Tell whether a value is a sensor's own, and fit to decide on."""
    return value.sensor != ENTERED and not value.flags & UNFIT


def before(values: Iterable[Latest]) -> dict[str, Before]:
    """Return what was last measured of a resident, by metric, whoever measured it; doubtful values are none."""
    return {each.metric: Before(each.value, each.time) for each in values if not each.flags & UNFIT}
