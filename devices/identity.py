"""Identifiers that travel in topics, files and URLs."""

from __future__ import annotations

import re

from devices.errors import ConfigError

_IDENTIFIER = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,46}[a-z0-9])?")


def identifier(value: str, what: str) -> str:
    """Return `value` if it may name an edge, a sensor or a room.

    The alphabet has no MQTT wildcard or separator, so an identifier can never widen a topic.

    Raises:
        ConfigError: `value` is not 1 to 48 lower-case letters, digits, `-` or `_`.
    """
    if not _IDENTIFIER.fullmatch(value):
        raise ConfigError(f"{what} {value!r} is not 1 to 48 lower-case letters, digits, - or _")
    return value
