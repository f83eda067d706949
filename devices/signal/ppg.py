"""What one pulse wave says, second by second: pulses, rate, breathing, and nothing while the signal is not good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from devices.signal.ecg import JUDGED_EVERY
from devices.signal.filters import Ring, Samples
from devices.signal.peaks import PULSE, Beat, PeakDetector, Step
from devices.signal.quality import GOOD, Judge
from devices.signal.quality import PULSE as DEMANDS
from devices.signal.respiration import Breathing, Respiration
from devices.signal.rhythm import RhythmWatch


@dataclass(frozen=True, slots=True)
class PulseVerdict:
    """What can be said at one second of the stream; `None` is withheld."""

    sample: int
    "Number of the sample up to which the signal was judged."
    quality: float
    "0 to 1; below `devices.signal.quality.GOOD` all that follows is `None`."
    pulse_rate: float | None
    "Beats per minute."
    respiration: Respiration | None
    "Every ten seconds, once its window is full."
    beats: tuple[Beat, ...]
    "Pulses that became certain in this second, whatever the quality."


class PulseMonitor:
    """Follows one pulse wave whose systole points up."""

    def __init__(self, rate: float) -> None:
        """Begin a stream.

        Raises:
            DecodeError: there are no filters for the rate.
        """
        self._rate = rate
        self._detector = PeakDetector(rate, PULSE)
        self._judge = Judge(rate, DEMANDS)
        self._watch = RhythmWatch(rate)
        self._breathing = Breathing(rate)
        self._raw = Ring(round(2 * PULSE.latency * rate))
        self._beats: list[Beat] = []
        self._fed = 0
        self._next_second, self._next_verdict = rate, JUDGED_EVERY * rate

    def feed(self, samples: Samples) -> list[PulseVerdict]:
        """Take samples in any unit (NaN where one is missing), return a verdict for every second that is over."""
        return [verdict for step in self._detector.steps(samples) for verdict in self._step(step)]

    def finish(self) -> list[Beat]:
        """End the stream: return the pulses that no verdict has named."""
        return [*self._beats, *self._detector.finish()]

    def _step(self, step: Step) -> Iterator[PulseVerdict]:
        self._fed += step.samples.size
        self._raw.push(step.samples)
        self._judge.take(step)
        for beat in step.beats:
            last = self._watch.last
            self._watch.beat(beat.sample, missing=beat.missing)
            if last is not None:
                pulse = self._raw.get(last, beat.sample)
                self._breathing.beat(beat, level=float(np.add.reduce(pulse)) / max(1, pulse.size))
            self._beats.append(beat)
        if self._fed >= self._next_second:
            self._next_second += self._rate
            yield self._second(step.decided)

    def _second(self, now: int) -> PulseVerdict:
        quality = self._judge.quality()
        beats, self._beats = tuple(self._beats), []
        if quality < GOOD:
            return PulseVerdict(now, quality, None, None, beats)
        respiration = None
        if self._fed >= self._next_verdict:
            self._next_verdict = self._fed + JUDGED_EVERY * self._rate
            respiration = self._breathing.estimate(now)
        return PulseVerdict(now, quality, self._watch.heart_rate(now), respiration, beats)
