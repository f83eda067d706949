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
    ward = services_of(request).live.ward
    return [edge_view(ward, edge) for edge in ward.roll.rooms]
