"""What one shift tells the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.limits import Priority
from hub.alerting.handover import (
    Answer,
    Excursion,
    Matter,
    Points,
    answer,
    excursion,
    of_shift,
    worst_first,
)
from hub.alerting.model import Alert, Code, Condition, Event, Transition
from hub.alerting.news2 import Risk

T = 1_790_000_000_000_000
MINUTE = 60_000_000
HIGH = Alert("a", Code.LIMIT_LOW, Priority.HIGH, "e1", "jeanne", T, T)


def ended(alert: Alert, cleared: int) -> Alert:
    return replace(alert, condition=Condition.CLEARED, cleared=cleared)


def step(number: int, time: int, event: Event, author: str = "ines") -> Transition:
    return Transition("a", number, time, event, author)


def test_the_first_who_answered_and_how_long_it_took() -> None:
    history = [
        step(1, T, Event.RAISED, "veilleuse"),
        step(2, T + MINUTE, Event.SILENCED),
        step(3, T + 2 * MINUTE, Event.TAKEN, "ines"),
        step(4, T + 3 * MINUTE, Event.ACKNOWLEDGED, "benali"),
    ]
    assert answer(history) == Answer("ines", 2 * MINUTE)
    assert answer(history[:2]) is None, "a silence is no response"
    assert answer(history[3:]) == Answer("benali", 0), "a history that was cut says no time that is not so"


@pytest.mark.parametrize(
    ("raised", "cleared", "belongs"),
    [
        (T, T + 1, True),
        (T + 10, None, False),
        (T + 9, None, True),
        (T - 1, None, True),
        (T - 5, T - 1, False),
        (T - 5, T, True),
    ],
)
def test_what_belongs_to_a_shift(raised: int, cleared: int | None, *, belongs: bool) -> None:
    alert = replace(HIGH, raised=raised)
    alert = alert if cleared is None else ended(alert, cleared)
    assert of_shift(alert, T, T + 10) is belongs


def test_an_ended_alert_that_nobody_saw_is_inherited() -> None:
    assert of_shift(replace(ended(HIGH, T + 1), latched=True), T + 5, T + 10)


def test_how_far_and_how_long_a_value_was_out() -> None:
    points = Points("spo2", (96.0, 87.0, 85.0, 97.0), 10.0)
    assert excursion(points, 88.0, None) == Excursion("spo2", 85.0, 20)
    assert excursion(points, 80.0, 100.0) is None
    assert excursion(points, None, 96.5) == Excursion("spo2", 97.0, 10)
    assert excursion(points, None, None) is None
    assert excursion(Points("pulse_rate", (38.0, 180.0), 10.0), 40.0, 130.0) == Excursion(
        "pulse_rate", 180.0, 20
    )
    assert excursion(Points("temperature", (39.0,), 0.1), 34.5, 38.5) == Excursion("temperature", 39.0, 1)


def test_what_the_next_shift_inherits_comes_first() -> None:
    past_high = ended(HIGH, T + 1)
    open_medium = replace(HIGH, priority=Priority.MEDIUM)
    matters = [
        Matter("calm", "Abel", others=1),
        Matter("much", "Petit", (past_high, past_high)),
        Matter("past", "Durand", (past_high,)),
        Matter("open", "Martin", (open_medium,)),
        Matter("score", "Leroy", risk=Risk.HIGH, others=1),
        Matter("medium", "Roux", risk=Risk.MEDIUM),
        Matter("busy", "Zola", others=3),
    ]
    names = [each.resident for each in worst_first(matters)]
    assert names == ["open", "much", "past", "score", "medium", "busy", "calm"]


@given(st.permutations([Matter(str(n), str(n), (HIGH,) * (n % 3), others=n) for n in range(6)]))
def test_the_order_is_one(matters: list[Matter]) -> None:
    assert worst_first(matters) == worst_first(reversed(matters))
