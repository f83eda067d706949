"""How far the beats of the last ten seconds can be trusted, from 0 to 1; below `GOOD` whatever follows from them is withheld.

Three doubts; the first two together, or the third, whichever is worse:

- *clear*: the slope of a beat over that between beats. Noise gives 2 to 3, a readable lead 5 and more.
- *alike*: correlation of beats with the average one; Orphanidou 2015 asks for 0.66 in an ECG and 0.86 in a pulse wave (sheet 10, from
  memory). In an ECG each beat is held against the third of those that it is most like instead, so that two kinds of beats in turn are no
  doubt; of pulses there is one kind.
- *whole*: samples missing, constant for a second (lead off) or clipped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from devices.signal.filters import Samples
from devices.signal.peaks import Beat, Step

GOOD = 0.5
"Least quality at which anything is said about rate, rhythm or breathing."

WINDOW = 10.0
"Seconds that are judged (sheet 10: good for ten seconds before anything is said)."

FEWEST = 3
"Beats without which ten seconds say nothing: 18/min."

_OTHERS = 3
"Beats of the same kind that ten seconds should hold."

_RAILED = (0.3, 4)
"Share of a hop, and samples, at the highest or lowest value ever seen that make it clipped; a clean wave touches them for an instant."

_FLAT = 1.0
"Seconds of one constant value after which a lead is off."


@dataclass(frozen=True, slots=True)
class Demands:
    """From what to what each measure goes from 0 to 1."""

    clear: tuple[float, float]
    alike: tuple[float, float]
    kinds: bool
    "Whether beats of several kinds are no doubt."
    between: float
    "Share of the tenths of a second that are surely between beats."


ECG = Demands((2.0, 5.0), (0.6, 0.9), kinds=True, between=0.3)
"""Steady noise of any colour has a clearness below 2.5, in bursts below 4 and then a likeness below 0.85; a readable lead has more than 5, and
at 200/min, where hardly anything is between two beats, 4.5."""

PULSE = Demands((2.5, 5.5), (0.72, 1.0), kinds=False, between=0.4)
"Likeness 0.86 is in the middle; noise without rhythm has a clearness of about 3, a fast clean pulse 6."


class Judge:
    """Keeps the last ten seconds and judges them."""

    def __init__(self, rate: float, demands: Demands) -> None:
        self._rate, self._demands = rate, demands
        self._beats: deque[Beat] = deque()
        self._activity: deque[tuple[int, float, float]] = deque()
        self._constant = 0.0
        self._value: float | None = None
        self._end = 0

    def take(self, step: Step) -> bool:
        """Remember one step; tell whether any of it was missing, constant for long or clipped."""
        size = step.samples.size
        self._end += size
        railed = step.railed >= max(_RAILED[0] * size, _RAILED[1])
        spoilt = step.missing / size + self._off(step.samples) + railed
        self._activity.append((self._end, step.activity, min(1.0, spoilt)))
        self._beats.extend(step.beats)
        while self._activity[0][0] <= self._end - WINDOW * self._rate:
            self._activity.popleft()
        while self._beats and self._beats[0].sample <= step.decided - WINDOW * self._rate:
            self._beats.popleft()
        return spoilt > 0

    @property
    def whole(self) -> float:
        """Share of the last ten seconds that was really measured; those before the stream began were not."""
        spoilt = sum(each[2] for each in self._activity) / len(self._activity) if self._activity else 1.0
        return (1.0 - spoilt) * min(1.0, self._end / (WINDOW * self._rate))

    def quality(self) -> float:
        """Return 0 to 1."""
        beats = [beat for beat in self._beats if not beat.missing]
        if len(beats) < FEWEST:
            return 0.0
        clear = self._share(self._clearness(beats), self._demands.clear)
        alike = self._share(self._alike(beats), self._demands.alike)
        # Ten seconds of which one is gone are still good; half of them are not.
        return min(clear * alike, self._share(self.whole, (0.5, 1.0)))

    def _alike(self, beats: Sequence[Beat]) -> float:
        if self._demands.kinds:
            alike = np.sort(likeness(beats), axis=1)
            return float(median(alike[:, -min(_OTHERS, len(beats) - 1)].tolist()))
        shapes = np.array([beat.shape for beat in beats])
        average = shapes.mean(axis=0)
        length = float(np.sqrt(average @ average))
        return float(median((shapes @ average / length).tolist())) if length > 0 else 0.0

    def _clearness(self, beats: Sequence[Beat]) -> float:
        between = sorted(each[1] for each in self._activity)[int(self._demands.between * len(self._activity))]
        slope = median(beat.slope for beat in beats)
        return slope / between if between > 0 else float("inf")

    def _off(self, samples: Samples) -> bool:
        constant = float(samples.min()) == float(samples.max()) == (self._value or float(samples[0]))
        self._value = float(samples[-1])
        self._constant = self._constant + samples.size / self._rate if constant else 0.0
        return self._constant >= _FLAT

    @staticmethod
    def _share(value: float, ends: tuple[float, float]) -> float:
        return float(np.clip((value - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0))


def likeness(beats: Sequence[Beat]) -> Samples:
    """Return every beat's correlation with every other one; with itself it is -1, so that it never finds itself."""
    shapes = np.array([beat.shape for beat in beats])
    table = shapes @ shapes.T
    np.fill_diagonal(table, -1.0)
    return np.asarray(table, dtype=np.float64)
