"""Pulse oximeters: service 0x1822, continuous values and spot-checks."""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.gatt import GattDriver, needs
from devices.gatt import pulse_oximeter

SIGNATURE = Signature("pulse-oximeter", "ble", services=frozenset({"1822"}))


def open_driver(sensor: str) -> GattDriver:
    """Return a driver for one sensor."""
    return GattDriver(sensor, needs(pulse_oximeter.CONTINUOUS_UUID, pulse_oximeter.SPOT_CHECK_UUID))


ENTRIES = (Entry(SIGNATURE, open_driver),)
