"""Turns what is measured into what arrives at the hub, second by second."""

from __future__ import annotations

import numpy as np

from devices.clock import SECOND
from devices.limits import Limit
from devices.wire.messages import Observation
from hub.alerting.replay import telling
from hub.alerting.rules.model import Person
from tests.scenarios.night.bodies import Body, Stream
from tests.scenarios.night.plan import START

OXIMETER, MAT, CUFF = "oxymetre", "lit", "tensiometre"
Arrival = tuple[int, Observation]
"(resident, observation)."


def streams_of(body: Body) -> dict[str, tuple[str, Stream]]:
    """Return what sensors stream of a resident: (sensor, stream) by metric."""
    return {
        "spo2": (OXIMETER, body.spo2),
        "pulse_rate": (OXIMETER, body.pulse),
        "respiration_rate": (MAT, body.breath),
    }


def arrive(
    number: int,
    body: Body,
    limits: tuple[Limit, ...],
    person: Person,
    into: list[list[Arrival]],
    *,
    thin: bool,
) -> int:
    """Put a resident's night into the seconds in which it arrives; return how many values were measured.

    Args:
        number: the resident.
        body: what is measured.
        limits: of the resident.
        person: the resident's rules.
        into: by second.
        thin: leave out what can change no verdict (`hub.alerting.replay.telling`), which is nine values of ten.
    """
    count = 0
    for metric, (sensor, stream) in streams_of(body).items():
        times = (START + stream.seconds) * SECOND
        count += times.size
        chosen = (
            np.flatnonzero(telling(metric, limits, person, times, stream.values, stream.flags))
            if thin
            else np.arange(times.size)
        )
        rows = zip(
            stream.seconds[chosen].tolist(),
            stream.values[chosen].tolist(),
            stream.flags[chosen].tolist(),
            strict=True,
        )
        for second, value, flags in rows:
            seen = Observation(sensor, metric, (START + second) * SECOND, value, flags)
            into[second].append((number, seen))
    return count
