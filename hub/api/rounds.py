"""The measurement round: who is due, what is offered, and what a person enters, corrects and takes back."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from devices.clock import SECOND
from hub import rounds
from hub.alerting import rounds as due
from hub.alerting.entry import ENTERED, REFUSED, Before, Doubt, Fault, doubts, unconfirmed, vitals
from hub.alerting.news2 import score
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.rounds_models import (
    VERSIONS,
    CorrectionIn,
    DraftIn,
    DraftView,
    ReadingIn,
    RoundView,
    SetDraft,
    SetHistory,
    SetIn,
    SetView,
    SheetView,
    WithdrawalIn,
)
from hub.api.rounds_views import Names, draft_view, history_view, round_view, set_view, sheet_view
from hub.api.security import Account, Carer, Giver, services_of
from hub.api.services import Rounds, Services
from hub.api.sight import sight_of
from hub.ingest.entering import EntryError, Refused
from hub.ingest.writer import WriterClosedError
from hub.store import spot_checks
from hub.store.spot_checks import Reading, SpotCheck

router = APIRouter(prefix="/api/v1/rounds", tags=["rounds"])

OLDEST = 12 * 3600 * SECOND
"How far back a set may be entered, microseconds: a shift on paper."
AHEAD = 120 * SECOND
"How far a tablet's clock may be ahead."
_SETS = 12
_NEVER = HTTPStatus.UNPROCESSABLE_ENTITY


@router.get("", operation_id="get_round")
async def get_round(account: Carer, request: Request) -> RoundView:
    """List who is to be measured in this shift, worst and longest overdue first."""
    services = services_of(request)
    sight = await sight_of(request, account)
    found = await run_sync(_round, services, _parts(services))
    return found.model_copy(update={"entries": [one for one in found.entries if sight.sees(one.resident)]})


@router.get("/{resident}", operation_id="get_round_sheet")
async def get_sheet(resident: str, _account: Carer, request: Request) -> SheetView:
    """Return what can be entered for a resident: what was before, what sensors offer, the last sets."""
    services = services_of(request)
    _must_live_here(services, resident)
    return await run_sync(_sheet, services, _parts(services), resident)


@router.post("/{resident}/draft", operation_id="draft_set")
async def draft_set(resident: str, draft: DraftIn, _account: Carer, request: Request) -> DraftView:
    """Tell what a set would score, what about it is doubtful, and when the next would be due. Nothing is stored."""
    services = services_of(request)
    _must_live_here(services, resident)
    return await run_sync(_draft, services, _parts(services), resident, draft)


@router.post("/{resident}/sets", operation_id="enter_set", status_code=HTTPStatus.CREATED)
async def enter_set(resident: str, given: SetIn, account: Giver, request: Request) -> SetView:
    """Enter a set of observations; the same set again changes nothing and is answered the same."""
    services = services_of(request)
    parts = _parts(services)
    _same(resident, given.resident)
    known = await run_sync(_versions, services, given.id)
    now = services.clock.utc()
    if not known:
        _must_live_here(services, resident)
        _must_be_recent(given.time, now)
        await run_sync(_must_hold, services, resident, given, given.confirmed, given.time)
    # A clock that is ahead measured nothing tomorrow. What was stored once stays as it was then.
    time = known[0].time if known and known[0].time <= given.time else min(given.time, now)
    check = SpotCheck(
        given.id,
        1,
        given.id,
        resident,
        time,
        0,
        account.username,
        known[0].spo2_scale if known else await run_sync(_scale, services, resident, now),
        _readings(given.readings),
        given.note,
    )
    return await _entered(parts.enter(check), services, account, "enter_set")


@router.post("/{resident}/sets/{key}", operation_id="correct_set")
async def correct_set(
    resident: str, key: str, given: CorrectionIn, account: Giver, request: Request
) -> SetView:
    """Replace a set by a new version; the old one is kept, and no longer counts."""
    services = services_of(request)
    parts = _parts(services)
    _same(resident, given.resident)
    first = await _first(services, resident, key)
    await run_sync(_must_hold, services, resident, given, given.confirmed, first.time)
    check = SpotCheck(
        key,
        given.version + 1,
        given.key,
        resident,
        first.time,
        0,
        account.username,
        first.spo2_scale,
        _readings(given.readings),
        given.note,
        given.reason,
    )
    return await _entered(parts.enter(check), services, account, "correct_set")


@router.post("/{resident}/sets/{key}/withdrawal", operation_id="withdraw_set")
async def withdraw_set(
    resident: str, key: str, given: WithdrawalIn, account: Giver, request: Request
) -> SetView:
    """Take a set back: its values count no more, and are kept with who took them back and why."""
    services = services_of(request)
    parts = _parts(services)
    _same(resident, given.resident)
    first = await _first(services, resident, key)
    last = (await run_sync(_versions, services, key))[-1]
    check = SpotCheck(
        key,
        given.version + 1,
        given.key,
        resident,
        first.time,
        0,
        account.username,
        first.spo2_scale,
        last.readings,
        last.note,
        given.reason,
        withdrawn=True,
    )
    return await _entered(parts.enter(check), services, account, "withdraw_set")


@router.get("/{resident}/sets", operation_id="list_sets")
async def list_sets(resident: str, _account: Carer, request: Request) -> list[SetHistory]:
    """Return the last sets of a resident with all their versions, newest first, those taken back too."""
    services = services_of(request)
    return await run_sync(_history, services, resident)


def _round(services: Services, parts: Rounds) -> RoundView:
    now, ward = services.clock.utc(), services.live.ward
    with services.database.read() as connection:
        everybody = rounds.known(connection, ward, parts.plan, now)
    span = parts.plan.shift(services.zone, now)
    places = [due.place(known.subject, span, now) for known in everybody.values()]
    rooms = {who: found.room for who, found in ward.roll.inhabitants.items()}
    return round_view(due.ordered(places, rooms), everybody, span, now, _names(services))


def _sheet(services: Services, parts: Rounds, resident: str) -> SheetView:
    now, ward = services.clock.utc(), services.live.ward
    with services.database.read() as connection:
        known = rounds.known_one(connection, ward, parts.plan, resident, now)
        sets = spot_checks.history(connection, resident, _SETS)
    place = due.place(known.subject, parts.plan.shift(services.zone, now), now)
    return sheet_view(known, place, sets, ward, now, _names(services))


def _draft(services: Services, parts: Rounds, resident: str, draft: DraftIn) -> DraftView:
    now, ward = services.clock.utc(), services.live.ward
    with services.database.read() as connection:
        known = rounds.known_one(connection, ward, parts.plan, resident, now)
        corrected = spot_checks.versions(connection, draft.correcting) if draft.correcting else []
    time = corrected[0].time if corrected else now
    values = _values(draft.readings)
    found = doubts(values, _before(services, resident, time), time)
    # What cannot be a person's scores nothing: it is as if it were not written.
    sound = {metric: value for metric, value in values.items() if not _bad(found, metric)}
    scored = score(vitals(sound, known.settings.spo2_scale))
    return draft_view(known, scored, found, now)


def _bad(found: list[Doubt], metric: str) -> bool:
    return any(doubt.metric == metric and doubt.refused for doubt in found)


def _must_hold(services: Services, resident: str, draft: SetDraft, confirmed: list[str], time: int) -> None:
    """Refuse values that cannot be, that are strange and not confirmed, or that no sensor measured.

    Raises:
        RefusedError: the first thing that is wrong, with what it is compared with.
    """
    values = _values(draft.readings)
    if not values:
        raise invalid("body.readings", "a set without values says nothing")
    by_hand = {each.metric for each in draft.readings if each.source is None}
    open_doubts = unconfirmed(doubts(values, _before(services, resident, time), time), confirmed)
    for doubt in sorted(open_doubts, key=lambda doubt: not doubt.refused):
        # What a sensor measured is so: only its kind is checked.
        if doubt.metric in by_hand or doubt.refused:
            raise _doubtful(doubt)
    for each in draft.readings:
        if each.source is not None and not _was_measured(services, resident, each):
            raise RefusedError(
                HTTPStatus.CONFLICT,
                "not_measured",
                f"no sensor measured that {each.metric}",
                metric=each.metric,
            )


def _before(services: Services, resident: str, time: int) -> dict[str, Before]:
    """Return what was measured last; not by the set of `time` itself: a correction is far from what it corrects."""
    known = rounds.before(services.live.ward.values(resident)).items()
    return {metric: each for metric, each in known if not time <= each.time < time + VERSIONS}


def _was_measured(services: Services, resident: str, given: ReadingIn) -> bool:
    source = given.source
    if source is None or source.sensor == ENTERED:
        return False
    found = services.timeseries.read(resident, given.metric, source.time, source.time + 1)
    # The tablet shows what is rounded; it is the same value when it rounds to what is given.
    return any(abs(value - given.value) <= 0.5 for value in found.values.tolist())


def _doubtful(doubt: Doubt) -> RefusedError:
    known = {"low": doubt.low, "high": doubt.high, "before": doubt.before}
    params = {name: value for name, value in known.items() if value is not None}
    said = "cannot be" if doubt.fault in REFUSED else "is strange and was not confirmed"
    if doubt.fault is Fault.UNKNOWN:
        return unknown("metric", doubt.metric)
    return RefusedError(
        _NEVER,
        f"value_{doubt.fault.value}",
        f"{doubt.metric[:40]} {doubt.value:g} {said}",
        headers={},
        metric=doubt.metric[:40],
        **params,
    )


def _values(readings: list[ReadingIn]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in readings:
        if each.metric in found:
            raise invalid("body.readings", f"{each.metric} is there twice")
        found[each.metric] = each.value
    return found


def _readings(given: list[ReadingIn]) -> tuple[Reading, ...]:
    return tuple(
        Reading(each.metric, each.value)
        if each.source is None
        else Reading(each.metric, each.value, each.source.sensor, each.source.edge, each.source.time)
        for each in given
    )


def _must_be_recent(time: int, now: int) -> None:
    if not now - OLDEST <= time <= now + AHEAD:
        raise RefusedError(
            _NEVER, "set_out_of_time", "a set is at most 12 h old and not of the future", time=time
        )


def _same(resident: str, said: str) -> None:
    if resident != said:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "other_resident",
            f"a set of {said[:64]!r} is not entered for {resident[:64]!r}",
        )


def _must_live_here(services: Services, resident: str) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)


def _scale(services: Services, resident: str, now: int) -> int:
    with services.database.read() as connection:
        found = rounds.settings_in_force(connection, now).get(resident)
    return 1 if found is None else found.spo2_scale


def _versions(services: Services, key: str) -> list[SpotCheck]:
    with services.database.read() as connection:
        return spot_checks.versions(connection, key)


async def _first(services: Services, resident: str, key: str) -> SpotCheck:
    known = await run_sync(_versions, services, key)
    if not known or known[0].resident != resident:
        raise unknown("set", key)
    return known[0]


def _history(services: Services, resident: str) -> list[SetHistory]:
    with services.database.read() as connection:
        found = spot_checks.history(connection, resident, 100)
    names = _names(services)
    return [history_view(versions, services.live.ward, names) for versions in found]


async def _entered(asked: Future[SpotCheck], services: Services, account: Account, action: str) -> SetView:
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        check = await asyncio.shield(asyncio.wrap_future(asked))
    except EntryError as error:
        status = HTTPStatus.NOT_FOUND if error.refused is Refused.UNKNOWN else HTTPStatus.CONFLICT
        raise RefusedError(status, error.refused.value, str(error)) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None
    now = services.clock.utc()
    detail = f"version {check.version} {check.reason}".strip()
    await run_sync(
        services.accounts.audit, now, account.username, action, f"{check.resident}/{check.id}", detail
    )
    return set_view(check, services.live.ward, await run_sync(_names, services))


def _names(services: Services) -> Names:
    return {user.username: user.display_name for user in services.accounts.users()}


def _parts(services: Services) -> Rounds:
    if services.rounds is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "rounds_unavailable", "this hub makes no rounds")
    return services.rounds
