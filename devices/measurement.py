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
    record: str = ""
    "What makes a stored record the same one, where the sensor's clock may be corrected between two copies; else its time."


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


class Cause(enum.StrEnum):
    """Why a sensor's link is not up, as far as the edge knows. The screens put it into words."""

    NONE = ""
    NOT_SEEN = "not_seen"
    "No advertisement was heard: out of reach, switched off, or its battery is flat."
    UNPLUGGED = "unplugged"
    "Its serial port is gone."
    NOT_PLUGGED = "not_plugged"
    "Its serial port was never there since the edge started."
    LINK_LOST = "link_lost"
    "The link stood and is gone."
    NO_READINGS = "no_readings"
    "The link stands, nothing is measured."
    REFUSED = "refused"
    "It refuses pairing or the link."
    KEY_NEEDED = "key_needed"
    "What it sends is encrypted, and nobody gave its key."
    KEY_WRONG = "key_wrong"
    "What it sends is encrypted, and the key that was given does not open it."
    BUSY = "busy"
    "Another program, or another edge, has it."
    DENIED = "denied"
    "The system does not let the edge open it."
    ADAPTER = "adapter"
    "The edge's Bluetooth adapter is missing, off, or hears nothing."
    UPDATING = "updating"
    "Its firmware is being replaced."
    FAULT = "fault"
    "It says that it is broken, or what it sends cannot be understood."


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """A change in what can be said about a sensor itself."""

    sensor: str
    time: int
    link: Link
    flags: Quality = NO_DOUBT
    detail: str = ""
    "Facts for a technician, English, no sentence."
    cause: Cause = Cause.NONE


class EventKind(enum.StrEnum):
    """Something that happens at an instant and must reach a person; it is no value that could be measured again."""

    NURSE_CALL = "nurse_call"
    BED_EXIT = "bed_exit"
    BED_RETURN = "bed_return"
    FALL = "fall"
    ATRIAL_FIBRILLATION = "atrial_fibrillation"
    "Found in a rhythm, withheld while the signal is poor; a physician confirms it on the strip."
    PAUSE = "pause"
    BRADYCARDIA = "bradycardia"
    TACHYCARDIA = "tachycardia"
    APNOEA = "apnoea"
    SENSOR_FAULT = "sensor_fault"
    "The sensor says that a part of it has failed."


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once. (sensor, identity) is said to the hub once, however often it was received."""

    sensor: str
    kind: EventKind
    time: int
    "When it happened, microseconds since 1970-01-01T00:00:00Z."
    identity: str
    "Unique for the sensor, for ever: a node's boot and event number, or the time at which a rhythm began."
    value: float | None = None
    "What goes with it: seconds of a pause, probability of a rhythm."
    detail: str = ""
    "Facts for a technician, English, no sentence."


Reading = Measurement | Waveform | SensorStatus | Event


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
