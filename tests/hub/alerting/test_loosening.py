"""What lets a person be found in danger later than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.limits import Limit, Priority
from hub.alerting.loosening import Loosening, Way, loosened

SPO2 = Limit("a", "spo2", Priority.HIGH, low=88.0, delay=30.0, hysteresis=1.0, gap=60.0, area=50.0)
PULSE = Limit("b", "pulse_rate", Priority.HIGH, low=40.0, high=130.0, delay=10.0)


def ways(before: list[Limit], after: list[Limit]) -> list[tuple[str, Way]]:
    return [(each.side, each.way) for each in loosened(before, after)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"low": 86.0}, Loosening("spo2", "low", Way.BOUND, 88.0, 86.0)),
        ({"delay": 31.0}, Loosening("spo2", "low", Way.DELAY, 30.0, 31.0)),
        ({"area": 51.0}, Loosening("spo2", "low", Way.AREA, 50.0, 51.0)),
        ({"gap": 59.0}, Loosening("spo2", "low", Way.GAP, 60.0, 59.0)),
        ({"priority": Priority.MEDIUM, "low": 95.0}, Loosening("spo2", "low", Way.PRIORITY, 88.0, 95.0)),
        ({"low": None, "high": 99.0}, Loosening("spo2", "low", Way.GONE, 88.0)),
        ({"metric": "pulse_rate"}, Loosening("spo2", "low", Way.GONE, 88.0)),
    ],
)
def test_each_way(change: dict[str, Any], expected: Loosening) -> None:
    assert loosened([SPO2], [replace(SPO2, **change)]) == (expected,)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"low": 90.0},
        {"delay": 0.0},
        {"area": 0.0},
        {"gap": 120.0},
        {"hysteresis": 0.0},
        {"hysteresis": 5.0},
        {"high": 99.0},
        {"id": "z"},
    ],
)
def test_what_loosens_nothing(change: dict[str, Any]) -> None:
    assert loosened([SPO2], [replace(SPO2, **change)]) == ()


def test_both_sides_are_looked_at() -> None:
    assert ways([PULSE], [replace(PULSE, low=35.0, high=140.0)]) == [("low", Way.BOUND), ("high", Way.BOUND)]
    assert ways([PULSE], [replace(PULSE, high=120.0)]) == []


def test_two_limits_may_take_the_place_of_one() -> None:
    low, high = replace(PULSE, high=None), replace(PULSE, id="c", low=None)
    assert loosened([PULSE], [low, high]) == ()
    assert ways([PULSE], [low]) == [("high", Way.GONE)]


def test_the_nearest_one_says_it_in_the_fewest_words() -> None:
    far, near = replace(SPO2, low=80.0, delay=90.0), replace(SPO2, low=87.0)
    assert loosened([SPO2], [far, near]) == (Loosening("spo2", "low", Way.BOUND, 88.0, 87.0),)


def test_a_limit_that_is_not_critical_may_go() -> None:
    assert loosened([replace(SPO2, priority=Priority.MEDIUM), replace(SPO2, priority=Priority.LOW)], []) == ()


def test_the_same_is_said_once() -> None:
    assert len(loosened([SPO2, SPO2], [])) == 1


_LIMITS = st.builds(
    Limit,
    st.just("x"),
    st.sampled_from(["spo2", "pulse_rate"]),
    st.sampled_from(Priority),
    st.none() | st.floats(40, 60),
    st.none() | st.floats(80, 99),
    st.floats(0, 60),
    st.floats(0, 3),
    st.floats(1, 60),
    st.floats(0, 100),
)


@given(st.lists(_LIMITS, max_size=4), st.lists(_LIMITS, max_size=4))
def test_more_limits_never_loosen(before: list[Limit], more: list[Limit]) -> None:
    assert loosened(before, [*more, *before]) == ()


@given(st.lists(_LIMITS, max_size=4), st.lists(_LIMITS, max_size=4), st.lists(_LIMITS, max_size=4))
def test_what_loosens_at_neither_step_loosens_in_none(a: list[Limit], b: list[Limit], c: list[Limit]) -> None:
    if not loosened(a, b) and not loosened(b, c):
        assert loosened(a, c) == ()
