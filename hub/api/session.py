"""Sign in, sign out, and who is signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from hub.api.models import Credentials, Me
from hub.api.security import Anyone

router = APIRouter(prefix="/api/v1", tags=["session"])


@router.post("/session", operation_id="sign_in")
async def sign_in(credentials: Credentials, request: Request, response: Response) -> Me:
    """Open a session; the cookie that comes back is its only proof."""
    raise NotImplementedError


@router.get("/session", operation_id="who_am_i")
async def who_am_i(account: Anyone) -> Me:
    """Tell who is signed in."""
    raise NotImplementedError


@router.delete("/session", operation_id="sign_out", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(account: Anyone, request: Request, response: Response) -> None:
    """Close the session."""
    raise NotImplementedError
