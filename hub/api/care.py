"""Who cares for whom, opening a record in an emergency, and who looked at whom."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import Connection

from hub.api.care_models import (
    AuditLine,
    AuditView,
    CareList,
    CareName,
    CareOrder,
    CareView,
    GlassList,
    GlassOrder,
    GlassView,
    SeenResident,
)
from hub.api.models import Role
from hub.api.problems import invalid, unknown
from hub.api.security import Account, Carer, Coordinator, Physician, services_of
from hub.api.services import Services
from hub.api.sight import sight_now
from hub.auth.care import GLASS_LASTS, fault
from hub.store import cares, records
from hub.store.cares import Care, Glass
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["care"])

_AUDIT_LINES = 500
"What of a resident's audit is shown at once."


@router.get("/care", operation_id="list_care")
async def list_care(account: Carer, request: Request) -> CareList:
    """List everybody who lives in the home by name and room, who cares for them, and whether one sees their record."""
    return await run_sync(_list, services_of(request), account)


@router.post("/residents/{resident}/care", operation_id="add_care", status_code=HTTPStatus.CREATED)
async def add_care(resident: str, order: CareOrder, account: Coordinator, request: Request) -> CareList:
    """Let a physician care for a resident from now on; who does already, does."""
    services = services_of(request)
    _lives_here(services, resident)
    await run_sync(_add, services, resident, order.username, account)
    return await run_sync(_list, services, account)


@router.delete("/residents/{resident}/care/{username}", operation_id="end_care")
async def end_care(resident: str, username: str, account: Coordinator, request: Request) -> CareList:
    """Let a physician care for a resident no more; that they did is kept."""
    services = services_of(request)
    await run_sync(_end, services, resident, username, account)
    return await run_sync(_list, services, account)


@router.post("/residents/{resident}/break-glass", operation_id="break_glass", status_code=HTTPStatus.CREATED)
async def break_glass(resident: str, order: GlassOrder, account: Physician, request: Request) -> GlassView:
    """Open the record of somebody whom one does not care for, for an hour; the home is shown who did, and why."""
    services = services_of(request)
    _lives_here(services, resident)
    if (why := fault(order.reason)) is not None:
        raise invalid("body.reason", why)
    now = services.clock.utc()
    reason = " ".join(order.reason.split())
    glass = Glass(secrets.token_hex(16), account.username, resident, reason, now, now + GLASS_LASTS)
    await run_sync(_break, services, glass)
    return _glass(glass, services, {account.username: account.display_name})


@router.get("/break-glass", operation_id="list_break_glass")
async def list_break_glass(_account: Coordinator, request: Request) -> GlassList:
    """List the records that were opened in an emergency, newest first."""
    return await run_sync(_broken, services_of(request), None)


@router.get("/residents/{resident}/break-glass", operation_id="list_break_glass_of")
async def list_break_glass_of(resident: str, _account: Carer, request: Request) -> GlassList:
    """List who opened a resident's record in an emergency, newest first."""
    services = services_of(request)
    _lives_here(services, resident)
    return await run_sync(_broken, services, resident)


@router.get("/audit/residents/{resident}", operation_id="read_audit")
async def read_audit(resident: str, _account: Coordinator, request: Request) -> AuditView:
    """Tell who did what with a resident's record, and who from outside the home looked at it, newest first."""
    services = services_of(request)
    await run_sync(_known, services, resident)
    return await run_sync(_audit, services, resident)


def _list(services: Services, account: Account) -> CareList:
    sight, now = sight_now(services, account), services.clock.utc()
    with services.database.read() as connection:
        cared: dict[str, list[Care]] = {}
        for care in cares.in_force(connection):
            cared.setdefault(care.resident, []).append(care)
        opened = {
            glass.resident: glass.until
            for glass in reversed(cares.broken(connection, now - GLASS_LASTS))
            if glass.username == account.username
        }
        stated = cares.stated(connection)
    names = _names(services)
    people = services.live.ward.roll.inhabitants.values()
    items = [
        SeenResident.model_validate(
            {
                "resident": each.resident.id,
                "family_name": each.resident.family_name,
                "given_name": each.resident.given_name,
                "room": each.room,
                "ground": sight.ground(each.resident.id),
                "until": opened.get(each.resident.id),
                "physicians": [_care(care, names) for care in cared.get(each.resident.id, ())],
            }
        )
        for each in people
    ]
    physicians = [
        CareName(username=user.username, name=user.display_name)
        for user in services.accounts.users()
        if user.role == Role.PHYSICIAN and not user.disabled
    ]
    return CareList(stated=stated, items=items, physicians=physicians)


def _care(care: Care, names: Mapping[str, str]) -> CareView:
    return CareView(
        username=care.username,
        name=names.get(care.username, care.username),
        since=care.since,
        author_name=names.get(care.author, care.author),
    )


def _add(services: Services, resident: str, username: str, account: Account) -> None:
    user = services.accounts.user(username)
    if user is None or user.disabled or user.role != Role.PHYSICIAN:
        raise unknown("physician", username)
    now = services.clock.utc()
    with services.database.write() as connection:
        if cares.add(connection, Care(username, resident, now, None, account.username)):
            _note(connection, now, account, "care_added", resident, username)


def _end(services: Services, resident: str, username: str, account: Account) -> None:
    now = services.clock.utc()
    with services.database.write() as connection:
        if not cares.end(connection, username, resident, account.username, now):
            raise unknown("care", username)
        _note(connection, now, account, "care_ended", resident, username)


def _break(services: Services, glass: Glass) -> None:
    with services.database.write() as connection:
        cares.break_glass(connection, glass)
        entry = AuditEntry(glass.since, glass.username, "break_glass", glass.resident, glass.reason)
        records.audit(connection, entry)


def _broken(services: Services, resident: str | None) -> GlassList:
    with services.database.read() as connection:
        found = cares.broken(connection, 0, resident)
    names = _names(services)
    return GlassList(items=[_glass(each, services, names) for each in found])


def _glass(glass: Glass, services: Services, names: Mapping[str, str]) -> GlassView:
    known = services.live.ward.roll.inhabitants.get(glass.resident)
    person = None if known is None else known.resident
    return GlassView(
        id=glass.id,
        username=glass.username,
        name=names.get(glass.username, glass.username),
        resident=glass.resident,
        family_name="" if person is None else person.family_name,
        given_name="" if person is None else person.given_name,
        room="" if known is None else known.room,
        reason=glass.reason,
        since=glass.since,
        until=glass.until,
    )


def _audit(services: Services, resident: str) -> AuditView:
    with services.database.read() as connection:
        found = records.audit_of(connection, resident, _AUDIT_LINES)
    names = _names(services)
    items = [
        AuditLine(
            time=each.time,
            actor=each.actor,
            name=names.get(each.actor, each.actor),
            action=each.action,
            detail=each.detail,
        )
        for each in found
    ]
    return AuditView(resident=resident, items=items)


def _note(
    connection: Connection, now: int, account: Account, action: str, resident: str, detail: str
) -> None:
    records.audit(connection, AuditEntry(now, account.username, action, resident, detail))


def _names(services: Services) -> dict[str, str]:
    return {user.username: user.display_name for user in services.accounts.users()}


def _lives_here(services: Services, resident: str) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)


def _known(services: Services, resident: str) -> None:
    """Refuse a resident who never lived here; one who left still has a past."""
    with services.database.read() as connection:
        if resident not in records.residents(connection):
            raise unknown("resident", resident)
