"""Precedence, the unknown, ages, and what no combination of answers may do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.acts.triage.evaluation import alone, assess, pending, revise
from hub.acts.triage.model import Case, Measured, Outcome, TriageError
from hub.alerting.news2 import ScoreError
from tests.hub.acts.triage.asking import NO_RISK, NOTHING, RULES, WELL, ask, rules_of

SIGNS = [
    name
    for name, each in RULES.questions.items()
    if not each.number
    and not each.time
    and each.part != "eligibility"
    and name not in {"palliative", "expected"}
]
"Questions whose yes is a sign of something."


def test_outcomes_are_in_the_order_of_the_sheet():
    assert [each.value for each in sorted(Outcome, key=lambda each: -each.rank)] == [
        "EMERGENCY",
        "URGENT_TC",
        "TC_TODAY",
        "TC_PLANNED",
        "IN_PERSON",
        "TELEEXPERTISE",
        "NURSE_CARE",
        "REORIENTED",
        "DECLINED",
    ]


def test_every_outcome_that_rules_give_is_given():
    found = {each.outcome for each in RULES.rules} | {each.outcome for each in RULES.eligibility}
    assert found == set(Outcome) - {Outcome.REORIENTED}


def test_without_any_sign_or_motif_a_consultation_is_planned():
    result = ask()
    assert (result.outcome, result.reasons, result.within_minutes) == (Outcome.TC_PLANNED, (), 0)


@pytest.mark.parametrize(
    ("values", "outcome", "proposed"),
    [
        ({"respiration_rate": 21.0, "spo2": 95.0}, Outcome.NURSE_CARE, False),
        ({"temperature": 35.0}, Outcome.TC_TODAY, False),
        ({"respiration_rate": 21.0, "spo2": 95.0, "pulse": 111.0}, Outcome.URGENT_TC, False),
        ({"respiration_rate": 25.0, "spo2": 93.0, "pulse": 111.0}, Outcome.EMERGENCY, True),
    ],
)
def test_values_alone(values, outcome, proposed):
    result = ask(**values)
    assert (result.outcome, result.proposed) == (outcome, proposed)


def test_a_red_value_is_seen_within_two_hours():
    assert ask(temperature=35.0).within_minutes == 120
    assert ask(temperature=35.0).repeat_hours == 1


def test_a_reason_holds_the_values_it_rests_on():
    (reason,) = ask(spo2=89.0, respiration_rate=None).reasons[:1]
    assert reason.values == {"spo2": Measured(89.0)}
    scored = next(each for each in ask(pulse=111.0).reasons if each.rule == "news2-some")
    assert scored.values == {"pulse": Measured(111.0)}


def test_a_value_of_more_than_a_quarter_of_an_hour_is_said_and_measured_again():
    old = {"spo2": Measured(91.0, 901)}
    result = assess(RULES, Case(NOTHING, WELL | old, NO_RISK, "constipation"))
    assert result.aged == {"spo2": 901}
    assert result.to_measure == ("spo2",)
    assert "news2-red" in rules_of(result)


def test_a_value_that_is_too_old_is_none():
    result = assess(RULES, Case(NOTHING, WELL | {"spo2": Measured(60.0, 14_401)}, NO_RISK, "constipation"))
    assert result.outcome is Outcome.NURSE_CARE
    assert (result.aged, result.to_measure) == ({}, ("spo2",))


def test_what_cannot_change_a_score_enough_is_not_asked_for():
    # The temperature has 3 points at most: of somebody else well it makes a red parameter, never 5.
    assert ask(motif="constipation", temperature=None).to_measure == ("temperature",)
    # Oxygen has 2 at most, which are no red parameter; with the second scale it also decides what a saturation scores.
    assert ask(motif="constipation", on_oxygen=None).to_measure == ()
    assert ask(motif="constipation", on_oxygen=None, spo2=97.0, scale=2).to_measure == ("on_oxygen",)


def test_what_is_unknown_of_rows_8_and_more_is_asked_and_leads_nowhere():
    result = ask(motif="constipation", unknown=("bleeding",))
    assert result.outcome is Outcome.NURSE_CARE
    assert "bleeding" in result.to_ask


def test_what_is_sure_to_be_an_emergency_asks_only_what_the_dispatcher_wants():
    result = ask("stroke", motif="fever", unknown=("bleeding", "infection"), spo2=None)
    assert (result.to_measure, result.to_ask) == ((), ("last_seen_well",))


@pytest.mark.parametrize("motif", ["fever", "other", "skin"])
def test_what_needs_a_hand_is_no_video(motif):
    result = ask("needs_touch", motif=motif)
    assert (result.outcome, result.alternative) == (Outcome.IN_PERSON, None)
    assert result.reasons[-1].rule == "touch"


@pytest.mark.parametrize("barrier", ["alone_mute", "no_equipment"])
def test_what_cannot_be_seen_is_no_video(barrier):
    assert ask(barrier, motif="fever").outcome is Outcome.IN_PERSON


@pytest.mark.parametrize("barrier", ["needs_touch", "alone_mute", "no_equipment"])
def test_no_barrier_delays_what_is_urgent(barrier):
    assert ask(barrier, motif="big_leg").outcome is Outcome.URGENT_TC
    assert ask([barrier, "refuses"], motif="chest_pain").outcome is Outcome.EMERGENCY


def test_an_unknown_motif_is_refused():
    with pytest.raises(TriageError, match="motif 'knee' is unknown"):
        ask(motif="knee")


def test_a_value_that_is_nobodys_is_refused():
    with pytest.raises(ScoreError, match="spo2 is 101"):
        ask(spo2=101.0)


def cases():
    answer = st.sampled_from([True, False, None])
    return st.builds(
        Case,
        st.dictionaries(st.sampled_from(SIGNS), answer),
        st.fixed_dictionaries(
            {},
            optional={
                "respiration_rate": st.floats(5, 40).map(Measured),
                "spo2": st.floats(70, 100).map(Measured),
                "systolic": st.floats(60, 230).map(Measured),
                "pulse": st.floats(30, 160).map(Measured),
                "glucose": st.floats(30, 500).map(Measured),
                "consciousness": st.sampled_from("ACVPU").map(Measured),
                "on_oxygen": st.booleans().map(Measured),
            },
        ),
        st.dictionaries(st.sampled_from(["anticoagulant", "antiplatelet", "immunosuppression"]), answer),
        st.sampled_from(["", *RULES.motifs]),
        st.sampled_from([1, 2]),
    )


@settings(max_examples=150)
@given(cases(), st.sampled_from(SIGNS))
def test_more_signs_never_lead_lower(case, sign):
    less = Case({**case.answers, sign: False}, case.vitals, case.facts, case.motif, case.spo2_scale)
    more = Case({**case.answers, sign: True}, case.vitals, case.facts, case.motif, case.spo2_scale)
    assert assess(RULES, more).needed.rank >= assess(RULES, less).needed.rank


@settings(max_examples=150)
@given(cases())
def test_what_leads_is_one_of_the_reasons_and_what_is_unknown_is_never_hidden(case):
    result = assess(RULES, case)
    assert result.needed in {each.outcome for each in result.reasons} | {RULES.usual}
    assert list(result.reasons) == sorted(result.reasons, key=lambda each: -each.outcome.rank)
    for reason in result.reasons:
        assert all(case.answers.get(each) is None for each in reason.unanswered)
        assert (reason.outcome is Outcome.EMERGENCY) is (reason.priority is not None)


def refused(proposed, chosen, reason=""):
    try:
        revise(proposed, chosen, reason)
    except TriageError:
        return True
    return False


def test_a_person_may_always_ask_for_more():
    choices = [each for each in Outcome if each is not Outcome.REORIENTED]
    for proposed in choices:
        assert [refused(proposed, chosen) for chosen in choices] == [
            chosen.rank < proposed.rank for chosen in choices
        ]


def test_less_needs_a_typed_reason():
    with pytest.raises(TriageError, match="TC_TODAY is less than EMERGENCY and has no reason"):
        revise(Outcome.EMERGENCY, Outcome.TC_TODAY, "  ")
    revise(Outcome.EMERGENCY, Outcome.TC_TODAY, "vue par le médecin à l'instant")


def test_only_who_saw_the_resident_reorients():
    with pytest.raises(TriageError, match="REORIENTED"):
        revise(Outcome.EMERGENCY, Outcome.REORIENTED, "parce que")


def test_first_the_screen_then_what_follows_from_it_and_what_the_record_does_not_say():
    assert pending(RULES, Case())[:12] == tuple(NOTHING)
    answers = NOTHING | {"fall": True, "stroke": None}
    found = pending(RULES, Case(answers, WELL, NO_RISK | {"insulin": None}, "fall"))
    assert found[:9] == RULES.motifs["fall"].questions
    assert found[9:] == ("takes_insulin", "refuses", "needs_touch", "alone_mute", "no_equipment")


def test_what_was_answered_is_not_put_again_not_even_by_not_knowing():
    assert "fall" not in pending(RULES, Case({"fall": None}))
    assert pending(RULES, Case(NOTHING | {"fall": True}, facts=NO_RISK))[0] == "head_impact"


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("arrest", Outcome.EMERGENCY),
        ("belly", Outcome.EMERGENCY),
        ("fall", Outcome.TC_PLANNED),
        ("infection", Outcome.TC_TODAY),
        ("other_signs", Outcome.URGENT_TC),
    ],
)
def test_where_one_answer_of_the_screen_leads(question, outcome):
    assert alone(RULES, question) is outcome
