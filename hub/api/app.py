"""The FastAPI application."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from dashboards.server import mount
from hub.api import (
    activity,
    acts,
    agenda,
    alerts,
    billing,
    call_requests,
    calls,
    calls_socket,
    care,
    differences,
    dossier,
    duty,
    duty_contacts,
    edges,
    encounters,
    enrolment,
    expertises,
    guests,
    handover,
    load,
    notifications,
    papers,
    prescriptions,
    push,
    residents,
    review,
    rounds,
    sensors,
    session,
    slots,
    stream,
    suppressions,
    system,
    triage,
    watch,
    whatif,
    wounds,
)
from hub.api.dossier_models import section_schemas
from hub.api.gate import admit
from hub.api.guard import Guard
from hub.api.models import CallSignal, LiveMessage, Problem, TabletState
from hub.api.problems import install_problems, no_unknown_query
from hub.api.services import Services
from hub.api.technician import InquiryReport

_VERSION = "1"
_TEMPLATE = "#/components/schemas/{model}"


def create_api(services: Services, *, pages: bool = True) -> FastAPI:
    """Return the application that serves these services.

    Args:
        services: everything behind it.
        pages: serve the dashboards too.

    Raises:
        DashboardsMissingError: the pages have not been built.
    """
    app = _declare()
    app.state.services = services
    install_problems(app, services)
    app.add_middleware(Guard, services=services)
    if pages:
        mount(app)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, without needing any service.

    It also holds what crosses the WebSockets (`LiveMessage`, `TabletState`, `CallSignal`, `InquiryReport`), so that
    the pages' types are all made from one document.
    """
    return _document(_declare())


def _declare() -> FastAPI:
    app = FastAPI(
        title="Veilleuse",
        version=_VERSION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(admit), Depends(no_unknown_query)],
        responses={"4XX": {"model": Problem}, 422: {"model": Problem}},
    )
    consultation = (calls, calls_socket, guests, call_requests, encounters)
    planning = (load, differences, notifications, push)
    for part in (
        session,
        residents,
        care,
        prescriptions,
        rounds,
        handover,
        alerts,
        suppressions,
        watch,
        duty,
        duty_contacts,
        *consultation,
        acts,
        agenda,
        slots,
        review,
        wounds,
        expertises,
        dossier,
        papers,
        activity,
        billing,
        triage,
        edges,
        sensors,
        enrolment,
        *planning,
        system,
        stream,
        whatif,
    ):
        app.include_router(part.router)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document["components"]["schemas"]
    schemas.update(_stream_schemas())
    schemas.update(section_schemas())
    return document


def _stream_schemas() -> dict[str, Any]:
    """Return the schemas of what crosses the WebSockets, `$defs` moved beside them."""
    received = TypeAdapter[Any](LiveMessage).json_schema(ref_template=_TEMPLATE, mode="serialization")
    schemas: dict[str, Any] = {**received.pop("$defs"), "LiveMessage": received}
    for kind in (TabletState, CallSignal, InquiryReport):
        sent = kind.model_json_schema(ref_template=_TEMPLATE)
        schemas |= {name: schema for name, schema in sent.pop("$defs", {}).items() if name not in schemas}
        schemas[kind.__name__] = sent
    return schemas
