"""Who may ask for what: the session cookie, roles, origins, and the headers that bind a browser."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, WebSocket

from hub.api.models import Role

if TYPE_CHECKING:
    from hub.api.services import Services

COOKIE = "veilleuse_session"
"Name of the session cookie."


@dataclass(frozen=True, slots=True)
class Account:
    """Who is asking."""

    username: str
    display_name: str
    role: Role


def services_of(connection: Request | WebSocket) -> Services:
    """Return the services that the application was made with."""
    services: Services = connection.app.state.services
    return services


def require(*roles: Role) -> Callable[[Request], Coroutine[Any, Any, Account]]:
    """Return a dependency that gives the signed-in account, if it has one of the roles.

    The dependency raises `RefusedError`: 401 `not_signed_in`, or 403 `forbidden`.
    """

    async def signed_in(request: Request) -> Account:
        raise NotImplementedError

    return signed_in


async def websocket_account(websocket: WebSocket, *roles: Role) -> Account | None:
    """Return the account behind a WebSocket that is not accepted yet, or close it and return `None`."""
    raise NotImplementedError


Anyone = Annotated[Account, Depends(require(*Role))]
"Whoever is signed in."
Carer = Annotated[Account, Depends(require(Role.NURSE, Role.PHYSICIAN))]
"Those who may know residents."
Staff = Annotated[Account, Depends(require(Role.NURSE, Role.TECHNICIAN))]
"Those who look after the devices."
