"""A sensor's secrets as an edge uses them. Encryption is loaded by the first sensor that has some."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from devices.errors import ConfigError, WireError

if TYPE_CHECKING:
    from devices.wire.confidence import Secrets
    from devices.wire.seal import Keys

Unlock = Callable[[str, str], tuple[str | None, str | None]]
"Takes a place and a box, returns key and number; raises `ConfigError` for a box that is not for this edge."


def no_secrets(_place: str, box: str) -> tuple[str | None, str | None]:
    """Open no box, as an edge that was given no key of its own.

    Raises:
        ConfigError: there is one.
    """
    if box:
        raise ConfigError("there is no key for what the hub says in confidence")
    return None, None


def unlocking(keys: Keys) -> Unlock:
    """Return what opens the boxes of one edge."""

    def unlock(place: str, box: str) -> tuple[str | None, str | None]:
        if not box:
            return None, None
        module = importlib.import_module("devices.wire.confidence")
        try:
            found: Secrets = module.open_box(keys.confidence, place, box)
        except WireError as error:
            raise ConfigError(str(error)) from None
        return found.key or None, found.pin or None

    return unlock
