"""What a paper says of now, read from the ward and the stores: nobody types what the hub knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import UNFIT
from hub.acts.documents.model import Scored, Vital
from hub.alerting.entry import Before, vitals
from hub.alerting.news2 import ScoreError, score
from hub.alerting.rules.model import ScoreRule
from hub.notify.text import short_text
from hub.rounds import before, settings_in_force
from hub.store.ports import TimeSeries
from hub.store.prescribing import Settings
from hub.ward import Ward

HOURS = (1, 6, 24)
"Before now, at which a score is told again (sheet 07 part 2)."
_RULE = ScoreRule("papers")
_STREAMED = {"respiration_rate", "spo2", "pulse_rate", "heart_rate"}
_SCORED = (*sorted(_STREAMED), "systolic", "consciousness", "temperature", "on_oxygen")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is measured of a resident."""

    vitals: tuple[Vital, ...]
    score: Scored | None
    alert: str = ""


def gather(connection: Connection, series: TimeSeries, ward: Ward, resident: str, now: int) -> Facts:
    """Read what is known of a resident at `now`.

    Raises:
        StoreUnavailableError: the measurements cannot be reached.
    """
    known = before(ward.values(resident))
    settings = settings_in_force(connection, now).get(resident, Settings())
    found = scored(known, settings, now)
    if found is not None:
        earlier = tuple(
            (hours, _then(series, resident, settings, now - hours * 3600 * SECOND)) for hours in HOURS
        )
        found = Scored(found.total, found.scale, found.missing, found.on_oxygen, found.time, earlier)
    measured = tuple(Vital(metric, each.value, each.time) for metric, each in known.items())
    return Facts(measured, found, _alert(ward, resident))


def scored(known: Mapping[str, Before], settings: Settings, now: int) -> Scored | None:
    """Return the NEWS2 of the values that belong together at `now`; `None` when there is none of them."""
    fresh = {
        metric: each for metric, each in known.items() if metric in _SCORED and _lasts(metric, each, now)
    }
    pulses = [fresh.pop(name) for name in ("pulse_rate", "heart_rate") if name in fresh]
    if pulses:
        fresh["pulse_rate"] = max(pulses, key=lambda each: each.time)
    measured = {metric: each.value for metric, each in fresh.items()}
    if not set(measured) - {"on_oxygen"}:
        return None
    if "on_oxygen" not in measured and settings.on_oxygen is not None:
        measured["on_oxygen"] = float(settings.on_oxygen)
    try:
        found = score(vitals(measured, settings.spo2_scale))
    except ScoreError:
        return None
    oxygen = measured.get("on_oxygen")
    newest = max(each.time for each in fresh.values())
    return Scored(
        found.total, settings.spo2_scale, found.missing, None if oxygen is None else oxygen > 0, newest
    )


def _lasts(metric: str, each: Before, now: int) -> bool:
    return now - each.time <= (_RULE.within if metric in _STREAMED else _RULE.spot) * SECOND


def _then(series: TimeSeries, resident: str, settings: Settings, then: int) -> int | None:
    known = {}
    for metric in _SCORED:
        span = _RULE.within if metric in _STREAMED else _RULE.spot
        columns = series.read(resident, metric, then - round(span * SECOND), then + 1)
        sound = [index for index, flags in enumerate(columns.flags.tolist()) if not flags & UNFIT]
        if sound:
            last = sound[-1]
            known[metric] = Before(float(columns.values[last]), int(columns.times[last]))
    found = scored(known, settings, then)
    return None if found is None else found.total


def _alert(ward: Ward, resident: str) -> str:
    order = tuple(Priority)
    open_ones = [
        told.alert for told in ward.alerts() if told.alert.resident == resident and not told.alert.technical
    ]
    if not open_ones:
        return ""
    worst = min(open_ones, key=lambda alert: (order.index(alert.priority), alert.raised))
    return short_text(worst, ward.roll.rooms.get(worst.edge, ""))
