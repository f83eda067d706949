"""Alerts: the open ones, the past ones, and what a person does about them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from hub.alerting.model import Alert
from hub.alerting.responses import Action, AlertError, Refusal
from hub.api.models import AlertAction, AlertQuery, AlertView, Role
from hub.api.problems import RefusedError, unknown
from hub.api.security import Anyone, Carer, services_of
from hub.api.services import Services
from hub.api.views import alert_view
from hub.ingest.writer import WriterClosedError
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
    roll = services.live.ward.roll
    return [
        alert_view(told, roll, anonymous=anonymous) for told in found if told.alert.technical or not anonymous
    ]


@router.post("/alerts/{alert}", operation_id="act_on_alert")
async def act_on_alert(alert: str, action: AlertAction, account: Carer, request: Request) -> AlertView:
    """Acknowledge an alert, take it in hand, or hand it over."""
    services = services_of(request)
    asked = services.act(alert, Action(action.action), account.username, action.reason)
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        await asyncio.shield(asyncio.wrap_future(asked))
    except AlertError as error:
        raise await run_sync(_refused, services, error) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None
    told = await run_sync(_acted, services, alert, account.username, action)
    return alert_view(told, services.live.ward.roll, anonymous=False)


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
    return query.resident in {None, alert.resident} and alert.raised >= (query.since or 0)


def _acted(services: Services, alert_id: str, author: str, action: AlertAction) -> Told:
    """Write down who did it, and return the alert as it is on the disk now."""
    services.accounts.audit(services.clock.utc(), author, f"alert_{action.action}", alert_id, action.reason)
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
