"""Video calls: who may begin one, come into it, leave it and end it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn

from fastapi import APIRouter, Request

from hub.api import views
from hub.api.calls_models import CallList, CallStart
from hub.api.models import CallView
from hub.api.problems import RefusedError
from hub.api.security import Carer, Signer, services_of
from hub.api.sight import sight_of
from hub.consult.beginning import Order
from hub.consult.book import record_of
from hub.consult.calls import CallService, Wish
from hub.consult.desk import Desk
from hub.consult.model import Caller, CallRefusedError
from hub.consult.participants import seat_of
from hub.consult.room import Call

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from hub.api.services import Services

router = APIRouter(prefix="/api/v1", tags=["calls"])

_STATUS: Final = {
    "unknown_resident": HTTPStatus.NOT_FOUND,
    "unknown_call": HTTPStatus.NOT_FOUND,
    "unknown_alert": HTTPStatus.NOT_FOUND,
    "unknown_request": HTTPStatus.NOT_FOUND,
    "unknown_invite": HTTPStatus.NOT_FOUND,
    "unknown_account": HTTPStatus.NOT_FOUND,
    "unknown_snapshot": HTTPStatus.NOT_FOUND,
    "not_caller": HTTPStatus.FORBIDDEN,
    "not_in_call": HTTPStatus.FORBIDDEN,
    "invite_used": HTTPStatus.GONE,
    "invite_expired": HTTPStatus.GONE,
    "invite_revoked": HTTPStatus.GONE,
    "call_over": HTTPStatus.CONFLICT,
}
"Anything else is a conflict with how things stand."


@router.post("/residents/{resident}/calls", operation_id="start_call", status_code=HTTPStatus.CREATED)
async def start_call(resident: str, call: CallStart, account: Signer, request: Request) -> CallView:
    """Ring in the room of a resident. The room decides whether anything opens."""
    desk = desk_of(request)
    caller = Caller(account.username, account.display_name, account.role.value, call.reason)
    order = Order(call.alert, call.urgent, call.request)
    try:
        return call_view(await desk.beginning.call(resident, caller, order), services_of(request))
    except CallRefusedError as error:
        refuse(error)


@router.get("/calls", operation_id="list_calls")
async def list_calls(account: Carer, request: Request) -> CallList:
    """Return the calls that are not over: one may join them, or is in them."""
    services, sight = services_of(request), await sight_of(request, account)
    found = [call for call in calls_of(request).open_calls() if sight.sees(call.resident)]
    return CallList(items=[call_view(call, services) for call in found])


@router.get("/calls/{call}", operation_id="get_call")
async def get_call(call: str, _account: Carer, request: Request) -> CallView:
    """Return a call, open or past."""
    return call_view(await find_call(call, request), services_of(request))


@router.post("/calls/{call}/hangup", operation_id="hang_up_call")
async def hang_up_call(call: str, account: Carer, request: Request) -> CallView:
    """End a call for everybody; only who called may, the others leave. One that is over stays as it ended."""
    found = await find_call(call, request)
    if found.caller != account.username:
        raise RefusedError(HTTPStatus.FORBIDDEN, "not_caller", f"call {call[:64]!r} was begun by another")
    ended = await calls_of(request).hang_up(call, account.username)
    return call_view(ended, services_of(request))


@router.post("/calls/{call}/participants", operation_id="join_call")
async def join_call(call: str, account: Carer, request: Request) -> CallView:
    """Come into a call; the room is told once the page has opened its socket. Who has a seat keeps it."""
    calls = calls_of(request)
    person = Caller(account.username, account.display_name, account.role.value)
    try:
        await calls.take_seat(call, Wish(person, account.username))
        return call_view(await calls.find(call), services_of(request))
    except CallRefusedError as error:
        refuse(error)


@router.post("/calls/{call}/participants/leave", operation_id="leave_call")
async def leave_call(call: str, account: Carer, request: Request) -> CallView:
    """Leave a call that goes on; when its caller leaves it ends. Who is not in it changes nothing."""
    calls = calls_of(request)
    found = await find_call(call, request)
    seat = None if found.over else seat_of(found.participants, account.username)
    if seat is not None:
        await calls.goes(call, seat.seat, account.username)
    return call_view(await find_call(call, request), services_of(request))


def call_view(call: Call, services: Services) -> CallView:
    """Return a call as pages see it."""
    return views.call_view(record_of(call), call.caller_name, services.live.ward.roll, call.participants)


def calls_of(connection: HTTPConnection) -> CallService:
    """Return the home's calls.

    Raises:
        RefusedError: 503 `calls_unavailable`.
    """
    calls = services_of(connection).calls
    if calls is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "calls_unavailable", "this hub makes no calls")
    return calls


def desk_of(connection: HTTPConnection) -> Desk:
    """Return what is asked about calls beside the calls.

    Raises:
        RefusedError: 503 `calls_unavailable`.
    """
    desk = services_of(connection).consult
    if desk is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "calls_unavailable", "this hub makes no calls")
    return desk


async def find_call(call: str, request: Request) -> Call:
    """Return a call, open or past.

    Raises:
        RefusedError: 404 `unknown_call`.
    """
    try:
        return await calls_of(request).find(call)
    except CallRefusedError as error:
        refuse(error)


def refuse(error: CallRefusedError) -> NoReturn:
    """Answer that something about a call cannot be done.

    Raises:
        RefusedError: always.
    """
    status = _STATUS.get(error.code, HTTPStatus.CONFLICT)
    raise RefusedError(status, error.code, str(error)) from None
