"""Video calls: a physician asks to see a room, and their page is connected to it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

from fastapi import APIRouter, Depends, Request, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from hub.api.models import CallRequest, CallSignal, CallView, Role
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, require, services_of, signed_in, websocket_account
from hub.consult.calls import Caller, CallRefusedError, CallService, Page, PageMessage, PageSignal

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import HTTPConnection

    from hub.consult.room import Call

router = APIRouter(prefix="/api/v1", tags=["calls"])

Physician = Annotated[Account, Depends(require(Role.PHYSICIAN))]

MAX_SIGNAL: Final = 128 * 1024
"Characters of one message: an answer of 64 kB, escaped."
MAX_WAITING: Final = 64
"Messages that wait for a slow page; more, and it is closed and joins anew."
CHECK_EVERY: Final = 30.0
"Seconds between two looks at whether the page's session still holds."

CALL_OVER: Final = 4404
"WebSocket close code: the call is over, unknown, or another person's."
INVALID: Final = 4400
"WebSocket close code: a message is malformed."
NOT_SIGNED_IN: Final = 4401
"WebSocket close code: sign in again."
TOO_SLOW: Final = 4408
"WebSocket close code: join anew."

_STATUS: Final = {
    "unknown_resident": HTTPStatus.NOT_FOUND,
    "unknown_call": HTTPStatus.NOT_FOUND,
    "no_device": HTTPStatus.CONFLICT,
    "room_offline": HTTPStatus.CONFLICT,
    "room_busy": HTTPStatus.CONFLICT,
}


@router.post("/residents/{resident}/calls", operation_id="start_call", status_code=HTTPStatus.CREATED)
async def start_call(resident: str, call: CallRequest, account: Physician, request: Request) -> CallView:
    """Ring in the room of a resident. The room decides whether anything opens."""
    caller = Caller(account.username, account.display_name, account.role.value, call.reason)
    try:
        return call_view(await _calls(request).request(resident, caller))
    except CallRefusedError as error:
        _refuse(error)


@router.get("/calls/{call}", operation_id="get_call")
async def get_call(call: str, account: Physician, request: Request) -> CallView:
    """Return a call of one's own."""
    return call_view(await _own(call, account, request))


@router.post("/calls/{call}/hangup", operation_id="hang_up_call")
async def hang_up_call(call: str, account: Physician, request: Request) -> CallView:
    """End a call of one's own; one that is over stays as it ended."""
    await _own(call, account, request)
    return call_view(await _calls(request).hang_up(call, account.username))


@router.websocket("/calls/{call}/signal")
async def signal_call(websocket: WebSocket, call: str) -> None:
    """Carry `CallSignal` between the caller's page and the room. Only the caller joins."""
    account = await websocket_account(websocket, Role.PHYSICIAN)
    if account is None:
        return
    await websocket.accept()
    calls = services_of(websocket).calls
    waiting: asyncio.Queue[PageMessage | None] = asyncio.Queue(MAX_WAITING)

    def page(message: PageMessage) -> None:
        if waiting.full():
            # Room for one more: the mark that ends the connection.
            while not waiting.empty():
                waiting.get_nowait()
            waiting.put_nowait(None)
        else:
            waiting.put_nowait(message)

    if calls is None or not calls.join(call, account.username, page):
        await websocket.close(CALL_OVER, "call_over")
        return
    try:
        code = await _first(
            _tell(websocket, waiting), _listen(websocket, calls, call, page), _watch(websocket)
        )
    finally:
        calls.leave(call, page)
    if code is not None:
        await websocket.close(code)


async def _first(*parts: Coroutine[Any, Any, int | None]) -> int | None:
    """Run until one part ends, end the others, and return the close code it gave."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next(iter(done)).result()


async def _tell(websocket: WebSocket, waiting: asyncio.Queue[PageMessage | None]) -> int | None:
    while True:
        message = await waiting.get()
        if message is None:
            return TOO_SLOW
        try:
            await websocket.send_text(_signal(message).model_dump_json())
        except (WebSocketDisconnect, RuntimeError):
            return None
        if message.kind == "bye" or message.call.over:
            return CALL_OVER


async def _listen(websocket: WebSocket, calls: CallService, call: str, page: Page) -> int | None:
    while True:
        try:
            text = await websocket.receive_text()
            said = CallSignal.model_validate_json(text[:MAX_SIGNAL])
        except WebSocketDisconnect:
            return None
        except (ValidationError, KeyError):
            services_of(websocket).metrics.problems.labels(code="invalid_call_signal").inc()
            return INVALID
        calls.from_page(
            call,
            page,
            PageSignal(said.kind, said.epoch, said.sdp, said.candidate, said.sdp_mid, said.sdp_mline_index),
        )


async def _watch(websocket: WebSocket) -> int | None:
    while True:
        await asyncio.sleep(CHECK_EVERY)
        if await signed_in(websocket) is None:
            return NOT_SIGNED_IN


def call_view(call: Call) -> CallView:
    """Return a call as pages see it."""
    return CallView.model_validate(
        {
            "id": call.id,
            "epoch": call.epoch,
            "resident": call.resident,
            "room": call.room,
            "edge": call.edge,
            "caller": call.caller,
            "caller_name": call.caller_name,
            "state": call.state.value,
            "reason": call.reason,
            "requested": call.requested,
            "ended": call.ended,
        }
    )


def _signal(message: PageMessage) -> CallSignal:
    return CallSignal.model_validate(
        {
            "kind": message.kind,
            "epoch": message.call.epoch,
            "call": call_view(message.call),
            "sdp": message.sdp,
            "reason": message.reason,
            "ice_servers": list(message.ice_servers),
        }
    )


def _calls(connection: HTTPConnection) -> CallService:
    calls = services_of(connection).calls
    if calls is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "calls_unavailable", "this hub makes no calls")
    return calls


async def _own(call: str, account: Account, request: Request) -> Call:
    """Return a call of this account; another's does not exist for it."""
    try:
        found = await _calls(request).find(call)
    except CallRefusedError as error:
        _refuse(error)
    if found.caller != account.username:
        raise unknown("call", call)
    return found


def _refuse(error: CallRefusedError) -> NoReturn:
    raise RefusedError(_STATUS[error.code], error.code, str(error)) from None
