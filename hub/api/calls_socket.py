"""The socket of a call: `CallSignal` between a participant's page, the room and the other pages."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from hub.api.calls import call_view
from hub.api.guests import guest_of
from hub.api.models import CallSignal
from hub.api.security import services_of, signed_in, websocket_account
from hub.api.services import Services
from hub.api.sockets import close, until_one_ends, while_signed_in
from hub.consult.from_pages import FromPages
from hub.consult.model import CallRefusedError, Page, PageMessage, PageSignal
from hub.store.invites import Invite

router = APIRouter(prefix="/api/v1", tags=["calls"])

MAX_SIGNAL: Final = 128 * 1024
"Characters of one message: an answer of 64 kB, escaped."
MAX_WAITING: Final = 128
"Messages that wait for a slow page; more, and it is closed and joins anew."

CALL_OVER: Final = 4404
"WebSocket close code: the call is over or unknown, or one has no seat in it."
INVALID: Final = 4400
"WebSocket close code: a message is malformed."
TOO_SLOW: Final = 4408
"WebSocket close code: join anew."


@router.websocket("/calls/{call}/signal")
async def signal_call(websocket: WebSocket, call: str) -> None:
    """Carry `CallSignal` for a participant's page: a carer's, or a guest's. Who has no seat in the call is shown out.

    Who is signed in and a guest in one browser is a guest on pages that ask with `?as=guest`.
    """
    calls, seat = services_of(websocket).calls, None
    guest = await guest_of(websocket)
    found = None if websocket.query_params.get("as") == "guest" else await signed_in(websocket)
    if calls is not None and found is not None:
        seat = calls.seat_of(call, found.account.username)
    if guest is not None and guest.call == call and seat is None:
        await websocket.accept()
        seat = await _guests_seat(websocket, guest)
    elif await websocket_account(websocket) is None:
        return
    else:
        guest = None
        await websocket.accept()
    if calls is None or seat is None:
        await close(websocket, CALL_OVER, "call_over")
        return
    await _serve(websocket, calls.pages, call, seat, guest)


async def _guests_seat(websocket: WebSocket, guest: Invite) -> str | None:
    desk = services_of(websocket).consult
    try:
        return None if desk is None else await desk.invites.seat_of(guest)
    except CallRefusedError:
        # Full, or over just now: the page asks again by `GET /api/v1/guest`.
        return None


async def _serve(websocket: WebSocket, pages: FromPages, call: str, seat: str, guest: Invite | None) -> None:
    """Connect the page of a seat until one side ends it."""
    waiting: asyncio.Queue[PageMessage | None] = asyncio.Queue(MAX_WAITING)

    def page(message: PageMessage) -> None:
        if waiting.full():
            # Room for one more: the mark that ends the connection.
            while not waiting.empty():
                waiting.get_nowait()
            waiting.put_nowait(None)
        else:
            waiting.put_nowait(message)

    if not pages.join(call, seat, page):
        await close(websocket, CALL_OVER, "call_over")
        return
    try:
        code = await until_one_ends(
            send=_tell(websocket, waiting),
            receive=_listen(websocket, pages, call, page),
            check=while_signed_in(websocket, signed_in if guest is None else guest_of),
        )
    finally:
        pages.leave(call, page)
    await close(websocket, code)


async def _tell(websocket: WebSocket, waiting: asyncio.Queue[PageMessage | None]) -> int | None:
    services = services_of(websocket)
    while True:
        message = await waiting.get()
        if message is None:
            return TOO_SLOW
        try:
            await websocket.send_text(_signal(message, services).model_dump_json())
        except (WebSocketDisconnect, RuntimeError):
            return None
        if message.last:
            return CALL_OVER


async def _listen(websocket: WebSocket, pages: FromPages, call: str, page: Page) -> int | None:
    while True:
        try:
            text = await websocket.receive_text()
            said = CallSignal.model_validate_json(text[:MAX_SIGNAL])
        except WebSocketDisconnect:
            return None
        except (ValidationError, KeyError):
            services_of(websocket).metrics.problems.labels(code="invalid_call_signal").inc()
            return INVALID
        pages.take(
            call,
            page,
            PageSignal(
                said.kind,
                said.epoch,
                said.peer,
                said.sdp,
                said.candidate,
                said.sdp_mid,
                said.sdp_mline_index,
                said.text,
            ),
        )


def _signal(message: PageMessage, services: Services) -> CallSignal:
    state = message.kind in {"state", "bye"}
    return CallSignal.model_validate(
        {
            "kind": message.kind,
            "epoch": message.epoch,
            "peer": message.peer,
            "seat": message.seat,
            "text": message.text,
            # Who is in the call is said when it changes, not with every candidate.
            "call": call_view(message.call, services) if state else None,
            "sdp": message.sdp,
            "candidate": message.candidate,
            "sdp_mid": message.sdp_mid,
            "sdp_mline_index": message.sdp_mline_index,
            "reason": message.reason,
            "ice_servers": list(message.ice_servers),
            "roles": dict(message.roles),
        }
    )
