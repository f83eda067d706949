"""The live WebSocket."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

router = APIRouter()


@router.websocket("/api/v1/live")
async def live(websocket: WebSocket) -> None:
    """Stream `LiveMessage` to a page, and take its `TabletState`."""
    raise NotImplementedError
