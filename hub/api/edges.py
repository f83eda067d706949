"""The rooms' devices."""

from __future__ import annotations

from fastapi import APIRouter, Request

from hub.api.models import EdgeView
from hub.api.security import Staff

router = APIRouter(prefix="/api/v1", tags=["edges"])


@router.get("/edges", operation_id="list_edges")
async def list_edges(account: Staff, request: Request) -> list[EdgeView]:
    """List the rooms' devices and their sensors."""
    raise NotImplementedError
