"""Scales: weight (service 0x181D), body composition (0x181B), or both. They speak when used.

A scale with both services is a protocol of its own, because it tells its weight twice.
"""

from __future__ import annotations

from devices.drivers.base import Entry, Signature
from devices.drivers.meter import Meter, meter_needs
from devices.gatt import body_composition, weight

_TWICE = frozenset({"weight", "height"})


def open_weight_scale(sensor: str) -> Meter:
    """Return a driver for a scale that tells weight."""
    return Meter(sensor, meter_needs(weight.UUID))


def open_body_composition(sensor: str) -> Meter:
    """Return a driver for a scale that tells the body's composition."""
    return Meter(sensor, meter_needs(body_composition.UUID))


def open_both(sensor: str) -> Meter:
    """Return a driver for a scale that tells both."""
    return Meter(sensor, meter_needs(weight.UUID, body_composition.UUID), ignored=_TWICE)


ENTRIES = (
    Entry(Signature("weight-scale", "ble", services=frozenset({"181d"})), open_weight_scale),
    Entry(Signature("body-composition", "ble", services=frozenset({"181b"})), open_body_composition),
    Entry(Signature("scale", "ble", services=frozenset({"181b", "181d"})), open_both),
)
