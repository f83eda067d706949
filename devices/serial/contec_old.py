"""Contec CMS50D+ of the first generation: 60 frames/s of five bytes (sheet 04 part 2.1).

    1 beep dropping finger-out signal(4) | 0 pleth(7) | 0 rate7 searching probe-error bar(4) | 0 rate(7) | 0 SpO2(7)

19200 baud, 8 data bits, odd parity. There is no checksum: only a frame's first byte has bit 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.clock import SECOND
from devices.measurement import Link, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import ABOUT_A_SECOND, Blocks, Pace, Timeline
from devices.serial.top_bit import TopBitParser

BAUDRATE = 19200
PARITY = "O"
RATE = 60
"Frames, and so pleth samples, per second."
SIZE = 5
"Bytes in a frame."
BLOCK = 20
"Pleth samples of a waveform block: a third of a second."
_TOP = 0x80
_LOW = 0x7F


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    signal: int
    "Strength, 0 to 15."
    pleth: int
    "0 to 127."
    bar: int
    "Height of the bar on its screen, 0 to 15."
    pulse_rate: int
    "/min, 0 to 255."
    spo2: int
    "Percent, 0 to 127."
    beep: bool = False
    dropping: bool = False
    "The saturation falls."
    finger_out: bool = False
    searching: bool = False
    "Searches for a pulse."
    probe_error: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Frame:
        """Return the frame in five bytes that begin where one begins."""
        head, pleth, middle, low, spo2 = data
        return cls(
            signal=head & 0x0F,
            pleth=pleth,
            bar=middle & 0x0F,
            pulse_rate=(middle & 0x40) << 1 | low,
            spo2=spo2,
            beep=bool(head & 0x40),
            dropping=bool(head & 0x20),
            finger_out=bool(head & 0x10),
            searching=bool(middle & 0x20),
            probe_error=bool(middle & 0x10),
        )

    def __bytes__(self) -> bytes:
        return bytes(
            (
                _TOP | self.beep << 6 | self.dropping << 5 | self.finger_out << 4 | self.signal,
                self.pleth,
                (self.pulse_rate & _TOP) >> 1 | self.searching << 5 | self.probe_error << 4 | self.bar,
                self.pulse_rate & _LOW,
                self.spo2,
            )
        )

    @property
    def blank(self) -> bool:
        """Whether its zeros stand in place of numbers: it says itself why there are none."""
        return self.finger_out or self.searching or self.probe_error


class Parser(TopBitParser[Frame]):
    """Finds frames in a stream of bytes, whatever the chunks."""

    __slots__ = ()

    SIZE = SIZE

    def build(self, data: bytes) -> Frame:
        """Return the frame in five bytes that begin where one begins."""
        return Frame.parse(data)


class Readings:
    """Turns frames into readings, for one sensor."""

    def __init__(self, sensor: str, *, every: int = ABOUT_A_SECOND, blanks: bool = False) -> None:
        """Start with nothing known.

        Args:
            sensor: its identifier.
            every: microseconds after which an unchanged value is told again.
            blanks: also tell the zeros that stand in place of numbers, as a capture's reader wants.
        """
        self._sensor = sensor
        self._blanks = blanks
        self._timeline = Timeline(SECOND // RATE)
        self._pace = Pace(every)
        self._blocks = Blocks(sensor, "pleth", RATE, BLOCK)
        self._status = NO_DOUBT

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
        flags = _doubts(frame)
        out: list[Reading] = [*self._blocks.add(frame.pleth, time, flags)]
        status = flags & Quality.PROBE_OFF
        if status != self._status:
            self._status = status
            detail = "probe error" if frame.probe_error else "finger out" if frame.finger_out else ""
            out.append(SensorStatus(self._sensor, time, Link.UP, status, detail))
        for metric, value in (("spo2", frame.spo2), ("pulse_rate", frame.pulse_rate)):
            if value == 0 and frame.blank and not self._blanks:
                continue
            measurement = measure(self._sensor, metric, value, time, flags)
            if self._pace.due(measurement):
                out.append(measurement)
        return out


def _doubts(frame: Frame) -> Quality:
    flags = NO_DOUBT
    if frame.finger_out or frame.probe_error:
        flags |= Quality.PROBE_OFF
    if frame.searching:
        flags |= Quality.QUESTIONABLE
    return flags
