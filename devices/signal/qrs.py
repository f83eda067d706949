"""R-peaks of one ECG lead: streaming, causal, at most one second late.

The plan is that of Pan and Tompkins (1985), with what a fixed look-ahead of less than a second allows in addition:

1. band-pass 5 to 20 Hz (the band of wfdb's `xqrs`, sheet 10), slope, root of the mean square slope over 100 ms: a curve
   with one hump for each QRS complex, whatever its polarity, in the unit of the slope and so blind to gain;
2. every local maximum of that curve is a candidate, and is decided once `LAG` of what follows it is known;
3. it is a beat above an adaptive threshold between noise and the median of the last eight beats; below it, down to a lower
   threshold, if otherwise nothing would be a beat for 166 % of the usual interval (search-back);
4. none within 200 ms of another, and within 360 ms none of less than half the last beat's slope: that is a T wave;
5. the R-peak is where the band-passed signal is farthest from zero.

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
from numpy.lib.stride_tricks import sliding_window_view

from devices.signal.filters import Fir, Hops, Marks, Ring, Samples, bandpass, checked_rate

RATES = (100.0, 1000.0)
"Samples per second that the filters can be designed for."

LATENCY = 1.0
"Seconds: a beat is told before this much signal after its R-peak has been fed (block of one hop or less)."


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers of the detector; each is the literature's (Pan-Tompkins, from memory) or stands in the middle of a wide plateau.

    They were not fitted to records: `tests/benchmarks/signal.py --plateau` moves each of them and prints what that does.
    """

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


DEFAULT = Tuning()

HOP = 0.1
"Seconds of one step of the computation."

_AROUND = 0.08
"Seconds on both sides of the hump's top in which the R-peak is sought."

_SHAPE = 0.1
"Seconds on both sides of the R-peak that make a beat's shape."

_STEP = 0.008
"Seconds of half the difference that stands for the slope."

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

_MEMORY = 3.0
"Seconds of filtered signal that are kept."

_ROUNDING = 1e-9
"Of the largest value seen: a lesser slope is rounding, not signal."


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
    "Band-passed signal from 100 ms before to 100 ms after the R-peak."
    missing: bool
    "Whether samples of it were missing."


class QrsDetector:
    """Finds R-peaks in a stream of samples of any unit and offset."""

    def __init__(self, rate: float, tuning: Tuning = DEFAULT) -> None:
        """Design the filters.

        Raises:
            DecodeError: the rate is outside of `RATES`.
        """
        self._rate = checked_rate(rate, *RATES)
        self._tuning = tuning
        taps = bandpass(rate, tuning.low, tuning.high, tuning.response)
        step = max(1, round(_STEP * rate))
        difference = np.zeros(2 * step + 1)
        difference[0], difference[-1] = 1.0, -1.0
        integration = round(tuning.integration * rate) | 1
        memory = round(_MEMORY * rate)
        self._hops = Hops(max(1, int(HOP * rate)))
        self._band, self._slope = Fir(taps), Fir(np.convolve(taps, difference))
        self._mean = Fir(np.full(integration, 1 / integration))
        self._missing = Ring(memory)
        self._filtered = Ring(memory, self._band.delay)
        self._curve = Ring(memory, self._slope.delay + self._mean.delay)
        self._candidates: deque[tuple[int, float]] = deque()
        self._level = _Level(rate, tuning)
        self._largest = 0.0

    @property
    def fed(self) -> int:
        """Samples that were looked at, in whole hops."""
        return self._missing.end

    @property
    def decided(self) -> int:
        """Number of the sample before which every beat has been told."""
        return max(0, self._curve.end - self._count(self._tuning.lag))

    def feed(self, samples: Samples) -> list[Beat]:
        """Take samples in time order (NaN where one is missing) and return the beats that are certain by now."""
        return [beat for hop, missing in self._hops.feed(samples) for beat in self._hop(hop, missing)]

    def finish(self) -> list[Beat]:
        """End the stream: return the last beats, as if its last value went on."""
        total = self._hops.taken
        end = [*self._hops.finish(), *self._hops.feed(np.full(self._hops.size * math.ceil(2 / HOP), np.nan))]
        beats = [beat for hop, missing in end for beat in self._hop(hop, missing)]
        return [beat for beat in beats if beat.sample < total]

    def _hop(self, hop: Samples, missing: Marks) -> Iterator[Beat]:
        self._largest = max(self._largest, float(np.abs(hop).max()))
        self._missing.push(missing.astype(np.float64))
        self._filtered.push(self._band.feed(hop))
        slope = self._slope.feed(hop)
        self._curve.push(np.sqrt(np.maximum(self._mean.feed(slope * slope), 0.0)))
        self._candidates.extend(self._maxima(hop.size))
        while self._candidates and self._candidates[0][0] < self.decided:
            place, height = self._candidates.popleft()
            if self._level.beat(place, height, self._curve):
                yield self._beat(place, height)

    def _maxima(self, count: int) -> Iterator[tuple[int, float]]:
        """Find the newest `count` samples' local maxima, as far as both their sides are known."""
        reach = self._count(self._tuning.apart)
        stop = self._curve.end - reach
        around = self._curve.get(stop - count - reach, self._curve.end)
        top = sliding_window_view(around, 2 * reach + 1).max(axis=1)
        here = around[reach:-reach]
        for place in np.flatnonzero((here >= top) & (here > _ROUNDING * self._largest)).tolist():
            # On a plateau the first one counts.
            if stop - count + place >= 0 and around[place : place + reach].max() < here[place]:
                yield stop - count + place, float(here[place])

    def _beat(self, place: int, height: float) -> Beat:
        reach = self._count(_AROUND)
        start = max(place - reach, 0)
        near = self._filtered.get(start, place + reach + 1)
        peak = start + int(np.argmax(np.abs(near)))
        half = self._count(_SHAPE)
        shape = self._filtered.get(peak - half, peak + half + 1)
        missing = bool(self._missing.get(peak - half, peak + half + 1).any())
        return Beat(peak, float(self._filtered.get(peak, peak + 1)[0]), height, shape.copy(), missing)

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

    def beat(self, place: int, height: float, curve: Ring) -> bool:
        """Decide a candidate, in time order; `curve` is known `lag` seconds beyond it."""
        if self._signal is None:
            self._signal = float(curve.get(0, curve.end).max())
            self._height = self._signal
        tuning, rate = self._tuning, self._rate
        since = math.inf if self._last is None else (place - self._last) / rate
        if since <= tuning.refractory:
            return False
        signal = self._signal * self._sunk(place)
        # Nothing to compare with yet, or what there was is long ago: then it must at least be no noise.
        unsure = self._last is None or signal < self._signal
        threshold = self._noise + tuning.threshold * max(signal - self._noise, 0.0)
        ahead = curve.get(place + 1, curve.end)
        yes = (
            not (since < tuning.t_wave and height < tuning.t_slope * self._height)
            and float(ahead[: int(tuning.refractory * rate)].max(initial=0.0)) <= height
            and (height >= threshold or self._sought(since, height, threshold, ahead))
            and (not unsure or self._stands_out(place, height, curve))
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

    def _stands_out(self, place: int, height: float, curve: Ring) -> bool:
        around = curve.get(place - int(_AROUND_SUNK * self._rate), curve.end)
        return height > self._tuning.peaked * float(np.median(around))

    def _accept(self, place: int, height: float) -> None:
        if self._last is not None:
            self._intervals.append(min(place - self._last, _LONGEST * self._rate))
            self._usual = median(self._intervals)
        self._last, self._height = place, height
        self._heights.append(height)
        self._signal = median(self._heights)
