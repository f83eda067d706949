"""Nonin serial data formats 1 and 8: one short frame a second, no curve, no checksum (sheet 04 part 1.3).

    format 1   1 SNSD OOT LPRF MPRF bad HR8 HR7 | 0 HR(7) | 0 SpO2(7)
    format 8   1 R OOT LPRF MPRF ARTF HR8 HR7   | 0 HR(7) | 0 SpO2(7) | 0 R SPA R SNSA R R LOW

9600 baud, 8N1. Only a frame's first byte has bit 7; a value that no instrument shows marks what lies between as noise.
Format 8 carries display values, which the sensor holds for 10 s after the finger has left, with SNSA set.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.measurement import Link, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import Timeline
from devices.serial.top_bit import TopBitParser

BAUDRATE = 9600
RATE = 1
"Frames per second."
NO_RATE = 511
"Pulse rate when there is none."
NO_SPO2 = 127
"Saturation when there is none."
HIGHEST_RATE = 321
"/min; what these instruments show at most (from memory)."
HIGHEST_SPO2 = 100


class Status(enum.IntFlag):
    """First byte, without the rate's two bits; bit 7 is always set."""

    ARTIFACT = 0x04
    "Format 1 calls it a bad pulse."
    MARGINAL_PERFUSION = 0x08
    LOW_PERFUSION = 0x10
    OUT_OF_TRACK = 0x20
    SENSOR_DISCONNECTED = 0x40
    "Format 1 only; reserved in format 8."
    ALWAYS = 0x80


class Status2(enum.IntFlag):
    """Fourth byte of format 8."""

    LOW_BATTERY = 0x01
    SENSOR_ALARM = 0x08
    "The finger is out, or the sensor gives no usable signal."
    SMART_POINT = 0x20
    "The sensor's algorithm finds the measurement good."


NO_STATUS2 = Status2(0)


@dataclass(frozen=True, slots=True)
class Frame1:
    """One frame of format 1."""

    status: Status
    pulse_rate: int
    "/min, 511 for none."
    spo2: int
    "Percent, 127 for none."

    @classmethod
    def parse(cls, data: bytes) -> Frame1:
        """Return the frame in three bytes.

        Raises:
            DecodeError: the rate or the saturation is none that an instrument shows.
        """
        head, low, spo2 = data
        return cls(Status(head & 0xFC), *_values(head, low, spo2))

    def __bytes__(self) -> bytes:
        return bytes([self.status | Status.ALWAYS | self.pulse_rate >> 7, self.pulse_rate & 0x7F, self.spo2])

    @property
    def flags(self) -> Quality:
        """What is doubtful about its values."""
        return _doubts(self.status)


@dataclass(frozen=True, slots=True)
class Frame8:
    """One frame of format 8."""

    status: Status
    pulse_rate: int
    "/min, 511 for none."
    spo2: int
    "Percent, as displayed; 127 for none."
    status2: Status2 = NO_STATUS2

    @classmethod
    def parse(cls, data: bytes) -> Frame8:
        """Return the frame in four bytes.

        Raises:
            DecodeError: the rate or the saturation is none that an instrument shows.
        """
        head, low, spo2, second = data
        return cls(Status(head & 0xFC), *_values(head, low, spo2), Status2(second))

    def __bytes__(self) -> bytes:
        return bytes(
            [
                self.status | Status.ALWAYS | self.pulse_rate >> 7,
                self.pulse_rate & 0x7F,
                self.spo2,
                self.status2,
            ]
        )

    @property
    def flags(self) -> Quality:
        """What is doubtful about its values."""
        flags = _doubts(self.status & ~Status.SENSOR_DISCONNECTED)
        if Status2.SENSOR_ALARM in self.status2:
            flags |= Quality.PROBE_OFF | Quality.HELD
        if Status2.LOW_BATTERY in self.status2:
            flags |= Quality.LOW_BATTERY
        return flags


def _values(head: int, low: int, spo2: int) -> tuple[int, int]:
    pulse_rate = (head & 0x03) << 7 | low
    if HIGHEST_RATE < pulse_rate != NO_RATE:
        raise DecodeError(f"nonin frame has pulse rate {pulse_rate}, at most {HIGHEST_RATE} or {NO_RATE}")
    if HIGHEST_SPO2 < spo2 != NO_SPO2:
        raise DecodeError(f"nonin frame has saturation {spo2}, at most {HIGHEST_SPO2} or {NO_SPO2}")
    return pulse_rate, spo2


def _doubts(status: Status) -> Quality:
    flags = NO_DOUBT
    if Status.SENSOR_DISCONNECTED in status:
        flags |= Quality.PROBE_OFF
    if Status.ARTIFACT in status:
        flags |= Quality.MOTION
    if Status.OUT_OF_TRACK in status:
        flags |= Quality.QUESTIONABLE
    if status & (Status.LOW_PERFUSION | Status.MARGINAL_PERFUSION):
        flags |= Quality.LOW_PERFUSION
    return flags


class Parser1(TopBitParser[Frame1]):
    """Finds frames of format 1 in a stream of bytes, whatever the chunks."""

    __slots__ = ()

    SIZE = 3

    def build(self, data: bytes) -> Frame1:
        """Return the frame in three bytes."""
        return Frame1.parse(data)


class Parser8(TopBitParser[Frame8]):
    """Finds frames of format 8 in a stream of bytes, whatever the chunks."""

    __slots__ = ()

    SIZE = 4

    def build(self, data: bytes) -> Frame8:
        """Return the frame in four bytes."""
        return Frame8.parse(data)


Frame = TypeVar("Frame", Frame1, Frame8)

_OF_THE_SENSOR = Quality.PROBE_OFF | Quality.LOW_BATTERY


class Readings:
    """Turns frames of either format into readings, for one sensor."""

    def __init__(self, sensor: str) -> None:
        """Start with nothing known; `sensor` is its identifier."""
        self._sensor = sensor
        self._timeline = Timeline(SECOND // RATE)
        self._status = NO_DOUBT

    def take(self, frames: Iterable[Frame], now: int) -> list[Reading]:
        """Return what these frames say.

        Args:
            frames: the parser's, in order.
            now: when the last of them arrived, microseconds UTC.
        """
        listed = list(frames)
        times = self._timeline.place(len(listed), now)
        return [
            reading for frame, time in zip(listed, times, strict=True) for reading in self._frame(frame, time)
        ]

    def _frame(self, frame: Frame1 | Frame8, time: int) -> list[Reading]:
        flags = frame.flags
        out: list[Reading] = []
        status = flags & _OF_THE_SENSOR
        if status != self._status:
            self._status = status
            out.append(SensorStatus(self._sensor, time, Link.UP, status))
        if frame.pulse_rate != NO_RATE:
            out.append(measure(self._sensor, "pulse_rate", frame.pulse_rate, time, flags))
        if frame.spo2 != NO_SPO2:
            out.append(measure(self._sensor, "spo2", frame.spo2, time, flags))
        return out
