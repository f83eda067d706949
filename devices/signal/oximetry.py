"""Oxygen saturation from red and infra-red light (MAX30102): the ratio of ratios.

ratio = (red pulse / red level) / (infra-red pulse / infra-red level), where the pulses' relation is the slope of one on the other in the
band of the pulse, so that what is in one of them alone counts little.

The curve from ratio to saturation is the one that Maxim publishes for this family of sensors (from memory). It belongs to their
own optics on a finger: our node was never calibrated on people, and whoever shows these values must say so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from devices.signal.filters import Fir, Hops, Marks, Ring, Samples, bandpass, checked_rate
from devices.signal.peaks import HOP, PULSE

CURVE = (-45.060, 30.354, 94.845)
"Saturation in % = a * ratio**2 + b * ratio + c (Maxim, MAX3010x; from memory)."

RATIOS = (0.34, 1.12)
"""Where the curve is used: below its top (100 %) it would fall again, above it says less than 72 %, where no such curve is held to be
true (from memory: pulse oximeters are specified from 70 %)."""

WINDOW = 4.0
"Seconds of which one value is made."

TOGETHER = 0.9
"Least correlation of both pulses: movement and ambient light are not in both alike."

PERFUSION = 0.2
"Least pulse, in % of the level of infra-red light, that says something (from memory)."

_SMOOTHED = 5
"Seconds' values of which the median is told."

_PULSE = (0.5, 5.0)
"Hz."


@dataclass(frozen=True, slots=True)
class Oxygen:
    """What one second says; `None` is withheld."""

    sample: int
    saturation: float | None
    "In %, not calibrated."
    perfusion: float
    "Height of the infra-red pulse in % of the level."
    together: float
    "Correlation of both pulses."


class Oximeter:
    """Follows both lights of one sensor."""

    def __init__(self, rate: float) -> None:
        """Begin a stream.

        Raises:
            DecodeError: there are no filters for the rate.
        """
        self._rate = checked_rate(rate, *PULSE.rates)
        size = max(1, int(HOP * rate))
        window = max(size, round(WINDOW * rate))
        self._hops = (Hops(size), Hops(size))
        taps = bandpass(rate, *_PULSE, PULSE.response)
        self._filters = (Fir(taps), Fir(taps))
        self._pulses = (Ring(window), Ring(window))
        self._levels = (Ring(window), Ring(window))
        self._spoilt = Ring(window + 2 * self._filters[0].delay)
        self._ratios: deque[float] = deque(maxlen=_SMOOTHED)
        self._next = window + 2 * self._filters[0].delay

    def feed(self, red: Samples, infrared: Samples) -> list[Oxygen]:
        """Take as many samples of both lights (counts; NaN where one is missing), return one value for every second."""
        out: list[Oxygen] = []
        size = self._hops[0].size
        for (first, a), (second, b) in zip(
            self._hops[0].feed(red), self._hops[1].feed(infrared), strict=True
        ):
            for hop in (slice(start, start + size) for start in range(0, first.size, size)):
                out += self._hop((first[hop], second[hop]), (a | b)[hop])
        return out

    def _hop(self, lights: tuple[Samples, Samples], missing: Marks) -> Iterator[Oxygen]:
        self._spoilt.push(missing.astype(np.float64))
        for light, hops, fir, pulses, levels in zip(
            lights, self._hops, self._filters, self._pulses, self._levels, strict=True
        ):
            pulses.push(fir.feed(light))
            levels.push(light + hops.origin)
        if self._spoilt.end >= self._next:
            self._next += round(self._rate)
            yield self._second()

    def _second(self) -> Oxygen:
        end = self._spoilt.end
        red, infrared = (pulses.get(0, end) for pulses in self._pulses)
        red_level, level = (float(np.mean(levels.get(0, end))) for levels in self._levels)
        lengths = float(np.sqrt((red @ red) * (infrared @ infrared)))
        together = float(red @ infrared) / lengths if lengths > 0 else 0.0
        perfusion = 100 * float(np.ptp(infrared)) / level if level > 0 else 0.0
        spoilt = bool(self._spoilt.get(0, end).any())
        if spoilt or red_level <= 0 or together < TOGETHER or perfusion < PERFUSION:
            self._ratios.clear()
            return Oxygen(end, None, perfusion, together)
        slope = float(red @ infrared) / float(infrared @ infrared)
        self._ratios.append(slope * level / red_level)
        return Oxygen(end, saturation(float(np.median(self._ratios))), perfusion, together)


def saturation(ratio: float) -> float | None:
    """Return the saturation in % for a ratio of ratios, `None` where the curve says nothing."""
    if ratio > RATIOS[1] or ratio <= 0:
        return None
    a, b, c = CURVE
    kept = max(ratio, RATIOS[0])
    return min(100.0, a * kept * kept + b * kept + c)
