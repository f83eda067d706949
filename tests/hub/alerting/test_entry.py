"""What a person writes down: what cannot be is refused, what is strange is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import ConfigError
from devices.identity import identifier
from hub.alerting.entry import ACVPU, ENTERED, FIELDS, Before, Doubt, Fault, doubts, unconfirmed, vitals
from hub.alerting.news2 import Consciousness, score

T = 1_790_000_000_000_000
HOUR = 3_600_000_000
WELL = {
    "respiration_rate": 16.0,
    "spo2": 97.0,
    "on_oxygen": 0.0,
    "systolic": 128.0,
    "diastolic": 74.0,
    "pulse_rate": 72.0,
    "consciousness": 0.0,
    "temperature": 36.8,
}


def only(values, before=None, time=T):
    return doubts(values, before or {}, time)


def test_usual_values_are_taken_without_a_question():
    assert only(WELL) == []


def test_no_device_can_pass_for_a_person():
    with pytest.raises(ConfigError):
        identifier(ENTERED, "sensor")


@pytest.mark.parametrize("metric", FIELDS)
def test_the_range_is_that_of_the_nomenclature(metric):
    low, high = FIELDS[metric].range
    step = 10.0 ** -FIELDS[metric].decimals
    assert only({metric: low - step})[0] == Doubt(metric, Fault.IMPOSSIBLE, low - step, low, high)
    assert only({metric: high + step})[0].refused
    assert not any(doubt.refused for doubt in only({metric: low}) + only({metric: high}))


def test_what_is_strange_is_asked_once():
    (doubt,) = only({"temperature": 34.0})
    assert doubt == Doubt("temperature", Fault.UNUSUAL, 34.0, 34.5, 40.0)
    assert unconfirmed([doubt], []) == [doubt]
    assert unconfirmed([doubt], ["spo2"]) == [doubt]
    assert unconfirmed([doubt], ["temperature"]) == []


def test_no_confirmation_makes_the_impossible_possible():
    (doubt,) = only({"temperature": 378.0})
    assert unconfirmed([doubt], ["temperature"]) == [doubt]
    (nan,) = only({"spo2": float("nan")})
    assert nan.refused


@pytest.mark.parametrize(
    ("value", "before", "age", "asked"),
    [
        (39.5, 37.5, HOUR, True),
        (39.4, 37.5, HOUR, False),
        (35.5, 37.5, HOUR, True),
        (39.5, 37.5, 24 * HOUR, True),
        (39.5, 37.5, 24 * HOUR + 1, False),
    ],
)
def test_a_value_far_from_the_one_before_is_asked(value, before, age, asked):
    found = only({"temperature": value}, {"temperature": Before(before, T - age)})
    assert found == ([Doubt("temperature", Fault.CHANGED, value, before=before)] if asked else [])


def test_weight_is_compared_for_two_months():
    before = {"weight": Before(62.0, T - 40 * 24 * HOUR)}
    assert [doubt.fault for doubt in only({"weight": 58.9}, before)] == [Fault.CHANGED]
    assert only({"weight": 59.1}, before) == []


def test_a_metric_without_a_usual_range_is_not_compared():
    assert only({"on_oxygen": 1.0}, {"on_oxygen": Before(0.0, T)}) == []


def test_codes_and_decimals():
    assert only({"consciousness": 2.5})[0].fault is Fault.NOT_WHOLE
    assert only({"temperature": 37.85})[0].fault is Fault.NOT_WHOLE
    assert only({"on_oxygen": 0.5})[0].refused
    assert only({"mood": 1.0}) == [Doubt("mood", Fault.UNKNOWN, 1.0)]


def test_diastolic_is_below_systolic():
    assert only({"systolic": 110.0, "diastolic": 110.0}) == [
        Doubt("diastolic", Fault.PRESSURE, 110.0, high=110.0)
    ]
    assert only({"systolic": 110.0, "diastolic": 109.0}) == []
    assert only({"diastolic": 74.0}) == []


def test_a_set_becomes_what_news2_takes():
    taken = vitals(WELL, 2)
    assert taken.consciousness is Consciousness.ALERT
    assert taken.on_oxygen is False
    assert taken.spo2_scale == 2
    assert score(taken).total == 0
    assert score(taken).missing == ()
    nothing = score(vitals({}, 1))
    assert len(nothing.missing) == 7


@given(st.sampled_from(sorted(FIELDS)), st.floats(), st.none() | st.floats(-1e6, 1e6))
def test_what_is_not_refused_can_be_scored(metric, value, before):
    known = {} if before is None else {metric: Before(before, T)}
    if not any(doubt.refused for doubt in doubts({metric: value}, known, T)):
        assert score(vitals({metric: value}, 1)).total >= 0


def test_codes_of_consciousness_are_in_the_order_of_acvpu():
    assert "".join(ACVPU) == "ACVPU"
