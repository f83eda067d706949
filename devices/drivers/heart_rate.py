"""Heart-rate straps and watches: service 0x180D."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.gatt import GattDriver, needs
from devices.gatt import heart_rate

SIGNATURE = Signature("heart-rate", "ble", services=frozenset({"180d"}))


def open_driver(sensor: str) -> GattDriver:
    """Return a driver for one sensor."""
    return GattDriver(sensor, needs(heart_rate.UUID))


ENTRIES = (Entry(SIGNATURE, open_driver),)
