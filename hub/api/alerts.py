"""Alerts: the open ones, the past ones, and what a person does about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from hub.api.models import AlertAction, AlertQuery, AlertView
from hub.api.security import Anyone, Carer

router = APIRouter(prefix="/api/v1", tags=["alerts"])


@router.get("/alerts", operation_id="list_alerts")
async def list_alerts(
    query: Annotated[AlertQuery, Query()], account: Anyone, request: Request
) -> list[AlertView]:
    """List alerts, newest first. A technician sees the technical ones, without a resident."""
    raise NotImplementedError


@router.post("/alerts/{alert}", operation_id="act_on_alert")
async def act_on_alert(alert: str, action: AlertAction, account: Carer, request: Request) -> AlertView:
    """Acknowledge an alert, take it in hand, or hand it over."""
    raise NotImplementedError
