"""What every request to an address passes first: its row of `hub.api.rights`, and whom the one who asks sees."""

from __future__ import annotations

from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection, Request

from hub.api.models import Role
from hub.api.problems import RefusedError
from hub.api.rights import Right, right_of
from hub.api.security import SignedIn, forbidden, require_session, services_of
from hub.api.services import Services
from hub.api.sight import not_in_care, sight_of, write_down
from hub.store import whose


async def admit(connection: HTTPConnection) -> None:
    """Dependency of every route: let through whom the table lets through.

    A physician is let through to residents whom they see, and that they looked is written down. WebSockets look at their
    own row when they are opened: a page cannot see why a handshake failed, so they are accepted first
    (`hub.api.security.websocket_account`).

    Raises:
        RefusedError: 401 `not_signed_in`, 403 `forbidden`, 403 `not_in_care`, or 403 `no_right` for an address that the
            table does not know.
    """
    route = connection.scope.get("route")
    if not isinstance(connection, Request) or not isinstance(route, APIRoute):
        return
    right = _right(connection, route)
    if right.instead:
        return
    asking = await require_session(connection)
    if asking.account.role not in right.roles:
        raise forbidden(asking.account, connection)
    if asking.account.role is Role.PHYSICIAN and not right.unseen:
        await _look(connection, asking, right)


def _right(request: Request, route: APIRoute) -> Right:
    right = right_of(request.method, route.path)
    if right is None:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "no_right",
            f"nobody may {request.method} {route.path}: hub/api/rights.py has no row for it",
        )
    return right


async def _look(request: Request, asking: SignedIn, right: Right) -> None:
    """Refuse a physician what is about somebody whom they do not see; write down at whom they look."""
    resident: str | None = request.path_params.get("resident")
    if resident is None and right.about is not None:
        part, kind = right.about
        resident = await run_sync(_whose, services_of(request), kind, request.path_params[part])
    if resident is None:
        return
    ground = (await sight_of(request, asking.account)).ground(resident)
    if ground is None:
        raise not_in_care(asking.account, resident)
    if resident in services_of(request).live.ward.roll.inhabitants:
        await write_down(request, asking.account.username, asking.session.digest, resident, ground.value)


def _whose(services: Services, kind: str, key: str) -> str | None:
    with services.database.read() as connection:
        return whose.resident_of(connection, kind, key)
