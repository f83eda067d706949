"""Blood pressure cuffs: service 0x1810. They speak when used; their silence is no fault."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.gatt import GattDriver, needs
from devices.gatt import blood_pressure

SIGNATURE = Signature("blood-pressure", "ble", services=frozenset({"1810"}))


def open_driver(sensor: str) -> GattDriver:
    """Return a driver for one sensor."""
    return GattDriver(sensor, needs(blood_pressure.UUID, interval=60.0, continuous=False))


ENTRIES = (Entry(SIGNATURE, open_driver),)
