"""NEWS2 against the chart's own edges, the sheet's worked examples, and the cases of others that agree with the chart."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerting.news2 import PARAMETERS, Consciousness, Risk, Score, ScoreError, Vitals, score

NEUTRAL = {
    "respiration_rate": 16,
    "spo2": 98,
    "on_oxygen": False,
    "systolic": 120,
    "pulse": 70,
    "consciousness": "A",
    "temperature": 37.0,
}


def vitals(**given_values):
    values = NEUTRAL | given_values
    numbers = {
        name: None if values[name] is None else Decimal(str(values[name]))
        for name in ("respiration_rate", "spo2", "systolic", "pulse", "temperature")
    }
    state = values["consciousness"]
    return Vitals(
        **numbers,
        spo2_scale=values.get("spo2_scale", 1),
        on_oxygen=values["on_oxygen"],
        consciousness=None if state is None else Consciousness(state),
    )


def points(name, value, **others):
    return score(vitals(**{name: value}, **others)).points[name]


EDGES = {
    "respiration_rate": {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3},
    "spo2": {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0, 100: 0},
    "systolic": {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3},
    "pulse": {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3},
    "temperature": {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2},
    "consciousness": {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3},
    "on_oxygen": {False: 0, True: 2},
}
SCALE_2 = {83: 3, 84: 2, 85: 2, 86: 1, 87: 1, 88: 0, 92: 0}
ON_OXYGEN = {93: 1, 94: 1, 95: 2, 96: 2, 97: 3, 100: 3}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [(name, value, expected) for name, edges in EDGES.items() for value, expected in edges.items()],
)
def test_edges_of_the_bands(name, value, expected):
    assert points(name, value) == expected


@pytest.mark.parametrize(("value", "expected"), (SCALE_2 | ON_OXYGEN).items())
def test_scale_2_on_oxygen(value, expected):
    assert points("spo2", value, spo2_scale=2, on_oxygen=True) == expected


@pytest.mark.parametrize("value", range(70, 101))
def test_scale_2_on_air_has_no_upper_bands(value):
    expected = SCALE_2.get(value, 3 if value < 83 else 0)
    assert points("spo2", value, spo2_scale=2) == (0 if value >= 88 else expected)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("temperature", "35.04", 3),
        ("temperature", "35.05", 1),
        ("temperature", "35.06", 1),
        ("temperature", "38.05", 1),
        ("spo2", "95.5", 0),
        ("spo2", "95.4", 1),
        ("respiration_rate", "20.5", 2),
        ("pulse", "90.49", 0),
    ],
)
def test_values_are_rounded_before_they_are_scored(name, value, expected):
    assert points(name, value) == expected


# Sheet 01 part 5: RR, SpO2, oxygen, systolic, pulse, ACVPU, temperature, scale, total, risk, red.
WORKED = [
    (16, 98, False, 125, 72, "A", 36.8, 1, 0, "low", False),
    (20, 95, False, 111, 90, "A", 38.0, 1, 1, "low", False),
    (21, 95, False, 111, 91, "A", 38.1, 1, 5, "medium", False),
    (16, 97, False, 120, 80, "C", 36.5, 1, 3, "low-medium", True),
    (24, 93, True, 105, 112, "A", 38.4, 1, 10, "high", False),
    (26, 90, True, 88, 134, "V", 39.2, 1, 19, "high", True),
    (8, 83, True, 90, 40, "U", 35.0, 1, 20, "high", True),
    (18, 90, False, 130, 84, "A", 36.9, 2, 0, "low", False),
    (18, 90, False, 130, 84, "A", 36.9, 1, 3, "low-medium", True),
    (18, 95, True, 130, 84, "A", 36.9, 2, 4, "low", False),
    (18, 97, True, 130, 84, "A", 36.9, 2, 5, "medium", True),
    (18, 97, False, 130, 84, "A", 36.9, 2, 0, "low", False),
    (22, 86, True, 112, 96, "A", 37.4, 2, 6, "medium", False),
    (11, 96, False, 220, 50, "A", 36.0, 1, 6, "medium", True),
    (12, 96, False, 219, 51, "A", 36.1, 1, 0, "low", False),
    (25, 91, True, 90, 131, "C", 35.0, 1, 20, "high", True),
    (8, 97, True, 220, 131, "P", 35.0, 2, 20, "high", True),
    (20, 92, True, 101, 111, "A", 39.0, 1, 8, "high", False),
    (22, 88, False, 118, 88, "A", 37.0, 1, 5, "medium", True),
]


@pytest.mark.parametrize("row", WORKED)
def test_worked_examples(row):
    names = ("respiration_rate", "spo2", "on_oxygen", "systolic", "pulse", "consciousness", "temperature")
    *values, scale, total, risk, red = row
    found = score(vitals(**dict(zip(names, values, strict=True)), spo2_scale=scale))
    assert (found.total, found.risk, found.red, found.missing) == (total, risk, red, ())


def of_case(given_values):
    return vitals(
        respiration_rate=given_values["rr"],
        spo2=given_values["spo2"],
        systolic=given_values["sbp"],
        pulse=given_values["hr"],
        temperature=given_values["temp"],
        consciousness=given_values["acvpu"],
        on_oxygen=given_values["o2"],
        spo2_scale=2 if given_values["scale2"] else 1,
    )


def test_the_grid_on_the_edges_of_the_bands(cases):
    listed = json.loads((cases / "news2_grid.json").read_text())["cases"]
    wrong = [case["id"] for case in listed if score(of_case(case["vitals"])).total != case["expected"]]
    assert wrong == []
    assert len(listed) >= 400
    print(f"\n{len(listed)} of {len(listed)} cases of the grid have the expected total")


def test_what_other_projects_assert_where_they_agree_with_the_chart(cases):
    listed = json.loads((cases / "news2_others_tests.json").read_text())["cases"]
    truth = [case for case in listed if case["agrees_with_rcp"]]
    assert truth
    assert [case["id"] for case in truth if score(of_case(case["vitals"])).total != case["rcp_total"]] == []


def test_what_is_missing_makes_the_total_a_lower_bound():
    found = score(vitals(temperature=None, consciousness=None))
    assert (found.total, found.missing, found.risk, found.red) == (
        0,
        ("consciousness", "temperature"),
        None,
        False,
    )
    assert score(Vitals()) == Score({}, PARAMETERS)


@pytest.mark.parametrize(
    ("given_values", "risk"),
    [
        ({"respiration_rate": 25, "temperature": None}, Risk.LOW_MEDIUM),
        ({"respiration_rate": 25, "pulse": 112, "temperature": None}, Risk.MEDIUM),
        ({"respiration_rate": 25, "spo2": 91, "pulse": 95, "temperature": None}, Risk.HIGH),
    ],
)
def test_an_incomplete_set_can_say_that_it_is_high_already(given_values, risk):
    assert score(vitals(**given_values)).risk is risk


complete = st.fixed_dictionaries(
    {
        "respiration_rate": st.integers(0, 60),
        "spo2": st.integers(50, 100),
        "on_oxygen": st.booleans(),
        "systolic": st.integers(50, 250),
        "pulse": st.integers(20, 200),
        "consciousness": st.sampled_from("ACVPU"),
        "temperature": st.integers(320, 420).map(lambda tenths: tenths / 10),
        "spo2_scale": st.sampled_from([1, 2]),
    }
)


@given(complete, st.sets(st.sampled_from(PARAMETERS)))
def test_the_lower_bound_is_never_above_the_whole(values, hidden):
    whole = score(vitals(**values))
    part = score(vitals(**values | dict.fromkeys(hidden)))
    assert part.total <= whole.total <= 20
    assert set(part.missing) == hidden
    order = [None, *Risk]
    assert order.index(part.risk) <= order.index(whole.risk)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spo2", 101),
        ("spo2", -1),
        ("temperature", 19.9),
        ("temperature", 370),
        ("pulse", 351),
        ("systolic", -5),
    ],
)
def test_a_slip_of_the_pen_is_refused_by_name(name, value):
    with pytest.raises(ScoreError, match=f"{name} is {value}"):
        score(vitals(**{name: value}))


def test_there_are_two_scales():
    with pytest.raises(ScoreError, match="spo2_scale is 3"):
        score(vitals(spo2_scale=3))
