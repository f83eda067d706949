"""Every protocol that a sensor of an edge may be configured with: those of `devices`, and the room node."""

from __future__ import annotations

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


def open_driver(protocol: str, sensor: str) -> Driver:
    """Return a new driver for one sensor.

    Raises:
        ConfigError: the protocol is unknown; the text lists the known ones.
    """
    return registry.open_driver(protocol, sensor, ENTRIES)
