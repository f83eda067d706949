"""What the edge finds in curves, said as readings: values, doubts, events, and silence where nothing can be told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Event, EventKind, Measurement, Reading, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.signal.filters import Samples
from edge.analysis import BRIDGED, STREAMS, Analysis
from edge.counters import Counters
from edge.pipeline import Pipeline
from tests.devices.signal.hearts import ecg, pleth, regular

RATE = 250.0
START = BUILD_FLOOR + 1000 * SECOND


def blocks(
    signal: Samples,
    *,
    metric: str = "ecg",
    rate: float = RATE,
    scale: float = 0.001,
    start: int = START,
    flags: Quality = NO_DOUBT,
) -> Iterator[Waveform]:
    size = round(rate)
    for place in range(0, signal.size, size):
        samples = tuple(int(value) for value in np.round(signal[place : place + size] / scale))
        yield Waveform("node", metric, start + round(place * SECOND / rate), rate, samples, scale, flags)


def said(analysis: Analysis, readings: Iterator[Reading] | list[Reading]) -> list[Reading]:
    return [found for reading in readings for found in analysis.take(reading)]


def values(found: list[Reading], metric: str) -> list[float]:
    return [each.value for each in found if isinstance(each, Measurement) and each.metric == metric]


def events(found: list[Reading]) -> list[Event]:
    return [each for each in found if isinstance(each, Event)]


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def analysis(counters: Counters) -> Analysis:
    return Analysis(counters, "boot")


def test_an_ecg_gives_rate_quality_and_rhythm_under_the_sensor_s_name(analysis: Analysis) -> None:
    found = said(analysis, blocks(ecg(regular(70.0, 0.8), 70.0, RATE)))
    assert set(values(found, "heart_rate")) == {75.0}
    assert values(found, "signal_quality")[-1] == 1.0
    assert max(values(found, "af_probability")) < 0.01
    assert events(found) == []
    assert {each.sensor for each in found} == {"node"}
    times = [each.time for each in found if isinstance(each, Measurement) and each.metric == "heart_rate"]
    assert times == sorted(times)
    assert START < times[0] < START + 15 * SECOND
    assert times[-1] > START + 68 * SECOND


def test_nothing_is_said_of_noise_but_that_it_is_noise(analysis: Analysis) -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.5, 60 * 250)
    found = said(analysis, blocks(noise))
    assert {each.metric for each in found if isinstance(each, Measurement)} == {"signal_quality"}
    assert max(values(found, "signal_quality")) < 0.5
    assert events(found) == []


def test_what_the_sensor_itself_tells_is_not_told_twice(analysis: Analysis) -> None:
    own = Measurement("node", "heart_rate", 70, START)
    found = said(analysis, [own, *blocks(ecg(regular(30.0, 0.8), 30.0, RATE))])
    assert values(found, "heart_rate") == []
    assert values(found, "signal_quality")


def test_a_fibrillating_rhythm_is_told_once_with_the_time_it_began(analysis: Analysis) -> None:
    gaps = np.random.default_rng(5).uniform(0.45, 1.15, 200)
    times = np.cumsum(np.concatenate(([0.6], gaps)))
    times = times[times < 139]
    found = said(analysis, blocks(ecg(times, 140.0, RATE, p_waves=False)))
    (event,) = events(found)
    assert event.kind is EventKind.ATRIAL_FIBRILLATION
    assert event.identity == f"fibrillation-{event.time}"
    assert START + 25 * SECOND <= event.time <= START + 70 * SECOND
    assert min(values(found, "af_probability")) > 0.9


def test_a_pause_and_the_asystole_it_becomes_are_two_events_of_one_time(analysis: Analysis) -> None:
    times = regular(30.0, 0.8)
    signal = ecg(np.concatenate((times[times < 15], times[times > 24])), 30.0, RATE, noise=0.01)
    found = events(said(analysis, blocks(signal)))
    assert [event.kind for event in found] == [EventKind.PAUSE, EventKind.PAUSE]
    assert [event.identity.partition("-")[0] for event in found] == ["pause", "asystole"]
    assert found[0].time == found[1].time
    last = START + round(float(times[times < 15][-1]) * SECOND)
    assert abs(found[0].time - last) < 20_000
    assert found[0].value == pytest.approx(3.0, abs=0.15)


def test_a_lost_electrode_is_no_pause(analysis: Analysis) -> None:
    signal = ecg(regular(60.0, 0.8), 60.0, RATE)
    signal[5000:8000] = 0.0
    off = (
        [*blocks(signal[:5000])],
        [*blocks(np.zeros(3000), start=START + 20 * SECOND, flags=Quality.PROBE_OFF)],
    )
    late = [*blocks(signal[8000:], start=START + 32 * SECOND)]
    found = said(analysis, [*off[0], *off[1], *late])
    assert events(found) == []
    assert values(found, "heart_rate")[-1] == 75.0


@pytest.mark.parametrize("lost", [1.3, BRIDGED - 0.2, BRIDGED + 2.0, -30.0])
def test_lost_samples_make_neither_a_pause_nor_a_wrong_rate(analysis: Analysis, lost: float) -> None:
    signal = ecg(regular(40.0, 0.8), 40.0, RATE)
    first = [*blocks(signal)]
    second = [*blocks(signal, start=START + round((40 + lost) * SECOND))]
    found = said(analysis, [*first, *second])
    assert events(found) == []
    assert set(values(found, "heart_rate")) == {75.0}


@pytest.mark.parametrize(("interval", "kind"), [(1.8, EventKind.BRADYCARDIA), (0.4, EventKind.TACHYCARDIA)])
def test_a_rate_outside_for_ten_seconds_is_told_once(
    analysis: Analysis, interval: float, kind: EventKind
) -> None:
    found = said(analysis, blocks(ecg(regular(60.0, interval), 60.0, RATE)))
    (event,) = events(found)
    assert event.kind is kind
    assert event.value == pytest.approx(60 / interval, rel=0.02)


def test_a_pulse_wave_gives_pulse_rate(analysis: Analysis) -> None:
    signal = pleth(regular(60.0, 0.75), 60.0, 75.0)
    found = said(analysis, blocks(signal, metric="pleth", rate=75.0, scale=0.01))
    assert set(values(found, "pulse_rate")) == {80.0}


def lights(ratio: float, *, flags: Quality = NO_DOUBT) -> list[Reading]:
    """Give both lights with pulses of a known ratio of ratios: 1 % of the infra-red level."""
    wave = pleth(regular(40.0, 0.8), 40.0, 100.0)
    red = blocks(90_000 * (1 - 0.01 * ratio * wave), metric="ppg_red", rate=100.0, scale=8.0, flags=flags)
    infrared = blocks(120_000 * (1 - 0.01 * wave), metric="ppg_infrared", rate=100.0, scale=8.0, flags=flags)
    return [each for pair in zip(red, infrared, strict=True) for each in pair]


@pytest.mark.parametrize(("ratio", "expected"), [(0.5, 98), (0.7, 94), (1.0, 80)])
def test_red_and_infrared_give_a_questionable_saturation_and_a_pulse(
    analysis: Analysis, ratio: float, expected: int
) -> None:
    found = said(analysis, lights(ratio))
    spo2 = [each for each in found if isinstance(each, Measurement) and each.metric == "spo2"]
    assert {each.value for each in spo2} <= {expected - 1, expected, expected + 1}
    assert all(Quality.QUESTIONABLE in each.flags for each in spo2)
    assert len(spo2) > 20
    assert set(values(found, "pulse_rate")) == {75.0}


def test_no_finger_no_saturation(analysis: Analysis) -> None:
    assert values(said(analysis, lights(0.6, flags=Quality.PROBE_OFF)), "spo2") == []


def test_one_light_alone_says_nothing(analysis: Analysis) -> None:
    assert said(analysis, [each for each in lights(0.6) if getattr(each, "metric", "") == "ppg_red"]) == []
    assert (
        said(analysis, [each for each in lights(0.6) if getattr(each, "metric", "") != "ppg_red"][1:]) == []
    )


def test_before_the_time_is_known_an_event_s_identity_names_the_boot(analysis: Analysis) -> None:
    (event,) = events(said(analysis, blocks(ecg(regular(60.0, 0.4), 60.0, RATE), start=50 * SECOND)))
    assert event.identity == f"fast-boot-{event.time}"


@pytest.mark.parametrize("rate", [5.0, 5000.0, float("nan"), 0.0, -1.0, float("inf")])
def test_a_rate_without_filters_is_counted(analysis: Analysis, counters: Counters, rate: float) -> None:
    assert analysis.take(Waveform("node", "ecg", START, rate, (1, 2, 3))) == []
    assert counters["waveform_not_analysed"] == 1


@pytest.mark.parametrize("scale", [0.0, float("nan"), float("inf"), 1e300])
def test_a_scale_that_means_nothing_is_counted(analysis: Analysis, counters: Counters, scale: float) -> None:
    assert analysis.take(Waveform("node", "ecg", START, RATE, (1, 2, 3), scale)) == []
    assert counters["waveform_not_analysed"] == 1


def test_streams_are_bounded(analysis: Analysis, counters: Counters) -> None:
    for number in range(STREAMS + 3):
        analysis.take(Waveform(f"s{number}", "ecg", START, RATE, (1, 2, 3)))
    assert counters["waveform_not_analysed"] == 3


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ecg", "pleth", "ppg_red", "ppg_infrared"]),
            st.integers(-3, 8),
            st.sampled_from([100.0, 250.0]),
            st.sampled_from([0, 1, 9, 300, 1500]),
            st.integers(-32768, 32767),
            st.sampled_from([0.0, 1.0, 1000.0, 40000.0]),
            st.sampled_from([NO_DOUBT, Quality.PROBE_OFF, Quality.MOTION]),
        ),
        max_size=12,
    )
)
def test_whatever_blocks_come_what_is_found_passes_the_pipeline(
    given_blocks: list[tuple[str, int, float, int, int, float, Quality]],
) -> None:
    counters, rng = Counters(), np.random.default_rng(1)
    analysis, pipeline = Analysis(counters, "boot"), Pipeline(counters)
    time = START
    for metric, wait, rate, count, level, spread, flags in given_blocks:
        time += wait * SECOND
        values = np.clip(level + spread * rng.standard_normal(count), -32768, 32767).astype(int).tolist()
        for found in analysis.take(Waveform("node", metric, time, rate, tuple(values), 1.0, flags)):
            assert len(pipeline.add(found, 0)) == 1
        time += round(count * SECOND / rate)
    assert counters.snapshot() == {}


def test_everything_found_passes_the_pipeline(analysis: Analysis, counters: Counters) -> None:
    pipeline = Pipeline(counters)
    for reading in said(analysis, [*blocks(ecg(regular(70.0, 0.4), 70.0, RATE)), *lights(0.7)]):
        assert pipeline.add(reading, 0) == (reading,)
    assert counters.snapshot() == {}
