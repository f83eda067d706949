"""Continuous glucose monitors: service 0x181F. They ask for a bond and tell a value every few minutes.

What a monitor measured while no link stood is not fetched from its memory: the next value says where glucose is now.
"""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, Signature
from devices.drivers.gatt import BATTERY, GattDriver
from devices.gatt import cgm

SIGNATURE = Signature("cgm", "ble", services=frozenset({"181f"}))

INTERVAL = 300.0
"Seconds between two values of the usual instruments (memory); learnt from there."


def open_driver(sensor: str) -> GattDriver:
    """Return a driver for one sensor."""
    return GattDriver(
        sensor,
        Needs(notify=(cgm.UUID, BATTERY), read=(cgm.STATUS_UUID, BATTERY), interval=INTERVAL, pair=True),
    )


ENTRIES = (Entry(SIGNATURE, open_driver),)
