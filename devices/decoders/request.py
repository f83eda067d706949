"""Takes fields from a request line, each with its own refusal."""

from __future__ import annotations

from typing import Any

from devices.errors import DecodeError

Request = dict[str, Any]
"One line of `veilleuse decode`, read as JSON."


def text(request: Request, key: str) -> str:
    """Return a string.

    Raises:
        DecodeError: it is missing, or no string.
    """
    if key not in request:
        raise DecodeError(f"key {key!r} is missing")
    value = request[key]
    if not isinstance(value, str):
        raise DecodeError(f"key {key!r} is not a string")
    return value


def optional_text(request: Request, key: str) -> str | None:
    """Return a string, `None` if it is missing or null.

    Raises:
        DecodeError: it is something else.
    """
    return None if request.get(key) is None else text(request, key)


def octets(digits: object, key: str) -> bytes:
    """Return the bytes that hexadecimal digits tell.

    Raises:
        DecodeError: they are none.
    """
    if not isinstance(digits, str):
        raise DecodeError(f"key {key!r} is not a string")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise DecodeError(f"key {key!r} is not pairs of hexadecimal digits") from None


def data(request: Request, key: str = "hex") -> bytes:
    """Return the captured bytes.

    Raises:
        DecodeError: they are missing, or not hexadecimal.
    """
    return octets(text(request, key), key)
