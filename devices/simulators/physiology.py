"""A seeded patient: vital signs that move together, by day and night, at rest and active, well and worse.

Everything is a pure function of (seed, time line, time): the same patient asked twice says the same, and a night is
simulated in milliseconds. The figures are made for demonstrations and tests; they are plausible for a resident of 85,
no clinical model, and nothing may be concluded from them.
"""

from __future__ import annotations

import bisect
import enum
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np


class Scenario(enum.StrEnum):
    """What happens to a patient, or to the sensor on the patient."""

    WELL = "well"
    HYPOXIA = "hypoxia"
    "Saturation falls to 80 to 84 % within half a minute; heart and breath run after it."
    SEPSIS = "sepsis"
    "Fever, fast heart and breath, falling pressure; within minutes."
    FALL = "fall"
    "Some seconds of movement, then fright: a fast heart that calms down."
    ARRHYTHMIA = "arrhythmia"
    "Irregular and fast beats, as in atrial fibrillation."
    PROBE_OFF = "probe_off"
    "The sensor is not on the person; the person is well."
    MOTION = "motion"
    "Movement disturbs the signal; the person is well."


@dataclass(frozen=True, slots=True)
class Vitals:
    """A patient's vital signs at one time."""

    heart_rate: float
    "Beats per minute."
    spo2: float
    "Percent."
    respiration_rate: float
    "Breaths per minute."
    temperature: float
    "Degrees Celsius."
    systolic: float
    "mm[Hg]."
    diastolic: float
    "mm[Hg]."
    perfusion: float
    "Perfusion index, percent."
    irregularity: float
    "Spread of the times between beats as a part of their mean: 0.03 at rest, 0.25 in fibrillation."
    motion: bool = False
    probe_off: bool = False

    @property
    def mean_pressure(self) -> float:
        """Mean arterial pressure in mm[Hg]: diastolic and a third of the difference."""
        return self.diastolic + (self.systolic - self.diastolic) / 3


@dataclass(frozen=True, slots=True)
class _Course:
    """How one scenario moves the vital signs when fully there, and how fast it comes and goes."""

    rise: float
    "Time constant of its coming, seconds."
    ease: float
    "Time constant of its going, seconds."
    heart_rate: float = 0.0
    spo2: float = 0.0
    respiration_rate: float = 0.0
    temperature: float = 0.0
    systolic: float = 0.0
    diastolic: float = 0.0
    perfusion: float = 1.0
    "Factor."
    irregularity: float = 0.0


_COURSES = {
    Scenario.HYPOXIA: _Course(
        12, 20, heart_rate=22, spo2=-14, respiration_rate=9, systolic=12, diastolic=6, perfusion=0.7
    ),
    Scenario.SEPSIS: _Course(
        90,
        300,
        heart_rate=38,
        spo2=-5,
        respiration_rate=10,
        temperature=2.2,
        systolic=-34,
        diastolic=-18,
        perfusion=0.5,
        irregularity=-0.01,
    ),
    Scenario.FALL: _Course(
        2, 120, heart_rate=32, respiration_rate=8, systolic=18, diastolic=8, irregularity=0.02
    ),
    Scenario.ARRHYTHMIA: _Course(
        4, 10, heart_rate=48, respiration_rate=4, systolic=-12, perfusion=0.8, irregularity=0.22
    ),
}

FALL_SECONDS = 6.0
"How long a fall shakes the sensor."

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Change:
    """From `time` on, `scenario`."""

    time: float
    "Seconds, on the same scale as the times that the patient is asked for."
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happens when; scenarios follow each other, each ending the one before."""

    changes: tuple[Change, ...] = ()

    def then(self, time: float, scenario: Scenario) -> Timeline:
        """Return this time line with one more change; what was planned from `time` on is dropped.

        Changes that have long worn off are dropped too, so that a demonstration may run for months.
        """
        kept = [change for change in self.changes if time - 7 * _DAY < change.time < time]
        return Timeline((*kept, Change(time, scenario)))

    def current(self, time: float) -> Change:
        """Return the change in force."""
        index = bisect.bisect_right(self.changes, time, key=lambda change: change.time)
        return self.changes[index - 1] if index else Change(-math.inf, Scenario.WELL)

    def level(self, scenario: Scenario, time: float) -> float:
        """Return how far a scenario is there, 0 to 1; it comes and goes exponentially."""
        course, level = _COURSES[scenario], 0.0
        for index, change in enumerate(self.changes):
            if change.time >= time:
                break
            end = self.changes[index + 1].time if index + 1 < len(self.changes) else time
            elapsed = min(end, time) - change.time
            if change.scenario is scenario:
                level = 1 - (1 - level) * math.exp(-elapsed / course.rise)
            else:
                level *= math.exp(-elapsed / course.ease)
        return level


@dataclass(frozen=True, slots=True)
class _Wander:
    """Slow noise between -1 and 1: some sines whose periods share no beat."""

    terms: tuple[tuple[float, float, float], ...]

    @classmethod
    def of(cls, random: np.random.Generator, *periods: float) -> _Wander:
        return cls(
            tuple(
                (
                    1 / len(periods),
                    math.tau / (period * random.uniform(0.85, 1.15)),
                    random.uniform(0, math.tau),
                )
                for period in periods
            )
        )

    def at(self, time: float) -> float:
        return sum(weight * math.sin(speed * time + phase) for weight, speed, phase in self.terms)


@dataclass(slots=True)
class Patient:
    """One resident's body. Deterministic in the seed; ask for any time in any order."""

    seed: int
    usual: Mapping[str, float] = field(default_factory=dict)
    "What is usual for this patient, by the name of a field of `Vitals`; the rest is drawn from the seed."
    _base: Vitals = field(init=False)
    _wander: dict[str, _Wander] = field(init=False)
    _activity: _Wander = field(init=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        systolic = random.uniform(118, 148)
        drawn = Vitals(
            heart_rate=random.uniform(60, 80),
            spo2=random.uniform(94.6, 97.6),
            respiration_rate=random.uniform(14, 18),
            temperature=random.uniform(36.3, 36.9),
            systolic=systolic,
            diastolic=systolic * random.uniform(0.54, 0.62),
            perfusion=random.uniform(1.5, 5.0),
            irregularity=random.uniform(0.015, 0.035),
        )
        self._base = Vitals(**(asdict(drawn) | dict(self.usual)))
        names = ("heart_rate", "spo2", "respiration_rate", "temperature", "pressure", "perfusion")
        self._wander = {name: _Wander.of(random, 37, 211, 1_303) for name in names}
        self._activity = _Wander.of(random, 1_500, 4_100, 9_700)

    def activity(self, time: float) -> float:
        """Return how active the patient is, 0 (resting) to 1 (walking); none at night."""
        awake = max(0.0, -math.cos(math.tau * ((time / _DAY) % 1.0)) + 0.3)
        return min(1.0, max(0.0, self._activity.at(time) * 2.2 - 0.6) * awake)

    def vitals(self, time: float, timeline: Timeline | None = None) -> Vitals:
        """Return the vital signs at a time.

        Args:
            time: seconds since 1970-01-01T00:00:00Z; the time of day is taken from it.
            timeline: what happens to the patient, on the same scale; nothing when `None`.
        """
        line = timeline or Timeline()
        base, wander = self._base, {name: each.at(time) for name, each in self._wander.items()}
        active = self.activity(time)
        # The body's day: lowest about 4 h, highest about 16 h (universal time; a home's offset does not matter).
        day = -math.cos(math.tau * ((time / _DAY - 4 / 24) % 1.0))
        heart_rate = base.heart_rate + 4 * day + 3 * wander["heart_rate"] + 18 * active
        spo2 = base.spo2 + 0.7 * wander["spo2"] - 0.8 * active
        respiration = base.respiration_rate + 0.8 * wander["respiration_rate"] + 0.5 * day + 4 * active
        temperature = base.temperature + 0.25 * day + 0.06 * wander["temperature"]
        systolic = base.systolic + 6 * day + 4 * wander["pressure"] + 12 * active
        diastolic = base.diastolic + 3 * day + 2 * wander["pressure"] + 4 * active
        perfusion = base.perfusion * (1 + 0.2 * wander["perfusion"])
        irregularity = base.irregularity
        for scenario, course in _COURSES.items():
            level = line.level(scenario, time)
            heart_rate += level * course.heart_rate
            spo2 += level * course.spo2
            respiration += level * course.respiration_rate
            temperature += level * course.temperature
            systolic += level * course.systolic
            diastolic += level * course.diastolic
            perfusion *= 1 + level * (course.perfusion - 1)
            irregularity += level * course.irregularity
        now = line.current(time)
        falling = now.scenario is Scenario.FALL and time - now.time < FALL_SECONDS
        return Vitals(
            heart_rate=heart_rate,
            spo2=min(100.0, spo2),
            respiration_rate=respiration,
            temperature=temperature,
            systolic=systolic,
            diastolic=diastolic,
            perfusion=perfusion,
            irregularity=max(0.01, irregularity),
            motion=falling or now.scenario is Scenario.MOTION,
            probe_off=now.scenario is Scenario.PROBE_OFF,
        )
