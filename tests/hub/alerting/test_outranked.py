"""One cause rings once: what a higher alarm of the same value says does not ring beside it."""

from __future__ import annotations

from typing import Any

import pytest

from devices.limits import Limit, Priority
from hub.alerting.model import OUTRANKED, Code, Condition, Event, Kind, Response, Suppression
from hub.alerting.rules.model import Person, RateRule

RAISED, CLEARED = Event.RAISED, Event.CLEARED
CRITICAL = Limit("critical", "spo2", Priority.HIGH, low=85.0, high=99.0, delay=10.0, hysteresis=1.0)
LOW = Limit("low", "spo2", Priority.MEDIUM, low=91.0, delay=20.0, hysteresis=1.0)
SLOW = Limit("slow", "spo2", Priority.LOW, low=93.0, delay=30.0, hysteresis=1.0)
LIMITS = {"jeanne": (CRITICAL, LOW)}


def test_a_dip_below_both_limits_rings_once(line: Any) -> None:
    story = line(limits=LIMITS).stream(0, 25, 80.0).stream(25, 40, 97.0)
    critical, low = story.want(40, (RAISED, 10, 10), (RAISED, 20, 20), (CLEARED, 25, 25), (CLEARED, 25, 25))
    assert (critical.priority, critical.latched, critical.detail) == (Priority.HIGH, True, "")
    # On record, and on no screen any more: it never asked for anybody.
    assert (low.detail, low.latched, low.open) == (OUTRANKED, False, False)


def test_it_is_on_the_screen_and_does_not_sound(line: Any) -> None:
    _, low = line(limits=LIMITS).stream(0, 25, 80.0).want(24, (RAISED, 10, 10), (RAISED, 20, 20))
    assert (low.open, low.suppression) == (True, Suppression.INHIBITED)


@pytest.mark.parametrize("response", [None, "acknowledge"])
def test_what_still_holds_when_the_higher_one_is_over_sounds(line: Any, response: str | None) -> None:
    story = line(limits=LIMITS).stream(0, 25, 80.0).stream(25, 40, 88.0)
    answered = []
    if response is not None:
        story.do(12, lambda hub: hub.act(response, hub.open()[0]))
        answered = [(Event.ACKNOWLEDGED, 12, 12)]
    alerts = story.want(40, (RAISED, 10, 10), *answered, (RAISED, 20, 20), (CLEARED, 25, 25))
    low = alerts[1]
    assert (low.condition, low.response) == (Condition.ACTIVE, Response.UNACKNOWLEDGED)
    assert (low.suppression, low.detail) == (Suppression.NONE, "")


def test_the_lowest_of_three_waits_for_both(line: Any) -> None:
    limits = {"jeanne": (CRITICAL, LOW, SLOW)}
    story = line(limits=limits).stream(0, 35, 80.0).stream(35, 45, 88.0).stream(45, 60, 92.0)
    raised = [(RAISED, 10, 10), (RAISED, 20, 20), (RAISED, 30, 30)]
    _, low, slow = story.want(44, *raised, (CLEARED, 35, 35))
    assert (low.suppression, slow.suppression) == (Suppression.NONE, Suppression.INHIBITED)
    _, low, slow = story.want(60, *raised, (CLEARED, 35, 35), (CLEARED, 45, 45))
    assert (low.latched, slow.suppression, slow.condition) == (True, Suppression.NONE, Condition.ACTIVE)


def test_what_rang_first_goes_on_ringing(line: Any) -> None:
    low, critical = (
        line(limits=LIMITS)
        .stream(0, 25, 88.0)
        .stream(25, 60, 80.0)
        .want(50, (RAISED, 20, 20), (RAISED, 35, 35))
    )
    assert (low.suppression, critical.suppression) == (Suppression.NONE, Suppression.NONE)


def test_another_value_is_another_cause(line: Any) -> None:
    pulse = Limit("pulse", "pulse_rate", Priority.MEDIUM, low=50.0, delay=20.0)
    story = line(limits={"jeanne": (CRITICAL, pulse)}).stream(0, 25, 80.0).stream(0, 25, 40.0, "pulse_rate")
    alerts = story.want(24, (RAISED, 10, 10), (RAISED, 20, 20))
    assert [alert.suppression for alert in alerts] == [Suppression.NONE, Suppression.NONE]


def test_the_other_side_is_another_cause(line: Any) -> None:
    """Wider in its hysteresis, the high one still holds below when the value has come out above."""
    critical = Limit("critical", "spo2", Priority.HIGH, low=85.0, delay=10.0, hysteresis=15.0)
    above = Limit("above", "spo2", Priority.MEDIUM, high=98.0, delay=5.0)
    story = line(limits={"jeanne": (critical, above)}).stream(0, 15, 80.0).stream(15, 30, 99.0)
    low, high = story.want(29, (RAISED, 10, 10), (RAISED, 20, 20))
    assert (low.code, low.condition, high.code) == (Code.LIMIT_LOW, Condition.ACTIVE, Code.LIMIT_HIGH)
    assert high.suppression is Suppression.NONE


def test_another_residents_alarm_says_nothing_of_jeanne(line: Any) -> None:
    story = line(limits={"jeanne": (LOW,), "paul": (CRITICAL,)}).stream(0, 25, 80.0)
    story.stream(0, 25, 80.0, resident="paul", edge="room-14")
    alerts = story.want(24, (RAISED, 10, 10), (RAISED, 20, 20))
    assert [alert.suppression for alert in alerts] == [Suppression.NONE, Suppression.NONE]


def test_a_higher_limit_that_is_withdrawn_lets_the_lower_one_sound(line: Any) -> None:
    def withdraw(hub: Any) -> None:
        hub.limits = {"jeanne": (LOW,)}
        hub.engine.set_limits("jeanne", (LOW,), hub.utc)

    story = line(limits=LIMITS).stream(0, 35, 80.0).do(30.5, withdraw)
    _, low = story.want(34, (RAISED, 10, 10), (RAISED, 20, 20), (CLEARED, 30.5, 30.5))
    assert (low.suppression, low.detail) == (Suppression.NONE, "")


def test_care_in_the_room_holds_when_the_higher_one_is_over(line: Any) -> None:
    story = line(limits=LIMITS, edges={"room-12": "jeanne"}).stream(0, 25, 80.0).stream(25, 40, 88.0)
    story.beat(0, 40).do(15, lambda hub: hub.suppress(Kind.CARE, 600.0))
    steps = [(RAISED, 10, 10), (RAISED, 20, 20), (Event.SILENCED, 20, 20), (CLEARED, 25, 25)]
    _, low = story.want(40, *steps)
    assert (low.suppression, low.detail) == (Suppression.CARE, "")


def test_a_fall_is_said_by_the_limit_that_it_crossed(line: Any) -> None:
    """A value that rises at that time, or another's limit, would be another cause."""
    fall = RateRule("fall", "spo2", Priority.LOW, change=-4.0, within=600.0)
    story = line(limits=LIMITS, people={"jeanne": Person((fall,))})
    story.stream(0, 320, 95.0).stream(320, 400, 80.0).stream(400, 420, 97.0)
    raised = [(RAISED, 330, 330), (RAISED, 340, 340), (RAISED, 380, 381)]
    cleared = [(CLEARED, 400, 400), (CLEARED, 400, 400)]
    critical, low, falling = story.want(420, *raised, *cleared)
    assert (critical.detail, low.detail) == ("", OUTRANKED)
    assert (falling.code, falling.condition) == (Code.RATE_FALL, Condition.ACTIVE)
    # The minute that shows that it is back is not over.
    assert (falling.suppression, falling.detail) == (Suppression.NONE, "")


def test_a_rise_is_not_said_by_a_limit_below(line: Any) -> None:
    rise = RateRule("rise", "spo2", Priority.LOW, change=4.0, within=600.0)
    story = line(limits={"jeanne": (CRITICAL,)}, people={"jeanne": Person((rise,))})
    story.stream(0, 320, 75.0).stream(320, 381, 82.0)
    _, rising = story.want(381, (RAISED, 10, 10), (RAISED, 380, 381))
    assert (rising.code, rising.suppression) == (Code.RATE_RISE, Suppression.NONE)
