"""Streaming building blocks: a fixed grid of hops, linear-phase filters, moving averages.

Everything is computed on hops that begin at fixed sample numbers, whatever the blocks in which the samples arrive, so that the
same samples give the same bits out of one block or of thousands.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from devices.errors import DecodeError

Samples = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def checked_rate(rate: float, low: float, high: float) -> float:
    """Return a sampling rate that the filters are designed for.

    Raises:
        DecodeError: it is not from `low` to `high` Hz.
    """
    if not low <= rate <= high:
        raise DecodeError(f"sampling rate {rate:g} Hz is not within {low:g} to {high:g} Hz")
    return rate


def bandpass(rate: float, low: float, high: float, seconds: float) -> Samples:
    """Return the taps of a linear-phase band-pass (windowed sinc, Hamming) with gain 1 at its geometric centre, none at 0 Hz.

    Args:
        rate: samples per second.
        low: lower corner in Hz.
        high: upper corner in Hz; lowered to what the rate carries.
        seconds: length of the impulse response; its delay is half of that.
    """
    high = min(high, 0.45 * rate)
    half = max(1, round(seconds * rate / 2))
    time = np.arange(-half, half + 1) / rate
    window = np.hamming(time.size)
    taps = (2 * high * np.sinc(2 * high * time) - 2 * low * np.sinc(2 * low * time)) * window
    # What is left at 0 Hz is taken off under the window, so that a step of the baseline leaves no tail.
    taps -= window * (taps.sum() / window.sum())
    centre = float(np.sqrt(low * high))
    gain = abs(np.sum(taps * np.exp(-2j * np.pi * centre * time)))
    return np.asarray(taps / gain, dtype=np.float64)


LARGEST = 1e100
"No value of a signal is this large: its square would overflow. It counts as missing, like what is no number."

STRETCH = 20
"Most hops that are computed at once: enough to be fast, few enough to be kept."


class Hops:
    """Cuts what arrives into stretches of whole hops of one length, less the stream's first value, so that an offset costs no digits.

    A sample that is no number is held at the last one and marked.
    """

    __slots__ = ("_held", "_origin", "_rest", "size", "taken")

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0
        self._rest: Samples = np.empty(0)
        self._held = 0.0
        self._origin: float | None = None

    @property
    def origin(self) -> float:
        """The stream's first value, which is taken off every sample."""
        return self._origin or 0.0

    def feed(self, samples: Samples) -> Iterator[tuple[Samples, Marks]]:
        """Yield all full hops, at most `STRETCH` at once, and which of their samples were missing."""
        self.taken += samples.size
        self._rest = np.concatenate((self._rest, samples))
        whole = self._rest.size // self.size * self.size
        ready, self._rest = self._rest[:whole], self._rest[whole:].copy()
        for start in range(0, whole, STRETCH * self.size):
            yield self._fill(ready[start : start + STRETCH * self.size])

    def finish(self) -> Iterator[tuple[Samples, Marks]]:
        """Yield what is left, held at its last value up to a full hop."""
        if self._rest.size:
            missing = np.full(self.size - self._rest.size, np.nan)
            yield self._fill(np.concatenate((self._rest, missing)))
            self._rest = np.empty(0)

    def _fill(self, hop: Samples) -> tuple[Samples, Marks]:
        missing = ~(np.abs(hop) < LARGEST)
        if self._origin is None and not missing.all():
            self._origin = float(hop[~missing][0])
        hop = hop - self.origin
        if missing.any():
            # Index of the newest known sample at or before each place; -1 stands for what was held before.
            newest = np.maximum.accumulate(np.where(missing, -1, np.arange(hop.size)))
            hop = np.where(newest >= 0, hop[newest], self._held)
        self._held = float(hop[-1])
        return hop, missing


class Fir:
    """A finite filter over hops; its history begins as if the first sample had always been there."""

    __slots__ = ("_tail", "_taps")

    def __init__(self, taps: Samples) -> None:
        self._taps = taps
        self._tail: Samples | None = None

    @property
    def delay(self) -> int:
        """Samples by which the output lags behind the input."""
        return (self._taps.size - 1) // 2

    def feed(self, hop: Samples) -> Samples:
        """Return as many filtered samples as came in, `delay` samples older."""
        if self._tail is None:
            self._tail = np.full(self._taps.size - 1, hop[0])
        joined = np.concatenate((self._tail, hop))
        self._tail = joined[hop.size :]
        return np.convolve(joined, self._taps, "valid")


class Ring:
    """The newest samples of a stream, addressed by the number of the input's sample that they belong to."""

    __slots__ = ("_data", "end")

    def __init__(self, size: int, delay: int = 0) -> None:
        """Begin `delay` samples before the input does: that is how far a filter's output lags behind."""
        self._data: Samples = np.zeros(size)
        self.end = -delay

    def push(self, samples: Samples) -> None:
        """Append samples; as many of the oldest are forgotten."""
        count = samples.size
        self._data[:-count] = self._data[count:]
        self._data[-count:] = samples
        self.end += count

    def get(self, start: int, stop: int) -> Samples:
        """Return the samples from `start` to before `stop`, as far as they are still or already there."""
        first = self.end - self._data.size
        return self._data[max(start - first, 0) : max(min(stop, self.end) - first, 0)]
