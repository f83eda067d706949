"""Readings into batches: what is flagged, refused, put in order, and when a batch is due."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.measurement import Event, EventKind, Link, Measurement, SensorStatus, Waveform
from devices.nomenclature import METRICS
from devices.quality import Quality
from devices.wire.messages import Envelope, Lane, Verdict, encode, waveform_samples
from devices.wire.seal import MAX_MESSAGE
from edge.counters import Counters
from edge.pipeline import BLOCK_SAMPLES, INTERVAL, MAX_DETAIL, MAX_EVENTS, MAX_OBSERVATIONS, Pipeline
from tests.edge.support import measurement

LOW_SPO2 = Limit("l1", "spo2", Priority.HIGH, low=90)


def made() -> tuple[Pipeline, Counters]:
    counters = Counters()
    return Pipeline(counters), counters


def waveform(count: int, time: int = 0, rate: float = 100.0) -> Waveform:
    return Waveform(
        "oximeter", "pleth", time, rate, tuple(range(count % 30_000)) if count < 30_000 else (0,) * count
    )


def test_nothing_is_due_while_nothing_came() -> None:
    pipeline, _ = made()
    assert pipeline.due() is None
    assert pipeline.take(0) is None


def test_a_batch_is_due_a_second_after_its_first_reading() -> None:
    pipeline, _ = made()
    pipeline.add(measurement(), 5)
    pipeline.add(measurement(), 500_000)
    assert pipeline.due() == 5 + INTERVAL
    batch = pipeline.take(5 + INTERVAL)
    assert batch is not None
    assert len(batch.content.observations) == 2
    assert pipeline.due() is None


def test_a_verdict_is_due_at_once_and_only_its_newest_word_is_told() -> None:
    pipeline, _ = made()
    begun = Verdict("l1", "ox", "spo2", 5, 9)
    ended = msgspec.structs.replace(begun, cleared=20)
    call = Verdict("", "button", "call", 7, 7, event="e1")
    other = Verdict("", "belt", "call", 7, 7, event="e1")
    for verdict in (begun, call, ended, other):
        pipeline.tell(verdict, 3)
        assert pipeline.due() == 3
    batch = pipeline.take(3)
    assert batch is not None
    assert batch.content.verdicts == (ended, call, other)
    assert pipeline.due() is None


def test_a_value_outside_a_limit_in_force_is_due_at_once() -> None:
    pipeline, _ = made()
    pipeline.set_limits([LOW_SPO2])
    pipeline.add(measurement(90), 0)
    assert pipeline.due() == INTERVAL
    pipeline.add(measurement(89), 10)
    assert pipeline.due() == 0
    pipeline.take(10)
    pipeline.add(measurement(95), 20)
    assert pipeline.due() == 20 + INTERVAL


def test_without_its_limit_the_value_waits() -> None:
    pipeline, _ = made()
    pipeline.set_limits([LOW_SPO2])
    pipeline.set_limits([replace(LOW_SPO2, metric="heart_rate")])
    pipeline.add(measurement(50), 0)
    assert pipeline.due() == INTERVAL


def test_a_doubtful_value_outside_a_limit_is_not_urgent() -> None:
    pipeline, _ = made()
    pipeline.set_limits([LOW_SPO2])
    pipeline.add(measurement(50, flags=Quality.MOTION), 0)
    assert pipeline.due() == INTERVAL


def test_a_sensors_state_is_due_at_once() -> None:
    pipeline, _ = made()
    pipeline.add(SensorStatus("oximeter", 0, Link.SILENT, detail="x" * 1000), 7)
    assert pipeline.due() == 7
    batch = pipeline.take(7)
    assert batch is not None
    assert len(batch.content.statuses[0].detail) == MAX_DETAIL


@pytest.mark.parametrize("value", [34.9, 100.1, -5])
def test_an_implausible_value_is_kept_and_flagged(value: float) -> None:
    pipeline, counters = made()
    pipeline.set_limits([LOW_SPO2])
    (kept,) = pipeline.add(measurement(value), 0)
    assert isinstance(kept, Measurement)
    assert kept.flags == Quality.IMPLAUSIBLE
    assert kept.value == value
    assert counters["reading_implausible"] == 1
    assert pipeline.due() == INTERVAL, "it decides on no limit"


@pytest.mark.parametrize("row", METRICS.values(), ids=lambda row: row.name)
def test_the_bounds_themselves_are_plausible_and_zero_is_a_value(row: object) -> None:
    pipeline, _ = made()
    low, high = row.plausible  # type: ignore[attr-defined]
    for value in (low, high, *([0.0] if low <= 0 <= high else [])):
        (kept,) = pipeline.add(Measurement("s", row.name, value, 1), 0)  # type: ignore[attr-defined]
        assert kept.flags == 0
    batch = pipeline.take(0)
    assert batch is not None
    assert [each.value for each in batch.content.observations][:2] == [low, high]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused_and_counted(value: float) -> None:
    pipeline, counters = made()
    assert pipeline.add(measurement(value), 0) == ()
    assert counters["reading_not_a_number"] == 1
    assert pipeline.due() is None


def test_an_unknown_metric_is_refused_and_counted() -> None:
    pipeline, counters = made()
    assert pipeline.add(measurement(metric="mood"), 0) == ()
    assert counters["reading_unknown_metric"] == 1


@pytest.mark.parametrize(
    "bad",
    [
        Waveform("s", "mood", 0, 10, (1,)),
        Waveform("s", "pleth", 0, 0, (1,)),
        Waveform("s", "pleth", 0, float("nan"), (1,)),
        Waveform("s", "pleth", 0, 10, (32_768,)),
        Waveform("s", "pleth", 0, 10, (-32_769,)),
        Waveform("s", "pleth", 0, 10, (1,), scale=float("inf")),
    ],
)
def test_a_malformed_waveform_is_refused_and_counted(bad: Waveform) -> None:
    pipeline, counters = made()
    assert pipeline.add(bad, 0) == ()
    assert counters["waveform_malformed"] == 1


def test_ties_and_steps_back_become_a_microsecond_more() -> None:
    pipeline, _ = made()
    times = [
        reading.time for time in (10, 10, 9, 11, 100) for reading in pipeline.add(measurement(time=time), 0)
    ]
    assert times == [10, 11, 12, 13, 100]


def test_order_is_kept_apart_by_sensor_and_metric() -> None:
    pipeline, _ = made()
    for other in ({}, {"sensor": "strap"}, {"metric": "pulse_rate"}):
        (kept,) = pipeline.add(measurement(time=10, **other), 0)
        assert kept.time == 10


def test_a_stored_record_keeps_its_own_time_and_moves_no_other() -> None:
    pipeline, _ = made()
    pipeline.add(measurement(time=1000), 0)
    for _ in range(2):
        (kept,) = pipeline.add(measurement(time=10, stored=True), 0)
        assert kept.time == 10
    pipeline.add(measurement(time=5000, stored=True), 0)
    (kept,) = pipeline.add(measurement(time=1001), 0)
    assert kept.time == 1001


def test_a_long_waveform_is_cut_into_blocks_that_join() -> None:
    pipeline, _ = made()
    pieces = pipeline.add(waveform(10_000, time=BUILD_FLOOR, rate=250), 0)
    assert [len(piece.samples) for piece in pieces] == [
        BLOCK_SAMPLES,
        BLOCK_SAMPLES,
        10_000 - 2 * BLOCK_SAMPLES,
    ]  # type: ignore[union-attr]
    assert pieces[1].time == BUILD_FLOOR + BLOCK_SAMPLES * SECOND // 250
    joined = tuple(sample for piece in pieces for sample in piece.samples)  # type: ignore[union-attr]
    assert joined == tuple(range(10_000))


def test_what_exceeds_a_batch_is_in_the_next_and_due_at_once() -> None:
    pipeline, _ = made()
    for number in range(MAX_OBSERVATIONS + 1):
        pipeline.add(measurement(time=number), 3)
    assert pipeline.due() == 3
    first, second = pipeline.take(4), pipeline.take(4)
    assert first is not None
    assert second is not None
    times = [each.time for batch in (first, second) for each in batch.content.observations]
    assert times == list(range(MAX_OBSERVATIONS + 1))
    assert pipeline.take(4) is None


@dataclass(frozen=True)
class Curve:
    """A waveform of two blocks, short to draw and to print."""

    time: int
    rate: float

    def made(self) -> Waveform:
        return Waveform("s" * 48, "pleth", self.time, self.rate, (-1,) * 9_000)


text = st.text(max_size=300)
readings = st.one_of(
    st.builds(
        Measurement,
        st.just("s" * 48),
        st.sampled_from([*METRICS, "mood"]),
        st.floats() | st.sampled_from([97.123456789012345]),
        st.integers(0, 2**53),
        st.integers(0, 511).map(Quality),
        st.booleans(),
    ),
    st.builds(SensorStatus, st.just("s" * 48), st.integers(0, 2**53), st.sampled_from(Link), detail=text),
    st.builds(Curve, st.integers(0, 2**52), st.floats(1, 500)),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(readings, max_size=40), st.sampled_from([1, 40]))
def test_every_batch_fits_one_message_and_nothing_vanishes(given_readings: list[object], times: int) -> None:
    pipeline, counters = made()
    given_readings = [each.made() if isinstance(each, Curve) else each for each in given_readings]
    kept = [piece for reading in given_readings * times for piece in pipeline.add(reading, 0)]  # type: ignore[arg-type]
    seen = samples = 0
    while (batch := pipeline.take(0)) is not None:
        envelope = Envelope(
            "e" * 48,
            "f" * 32,
            Lane.LIVE,
            2**53,
            2**53,
            True,
            batch.content.observations,
            batch.waveforms,
            batch.content.statuses,
        )
        assert len(encode(envelope)) < MAX_MESSAGE - 100
        seen += len(batch.content.observations) + len(batch.content.statuses) + len(batch.waveforms)
        samples += sum(len(waveform_samples(block)) // 2 for block in batch.waveforms)
    assert seen == len(kept)
    assert samples == sum(len(each.samples) for each in kept if isinstance(each, Waveform))
    refused = sum(count for name, count in counters.snapshot().items() if name != "reading_implausible")
    assert len([each for each in kept if not isinstance(each, Waveform)]) + refused == len(
        [each for each in given_readings * times if not isinstance(each, Waveform)]
    )


def call(identity: str = "3.17", **other: object) -> Event:
    return replace(Event("node", EventKind.NURSE_CALL, 5, identity), **other)  # type: ignore[arg-type]


def test_an_event_is_due_at_once_and_leaves_in_the_next_batch() -> None:
    pipeline, _ = made()
    pipeline.add(call(), 7)
    assert (pipeline.due(), pipeline.urgent) == (7, True)
    batch = pipeline.take(7)
    assert batch is not None
    assert [(each.kind, each.identity, each.time) for each in batch.content.events] == [
        ("nurse_call", "3.17", 5)
    ]
    assert pipeline.due() is None


def test_events_beyond_a_batch_stay_and_are_due_at_once() -> None:
    pipeline, _ = made()
    for number in range(MAX_EVENTS + 2):
        pipeline.add(call(str(number)), 7)
    first, second = pipeline.take(7), pipeline.take(8)
    assert first is not None
    assert second is not None
    assert [len(each.content.events) for each in (first, second)] == [MAX_EVENTS, 2]


def test_an_event_without_an_identity_is_refused_and_counted() -> None:
    pipeline, counters = made()
    assert pipeline.add(call(""), 0) == ()
    assert pipeline.add(call("x" * 65), 0) == ()
    assert counters["event_malformed"] == 2
    (kept,) = pipeline.add(call(value=float("nan"), detail="d" * 500), 0)
    assert isinstance(kept, Event)
    assert (kept.value, len(kept.detail), counters["event_malformed"]) == (None, MAX_DETAIL, 3)
