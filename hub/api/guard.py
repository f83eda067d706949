"""What every request passes before anything else: its host, its origin, its size; and the headers of every answer."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import photographs
from hub.api.problems import RefusedError, answer

if TYPE_CHECKING:
    from hub.api.services import Services

MAX_BODY = 65_536
"Bytes of a request; the largest is an alert's action. Stops one client from filling the hub's memory."

MAX_PICTURE = 2_000_000
"Bytes of a picture that is kept of a call; pictures are the only larger things that anybody sends, and only who is signed in."
_PICTURES = re.compile(r"/api/v1/calls/[^/]+/snapshots")
_PHOTOGRAPHS = re.compile(r"/api/v1/wounds/[^/]+/pictures")

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"`'self'` of connect-src holds for the WebSocket of the same origin too (CSP level 3)."

_HEADERS = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refused = self._refuse(scope)
        if scope["type"] == "websocket":
            if refused is None:
                await self._app(scope, receive, send)
            else:
                self._count(refused)
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refused.code})
            return
        decorated = self._decorated(scope, send)
        if refused is None:
            await self._app(scope, _bounded(receive, _limit(scope)), decorated)
        else:
            self._count(refused)
            await answer(refused)(scope, receive, decorated)

    def _refuse(self, scope: Scope) -> RefusedError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self._services.hosts:
            return RefusedError(
                HTTPStatus.MISDIRECTED_REQUEST, "unknown_host", f"host {host[:100]!r} is not this hub's name"
            )
        unsafe = scope["type"] == "websocket" or scope["method"] not in _SAFE
        origin = headers.get("origin")
        # Without an origin it is no browser, and nothing but the cookie that the client itself holds speaks for it.
        if unsafe and origin is not None and origin.partition("://")[2] != host:
            return RefusedError(
                HTTPStatus.FORBIDDEN, "foreign_origin", f"origin {origin[:100]!r} is not this hub's"
            )
        length, limit = headers.get("content-length", "0"), _limit(scope)
        if length.isdecimal() and int(length[:20]) > limit:
            return RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"body of {length[:20]} bytes, at most {limit} allowed",
            )
        return None

    def _count(self, refused: RefusedError) -> None:
        self._services.metrics.problems.labels(code=refused.code).inc()

    def _decorated(self, scope: Scope, send: Send) -> Send:
        private = scope["path"].startswith("/api/")

        async def decorated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if self._services.https:
                    headers["strict-transport-security"] = "max-age=31536000"
                if private:
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        return decorated


def _name(host: str) -> str:
    """Return a Host header without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()


def _limit(scope: Scope) -> int:
    """Return the most bytes that a request may have."""
    if _PHOTOGRAPHS.fullmatch(scope["path"]):
        return photographs.MAX_BYTES
    return MAX_PICTURE if _PICTURES.fullmatch(scope["path"]) else MAX_BODY


def _bounded(receive: Receive, limit: int) -> Receive:
    """Return a `receive` that ends a body which is longer than it said."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"body exceeds {limit} bytes"
            )
        return message

    return bounded
