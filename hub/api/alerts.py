"""Alerts: the open ones, the past ones, and what a person does about them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from hub.alerting.model import TEST_EDGE, Alert
from hub.alerting.responses import Action, AlertError, Refusal
from hub.api.models import AlertAction, AlertQuery, AlertView, Role
from hub.api.problems import RefusedError, key_used, unknown
from hub.api.security import Anyone, Carer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.api.views import alert_view
from hub.ingest.writer import RepeatedError, WriterClosedError
from hub.store import journal
from hub.ward import Told

router = APIRouter(prefix="/api/v1", tags=["alerts"])


@router.get("/alerts", operation_id="list_alerts")
async def list_alerts(
    query: Annotated[AlertQuery, Query()], account: Anyone, request: Request
) -> list[AlertView]:
    """List alerts, newest first. A technician sees the technical ones, without a resident."""
    services = services_of(request)
    anonymous = account.role is Role.TECHNICIAN
    found = await run_sync(_find, services, query)
    if not anonymous:
        sight = await sight_of(request, account)
        found = [told for told in found if sight.sees(told.alert.resident)]
    roll = services.live.ward.roll
    return [
        alert_view(told, roll, anonymous=anonymous) for told in found if told.alert.technical or not anonymous
    ]


@router.post("/alerts/{alert}", operation_id="act_on_alert")
async def act_on_alert(alert: str, action: AlertAction, account: Carer, request: Request) -> AlertView:
    """Acknowledge an alert, take it in hand, or hand it over.

    The same key again changes nothing: the answer is the alert as it is then.
    """
    services = services_of(request)
    deed = Action(action.action)
    if deed is Action.TAKE and action.asked is not None:
        deed = Action.TAKE_IF_FREE
    asked = services.act(alert, deed, account.username, action.reason, action.key)
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        await asyncio.shield(asyncio.wrap_future(asked))
    except AlertError as error:
        raise await run_sync(_refused, services, error) from None
    except RepeatedError as repeated:
        if repeated.deed.target != alert or _plain(repeated.deed.action) != _plain(deed):
            raise key_used(action.key) from None
        told = await run_sync(_told, services, alert)
        return alert_view(told, services.live.ward.roll, anonymous=False)
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None
    told = await run_sync(_acted, services, alert, account.username, action)
    return alert_view(told, services.live.ward.roll, anonymous=False)


def _plain(action: str) -> str:
    """Return what an action is, however it was asked: at once the first time, late when the answer was lost."""
    return Action.TAKE if action == Action.TAKE_IF_FREE else action


def _find(services: Services, query: AlertQuery) -> list[Told]:
    with services.database.read() as connection:
        if query.state == "all":
            alerts = journal.alerts(
                connection, resident=query.resident, since=query.since or 0, limit=query.limit
            )
        else:
            alerts = [alert for alert, _ in journal.open_alerts(connection) if _asked_for(alert, query)]
            alerts = sorted(alerts, key=lambda alert: (-alert.raised, alert.id))[: query.limit]
        steps = journal.transitions(connection, [alert.id for alert in alerts])
    return [Told(alert, tuple(steps[alert.id])) for alert in alerts]


def _asked_for(alert: Alert, query: AlertQuery) -> bool:
    shown = alert.edge != TEST_EDGE
    return shown and query.resident in {None, alert.resident} and alert.raised >= (query.since or 0)


def _acted(services: Services, alert_id: str, author: str, action: AlertAction) -> Told:
    """Write down who did it, and return the alert as it is on the disk now."""
    asked = "" if action.asked is None else f" (asked at {action.asked}, when the hub was out of reach)"
    detail = f"{action.reason}{asked}".strip()
    services.accounts.audit(services.clock.utc(), author, f"alert_{action.action}", alert_id, detail)
    return _told(services, alert_id)


def _told(services: Services, alert_id: str) -> Told:
    with services.database.read() as connection:
        alert = journal.alert(connection, alert_id)
        if alert is None:
            raise unknown("alert", alert_id)
        return Told(alert, tuple(journal.transitions(connection, [alert_id])[alert_id]))


def _refused(services: Services, error: AlertError) -> RefusedError:
    if error.refusal is Refusal.NOT_OPEN:
        with services.database.read() as connection:
            if journal.alert(connection, error.alert) is None:
                return unknown("alert", error.alert)
    code, text = error.refusal.value, str(error)
    return RefusedError(HTTPStatus.CONFLICT, code, text, holder=error.holder or "")
