"""Who may ask for what: the session cookie and roles."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Depends, Request, WebSocket
from starlette.requests import HTTPConnection

from hub.api.models import Role
from hub.api.problems import RefusedError
from hub.auth.sessions import Session

if TYPE_CHECKING:
    from hub.api.services import Services

COOKIE = "veilleuse_session"
"Name of the session cookie."

NOT_SIGNED_IN = 4401
"WebSocket close code: sign in (again)."
FORBIDDEN = 4403
"WebSocket close code: this account may not."


@dataclass(frozen=True, slots=True)
class Account:
    """Who is asking."""

    username: str
    display_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking, and by which session."""

    account: Account
    session: Session


def services_of(connection: HTTPConnection) -> Services:
    """Return the services that the application was made with."""
    services: Services = connection.app.state.services
    return services


async def signed_in(connection: HTTPConnection) -> SignedIn | None:
    """Return whose session the request's cookie opens."""
    services = services_of(connection)
    token = connection.cookies.get(COOKIE)
    if not token:
        return None
    found = await run_sync(services.sessions.authenticate, token, services.clock.utc())
    if found is None:
        return None
    session, user = found
    return SignedIn(Account(user.username, user.display_name, Role(user.role)), session)


async def require_session(request: Request) -> SignedIn:
    """Dependency: who is signed in.

    Raises:
        RefusedError: 401 `not_signed_in`.
    """
    found = await signed_in(request)
    if found is None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "not_signed_in", "no session: sign in first")
    return found


def require(*roles: Role) -> Callable[[Request], Coroutine[Any, Any, Account]]:
    """Return a dependency that gives the signed-in account, if it has one of the roles.

    The dependency raises `RefusedError`: 401 `not_signed_in`, or 403 `forbidden`.
    """

    async def dependency(request: Request) -> Account:
        account = (await require_session(request)).account
        if account.role not in roles:
            raise RefusedError(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                f"a {account.role.value} may not {request.method} {request.url.path[:100]}",
                role=account.role.value,
            )
        return account

    return dependency


async def websocket_account(websocket: WebSocket, *roles: Role) -> Account | None:
    """Return the account behind a WebSocket that is not accepted yet.

    Without one it is accepted and closed at once with `NOT_SIGNED_IN` or `FORBIDDEN`, because a page cannot see why
    a handshake failed, and `None` is returned.
    """
    found = await signed_in(websocket)
    if found is not None and found.account.role in roles:
        return found.account
    await websocket.accept()
    if found is None:
        await websocket.close(NOT_SIGNED_IN, "not_signed_in")
    else:
        await websocket.close(FORBIDDEN, "forbidden")
    return None


Anyone = Annotated[Account, Depends(require(*Role))]
"Whoever is signed in."
Carer = Annotated[Account, Depends(require(Role.NURSE, Role.PHYSICIAN))]
"Those who may know residents."
Staff = Annotated[Account, Depends(require(Role.NURSE, Role.TECHNICIAN))]
"Those who look after the devices."
Technician = Annotated[Account, Depends(require(Role.TECHNICIAN))]
"Those who add devices and link sensors."
