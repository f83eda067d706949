import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.nomenclature import METRICS
from devices.simulators.physiology import FALL_SECONDS, Patient, Scenario, Timeline

NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200


@given(st.integers(0, 1000), st.floats(0, 2e9), st.sampled_from(Scenario), st.floats(-1e5, 1e5))
def test_pure_and_plausible(seed: int, time: float, scenario: Scenario, ago: float) -> None:
    line = Timeline().then(time - ago, scenario)
    first = Patient(seed).vitals(time, line)
    other = Patient(seed)
    other.vitals(time + 17)
    assert other.vitals(time, line) == first
    for metric in ("heart_rate", "spo2", "respiration_rate", "temperature", "systolic", "diastolic"):
        low, high = METRICS[metric].plausible
        assert low <= getattr(first, metric) <= high
    assert first.diastolic < first.mean_pressure < first.systolic


def test_patients_differ() -> None:
    rates = {round(Patient(seed).vitals(NOON).heart_rate, 3) for seed in range(20)}
    assert len(rates) == 20


def test_day_and_night() -> None:
    for seed in range(5):
        patient = Patient(seed)
        night = [patient.vitals(NOON - 9 * 3600 + t) for t in range(0, 3600, 60)]
        day = [patient.vitals(NOON + 3 * 3600 + t) for t in range(0, 3600, 60)]
        assert sum(v.temperature for v in night) < sum(v.temperature for v in day)
        assert sum(v.heart_rate for v in night) < sum(v.heart_rate for v in day)
        assert {patient.activity(NOON - 12 * 3600 + t) for t in range(0, 3600, 60)} == {0.0}


@pytest.mark.parametrize("seed", range(10))
def test_hypoxia_crosses_a_limit_within_half_a_minute_and_recovers(seed: int) -> None:
    patient = Patient(seed)
    line = Timeline().then(NOON, Scenario.HYPOXIA)
    assert patient.vitals(NOON - 1, line).spo2 > 92
    assert patient.vitals(NOON + 30, line).spo2 < 88
    line = line.then(NOON + 120, Scenario.WELL)
    assert patient.vitals(NOON + 120, line).spo2 < 86
    assert patient.vitals(NOON + 240, line).spo2 > 92


def test_vital_signs_move_together() -> None:
    patient = Patient(3)
    line = Timeline().then(NOON, Scenario.SEPSIS)
    before, ill = patient.vitals(NOON, line), patient.vitals(NOON + 600, line)
    assert ill.temperature > before.temperature + 1.8
    assert ill.heart_rate > before.heart_rate + 25
    assert ill.respiration_rate > before.respiration_rate + 6
    assert ill.systolic < before.systolic - 15
    assert ill.perfusion < before.perfusion


def test_fall_shakes_and_then_frightens() -> None:
    patient = Patient(3)
    line = Timeline().then(NOON, Scenario.FALL)
    assert patient.vitals(NOON + 1, line).motion
    assert not patient.vitals(NOON + FALL_SECONDS, line).motion
    assert patient.vitals(NOON + 10, line).heart_rate > patient.vitals(NOON - 1, line).heart_rate + 20


def test_arrhythmia_is_irregular() -> None:
    patient = Patient(3)
    line = Timeline().then(NOON, Scenario.ARRHYTHMIA)
    assert patient.vitals(NOON - 1, line).irregularity < 0.05
    assert patient.vitals(NOON + 30, line).irregularity > 0.2


def test_probe_scenarios_leave_the_person_well() -> None:
    patient = Patient(3)
    well = patient.vitals(NOON + 60)
    for scenario in (Scenario.PROBE_OFF, Scenario.MOTION):
        found = patient.vitals(NOON + 60, Timeline().then(NOON, scenario))
        assert found.probe_off == (scenario is Scenario.PROBE_OFF)
        assert found.motion == (scenario is Scenario.MOTION)
        assert found.spo2 == well.spo2


def test_timeline_replaces_what_was_planned_and_forgets_the_old() -> None:
    line = Timeline().then(100, Scenario.SEPSIS).then(50, Scenario.FALL)
    assert [change.scenario for change in line.changes] == [Scenario.FALL]
    assert line.current(49).scenario is Scenario.WELL
    assert line.current(50).scenario is Scenario.FALL
    for day in range(100):
        line = line.then(1e6 + day * 86_400, Scenario.HYPOXIA)
    assert len(line.changes) <= 8


def test_a_scenario_comes_without_a_step() -> None:
    line = Timeline().then(0, Scenario.HYPOXIA).then(40, Scenario.WELL).then(50, Scenario.HYPOXIA)
    levels = [line.level(Scenario.HYPOXIA, t / 10) for t in range(1000)]
    assert max(abs(b - a) for a, b in itertools.pairwise(levels)) < 0.02
    assert math.isclose(levels[-1], 1, abs_tol=0.05)
