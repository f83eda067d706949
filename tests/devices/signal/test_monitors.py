"""What is said second by second of made-up hearts: rates that are known, silence where nothing can be known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.signal import fibrillation, recordings
from devices.signal.ecg import EcgMonitor, Verdict
from devices.signal.filters import Samples
from devices.signal.oximetry import Oximeter, saturation
from devices.signal.peaks import PeakDetector
from devices.signal.ppg import PulseMonitor
from devices.signal.quality import GOOD
from devices.signal.respiration import fuse
from devices.signal.rhythm import Kind, RhythmLimits, RhythmWatch, rate_of
from tests.devices.signal.hearts import ecg, pleth, regular

RATE = 200.0


def verdicts(signal: Samples, rate: float = RATE) -> list[Verdict]:
    return EcgMonitor(rate).feed(signal)


@pytest.mark.parametrize("pace", [30.0, 60.0, 90.0, 150.0, 200.0])
def test_the_rate_of_a_regular_heart(pace: float) -> None:
    report = recordings.ecg(ecg(regular(60.0, 60 / pace), 60.0, RATE, noise=0.02), RATE)
    assert report.heart_rate == pytest.approx(pace, rel=0.01)
    assert report.fibrillation is not None
    assert report.fibrillation < 0.05
    assert report.quality > 0.8


@settings(max_examples=15)
@given(st.lists(st.integers(1, 1500), min_size=1, max_size=12))
def test_blocks_change_no_verdict(sizes: list[int]) -> None:
    signal = ecg(regular(45.0, 0.7), 45.0, RATE, noise=0.05)
    whole, monitor, cut = verdicts(signal), EcgMonitor(RATE), []
    start = 0
    for size in sizes:
        cut += monitor.feed(signal[start : start + size])
        start += size
    cut += monitor.feed(signal[start:])
    assert [dataclasses.replace(each, beats=()) for each in cut] == [
        dataclasses.replace(each, beats=()) for each in whole
    ]


@pytest.mark.parametrize("kind", ["white", "brown", "hum", "bursts", "flat", "rail"])
def test_nothing_is_said_where_there_is_no_heart(kind: str) -> None:
    rng, size = np.random.default_rng(11), 60 * 200
    time = np.arange(size) / RATE
    white = rng.normal(0.0, 1.0, size)
    signal = {
        "white": white,
        "brown": np.cumsum(white),
        "hum": np.sin(2 * np.pi * 50 * time) + 0.05 * white,
        "bursts": white * np.repeat(rng.uniform(0.2, 1.0, 60), 200),
        "flat": np.zeros(size),
        "rail": np.where(np.arange(size) < 400, white, 3.0),
    }[kind]
    for verdict in verdicts(signal):
        assert verdict.quality < GOOD
        assert (verdict.heart_rate, verdict.rhythm, verdict.respiration) == (None, None, None)
        assert verdict.findings == ()
    report = recordings.ecg(signal, RATE)
    assert (report.heart_rate, report.fibrillation) == (None, None)
    pulse = recordings.ppg(signal, RATE)
    assert (pulse.pulse_rate, pulse.respiration) == (None, None)


def test_nothing_is_said_in_the_first_seconds() -> None:
    seconds = verdicts(ecg(regular(20.0, 0.8), 20.0, RATE))
    assert all(each.heart_rate is None for each in seconds[:7])
    assert all(each.heart_rate == pytest.approx(75.0) for each in seconds[9:])


def test_noise_after_a_good_signal_withholds_and_a_good_one_speaks_again() -> None:
    signal = ecg(regular(90.0, 0.8), 90.0, RATE)
    signal[30 * 200 : 60 * 200] += np.random.default_rng(2).normal(0.0, 3.0, 30 * 200)
    seconds = verdicts(signal)
    assert all(each.heart_rate is None for each in seconds[42:59])
    assert seconds[85].heart_rate == pytest.approx(75.0)
    assert [finding for each in seconds for finding in each.findings] == []


def test_two_kinds_of_beats_in_turn_are_no_fibrillation() -> None:
    times = np.cumsum(np.tile([0.55, 1.0], 45))
    signal = ecg(times[times < 69], 70.0, RATE, noise=0.02, wide=range(0, 90, 2))
    rhythms = [each.rhythm for each in verdicts(signal) if each.rhythm is not None]
    assert rhythms
    assert max(rhythm.probability for rhythm in rhythms) < 0.3


def test_scattered_ventricular_beats_are_left_out_of_the_rhythm() -> None:
    rng = np.random.default_rng(4)
    intervals, wide = [0.6], []
    while sum(intervals) < 66:
        if rng.random() < 0.12:
            wide.append(len(intervals))
            intervals += [0.5, 1.1]
        else:
            intervals.append(float(rng.normal(0.8, 0.02)))
    times = np.cumsum(intervals)
    report = recordings.ecg(ecg(times[times < 69], 70.0, RATE, wide=wide), RATE)
    assert report.fibrillation is not None
    assert report.fibrillation < 0.3


def test_few_beats_say_nothing_about_fibrillation() -> None:
    assert fibrillation.judge(PeakDetector(RATE).feed(ecg(regular(20.0, 0.8), 20.0, RATE)), RATE) is None


@pytest.mark.parametrize("breaths", [10.0, 15.0, 24.0])
def test_breathing_is_found_in_pulses_and_in_beats(breaths: float) -> None:
    beats = regular(90.0, 0.75)
    breath = np.sin(2 * np.pi * beats * breaths / 60)
    times = beats + 0.03 * breath
    wave = pleth(times, 90.0, 100.0, heights=1 + 0.15 * breath)
    assert recordings.ppg(wave, 100.0).respiration == pytest.approx(breaths, abs=1.0)
    signal = ecg(times, 90.0, RATE)
    signal *= 1 + 0.15 * np.sin(2 * np.pi * np.arange(signal.size) / RATE * breaths / 60)
    assert recordings.ecg(signal, RATE).respiration == pytest.approx(breaths, abs=1.0)


def test_breathing_that_series_disagree_on_is_withheld() -> None:
    assert fuse([(12.0, 0.8), (12.5, 0.7), (18.0, 0.9)]) is None
    assert fuse([(12.0, 0.8), (18.0, 0.1), None]) is None
    found = fuse([(12.0, 0.8), (14.0, 0.8), (30.0, 0.1)])
    assert found is not None
    assert (found.rate, found.spread) == (pytest.approx(13.0), 2.0)


def test_a_heart_that_does_not_breathe_gives_no_rate_of_breathing() -> None:
    rng = np.random.default_rng(9)
    beats = regular(90.0, 0.75) + rng.normal(0.0, 0.01, regular(90.0, 0.75).size)
    report = recordings.ppg(pleth(beats, 90.0, 100.0, noise=0.01), 100.0)
    assert report.respiration is None


@pytest.mark.parametrize("pace", [40.0, 75.0, 140.0, 180.0])
@pytest.mark.parametrize("rate", [25.0, 60.0, 75.0, 250.0])
def test_the_rate_of_a_regular_pulse_at_any_sampling_rate(pace: float, rate: float) -> None:
    report = recordings.ppg(pleth(regular(60.0, 60 / pace), 60.0, rate, noise=0.01), rate)
    assert report.pulse_rate == pytest.approx(pace, rel=0.03)


def test_a_pulse_monitor_does_not_depend_on_blocks() -> None:
    wave = pleth(regular(40.0, 0.8), 40.0, 75.0, noise=0.01)
    whole, monitor = PulseMonitor(75.0).feed(wave), PulseMonitor(75.0)
    cut = [verdict for sample in wave for verdict in monitor.feed(np.array([sample]))]
    assert [(each.quality, each.pulse_rate) for each in cut] == [
        (each.quality, each.pulse_rate) for each in whole
    ]


def test_an_oximeter_does_not_depend_on_blocks_and_needs_both_lights() -> None:
    wave = pleth(regular(20.0, 0.8), 20.0, 100.0)
    red, infrared = 1000 * (1 - 0.006 * wave), 1000 * (1 - 0.01 * wave)
    whole, other = Oximeter(100.0).feed(red, infrared), Oximeter(100.0)
    cut = []
    for start in range(0, red.size, 37):
        cut += other.feed(red[start : start + 37], infrared[start : start + 37])
    assert cut == whole
    assert whole[-1].saturation == pytest.approx(saturation(0.6), abs=0.5)
    moved = np.random.default_rng(1).normal(0.0, 8.0, red.size)
    assert all(each.saturation is None for each in Oximeter(100.0).feed(red + moved, infrared))
    lost = red.copy()
    lost[900] = np.nan
    assert any(each.saturation is None for each in Oximeter(100.0).feed(lost, infrared))
    assert all(each.saturation is None for each in Oximeter(100.0).feed(red - 1e6, infrared))


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.2, 100.0), (0.5, 98.8), (1.0, 80.1), (1.2, None), (0.0, None)]
)
def test_the_curve_from_ratio_to_saturation(ratio: float, expected: float | None) -> None:
    found = saturation(ratio)
    assert found == (expected if expected is None else pytest.approx(expected, abs=0.1))


def test_rates_that_no_heart_has_do_not_count() -> None:
    assert rate_of([0.1, 0.1, 0.1, 5.0]) is None
    assert rate_of([0.8, 0.8, 0.1, 0.8]) == pytest.approx(75.0)
    assert rate_of([0.4, 0.4, 0.8, 0.8]) == pytest.approx(100.0)


def test_a_rate_at_the_limit_s_edge_is_told_once_until_it_came_well_back() -> None:
    watch = RhythmWatch(1.0, RhythmLimits())
    told = []
    for now, rate in enumerate([39] * 12 + [42] * 5 + [39] * 20 + [50] + [39] * 12):
        told += [(each.kind, each.sample) for each in watch.pace(now, rate)]
    assert told == [(Kind.SLOW, 0), (Kind.SLOW, 38)]


def test_an_episode_of_fibrillation_ends_only_when_it_was_regular_for_long() -> None:
    watch = RhythmWatch(1.0)
    told = []
    values = [0.9] * 4 + [0.5] * 3 + [0.1] * 2 + [0.9] + [0.1] * 5 + [0.5, 0.9, 0.5, 0.9] + [0.9] * 3
    for place, probability in enumerate(values):
        told += [each.sample for each in watch.fibrillation(place * 10, probability)]
    assert told == [0, 160]


def test_a_doubtful_window_neither_begins_nor_breaks_an_episode() -> None:
    watch = RhythmWatch(1.0)
    told = []
    for place, probability in enumerate([0.9, 0.5, 0.5, 0.9, 0.2, 0.9, 0.5]):
        told += [each.sample for each in watch.fibrillation(place * 10, probability)]
    assert told == [0]


@pytest.mark.parametrize("monitor", [EcgMonitor, PulseMonitor, Oximeter])
def test_a_rate_without_filters_is_refused(monitor: type) -> None:
    with pytest.raises(DecodeError, match="sampling rate"):
        monitor(1e6)
