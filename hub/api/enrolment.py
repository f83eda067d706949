"""Adding a room's device: a technician makes a one-time code, the device fetches its keys with it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.requests import HTTPConnection

from devices.errors import WireError
from devices.wire.enrolment import Confirmation, Redemption
from hub.api.problems import RefusedError, invalid
from hub.api.security import Technician, services_of
from hub.api.technician import (
    ConfirmationOrder,
    EnrolmentOffer,
    EnrolmentOrder,
    EnrolmentView,
    RedeemedView,
    RedemptionOrder,
)
from hub.enrolment import EnrolmentError, Enrolments
from hub.ingest.writer import WriterClosedError
from hub.store.enrolments import Enrolment

router = APIRouter(prefix="/api/v1/enrolments", tags=["enrolment"])

_STATUS = {
    "unknown_room": HTTPStatus.NOT_FOUND,
    "unknown_enrolment": HTTPStatus.NOT_FOUND,
    "too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
    "wrong_code": HTTPStatus.FORBIDDEN,
}
_T = TypeVar("_T")


@router.get("", operation_id="list_enrolments")
async def list_enrolments(_account: Technician, request: Request) -> list[EnrolmentView]:
    """List the codes of the past day, and what became of them."""
    found = await _ask(_enrolments(request).recent)
    return [_view(each, request) for each in found]


@router.post("", operation_id="offer_enrolment")
async def offer_enrolment(order: EnrolmentOrder, account: Technician, request: Request) -> EnrolmentOffer:
    """Make a one-time code for a room; it is shown once, and works for a quarter of an hour."""
    services = services_of(request)
    reached = f"{'https' if services.https else 'http'}://{request.headers['host']}"
    desk = _enrolments(request)
    try:
        offer = await _ask(
            lambda: desk.offer(order.room, account.username, reached, replace_edge=order.replace)
        )
    except WireError as error:
        raise invalid("host", str(error)) from None
    return EnrolmentOffer(
        enrolment=_view(offer.enrolment, request), code=offer.code, uri=offer.uri, matrix=list(offer.matrix)
    )


@router.get("/{enrolment}", operation_id="get_enrolment")
async def get_enrolment(enrolment: str, _account: Technician, request: Request) -> EnrolmentView:
    """Tell what became of a code."""
    desk = _enrolments(request)
    return _view(await _ask(lambda: desk.find(enrolment)), request)


@router.delete("/{enrolment}", operation_id="revoke_enrolment")
async def revoke_enrolment(enrolment: str, account: Technician, request: Request) -> EnrolmentView:
    """Withdraw a code that was not used yet."""
    desk = _enrolments(request)
    return _view(await _ask(lambda: desk.revoke(enrolment, account.username)), request)


@router.post("/{enrolment}/redeem", operation_id="redeem_enrolment")
async def redeem_enrolment(enrolment: str, order: RedemptionOrder, request: Request) -> RedeemedView:
    """Use a code up: the device that knows it gets its credentials, encrypted with it. Needs no session."""
    desk, asked = _enrolments(request), Redemption(order.nonce, order.proof)
    redeemed = await _ask(lambda: desk.redeem(enrolment, asked, _address(request)))
    return RedeemedView(box=redeemed.box)


@router.post("/{enrolment}/confirm", operation_id="confirm_enrolment")
async def confirm_enrolment(enrolment: str, order: ConfirmationOrder, request: Request) -> EnrolmentView:
    """Take a device's proof that it has its keys. Needs no session."""
    desk, said = _enrolments(request), Confirmation(order.proof)
    return _view(await _ask(lambda: desk.confirm(enrolment, said, _address(request))), request)


def _view(found: Enrolment, request: Request) -> EnrolmentView:
    state = "waiting"
    if found.confirmed is not None:
        state = "confirmed"
    elif found.used is not None:
        state = "used"
    elif found.revoked is not None:
        state = "revoked"
    elif services_of(request).clock.utc() >= found.expires:
        state = "expired"
    return EnrolmentView.model_validate(
        {
            "id": found.id,
            "room": found.room,
            "edge": found.edge,
            "author": found.author,
            "created": found.created,
            "expires": found.expires,
            "state": state,
        }
    )


def _enrolments(connection: HTTPConnection) -> Enrolments:
    fleet = services_of(connection).fleet
    if fleet is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "fleet_unavailable", "this hub does not reach its devices"
        )
    return fleet.enrolments


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _ask(work: Callable[[], _T]) -> _T:
    try:
        return await run_sync(work)
    except EnrolmentError as error:
        status = _STATUS.get(error.code, HTTPStatus.CONFLICT)
        headers = {}
        if "seconds" in error.params:
            headers["retry-after"] = str(error.params["seconds"])
        raise RefusedError(status, error.code, str(error), headers=headers, **error.params) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None
