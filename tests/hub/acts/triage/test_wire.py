"""A case as JSON, a result as JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.acts.triage.evaluation import assess
from hub.acts.triage.model import Case, Measured, TriageError
from hub.acts.triage.wire import read_case, said
from hub.alerting.news2 import ScoreError
from tests.hub.acts.triage.asking import RULES


def test_everything_that_can_be_said():
    case = read_case(
        RULES,
        {
            "answers": {
                "stroke": "yes",
                "fall": "no",
                "belly": "unknown",
                "inr": 3,
                "last_seen_well": "08:30",
                "airway": None,
            },
            "vitals": {
                "spo2": 96,
                "pulse": {"value": 88, "age": 40},
                "on_oxygen": False,
                "consciousness": "C",
                "spo2_scale": 2,
                "glucose": None,
            },
            "facts": {"anticoagulant": True, "insulin": None},
            "motif": "fall",
        },
    )
    assert case == Case(
        {"stroke": True, "fall": False, "belly": None, "inr": 3.0, "last_seen_well": "08:30", "airway": None},
        {
            "spo2": Measured(96.0),
            "pulse": Measured(88.0, 40.0),
            "on_oxygen": Measured(False),
            "consciousness": Measured("C"),
        },
        {"anticoagulant": True, "insulin": None},
        "fall",
        2,
    )


@pytest.mark.parametrize("given", [{}, {"answers": None, "vitals": None, "facts": None, "motif": None}])
def test_nothing_is_known(given):
    assert read_case(RULES, given) == Case()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "line is not a JSON object"),
        ({"answer": {}}, "field 'answer' is unknown"),
        ({"answers": []}, "answers is not a JSON object"),
        ({"motif": 3}, "motif '3' is unknown; known are unusual, fever"),
        ({"motif": "knee"}, "motif 'knee' is unknown"),
        ({"answers": {"knee": "yes"}}, "question 'knee' is unknown"),
        ({"answers": {"fall": "peut-être"}}, "answer fall is 'peut-être', expected yes, no or unknown"),
        ({"answers": {"fall": True}}, "answer fall is 'True'"),
        ({"answers": {"inr": "3"}}, "answer inr is not a number"),
        ({"answers": {"inr": True}}, "answer inr is not a number"),
        ({"answers": {"inr": 90}}, "answer inr is 90, expected 0.5 to 20"),
        ({"answers": {"inr": float("nan")}}, "answer inr is nan"),
        ({"answers": {"last_seen_well": "25:00"}}, "answer last_seen_well is no time of day as 08:30"),
        ({"answers": {"last_seen_well": 8}}, "answer last_seen_well is no time of day"),
        ({"vitals": {"mood": 3}}, "vital mood is unknown; known are"),
        ({"vitals": {"spo2": "96"}}, "vital spo2 is not a number"),
        ({"vitals": {"spo2": 20}}, "vital spo2 is 20, expected 35 to 100"),
        ({"vitals": {"pulse": 10}}, "vital pulse is 10, expected 20 to 300"),
        ({"vitals": {"on_oxygen": 1}}, "vital on_oxygen is neither true nor false"),
        ({"vitals": {"consciousness": "X"}}, "vital consciousness is 'X', expected one of A, C, V, P, U"),
        ({"vitals": {"spo2": {"value": 96, "unit": "%"}}}, "vital spo2: 'unit' is unknown"),
        ({"vitals": {"spo2": {"value": 96, "age": -1}}}, "vital spo2: age is -1 s"),
        ({"vitals": {"spo2": {"value": 96, "age": "1"}}}, "vital spo2: age is not a number"),
        ({"vitals": {"spo2_scale": 3}}, "vital spo2_scale is neither 1 nor 2"),
        ({"vitals": {"spo2_scale": True}}, "vital spo2_scale is neither 1 nor 2"),
        ({"facts": {"rich": True}}, "fact 'rich' is unknown"),
        ({"facts": {"insulin": "yes"}}, "fact insulin is neither true, false nor null"),
    ],
)
def test_what_is_wrong_is_said(given, said):
    with pytest.raises(TriageError) as error:
        read_case(RULES, given)
    assert said in str(error.value)


def test_a_result_says_why_and_from_where():
    result = said(
        assess(
            RULES,
            read_case(RULES, {"answers": {"airway": "yes"}, "vitals": {"spo2": {"value": 85, "age": 1000}}}),
        )
    )
    assert (result["outcome"], result["needed"], result["priority"]) == ("EMERGENCY", "EMERGENCY", "P0")
    reasons = {each["rule"]: each for each in result["reasons"]}
    assert reasons["red-02-airway"]["source"] == "V"
    assert reasons["red-02-airway"]["author"] == "Veilleuse"
    assert reasons["red-03-values"]["values"] == {"spo2": {"value": 85.0, "age": 1000.0}}
    assert reasons["red-01-arrest"]["unanswered"] == ["arrest"]
    assert result["aged"] == {"spo2": 1000.0}
    assert result["news2"]["total"] == 3
    assert result["news2"]["risk"] == "low-medium"


def test_a_result_of_nothing_has_no_risk_and_no_alternative():
    result = said(assess(RULES, Case()))
    assert (result["news2"]["risk"], result["alternative"]) == (None, None)
    declined = said(
        assess(
            RULES,
            read_case(
                RULES,
                {
                    "answers": dict.fromkeys(
                        ("arrest", "airway", "breathing", "circulation", "chest_pain", "stroke", "confused"),
                        "no",
                    )
                    | {"refuses": "yes"}
                },
            ),
        )
    )
    assert (declined["outcome"], declined["alternative"], declined["priority"]) == (
        "DECLINED",
        "IN_PERSON",
        None,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["answers", "vitals", "facts", "motif", "fall", "inr", "spo2", "value", "age", "insulin"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def answered(given):
    """Return the whole answer, as JSON."""
    try:
        result = said(assess(RULES, read_case(RULES, given)))
    except (TriageError, ScoreError) as error:
        result = {"error": str(error)}
    return json.dumps(result, allow_nan=False)


@given(JSON)
def test_any_json_is_answered_or_refused_in_words(given):
    assert answered(given) != "{}"
