"""Thermometers: service 0x1809. They speak when used; their silence is no fault."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.gatt import GattDriver, needs
from devices.gatt import thermometer

SIGNATURE = Signature("thermometer", "ble", services=frozenset({"1809"}))


def open_driver(sensor: str) -> GattDriver:
    """Return a driver for one sensor."""
    return GattDriver(sensor, needs(thermometer.UUID, interval=60.0, continuous=False))


ENTRIES = (Entry(SIGNATURE, open_driver),)
