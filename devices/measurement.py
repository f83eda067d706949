"""What comes out of a sensor, whatever it is and however it is wired."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices import nomenclature
from devices.quality import NO_DOUBT, Quality


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one metric at one time. Absence of a value is absence of a measurement."""

    sensor: str
    "Identifier of the sensor within its edge."
    metric: str
    "Name of a row of `devices.nomenclature`; the value is in that row's unit."
    value: float
    time: int
    "Reception, or the device's own time when `stored`; microseconds since 1970-01-01T00:00:00Z."
    flags: Quality = NO_DOUBT
    stored: bool = False
    "Kept by the sensor and fetched later; the edge drops a second copy of the same record."


@dataclass(frozen=True, slots=True)
class Waveform:
    """A block of equally spaced samples."""

    sensor: str
    metric: str
    time: int
    "Time of the first sample, microseconds since 1970-01-01T00:00:00Z."
    rate: float
    "Samples per second."
    samples: tuple[int, ...]
    "Signed 16-bit; value = sample * scale in the metric's unit."
    scale: float = 1.0
    flags: Quality = NO_DOUBT


class Link(enum.StrEnum):
    """What the edge knows about a sensor's link."""

    CONNECTING = "connecting"
    UP = "up"
    "Readings arrive."
    SILENT = "silent"
    "The link stands, but nothing arrives within the sensor's interval."
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """A change in what can be said about a sensor itself."""

    sensor: str
    time: int
    link: Link
    flags: Quality = NO_DOUBT
    detail: str = ""
    "Facts for a technician, English, no sentence."


Reading = Measurement | Waveform | SensorStatus


def measure(
    sensor: str, metric: str, value: float, time: int, flags: Quality = NO_DOUBT, *, stored: bool = False
) -> Measurement:
    """Return a measurement, flagged as implausible where its value cannot be a person's.

    Raises:
        DecodeError: no metric has that name.
    """
    low, high = nomenclature.metric(metric).plausible
    # Written so that a NaN is implausible too.
    doubts = flags if low <= value <= high else flags | Quality.IMPLAUSIBLE
    return Measurement(sensor, metric, value, time, doubts, stored)
