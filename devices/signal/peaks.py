"""Beats of one ECG lead or one pulse wave: streaming, causal, R-peaks at most one second late.

The plan is that of Pan and Tompkins (1985), with what a fixed look-ahead of less than a second allows in addition:

1. band-pass 5 to 20 Hz (the band of wfdb's `xqrs`, sheet 10), slope, root of the mean square slope over 100 ms: a curve
   with one hump for each QRS complex, whatever its polarity, in the unit of the slope and so blind to gain;
2. every local maximum of that curve is a candidate, and is decided once `lag` seconds of what follows it is known;
3. it is a beat above an adaptive threshold between noise and the median of the last eight beats; below it, down to a lower
   threshold, if otherwise nothing would be a beat for 166 % of the usual interval (search-back);
4. none within 200 ms of another, and within 360 ms none of less than half the last beat's slope: that is a T wave;
5. the R-peak is where the band-passed signal is farthest from zero.

A pulse wave goes the same way with its own numbers: there the curve is the mean *rising* slope (after Zong's slope sum, 2003, from
memory), so that the steep front of the pulse counts and not the dicrotic wave, and the peak is the top that follows it.

After a long silence the threshold sinks, so that a loose electrode that is put on again with a tenth of the amplitude is
found again; it sinks late, so that a pause has been told before P waves could be taken for beats.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from devices.signal.filters import STRETCH, Fir, Hops, Marks, Ring, Samples, bandpass, checked_rate


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers of the detector; each is the literature's (Pan-Tompkins, from memory) or stands in the middle of a wide plateau.

    A few were chosen with the cases' records in view; `tests/benchmarks/signal.py --plateau` moves each of them and prints what
    that does.
    """

    rates: tuple[float, float] = (100.0, 1000.0)
    "Samples per second that the filters can be designed for."
    latency: float = 1.0
    "Seconds: a beat is told before this much signal after its peak has been fed."
    rising: bool = False
    "Whether only rising slopes count."
    step: float = 0.008
    "Seconds of half the difference that stands for the slope."
    before: float = 0.08
    "Seconds before the hump's top in which the peak is sought."
    after: float = 0.08
    "Seconds after it."
    shape: float = 0.1
    "Seconds on both sides of the peak that make a beat's shape."
    low: float = 5.0
    "Lower corner of the band in Hz."
    high: float = 20.0
    "Upper corner in Hz."
    response: float = 0.2
    "Length of the band-pass' impulse response in seconds."
    integration: float = 0.1
    "Seconds over which the slope is averaged: a narrow QRS complex."
    apart: float = 0.12
    "A candidate is the largest of this many seconds on both sides."
    refractory: float = 0.2
    "No second beat within this many seconds (Pan-Tompkins)."
    threshold: float = 0.35
    "Of the way from noise to signal."
    lower: float = 0.6
    "Of the threshold: enough where a beat is missing (Pan-Tompkins: a quarter of the power, half of the amplitude)."
    missing: float = 1.66
    "Of the usual interval: when a beat is missing (Pan-Tompkins)."
    t_wave: float = 0.36
    "Seconds after a beat in which a T wave is possible (Pan-Tompkins)."
    t_slope: float = 0.5
    "Of the last beat's slope: less is a T wave (Pan-Tompkins)."
    lag: float = 0.65
    "Seconds of the slope curve that are known after a candidate when it is decided."
    beats: int = 8
    "Beats and intervals of which the median is the usual one."
    silence: float = 4.0
    "Seconds without a beat after which the threshold begins to sink; a pause is told before (3 s)."
    halving: float = 1.0
    "Seconds in which it then halves."
    peaked: float = 3.0
    "For the first beat, and while the threshold sinks: a beat stands this many times above the median of the curve around it; noise does not."


QRS = Tuning()
"For an ECG in millivolts, counts or anything else."

PULSE = Tuning(
    rates=(25.0, 1000.0),
    latency=2.5,
    rising=True,
    step=0.02,
    before=0.0,
    after=0.3,
    shape=0.3,
    low=0.5,
    high=8.0,
    response=2.0,
    integration=0.12,
    apart=0.2,
    refractory=0.3,
    threshold=0.35,
    t_wave=0.45,
    lag=0.8,
    peaked=2.0,
)
"""For a pulse wave. Band: Elgendi 2013, 0.5 to 8 Hz (sheet 10, from memory). A dicrotic wave rises less than half as steeply as the
pulse and comes within 0.45 s."""

HOP = 0.1
"Seconds of one step of the computation."

_USUAL = 0.8
"Seconds between two beats that are usual before any was measured (75/min, as `xqrs` begins)."

_LONGEST = 2.0
"Seconds: a longer interval is a pause or a gap and says nothing about the usual one."

_EARLIEST = 0.4
"Of the usual interval: nothing is sought earlier, where the T wave is."

_NOISE_SHARE = 0.125
"Of a new noise peak in the noise level (Pan-Tompkins)."

_AROUND_SUNK = 1.0
"Seconds before a candidate, with the look-ahead, of which the median tells noise from peaks."


_ROUNDING = 1e-9
"Of the range of values seen: a lesser slope is rounding, not signal."


@dataclass(frozen=True, slots=True)
class Beat:
    """One heart beat."""

    sample: int
    "Number of the R-peak's sample since the stream began."
    height: float
    "Value of the band-passed signal there, signed, in the input's unit."
    slope: float
    "Root of the mean square slope of its complex, in the input's unit per sample step of 8 ms."
    shape: Samples
    "Band-passed signal on both sides of the peak, mean 0 and length 1, so that a product of two is their correlation."
    missing: bool
    "Whether samples of it were missing."


@dataclass(frozen=True, slots=True)
class Step:
    """What one hop of the signal brought."""

    beats: tuple[Beat, ...]
    "Beats that became certain."
    decided: int
    "Number of the sample before which every beat has been told."
    samples: Samples
    "The hop itself, less the stream's first value, the missing held."
    activity: float
    "Mean of the slope curve over it: high in complexes and in noise."
    missing: int
    "Samples of it that were missing."
    railed: int
    "Samples of it at the highest or lowest value ever seen."


class PeakDetector:
    """Finds beats in a stream of samples of any unit and offset."""

    def __init__(self, rate: float, tuning: Tuning = QRS) -> None:
        """Design the filters.

        Raises:
            DecodeError: the rate is outside of `tuning.rates`.
        """
        self._rate = checked_rate(rate, *tuning.rates)
        self._tuning = tuning
        taps = bandpass(rate, tuning.low, tuning.high, tuning.response)
        step = max(1, round(tuning.step * rate))
        difference = np.zeros(2 * step + 1)
        difference[0], difference[-1] = 1.0, -1.0
        integration = round(tuning.integration * rate) | 1
        self._hops = Hops(max(1, int(HOP * rate)))
        memory = round((2 * tuning.latency + 1) * rate) + STRETCH * self._hops.size
        self._band, self._slope = Fir(taps), Fir(np.convolve(taps, difference))
        self._mean = Fir(np.full(integration, 1 / integration))
        self._reach = max(2, self._count(tuning.apart))
        self._missing = Ring(memory)
        self._filtered = Ring(memory, self._band.delay)
        self._curve = Ring(memory, self._slope.delay + self._mean.delay)
        self._candidates: deque[tuple[int, float]] = deque()
        self._level = _Level(rate, tuning)
        self._lag = self._count(tuning.lag)
        self._low = self._high = 0.0

    def feed(self, samples: Samples) -> list[Beat]:
        """Take samples in time order (NaN where one is missing) and return the beats that are certain by now."""
        return [beat for step in self.steps(samples) for beat in step.beats]

    def steps(self, samples: Samples) -> Iterator[Step]:
        """Do the same step by step, with what is worth knowing of each beside its beats."""
        for stretch, missing in self._hops.feed(samples):
            yield from self._stretch(stretch, missing)

    def finish(self) -> list[Beat]:
        """End the stream: return the last beats, as if its last value went on."""
        total = self._hops.taken
        held = np.full(self._hops.size * math.ceil(2 * self._tuning.latency / HOP), np.nan)
        end = [*self._hops.finish(), *self._hops.feed(held)]
        steps = [step for stretch, missing in end for step in self._stretch(stretch, missing)]
        return [beat for step in steps for beat in step.beats if beat.sample < total]

    def _stretch(self, stretch: Samples, missing: Marks) -> Iterator[Step]:
        """Filter several hops at once, then decide hop by hop, so that a verdict never depends on how many there were."""
        self._missing.push(missing.astype(np.float64))
        self._filtered.push(self._band.feed(stretch))
        slope = self._slope.feed(stretch)
        if self._tuning.rising:
            curve = np.maximum(self._mean.feed(np.maximum(slope, 0.0)), 0.0)
        else:
            curve = np.sqrt(np.maximum(self._mean.feed(slope * slope), 0.0))
        self._curve.push(curve)
        self._candidates.extend(self._maxima(stretch.size))
        size = self._hops.size
        hops = stretch.reshape(-1, size)
        lows, highs = hops.min(axis=1).tolist(), hops.max(axis=1).tolist()
        activities = (np.add.reduce(curve.reshape(-1, size), axis=1) / size).tolist()
        lost = np.add.reduce(missing.reshape(-1, size), axis=1).tolist()
        for place, hop in enumerate(hops):
            low, high = min(lows[place], self._low), max(highs[place], self._high)
            self._low, self._high = low, high
            railed = 0
            if lows[place] == low or highs[place] == high:
                railed = int(np.count_nonzero((hop == low) | (hop == high)))
            known = self._curve.end - stretch.size + (place + 1) * size
            decided = max(0, known - self._lag)
            beats = tuple(self._beats(decided, known))
            yield Step(beats, decided, hop, activities[place], lost[place], railed)

    def _beats(self, decided: int, known: int) -> Iterator[Beat]:
        least = _ROUNDING * (self._high - self._low)
        while self._candidates and self._candidates[0][0] < decided:
            place, height = self._candidates.popleft()
            if height > least and self._level.beat(place, height, self._curve, known):
                yield self._beat(place, height)

    def _maxima(self, count: int) -> Iterator[tuple[int, float]]:
        """Find the newest `count` samples' local maxima, as far as both their sides are known."""
        reach = self._reach
        stop = self._curve.end - reach
        around = self._curve.get(stop - count - reach, self._curve.end)
        here = around[reach:-reach]
        # First the tops of any kind, which is cheap, then the few that are the largest far and wide. On a plateau the first one counts.
        tops = (here > around[reach - 1 : -reach - 1]) & (here >= around[reach + 1 : here.size + reach + 1])
        for place in tops.nonzero()[0].tolist():
            height = float(here[place])
            if (
                stop - count + place >= 0
                and around[place : place + reach].max() < height
                and around[place + reach : place + 2 * reach + 1].max() <= height
            ):
                yield stop - count + place, height

    def _beat(self, place: int, height: float) -> Beat:
        start = max(place - self._count(self._tuning.before), 0)
        near = self._filtered.get(start, place + self._count(self._tuning.after) + 1)
        peak = start + int(np.argmax(near if self._tuning.rising else np.abs(near)))
        half = self._count(self._tuning.shape)
        shape = np.zeros(2 * half + 1)
        seen = self._filtered.get(peak - half, peak + half + 1)
        shape[: seen.size] = seen - np.add.reduce(seen) / seen.size
        length = float(np.sqrt(shape @ shape))
        missing = bool(self._missing.get(peak - half, peak + half + 1).any())
        shape /= length or 1.0
        return Beat(peak, float(self._filtered.get(peak, peak + 1)[0]), height, shape, missing)

    def _count(self, seconds: float) -> int:
        return int(seconds * self._rate)


class _Level:
    """What is usual by now, and what counts as a beat by it."""

    def __init__(self, rate: float, tuning: Tuning) -> None:
        self._rate, self._tuning = rate, tuning
        self._heights: deque[float] = deque(maxlen=tuning.beats)
        self._intervals: deque[float] = deque(maxlen=tuning.beats)
        self._noise = 0.0
        self._last: int | None = None
        self._height = 0.0
        self._signal: float | None = None
        self._usual = _USUAL * rate

    def beat(self, place: int, height: float, curve: Ring, known: int) -> bool:
        """Decide a candidate, in time order, by what is before sample `known`, about `lag` seconds beyond it."""
        if self._signal is None:
            self._signal = float(curve.get(0, known).max())
            self._height = self._signal
        tuning, rate = self._tuning, self._rate
        since = math.inf if self._last is None else (place - self._last) / rate
        if since <= tuning.refractory:
            return False
        signal = self._signal * self._sunk(place)
        # Nothing to compare with yet, or what there was is long ago: then it must at least be no noise.
        unsure = self._last is None or signal < self._signal
        threshold = self._noise + tuning.threshold * max(signal - self._noise, 0.0)
        ahead = curve.get(place + 1, known)
        yes = (
            not (since < tuning.t_wave and height < tuning.t_slope * self._height)
            and float(ahead[: int(tuning.refractory * rate)].max()) <= height
            and (height >= threshold or self._sought(since, height, threshold, ahead))
            and (not unsure or self._stands_out(height, curve.get(place - int(_AROUND_SUNK * rate), known)))
        )
        if yes:
            if signal < self._signal:
                # Found by a sunken threshold: the amplitudes of before the silence say nothing any more.
                self._heights.clear()
            self._accept(place, height)
        else:
            self._noise += _NOISE_SHARE * (min(height, signal) - self._noise)
        return yes

    def _sought(self, since: float, height: float, threshold: float, ahead: Samples) -> bool:
        """Tell whether a beat would be missing if this were none, and nothing better is there."""
        tuning, rate = self._tuning, self._rate
        if height < tuning.lower * threshold or since < _EARLIEST * self._usual / rate:
            return False
        above = np.flatnonzero(ahead[int(tuning.refractory * rate) :] >= height)
        until = ahead.size
        if above.size:
            until = int(above[0]) + int(tuning.refractory * rate)
            if float(ahead[until : until + int(tuning.apart * rate)].max()) < threshold:
                return False
        return since * rate + until > tuning.missing * self._usual

    def _sunk(self, place: int) -> float:
        """Return the share of the signal's level that is still expected after a long silence."""
        silent = (place - (self._last or 0)) / self._rate - self._tuning.silence
        return 1.0 if silent <= 0 else float(0.5 ** (silent / self._tuning.halving))

    def _stands_out(self, height: float, around: Samples) -> bool:
        return height > self._tuning.peaked * float(np.median(around))

    def _accept(self, place: int, height: float) -> None:
        if self._last is not None:
            self._intervals.append(min(place - self._last, _LONGEST * self._rate))
            self._usual = median(self._intervals)
        self._last, self._height = place, height
        self._heights.append(height)
        self._signal = median(self._heights)
