"""Who is to be measured when, on time lines."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerting.news2 import PARAMETERS, Score
from hub.alerting.rounds import (
    BY_HAND,
    CONTINUOUS,
    HOUR,
    Due,
    Frequency,
    Measured,
    Round,
    State,
    Subject,
    Why,
    interval,
    next_due,
    ordered,
    place,
    trend,
)

T = 1_790_000_000_000_000
"07:00 of a shift that ends at 14:00."
SHIFT = Round(T, T + 7 * HOUR)
HOME = Frequency()


def scored(*points, missing=()):
    """A score whose first parameters have these points, and none the others."""
    known = [name for name in PARAMETERS if name not in missing]
    return Score(dict.fromkeys(known, 0) | dict(zip(known, points, strict=False)), tuple(missing))


def subject(*sets, **known):
    return Subject("jeanne", known.pop("frequency", HOME), tuple(sets), **known)


@pytest.mark.parametrize(
    ("points", "usual", "hours", "why"),
    [
        ((), None, 24, Why.SETTLED),
        ((1,), None, 6, Why.RAISED),
        ((1,), 0, 6, Why.RAISED),
        ((1,), 1, 24, Why.SETTLED),
        ((2, 2), 3, 6, Why.RAISED),
        ((2, 2), 4, 24, Why.SETTLED),
        ((3,), None, 1, Why.URGENT),
        ((3,), 3, 1, Why.URGENT),
        ((2, 2, 1), None, 1, Why.URGENT),
        ((3, 3), 6, 1, Why.URGENT),
        ((3, 2, 2), None, 0.25, Why.EMERGENCY),
        ((3, 2, 2), 7, 0.25, Why.EMERGENCY),
    ],
)
def test_frequency_by_score(points, usual, hours, why):
    """A usual score explains a low one; it never explains away a red parameter, nor 5 points."""
    assert interval(Measured(T, scored(*points)), subject(usual=usual)) == (hours * HOUR, why)


def test_a_home_that_measures_often_measures_nobody_less_often():
    often = Frequency(settled=4 * HOUR, raised=6 * HOUR)
    assert interval(Measured(T, scored(1)), subject(frequency=often)) == (4 * HOUR, Why.RAISED)


def test_seven_points_are_watched_by_sensors_or_by_hand():
    high = Measured(T, scored(3, 2, 2))
    assert interval(high, subject(streaming=CONTINUOUS | {"temperature"}))[0] == HOUR
    assert interval(high, subject(streaming=CONTINUOUS - {"respiration_rate"}))[0] == BY_HAND


def test_never_measured_is_due_now():
    assert place(subject(), SHIFT, T) == Due("jeanne", State.DUE, Why.NEVER, None)


def test_in_palliative_care_there_is_no_round_whatever_the_score():
    palliative = Frequency(settled=None)
    assert place(subject(frequency=palliative), SHIFT, T) == Due("jeanne", State.NONE, Why.EXEMPT, None)
    bad = Measured(T - HOUR, scored(3, 3, 3))
    assert place(subject(bad, frequency=palliative), SHIFT, T).state is State.NONE
    assert interval(bad, subject(frequency=palliative)) == (None, Why.EXEMPT)


def test_a_day_on_the_time_line():
    """Measured at 07:30 yesterday with nothing to say: soon from 06:30 on, due at 07:30, done when measured, due next day."""
    at = T - 24 * HOUR + HOUR // 2
    well = subject(Measured(at, scored()))
    due = at + 24 * HOUR
    assert place(well, SHIFT, due - HOUR - 1).state is State.LATER
    assert place(well, SHIFT, due - HOUR) == Due("jeanne", State.SOON, Why.SETTLED, due)
    assert place(well, SHIFT, due - 1).state is State.SOON
    assert place(well, SHIFT, due).state is State.DUE
    measured = replace(well, sets=(Measured(due + 60, scored()), *well.sets))
    assert place(measured, SHIFT, due + 61) == Due("jeanne", State.DONE, Why.SETTLED, due + 60 + 24 * HOUR)
    # The next shift has nothing to do about her.
    assert place(measured, Round(T + 7 * HOUR, T + 14 * HOUR), T + 7 * HOUR).state is State.LATER


def test_a_score_that_rises_shortens_the_time_at_once():
    before = Measured(T - 2 * HOUR, scored())
    assert place(subject(before), SHIFT, T).state is State.LATER
    after = Measured(T, scored(3))
    assert next_due(subject(after, before)) == (T + HOUR, Why.URGENT)
    assert place(subject(after, before), SHIFT, T + HOUR).state is State.DUE


def test_an_incomplete_set_makes_no_round_done():
    part = Measured(T + 60, scored(missing=["temperature"]))
    assert place(subject(part), SHIFT, T + 61) == Due("jeanne", State.DUE, Why.INCOMPLETE, None)
    yesterday = Measured(T - 24 * HOUR, scored())
    assert place(subject(part, yesterday), SHIFT, T + 61) == Due("jeanne", State.DUE, Why.SETTLED, T)
    this_morning = Measured(T - 3 * HOUR, scored())
    assert place(subject(part, this_morning), SHIFT, T + 61).state is State.LATER


def test_an_incomplete_set_that_alarms_already_counts():
    part = Measured(T, scored(3, missing=["temperature"]))
    settled = Measured(T - HOUR, scored())
    assert next_due(subject(part, settled)) == (T + HOUR, Why.URGENT)
    assert next_due(subject(part)) == (None, Why.URGENT)
    # What was due before stays due.
    assert next_due(subject(part, Measured(T - 24 * HOUR, scored()))) == (T, Why.SETTLED)


def test_the_worst_come_first_then_who_waits_longest():
    due = [
        Due("late", State.DUE, Why.SETTLED, T - 9 * HOUR),
        Due("never", State.DUE, Why.NEVER, None),
        Due("red", State.DUE, Why.URGENT, T),
        Due("worst", State.DUE, Why.EMERGENCY, T),
        Due("soon", State.SOON, Why.EMERGENCY, T + 1),
        Due("sooner", State.SOON, Why.SETTLED, T),
        Due("done", State.DONE, Why.SETTLED, T),
        Due("later", State.LATER, Why.SETTLED, T),
        Due("exempt", State.NONE, Why.EXEMPT, None),
    ]
    names = ["worst", "red", "never", "late", "sooner", "soon", "done", "later", "exempt"]
    assert [each.resident for each in ordered(reversed(due))] == names


def test_who_is_due_alike_is_met_door_by_door():
    rooms = {"a": "10", "b": "2", "c": "Aile B 3", "d": "Aile B 12", "e": ""}
    due = [Due(who, State.DUE, Why.NEVER, None) for who in rooms]
    assert [each.resident for each in ordered(due, rooms)] == ["e", "b", "a", "c", "d"]


def test_the_trend_is_against_the_usual_score():
    assert trend(scored(1, 1), None) is None
    assert trend(scored(1, 1), 0) == 2
    assert trend(scored(), 2) == -2
    assert trend(scored(3, missing=["spo2"]), 2) == 1
    assert trend(scored(missing=["spo2"]), 2) is None, "a lower bound says nothing of a fall"


POINTS = st.lists(st.integers(0, 3), max_size=7)


@given(
    st.lists(st.tuples(st.integers(0, 48 * HOUR), POINTS, st.booleans()), max_size=5),
    st.none() | st.integers(0, 20),
    st.integers(0, 72 * HOUR),
)
def test_time_only_brings_a_measurement_nearer(past, usual, later):
    """Without a new set nobody who is due stops to be, and whoever is not knows until when."""
    sets = tuple(
        Measured(T - age, scored(*points, missing=["spo2"] if part else ()))
        for age, points, part in sorted(past)
    )
    known = subject(*sets, usual=usual)
    now, then = place(known, SHIFT, T), place(known, SHIFT, T + later)
    if now.state is State.DUE:
        assert then.state is State.DUE
    else:
        assert now.at is not None
        assert now.at > T
        assert place(known, SHIFT, now.at).state is State.DUE
