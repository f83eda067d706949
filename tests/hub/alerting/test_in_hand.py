"""What somebody has in hand does not ring beside them: until it is seen, handed over, or takes too long."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from hub.alerting.ledger import HAND
from hub.alerting.model import IN_HAND, Code, Condition, Event, Response, Suppression
from hub.alerting.rules.model import Person, RateRule

RAISED, CLEARED, TAKEN = Event.RAISED, Event.CLEARED, Event.TAKEN
CRITICAL = Limit("critical", "spo2", Priority.HIGH, low=85.0, delay=10.0, hysteresis=1.0)
LOW = Limit("low", "spo2", Priority.MEDIUM, low=91.0, delay=20.0, hysteresis=1.0)
ONE = {"jeanne": (LOW,)}
BOTH = {"jeanne": (CRITICAL, LOW)}
AGAIN = [(RAISED, 20, 20), (TAKEN, 22, 22), (CLEARED, 25, 25), (RAISED, 60, 60)]
"""Below the limit, taken at 22 s, back at 25 s, below again from 40 s on."""


def dips(line: Any, until: float = 70, value: float = 88.0, **more: Any) -> Any:
    story = line(**({"limits": ONE} | more)).stream(0, 25, 88.0).stream(25, 40, 97.0)
    return story.stream(40, until, value).do(22, take)


def take(hub: Any) -> None:
    hub.act("take", hub.open()[0])


def test_what_comes_back_while_somebody_is_on_the_way_does_not_ring_beside_them(line: Any) -> None:
    first, second = dips(line).want(69, *AGAIN)
    assert (first.response, first.taken_by, first.condition) == (Response.TAKEN, "ines", Condition.CLEARED)
    # On the screen all the same, and nobody's: taking one never answers another.
    assert (second.open, second.response) == (True, Response.UNACKNOWLEDGED)
    assert (second.suppression, second.detail) == (Suppression.INHIBITED, IN_HAND)


def test_what_is_over_by_then_asks_for_nobody(line: Any) -> None:
    _, second = dips(line).stream(70, 75, 97.0).want(75, *AGAIN, (CLEARED, 70, 70))
    assert (second.open, second.latched, second.detail) == (False, False, IN_HAND)


@pytest.mark.parametrize(
    ("action", "event"), [("acknowledge", Event.ACKNOWLEDGED), ("release", Event.RELEASED)]
)
def test_it_sounds_when_who_had_it_is_done_or_hands_it_over(line: Any, action: str, event: Event) -> None:
    story = dips(line).do(65.5, lambda hub: hub.act(action, hub.open()[0]))
    _, second = story.want(66, *AGAIN, (event, 65, 66))
    assert (second.suppression, second.detail) == (Suppression.NONE, "")
    assert (second.open, second.response) == (True, Response.UNACKNOWLEDGED)


@pytest.mark.parametrize(("after", "sounds"), [(HAND // SECOND - 1, False), (HAND // SECOND, True)])
def test_who_takes_too_long_may_have_forgotten_it(new_hub: Any, after: float, *, sounds: bool) -> None:
    hub = new_hub(limits=ONE)
    hub.hold(88.0, 20)
    hub.act("take")
    hub.hold(97.0, 40)
    hub.hold(88.0, 70)
    hub.now = 20 + after
    hub.tick()
    hub.check()
    assert (hub.open()[1].suppression is Suppression.NONE) == sounds


def test_another_occurrence_after_that_time_rings_at_once(new_hub: Any) -> None:
    hub = new_hub(limits=ONE)
    hub.hold(88.0, 20)
    hub.act("take")
    hub.hold(97.0, HAND // SECOND)
    hub.hold(88.0, HAND // SECOND + 30)
    assert hub.open()[1].suppression is Suppression.NONE


def test_a_high_alarm_rings_whoever_has_what_in_hand(line: Any) -> None:
    limits = {"jeanne": (CRITICAL,)}
    story = line(limits=limits).stream(0, 25, 80.0).stream(25, 40, 97.0).stream(40, 60, 80.0).do(22, take)
    _, second = story.want(59, (RAISED, 10, 10), (TAKEN, 22, 22), (CLEARED, 25, 25), (RAISED, 50, 50))
    assert (second.suppression, second.detail) == (Suppression.NONE, "")


def test_who_has_the_lower_one_in_hand_hears_of_the_higher_one(line: Any) -> None:
    critical = (RAISED, 50, 50)
    _, high, low = dips(line, value=80.0, limits=BOTH).want(69, *AGAIN[:3], critical, AGAIN[3])
    assert (high.priority, high.suppression) == (Priority.HIGH, Suppression.NONE)
    assert low.suppression is Suppression.INHIBITED


def test_who_has_the_higher_one_in_hand_has_the_lower_one_too(line: Any) -> None:
    """It was not worse in between, but better: back from below the critical limit, it is still below the other one."""
    story = line(limits=BOTH).stream(0, 25, 80.0).stream(25, 60, 88.0).do(12, take)
    steps = [(RAISED, 10, 10), (TAKEN, 12, 12), (RAISED, 20, 20), (CLEARED, 25, 25)]
    _, low = story.want(40, *steps)
    assert (low.suppression, low.detail) == (Suppression.INHIBITED, IN_HAND)
    story.do(45.5, lambda hub: hub.act("acknowledge", hub.open()[0]))
    _, low = story.want(46, *steps, (Event.ACKNOWLEDGED, 45, 46))
    assert (low.suppression, low.open) == (Suppression.NONE, True)


def test_what_asked_for_somebody_before_goes_on_asking(line: Any) -> None:
    """The medium one waits unseen when the high one is taken: it is not lost with what follows it."""
    story = line(limits=BOTH).stream(0, 25, 88.0).stream(25, 40, 97.0).stream(40, 55, 80.0)
    story.stream(55, 60, 97.0).stream(60, 90, 88.0).do(52, lambda hub: hub.act("take", hub.open()[1]))
    steps = [(RAISED, 20, 20), (CLEARED, 25, 25), (RAISED, 50, 50), (TAKEN, 52, 52), (CLEARED, 55, 55)]
    _, _, second = story.want(85, *steps, (Event.RESET, 80, 80), (RAISED, 80, 80))
    assert (second.suppression, second.response) == (Suppression.NONE, Response.UNACKNOWLEDGED)


def test_another_value_is_not_in_hand(line: Any) -> None:
    pulse = Limit("pulse", "pulse_rate", Priority.MEDIUM, low=50.0, delay=20.0)
    story = line(limits={"jeanne": (LOW, pulse)}).stream(0, 60, 88.0).stream(30, 60, 40.0, "pulse_rate")
    _, slow = story.do(22, take).want(59, (RAISED, 20, 20), (TAKEN, 22, 22), (RAISED, 50, 50))
    assert slow.suppression is Suppression.NONE


def test_a_fall_is_in_hand_with_the_limit_below(line: Any) -> None:
    fall = RateRule("fall", "spo2", Priority.LOW, change=-4.0, within=600.0)
    story = line(limits=ONE, people={"jeanne": Person((fall,))})
    story.stream(0, 260, 97.0).stream(260, 320, 88.0).stream(320, 400, 92.0).do(300, take)
    _, falling = story.want(
        381, (RAISED, 280, 280), (TAKEN, 300, 300), (CLEARED, 320, 320), (RAISED, 320, 321)
    )
    assert (falling.code, falling.suppression, falling.detail) == (
        Code.RATE_FALL,
        Suppression.INHIBITED,
        IN_HAND,
    )
