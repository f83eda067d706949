"""The vectors of sheet 09, part 6, by their number."""

import pytest

from hub.acts.triage.evaluation import assess
from hub.acts.triage.model import Case, Measured, Outcome, Priority
from tests.hub.acts.triage.asking import NOTHING, RULES, WELL, ask, rows_of, rules_of


def test_1_unresponsive():
    result = ask("arrest")
    assert (result.outcome, result.priority) == (Outcome.EMERGENCY, Priority.P0)


def test_2_face_droop():
    result = ask("stroke")
    assert result.outcome is Outcome.EMERGENCY
    assert "AVC" in result.reasons[0].text
    assert "last_seen_well" in result.to_ask


def test_3_fall_with_head_impact_under_apixaban():
    result = ask(["fall", "head_impact"], motif="fall", facts={"anticoagulant": True})
    assert (result.outcome, rows_of(result)) == (Outcome.EMERGENCY, {10})


def test_4_fall_without_harm():
    result = ask("fall", motif="fall")
    assert (result.outcome, result.repeat_hours) == (Outcome.NURSE_CARE, 1)
    assert ask(["fall", "pain"], motif="fall").outcome is Outcome.TC_TODAY


def test_5_sepsis():
    values = {"temperature": 38.9, "respiration_rate": 24.0, "systolic": 98.0, "consciousness": "C"}
    result = assess(RULES, Case(NOTHING, {name: Measured(each) for name, each in values.items()}))
    assert result.outcome is Outcome.EMERGENCY
    assert {7, 8} <= rows_of(result)
    assert result.score.total == 8
    assert dict(result.score.points) == {
        "respiration_rate": 2,
        "systolic": 2,
        "consciousness": 3,
        "temperature": 1,
    }


def test_6_chest_pain():
    result = ask(["chest_pain", "sweating"], motif="chest_pain")
    assert (result.outcome, result.priority) == (Outcome.EMERGENCY, Priority.P1)


def test_7_constipation():
    result = ask(motif="constipation")
    assert (result.outcome, result.score.total) == (Outcome.NURSE_CARE, 0)


def test_8_skin_lesion():
    assert ask(motif="skin").outcome is Outcome.TELEEXPERTISE
    assert ask("no_photo", motif="skin").outcome is Outcome.IN_PERSON


@pytest.mark.parametrize("motif", ["", "fever", "big_leg", "wound"])
def test_9_video_refused(motif):
    result = ask("refuses", motif=motif)
    assert (result.outcome, result.alternative) == (Outcome.DECLINED, Outcome.IN_PERSON)
    assert result.needed is ask(motif=motif).outcome
    assert result.within_minutes == ask(motif=motif).within_minutes


def test_10_palliative_and_expected():
    result = ask(["breathing", "expected"], facts={"palliative": True})
    assert (result.outcome, result.plan_first) == (Outcome.URGENT_TC, True)


def test_11_nothing_is_known():
    result = assess(RULES, Case())
    assert result.outcome is Outcome.EMERGENCY
    assert rows_of(result) == set(range(1, 8))
    assert all(each.unanswered for each in result.reasons)
    assert set(result.to_measure) >= set(WELL)
    assert {"arrest", "bleeding", "other_signs"} <= set(result.to_ask)
    assert "head_impact" not in result.to_ask


def test_11_seven_answers_end_the_emergency():
    seven = {
        name: False
        for name in NOTHING
        if name in {"arrest", "airway", "breathing", "circulation", "chest_pain", "stroke", "confused"}
    }
    result = assess(RULES, Case(seven, WELL))
    assert result.outcome is not Outcome.EMERGENCY
    assert rules_of(result) == set()


# 12 (the physician says reoriented) is in tests/hub/api/test_triage.py.
