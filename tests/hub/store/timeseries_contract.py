"""What every time-series store must do; each adapter's test module runs these against its own."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest

from devices.quality import Quality
from devices.wire.messages import Observation, WaveformBlock
from hub.store.ports import Batch, Block, TimeSeries, WaveformRow

T = 1_790_000_000_000_000
SECOND = 1_000_000

Commit = Callable[[Batch], None]
"Runs both steps of a write, as the writer does."


def block(resident: str, edge: str, *observations: Observation) -> Block:
    return Block(resident, edge, observations)


def seen(metric: str, second: float, value: float, flags: int = 0, sensor: str = "ox") -> Observation:
    return Observation(sensor, metric, T + round(second * SECOND), value, flags)


class TimeSeriesContract:
    """Subclasses give the fixtures `store` and `commit`; with `compact` whatever housekeeping there is, is done."""

    def fill(self, commit: Commit, seconds: Sequence[float], metric: str = "spo2") -> None:
        commit(Batch([block("r1", "e1", *(seen(metric, second, 90 + second % 7) for second in seconds))]))

    def test_what_was_put_is_read_in_order(self, store: TimeSeries, commit: Commit) -> None:
        self.fill(commit, [3, 1, 2])
        self.fill(commit, [0, 4.5])
        found = store.read("r1", "spo2", T, T + 10 * SECOND)
        assert found.times.tolist() == [T + round(second * SECOND) for second in (0, 1, 2, 3, 4.5)]
        assert found.values.tolist() == [90, 91, 92, 93, 94.5]

    def test_an_interval_has_its_start_and_not_its_end(self, store: TimeSeries, commit: Commit) -> None:
        self.fill(commit, range(5))
        found = store.read("r1", "spo2", T + 1 * SECOND, T + 3 * SECOND)
        assert found.values.tolist() == [91, 92]

    def test_residents_and_metrics_are_kept_apart(self, store: TimeSeries, commit: Commit) -> None:
        commit(
            Batch(
                [
                    block("r1", "e1", seen("spo2", 0, 91), seen("pulse_rate", 0, 70)),
                    block("r2", "e2", seen("spo2", 0, 95)),
                ]
            )
        )
        assert store.read("r1", "spo2", T, T + SECOND).values.tolist() == [91]
        assert store.read("r1", "pulse_rate", T, T + SECOND).values.tolist() == [70]
        assert store.read("r2", "spo2", T, T + SECOND).values.tolist() == [95]
        assert store.read("r3", "spo2", T, T + SECOND).values.tolist() == []
        assert (store.count(), store.count("r1"), store.count("r3")) == (3, 2, 0)

    def test_doubts_come_back(self, store: TimeSeries, commit: Commit) -> None:
        flags = int(Quality.MOTION | Quality.LATE)
        commit(Batch([block("r1", "e1", seen("spo2", 0, 91, flags), seen("spo2", 1, 92))]))
        assert store.read("r1", "spo2", T, T + 2 * SECOND).flags.tolist() == [flags, 0]

    def test_two_sensors_of_one_metric_are_one_curve(self, store: TimeSeries, commit: Commit) -> None:
        commit(
            Batch(
                [block("r1", "e1", seen("spo2", 1, 91, sensor="a"), seen("spo2", 0, 95, sensor="b"))],
            )
        )
        assert store.read("r1", "spo2", T, T + 2 * SECOND).values.tolist() == [95, 91]
        assert [(found.sensor, found.value) for found in store.latest("r1")] == [("a", 91), ("b", 95)]

    def test_the_latest_value_is_the_newest_and_not_the_last_to_come(
        self, store: TimeSeries, commit: Commit
    ) -> None:
        self.fill(commit, [5])
        self.fill(commit, [2])
        (found,) = store.latest("r1")
        assert (found.metric, found.time, found.value, found.edge) == ("spo2", T + 5 * SECOND, 95, "e1")
        assert store.latest("r2") == []

    def test_pages_give_everything_once(self, store: TimeSeries, commit: Commit) -> None:
        self.fill(commit, [0, 1, 1.5, 2, 3, 4, 5])
        times: list[int] = []
        start: int | None = T
        while start is not None:
            page = store.read("r1", "spo2", start, T + 10 * SECOND, limit=3)
            times += page.times.tolist()
            start = page.next
        assert times == [T + round(second * SECOND) for second in (0, 1, 1.5, 2, 3, 4, 5)]

    def test_few_points_stand_for_many(self, store: TimeSeries, commit: Commit) -> None:
        self.fill(commit, range(700))
        found = store.read("r1", "spo2", T, T + 700 * SECOND, max_points=10)
        assert found.times.size == 10
        assert found.lows is not None
        assert found.highs is not None
        assert set(found.lows) == {90}
        assert set(found.highs) == {96}

    def test_waveforms_come_back(self, store: TimeSeries, commit: Commit) -> None:
        samples = [0, -32768, 32767, 5]
        raw = struct.pack("<4h", *samples)
        wave = WaveformBlock("ox", "pleth", T, 4.0, "", 0.5, 2)
        commit(Batch([], [WaveformRow("r1", "e1", wave, raw)]))
        (found,) = store.waveforms("r1", "pleth", T + 999_999, T + 2 * SECOND)
        assert (found.sensor, found.time, found.rate, found.scale, found.flags) == ("ox", T, 4.0, 0.5, 2)
        assert found.samples.tolist() == samples
        assert store.waveforms("r1", "pleth", T + SECOND, T + 2 * SECOND) == []
        assert store.waveforms("r1", "ecg", T, T + SECOND) == []

    def test_coverage_is_the_share_of_time_near_a_value(self, store: TimeSeries, commit: Commit) -> None:
        self.fill(commit, range(50))
        share = store.coverage("r1", "spo2", T, T + 100 * SECOND, SECOND)
        assert share == pytest.approx(0.5)

    def test_names_may_hold_anything(self, store: TimeSeries, commit: Commit) -> None:
        odd = 'a b,c="d\\'
        commit(Batch([Block(odd, odd, (Observation(odd, odd, T, 1.5),))]))
        assert store.read(odd, odd, T, T + 1).values.tolist() == [1.5]
        (found,) = store.latest(odd)
        assert (found.sensor, found.metric, found.edge) == (odd, odd, odd)

    def test_an_empty_batch_is_nothing(self, store: TimeSeries, commit: Commit) -> None:
        commit(Batch())
        assert store.count() == 0
