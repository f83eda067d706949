"""R-peaks: on made-up hearts of known beats, whatever the rate, the unit, the blocks and the trouble."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.signal.filters import Samples
from devices.signal.peaks import QRS, Beat, PeakDetector
from tests.devices.signal.hearts import ecg, found, regular

RATE = 250.0


def beats(signal: Samples, rate: float = RATE, block: int = 10_000) -> list[Beat]:
    detector = PeakDetector(rate)
    out = [
        beat
        for start in range(0, signal.size, block)
        for beat in detector.feed(signal[start : start + block])
    ]
    return out + detector.finish()


@pytest.mark.parametrize("rate", [100.0, 128.0, 250.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("pace", [35.0, 75.0, 180.0])
def test_every_beat_is_found_once_at_any_rate(rate: float, pace: float) -> None:
    times = regular(30.0, 60 / pace)
    peaks = [beat.sample / rate for beat in beats(ecg(times, 30.0, rate), rate)]
    assert len(peaks) == len(times)
    assert np.abs(np.array(peaks) - times).max() < 0.012


@pytest.mark.parametrize("factor", [-1.0, 1e-3, 20_000.0])
def test_neither_polarity_nor_unit_nor_offset_matters(factor: float) -> None:
    signal = ecg(regular(20.0, 0.8), 20.0, RATE)
    assert [beat.sample for beat in beats(signal * factor + 512 * factor)] == [
        beat.sample for beat in beats(signal)
    ]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_blocks_do_not_matter(sizes: list[int]) -> None:
    signal = ecg(regular(12.0, 0.7), 12.0, RATE, noise=0.05)
    whole, detector, cut = beats(signal), PeakDetector(RATE), []
    start = 0
    for size in sizes:
        cut += detector.feed(signal[start : start + size])
        start += size
    cut += detector.feed(signal[start:]) + detector.finish()
    assert [(beat.sample, beat.height, beat.slope) for beat in cut] == [
        (beat.sample, beat.height, beat.slope) for beat in whole
    ]


@pytest.mark.parametrize("rate", [100.0, 360.0, 1000.0])
def test_a_beat_is_told_within_a_second(rate: float) -> None:
    signal = ecg(np.cumsum([0.5, 0.6, 1.4, 0.8, 1.1, 0.5, 2.2, 0.8]), 9.5, rate, noise=0.02)
    detector, latest = PeakDetector(rate), 0.0
    told = 0
    for place in range(signal.size):
        for beat in detector.feed(signal[place : place + 1]):
            latest = max(latest, (place + 1 - beat.sample) / rate)
            told += 1
    assert told == 8
    assert 0.5 < latest <= QRS.latency


def test_what_is_missing_is_no_beat_and_the_beats_around_it_are_found() -> None:
    times = regular(30.0, 0.8)
    signal = ecg(times, 30.0, RATE)
    signal[2000:3000] = np.nan
    peaks = beats(signal)
    assert not [beat for beat in peaks if 2010 < beat.sample < 2990 and not beat.missing]
    away = times[(times < 7.8) | (times > 12.3)]
    assert found(away, [beat.sample / RATE for beat in peaks]) == 1.0


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf, 1e308])
def test_a_value_that_is_none_is_missing(strange: float) -> None:
    signal = ecg(regular(12.0, 0.8), 12.0, RATE)
    signal[1000:1020] = strange
    assert [beat.sample for beat in beats(signal) if not 950 < beat.sample < 1070] == [
        beat.sample for beat in beats(ecg(regular(12.0, 0.8), 12.0, RATE)) if not 950 < beat.sample < 1070
    ]


@pytest.mark.parametrize("signal", [np.zeros(5000), np.full(5000, 1e6), np.full(5000, np.nan), np.empty(0)])
def test_nothing_beats_in_a_flat_line(signal: Samples) -> None:
    assert beats(signal) == []


def test_an_electrode_put_on_again_with_a_tenth_of_the_amplitude_is_followed() -> None:
    times = regular(60.0, 0.8)
    signal = ecg(times, 60.0, RATE)
    signal[30 * 250 :] *= 0.1
    late = [beat.sample / RATE for beat in beats(signal) if beat.sample / RATE > 40]
    assert found(times[times > 40], late) == 1.0


def test_wide_beats_hum_and_wander_do_not_hide_the_rhythm() -> None:
    times = regular(60.0, 0.85)
    signal = ecg(times, 60.0, RATE, wide=range(5, 60, 7))
    time = np.arange(signal.size) / RATE
    signal += 0.15 * np.sin(2 * np.pi * 50 * time) + 1.5 * np.sin(2 * np.pi * 0.3 * time)
    peaks = [beat.sample / RATE for beat in beats(signal)]
    assert found(times, peaks) == 1.0
    assert len(peaks) == len(times)


@pytest.mark.parametrize("rate", [0.0, 99.0, 1001.0, float("nan"), float("inf")])
def test_a_rate_without_filters_is_refused(rate: float) -> None:
    with pytest.raises(DecodeError, match="sampling rate"):
        PeakDetector(rate)
