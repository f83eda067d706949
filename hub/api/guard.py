"""What every request passes before anything else: its host, its origin, its size; and the headers of every answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.problems import RefusedError, answer

if TYPE_CHECKING:
    from hub.api.services import Services

MAX_BODY = 65_536
"Bytes of a request; the largest is an alert's action. Stops one client from filling the hub's memory."

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
            await self._app(scope, _bounded(receive), decorated)
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
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length[:20]) > MAX_BODY:
            return RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"body of {length[:20]} bytes, at most {MAX_BODY} allowed",
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


def _bounded(receive: Receive) -> Receive:
    """Return a `receive` that ends a body which is longer than it said."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"body exceeds {MAX_BODY} bytes"
            )
        return message

    return bounded
