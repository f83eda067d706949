"""Limits of residents: what is in force and why, who signed it, and everything that changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import Connection

from devices.limits import Limit, Priority
from hub.alerting.prescriptions import Actor, Fault, PrescriptionError, check_limit
from hub.api.prescriptions_models import (
    LimitOrder,
    PrescriptionOrder,
    PrescriptionView,
    PreviewOrder,
    PreviewView,
    ReasonOrder,
    RenewalOrder,
    ResidentLimitsView,
    SettingsOrder,
    WaitingView,
)
from hub.api.prescriptions_views import Reader, preview_view
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, Carer, Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.ingest.writer import WriterClosedError
from hub.prescribing import Draft, Prescribing, Wanted
from hub.store import records
from hub.store.prescribing import Prescribed, Setting, Settings

router = APIRouter(prefix="/api/v1", tags=["prescriptions"])

_STATUS = {
    Fault.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Fault.NOT_YOURS: HTTPStatus.FORBIDDEN,
    Fault.SAME_PERSON: HTTPStatus.CONFLICT,
    Fault.NOT_POSSIBLE: HTTPStatus.CONFLICT,
    Fault.NO_CHANGE: HTTPStatus.CONFLICT,
    Fault.UNKNOWN: HTTPStatus.NOT_FOUND,
}
"The rest is what is wrong with a field: 422."


@router.get("/prescriptions/waiting", operation_id="list_waiting_prescriptions")
async def list_waiting(account: Carer, request: Request) -> list[WaitingView]:
    """List what waits for a signature, the oldest first."""
    services, desk = _desk(request)
    sight = await sight_of(request, account)
    found = await run_sync(Reader(services, desk.ruleset, account).waiting)
    return [each for each in found if sight.sees(each.paper.resident)]


@router.get("/residents/{resident}/prescriptions", operation_id="list_prescriptions")
async def list_prescriptions(resident: str, account: Carer, request: Request) -> ResidentLimitsView:
    """Show what is in force for a resident and why, what waits, and what was."""
    services, desk = _desk(request)
    await run_sync(_must_exist, services, resident)
    return await run_sync(Reader(services, desk.ruleset, account).resident, resident)


@router.post("/residents/{resident}/prescriptions/preview", operation_id="preview_prescription")
async def preview(resident: str, order: PreviewOrder, _account: Carer, request: Request) -> PreviewView:
    """Tell what a limit would change, and whether it needs a second signature; nothing is written."""
    services, desk = _desk(request)
    await run_sync(_must_exist, services, resident)
    wanted = Wanted(resident, _limit(order), order.end, order.begin)
    try:
        check_limit(wanted.limit)
    except PrescriptionError as error:
        raise _refused(error) from None

    def judge() -> PreviewView:
        with services.database.read() as connection:
            return preview_view(desk.judge(connection, wanted))

    return await run_sync(judge)


@router.post("/residents/{resident}/prescriptions", operation_id="prescribe", status_code=HTTPStatus.CREATED)
async def prescribe(
    resident: str, order: PrescriptionOrder, account: Carer, request: Request
) -> PrescriptionView:
    """Prescribe a limit, or propose one: it is in force at once, or from `begin` on, unless it loosens a critical limit."""
    services, desk = _desk(request)
    await run_sync(_must_exist, services, resident)
    draft = Draft(_limit(order), order.reason, order.review, order.end, order.begin)
    return await _done(
        services, account, desk, desk.propose(resident, draft, _actor(account), sign=order.sign)
    )


@router.post("/prescriptions/{paper}/sign", operation_id="sign_prescription")
async def sign(paper: str, account: Signer, request: Request) -> PrescriptionView:
    """Sign what waits: a proposal, a second signature, or a withdrawal."""
    services, desk = _desk(request)
    return await _done(services, account, desk, desk.sign(paper, _actor(account)))


@router.post("/prescriptions/{paper}/refuse", operation_id="refuse_prescription")
async def refuse(paper: str, order: ReasonOrder, account: Signer, request: Request) -> PrescriptionView:
    """Refuse what waits; a limit whose withdrawal is refused stays in force."""
    services, desk = _desk(request)
    return await _done(services, account, desk, desk.refuse(paper, _actor(account), order.reason))


@router.post("/prescriptions/{paper}/take-back", operation_id="take_back_prescription")
async def take_back(paper: str, account: Carer, request: Request) -> PrescriptionView:
    """Undo what waits; only who wrote it may."""
    services, desk = _desk(request)
    return await _done(services, account, desk, desk.take_back(paper, _actor(account)))


@router.post("/prescriptions/{paper}/withdraw", operation_id="withdraw_prescription")
async def withdraw(paper: str, order: ReasonOrder, account: Signer, request: Request) -> PrescriptionView:
    """End a limit: the safe default is in force again. It stays until a second signature when that loosens."""
    services, desk = _desk(request)
    return await _done(services, account, desk, desk.withdraw(paper, _actor(account), order.reason))


@router.post(
    "/prescriptions/{paper}/renew", operation_id="renew_prescription", status_code=HTTPStatus.CREATED
)
async def renew(paper: str, order: RenewalOrder, account: Carer, request: Request) -> PrescriptionView:
    """Prescribe the same limit again, with another end."""
    services, desk = _desk(request)
    draft = Draft(Limit("", "", Priority.LOW), order.reason, order.review, order.end)
    return await _done(services, account, desk, desk.renew(paper, draft, _actor(account), sign=order.sign))


@router.post("/prescriptions/{paper}/settle", operation_id="settle_prescription")
async def settle(paper: str, account: Signer, request: Request) -> PrescriptionView:
    """Say of an expired limit that the safe default is fine: nothing asks for it any more."""
    services, desk = _desk(request)
    return await _done(services, account, desk, desk.settle(paper, _actor(account)))


@router.post("/residents/{resident}/settings", operation_id="choose_settings", status_code=HTTPStatus.CREATED)
async def choose(resident: str, order: SettingsOrder, account: Carer, request: Request) -> PrescriptionView:
    """Change what rules must know of a resident.

    Whoever cares for the resident says whether oxygen is given; the rest is signed as a limit is.
    """
    services, desk = _desk(request)
    await run_sync(_must_exist, services, resident)
    wanted = Settings(order.profile, order.spo2_scale, order.on_oxygen, order.usual_score)
    return await _done(services, account, desk, desk.choose(resident, wanted, order.reason, _actor(account)))


@router.post("/residents/{resident}/settings/preview", operation_id="preview_settings")
async def preview_settings(
    resident: str, order: SettingsOrder, _account: Carer, request: Request
) -> PreviewView:
    """Tell what a change of settings would change in limits; nothing is written."""
    services, desk = _desk(request)
    await run_sync(_must_exist, services, resident)
    wanted = Settings(order.profile, order.spo2_scale, order.on_oxygen, order.usual_score)

    def judge() -> PreviewView:
        with services.database.read() as connection:
            return preview_view(desk.judge_settings(connection, resident, wanted))

    return await run_sync(judge)


def _limit(order: LimitOrder) -> Limit:
    return Limit(
        "",
        order.metric,
        Priority(order.priority),
        order.low,
        order.high,
        order.delay,
        order.hysteresis,
        order.gap,
        order.area,
    )


def _desk(request: Request) -> tuple[Services, Prescribing]:
    services = services_of(request)
    if services.prescribing is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "prescribing_unavailable", "this hub prescribes nothing"
        )
    return services, services.prescribing


def _actor(account: Account) -> Actor:
    return Actor(account.username, account.role.value)


async def _done(
    services: Services,
    account: Account,
    desk: Prescribing,
    work: Callable[[Connection], Prescribed | Setting],
) -> PrescriptionView:
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        made = await asyncio.shield(asyncio.wrap_future(desk.change(work)))
    except PrescriptionError as error:
        raise _refused(error) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None
    return await run_sync(Reader(services, desk.ruleset, account).paper, made)


def _refused(error: PrescriptionError) -> RefusedError:
    status = _STATUS.get(error.fault, HTTPStatus.UNPROCESSABLE_ENTITY)
    params = error.params | ({"field": error.field} if error.field else {})
    return RefusedError(status, error.fault.value, str(error), headers={}, **params)


def _must_exist(services: Services, resident: str) -> None:
    with services.database.read() as connection:
        if resident not in records.residents(connection):
            raise unknown("resident", resident)
