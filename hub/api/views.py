"""From what the hub knows to what crosses the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from devices.nomenclature import METRICS
from devices.quality import Quality
from devices.wire.messages import SensorFact
from hub.alerting.model import Alert, Code, Suppressor
from hub.api.models import (
    AlertTransition,
    AlertView,
    CallRequestView,
    CallView,
    EdgeView,
    LimitView,
    MetricInfo,
    ResidentView,
    SensorName,
    SensorView,
    SuppressionView,
    Value,
    WhyView,
)
from hub.store.call_requests import CallRequest
from hub.store.consult import Participant
from hub.store.ports import Latest
from hub.store.records import CallRecord, Prescription
from hub.ward import Roll, Told, Ward
from hub.why import Reason
from hub.words import kind_of

_STALE_AFTER = 15.0
"Seconds, of a metric this release does not know: a newer edge may name one."


def metric_infos() -> list[MetricInfo]:
    """Return the nomenclature."""
    return [
        MetricInfo(name=row.name, unit=row.unit, loinc=row.loinc, stale_after=row.stale_after)
        for row in METRICS.values()
    ]


@lru_cache(maxsize=8192)
def value_view(latest: Latest) -> Value:
    """Return a newest value; every screen is sent the same, so it is made once."""
    row = METRICS.get(latest.metric)
    return Value(
        metric=latest.metric,
        value=latest.value,
        time=latest.time,
        flags=Quality(latest.flags).names(),
        sensor=latest.sensor,
        stale_after=_STALE_AFTER if row is None else row.stale_after,
    )


def why_view(why: Reason, sensor: str, kind: str) -> WhyView:
    """Return why a sensor is silent, ready to be put into words."""
    params: dict[str, str | int] = {"sensor": sensor, "kind": kind}
    if why.since is not None:
        params["since"] = why.since
    if why.battery is not None:
        params["battery"] = why.battery
    return WhyView(code=why.code.value, fault=why.fault, params=params)


def _sensor_view(ward: Ward, edge: str, fact: SensorFact, now: int) -> SensorView:
    kind = kind_of(fact.protocol)
    return SensorView(
        sensor=fact.sensor,
        link=fact.link.value,
        last=fact.last,
        battery=fact.battery,
        flags=Quality(fact.flags).names(),
        detail=fact.detail,
        kind=kind,
        continuous=fact.continuous,
        why=why_view(ward.why(edge, fact, now), fact.sensor, kind),
    )


def _limit_view(prescription: Prescription) -> LimitView:
    limit = prescription.limit
    return LimitView(
        id=limit.id,
        metric=limit.metric,
        low=limit.low,
        high=limit.high,
        delay=limit.delay,
        hysteresis=limit.hysteresis,
        gap=limit.gap,
        area=limit.area,
        priority=limit.priority.value,
        author=prescription.author,
        reason=prescription.reason,
    )


def edge_view(ward: Ward, edge: str, now: int) -> EdgeView:
    """Return what is known of an edge of the roll at `now`, microseconds UTC."""
    state = ward.edges[edge]
    presence = state.presence
    return EdgeView(
        edge=edge,
        room=ward.roll.rooms[edge],
        online=state.online,
        last_seen=state.heard,
        synchronised=presence is not None and presence.synchronised,
        skew=state.skew,
        pending=0 if presence is None else presence.pending,
        sensors=[]
        if presence is None
        else [_sensor_view(ward, edge, fact, now) for fact in presence.sensors],
    )


def resident_view(ward: Ward, resident: str, now: int) -> ResidentView:
    """Return a resident of the roll at `now`, microseconds UTC."""
    known = ward.roll.inhabitants[resident]
    person = known.resident
    state = None if known.edge is None else ward.edges.get(known.edge)
    facts = () if state is None or state.presence is None else state.presence.sensors
    reason = ward.unwatched(resident)
    return ResidentView(
        id=person.id,
        family_name=person.family_name,
        given_name=person.given_name,
        birth_year=person.birth_year,
        room=known.room,
        edge=known.edge,
        values=[value_view(latest) for latest in ward.values(resident)],
        sensors=[_sensor_view(ward, known.edge or "", fact, now) for fact in facts],
        watched=reason is None,
        unwatched_reason=reason,
        limits=[_limit_view(prescription) for prescription in known.limits],
    )


_EXPLAINED = {Code.NEWS2, Code.COMPOSITE}
"Alerts whose detail pages put into words; that of others names rooms and people."


def alert_view(told: Told, roll: Roll, *, anonymous: bool) -> AlertView:
    """Return an alert; anonymous, without whom it is about."""
    alert = told.alert
    known = None if alert.resident is None else roll.inhabitants.get(alert.resident)
    return AlertView(
        id=alert.id,
        code=alert.code.value,
        category="technical" if alert.technical else "physiological",
        priority=alert.priority.value,
        resident=None if anonymous else alert.resident,
        room=roll.rooms.get(alert.edge, "") if known is None else known.room,
        edge=alert.edge,
        sensor=alert.sensor,
        metric=alert.metric,
        value=alert.value,
        limit=alert.limit,
        limit_id=alert.limit_id,
        onset=alert.onset,
        raised=alert.raised,
        cleared=alert.cleared,
        condition=alert.condition.value,
        response=alert.response.value,
        suppression=alert.suppression.value,
        muted_by=alert.muted_by,
        muted_until=alert.muted_until,
        latched=alert.latched,
        taken_by=alert.taken_by,
        about=_about(alert, roll),
        other_room=roll.rooms.get(alert.detail, "") if alert.code is Code.SENSOR_CONFLICT else None,
        detail=alert.detail if alert.code in _EXPLAINED else "",
        history=[
            AlertTransition(time=step.time, event=step.event.value, author=step.author, reason=step.reason)
            for step in told.history
        ],
    )


def _about(alert: Alert, roll: Roll) -> list[SensorName]:
    waiting = alert.code is Code.SENSOR_UNASSIGNED
    named = alert.detail.split(",") if waiting else [alert.sensor or ""]
    return [
        SensorName(sensor=sensor, kind=kind_of(roll.protocols.get((alert.edge, sensor), "")))
        for sensor in named
        if sensor
    ]


def suppression_view(order: Suppressor, roll: Roll, *, anonymous: bool) -> SuppressionView:
    """Return an order; anonymous, without whom it is about."""
    known = None if order.resident is None else roll.inhabitants.get(order.resident)
    return SuppressionView(
        id=order.id,
        kind=order.kind.value,
        alert=order.alert or None,
        edge=order.edge,
        sensor=order.sensor or None,
        resident=None if anonymous else order.resident,
        room=roll.rooms.get(order.edge, "") if known is None else known.room,
        author=order.author,
        reason=order.reason,
        since=order.since,
        until=order.until,
        ended=order.ended,
        ended_by=order.ended_by,
        ended_reason=order.ended_reason,
    )


def call_view(
    call: CallRecord, caller_name: str, roll: Roll, participants: Sequence[Participant] = ()
) -> CallView:
    """Return a call."""
    known = roll.inhabitants.get(call.resident)
    # The state machine of calls writes no other words than these; pydantic checks it.
    return CallView.model_validate(
        {
            "id": call.id,
            "epoch": call.epoch,
            "resident": call.resident,
            "room": "" if known is None else known.room,
            "edge": call.edge,
            "caller": call.caller,
            "caller_name": caller_name,
            "state": call.state,
            "reason": call.reason,
            "participants": [_participant(seat) for seat in participants],
            "requested": call.requested,
            "ended": call.ended,
        }
    )


def _participant(seat: Participant) -> dict[str, object]:
    return {
        "seat": seat.seat,
        "name": seat.name,
        "role": seat.role,
        "state": seat.state,
        "guest": seat.guest,
        "since": seat.since,
    }


def request_view(request: CallRequest, roll: Roll) -> CallRequestView:
    """Return a request for a physician; of a resident who left the home, without their name."""
    known = roll.inhabitants.get(request.resident)
    person = None if known is None else known.resident
    score = json.loads(request.score) if request.score else None
    return CallRequestView.model_validate(
        {
            "id": request.id,
            "resident": request.resident,
            "family_name": "" if person is None else person.family_name,
            "given_name": "" if person is None else person.given_name,
            "room": "" if known is None else known.room,
            "reason": request.reason,
            "urgency": request.urgency,
            "planned": request.planned,
            "asked_by": request.asked_by,
            "asked_by_name": request.asked_name,
            "asked": request.asked,
            "alert": request.alert,
            "headline": json.loads(request.headline) if request.headline else None,
            "news2": None if score is None else score["score"],
            "news2_time": None if score is None else score["time"],
            "state": request.state.value,
            "call": request.call,
            "settled": request.settled,
        }
    )


def values_view(values: Mapping[str, Latest]) -> list[Value]:
    """Return new values, by metric."""
    return [value_view(values[metric]) for metric in sorted(values)]
