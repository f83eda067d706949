"""What a monitor rings for that takes every value at its word: no delay, no hysteresis, no rule beside the limit.

The limits are the usual defaults of bedside monitors for adults, from memory of manuals (SpO2 below 90, pulse outside 50 to
120, breathing rate outside 8 to 30, systolic pressure outside 90 to 160, temperature above 39); the residents with
chronic respiratory failure have 86 for SpO2, as their profile has. Values that the sensor itself flags as disturbed are
left out, as by a monitor. Every time a value leaves its limit is an alarm; the limit is armed again by a value inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from devices.quality import UNFIT
from tests.scenarios.night.bodies import Flags, Ints, Stream

LIMITS = {
    "spo2": (90.0, float("inf")),
    "pulse_rate": (50.0, 120.0),
    "respiration_rate": (8.0, 30.0),
    "systolic": (90.0, 160.0),
    "temperature": (-float("inf"), 39.0),
}
SICKER = 86.0
"SpO2 of those with chronic respiratory failure."


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a plain monitor."""

    resident: int
    metric: str
    second: int
    false: bool


def alarms(number: int, streams: Mapping[str, Stream], *, sicker: bool) -> list[Alarm]:
    """Return a resident's alarms of a night.

    Args:
        number: the resident.
        streams: what reached the hub, by metric.
        sicker: on the profile for chronic respiratory failure.
    """
    found = []
    for metric, stream in streams.items():
        seconds, outside, false = _outside(metric, stream, sicker=sicker)
        starts = np.flatnonzero(outside & ~np.concatenate(([False], outside[:-1])))
        found += [Alarm(number, metric, int(seconds[n]), bool(false[n])) for n in starts]
    return found


def first_true(streams: Mapping[str, Stream], since: int, *, sicker: bool) -> int | None:
    """Return the second from `since` on at which a value that is the body's own rings first."""
    times = []
    for metric, stream in streams.items():
        seconds, outside, false = _outside(metric, stream, sicker=sicker)
        hits = seconds[outside & ~false & (seconds >= since)]
        times += [int(hits[0])] if hits.size else []
    return min(times, default=None)


def _outside(metric: str, stream: Stream, *, sicker: bool) -> tuple[Ints, Flags, Flags]:
    low, high = LIMITS[metric]
    if metric == "spo2" and sicker:
        low = SICKER
    fit = (stream.flags & int(UNFIT)) == 0
    values = stream.values[fit]
    return stream.seconds[fit], (values < low) | (values > high), stream.false[fit]
