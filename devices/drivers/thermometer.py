"""Thermometers: service 0x1809. They speak when used; their silence is no fault."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.meter import Meter, meter_needs
from devices.gatt import thermometer

SIGNATURE = Signature("thermometer", "ble", services=frozenset({"1809"}))


def open_driver(sensor: str) -> Meter:
    """Return a driver for one sensor."""
    return Meter(sensor, meter_needs(thermometer.UUID))


ENTRIES = (Entry(SIGNATURE, open_driver),)
