"""When a serial sensor's samples were taken, and how often its values are worth telling.

A chunk arrives at one instant and holds several samples. The last one is placed at the arrival and the others before it,
one sample interval apart, so that no time lies in the future. Times of one sensor strictly increase: where chunks come
faster than their samples were taken (a flushed buffer) the samples share the time since the chunk before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.measurement import Measurement, Waveform
from devices.quality import NO_DOUBT, Quality

ABOUT_A_SECOND = 900_000
"Microseconds. Less than a second by more than a packet's jitter, so that three packets a second give one value a second."


@dataclass(slots=True)
class Timeline:
    """Places the samples of each chunk."""

    interval: int
    "Microseconds between two samples."
    _last: int | None = None

    def place(self, count: int, now: int) -> list[int]:
        """Return the times of a chunk's samples, oldest first, microseconds UTC.

        Args:
            count: samples in the chunk.
            now: its arrival. Earlier than the chunk before means that the clock was set back: times start again.
        """
        times = [now - (count - 1 - index) * self.interval for index in range(count)]
        last = self._last
        if last is not None and last <= now:
            # One microsecond at least: two chunks of one instant still have different times.
            share = max(1, (now - last) // max(1, count))
            times = [max(time, last + share * (index + 1)) for index, time in enumerate(times)]
        if times:
            self._last = times[-1]
        return times


@dataclass(slots=True)
class Pace:
    """Passes on a value when it or its doubts change, and once a second when they do not.

    An oximeter repeats its numbers up to 60 times a second; all of them on disk would say nothing more.
    """

    every: int = ABOUT_A_SECOND
    "Microseconds after which an unchanged value is told again; 0 passes on everything."
    _told: dict[str, Measurement] = field(default_factory=dict)

    def due(self, measurement: Measurement) -> bool:
        """Tell whether to pass it on, and remember it if so."""
        last = self._told.get(measurement.metric)
        # abs: after the clock was set back the last time told lies in the future.
        if (
            last is not None
            and last.value == measurement.value
            and last.flags == measurement.flags
            and abs(measurement.time - last.time) < self.every
        ):
            return False
        self._told[measurement.metric] = measurement
        return True


@dataclass(slots=True)
class Blocks:
    """Gathers single samples into waveform blocks of a fixed length."""

    sensor: str
    metric: str
    rate: float
    "Samples per second."
    length: int
    "Samples of a block; bounds how late a sample is told."
    _samples: list[int] = field(default_factory=list)
    _start: int = 0
    _next: int = 0
    _end: int = 0
    "Where the samples of the last block end."
    _flags: Quality = NO_DOUBT

    def add(self, sample: int, time: int, flags: Quality) -> list[Waveform]:
        """Return the blocks that this sample completes: none, one, or two after a gap.

        A pause longer than half a block, or a step back of the clock, ends the block before it: a block's samples are
        equally spaced. A block begins where the one before ended at the earliest: chunks that arrive a little early
        must not lay one curve over the other.
        """
        done: list[Waveform] = []
        tolerance = SECOND * self.length / (2 * self.rate)
        if self._samples and abs(time - self._next) > tolerance:
            done.append(self._cut())
        if not self._samples:
            self._start = self._end if 0 < self._end - time <= tolerance else time
        self._samples.append(sample)
        self._flags |= flags
        self._next = time + round(SECOND / self.rate)
        if len(self._samples) == self.length:
            done.append(self._cut())
        return done

    def _cut(self) -> Waveform:
        block = Waveform(
            self.sensor, self.metric, self._start, self.rate, tuple(self._samples), flags=self._flags
        )
        self._end = self._start + round(SECOND * len(self._samples) / self.rate)
        self._samples, self._flags = [], NO_DOUBT
        return block
