"""What is kept of a call: who was there, what went wrong, which pictures, and the alert that was the reason."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from hub.api import calls_models as models
from hub.api.calls import call_view, find_call
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Account, Carer, services_of
from hub.api.services import Services
from hub.api.views import alert_view
from hub.api.views import call_view as record_view
from hub.consult import evidence, jpeg
from hub.consult.evidence import Evidence
from hub.consult.pictures import CallPictures
from hub.consult.room import Call
from hub.sealing import SealError
from hub.store import consult, records, snapshots
from hub.store.consult import Incident, Participant
from hub.store.records import AuditEntry
from hub.store.snapshots import Snapshot
from hub.ward import Told

router = APIRouter(prefix="/api/v1", tags=["calls"])

MAX_SNAPSHOTS: Final = 60
"Pictures of one call: 120 MB at most."
PAST: Final = 100
"Calls of a resident that are listed."
_JPEG: Final = "image/jpeg"
_ROOM: Final = "room"


@router.get("/residents/{resident}/calls", operation_id="list_past_calls")
async def list_past_calls(resident: str, _account: Carer, request: Request) -> models.CallList:
    """Return the last calls of a resident that are over, newest first."""
    services = services_of(request)
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)
    return await run_sync(_past, services, resident)


@router.get("/calls/{call}/encounter", operation_id="get_encounter")
async def get_encounter(call: str, _account: Carer, request: Request) -> models.EncounterView:
    """Return what is kept of a call, also while it goes on."""
    found = await find_call(call, request)
    return await run_sync(_encounter, services_of(request), found)


@router.post(
    "/calls/{call}/snapshots",
    operation_id="keep_snapshot",
    status_code=HTTPStatus.CREATED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {_JPEG: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def keep_snapshot(
    call: str, query: Annotated[models.SnapshotQuery, Query()], account: Carer, request: Request
) -> models.SnapshotView:
    """Keep a picture of a call that goes on, as who is in it; the body is a JPEG of at most 2 MB."""
    found = await find_call(call, request)
    if found.over:
        raise RefusedError(HTTPStatus.CONFLICT, "call_over", f"call {call[:64]!r} is over")
    if all(seat.username != account.username or seat.admitted is None for seat in found.participants):
        raise RefusedError(
            HTTPStatus.FORBIDDEN, "not_in_call", f"{account.username!r} is not in call {call[:64]!r}"
        )
    if request.headers.get("content-type", "").partition(";")[0].strip() != _JPEG:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_jpeg", f"a picture is sent as {_JPEG}")
    image = await request.body()
    try:
        width, height = jpeg.size_of(image)
        image = jpeg.bare(image)
    except jpeg.JpegError as error:
        raise invalid("body", str(error)) from None
    services = services_of(request)
    kept = Snapshot(
        secrets.token_hex(8),
        found.id,
        services.clock.utc(),
        account.username,
        query.source,
        query.note.strip(),
        width,
        height,
    )
    await run_sync(_keep, services, kept, image)
    return _snapshot_view(kept, {account.username: account.display_name})


@router.get(
    "/calls/{call}/snapshots/{snapshot}",
    operation_id="get_snapshot",
    response_class=Response,
    responses={200: {"content": {_JPEG: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_snapshot(call: str, snapshot: str, account: Carer, request: Request) -> Response:
    """Return a picture of a call; who looked is written down."""
    try:
        image = await run_sync(_look, services_of(request), call, snapshot, account)
    except SealError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "picture_sealed", str(error)) from None
    return Response(image, media_type=_JPEG, headers={"content-disposition": "inline"})


def _pictures(services: Services) -> CallPictures:
    if services.pictures is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "no_pictures", "this hub keeps no pictures of calls"
        )
    return services.pictures


def _keep(services: Services, kept: Snapshot, image: bytes) -> None:
    with services.database.write() as connection:
        if snapshots.count(connection, kept.call) >= MAX_SNAPSHOTS:
            raise RefusedError(
                HTTPStatus.CONFLICT, "too_many_snapshots", f"a call keeps {MAX_SNAPSHOTS} pictures at most"
            )
        _pictures(services).keep(connection, kept, image)
        detail = f"{kept.id} {kept.source} {kept.width}x{kept.height}"
        records.audit(connection, AuditEntry(kept.time, kept.author, "snapshot_kept", kept.call, detail))


def _look(services: Services, call: str, key: str, account: Account) -> bytes:
    with services.database.write() as connection:
        image = _pictures(services).look(connection, call, key)
        if image is None:
            raise unknown("snapshot", key)
        now = services.clock.utc()
        records.audit(connection, AuditEntry(now, account.username, "snapshot_seen", call, key))
    return image


def _past(services: Services, resident: str) -> models.CallList:
    roll = services.live.ward.roll
    with services.database.read() as connection:
        found = [each for each in consult.calls_of(connection, resident, PAST) if each.ended is not None]
        seats = consult.participants(connection, [each.id for each in found])
    names = _names(services)
    items = [
        record_view(each, names.get(each.caller, each.caller), roll, seats.get(each.id, ())) for each in found
    ]
    return models.CallList(items=items)


def _encounter(services: Services, call: Call) -> models.EncounterView:
    names = _names(services)
    with services.database.read() as connection:
        opening = consult.opening(connection, call.id)
        happened = consult.incidents(connection, call.id)
        pictures = snapshots.of_call(connection, call.id)
    found = evidence.read(opening.evidence)
    return models.EncounterView.model_validate(
        {
            "call": call_view(call, services),
            "start": call.requested,
            "answered": call.answered,
            "end": call.ended,
            "reason": opening.reason,
            "urgent": opening.urgent,
            "consent": opening.consent,
            "request": opening.request,
            "participants": [_presence(seat) for seat in call.participants],
            "incidents": [incident_view(each) for each in happened],
            "snapshots": [_snapshot_view(each, names) for each in pictures],
            "alert": None
            if found is None
            else alert_view(Told(found.alert, tuple(found.steps)), services.live.ward.roll, anonymous=False),
            "evidence": None if found is None else evidence_view(found),
            "recorded": False,
        }
    )


def _names(services: Services) -> dict[str, str]:
    return {user.username: user.display_name for user in services.accounts.users()}


def _presence(seat: Participant) -> models.PresenceView:
    return models.PresenceView(
        seat=seat.seat,
        name=seat.name,
        role=seat.role,
        guest=seat.guest,
        state=seat.state.value,
        invited=seat.seated,
        joined=seat.admitted,
        left=seat.left,
        reason=seat.reason,
    )


def incident_view(incident: Incident) -> models.IncidentView:
    """Return what interrupted somebody in a call."""
    return models.IncidentView(
        time=incident.time, seat=incident.seat or _ROOM, cause=incident.cause, ended=incident.ended
    )


def evidence_view(found: Evidence) -> models.EvidenceView:
    """Return what was measured before an alert was the reason for something."""
    return models.EvidenceView(
        since=found.since,
        until=found.until,
        values=[
            models.EvidenceValues(metric=each.metric, times=each.times, values=each.values, flags=each.flags)
            for each in found.values
        ],
    )


def _snapshot_view(kept: Snapshot, names: Mapping[str, str]) -> models.SnapshotView:
    return models.SnapshotView.model_validate(
        {
            "id": kept.id,
            "call": kept.call,
            "time": kept.time,
            "author": kept.author,
            "author_name": names.get(kept.author, kept.author),
            "source": kept.source,
            "note": kept.note,
            "width": kept.width,
            "height": kept.height,
        }
    )
