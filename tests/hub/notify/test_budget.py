"""What an hour may cost: a storm is bounded, and what is urgent still goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.notify.budget import HOUR, Budget


def test_what_is_not_urgent_leaves_the_reserve() -> None:
    budget = Budget(10, 0.3, 0)
    assert [budget.take(0, urgent=False) for _ in range(7)] == [0.0] * 7
    assert budget.take(0, urgent=False) == pytest.approx(360.0)
    assert [budget.take(0, urgent=True) for _ in range(3)] == [0.0] * 3
    assert budget.take(0, urgent=True) == pytest.approx(360.0)


def test_after_the_pause_that_it_names_there_is_one_and_never_more_than_an_hours() -> None:
    budget = Budget(4, 0.0, 0)
    for _ in range(4):
        budget.take(0, urgent=False)
    pause = round(budget.take(0, urgent=False) * SECOND)
    assert budget.take(pause - SECOND, urgent=False) > 0
    assert budget.take(pause, urgent=False) == 0.0
    later = pause + 50 * HOUR
    assert [budget.take(later, urgent=False) == 0.0 for _ in range(5)] == [True] * 4 + [False]


@given(st.lists(st.tuples(st.integers(0, HOUR), st.booleans()), max_size=60), st.integers(1, 20))
def test_no_hour_has_more_than_twice_its_messages(asked: list[tuple[int, bool]], per_hour: int) -> None:
    budget, times = Budget(per_hour, 0.2, 0), []
    for time, urgent in sorted(asked):
        if budget.take(time, urgent=urgent) == 0.0:
            times.append(time)
    assert len(times) <= 2 * per_hour
