"""What machines ask: is the hub well, and its counters."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from hub.api.models import Health

router = APIRouter(tags=["system"])


@router.get("/healthz", operation_id="get_health", responses={503: {"model": Health}})
async def get_health(request: Request, response: Response) -> Health:
    """Tell what is wrong, in words and without secrets; 503 when the hub cannot do its work."""
    raise NotImplementedError


@router.get("/metrics", operation_id="get_metrics", response_class=Response)
async def get_metrics(request: Request) -> Response:
    """Return the counters as Prometheus text, to this machine or a technician."""
    raise NotImplementedError
