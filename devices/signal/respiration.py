"""Breathing rate from what breathing does to heart beats: height, slope and interval of ECG beats; height, baseline and interval of pulses.

Each of these series is put on an even grid and its strongest rhythm between 6 and 36 per minute is sought. Those in which that rhythm
stands out are averaged; nothing is said unless two of them agree within 4 per minute (sheet 10).

It is an estimate with limits of agreement of about 5 per minute (Charlton 2016, sheet 10): shown as such, never counted for NEWS2. The
interval is left out while the rhythm is irregular: fibrillation and old age kill sinus arrhythmia.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from devices.signal.filters import Samples
from devices.signal.peaks import Beat

WINDOW = 60.0
"Seconds of beats that are used."

SHORTEST = 32.0
"Seconds below which nothing is said (sheet 10: 32 to 60 s)."

SPREAD = 4.0
"Breaths per minute that the series may differ (sheet 10)."

BAND = (0.1, 0.6)
"Hz (sheet 10)."

OUTSTANDING = 0.4
"Least share of a series' power around its strongest rhythm; in a series of noise it is about a fifth."

_GRID = 4.0
"Samples per second of the even grid."

_LENGTH = 1024
"Points of the transform, zeros added: a step of 0.23 per minute."

_AROUND = 0.035
"Hz on both sides that belong to a rhythm: what a minute's window makes of a line."

_FEWEST = 12
"Beats below which no rhythm can be seen in them."

MOST_BEATS = 400
"Beats of a minute that are remembered, more than any heart has: a poor signal must not pile them up."


@dataclass(frozen=True, slots=True)
class Respiration:
    """An estimate."""

    rate: float
    "Breaths per minute."
    quality: float
    "0 to 1: how much the rhythm stands out."
    spread: float
    "Breaths per minute between the series that were averaged."


@dataclass(frozen=True, slots=True)
class _Trace:
    sample: int
    height: float
    other: float
    whole: bool


class Breathing:
    """Remembers a minute of beats."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._traces: deque[_Trace] = deque(maxlen=MOST_BEATS)

    def beat(self, beat: Beat, *, level: float | None = None) -> None:
        """Take the next beat.

        Args:
            beat: in time order.
            level: baseline of a pulse; the slope takes its place in an ECG.
        """
        other = beat.slope if level is None else level
        self._traces.append(_Trace(beat.sample, beat.height, other, not beat.missing))

    def estimate(self, now: int, *, irregular: bool = False) -> Respiration | None:
        """Return the breathing rate at sample `now`, `None` where it cannot be told.

        Args:
            now: number of the newest sample.
            irregular: leave the intervals out.
        """
        while self._traces and self._traces[0].sample <= now - WINDOW * self._rate:
            self._traces.popleft()
        kept = _likely([trace for trace in self._traces if trace.whole])
        if len(kept) < _FEWEST or (kept[-1].sample - kept[0].sample) < SHORTEST * self._rate:
            return None
        times = np.array([trace.sample for trace in kept]) / self._rate
        series = [
            (times, np.array([trace.height for trace in kept])),
            (times, np.array([trace.other for trace in kept])),
        ]
        if not irregular:
            series.append((times[1:], np.diff(times)))
        return fuse([_rhythm(at, values) for at, values in series])


def fuse(estimates: Sequence[tuple[float, float] | None]) -> Respiration | None:
    """Average estimates (breaths per minute, share of the power) of the same breath, or return `None` where they disagree."""
    known = [each for each in estimates if each is not None and each[1] >= OUTSTANDING]
    if len(known) < 2:
        return None
    rates = [rate for rate, _ in known]
    spread = max(rates) - min(rates)
    if spread > SPREAD:
        return None
    weight = sum(share for _, share in known)
    mean = sum(rate * share for rate, share in known) / weight
    return Respiration(mean, weight / len(known), spread)


def _likely(traces: list[_Trace]) -> list[_Trace]:
    """Leave out beats whose height is far from the usual one: ectopic beats and artefacts speak of no breath."""
    if not traces:
        return []
    heights = np.array([trace.height for trace in traces])
    usual = float(np.median(heights))
    near = np.abs(heights - usual) <= 0.5 * abs(usual)
    return [trace for trace, fits in zip(traces, near, strict=True) if fits]


def _rhythm(times: Samples, values: Samples) -> tuple[float, float] | None:
    """Return breaths per minute and the share of the power around them."""
    even = np.arange(times[0], times[-1], 1 / _GRID)
    curve = np.interp(even, times, values)
    trend = np.polynomial.Polynomial.fit(even, curve, 2)
    curve = (curve - trend(even)) * np.hanning(even.size)
    power = np.abs(np.fft.rfft(curve, _LENGTH)) ** 2
    frequency = np.fft.rfftfreq(_LENGTH, 1 / _GRID)
    # A rhythm faster than every second beat cannot be seen in beats.
    high = min(BAND[1], 0.5 / float(np.median(np.diff(times))))
    inside = np.flatnonzero((frequency >= BAND[0]) & (frequency <= high))
    total = float(power[(frequency >= BAND[0] / 2) & (frequency <= 1.0)].sum())
    if not inside.size or total <= 0:
        return None
    best = float(frequency[inside[np.argmax(power[inside])]])
    around = power[np.abs(frequency - best) <= _AROUND].sum()
    return 60 * best, float(around) / total
