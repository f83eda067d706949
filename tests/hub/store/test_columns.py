from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.quality import Quality
from hub.store import columns
from hub.store.ports import Columns

POINTS = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 300).map(float), st.sampled_from([0, 0, 0, 2, 32])),
    max_size=80,
)


def made(points: list[tuple[int, float, int]]) -> Columns:
    part = (
        np.array([point[0] for point in points], np.int64),
        np.array([point[1] for point in points], np.float64),
        np.array([point[2] for point in points], np.int64),
    )
    return columns.merge([part], 0, 2000)


@given(POINTS, st.integers(0, 1000), st.integers(0, 1000))
def test_merging_is_sorting_what_is_inside(
    points: list[tuple[int, float, int]], start: int, end: int
) -> None:
    half = len(points) // 2
    parts = [
        (
            np.array([p[0] for p in some], np.int64),
            np.array([p[1] for p in some], np.float64),
            np.array([p[2] for p in some], np.int64),
        )
        for some in (points[:half], points[half:])
    ]
    merged = columns.merge(parts, start, end)
    wanted = sorted((p for p in points if start <= p[0] < end), key=lambda p: p[0])
    assert list(zip(merged.times, merged.values, merged.flags, strict=True)) == wanted


@given(POINTS, st.integers(1, 20))
def test_pages_neither_repeat_nor_skip(points: list[tuple[int, float, int]], limit: int) -> None:
    everything = made(points)
    seen: list[tuple[int, float]] = []
    start: int | None = 0
    while start is not None:
        rest = everything.times >= start
        page = columns.page(
            Columns(everything.times[rest], everything.values[rest], everything.flags[rest]), limit
        )
        seen += zip(page.times.tolist(), page.values.tolist(), strict=True)
        assert page.next is None or page.next > start
        start = page.next
    assert seen == list(zip(everything.times.tolist(), everything.values.tolist(), strict=True))


@given(POINTS, st.integers(1, 20))
def test_downsampling_keeps_the_extremes_of_what_is_fit(
    points: list[tuple[int, float, int]], max_points: int
) -> None:
    everything = made(points)
    few = columns.downsample(everything, 0, 2000, max_points)
    assert few.times.size <= max_points
    assert (np.diff(few.times) > 0).all() or few is everything
    if few.lows is None or few.highs is None:
        assert few is everything
        return
    fit = [p[1] for p in points if not p[2] & int(Quality.MOTION)]
    if fit:
        assert few.lows.min() <= min(fit)
        assert few.highs.max() >= max(fit)
    assert ((few.lows <= few.values + 1e-9) & (few.values <= few.highs + 1e-9)).all()


def test_a_moved_value_does_not_speak_for_a_slice_that_has_better_ones() -> None:
    few = columns.downsample(made([(0, 80, 0), (1, 20, int(Quality.MOTION)), (2, 82, 0)]), 0, 3, 1)
    assert few.values.tolist() == [81]
    assert few.lows is not None
    assert few.lows.tolist() == [80]
    assert few.flags.tolist() == [0]


@pytest.mark.parametrize(
    ("times", "share"), [([], 0.0), ([0, 10, 20], 0.3), ([-5], 0.05), ([0, 5], 0.15), ([95], 0.05)]
)
def test_coverage_counts_time_near_a_value(times: list[int], share: float) -> None:
    assert columns.coverage(np.array(times, np.int64), 0, 100, 10) == pytest.approx(share)


@pytest.mark.parametrize(("max_points", "limit"), [(1, 1), (0, None), (None, 0)])
def test_a_senseless_shape_is_an_error(max_points: int | None, limit: int | None) -> None:
    with pytest.raises(ValueError, match=r"max_points|limit"):
        columns.shape(made([(1, 1.0, 0)]), 0, 10, max_points, limit)
