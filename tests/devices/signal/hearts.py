"""Made-up hearts and pulses whose beats are known exactly. Gaussian waves after McSharry 2003, amplitudes from memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from devices.signal.filters import Samples

WAVES = (
    (-0.17, 0.025, 0.12),
    (-0.026, 0.010, -0.12),
    (0.0, 0.011, 1.1),
    (0.028, 0.010, -0.22),
    (0.27, 0.05, 0.3),
)
"P, Q, R, S, T: seconds from the R-peak, standard deviation in seconds, mV."

WIDE = ((-0.01, 0.04, 1.6), (0.06, 0.04, -0.5), (0.3, 0.07, -0.45))
"A ventricular beat: no P wave, a wide complex, an opposite T wave."


def regular(seconds: float, interval: float) -> Samples:
    return np.arange(0.6, seconds - 0.6, interval)


def ecg(
    times: Samples,
    seconds: float,
    rate: float,
    *,
    noise: float = 0.0,
    wide: Collection[int] = (),
    p_waves: bool = True,
) -> Samples:
    """Return mV with an R-peak at every one of `times`; `noise` is white, its standard deviation in mV, seeded."""
    time = np.arange(round(seconds * rate)) / rate
    signal = np.random.default_rng(7).normal(0.0, noise, time.size) if noise else np.zeros(time.size)
    for number, beat in enumerate(times):
        waves = WIDE if number in wide else WAVES[0 if p_waves else 1 :]
        near = slice(*np.searchsorted(time, (beat - 0.4, beat + 0.7)))
        # All but the QRS complex draws together when the heart is fast.
        pace = _pace(times, number)
        for place, spread, height in waves:
            offset, width = (place, spread) if abs(place) < 0.1 else (place * pace, spread * pace)
            signal[near] += height * np.exp(-0.5 * ((time[near] - beat - offset) / width) ** 2)
    return signal


def pleth(
    times: Sequence[float] | Samples,
    seconds: float,
    rate: float,
    *,
    heights: Sequence[float] | Samples | None = None,
    noise: float = 0.0,
) -> Samples:
    """Return a pulse wave with a foot at every one of `times`: fast up, slow down, dicrotic wave; seeded noise."""
    time = np.arange(round(seconds * rate)) / rate
    signal = np.random.default_rng(8).normal(0.0, noise, time.size) if noise else np.zeros(time.size)
    for number, beat in enumerate(times):
        height, pace = 1.0 if heights is None else heights[number], _pace(times, number)
        for place, spread, share in ((0.18, 0.07, 1.0), (0.42, 0.10, 0.35)):
            offset, width = place * pace, spread * pace
            signal += height * share * np.exp(-0.5 * ((time - beat - offset) / width) ** 2)
    return signal


def _pace(times: Sequence[float] | Samples, number: int) -> float:
    """Return by how much a beat is shorter than one of a heart at 75/min: the square root of its interval (Bazett)."""
    interval = times[number] - times[number - 1] if number else times[1] - times[0]
    return float(min(1.0, np.sqrt(interval / 0.8)))


def found(times: Sequence[float] | Samples, peaks: Sequence[float], tolerance: float = 0.1) -> float:
    """Return the share of `times` that has a peak within the tolerance."""
    at = np.array(peaks) if len(peaks) else np.array([np.inf])
    return float(np.mean([np.abs(at - time).min() <= tolerance for time in times]))
