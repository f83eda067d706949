"""A loudspeaker, a microphone and the air between them, as arithmetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Sound = NDArray[np.float64]


def speech(seconds: float, seed: int) -> Sound:
    """Return a voice without words, peak 0.8: a wandering pitch through three formants, in syllables with pauses between."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    marks = np.arange(0, seconds + 0.6, 0.3)
    pitch = 120 + 25 * np.interp(np.arange(count) / RATE, marks, random.uniform(-1, 1, len(marks)))
    pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0) + 0.05 * random.normal(0, 1, count)
    frequency = np.fft.rfftfreq(count, 1 / RATE)
    formants = sum(
        np.exp(-(((frequency - at) / width) ** 2)) for at, width in ((500, 200), (1500, 350), (2600, 500))
    )
    sound = np.fft.irfft(np.fft.rfft(pulses) * formants, count)
    syllables = (random.random(count // 9_600 + 1) > 0.3) * random.uniform(0.3, 1, count // 9_600 + 1)
    sound *= np.convolve(np.repeat(syllables, 9_600)[:count], np.hanning(2_400) / 1_200, "same")
    return sound * 0.8 / np.abs(sound).max()


def echo(played: Sound, seed: int, *, delay: float = 0.06, drift: float = 0.0) -> Sound:
    """Return what a microphone hears of it: 250 ms of decaying reflections at -6 dB, after a delay in seconds.

    Args:
        played: what was handed to the loudspeaker.
        seed: of the room.
        delay: of the devices and the air, seconds.
        drift: parts by which the microphone's clock is fast.
    """
    random = np.random.default_rng(seed)
    length = RATE // 4
    response = random.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    response *= 0.5 / np.sqrt((response**2).sum())
    response = np.concatenate([np.zeros(round(delay * RATE)), response])
    size = len(played) + len(response)
    heard = np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(response, size), size)[: len(played)]
    times = np.arange(len(heard)) * (1 + drift)
    # No room is quite silent: about -74 dB.
    return np.interp(times, np.arange(len(heard)), heard) + random.normal(0, 2e-4, len(heard))


def sixteen(sound: Sound) -> NDArray[np.int16]:
    """Return samples as a sound card has them."""
    return np.clip(sound * 32_767, -32_768, 32_767).astype(np.int16)


def decibels(sound: NDArray[np.int16]) -> float:
    """Return the power."""
    return float(10 * np.log10((sound.astype(float) ** 2).mean() + 1e-9))
