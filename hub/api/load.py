"""How much the ward is alarmed, for those who plan it and those who prescribe."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from hub.alerting import load as counting
from hub.alerting.load import DAY, Figures, Kind, Load, Period, ResidentLoad, Rule
from hub.api.load_models import (
    LONGEST_DAYS,
    CountsView,
    DayView,
    FiguresView,
    LoadQuery,
    LoadView,
    MattersView,
    ReferenceView,
    ResidentLoadView,
    RuleName,
    RuleView,
    WorstView,
)
from hub.api.problems import invalid
from hub.api.security import Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.store import load as reading
from hub.store import records
from hub.store.records import Resident
from hub.ward import Roll

router = APIRouter(prefix="/api/v1", tags=["coordination"])

_USUAL_DAYS = 7


@router.get("/load", operation_id="get_load")
async def get_load(query: Annotated[LoadQuery, Query()], account: Signer, request: Request) -> LoadView:
    """Count the alarms of a period, at most 90 days: per resident, hour and rule, and what became of them."""
    services, sight = services_of(request), await sight_of(request, account)
    found = await run_sync(_load, services, _period(query, services))
    return found.model_copy(
        update={"residents": [one for one in found.residents if sight.sees(one.resident)]}
    )


def _period(query: LoadQuery, services: Services) -> Period:
    until = services.clock.utc() if query.until is None else query.until
    since = max(0, until - _USUAL_DAYS * DAY) if query.since is None else query.since
    if since >= until:
        raise invalid("query.from", f"{since} is not before `to`, {until}")
    if until - since > LONGEST_DAYS * DAY:
        raise invalid("query.to", f"{(until - since) / DAY:.0f} days, at most {LONGEST_DAYS} allowed")
    return Period(since, until, services.zone)


def _load(services: Services, period: Period) -> LoadView:
    with services.database.read() as connection:
        alarms = reading.alarms(connection, period.since, period.until)
        lived = reading.lived(connection, period)
        people = records.residents(connection)
    return load_view(counting.load(alarms, lived, period), people, services.live.ward.roll)


def load_view(load: Load, people: dict[str, Resident], roll: Roll) -> LoadView:
    """Return what was counted, with names."""
    return LoadView(
        since=load.period.since,
        until=load.period.until,
        zone=load.period.zone.key,
        resident_days=load.resident_days,
        figures=MattersView(**{kind.value: _figures(load.figures[kind]) for kind in Kind}),
        rules=[
            RuleView(rule=_rule(each.rule), matter=each.kind.value, count=each.count, hours=list(each.hours))
            for each in load.rules
        ],
        days=[DayView(day=each.day.isoformat(), counts=_counts(each)) for each in load.days],
        residents=[
            _resident(each, people[each.resident], roll, worst=place < load.worst)
            for place, each in enumerate(load.residents)
        ],
        worst=WorstView(residents=load.worst, of=len(load.residents), share=load.worst_share),
        reference=ReferenceView(per_day=counting.REFERENCE, source=counting.REFERENCE_SOURCE),
    )


def _figures(figures: Figures) -> FiguresView:
    return FiguresView(**{name: getattr(figures, name) for name in FiguresView.model_fields})


def _counts(row: counting.DayLoad | ResidentLoad) -> CountsView:
    return CountsView(**{kind.value: row.counts[kind] for kind in Kind})


def _rule(rule: Rule) -> RuleName:
    return RuleName(code=rule[0].value, metric=rule[1])


def _resident(row: ResidentLoad, person: Resident, roll: Roll, *, worst: bool) -> ResidentLoadView:
    known = roll.inhabitants.get(row.resident)
    return ResidentLoadView(
        resident=row.resident,
        family_name=person.family_name,
        given_name=person.given_name,
        room="" if known is None else known.room,
        days=row.days,
        counts=_counts(row),
        per_day=row.per_day,
        worst=worst,
        loudest=None if row.loudest is None else _rule(row.loudest),
        loudest_count=row.loudest_count,
        limit_id=row.limit_id,
    )
