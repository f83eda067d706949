"""What a technician does to sensors: look which are within reach, try one, link it, unlink it; nurses assign again."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future
from http import HTTPStatus
from typing import NoReturn, TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from starlette.requests import HTTPConnection

from devices.quality import Quality
from devices.wire.confidence import Secrets
from devices.wire.messages import Candidate, SurveyReport, TrialRequest
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.rooms import linked_elsewhere, room_card, room_cards
from hub.api.security import Staff, Technician, services_of, websocket_account
from hub.api.services import Fleet, Services
from hub.api.sockets import SEND_WITHIN, close, until_one_ends, while_signed_in
from hub.api.technician import (
    AssignOrder,
    CandidateView,
    InquiryReport,
    InquiryView,
    LinkOrder,
    LinkResult,
    RoomCard,
    SurveyOrder,
    TrialOrder,
    TrialValue,
    UnlinkOrder,
    WaitingOrder,
)
from hub.ingest.writer import WriterClosedError
from hub.linking import Act, Found, LinkingError
from hub.relinking import give_waiting, undo
from hub.survey import Inquiry, InquiryError

router = APIRouter(prefix="/api/v1", tags=["sensors"])

UNKNOWN = 4404
"WebSocket close code: no such inquiry, or somebody else's."

_T = TypeVar("_T")
_STATUS = {"unknown_edge": HTTPStatus.NOT_FOUND, "unknown_sensor": HTTPStatus.NOT_FOUND}


@router.get("/rooms", operation_id="list_rooms")
async def list_rooms(_account: Staff, request: Request) -> list[RoomCard]:
    """List rooms, their devices, and whose each sensor is."""
    return await run_sync(room_cards, services_of(request))


@router.post("/edges/{edge}/surveys", operation_id="start_survey")
async def start_survey(edge: str, order: SurveyOrder, account: Technician, request: Request) -> InquiryView:
    """Let a device listen for sensors; what it hears comes on the WebSocket of the inquiry."""
    fleet = _reachable(edge, request)
    try:
        made = fleet.inquiries.survey(edge, account.username, order.seconds)
    except InquiryError as error:
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, error.code, str(error)) from None
    await _audit(request, account.username, "survey", edge, f"{order.seconds:g} s")
    return _inquiry_view(made)


@router.post("/edges/{edge}/trials", operation_id="start_trial")
async def start_trial(edge: str, order: TrialOrder, account: Technician, request: Request) -> InquiryView:
    """Let a device open a candidate and show what it measures; nothing of it is stored."""
    _one_place(order.address, order.link)
    fleet = _reachable(edge, request)
    address = order.address.upper()
    place, given = address or order.link, _secrets(order)
    box = await run_sync(fleet.linking.vault.box, edge, place, given)
    trial = TrialRequest(0, "", order.protocol, order.seconds, address, order.link, box)
    try:
        made = fleet.inquiries.trial(edge, account.username, trial)
    except InquiryError as error:
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, error.code, str(error)) from None
    await _audit(request, account.username, "trial", edge, f"{order.protocol} at {address or order.link}")
    return _inquiry_view(made)


@router.delete("/inquiries/{inquiry}", operation_id="end_inquiry", status_code=HTTPStatus.NO_CONTENT)
async def end_inquiry(inquiry: str, account: Technician, request: Request) -> None:
    """End a survey or trial."""
    inquiries = _fleet(request).inquiries
    found = inquiries.find(inquiry, account.username)
    if found is None:
        raise unknown("inquiry", inquiry)
    inquiries.end(found)


@router.post("/edges/{edge}/sensors", operation_id="link_sensor")
async def link_sensor(edge: str, order: LinkOrder, account: Technician, request: Request) -> LinkResult:
    """Link a candidate to a room's device, and to who lives there if they are named."""
    _one_place(order.address, order.link)
    found = Found(order.protocol, order.address.upper(), order.link, _secrets(order))
    act = Act(account.username, order.reason)
    fleet = _fleet(request)
    sensor = await _done(fleet.change(fleet.linking.link(edge, found, order.resident, act, move=order.move)))
    return LinkResult(sensor=sensor, room=await run_sync(room_card, services_of(request), edge))


@router.post("/edges/{edge}/sensors/{sensor}/unlink", operation_id="unlink_sensor")
async def unlink_sensor(
    edge: str, sensor: str, order: UnlinkOrder, account: Technician, request: Request
) -> RoomCard:
    """Unlink a sensor: it belongs to nobody, and its device lets go of it if it was linked from here."""
    fleet = _fleet(request)
    await _done(fleet.change(fleet.linking.unlink(edge, sensor, Act(account.username, order.reason))))
    return await run_sync(room_card, services_of(request), edge)


@router.post("/edges/{edge}/sensors/{sensor}/assignment", operation_id="assign_sensor")
async def assign_sensor(
    edge: str, sensor: str, order: AssignOrder, account: Staff, request: Request
) -> RoomCard:
    """Give a sensor that a room's device has to who lives there now."""
    fleet = _fleet(request)
    act = Act(account.username, order.reason)
    await _done(fleet.change(fleet.linking.assign(edge, sensor, order.resident, act)))
    return await run_sync(room_card, services_of(request), edge)


@router.post("/edges/{edge}/assignments", operation_id="assign_waiting")
async def assign_waiting(edge: str, order: WaitingOrder, account: Staff, request: Request) -> RoomCard:
    """Give the sensors that wait after the occupant changed to who lives there now: all of them, or none."""
    act, clock = Act(account.username, order.reason), services_of(request).clock
    fleet = _fleet(request)
    await _done(fleet.change(give_waiting(clock, edge, order.sensors, order.resident, act)))
    return await run_sync(room_card, services_of(request), edge)


@router.post("/edges/{edge}/assignments/undo", operation_id="undo_assignments")
async def undo_assignments(edge: str, order: WaitingOrder, account: Staff, request: Request) -> RoomCard:
    """Take back what the same person gave within the last minute: the sensors wait again."""
    act, clock = Act(account.username, order.reason), services_of(request).clock
    fleet = _fleet(request)
    await _done(fleet.change(undo(clock, edge, order.sensors, order.resident, act)))
    return await run_sync(room_card, services_of(request), edge)


@router.websocket("/inquiries/{inquiry}")
async def watch_inquiry(websocket: WebSocket, inquiry: str) -> None:
    """Stream `InquiryReport` to the page that asked."""
    account = await websocket_account(websocket)
    if account is None:
        return
    await websocket.accept()
    services = services_of(websocket)
    found = None if services.fleet is None else services.fleet.inquiries.find(inquiry, account.username)
    if services.fleet is None or found is None:
        await websocket.close(UNKNOWN, "unknown_inquiry")
        return
    with services.fleet.inquiries.looking(found):
        # Until the inquiry is over or the page goes.
        code = await until_one_ends(
            send=_send(websocket, services, found),
            receive=_until_gone(websocket),
            check=while_signed_in(websocket),
        )
    await close(websocket, code)


async def _send(websocket: WebSocket, services: Services, inquiry: Inquiry) -> int | None:
    while True:
        inquiry.changed.clear()
        if inquiry.newest is not None or inquiry.over:
            report = await run_sync(_report, services, inquiry)
            try:
                async with asyncio.timeout(SEND_WITHIN):
                    await websocket.send_text(report.model_dump_json())
            except (TimeoutError, WebSocketDisconnect, RuntimeError):
                return None
        if inquiry.over:
            return 1000
        await inquiry.changed.wait()


async def _until_gone(websocket: WebSocket) -> int | None:
    with contextlib.suppress(WebSocketDisconnect, KeyError, RuntimeError):
        while True:
            await websocket.receive_text()
    return None


def _report(services: Services, inquiry: Inquiry) -> InquiryReport:
    newest = inquiry.newest
    candidates: list[CandidateView] = []
    values: list[TrialValue] = []
    if isinstance(newest, SurveyReport):
        owners = linked_elsewhere(services, inquiry.edge)
        candidates = [_candidate_view(each, owners.get(each.address)) for each in newest.candidates]
    elif newest is not None:
        values = [
            TrialValue(
                metric=each.metric,
                value=each.value,
                time=each.time,
                flags=Quality(each.flags).names(),
                stored=each.stored,
            )
            for each in newest.values
        ]
    trial = None if isinstance(newest, SurveyReport) else newest
    return InquiryReport(
        kind="survey" if inquiry.survey else "trial",
        time=services.clock.utc() if newest is None else newest.time,
        running=not inquiry.over,
        replaced=inquiry.replaced,
        cause="" if newest is None else newest.cause.value,
        detail="" if trial is None else trial.detail,
        candidates=candidates,
        link="unknown" if trial is None else trial.link.value,
        values=values,
        flags=[] if trial is None else Quality(trial.flags).names(),
    )


def _candidate_view(each: Candidate, elsewhere: str | None) -> CandidateView:
    return CandidateView(
        protocol=each.protocol,
        address=each.address,
        link=each.link,
        name=each.name,
        rssi=each.rssi,
        sensor=each.sensor,
        problem=each.problem,
        elsewhere=elsewhere,
        needs=each.needs,
    )


def _inquiry_view(made: Inquiry) -> InquiryView:
    kind = "survey" if made.survey else "trial"
    return InquiryView.model_validate({"id": made.id, "edge": made.edge, "kind": kind, "until": made.until})


def _fleet(connection: HTTPConnection) -> Fleet:
    fleet = services_of(connection).fleet
    if fleet is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "fleet_unavailable", "this hub does not reach its devices"
        )
    return fleet


def _reachable(edge: str, request: Request) -> Fleet:
    """Return what reaches devices, if this one is known and heard."""
    ward = services_of(request).live.ward
    if edge not in ward.edges:
        raise unknown("edge", edge)
    if not ward.edges[edge].online:
        raise RefusedError(HTTPStatus.CONFLICT, "edge_silent", f"edge {edge!r} is not heard")
    return _fleet(request)


def _secrets(order: TrialOrder | LinkOrder) -> Secrets:
    """Return what was typed for a sensor."""
    return Secrets(order.key.lower(), order.pin)


def _one_place(address: str, link: str) -> None:
    if bool(address) == bool(link):
        raise invalid("body.address", "exactly one of address and link is needed")


async def _done(asked: Future[_T]) -> _T:
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        return await asyncio.shield(asyncio.wrap_future(asked))
    except LinkingError as error:
        _refuse(error)
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None


def _refuse(error: LinkingError) -> NoReturn:
    status = _STATUS.get(error.code, HTTPStatus.CONFLICT)
    raise RefusedError(status, error.code, str(error), headers={}, **error.params) from None


async def _audit(request: Request, author: str, action: str, target: str, detail: str) -> None:
    services = services_of(request)
    now = services.clock.utc()
    await run_sync(services.accounts.audit, now, author, action, target, detail)
