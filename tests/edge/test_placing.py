"""Monotonic times become UTC ones; UTC ones stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Link, SensorStatus, Waveform
from devices.quality import Quality
from devices.wire.messages import Loss, observation, status_change, waveform_block
from edge.pipeline import Content
from edge.placing import newest_unplaced, place_content, place_item
from edge.timekeeping import UNPLACED_BELOW
from tests.edge.support import measurement

SHIFT = BUILD_FLOOR


def content(*times: int) -> Content:
    return Content(
        tuple(observation(measurement(97, time)) for time in times),
        tuple(status_change(SensorStatus("s", time, Link.UP)) for time in times),
        tuple(Loss("pleth", 1, time, time + 1, "disk_full") for time in times),
    )


def test_monotonic_times_are_moved_and_flagged_and_utc_ones_are_not() -> None:
    placed = place_content(content(5 * SECOND, BUILD_FLOOR + 1), SHIFT, Quality.DEVICE_TIME)
    assert [each.time for each in placed.observations] == [SHIFT + 5 * SECOND, BUILD_FLOOR + 1]
    assert [each.flags for each in placed.observations] == [Quality.DEVICE_TIME, 0]
    assert [each.time for each in placed.statuses] == [SHIFT + 5 * SECOND, BUILD_FLOOR + 1]
    assert [(each.since, each.until) for each in placed.losses] == [
        (SHIFT + 5 * SECOND, SHIFT + 5 * SECOND + 1),
        (BUILD_FLOOR + 1, BUILD_FLOOR + 2),
    ]


def test_a_curve_is_moved() -> None:
    block = waveform_block(Waveform("s", "pleth", 5, 100.0, (1, 2)))
    assert place_item(block, SHIFT).time == SHIFT + 5


@given(st.lists(st.integers(0, 2**53)))
def test_placing_twice_changes_nothing_more(times: list[int]) -> None:
    once = place_content(content(*times), SHIFT)
    assert place_content(once, SHIFT) == once
    assert newest_unplaced(once) == 0


@given(st.lists(st.integers(0, UNPLACED_BELOW - 2), min_size=1))
def test_the_newest_is_found(times: list[int]) -> None:
    assert newest_unplaced(content(*times, BUILD_FLOOR)) == max(times) + 1
