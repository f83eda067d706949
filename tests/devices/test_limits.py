import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Limit, LimitState, Priority, Verdict, evaluate
from devices.quality import NO_DOUBT, UNFIT, Quality

LOW = Limit("l1", "spo2", Priority.HIGH, low=88, delay=10, hysteresis=2)
N, X, D, R, C = Verdict.NOTHING, Verdict.CROSSED, Verdict.DECLARED, Verdict.RETURNED, Verdict.CLEARED


def play(limit, *script, flags=NO_DOUBT):
    """Return the verdict at each (second, value)."""
    state, verdicts = LimitState(), []
    for second, value in script:
        state, verdict = evaluate(limit, state, value, round(second * SECOND), flags)
        verdicts.append(verdict)
    return verdicts


def test_declared_when_the_delay_is_over_and_not_a_microsecond_before():
    assert play(LOW, (0, 87), (5, 86), (9.999999, 86), (10, 86), (11, 86)) == [X, N, N, D, N]


def test_a_return_before_the_delay_starts_it_again():
    assert play(LOW, (0, 87), (5, 88), (6, 87), (15, 87), (16, 87)) == [X, R, X, N, D]


def test_clears_only_inside_by_the_hysteresis():
    assert play(LOW, (0, 87), (10, 87), (11, 88), (12, 89.9), (13, 90), (14, 87)) == [X, D, N, N, C, X]


def test_a_value_at_the_limit_is_inside():
    assert play(LOW, (0, 88), (1, 87.999)) == [N, X]


def test_without_a_delay_the_first_value_declares():
    limit = Limit("l", "heart_rate", Priority.HIGH, high=130)
    assert play(limit, (0, 130), (1, 131), (2, 131), (3, 130)) == [N, D, N, C]


def test_both_sides():
    limit = Limit("l", "heart_rate", Priority.MEDIUM, low=40, high=130, hysteresis=5)
    assert play(limit, (0, 39), (1, 44), (2, 45), (3, 131), (4, 126), (5, 125)) == [D, N, C, D, N, C]


def test_a_gap_says_nothing_about_the_time_within():
    """One low value before an hour of silence and one after are not an hour below the limit."""
    assert play(LOW, (0, 87), (3600, 87), (3610, 87)) == [X, X, D]


def test_the_longest_gap_that_still_counts():
    limit = Limit("l", "spo2", Priority.HIGH, low=88, delay=10, gap=60)
    assert play(limit, (0, 87), (60, 87)) == [X, D]
    assert play(limit, (0, 87), (60.000001, 87)) == [X, X]


@pytest.mark.parametrize("flag", [*(flag for flag in Quality if flag & UNFIT), Quality.LATE])
def test_an_unfit_or_late_value_changes_nothing(flag):
    state = LimitState(crossed=1, last=2, active=True)
    assert evaluate(LOW, state, 99, 3, flag) == (state, N)


@pytest.mark.parametrize("flag", [flag for flag in Quality if not flag & UNFIT and flag is not Quality.LATE])
def test_a_doubt_that_leaves_a_value_fit(flag):
    assert play(LOW, (0, 87), flags=flag) == [X]


@pytest.mark.parametrize("time", [4, 5])
def test_an_older_or_repeated_value_is_history(time):
    state = LimitState(last=5)
    assert evaluate(LOW, state, 50, time, NO_DOUBT) == (state, N)


values = st.lists(st.tuples(st.integers(1, 30), st.integers(80, 95)), max_size=40)


@given(values)
def test_replaying_what_was_evaluated_changes_nothing(steps):
    """A hub that died after its commit sees the same values again."""
    state, time, seen = LimitState(), 0, []
    for pause, value in steps:
        time += pause * SECOND
        seen.append((value, time))
        state, _ = evaluate(LOW, state, value, time, NO_DOUBT)
    for value, time in seen:
        assert evaluate(LOW, state, value, time, NO_DOUBT) == (state, N)


@given(values)
def test_conditions_begin_and_end_in_turn(steps):
    state, time, active = LimitState(), 0, False
    for pause, value in steps:
        time += pause * SECOND
        state, verdict = evaluate(LOW, state, value, time, NO_DOUBT)
        assert (verdict is D) <= (not active)
        assert (verdict is C) <= active
        active = {D: True, C: False}.get(verdict, active)
        assert state.active is active
        assert state.last == time
