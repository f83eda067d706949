"""Arithmetic on columns of observations, the same for every store. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from devices.quality import UNFIT
from hub.store.ports import Columns, Floats, Ints

Part = tuple[Ints, Floats, Ints]
"Times, values, flags."

NOTHING: Part = (np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int64))
"No observations."


def merge(parts: Sequence[Part], start: int, end: int) -> Columns:
    """Join parts into one interval, sorted by time; of equal times, earlier parts come first."""
    times, values, flags = (
        (np.concatenate(columns) for columns in zip(*parts, strict=True)) if parts else NOTHING
    )
    inside = (times >= start) & (times < end)
    if not inside.all():
        times, values, flags = times[inside], values[inside], flags[inside]
    if times.size > 1 and (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        times, values, flags = times[order], values[order], flags[order]
    return Columns(times, values, flags)


def page(columns: Columns, limit: int) -> Columns:
    """Return the first `limit` points and where the next page starts.

    Points of equal times stay on one page, so the next page can start at a time and neither repeats nor skips.
    """
    if columns.times.size <= limit:
        return columns
    size = int(np.searchsorted(columns.times, columns.times[limit - 1], side="right"))
    if size >= columns.times.size:
        return columns
    return Columns(
        columns.times[:size],
        columns.values[:size],
        columns.flags[:size],
        next=int(columns.times[size]),
    )


def downsample(columns: Columns, start: int, end: int, max_points: int) -> Columns:
    """Return at most `max_points` points: mean, lowest and highest of each equal slice of the interval.

    A slice that has values fit to decide on speaks by those alone; its flags are those of what it stands for.
    """
    times = columns.times
    if times.size <= max_points:
        return columns
    first, last = max(start, int(times[0])), min(end, int(times[-1]) + 1)
    width = -(-(last - first) // max_points)
    slices = (times - first) // width
    fit = (columns.flags & int(UNFIT)) == 0
    kept = fit | ~np.isin(slices, slices[fit])
    slices, times = slices[kept], times[kept]
    values, flags = columns.values[kept], columns.flags[kept]
    starts = np.flatnonzero(np.concatenate(([True], slices[1:] != slices[:-1])))
    counts = np.diff(np.append(starts, slices.size))
    return Columns(
        times[starts],
        np.add.reduceat(values, starts) / counts,
        np.bitwise_or.reduceat(flags, starts),
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )


def shape(columns: Columns, start: int, end: int, max_points: int | None, limit: int | None) -> Columns:
    """Down-sample or cut into pages, as asked.

    Raises:
        ValueError: both are asked for, or one is not positive.
    """
    if max_points is not None and limit is not None:
        raise ValueError("max_points and limit exclude each other")
    if max_points is not None:
        if max_points < 1:
            raise ValueError(f"max_points is {max_points}, expected 1 or more")
        return downsample(columns, start, end, max_points)
    if limit is not None:
        if limit < 1:
            raise ValueError(f"limit is {limit}, expected 1 or more")
        return page(columns, limit)
    return columns


def coverage(times: Ints, start: int, end: int, gap: int) -> float:
    """Return the share of [start, end) in which the newest value is at most `gap` old."""
    if end <= start or times.size == 0:
        return 0.0
    ends = np.minimum(times + gap, np.append(times[1:], end))
    spans = np.minimum(ends, end) - np.maximum(times, start)
    return float(np.maximum(spans, 0).sum() / (end - start))
