"""Nonin serial data format 2: 75 frames/s of five bytes, 25 frames a packet (sheet 04 part 1.1).

    01 | STATUS | PLETH | VALUE | CHK      9600 baud, 8N1; CHK is the sum of the four before it

What VALUE means depends on the frame's place in its packet; the frame with SYNC is the first.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devices.clock import SECOND
from devices.measurement import Link, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import ABOUT_A_SECOND, Blocks, Pace, Timeline

BAUDRATE = 9600
RATE = 75
"Frames, and so pleth samples, per second."
PACKET = 25
"Frames in a packet."
SIZE = 5
"Bytes in a frame."
START = 0x01
NO_RATE = 511
"Pulse rate when there is none."
NO_SPO2 = 127
"Saturation when there is none."


class Status(enum.IntFlag):
    """STATUS byte; bit 7 is always set."""

    SYNC = 0x01
    GREEN = 0x02
    "Pulse of good perfusion; together with `RED`, marginal (yellow)."
    RED = 0x04
    "Pulse of low perfusion."
    SENSOR_ALARM = 0x08
    "The finger is out, or the sensor gives no usable signal."
    OUT_OF_TRACK = 0x10
    ARTIFACT = 0x20
    SENSOR_DISCONNECTED = 0x40
    "OEM III only; reserved elsewhere."
    ALWAYS = 0x80


class Place(enum.IntEnum):
    """What VALUE holds, by the frame's place in its packet."""

    RATE_MSB = 1
    RATE_LSB = 2
    SPO2 = 3
    FIRMWARE = 4
    TIMER_MSB = 6
    TIMER_LSB = 7
    STATUS2 = 8
    SPO2_DISPLAY = 9
    SPO2_FAST = 10
    SPO2_BEAT = 11
    EXTENDED_RATE_MSB = 14
    EXTENDED_RATE_LSB = 15
    EXTENDED_SPO2 = 16
    EXTENDED_SPO2_DISPLAY = 17
    RATE_DISPLAY_MSB = 20
    RATE_DISPLAY_LSB = 21
    EXTENDED_RATE_DISPLAY_MSB = 22
    EXTENDED_RATE_DISPLAY_LSB = 23


LOW_BATTERY = 0x01
"Bit of VALUE in frame 8 (STAT2)."


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    status: Status
    pleth: int
    "0 to 255."
    value: int
    "What `Place` says; 0 to 127 on a sound line."
    place: int = 0
    "1 to 25 within its packet; 0 while no SYNC has been seen. Not on the wire but for SYNC."

    def __bytes__(self) -> bytes:
        head = bytes([START, self.status | Status.ALWAYS, self.pleth, self.value])
        return head + bytes([sum(head) & 0xFF])


def rate(msb: int, lsb: int) -> int:
    """Return the pulse rate of its two halves. Shifting by 8, as public code does, is wrong above 127 /min."""
    return (msb & 0x03) << 7 | lsb & 0x7F


class Parser:
    """Finds frames in a stream of bytes, whatever the chunks.

    Out of step it wants several good frames in a row, because a start byte and a sum alone occur by chance in a pleth;
    in step it takes each good frame at once. Format 7 differs in the frame alone.
    """

    __slots__ = ("_buffer", "_locked", "_place", "_since_sync", "rejected", "skipped")

    IN_A_ROW = 2
    "Good frames after which it is in step."

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no frame."
        self.rejected = 0
        "Times the step was lost: frames with a bad start, status or sum."
        # Never longer than IN_A_ROW frames less a byte between two feeds: everything else is taken or skipped.
        self._buffer = bytearray()
        self._locked = False
        self._place = 0
        self._since_sync = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that these bytes complete."""
        self._buffer += data
        buffer, at, frames = self._buffer, 0, []
        while len(buffer) - at >= (SIZE if self._locked else self.IN_A_ROW * SIZE):
            if self._in_step(buffer, at):
                self._locked = True
                frames.append(self._frame(buffer, at))
                at += SIZE
            else:
                at += self._slip()
        del buffer[:at]
        return frames

    def finish(self) -> list[Frame]:
        """Return the frames a capture's end leaves: a good frame there has no other after it to confirm it."""
        buffer, at, frames = self._buffer, 0, []
        while len(buffer) - at >= SIZE:
            if self.good(buffer, at):
                frames.append(self._frame(buffer, at))
                at += SIZE
            else:
                at += self._slip()
        self.skipped += len(buffer) - at
        buffer.clear()
        self._locked, self._place, self._since_sync = False, 0, 0
        return frames

    def good(self, data: bytearray, at: int) -> bool:
        """Tell whether the bytes at a place look like a frame."""
        return (
            data[at] == START
            and bool(data[at + 1] & Status.ALWAYS)
            and sum(data[at : at + 4]) & 0xFF == data[at + 4]
        )

    def build(self, data: bytearray, at: int, place: int) -> Frame:
        """Return the frame at a place."""
        return Frame(Status(data[at + 1]), data[at + 2], data[at + 3], place)

    def status(self, data: bytearray, at: int) -> int:
        """Return the STATUS byte of the frame at a place."""
        return data[at + 1]

    def _in_step(self, data: bytearray, at: int) -> bool:
        frames = 1 if self._locked else self.IN_A_ROW
        return all(self.good(data, at + SIZE * index) for index in range(frames))

    def _slip(self) -> int:
        if self._locked:
            self.rejected += 1
        self._locked, self._place, self._since_sync = False, 0, 0
        self.skipped += 1
        return 1

    def _frame(self, data: bytearray, at: int) -> Frame:
        self._since_sync += 1
        if self.status(data, at) & Status.SYNC:
            self._place, self._since_sync = 1, 0
        elif self._place:
            # A packet that goes on beyond its 25 frames lost a SYNC: its places mean nothing until the next.
            self._place = self._place + 1 if self._place < PACKET else 0
        return self.build(data, at, self._place)


def packet(
    *,
    pulse_rate: int | None,
    spo2: int | None,
    pleth: Sequence[int],
    status: Status = Status.ALWAYS,
    low_battery: bool = False,
) -> list[Frame]:
    """Return the 25 frames of one packet, as a sensor sends them.

    Args:
        pulse_rate: /min, below 511; `None` for missing.
        spo2: percent, below 127; `None` for missing.
        pleth: 25 samples, 0 to 255.
        status: bits of every frame; SYNC is added where it belongs.
        low_battery: what STAT2 says.
    """
    if len(pleth) != PACKET:
        raise ValueError(f"packet has {len(pleth)} pleth samples, expected {PACKET}")
    number = NO_RATE if pulse_rate is None else pulse_rate
    saturation = NO_SPO2 if spo2 is None else spo2
    values: dict[int, int] = {
        Place.STATUS2: LOW_BATTERY if low_battery else 0,
        Place.FIRMWARE: 48,
    }
    values |= dict.fromkeys(_SPO2_PLACES, saturation)
    values |= dict.fromkeys(_MSB_PLACES, number >> 7)
    values |= dict.fromkeys(_LSB_PLACES, number & 0x7F)
    frames = [
        Frame(status | Status.ALWAYS, sample, values.get(place, 0), place)
        for place, sample in enumerate(pleth, 1)
    ]
    frames[0] = Frame(frames[0].status | Status.SYNC, frames[0].pleth, frames[0].value, 1)
    return frames


_SPO2_PLACES = (
    Place.SPO2,
    Place.SPO2_DISPLAY,
    Place.SPO2_FAST,
    Place.SPO2_BEAT,
    Place.EXTENDED_SPO2,
    Place.EXTENDED_SPO2_DISPLAY,
)
_MSB_PLACES = (
    Place.RATE_MSB,
    Place.EXTENDED_RATE_MSB,
    Place.RATE_DISPLAY_MSB,
    Place.EXTENDED_RATE_DISPLAY_MSB,
)
_LSB_PLACES = (
    Place.RATE_LSB,
    Place.EXTENDED_RATE_LSB,
    Place.RATE_DISPLAY_LSB,
    Place.EXTENDED_RATE_DISPLAY_LSB,
)


class Readings:
    """Turns frames into readings, for one sensor.

    The plain values speak as soon as frame 3 of a packet is in; they go missing at once when the finger leaves. Only then
    do the display values of frames 9 and 21, which the sensor holds for 10 s, speak in their place, flagged as held.
    """

    def __init__(self, sensor: str, *, every: int = ABOUT_A_SECOND, middle: int = 0) -> None:
        """Start with nothing known.

        Args:
            sensor: its identifier.
            every: microseconds after which an unchanged value is told again.
            middle: taken off each pleth sample, so that 16 unsigned bits fit where signed ones go.
        """
        self._sensor = sensor
        self._middle = middle
        self._timeline = Timeline(SECOND // RATE)
        self._pace = Pace(every)
        # A packet's worth, a third of a second: small enough for a curve that runs, big enough for the wire.
        self._blocks = Blocks(sensor, "pleth", RATE, PACKET)
        self._battery = NO_DOUBT
        self._packet: dict[int, int] = {}
        self._doubts = self._earlier = NO_DOUBT
        self._perfusion = NO_DOUBT
        self._status: Quality | None = None

    def take(self, frames: Iterable[Frame], now: int) -> list[Reading]:
        """Return what these frames say.

        Args:
            frames: the parser's, in order.
            now: when the last of them arrived, microseconds UTC.
        """
        listed = list(frames)
        out: list[Reading] = []
        for frame, time in zip(listed, self._timeline.place(len(listed), now), strict=True):
            out += self._frame(frame, time)
        return out

    def _frame(self, frame: Frame, time: int) -> list[Reading]:
        if frame.place == 1:
            self._packet, self._earlier, self._doubts = {}, self._doubts, NO_DOUBT
        self._packet[frame.place] = frame.value
        self._doubts |= _doubts(frame.status)
        if frame.status & (Status.GREEN | Status.RED):
            # Said for 12 frames of each pulse: between two pulses the last one still speaks.
            self._perfusion = Quality.LOW_PERFUSION if Status.RED in frame.status else NO_DOUBT
        flags = _doubts(frame.status) | self._perfusion | self._battery
        out: list[Reading] = [*self._blocks.add(frame.pleth - self._middle, time, flags)]
        match frame.place:
            case Place.SPO2:
                out += self._status_change(time)
                out += self._rate(Place.RATE_MSB, Place.RATE_LSB, time, NO_DOUBT)
                out += self._spo2(frame.value, time, NO_DOUBT)
            case Place.STATUS2:
                self._battery = Quality.LOW_BATTERY if frame.value & LOW_BATTERY else NO_DOUBT
            case Place.SPO2_DISPLAY if self._packet.get(Place.SPO2) == NO_SPO2:
                out += self._spo2(frame.value, time, Quality.HELD)
            case Place.RATE_DISPLAY_LSB if self._number(Place.RATE_MSB, Place.RATE_LSB) == NO_RATE:
                out += self._rate(Place.RATE_DISPLAY_MSB, Place.RATE_DISPLAY_LSB, time, Quality.HELD)
        return out

    def _number(self, msb: Place, lsb: Place) -> int | None:
        if msb in self._packet and lsb in self._packet:
            return rate(self._packet[msb], self._packet[lsb])
        return None

    def _rate(self, msb: Place, lsb: Place, time: int, held: Quality) -> list[Reading]:
        number = self._number(msb, lsb)
        if number is None or number == NO_RATE:
            return []
        return self._told("pulse_rate", number, time, held)

    def _spo2(self, value: int, time: int, held: Quality) -> list[Reading]:
        if value & 0x7F == NO_SPO2:
            return []
        return self._told("spo2", value & 0x7F, time, held)

    def _told(self, metric: str, value: int, time: int, held: Quality) -> list[Reading]:
        # The packet before counts too: frame 3 comes too early to have seen what disturbs the other 22.
        doubts = self._earlier | self._doubts | self._perfusion | self._battery | held
        measurement = measure(self._sensor, metric, value, time, doubts)
        return [measurement] if self._pace.due(measurement) else []

    def _status_change(self, time: int) -> list[Reading]:
        flags = (self._doubts & Quality.PROBE_OFF) | self._battery
        if flags == (self._status if self._status is not None else NO_DOUBT):
            return []
        self._status = flags
        return [SensorStatus(self._sensor, time, Link.UP, flags)]


def _doubts(status: Status) -> Quality:
    flags = NO_DOUBT
    if status & (Status.SENSOR_ALARM | Status.SENSOR_DISCONNECTED):
        flags |= Quality.PROBE_OFF
    if status & Status.ARTIFACT:
        flags |= Quality.MOTION
    if status & Status.OUT_OF_TRACK:
        flags |= Quality.QUESTIONABLE
    return flags
