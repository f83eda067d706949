"""Blood pressure cuffs: service 0x1810. They speak when used; their silence is no fault."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.meter import Meter, meter_needs
from devices.gatt import blood_pressure

SIGNATURE = Signature("blood-pressure", "ble", services=frozenset({"1810"}))


def open_driver(sensor: str) -> Meter:
    """Return a driver for one sensor."""
    return Meter(sensor, meter_needs(blood_pressure.UUID))


ENTRIES = (Entry(SIGNATURE, open_driver),)
