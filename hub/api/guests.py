"""Invitations into a call, and the guests who come by a link: one call, one use, no account.

A guest's cookie opens three addresses and no other: `GET /api/v1/guest`, the call's socket, and nothing else of the hub.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from devices.clock import SECOND
from hub.api.calls import call_view, desk_of, find_call, refuse
from hub.api.calls_models import (
    GuestResident,
    GuestToken,
    GuestView,
    Invitable,
    InvitableList,
    InviteList,
    InviteOrder,
    InviteView,
)
from hub.api.problems import RefusedError
from hub.api.security import Account, Carer, Signer, services_of
from hub.api.services import Services
from hub.api.sight import write_down
from hub.consult.invites import Asked, ThrottledError
from hub.consult.model import CallRefusedError
from hub.consult.participants import seat_of
from hub.consult.room import Call
from hub.store.consult import SeatState
from hub.store.invites import Invite

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

router = APIRouter(prefix="/api/v1", tags=["calls"])

COOKIE = "veilleuse_guest"
"Name of a guest's cookie."
PAGE = "/invitation"
"The guests' page; the token is behind `#`, which no browser sends and no log keeps."
_PATHS = ("/api/v1/guest", "/api/v1/calls/{call}/signal")
_LONGEST = 12 * 3600
"Seconds; the hub ends it with the call, the browser when it surely has."
_ROLES = {"physician": "specialist", "nurse": "nurse", "coordinator": "coordinator"}
"What an invited account is in the call."


@router.post("/calls/{call}/invites", operation_id="invite_to_call", status_code=HTTPStatus.CREATED)
async def invite_to_call(call: str, order: InviteOrder, account: Signer, request: Request) -> InviteView:
    """Ask somebody into a call that one is in. A guest's link is in this answer and nowhere else."""
    desk, services = desk_of(request), services_of(request)
    found = await _mine(call, account, request)
    asked = await run_sync(_asked, order, services)
    expires = services.clock.utc() + order.minutes * 60 * SECOND
    try:
        invite, token = await desk.invites.invite(found.id, asked, account.username, expires)
    except CallRefusedError as error:
        refuse(error)
    link = f"{PAGE}#{token}" if token else ""
    return _view(invite, await find_call(call, request), services.clock.utc(), link)


@router.get("/calls/{call}/invites", operation_id="list_call_invites")
async def list_call_invites(call: str, _account: Carer, request: Request) -> InviteList:
    """Return who was invited into a call, and what became of it."""
    found = await find_call(call, request)
    made, now = await desk_of(request).invites.of_call(found.id), services_of(request).clock.utc()
    return InviteList(items=[_view(invite, found, now) for invite in made])


@router.get("/calls/{call}/invitable", operation_id="list_invitable")
async def list_invitable(call: str, account: Signer, request: Request) -> InvitableList:
    """Return who of the home may be asked into a call that one is in, but for those who have a seat."""
    services = services_of(request)
    found = await _mine(call, account, request)
    here = services.live.present()
    users = await run_sync(services.accounts.users)
    items = [
        Invitable.model_validate(
            {
                "username": user.username,
                "name": user.display_name,
                "role": _ROLES[user.role],
                "here": user.username in here,
            }
        )
        for user in users
        if user.role in _ROLES and not user.disabled and seat_of(found.participants, user.username) is None
    ]
    order = list(_ROLES.values())
    items.sort(key=lambda one: (not one.here, order.index(one.role), one.name.casefold()))
    return InvitableList(items=items)


@router.delete("/calls/{call}/invites/{invite}", operation_id="revoke_call_invite")
async def revoke_call_invite(call: str, invite: str, account: Signer, request: Request) -> InviteView:
    """Revoke an invitation; who came by it leaves the call at once. One may while one is in the call."""
    found = await _mine(call, account, request)
    try:
        revoked = await desk_of(request).invites.revoke(found.id, invite, account.username)
    except CallRefusedError as error:
        refuse(error)
    return _view(revoked, await find_call(call, request), services_of(request).clock.utc())


@router.post("/guest", operation_id="open_invitation")
async def open_invitation(said: GuestToken, request: Request, response: Response) -> GuestView:
    """Use a link. The cookie that comes back is good for its call alone."""
    services, desk = services_of(request), desk_of(request)
    address = request.client.host if request.client else ""
    try:
        invite, key = await desk.invites.redeem(said.token, address)
    except ThrottledError as error:
        raise _wait(error) from None
    except CallRefusedError as error:
        refuse(error)
    for path in _PATHS:
        response.set_cookie(
            COOKIE,
            key,
            max_age=_LONGEST,
            path=path.format(call=invite.call),
            httponly=True,
            samesite="strict",
            secure=services.https,
        )
    return await _told(invite, request)


@router.get("/guest", operation_id="who_is_guest")
async def who_is_guest(request: Request) -> GuestView:
    """Return what a guest was told when they used their link, with the call as it is now."""
    invite = await guest_of(request)
    if invite is None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "not_invited", "no invitation that opens a call")
    return await _told(invite, request)


async def guest_of(connection: HTTPConnection) -> Invite | None:
    """Return the invitation that the cookie stands for, as long as it opens its call."""
    desk = services_of(connection).consult
    return None if desk is None else await desk.invites.guest(connection.cookies.get(COOKIE, ""))


async def _told(invite: Invite, request: Request) -> GuestView:
    """Return what a guest sees, and write down that they do."""
    call = await find_call(invite.call, request)
    view = _guest_view(invite, call, services_of(request))
    await write_down(request, f"guest: {invite.name}"[:64], invite.id.encode(), call.resident, "guest")
    return view


async def _mine(call: str, account: Account, request: Request) -> Call:
    """Return an open call that an account is in."""
    found = await find_call(call, request)
    if found.over:
        raise RefusedError(HTTPStatus.CONFLICT, "call_over", f"call {call[:64]!r} is over")
    if seat_of(found.participants, account.username) is None:
        raise RefusedError(
            HTTPStatus.FORBIDDEN, "not_in_call", f"{account.username!r} is not in call {call[:64]!r}"
        )
    return found


def _asked(order: InviteOrder, services: Services) -> Asked:
    if order.guest:
        return Asked(" ".join(order.guest.split()), order.role)
    user = services.accounts.user(order.username)
    if user is None or user.disabled or user.role not in _ROLES:
        raise RefusedError(
            HTTPStatus.NOT_FOUND, "unknown_account", f"nobody called {order.username!r} can be invited"
        )
    return Asked(user.display_name, _ROLES[user.role], user.username)


def _view(invite: Invite, call: Call, now: int, link: str = "") -> InviteView:
    return InviteView.model_validate(
        {
            "id": invite.id,
            "seat": invite.seat,
            "name": invite.name,
            "role": invite.role,
            "guest": not invite.username,
            "state": _state(invite, call, now),
            "created": invite.created,
            "expires": invite.expires,
            "link": link,
        }
    )


def _state(invite: Invite, call: Call, now: int) -> Literal["open", "used", "expired", "revoked"]:
    if invite.revoked is not None:
        return "revoked"
    seat = call.at(invite.seat)
    came = bool(invite.username) and seat is not None and _came(seat.state, seat.reason)
    if invite.used is not None or came:
        return "used"
    return "expired" if now >= invite.expires or call.over else "open"


def _came(state: SeatState, reason: str) -> bool:
    return state is not SeatState.INVITED and reason not in {"not_come", "call_over"}


def _guest_view(invite: Invite, call: Call, services: Services) -> GuestView:
    found = services.live.ward.roll.inhabitants.get(call.resident)
    if found is None:
        raise RefusedError(HTTPStatus.CONFLICT, "unknown_resident", "the resident has left the home")
    person = found.resident
    return GuestView.model_validate(
        {
            "call": call_view(call, services),
            "resident": GuestResident(
                family_name=person.family_name,
                given_name=person.given_name,
                birth_year=person.birth_year,
                room=found.room,
            ),
            "name": invite.name,
            "role": invite.role,
            "home": services.live.ward.roll.home,
        }
    )


def _wait(error: ThrottledError) -> RefusedError:
    seconds = -(-error.wait // SECOND)
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS,
        error.code,
        f"{error}: try again in {seconds} s",
        headers={"retry-after": str(seconds)},
        seconds=seconds,
    )
