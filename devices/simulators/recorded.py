"""Replays a recorded pulse wave or ECG, so that what flows is a real person's heart and not a sine.

A file of samples with a rate: NPZ (one array, or the one that `key` names; the rate in the array `fs` unless told) or
CSV (one number a line, or the column that `key` names). The beats are found in the signal itself.
"""

from __future__ import annotations

import csv
import enum
import itertools
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from devices.errors import ConfigError

MAX_SAMPLES = 20_000_000
"Two days at 125 Hz; a file that claims more is refused before it fills the memory."


class Kind(enum.StrEnum):
    """What a recording is of."""

    PLETH = "pleth"
    "The pulse wave at a finger."
    ECG = "ecg"


PULSE_BAND = (0.5, 5.0)
"Hz; what of a pleth is pulse: 30 to 300 beats per minute, and the upstroke's first overtones."

QRS_BAND = (8.0, 20.0)
"Hz; where a QRS complex stands out of P, T, drift and muscle (sheet 10 part 1, Elgendi)."

QRS_WIDTH = 0.097
"Seconds over which the energy of a QRS complex is gathered (sheet 10 part 1, Elgendi)."

REFRACTORY = 0.25
"Seconds after a beat in which no other can follow."

STEEPNESS = 0.3
"Part of the slopes around it that an upstroke must reach; chosen on the seven recordings that the tests read."

QRS_STEEPNESS = 0.35
"The same for a QRS complex; chosen on the records that the tests read."

REGULAR = 0.5
"Part of the intervals that must lie within 30 % of their median; noise has less, atrial fibrillation more."

WINDOW = 8
"Beats that the pulse rate is counted over, as oximeters do."

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """A pulse wave, repeated without end, and where its beats are."""

    samples: Array
    rate: float
    "Samples per second."
    beats: Array
    "Times of the upstrokes in seconds from the start."
    low: float
    "Value that becomes 0 on an 8-bit wire."
    high: float
    "Value that becomes 255."

    @classmethod
    def of(cls, samples: Array, rate: float, name: str, kind: Kind = Kind.PLETH) -> Recording:
        """Analyse a signal.

        Raises:
            ConfigError: it is too short, flat, or no heart beats in it.
        """
        if not 10 <= rate <= 10_000:
            raise ConfigError(f"recording {name}: rate {rate:g} Hz is not 10 to 10000")
        if not samples.size >= 5 * rate:
            raise ConfigError(f"recording {name}: {samples.size} samples are less than 5 s at {rate:g} Hz")
        if not np.isfinite(samples).all():
            raise ConfigError(f"recording {name} has samples that are no numbers")
        low, high = (float(value) for value in np.percentile(samples, (1, 99)))
        if high <= low:
            raise ConfigError(f"recording {name} is flat")
        beats = find_pulses(samples, rate) if kind is Kind.PLETH else find_qrs(samples, rate)
        if not _beating(beats):
            raise ConfigError(f"recording {name}: no heart beats in it")
        margin = (high - low) * 0.1
        return cls(samples, rate, beats, low - margin, high + margin)

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples.size / self.rate

    def pleth(self, time: float, count: int, rate: float) -> list[int]:
        """Return the curve, resampled.

        Args:
            time: of the first sample, seconds from the start of the replay.
            count: samples wanted.
            rate: samples per second wanted.
        """
        places = ((time + np.arange(count) / rate) % self.seconds) * self.rate
        values = np.interp(places, np.arange(self.samples.size), self.samples)
        scaled = np.rint((values - self.low) / (self.high - self.low) * 255)
        return [int(value) for value in np.clip(scaled, 0, 255)]

    def heart_rate(self, time: float) -> float:
        """Return beats per minute, from the median interval of the last beats before `time` of the replay."""
        place = time % self.seconds
        index = max(WINDOW + 1, int(np.searchsorted(self.beats, place, side="right")))
        return _rate(self.beats[max(0, index - WINDOW - 1) : index])

    def mean_heart_rate(self) -> float:
        """Return beats per minute over the whole recording."""
        return _rate(self.beats)

    def intervals(self, since: float, until: float) -> list[float]:
        """Return the intervals that end within a time of the replay, seconds, oldest first."""
        ends = self.beats[1:]
        lengths = np.diff(self.beats)
        lap = int(since // self.seconds)
        found: list[float] = []
        for turn in range(lap, int(until // self.seconds) + 1):
            at = ends + turn * self.seconds
            found += [float(length) for length in lengths[(at > since) & (at <= until)]]
        return found


def load(path: Path, key: str = "", rate: float = 0.0, kind: Kind = Kind.PLETH) -> Recording:
    """Read a recording.

    Args:
        path: an `.npz` or `.csv` file.
        key: which array or column; may be empty when there is only one.
        rate: samples per second; 0 to take it from the file's `fs`.
        kind: what it is a recording of; decides how its beats are found.

    Raises:
        ConfigError: the file is missing or has no such signal; the text says what is wrong.
    """
    try:
        if path.suffix == ".npz":
            samples, found = _read_npz(path, key)
        elif path.suffix == ".csv":
            samples, found = _read_csv(path, key), 0.0
        else:
            raise ConfigError(f"recording {path} is neither .npz nor .csv")
    except (OSError, ValueError, KeyError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"recording {path} cannot be read: {error}") from error
    actual = rate or found
    if not actual:
        raise ConfigError(f"recording {path} does not say its rate; give it")
    return Recording.of(samples, actual, path.name, kind)


def find_pulses(samples: Array, rate: float) -> Array:
    """Return the times of the pulses' steepest upstrokes, seconds.

    Simple and honest: good signals only, compared in the tests with the beats of the ECG beside them.
    """
    return _peaks(np.gradient(_band_pass(samples, rate, PULSE_BAND)), rate, STEEPNESS)


def find_qrs(samples: Array, rate: float) -> Array:
    """Return the times of the QRS complexes, seconds.

    Good signals only, compared in the tests with cardiologists' beats; no detector for diagnosis.
    """
    width = max(1, round(QRS_WIDTH * rate))
    energy = np.convolve(_band_pass(samples, rate, QRS_BAND) ** 2, np.ones(width) / width, mode="same")
    return _peaks(np.sqrt(energy), rate, QRS_STEEPNESS)


def _peaks(height: Array, rate: float, part: float) -> Array:
    """Return the times of the maxima that reach a part of what the highest around them reach, seconds."""
    maxima = np.flatnonzero((height[1:-1] > height[:-2]) & (height[1:-1] >= height[2:])) + 1
    strong = maxima[height[maxima] > part * _envelope(height, rate)[maxima]]
    gap = REFRACTORY * rate
    chosen: list[int] = []
    for peak in strong:
        if chosen and peak - chosen[-1] < gap:
            if height[peak] > height[chosen[-1]]:
                chosen[-1] = int(peak)
            continue
        chosen.append(int(peak))
    return np.asarray(chosen, dtype=np.float64) / rate


def _beating(beats: Array) -> bool:
    if beats.size < 4:
        return False
    intervals = np.diff(beats)
    median = np.median(intervals)
    return bool(np.mean(np.abs(intervals / median - 1) < 0.3) >= REGULAR)


def _band_pass(samples: Array, rate: float, band: tuple[float, float]) -> Array:
    spectrum = np.fft.rfft(samples - samples.mean())
    frequency = np.fft.rfftfreq(samples.size, 1 / rate)
    spectrum[(frequency < band[0]) | (frequency > band[1])] = 0
    return np.asarray(np.fft.irfft(spectrum, samples.size), dtype=np.float64)


def _envelope(height: Array, rate: float) -> Array:
    """Return the median of the maxima of the seconds around each sample."""
    block = max(1, round(1.5 * rate))
    maxima = np.asarray([height[at : at + block].max() for at in range(0, height.size, block)])
    padded = np.pad(maxima, 2, mode="edge")
    smooth = np.asarray([np.median(padded[at : at + 5]) for at in range(maxima.size)])
    return np.repeat(smooth, block)[: height.size]


def _rate(beats: Array) -> float:
    return float(60 / np.median(np.diff(beats)))


def _read_npz(path: Path, key: str) -> tuple[Array, float]:
    # No pickles: a recording is data, and must not be able to run anything.
    with np.load(path, allow_pickle=False) as archive:
        arrays = [
            name for name in archive.files if archive[name].ndim == 1 and archive[name].dtype.kind in "iuf"
        ]
        name = key or (arrays[0] if len(arrays) == 1 else "")
        if name not in arrays:
            raise ConfigError(f"recording {path} has no signal {key!r}; it has {', '.join(arrays) or 'none'}")
        samples = archive[name]
        if samples.size > MAX_SAMPLES:
            raise ConfigError(f"recording {path} has {samples.size} samples, at most {MAX_SAMPLES} allowed")
        rate = float(archive["fs"]) if "fs" in archive.files and archive["fs"].ndim == 0 else 0.0
        return samples.astype(np.float64), rate


def _read_csv(path: Path, key: str) -> Array:
    with path.open(newline="", encoding="utf-8") as file:
        rows = itertools.islice(csv.reader(file), MAX_SAMPLES)
        first = next(rows, [])
        column = 0
        values: list[float] = []
        if key:
            if key not in first:
                raise ConfigError(f"recording {path} has no column {key!r}; it has {', '.join(first)}")
            column = first.index(key)
        elif first and _is_number(first[0]):
            values.append(float(first[0]))
        values += [float(row[column]) for row in rows if len(row) > column]
    return np.asarray(values, dtype=np.float64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
