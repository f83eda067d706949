"""Every error answer is a `Problem`: a stable code, an English sentence, and the data it speaks of."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from devices.errors import VeilleuseError
from hub.api.models import Problem
from hub.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.api.services import Services

_MAX_TEXT = 300
"Characters of a request that an answer repeats; a hostile one is not echoed at length."


class RefusedError(VeilleuseError):
    """A request that is not served; becomes a `Problem`."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        **params: str | float,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.params = params
        self.headers = dict(headers)


def unknown(kind: str, name: str) -> RefusedError:
    """Return the error for a thing that does not exist."""
    return RefusedError(
        HTTPStatus.NOT_FOUND, f"unknown_{kind}", f"{kind} {name[:64]!r} is unknown", resource=name[:64]
    )


def key_used(key: str) -> RefusedError:
    """Return the error for a key under which its author asked for something else."""
    return RefusedError(
        HTTPStatus.CONFLICT, "key_used", f"key {key[:64]!r} was used for something else", key=key[:64]
    )


def answer(error: RefusedError) -> JSONResponse:
    """Return the answer that tells of an error."""
    problem = Problem(code=error.code, detail=str(error)[:_MAX_TEXT], params=error.params)
    return JSONResponse(problem.model_dump(), error.status, error.headers)


def invalid(where: str, violation: str) -> RefusedError:
    """Return the error for a request whose part `where` cannot be what it is."""
    return RefusedError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        f"{where}: {violation}"[:_MAX_TEXT],
        where=where[:64],
    )


def _invalid(error: RequestValidationError) -> RefusedError:
    first = error.errors()[0]
    return invalid(".".join(str(part) for part in first["loc"]), first["msg"])


def _from_http(error: HTTPException) -> RefusedError:
    status = HTTPStatus(error.status_code)
    detail = f"{status.phrase.lower()}: {error.detail}"
    return RefusedError(status, status.name.lower(), detail, headers=error.headers or {})


def no_unknown_query(connection: HTTPConnection) -> None:
    """Dependency of every route: refuse a query that the route does not take.

    Routes with a query declare it as a model, which refuses what it does not know by itself.
    """
    route = connection.scope.get("route")
    takes = isinstance(route, APIRoute) and route.dependant.query_params
    names = sorted(connection.query_params)
    if names and not takes and not isinstance(route, APIWebSocketRoute):
        raise invalid(f"query.{names[0][:64]}", "this address takes no such parameter")


def install_problems(app: FastAPI, services: Services) -> None:
    """Make every error of `app` a `Problem`, counted by its code."""
    counter = services.metrics.problems

    def refused(_: Request, error: Exception) -> JSONResponse:
        if isinstance(error, RequestValidationError):
            error = _invalid(error)
        elif isinstance(error, HTTPException):
            error = _from_http(error)
        elif isinstance(error, StoreError):
            error = RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable", "the store cannot answer now"
            )
        if not isinstance(error, RefusedError):
            error = RefusedError(
                HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the hub failed on this request; see its log"
            )
        counter.labels(code=error.code).inc()
        return answer(error)

    for kind in (RefusedError, RequestValidationError, HTTPException, StoreError, Exception):
        app.add_exception_handler(kind, refused)
