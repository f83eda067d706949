"""What sensors say of seventy-five residents for a night, and what of it is true.

An oximeter says saturation and pulse every second in whole numbers, a mat below the mattress the breathing rate every 15 s,
a meter temperature and blood pressure when somebody uses it. On top of the bodies lie the disturbances of real rooms:
movement (most of it flagged), dips of a cold hand (flagged as low perfusion, which does not forbid a verdict), breathing
pauses in sleep, doubled and halved pulses, probes that fall off. All drawn from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from devices.quality import Quality
from tests.scenarios.night.plan import COURSES, HOUR, Plan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MAT = 15
"Seconds between two breathing rates."


@dataclass(slots=True)
class Stream:
    """One metric of one resident over the night."""

    seconds: Ints
    "Of the night, sorted."
    values: Floats
    flags: Ints
    false: Flags
    "The value is not the body's: a disturbance, or a pause of breathing in sleep that passes by itself."


@dataclass(slots=True)
class Body:
    """One resident's night."""

    spo2: Stream
    pulse: Stream
    breath: Stream
    off: list[tuple[int, int]]
    "When the probe is off, unless somebody puts it back."
    systolic: float
    temperature: float
    shifts: list[tuple[int, int, dict[str, float]]]
    "(onset, seconds until it is fully there, what it adds)."

    def added(self, metric: str, second: int) -> float:
        """Return what getting worse adds to a metric at a second."""
        return sum(_level(second, onset, rise) * more.get(metric, 0.0) for onset, rise, more in self.shifts)


def _level(second: int, onset: int, rise: int) -> float:
    return min(1.0, max(0.0, (second - onset) / rise))


def body(plan: Plan, number: int) -> Body:
    """Return what is measured of one resident."""
    random = np.random.default_rng([plan.seed, 2, number])
    seconds = np.arange(plan.seconds)
    shifts = [(each.onset, *COURSES[each.kind]) for each in plan.worse if each.resident == number]
    sick, frail = number in plan.sicker, random.random() < 0.18
    usual = (
        random.normal(90.5, 0.5) if sick else random.normal(93.8, 0.5) if frail else random.normal(95.9, 0.8)
    )
    spo2 = usual + _wander(random, seconds, 0.6) + _noise(random, plan.seconds, 0.35, 12.0)
    pulse = random.uniform(60, 80) + _wander(random, seconds, 3.5) + _noise(random, plan.seconds, 1.2, 8.0)
    for onset, rise, more in shifts:
        level = np.clip((seconds - onset) / rise, 0.0, 1.0)
        spo2 += level * more.get("spo2", 0.0)
        pulse += level * more.get("pulse_rate", 0.0)
    off = _off(random, plan)
    flags = np.zeros(plan.seconds, np.int64)
    false = np.zeros(plan.seconds, np.bool_)
    hours = plan.seconds / HOUR
    _get_up(random, plan, pulse, spo2)
    _disturb(random, hours, (spo2, pulse, flags, false), number)
    breath = _breath(random, plan, shifts)
    _pulse_errors(random, hours, pulse, false)
    there = np.ones(plan.seconds, np.bool_)
    return Body(
        Stream(seconds[there], np.clip(np.rint(spo2), 60, 100), flags, false),
        Stream(seconds[there], np.clip(np.rint(pulse), 25, 220), flags.copy(), false),
        breath,
        off,
        float(random.uniform(118, 146)),
        float(random.uniform(36.3, 37.0)),
        shifts,
    )


def _noise(random: np.random.Generator, count: int, spread: float, correlation: float) -> Floats:
    """Return noise with a memory of some seconds, as an averaging sensor has."""
    knots = random.normal(0.0, spread, max(2, round(count / correlation) + 2))
    return np.interp(np.arange(count), np.arange(knots.size) * correlation, knots)


def _wander(random: np.random.Generator, seconds: Ints, size: float) -> Floats:
    """Return slow movement, minutes to hours."""
    found = np.zeros(seconds.size)
    for period in (900.0, 3400.0, 11_000.0):
        found += np.sin(seconds * (2 * np.pi / (period * random.uniform(0.8, 1.25))) + random.uniform(0, 6.3))
    return found * size / 3


def _spans(
    random: np.random.Generator, count: int, rate: float, low: float, high: float
) -> list[tuple[int, int]]:
    """Return some stretches, `rate` of them on average, each `low` to `high` seconds."""
    starts = random.integers(0, count, random.poisson(rate))
    lengths = np.exp(random.uniform(np.log(low), np.log(high), starts.size))
    return [(int(a), min(count, int(a + n))) for a, n in zip(starts, lengths, strict=True)]


def _disturb(
    random: np.random.Generator, hours: float, curves: tuple[Floats, Floats, Ints, Flags], number: int
) -> None:
    spo2, pulse, flags, false = curves
    for since, until in _spans(random, spo2.size, 0.6 * hours, 5, 60):
        # Movement: most sensors notice most of it.
        spo2[since:until] -= random.uniform(3, 16)
        pulse[since:until] += random.uniform(-20, 60)
        false[since:until] = True
        if random.random() < 0.75:
            flags[since:until] |= int(Quality.MOTION)
    for since, until in _spans(random, spo2.size, 0.45 * hours, 5, 25):
        spo2[since:until] -= random.uniform(4, 14)
        false[since:until] = True
        flags[since:until] |= int(Quality.LOW_PERFUSION)
    if number % 8 == 3:
        # Pauses of breathing in sleep: dip after dip, each back within the minute.
        for since, until in _spans(random, spo2.size, 0.25 * hours, 900, 5400):
            at = since
            while at < until:
                length = int(random.uniform(15, 40))
                span = slice(at, min(at + length, spo2.size))
                spo2[span] -= random.uniform(3, 6)
                false[span] = True
                at += length + int(random.uniform(35, 70))


def _pulse_errors(random: np.random.Generator, hours: float, pulse: Floats, false: Flags) -> None:
    """Let every second beat be missed, or each be counted twice, for some seconds."""
    for since, until in _spans(random, pulse.size, 0.35 * hours, 3, 14):
        pulse[since:until] *= 2.0 if random.random() < 0.5 else 0.5
        false[since:until] = True


def _get_up(random: np.random.Generator, plan: Plan, pulse: Floats, spo2: Floats) -> None:
    for since, until in _spans(random, plan.seconds, 1.6 * plan.seconds / (12 * HOUR), 180, 600):
        pulse[since:until] += random.uniform(10, 24)
        spo2[since:until] -= random.uniform(0, 1.2)


def _off(random: np.random.Generator, plan: Plan) -> list[tuple[int, int]]:
    found = _spans(random, plan.seconds, 0.7 * plan.seconds / (12 * HOUR), 20, 2400)
    return sorted(found)


def _breath(
    random: np.random.Generator, plan: Plan, shifts: list[tuple[int, int, dict[str, float]]]
) -> Stream:
    seconds = np.arange(0, plan.seconds, MAT)
    rate = random.uniform(13, 18) + _wander(random, seconds, 1.2) + random.normal(0, 0.5, seconds.size)
    for onset, rise, more in shifts:
        rate += np.clip((seconds - onset) / rise, 0.0, 1.0) * more.get("respiration_rate", 0.0)
    flags = np.zeros(seconds.size, np.int64)
    false = np.zeros(seconds.size, np.bool_)
    hit = random.random(seconds.size) < 0.012
    rate[hit] += random.uniform(-9, 14, int(hit.sum()))
    false[hit] = True
    flags[hit & (random.random(seconds.size) < 0.6)] |= int(Quality.MOTION)
    return Stream(seconds, np.clip(np.rint(rate), 4, 60), flags, false)
