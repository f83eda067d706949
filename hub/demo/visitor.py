"""Looks at the demo home as a browser would, to know when the first screen really works."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from hub.demo.home import Account

_TIMEOUT = 5.0
"Seconds for one answer on loopback."

_AWAY = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)
"What a hub that is still starting looks like."


class Visitor:
    """A signed-in nurse."""

    def __init__(self, url: str, account: Account) -> None:
        """Prepare; nothing is asked yet."""
        self._url = url
        self._account = account
        self._signed_in = False
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def missing(self, rooms: int) -> str:
        """Return what the ward still lacks, nothing once `rooms` residents are watched and have values."""
        try:
            self._sign_in()
            page = self._get("/service")
            residents: list[dict[str, Any]] = json.loads(self._get("/api/v1/residents"))
        except _AWAY as error:
            return f"the hub does not answer yet: {error}"
        if b"<script" not in page:
            return "the ward's page is not built: run `make setup`"
        alive = sum(1 for resident in residents if resident["watched"] and resident["values"])
        return "" if alive >= rooms else f"{alive} of {rooms} residents are watched"

    def _sign_in(self) -> None:
        if self._signed_in:
            return
        body = json.dumps({"username": self._account.username, "password": self._account.password})
        self._open(
            urllib.request.Request(  # noqa: S310 - our own loopback address
                f"{self._url}/api/v1/session",
                body.encode(),
                {"Content-Type": "application/json", "Origin": self._url},
            )
        )
        self._signed_in = True

    def _get(self, path: str) -> bytes:
        return self._open(urllib.request.Request(self._url + path))  # noqa: S310 - our own loopback address

    def _open(self, request: urllib.request.Request) -> bytes:
        with self._opener.open(request, timeout=_TIMEOUT) as answer:
            content: bytes = answer.read()
            return content
