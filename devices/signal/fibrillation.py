"""Probability of atrial fibrillation from the intervals between beats of about a minute.

Three published measures of "irregularly irregular". No program fitted them; the middle and the width of two scales were chosen
after seeing where the windows of the cases lie:

- CoSEn (Lake and Moorman 2011, from memory): entropy of pairs of intervals within 30 ms or more, corrected for the rate;
- AF evidence of the Lorenz plot (Sarkar 2008, from memory, simplified): how many different cells of 25 ms the changes of
  successive intervals visit, less those that stay where nothing changes;
- share of intervals that are refused: an ectopic beat's are. A beat is ectopic when it does not look like most beats
  (correlation below 0.8), so that frequent ventricular beats are not taken for fibrillation. Where hardly an interval is left, all are
  used: then two kinds of beats alternate, which both measures see as order.

The middle of each scale stands where published rhythms part: it is no cut-off of a certified device, and the probability is
a rank, not a frequency. Atrial flutter with changing conduction is as irregular as fibrillation: by intervals nobody can part them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from devices.signal.filters import Marks, Samples
from devices.signal.peaks import Beat
from devices.signal.quality import likeness

WINDOW = 60.0
"Seconds of rhythm that are judged."

SHORTEST = 30.0
"Seconds below which nothing is said (ESC: an episode lasts 30 s at least; from memory)."

FEWEST = 20
"Intervals below which nothing is said; CoSEn was published for 12 and more."

ALIKE = 0.8
"Least correlation of a usual beat with the most typical one."

ECTOPIC = 0.3
"Share of unusual beats above which the probability is given, but nobody is told of an episode."

_ENTROPY = (-1.0, 0.2)
"Middle and scale of CoSEn: sinus rhythm about -2, fibrillation about -0.3; Lake's cut-off for 12 beats -1.4."

_EVIDENCE = (0.6, 0.15)
"Middle and scale of the share of new cells: sinus rhythm below 0.3, fibrillation 0.8 and more."

_FEWEST_PAIRS = 12
"Pairs of neighbouring usual intervals below which ectopic beats are not left out."

_MATCHES = 5
"Pairs that must be alike before an entropy can be told: the tolerance grows until there are so many."

_TOLERANCE = (0.030, 0.200)
"Seconds: least and most."

_CELL = 0.025
"Seconds: side of a cell of the Lorenz plot."


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the beats of a window say."""

    probability: float
    "0 to 1 that this is atrial fibrillation."
    entropy: float
    evidence: float
    ectopic: float
    "Share of beats that look unlike the others."


def judge(beats: Sequence[Beat], rate: float) -> Rhythm | None:
    """Judge the beats of one window, or return `None` where there are too few.

    Args:
        beats: in time order, at most about a minute of them.
        rate: samples per second.
    """
    if len(beats) <= FEWEST or (beats[-1].sample - beats[0].sample) < SHORTEST * rate:
        return None
    intervals = np.diff([beat.sample for beat in beats]) / rate
    whole = ~np.array([beat.missing for beat in beats])
    usual = _usual(beats) & whole
    fit = usual[1:] & usual[:-1]
    if np.count_nonzero(fit[1:] & fit[:-1]) < _FEWEST_PAIRS:
        fit = whole[1:] & whole[:-1]
    if np.count_nonzero(fit[1:] & fit[:-1]) < _FEWEST_PAIRS:
        return None
    entropy, evidence = _cosen(intervals, fit), _lorenz(intervals, fit)
    score = (entropy - _ENTROPY[0]) / _ENTROPY[1] + (evidence - _EVIDENCE[0]) / _EVIDENCE[1]
    return Rhythm(float(1 / (1 + np.exp(-score))), entropy, evidence, float(1 - usual.mean()))


def _usual(beats: Sequence[Beat]) -> Marks:
    """Tell which beats look like the one that most look like."""
    table = likeness(beats)
    np.fill_diagonal(table, 1.0)
    typical = int(np.argmax(np.median(table, axis=1)))
    return np.asarray(table[typical] >= ALIKE)


def _cosen(intervals: Samples, fit: Marks) -> float:
    pairs = np.flatnonzero(fit[:-1] & fit[1:])
    upper = np.triu_indices(pairs.size, 1)
    first = np.abs(intervals[pairs][:, None] - intervals[pairs][None, :])[upper]
    both = np.maximum(first, np.abs(intervals[pairs + 1][:, None] - intervals[pairs + 1][None, :])[upper])
    # As small a tolerance as lets `_MATCHES` pairs be alike: the value that so many of the sorted distances stay below.
    needed = float(np.partition(both, _MATCHES - 1)[_MATCHES - 1])
    tolerance = min(max(_TOLERANCE[0], needed), _TOLERANCE[1])
    matches = max(1, int(np.count_nonzero(both <= tolerance)))
    of = max(1, int(np.count_nonzero(first <= tolerance)))
    mean = float(intervals[fit].mean())
    return math.log(of / matches) + math.log(2 * tolerance) - math.log(mean)


def _lorenz(intervals: Samples, fit: Marks) -> float:
    change = np.diff(intervals)
    known = fit[1:] & fit[:-1]
    pairs = known[1:] & known[:-1]
    if not pairs.any():
        return 0.0
    cells = np.clip(np.round(np.stack((change[:-1], change[1:]), 1)[pairs] / _CELL), -24, 24).astype(int)
    away = np.abs(cells).max(axis=1) > 1
    visited = len({(int(x), int(y)) for x, y in cells[away]})
    still = int(np.count_nonzero(~away))
    return (visited - still) / int(away.size)
