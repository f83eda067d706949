"""Every protocol that a sensor of an edge may be configured with: those of `devices`, and the room node."""

from __future__ import annotations

from functools import cache

from devices.drivers import registry
from devices.drivers.base import Driver, Entry, Signature
from firmware_bridge import driver as node

ENTRIES = (*registry.ENTRIES, Entry(node.SIGNATURE, node.NodeDriver))
"The whole table; `registry`'s functions take it as `entries`."


def signature(protocol: str) -> Signature:
    """Return how sensors of a protocol are recognised, and over which transport they speak.

    Raises:
        ConfigError: the protocol is unknown; the text lists the known ones.
    """
    return registry.signature(protocol, ENTRIES)


def open_driver(protocol: str, sensor: str, *, key: str = "", address: str = "") -> Driver:
    """Return a new driver for one sensor.

    Args:
        protocol: its name.
        sensor: its identifier.
        key: its bind key, hexadecimal; empty for a sensor that does not encrypt.
        address: its Bluetooth address, if it is known.

    Raises:
        ConfigError: the protocol is unknown, and the text lists the known ones; or the key is none for it.
    """
    return registry.open_driver(protocol, sensor, ENTRIES, key=key, address=address)


def check_key(protocol: str, key: str) -> None:
    """Refuse a key that is none for a protocol, with a `ConfigError` that does not repeat it."""
    registry.check_key(protocol, key, ENTRIES)


@cache
def asks_for_pairing(protocol: str) -> bool:
    """Tell whether sensors of a protocol are paired, and may have a number for that printed on them."""
    entry = next(each for each in ENTRIES if each.signature.protocol == protocol)
    # Broadcasts have nobody to pair with, and their drivers load much.
    return entry.signature.transport == "ble" and entry.open("unnamed").needs.pair
