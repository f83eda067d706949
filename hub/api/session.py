"""Sign in, sign out, and who is signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response

from devices.clock import SECOND
from hub.api.models import Credentials, Me, Role
from hub.api.problems import RefusedError
from hub.api.security import COOKIE, Account, SignedIn, require_session, services_of
from hub.api.services import Services
from hub.auth.sessions import LONGEST, SignInError

router = APIRouter(prefix="/api/v1", tags=["session"])

_AT_ONCE = 2
"Passwords checked side by side: each takes 64 MiB and a core, and the wards come first."


@router.post("/session", operation_id="sign_in")
async def sign_in(credentials: Credentials, request: Request, response: Response) -> Me:
    """Open a session; the cookie that comes back is its only proof."""
    services = services_of(request)
    address = request.client.host if request.client else ""
    limiter = _limiter(request)
    name, now = credentials.username, services.clock.utc()
    try:
        token, session, user = await run_sync(
            services.sessions.sign_in, name, credentials.password, address, now, limiter=limiter
        )
    except SignInError as error:
        raise _refused(error, services) from None
    services.metrics.signins.labels(outcome="ok").inc()
    response.set_cookie(
        COOKIE,
        token,
        # The hub decides when it ends; the browser only forgets it when it surely has.
        max_age=LONGEST // SECOND,
        httponly=True,
        samesite="strict",
        secure=services.https,
    )
    return _me(SignedIn(Account(user.username, user.display_name, Role(user.role)), session), services)


@router.get("/session", operation_id="who_am_i")
async def who_am_i(signed_in: Annotated[SignedIn, Depends(require_session)], request: Request) -> Me:
    """Tell who is signed in."""
    return _me(signed_in, services_of(request))


@router.delete("/session", operation_id="sign_out", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(
    signed_in: Annotated[SignedIn, Depends(require_session)], request: Request, response: Response
) -> None:
    """Close the session."""
    services = services_of(request)
    await run_sync(services.sessions.sign_out, signed_in.session, services.clock.utc())
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=services.https)


def _me(signed_in: SignedIn, services: Services) -> Me:
    account = signed_in.account
    return Me(
        username=account.username,
        display_name=account.display_name,
        role=account.role,
        home=services.live.ward.roll.home,
        expires=signed_in.session.expires,
    )


def _limiter(request: Request) -> CapacityLimiter:
    """Return the application's limiter; it belongs to an event loop, so it is made at the first sign-in."""
    state = request.app.state
    if not hasattr(state, "sign_in_limiter"):
        state.sign_in_limiter = CapacityLimiter(_AT_ONCE)
    limiter: CapacityLimiter = state.sign_in_limiter
    return limiter


def _refused(error: SignInError, services: Services) -> RefusedError:
    if not error.wait:
        services.metrics.signins.labels(outcome="wrong").inc()
        return RefusedError(HTTPStatus.UNAUTHORIZED, "wrong_credentials", str(error))
    services.metrics.signins.labels(outcome="throttled").inc()
    seconds = -(-error.wait // SECOND)
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_attempts",
        f"{error}: try again in {seconds} s",
        headers={"retry-after": str(seconds)},
        seconds=seconds,
    )
