"""From what the round knows to what crosses the wire."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.alerting import rounds as due
from hub.alerting.entry import FIELDS, Before, Doubt, Field
from hub.alerting.news2 import PARAMETERS, Score
from hub.alerting.rounds import Due, Measured, Round, State
from hub.api import rounds_models as models
from hub.api.models import Score as ScoreView
from hub.rounds import OFFERED, Known, before, measured_by_sensor, score_of
from hub.store.ports import Latest
from hub.store.spot_checks import SpotCheck
from hub.ward import Ward
from hub.words import kind_of

Names = Mapping[str, str]
"Display name of each account."
NEWS2 = frozenset(
    {"respiration_rate", "spo2", "on_oxygen", "systolic", "pulse_rate", "consciousness", "temperature"}
)
"Metrics that NEWS2 asks for."
_IN_ROUND = frozenset({State.DUE, State.SOON, State.DONE})


def score_view(score: Score, usual: int | None) -> ScoreView:
    """Return a score, against the resident's usual one."""
    return ScoreView(
        total=score.total,
        points=dict(score.points),
        missing=list(score.missing),
        risk=None if score.risk is None else score.risk.value,
        red=score.red,
        rise=due.trend(score, usual),
    )


def draft_view(known: Known, score: Score, found: Sequence[Doubt], now: int) -> models.DraftView:
    """Return what is said of a set that is not entered yet."""
    subject = replace(known.subject, sets=(Measured(now, score), *known.subject.sets))
    at, why = due.next_due(subject)
    return models.DraftView(
        resident=subject.resident,
        score=score_view(score, subject.usual),
        doubts=[_doubt_view(doubt) for doubt in found],
        next=at,
        why=why.value,
    )


def _doubt_view(doubt: Doubt) -> models.DoubtView:
    return models.DoubtView(
        metric=doubt.metric,
        fault=doubt.fault.value,
        value=doubt.value if math.isfinite(doubt.value) else None,
        low=doubt.low,
        high=doubt.high,
        before=doubt.before,
        refused=doubt.refused,
    )


def set_view(check: SpotCheck, ward: Ward, names: Names, usual: int | None = None) -> models.SetView:
    """Return one version of a set."""
    protocols = ward.roll.protocols
    return models.SetView(
        id=check.id,
        version=check.version,
        resident=check.resident,
        time=check.time,
        entered=check.entered,
        author=check.author,
        author_name=names.get(check.author, check.author),
        spo2_scale=check.spo2_scale,
        readings=[
            models.ReadingView(
                metric=each.metric,
                value=each.value,
                by_hand=each.by_hand,
                sensor=each.sensor,
                kind="" if each.by_hand else kind_of(protocols.get((each.edge, each.sensor), "")),
                time=check.time_of(each),
            )
            for each in check.readings
        ],
        score=score_view(score_of(check), usual),
        note=check.note,
        reason=check.reason,
        withdrawn=check.withdrawn,
    )


def history_view(
    versions: Sequence[SpotCheck], ward: Ward, names: Names, usual: int | None = None
) -> models.SetHistory:
    """Return a set with what it was before."""
    views = [set_view(version, ward, names, usual) for version in versions]
    return models.SetHistory(now=views[-1], before=views[-2::-1])


def sheet_view(
    known: Known, place: Due, sets: Sequence[Sequence[SpotCheck]], ward: Ward, now: int, names: Names
) -> models.SheetView:
    """Return what the page of one resident starts with."""
    resident, usual = known.subject.resident, known.subject.usual
    values = ward.values(resident)
    offers = {each.metric: _offer(each, ward) for each in values if _offered(each, now)}
    past = before(values)
    return models.SheetView(
        resident=resident,
        spo2_scale=known.settings.spo2_scale,
        usual_score=usual,
        profile=known.settings.profile,
        fields=[_field_view(row, past.get(row.metric), offers.get(row.metric)) for row in FIELDS.values()],
        state=place.state.value,
        why=place.why.value,
        at=place.at,
        sets=[history_view(versions, ward, names, usual) for versions in sets],
    )


def _field_view(row: Field, past: Before | None, offer: models.OfferView | None) -> models.FieldView:
    return models.FieldView(
        **_range(row),
        before=None if past is None else past.value,
        before_time=None if past is None else past.time,
        offer=offer,
    )


def _range(row: Field) -> dict[str, Any]:
    low, high = row.range
    return {
        "metric": row.metric,
        "low": low,
        "high": high,
        "decimals": row.decimals,
        "news2": row.metric in NEWS2,
    }


def _offered(value: Latest, now: int) -> bool:
    return measured_by_sensor(value) and now - value.time <= OFFERED


def _offer(value: Latest, ward: Ward) -> models.OfferView:
    return models.OfferView(
        value=value.value,
        time=value.time,
        edge=value.edge,
        sensor=value.sensor,
        kind=kind_of(ward.roll.protocols.get((value.edge, value.sensor), "")),
    )


def round_view(
    places: Sequence[Due], everybody: Mapping[str, Known], span: Round, now: int, names: Names
) -> models.RoundView:
    """Return the round of a shift."""
    return models.RoundView(
        time=now,
        since=span.since,
        until=span.until,
        done=sum(place.state is State.DONE for place in places),
        total=sum(place.state in _IN_ROUND for place in places),
        entries=[_entry(place, everybody[place.resident], names) for place in places],
        fields=[models.FieldRange(**_range(row)) for row in FIELDS.values()],
    )


def _entry(place: Due, known: Known, names: Names) -> models.RoundEntry:
    last = known.sets[0] if known.sets else None
    return models.RoundEntry(
        resident=place.resident,
        state=place.state.value,
        why=place.why.value,
        at=place.at,
        last=None if last is None else last.time,
        author_name="" if last is None else names.get(last.author, last.author),
        score=None if last is None else score_view(score_of(last), known.subject.usual),
        streaming=[name for name in PARAMETERS if name in known.subject.streaming],
    )
