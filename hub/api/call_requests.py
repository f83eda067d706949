"""Asking for a physician, and how a resident's room may be opened: what happens before a call.

Who asks has opened an act of télémédecine by it, under the request's own name; who takes the request back has withdrawn that too.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from hub.acting import Doing, Opening
from hub.acts.fields import ActError
from hub.acts.model import Actor, Kind
from hub.acts.model import Role as ActRole
from hub.api.acts import acting_of
from hub.api.calls import desk_of, refuse
from hub.api.calls_models import CallRequestList, CallRequestOrder, ConsentOrder, ConsentView
from hub.api.models import CallRequestView, Role
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, Carer, Giver, Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.api.views import request_view
from hub.consult.consents import fault, in_force
from hub.consult.model import Caller, CallRefusedError
from hub.consult.requests import Ask
from hub.store import acts, consents, records
from hub.store.call_requests import CallRequest
from hub.store.consents import Consent
from hub.store.errors import StoreError
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["calls"])

_TAKE_BACK: Final = {("assistance", "asked"): "withdraw", ("consultation", "asked"): "cancel"} | {
    ("consultation", "planned"): "cancel"
}
"What happens to the act of a request that is withdrawn, by its kind and state."
_TAKEN_BACK: Final = "Demande de médecin retirée"
"Reason of that step, as people read it."
_log = logging.getLogger(__name__)


@router.post(
    "/residents/{resident}/call-requests",
    operation_id="ask_for_physician",
    status_code=HTTPStatus.CREATED,
)
async def ask_for_physician(
    resident: str, order: CallRequestOrder, account: Giver, request: Request
) -> CallRequestView:
    """Ask for a physician; everybody's screens show it until one calls or somebody withdraws it."""
    asked = Ask(order.reason, order.urgency, order.planned, order.alert or None)
    author = Caller(account.username, account.display_name, account.role.value)
    try:
        made = await desk_of(request).requests.ask(resident, asked, author)
    except CallRefusedError as error:
        refuse(error)
    if order.act:
        await run_sync(_open_act, services_of(request), made, Kind(order.act), account)
    return request_view(made, services_of(request).live.ward.roll)


@router.get("/call-requests", operation_id="list_call_requests")
async def list_call_requests(account: Carer, request: Request) -> CallRequestList:
    """Return who waits for a physician, oldest first, and which physicians could see it now."""
    services = services_of(request)
    sight = await sight_of(request, account)
    waiting = [each for each in await desk_of(request).requests.waiting() if sight.sees(each.resident)]
    physicians = await run_sync(_physicians, services, services.live.present())
    roll = services.live.ward.roll
    return CallRequestList(items=[request_view(each, roll) for each in waiting], physicians=physicians)


@router.post("/call-requests/{key}/withdraw", operation_id="withdraw_call_request")
async def withdraw_call_request(key: str, account: Giver, request: Request) -> CallRequestView:
    """Take a request back; one that was withdrawn stays so, one that a physician has taken cannot be."""
    try:
        settled = await desk_of(request).requests.withdraw(key, account.username)
    except CallRefusedError as error:
        refuse(error)
    await run_sync(_withdraw_act, services_of(request), key, account)
    return request_view(settled, services_of(request).live.ward.roll)


@router.get("/residents/{resident}/call-consent", operation_id="get_call_consent")
async def get_call_consent(resident: str, _account: Carer, request: Request) -> ConsentView:
    """Return how a resident's room may be opened, who signed it, and until when."""
    services = services_of(request)
    _lives_here(resident, services)
    return await run_sync(_consent, services, resident)


@router.put("/residents/{resident}/call-consent", operation_id="sign_call_consent")
async def sign_call_consent(
    resident: str, order: ConsentOrder, account: Signer, request: Request
) -> ConsentView:
    """Sign how a resident's room may be opened from now on. What was signed before is kept."""
    services = services_of(request)
    _lives_here(resident, services)
    why = fault(order.rule, order.reason, order.until, services.clock.utc())
    if why is not None:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"consent_{why}",
            f"a rule of {order.rule!r} is not signed: {why}",
        )
    await run_sync(_sign, services, resident, order, account)
    return await run_sync(_consent, services, resident)


def _open_act(services: Services, made: CallRequest, kind: Kind, account: Account) -> None:
    """Open the act of a request. The physician is asked already: an act that cannot be opened takes nothing of that back."""
    wish = Opening(kind, made.resident, made.reason, made.id, made.alert)
    metrics = [latest.metric for latest in services.live.ward.values(made.resident)]
    planned = made.planned if kind is Kind.CONSULTATION else None
    try:
        acting_of(services).ask(wish, _actor(account), metrics, planned)
    except (ActError, StoreError) as error:
        _log.error("request %s has no act: %s", made.id, error)


def _withdraw_act(services: Services, key: str, account: Account) -> None:
    """Take back the act that a request opened, unless something has come of it."""
    with services.database.read() as connection:
        act = acts.find(connection, key)
    event = None if act is None else _TAKE_BACK.get((act.kind.value, act.state))
    if act is None or event is None:
        return
    try:
        acting_of(services).step(key, Doing(event, act.version, _TAKEN_BACK), _actor(account))
    except ActError as error:
        _log.warning("act of request %s stays open: %s", key, error)


def _actor(account: Account) -> Actor:
    return Actor(account.username, ActRole(account.role.value))


def _physicians(services: Services, present: frozenset[str]) -> list[str]:
    users = services.accounts.users()
    return sorted(
        user.display_name
        for user in users
        if user.username in present and user.role == Role.PHYSICIAN and not user.disabled
    )


def _lives_here(resident: str, services: Services) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)


def _sign(services: Services, resident: str, order: ConsentOrder, account: Account) -> None:
    now = services.clock.utc()
    signed = Consent(resident, order.rule, order.reason.strip(), account.username, now, order.until)
    with services.database.write() as connection:
        consents.add(connection, signed)
        until = "" if order.until is None else f" until {order.until}"
        detail = f"{order.rule}{until}: {signed.reason}"
        records.audit(connection, AuditEntry(now, account.username, "call_consent_signed", resident, detail))


def _consent(services: Services, resident: str) -> ConsentView:
    with services.database.read() as connection:
        found = in_force(consents.newest(connection, resident), services.clock.utc())
    signed = found.signed
    user = None if signed is None else services.accounts.user(signed.author)
    author = "" if signed is None else signed.author
    return ConsentView.model_validate(
        {
            "resident": resident,
            "rule": found.rule,
            "signed": None if signed is None else signed.rule,
            "expired": found.expired,
            "reason": "" if signed is None else signed.reason,
            "author": author,
            "author_name": author if user is None else user.display_name,
            "since": None if signed is None else signed.since,
            "until": None if signed is None else signed.until,
        }
    )
