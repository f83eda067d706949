"""Beats and the pleth curve they make: a heart that keeps time with the patient's vital signs.

Deterministic: the same seed stepped through the same times makes the same beats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from devices.simulators.physiology import Vitals

MIDDLE = 128
"Pleth value between two pulses; the curve is 0 to 255."

_TABLE_SIZE = 256


def _pulse_shape() -> list[float]:
    """Return one pulse from 0 to 1: a fast rise, a slower fall, a notch and the reflected wave."""
    phase = np.linspace(0, 1, _TABLE_SIZE, endpoint=False)
    main = np.exp(-(((phase - 0.22) / 0.11) ** 2))
    reflected = 0.45 * np.exp(-(((phase - 0.5) / 0.13) ** 2))
    shape = main + reflected
    shape -= shape[0] + (shape[-1] - shape[0]) * phase
    return [float(value) for value in shape / shape.max()]


_SHAPE = _pulse_shape()


@dataclass(slots=True)
class Heart:
    """Steps from beat to beat and draws the pulse at the finger."""

    seed: int
    _random: np.random.Generator = field(init=False)
    _start: float | None = None
    _interval: float = 1.0
    _beats: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng([self.seed, 1])

    def beats(self) -> list[float]:
        """Return the intervals between the beats since the last call, seconds, oldest first."""
        done, self._beats = self._beats, []
        return done

    def pleth(self, time: float, count: int, rate: float, vitals: Vitals) -> list[int]:
        """Return the next samples of the curve, 0 to 255.

        Args:
            time: of the first sample, seconds; a jump starts a new beat.
            count: samples wanted.
            rate: samples per second.
            vitals: in force for all of them.
        """
        if self._start is None or not 0 <= time - self._start < 10:
            self._start, self._interval = time, 60 / vitals.heart_rate
        amplitude = 25 + 14 * min(6.0, vitals.perfusion)
        noise = self._random.normal(0, 45, count) if vitals.motion else self._random.normal(0, 0.7, count)
        samples = []
        for index in range(count):
            now = time + index / rate
            self._advance(now, vitals)
            phase = (now - self._start) / self._interval
            breath = math.sin(math.tau * now * vitals.respiration_rate / 60)
            value = (
                60 + 6 * breath + amplitude * _SHAPE[int(phase * _TABLE_SIZE) % _TABLE_SIZE] + noise[index]
            )
            samples.append(MIDDLE if vitals.probe_off else min(255, max(0, round(value))))
        return samples

    def step(self, time: float, vitals: Vitals) -> None:
        """Let the heart beat until `time` without drawing it."""
        if self._start is None or not 0 <= time - self._start < 10:
            self._start, self._interval = time, 60 / vitals.heart_rate
        self._advance(time, vitals)

    def _advance(self, now: float, vitals: Vitals) -> None:
        start = self._start if self._start is not None else now
        while now - start >= self._interval:
            start += self._interval
            self._beats.append(self._interval)
            # The heart's own limits: no beat follows in less than 0.25 s, and none comes later than 2.5 s.
            spread = float(self._random.normal(1.0, vitals.irregularity))
            self._interval = min(2.5, max(0.25, 60 / vitals.heart_rate * spread))
        self._start = start
        # Beats that nobody asks for must not pile up.
        del self._beats[:-64]
