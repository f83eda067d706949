"""What machines ask: is the hub well, and its counters."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.api.models import Health, Role
from hub.api.security import require, services_of

router = APIRouter(tags=["system"])

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_technician = require(Role.TECHNICIAN)


@router.get("/healthz", operation_id="get_health", responses={503: {"model": Health}})
async def get_health(request: Request, response: Response) -> Health:
    """Tell what is wrong, in words and without secrets; 503 when the hub cannot do its work."""
    services = services_of(request)
    report = services.health.report()
    tablets = services.live.tablets()
    audible = sum(tablet.audio == "ready" for tablet in tablets)
    checks = report.checks | {"tablets": f"{len(tablets)} open, {audible} can be heard"}
    if report.status == "failing":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health.model_validate({"status": report.status, "problems": report.problems, "checks": checks})


@router.get("/metrics", operation_id="get_metrics", response_class=Response)
async def get_metrics(request: Request) -> Response:
    """Return the counters as Prometheus text, to this machine or a technician.

    They name edges, never residents. A request that a proxy passed on is not this machine's.
    """
    local = request.client is not None and request.client.host in _LOOPBACK
    forwarded = any(name.startswith("x-forwarded") or name == "forwarded" for name in request.headers)
    if not local or forwarded:
        await _technician(request)
    registry = services_of(request).metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
