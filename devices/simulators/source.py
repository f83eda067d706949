"""What one virtual sensor measures: a patient shared with other sensors, or a recorded heart, through one probe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from devices.simulators.beats import MIDDLE, Heart
from devices.simulators.physiology import Patient, Scenario, Timeline, Vitals
from devices.simulators.recorded import Recording

PROBE_SCENARIOS = frozenset({Scenario.PROBE_OFF, Scenario.MOTION})
"What happens to one sensor and not to its patient."


@dataclass(slots=True)
class Subject:
    """A patient and what happens to them, shared by the sensors they wear."""

    name: str
    patient: Patient
    timeline: Timeline = field(default_factory=Timeline)

    def happen(self, time: float, scenario: Scenario) -> None:
        """Begin a scenario; it replaces the one before."""
        self.timeline = self.timeline.then(time, scenario)


@dataclass(slots=True)
class Source:
    """What reaches one sensor."""

    subject: Subject
    recording: Recording | None = None
    probe: Scenario = Scenario.WELL
    "`probe_off`, `motion`, or `well` for a probe that sits."
    _heart: Heart = field(init=False)
    _artefact: np.random.Generator = field(init=False)
    _began: float | None = None

    def __post_init__(self) -> None:
        self._heart = Heart(self.subject.patient.seed)
        self._artefact = np.random.default_rng([self.subject.patient.seed, 2])

    def vitals(self, time: float) -> Vitals:
        """Return what the sensor would find at a time, seconds UTC."""
        found = self.subject.patient.vitals(time, self.subject.timeline)
        motion = found.motion or self.probe is Scenario.MOTION
        if self.recording is not None:
            found = replace(found, heart_rate=self.recording.heart_rate(self._replayed(time)))
        if motion:
            # Movement is mistaken for pulses and drags the saturation down: why doubtful values never raise alarms.
            found = replace(
                found,
                spo2=found.spo2 - float(self._artefact.uniform(2, 12)),
                heart_rate=found.heart_rate + float(self._artefact.uniform(-15, 35)),
            )
        return replace(found, motion=motion, probe_off=found.probe_off or self.probe is Scenario.PROBE_OFF)

    def pleth(self, time: float, count: int, rate: float, vitals: Vitals) -> list[int]:
        """Return `count` samples of the curve from `time` on, 0 to 255."""
        if self.recording is None:
            return self._heart.pleth(time, count, rate, vitals)
        if vitals.probe_off:
            return [MIDDLE] * count
        samples = self.recording.pleth(self._replayed(time), count, rate)
        if not vitals.motion:
            return samples
        noise = self._artefact.normal(0, 45, count)
        return [min(255, max(0, round(sample + noise[index]))) for index, sample in enumerate(samples)]

    def intervals(self, since: float, until: float, vitals: Vitals) -> list[float]:
        """Return the intervals between beats that ended in (since, until], seconds, oldest first."""
        if self.recording is not None:
            return self.recording.intervals(self._replayed(since), self._replayed(until))
        self._heart.step(until, vitals)
        return self._heart.beats()

    def _replayed(self, time: float) -> float:
        # The replay starts with the first question; -1 keeps the question before it inside the recording.
        if self._began is None:
            self._began = time - 1.0
        return max(0.0, time - self._began)
