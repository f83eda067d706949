"""Every red flag of sheet 09, part 3, by answer and by value, and what is next to it and is none."""

import pytest

from hub.acts.triage.model import Outcome, Priority
from tests.hub.acts.triage.asking import ask, rows_of, rules_of

BY_ANSWER = [
    (1, "arrest", Priority.P0),
    (2, "airway", Priority.P0),
    (3, "breathing", Priority.P1),
    (4, "circulation", Priority.P1),
    (5, "chest_pain", Priority.P1),
    (6, "stroke", Priority.P1),
    (7, "confused", Priority.P1),
    (9, "bleeding", Priority.P1),
    (10, "head_signs", Priority.P1),
    (11, "deformity", Priority.P1),
    (12, "belly", Priority.P1),
    (13, "allergy", Priority.P1),
    (15, "danger", Priority.P1),
    (16, "cold_limb", Priority.P1),
    (16, "swollen_limb", Priority.P1),
    (17, "retention", Priority.P1),
    (17, "testicle", Priority.P1),
    (17, "vision_loss", Priority.P1),
    (17, "chemical_eye", Priority.P1),
    (18, "burn", Priority.P1),
    (18, "poison", Priority.P1),
    (18, "wrong_drug", Priority.P1),
    (19, "skin_spreading", Priority.P1),
]


@pytest.mark.parametrize(("row", "question", "priority"), BY_ANSWER)
def test_one_answer_is_an_emergency_whatever_the_others_say(row, question, priority):
    result = ask(question, motif="constipation")
    assert (result.outcome, result.priority, rows_of(result)) == (Outcome.EMERGENCY, priority, {row})
    assert not result.proposed
    assert result.to_measure == ()


@pytest.mark.parametrize(
    ("row", "values"),
    [
        (3, {"respiration_rate": 30.0}),
        (3, {"respiration_rate": 8.0}),
        (3, {"spo2": 89.0}),
        (3, {"spo2": 83.0, "scale": 2}),
        (4, {"systolic": 89.0}),
        (7, {"consciousness": "C"}),
        (7, {"consciousness": "U"}),
    ],
)
def test_one_value_is_an_emergency(row, values):
    result = ask(**values)
    assert (result.outcome, result.priority) == (Outcome.EMERGENCY, Priority.P1)
    assert row in rows_of(result)


@pytest.mark.parametrize(
    "values",
    [
        {"respiration_rate": 29.0},
        {"respiration_rate": 9.0},
        {"spo2": 90.0},
        {"spo2": 84.0, "scale": 2},
        {"systolic": 90.0},
    ],
)
def test_one_step_less_is_not_a_red_flag(values):
    assert rows_of(ask(**values)) == set()


@pytest.mark.parametrize("pulse", [131.0, 39.0])
def test_an_extreme_pulse_is_an_emergency_once_it_is_felt(pulse):
    still = ask(pulse=pulse)
    assert still.outcome is Outcome.TC_TODAY
    assert still.to_ask == ("malaise",)
    assert rows_of(ask("malaise", pulse=pulse)) == {4}


def test_sepsis_by_two_signs_of_three():
    assert rows_of(ask("infection", respiration_rate=22.0, systolic=100.0)) == {8}
    assert rows_of(ask(motif="fever", respiration_rate=22.0, systolic=100.0)) == {8}
    assert rows_of(ask(temperature=38.5, respiration_rate=22.0, systolic=100.0)) == {8}
    assert rows_of(ask(respiration_rate=22.0, systolic=100.0)) == set()
    assert rows_of(ask("infection", respiration_rate=22.0)) == set()


def test_sepsis_by_the_score():
    assert "red-08-news2" in rules_of(ask("infection", respiration_rate=21.0, pulse=111.0, temperature=38.1))


def test_bleeding_that_goes_on_under_an_anticoagulant():
    result = ask("still_bleeding", motif="epistaxis", facts={"anticoagulant": True})
    assert (result.outcome, rows_of(result)) == (Outcome.EMERGENCY, {9})
    assert ask("still_bleeding", motif="epistaxis").outcome is Outcome.URGENT_TC


@pytest.mark.parametrize("drug", ["anticoagulant", "antiplatelet"])
def test_a_head_that_was_hit_under_a_drug_that_thins_the_blood(drug):
    result = ask(["fall", "head_impact"], facts={drug: True})
    assert (result.outcome, rows_of(result)) == (Outcome.EMERGENCY, {10})


def test_a_head_that_was_hit_while_nobody_knows_the_drugs_is_seen_soon_and_the_drugs_are_asked_for():
    result = ask(["fall", "head_impact"], facts={"anticoagulant": None})
    assert result.outcome is Outcome.URGENT_TC
    assert result.to_ask == ("head_signs", "deformity", "takes_anticoagulant")
    assert result.unknown_factors == ("anticoagulant",)
    answered = ask(["fall", "head_impact", "takes_anticoagulant"], facts={"anticoagulant": None})
    assert answered.outcome is Outcome.EMERGENCY
    assert answered.factors == ("anticoagulant",)


@pytest.mark.parametrize("sign", ["cannot_stand", "hip_pain", "floor_hour", "spine_pain"])
def test_a_fall_is_urgent_and_an_emergency_when_the_state_is_bad(sign):
    assert ask(["fall", sign]).outcome is Outcome.URGENT_TC
    assert rows_of(ask(["fall", sign])) == {11}
    assert ask(["fall", sign], respiration_rate=25.0, pulse=111.0).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("sign", ["distended", "vomiting"])
def test_neither_gas_nor_stool(sign):
    assert rows_of(ask(["no_gas", sign], motif="constipation")) == {12}
    assert rows_of(ask("no_gas", motif="constipation")) == set()


def test_sugar():
    assert rows_of(ask("hypo_signs", glucose=59.0)) == {14}
    assert rows_of(ask("hyper_signs", glucose=301.0)) == {14}
    assert rows_of(ask("vomiting", motif="vomiting", glucose=301.0)) == {14}
    assert rows_of(ask("hypo_signs", glucose=60.0)) == set()
    assert rows_of(ask("hyper_signs", glucose=300.0)) == set()
    assert ask(glucose=59.0).outcome is Outcome.TC_TODAY


def test_an_anticoagulant_that_is_too_strong():
    assert rows_of(ask("any_bleeding", motif="avk")) == {18}
    assert ask(motif="avk").to_ask == ("inr", "any_bleeding")


def test_an_expected_event_of_a_palliative_resident_never_leads_to_15_by_itself():
    result = ask(["breathing", "expected"], facts={"palliative": True})
    assert (result.outcome, result.priority) == (Outcome.URGENT_TC, None)
    assert result.plan_first
    assert result.reasons[0].rule == "palliative"
    assert rows_of(result) == {20, 3}
    assert result.within_minutes == 60


def test_an_unexpected_event_of_a_palliative_resident_is_an_emergency_with_the_plan_first():
    result = ask("breathing", facts={"palliative": True})
    assert (result.outcome, result.plan_first) == (Outcome.EMERGENCY, True)


def test_a_plan_never_leads_higher():
    result = ask("expected", motif="constipation", facts={"palliative": True})
    assert (result.outcome, result.plan_first) == (Outcome.NURSE_CARE, True)
