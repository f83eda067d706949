"""What goes wrong in a simulated night, drawn from a seed: who gets worse, what fails, what disturbs the sensors.

The figures are made for this simulation, by the shape of `shared/cases/load_models.json` (how often monitors ring that take
every value at its word) and of `shared/cases/vitals` (drop-outs, values that jump). They are no clinical model.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np

HOUR = 3600
START = 1_795_291_200
"Seconds UTC: 2026-11-21 20:00, 21 h in the home."


class Kind(enum.StrEnum):
    """How somebody gets worse."""

    SEPSIS = "sepsis"
    RESPIRATORY = "respiratory"
    FIBRILLATION = "fibrillation"
    FALL = "fall"


FRENCH = {
    Kind.SEPSIS: "sepsis, dérive lente",
    Kind.RESPIRATORY: "détresse respiratoire",
    Kind.FIBRILLATION: "fibrillation atriale rapide",
    Kind.FALL: "chute puis hypotension",
}

COURSES = {
    # (seconds until it is fully there, what it adds then)
    Kind.SEPSIS: (
        3 * HOUR,
        {"spo2": -6.0, "pulse_rate": 38.0, "respiration_rate": 11.0, "temperature": 2.2, "systolic": -36.0},
    ),
    Kind.RESPIRATORY: (1200, {"spo2": -13.0, "pulse_rate": 24.0, "respiration_rate": 12.0}),
    Kind.FIBRILLATION: (20, {"pulse_rate": 66.0, "respiration_rate": 4.0, "systolic": -14.0}),
    Kind.FALL: (300, {"pulse_rate": 34.0, "respiration_rate": 5.0, "systolic": -44.0, "spo2": -1.5}),
}
"What is added at the full course; it comes in a straight line and stays until somebody has come and the night is over."


@dataclass(frozen=True, slots=True)
class Worse:
    """Somebody gets worse from `onset` on, seconds of the night."""

    resident: int
    kind: Kind
    onset: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A sensor fails."""

    resident: int
    sensor: str
    since: int
    how: str
    "`silent`: nothing comes any more. `frozen`: it repeats its last value and says so."


@dataclass(frozen=True, slots=True)
class Gap:
    """[since, until) in seconds of the night, of one resident or thing."""

    since: int
    until: int
    resident: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole night."""

    seed: int
    residents: int
    seconds: int
    worse: tuple[Worse, ...] = ()
    failures: tuple[Failure, ...] = ()
    dead: tuple[Gap, ...] = ()
    "Rooms whose device is dead, until somebody has started it again."
    mute: tuple[Gap, ...] = ()
    "The first carer's tablet cannot be heard."
    restarts: tuple[Gap, ...] = ()
    "The hub is away; an empty gap is one that dies and is back between two turns."
    calls: tuple[tuple[int, int], ...] = ()
    "(second, resident): the bell."
    sicker: tuple[int, ...] = field(default=())
    "Residents with chronic respiratory failure, on the profile for them."


def plan(seed: int, residents: int = 75, hours: float = 12.0) -> Plan:
    """Draw a night."""
    random = np.random.default_rng([seed, 1])
    seconds = round(hours * HOUR)
    order = random.permutation(residents)
    sicker = tuple(sorted(int(n) for n in order[: max(1, residents // 20)]))
    left = [int(n) for n in order[len(sicker) :]]
    worse = tuple(
        Worse(left.pop(), kind, int(random.uniform(early, late) * seconds))
        for kind, early, late in (
            (Kind.SEPSIS, 0.08, 0.45),
            (Kind.RESPIRATORY, 0.1, 0.8),
            (Kind.FIBRILLATION, 0.1, 0.9),
            (Kind.FALL, 0.3, 0.9),
        )
        if left
    )
    if seconds < 8 * HOUR:
        # A short night has no time for a drift of three hours.
        worse = tuple(each for each in worse if each.kind is not Kind.SEPSIS)
    failures = tuple(
        Failure(left.pop(), sensor, int(random.uniform(0.1, 0.8) * seconds), how)
        for sensor, how in (("oxymetre", "silent"), ("lit", "silent"), ("oxymetre", "frozen"))
        if left
    )
    dead_at = int(random.uniform(0.2, 0.8) * seconds)
    mute_at = int(random.uniform(0.2, 0.7) * seconds)
    crash, update = sorted(int(at * seconds) for at in random.uniform(0.15, 0.9, 2))
    rings = random.random((residents,)) < 0.35 * hours / 12
    calls = tuple(sorted((int(random.uniform(0, seconds - 900)), int(n)) for n in np.flatnonzero(rings)))
    return Plan(
        seed,
        residents,
        seconds,
        worse,
        failures,
        (Gap(dead_at, seconds, left.pop()),) if left else (),
        (Gap(mute_at, min(seconds, mute_at + 2100)),),
        (Gap(crash, crash), Gap(update + 60, update + 68)),
        calls,
        sicker,
    )
