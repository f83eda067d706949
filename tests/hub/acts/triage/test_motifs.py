"""Every motif of sheet 09, part 4: where it leads by itself, and what leads further."""

import pytest

from hub.acts.triage.model import Outcome
from tests.hub.acts.triage.asking import RULES, ask

ALONE = {
    "unusual": Outcome.NURSE_CARE,
    "fever": Outcome.TC_TODAY,
    "agitation": Outcome.TC_TODAY,
    "fall": Outcome.NURSE_CARE,
    "epistaxis": Outcome.TC_TODAY,
    "haemorrhage": Outcome.URGENT_TC,
    "big_leg": Outcome.URGENT_TC,
    "wound": Outcome.TELEEXPERTISE,
    "hypoglycaemia": Outcome.TC_TODAY,
    "avk": Outcome.TC_TODAY,
    "head_injury": Outcome.URGENT_TC,
    "stroke": Outcome.EMERGENCY,
    "headache": Outcome.TC_TODAY,
    "choking": Outcome.EMERGENCY,
    "dyspnoea": Outcome.TC_TODAY,
    "chest_pain": Outcome.EMERGENCY,
    "abdominal_pain": Outcome.TC_TODAY,
    "vomiting": Outcome.NURSE_CARE,
    "constipation": Outcome.NURSE_CARE,
    "skin": Outcome.TELEEXPERTISE,
    "other": Outcome.TC_PLANNED,
}


def test_there_is_no_other_motif():
    assert set(RULES.motifs) == set(ALONE)


@pytest.mark.parametrize(("motif", "outcome"), ALONE.items())
def test_a_motif_alone(motif, outcome):
    assert ask(motif=motif).outcome is outcome


@pytest.mark.parametrize("motif", ALONE)
def test_a_motif_asks_five_to_ten_questions(motif):
    assert 5 <= len(RULES.motifs[motif].questions) <= 10


@pytest.mark.parametrize(
    ("motif", "yes", "outcome"),
    [
        ("unusual", "worse", Outcome.TC_TODAY),
        ("fever", "shivering", Outcome.URGENT_TC),
        ("fall", "pain", Outcome.TC_TODAY),
        ("wound", "deep_wound", Outcome.IN_PERSON),
        ("wound", "no_tetanus", Outcome.IN_PERSON),
        ("wound", "fever_felt", Outcome.TC_TODAY),
        ("hypoglycaemia", "still_low", Outcome.URGENT_TC),
        ("headache", "sudden_headache", Outcome.EMERGENCY),
        ("headache", "new_deficit", Outcome.EMERGENCY),
        ("dyspnoea", "lying_worse", Outcome.URGENT_TC),
        ("vomiting", "dry", Outcome.TC_TODAY),
        ("constipation", "distended", Outcome.TC_TODAY),
        ("skin", "fever_felt", Outcome.TC_TODAY),
        ("other", "pain", Outcome.TC_TODAY),
    ],
)
def test_a_sign_leads_further(motif, yes, outcome):
    assert ask(yes, motif=motif).outcome is outcome


def test_headache_with_fever_and_a_stiff_neck():
    assert ask("stiff_neck", motif="headache").outcome is Outcome.TC_TODAY
    assert ask(["stiff_neck", "fever_felt"], motif="headache").outcome is Outcome.EMERGENCY


def test_fever_of_who_has_weak_defences():
    assert ask(motif="fever", facts={"immunosuppression": True}).outcome is Outcome.URGENT_TC


def test_breathing_and_unusual_situations_are_led_by_values():
    assert ask(motif="dyspnoea", respiration_rate=25.0, spo2=93.0).outcome is Outcome.URGENT_TC
    assert ask(motif="unusual", respiration_rate=25.0, spo2=91.0, pulse=111.0).outcome is Outcome.EMERGENCY


def test_agitation_asks_for_the_blood_sugar():
    assert ask(motif="agitation").to_measure == ("glucose",)
    assert ask(motif="agitation", glucose=50.0).outcome is Outcome.URGENT_TC
    assert ask(motif="constipation").to_measure == ()


def test_what_belongs_to_another_motif_is_not_asked():
    assert ask(motif="constipation").to_ask == ("pain", "no_gas", "distended", "vomiting")
    assert ask(motif="big_leg").to_ask == ("swollen_limb",)
    assert ask().to_ask == ()


def test_a_nurse_is_told_what_to_do_and_when_to_look_again():
    result = ask(motif="constipation")
    assert result.repeat_hours == 24
    assert "laxatif" in result.reasons[0].care
