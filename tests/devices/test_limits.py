import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import DRAIN, Limit, LimitState, Priority, Verdict, evaluate
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


# ---- how far and for how long together ----

AREA = Limit("a", "spo2", Priority.MEDIUM, low=90, area=50, hysteresis=1)


def areas(limit, *script):
    """Return what has come together after each (second, value)."""
    state, found = LimitState(), []
    for second, value in script:
        state, _ = evaluate(limit, state, value, round(second * SECOND), NO_DOUBT)
        found.append(state.area)
    return found


def test_the_example_of_the_operators_manuals():
    """88 % for 2 s, 86 % for 3 s, 84 % on: 50 points x seconds are reached in the eleventh second after the crossing.

    Edan M3 and Mindray T8, SpO2 chapters: 4 + 12 = 16, then 6 a second. A value speaks for the second before it.
    """
    values = [88] * 3 + [86] * 3 + [84] * 6
    verdicts = play(AREA, *enumerate(values))
    assert verdicts == [X, *[N] * 10, D]
    assert areas(AREA, *enumerate(values))[:11] == [0, 2, 4, 8, 12, 16, 22, 28, 34, 40, 46]


def test_deep_is_soon_and_shallow_is_late():
    assert play(AREA, (0, 40), (1, 40)) == [X, D]
    assert play(AREA, *((second, 89) for second in range(51))) == [X, *[N] * 49, D]


def test_the_delay_is_a_least():
    limit = Limit("a", "spo2", Priority.MEDIUM, low=90, area=50, delay=15)
    assert play(limit, *((second, 40) for second in range(16))) == [X, *[N] * 14, D]


def test_above_a_high_bound_it_weighs_too():
    limit = Limit("a", "heart_rate", Priority.MEDIUM, low=40, high=130, area=50)
    assert play(limit, (0, 140), (4, 140), (5, 140)) == [X, N, D]


def test_a_value_inside_takes_away_by_its_distance():
    assert areas(AREA, (0, 86), (10, 86), (15, 94), (20, 94)) == [0, 40, 20, 0]


def test_a_value_at_the_bound_takes_away_a_little():
    found = areas(AREA, (0, 86), (10, 86), *((10 + second, 90) for second in range(1, 301)))
    assert found[2] == pytest.approx(40 - 50 / DRAIN)
    assert found[-1] == 0


def test_what_is_left_counts_for_the_next_crossing_and_the_delay_does_not():
    limit = Limit("a", "spo2", Priority.MEDIUM, low=90, area=50, delay=5)
    assert play(limit, (0, 86), (10, 86), (11, 91), (12, 86), (15, 86), (17, 86)) == [X, N, R, X, N, D]


def test_after_a_gap_nothing_is_left():
    assert areas(AREA, (0, 86), (10, 86), (71, 86), (72, 86)) == [0, 40, 0, 4]
    assert areas(AREA, (0, 86), (10, 86), (71, 95)) == [0, 40, 0]


def test_an_active_condition_weighs_no_more():
    state, verdict = evaluate(AREA, LimitState(0, 1, active=True), 60, 2 * SECOND, NO_DOUBT)
    assert (state.area, verdict) == (0, N)
    assert evaluate(AREA, state, 91, 3 * SECOND, NO_DOUBT) == (LimitState(last=3 * SECOND), C)


@given(
    st.lists(st.tuples(st.floats(0.001, 70), st.floats(60, 100)), max_size=40),
    st.floats(1, 500),
)
def test_what_has_come_together_is_never_negative_and_never_reaches_the_area_undeclared(steps, area):
    limit, state, time = Limit("a", "spo2", Priority.LOW, low=90, area=area), LimitState(), 0
    for pause, value in steps:
        time += round(pause * SECOND) + 1
        state, _ = evaluate(limit, state, value, time, NO_DOUBT)
        assert state.area >= 0
        assert state.active or state.area < area or not limit.outside(value)
