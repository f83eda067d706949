"""What a whole recording says; the same monitors as on the edge, fed a second at a time."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from devices.signal import fibrillation
from devices.signal.ecg import EcgMonitor, Verdict
from devices.signal.filters import Samples
from devices.signal.peaks import Beat
from devices.signal.ppg import PulseMonitor, PulseVerdict
from devices.signal.quality import GOOD
from devices.signal.respiration import Respiration
from devices.signal.rhythm import INTERVALS, rate_of


@dataclass(frozen=True, slots=True)
class Window:
    """About a minute of rhythm."""

    start: float
    "Seconds since the recording began."
    end: float
    probability: float | None
    "Of atrial fibrillation; `None` is withheld."


@dataclass(frozen=True, slots=True)
class EcgReport:
    """What an ECG says; `None` is withheld."""

    peaks: tuple[int, ...]
    "Sample numbers of the R-peaks, whatever the quality."
    quality: float
    "Median of the seconds' qualities."
    heart_rate: float | None
    "Mean beats per minute of all intervals that can be one."
    fibrillation: float | None
    "Mean of the windows' probabilities."
    windows: tuple[Window, ...]
    respiration: float | None
    "Median of the estimates."


@dataclass(frozen=True, slots=True)
class PulseReport:
    """What a pulse wave says; `None` is withheld."""

    peaks: tuple[int, ...]
    "Sample numbers of the pulses' tops, whatever the quality."
    quality: float
    pulse_rate: float | None
    "Beats per minute, from the usual interval."
    respiration: float | None


def ecg(samples: Samples, rate: float) -> EcgReport:
    """Judge an ECG of any unit.

    Raises:
        DecodeError: there are no filters for the rate.
    """
    monitor = EcgMonitor(rate)
    verdicts = [verdict for block in _seconds(samples, rate) for verdict in monitor.feed(block)]
    beats = [*(beat for verdict in verdicts for beat in verdict.beats), *monitor.finish()]
    quality = _quality(verdicts)
    windows = tuple(_windows(beats, verdicts, samples.size, rate))
    known = [window.probability for window in windows if window.probability is not None]
    good = quality >= GOOD
    intervals = _intervals(beats, rate)
    return EcgReport(
        tuple(beat.sample for beat in beats),
        quality,
        60 / (sum(intervals) / len(intervals)) if good and intervals else None,
        sum(known) / len(known) if good and known else None,
        windows,
        _respiration([verdict.respiration for verdict in verdicts]) if good else None,
    )


def ppg(samples: Samples, rate: float) -> PulseReport:
    """Judge a pulse wave of any unit whose systole points up.

    Raises:
        DecodeError: there are no filters for the rate.
    """
    monitor = PulseMonitor(rate)
    verdicts = [verdict for block in _seconds(samples, rate) for verdict in monitor.feed(block)]
    beats = [*(beat for verdict in verdicts for beat in verdict.beats), *monitor.finish()]
    quality = _quality(verdicts)
    good = quality >= GOOD
    intervals = _intervals(beats, rate)
    return PulseReport(
        tuple(beat.sample for beat in beats),
        quality,
        rate_of(intervals) if good else None,
        _respiration([verdict.respiration for verdict in verdicts]) if good else None,
    )


def _seconds(samples: Samples, rate: float) -> list[Samples]:
    block = max(1, round(rate))
    return [samples[start : start + block] for start in range(0, samples.size, block)]


def _quality(verdicts: Sequence[Verdict] | Sequence[PulseVerdict]) -> float:
    """Return the median; the first nine seconds, in which ten are not yet known, count only where there are no others."""
    values = [verdict.quality for verdict in verdicts]
    return median(values[9:] or values[-1:] or [0.0])


def _intervals(beats: Sequence[Beat], rate: float) -> list[float]:
    every = [
        (after.sample - beat.sample) / rate
        for beat, after in itertools.pairwise(beats)
        if not (beat.missing or after.missing)
    ]
    return [each for each in every if INTERVALS[0] <= each <= INTERVALS[1]]


def _windows(beats: Sequence[Beat], verdicts: Sequence[Verdict], size: int, rate: float) -> list[Window]:
    """Cut the recording into minutes; an end of less than half a minute belongs to the one before."""
    count = max(1, round(size / rate / fibrillation.WINDOW))
    edges = np.linspace(0, size, count + 1).tolist()
    out = []
    for start, end in itertools.pairwise(edges):
        inside = [beat for beat in beats if start <= beat.sample < end]
        qualities = [verdict.quality for verdict in verdicts if start <= verdict.sample < end]
        rhythm = fibrillation.judge(inside, rate) if _quality_of(qualities) >= GOOD else None
        out.append(
            Window(round(start / rate, 3), round(end / rate, 3), rhythm.probability if rhythm else None)
        )
    return out


def _quality_of(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def _respiration(estimates: Sequence[Respiration | None]) -> float | None:
    known = [each.rate for each in estimates if each is not None]
    return median(known) if known else None
