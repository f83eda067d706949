"""Who may order that something does not sound, and the orders in force."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from hub.alerting.model import Kind, Suppressor
from hub.alerting.suppressions import Refused, SuppressionError, Wish
from hub.api.models import Role, SuppressionOrder, SuppressionView
from hub.api.problems import RefusedError, invalid, key_used, unknown
from hub.api.security import Account, Anyone, Staff, services_of
from hub.api.services import Quiet, Services
from hub.api.sight import sight_of
from hub.api.views import suppression_view
from hub.ingest.writer import RepeatedError, WriterClosedError
from hub.store import journal, sensors

router = APIRouter(prefix="/api/v1", tags=["suppressions"])

_NEEDS = {
    Kind.SILENCE: frozenset({"alert"}),
    Kind.CARE: frozenset({"edge"}),
    Kind.OUT_OF_SERVICE: frozenset({"edge", "sensor"}),
}
_STATUS = {
    Refused.TOO_LONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refused.NO_REASON: HTTPStatus.UNPROCESSABLE_ENTITY,
    Refused.UNKNOWN_EDGE: HTTPStatus.NOT_FOUND,
}


@router.get("/suppressions", operation_id="list_suppressions")
async def list_suppressions(account: Anyone, request: Request) -> list[SuppressionView]:
    """List what is silenced now in the whole home, the first to end first.

    A technician sees the sensors that are out of service, without a resident.
    """
    services = services_of(request)
    anonymous = account.role is Role.TECHNICIAN
    orders = await run_sync(_in_force, services)
    if not anonymous:
        sight = await sight_of(request, account)
        orders = [order for order in orders if sight.sees(order.resident)]
    roll = services.live.ward.roll
    return [
        suppression_view(order, roll, anonymous=anonymous)
        for order in orders
        if order.kind is Kind.OUT_OF_SERVICE or not anonymous
    ]


@router.post("/suppressions", operation_id="suppress", status_code=HTTPStatus.CREATED)
async def suppress(order: SuppressionOrder, account: Staff, request: Request) -> SuppressionView:
    """Order that something does not sound until its end.

    An order of the same target takes the place of the one before.
    """
    services, kind = services_of(request), Kind(order.kind)
    _may(account, kind)
    _one_target(order, kind)
    if kind is Kind.OUT_OF_SERVICE and not await run_sync(_has, services, order.edge, order.sensor):
        raise unknown("sensor", order.sensor)
    wish = Wish(kind, account.username, order.reason, order.seconds, order.alert, order.edge, order.sensor)
    try:
        made = await _done(_quiet(services).suppress(wish, order.key), services, order.alert)
    except RepeatedError as repeated:
        before = await run_sync(_stored, services, repeated.deed.result)
        if before is None or repeated.deed.action != kind.value:
            raise key_used(order.key) from None
        return suppression_view(before, services.live.ward.roll, anonymous=account.role is Role.TECHNICIAN)
    detail = f"until {made.until}: {made.reason}"
    return await _told(services, made, account, f"suppress_{kind.value}", detail)


@router.delete("/suppressions/{suppression}", operation_id="end_suppression")
async def end_suppression(suppression: str, account: Staff, request: Request) -> SuppressionView:
    """End an order before its end: what it covered sounds if it is still there."""
    services = services_of(request)
    found = await run_sync(_stored, services, suppression)
    if found is None:
        raise unknown("suppression", suppression)
    _may(account, found.kind)
    ended = await _done(_quiet(services).lift(suppression, account.username, ""), services, found.alert)
    return await _told(services, ended, account, "end_suppression", ended.kind.value)


def _may(account: Account, kind: Kind) -> None:
    if account.role is Role.TECHNICIAN and kind is not Kind.OUT_OF_SERVICE:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            f"a technician may not order {kind.value}",
            role=account.role.value,
        )


def _one_target(order: SuppressionOrder, kind: Kind) -> None:
    given = {name for name in ("alert", "edge", "sensor") if getattr(order, name)}
    for name in sorted(given ^ _NEEDS[kind]):
        violation = "is not part of" if name in given else "is needed by"
        raise invalid(f"body.{name}", f"{violation} {kind.value}")


def _quiet(services: Services) -> Quiet:
    if services.quiet is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "quiet_unavailable", "this hub silences nothing")
    return services.quiet


async def _done(asked: Future[Suppressor], services: Services, alert: str) -> Suppressor:
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        return await asyncio.shield(asyncio.wrap_future(asked))
    except SuppressionError as error:
        if error.refused is Refused.NOT_OPEN and not await run_sync(_known, services, alert):
            raise unknown("alert", alert) from None
        status = _STATUS.get(error.refused, HTTPStatus.CONFLICT)
        params = {} if error.longest is None else {"longest": error.longest}
        raise RefusedError(status, error.refused.value, str(error), headers={}, **params) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None


async def _told(
    services: Services, order: Suppressor, account: Account, action: str, detail: str
) -> SuppressionView:
    """Write down who did it, and return the order."""
    target = order.alert or "/".join(part for part in (order.edge, order.sensor) if part)
    now = services.clock.utc()
    await run_sync(services.accounts.audit, now, account.username, action, target, detail)
    anonymous = account.role is Role.TECHNICIAN
    return suppression_view(order, services.live.ward.roll, anonymous=anonymous)


def _in_force(services: Services) -> list[Suppressor]:
    with services.database.read() as connection:
        return journal.suppressors(connection)


def _stored(services: Services, key: str) -> Suppressor | None:
    with services.database.read() as connection:
        return journal.suppressor(connection, key)


def _known(services: Services, alert: str) -> bool:
    with services.database.read() as connection:
        return journal.alert(connection, alert) is not None


def _has(services: Services, edge: str, sensor: str) -> bool:
    with services.database.read() as connection:
        found = sensors.sensors(connection, edge).get((edge, sensor))
    return found is not None and found.listed
