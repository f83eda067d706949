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
from hub.api.rights import (
    ALL,
    CARERS,
    COORDINATORS,
    GIVERS,
    PHYSICIANS,
    SIGNERS,
    STAFF,
    TECHNICIANS,
    right_of,
)
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
    # Several dependencies of one request ask; the session is looked up once.
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    if found is None:
        found = await signed_in(request)
    if found is None:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "not_signed_in", "no session: sign in first")
    request.state.signed_in = found
    return found


def forbidden(account: Account, request: Request) -> RefusedError:
    """Return the error for a role that may not ask for something."""
    return RefusedError(
        HTTPStatus.FORBIDDEN,
        "forbidden",
        f"a {account.role.value} may not {request.method} {request.url.path[:100]}",
        role=account.role.value,
    )


def require(*roles: Role) -> Callable[[Request], Coroutine[Any, Any, Account]]:
    """Return a dependency that gives the signed-in account, if it has one of the roles.

    The dependency raises `RefusedError`: 401 `not_signed_in`, or 403 `forbidden`.
    """

    async def dependency(request: Request) -> Account:
        account = (await require_session(request)).account
        if account.role not in roles:
            raise forbidden(account, request)
        return account

    return dependency


async def websocket_account(websocket: WebSocket) -> Account | None:
    """Return the account behind a WebSocket that is not accepted yet, if the table of rights lets it in.

    Without one it is accepted and closed at once with `NOT_SIGNED_IN` or `FORBIDDEN`, because a page cannot see why
    a handshake failed, and `None` is returned.
    """
    found, right = await signed_in(websocket), right_of("WS", websocket.scope["route"].path)
    if found is not None and right is not None and found.account.role in right.roles:
        return found.account
    await websocket.accept()
    if found is None:
        await websocket.close(NOT_SIGNED_IN, "not_signed_in")
    else:
        await websocket.close(FORBIDDEN, "forbidden")
    return None


Anyone = Annotated[Account, Depends(require(*ALL))]
"Whoever is signed in."
Carer = Annotated[Account, Depends(require(*CARERS))]
"Those who may know residents."
Giver = Annotated[Account, Depends(require(*GIVERS))]
"Those who give care, and write down what they measured and did."
Physician = Annotated[Account, Depends(require(*PHYSICIANS))]
"Those who may come from outside the home."
Coordinator = Annotated[Account, Depends(require(*COORDINATORS))]
"Those who plan the ward."
Signer = Annotated[Account, Depends(require(*SIGNERS))]
"Those who may sign a limit."
Staff = Annotated[Account, Depends(require(*STAFF))]
"Those who look after the devices."
Technician = Annotated[Account, Depends(require(*TECHNICIANS))]
"Those who add devices and link sensors."
