"""The rooms' devices."""

from __future__ import annotations

from fastapi import APIRouter, Request

from hub.api.models import EdgeView
from hub.api.security import Staff, services_of
from hub.api.views import edge_view

router = APIRouter(prefix="/api/v1", tags=["edges"])


@router.get("/edges", operation_id="list_edges")
async def list_edges(_account: Staff, request: Request) -> list[EdgeView]:
    """List the rooms' devices and their sensors."""
    services = services_of(request)
    ward, now = services.live.ward, services.clock.utc()
    return [edge_view(ward, edge, now) for edge in ward.roll.rooms]
