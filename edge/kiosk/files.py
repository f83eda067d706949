"""Files of the room's page, and nothing else of the disk."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path
from typing import Final

from websockets.datastructures import Headers
from websockets.http11 import Response

_FOLDERS: Final = ("assets", "icons")
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


def page_file(folder: Path, path: str) -> Path | None:
    """Return the file that an address stands for, or nothing."""
    if path == "/":
        return folder / "room.html"
    parts = path.removeprefix("/").split("/")
    if len(parts) != 2 or parts[0] not in _FOLDERS or parts[1] in {"", ".", ".."}:
        return None
    found = folder / parts[0] / parts[1]
    return found if found.is_file() and not found.is_symlink() else None


def file_response(path: Path, policy: str) -> Response:
    """Return a file as an answer, under a content security policy."""
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _response(HTTPStatus.OK, kind, body, policy)


def text_response(status: HTTPStatus, text: str) -> Response:
    """Return words as an answer."""
    return _response(status, "text/plain; charset=utf-8", text.encode(), "default-src 'none'")


def _response(status: HTTPStatus, kind: str, body: bytes, policy: str) -> Response:
    headers = Headers()
    headers["content-type"] = kind
    headers["content-length"] = str(len(body))
    headers["content-security-policy"] = policy
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "no-referrer"
    headers["cache-control"] = "no-cache"
    headers["connection"] = "close"
    return Response(status.value, status.phrase, headers, body)
