"""The hand-over between shifts: what the hub knows, what people add, and who has read it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from devices.clock import SECOND
from hub import handover as facts
from hub.alerting.shifts import shift_at, shift_before
from hub.api.handover_models import (
    HandoverQuery,
    HandoverView,
    NoteChange,
    NoteHistory,
    NoteIn,
    ReceiptIn,
    ReceiptView,
)
from hub.api.handover_views import handover_view, note_view, receipt_view
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.rounds_views import Names
from hub.api.security import Account, Carer, Giver, services_of
from hub.api.services import Rounds, Services
from hub.api.sight import must_see, sight_of
from hub.handover import Shift
from hub.store import handover
from hub.store.handover import Note, NoteError, Receipt, Refused

router = APIRouter(prefix="/api/v1/handover", tags=["handover"])

ARRIVING = 2 * 3600 * SECOND
"How long after a change of shift the shift before is what one comes to read."
OLDEST = 36 * 3600 * SECOND
"How far back a note may speak."


@router.get("", operation_id="get_handover")
async def get_handover(
    query: Annotated[HandoverQuery, Query()], account: Carer, request: Request
) -> HandoverView:
    """Tell what happened in a shift, worst first; without a time, in the one that is being handed over."""
    services = services_of(request)
    sight = await sight_of(request, account)
    told = await run_sync(_handover, services, _rounds(services), query.at)
    return told.model_copy(update={"residents": [one for one in told.residents if sight.sees(one.resident)]})


@router.post("/notes", operation_id="write_note", status_code=HTTPStatus.CREATED)
async def write_note(given: NoteIn, account: Carer, request: Request) -> NoteHistory:
    """Leave a note for the next shift; the same note again changes nothing."""
    services = services_of(request)
    now = services.clock.utc()
    if given.resident and given.resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", given.resident)
    await must_see(request, account, given.resident)
    if given.time < now - OLDEST:
        raise invalid("body.time", "a note speaks of at most 36 h ago")
    _says_something(given.data, given.action, given.result)
    # A tablet's clock that is ahead writes of nothing to come.
    note = Note(
        given.id,
        1,
        given.id,
        given.resident,
        min(given.time, now),
        now,
        account.username,
        given.data.strip(),
        given.action.strip(),
        given.result.strip(),
    )
    return await _written(services, note, account, "write_note")


@router.post("/notes/{note}", operation_id="change_note")
async def change_note(note: str, given: NoteChange, account: Giver, request: Request) -> NoteHistory:
    """Write a new version of a note, or take it back; what it was is kept."""
    services = services_of(request)
    known = await run_sync(_versions, services, note)
    if not known:
        raise unknown("note", note)
    if not given.withdrawn:
        _says_something(given.data, given.action, given.result)
    made = Note(
        note,
        given.version + 1,
        given.key,
        known[0].resident,
        known[0].time,
        services.clock.utc(),
        account.username,
        given.data.strip(),
        given.action.strip(),
        given.result.strip(),
        given.withdrawn,
    )
    return await _written(services, made, account, "change_note")


@router.post("/receipts", operation_id="receive_handover")
async def receive_handover(given: ReceiptIn, account: Carer, request: Request) -> list[ReceiptView]:
    """Say that one has read the hand-over of a shift; the first time counts."""
    services = services_of(request)
    rounds, now = _rounds(services), services.clock.utc()
    since, _ = shift_at(rounds.plan.starts, services.zone, given.since)
    if since != given.since or since > now:
        raise invalid("body.since", "no shift began then")
    receipt = Receipt(account.username, since, now)
    return await run_sync(_receive, services, receipt)


def _handover(services: Services, rounds: Rounds, at: int | None) -> HandoverView:
    now, starts, zone = services.clock.utc(), rounds.plan.starts, services.zone
    span = shift_at(starts, zone, now if at is None else min(at, now))
    if at is None and now - span[0] < ARRIVING:
        span = shift_before(starts, zone, now)
    shift = Shift(*span, now)
    with services.database.read() as connection:
        found = facts.read(connection, shift, rounds.plan.memory)
        receipts = handover.receipts(connection, shift.since)
    stories = facts.stories(found, services.live.ward, services.timeseries, shift)
    return handover_view(shift, found, stories, receipts, services.live.ward, _names(services))


def _receive(services: Services, receipt: Receipt) -> list[ReceiptView]:
    with services.database.write() as connection:
        handover.receive(connection, receipt)
        found = handover.receipts(connection, receipt.since)
    names = _names(services)
    return [receipt_view(each, names) for each in found]


async def _written(services: Services, note: Note, account: Account, action: str) -> NoteHistory:
    try:
        versions = await run_sync(_write, services, note)
    except NoteError as error:
        status = HTTPStatus.NOT_FOUND if error.refused is Refused.UNKNOWN else HTTPStatus.CONFLICT
        raise RefusedError(status, error.refused.value, str(error)) from None
    now, target = services.clock.utc(), f"{note.resident or 'ward'}/{note.id}"
    await run_sync(services.accounts.audit, now, account.username, action, target, f"version {note.version}")
    return note_view(versions, await run_sync(_names, services))


def _write(services: Services, note: Note) -> list[Note]:
    with services.database.write() as connection:
        handover.write(connection, note)
        return handover.versions(connection, note.id)


def _versions(services: Services, key: str) -> list[Note]:
    with services.database.read() as connection:
        return handover.versions(connection, key)


def _says_something(*texts: str) -> None:
    if not any(text.strip() for text in texts):
        raise invalid("body", "a note without words says nothing")


def _names(services: Services) -> Names:
    return {user.username: user.display_name for user in services.accounts.users()}


def _rounds(services: Services) -> Rounds:
    if services.rounds is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "handover_unavailable", "this hub knows no shifts")
    return services.rounds
