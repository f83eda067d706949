import numpy as np
import pytest

from devices.simulators.beats import MIDDLE, Heart
from devices.simulators.physiology import Patient, Scenario, Timeline, Vitals
from devices.simulators.source import Source, Subject

WELL = Vitals(72, 97, 15, 36.6, 120, 75, 3.0, 0.02)


def intervals(vitals: Vitals, seconds: int = 120) -> list[float]:
    heart, found = Heart(4), []
    for second in range(seconds):
        heart.step(1e9 + second, vitals)
        found += heart.beats()
    return found


def test_beats_keep_time() -> None:
    found = intervals(WELL)
    assert 60 / float(np.mean(found)) == pytest.approx(72, rel=0.02)
    assert float(np.std(found)) / float(np.mean(found)) == pytest.approx(0.02, abs=0.006)


def test_arrhythmia_scatters_the_beats() -> None:
    found = intervals(Vitals(110, 97, 15, 36.6, 120, 75, 3.0, 0.25))
    assert float(np.std(found)) / float(np.mean(found)) > 0.18
    assert min(found) >= 0.25


def test_same_seed_same_curve() -> None:
    assert Heart(4).pleth(1e9, 300, 75, WELL) == Heart(4).pleth(1e9, 300, 75, WELL)
    assert Heart(4).pleth(1e9, 300, 75, WELL) != Heart(5).pleth(1e9, 300, 75, WELL)


def test_blocks_join_without_a_seam() -> None:
    heart = Heart(4)
    blocks = [sample for n in range(30) for sample in heart.pleth(1e9 + n / 3, 25, 75, WELL)]
    steps = np.abs(np.diff(np.asarray(blocks, dtype=np.float64)))
    inside = np.delete(steps, np.arange(24, steps.size, 25))
    assert steps[24::25].max() <= inside.max() + 3


def test_a_probe_that_is_off_shows_no_pulse_and_motion_noise() -> None:
    source = Source(Subject("p", Patient(4)))
    source.probe = Scenario.PROBE_OFF
    vitals = source.vitals(1e9)
    assert vitals.probe_off
    assert set(source.pleth(1e9, 75, 75, vitals)) == {MIDDLE}
    source.probe = Scenario.MOTION
    shaken = source.vitals(1e9)
    source.probe = Scenario.WELL
    assert shaken.motion
    assert shaken.spo2 < source.vitals(1e9).spo2 - 1.9


def test_sensors_of_one_patient_share_what_happens() -> None:
    subject = Subject("p", Patient(4))
    left, right = Source(subject), Source(subject)
    subject.happen(1e9, Scenario.HYPOXIA)
    assert left.vitals(1e9 + 60).spo2 == right.vitals(1e9 + 60).spo2 < 88
    assert subject.timeline == Timeline().then(1e9, Scenario.HYPOXIA)
