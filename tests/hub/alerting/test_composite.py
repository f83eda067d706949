"""Several signs together, on a time line."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import Quality
from hub.alerting.model import Code, Event
from hub.alerting.rules.model import Clause, CompositeRule, Person

RAISED, CLEARED, RESET = Event.RAISED, Event.CLEARED, Event.RESET
PULSE = Clause("pulse_rate", high=100.0, hysteresis=5.0)
BREATH = Clause("respiration_rate", high=21.0)
FEVER = Clause("temperature", low=36.0, high=38.3)
RULE = CompositeRule(
    "sepsis", "Fièvre et pouls", Priority.MEDIUM, (PULSE, BREATH, FEVER), least=2, delay=30.0, within=300.0
)


@pytest.fixture
def story(line: Any) -> Any:
    return line(people={"jeanne": Person((RULE,))})


def test_two_of_three_for_the_delay_and_not_a_moment_before(story: Any) -> None:
    story.push(5, 39.0, "temperature").stream(10.25, 60, 110.0, "pulse_rate")
    [alert] = story.want(60, (RAISED, 40.25, 40.25))
    assert (alert.code, alert.priority, alert.limit_id) == (Code.COMPOSITE, Priority.MEDIUM, "sepsis")
    assert alert.detail == "Fièvre et pouls;pulse_rate>100,temperature<36>38.3"
    assert alert.onset == alert.raised - 30 * SECOND
    assert (alert.value, alert.metric, alert.technical) == (None, None, False)


def test_one_of_them_is_not_enough(story: Any) -> None:
    assert story.stream(0, 120, 140.0, "pulse_rate").push(50, 37.0, "temperature").want(120) == []


def test_a_value_speaks_for_its_time_only(story: Any) -> None:
    """A fever of more than five minutes ago is not there now, as far as anybody knows."""
    story.push(0, 39.0, "temperature").stream(290, 400, 110.0, "pulse_rate")
    assert story.want(400) == []


def test_what_streams_goes_on_speaking(story: Any) -> None:
    story.stream(0, 700, 110.0, "pulse_rate").push(650, 39.0, "temperature")
    # The delay counts from the fever; its effect shows with the next value.
    assert len(story.want(700, (RAISED, 680, 681))) == 1


def test_a_return_before_the_delay_counts_anew(story: Any) -> None:
    story.push(0, 39.0, "temperature").stream(10, 35, 110.0, "pulse_rate").push(35, 90.0, "pulse_rate")
    story.stream(36, 70, 110.0, "pulse_rate")
    assert len(story.want(70, (RAISED, 66, 66))) == 1


def test_it_is_over_when_one_is_back_inside_by_the_hysteresis(story: Any) -> None:
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate")
    story.push(50, 100.0, "pulse_rate").push(51, 95.5, "pulse_rate").push(52, 95.0, "pulse_rate")
    assert len(story.want(60, (RAISED, 40, 40), (CLEARED, 52, 52))) == 1


def test_what_is_not_measured_any_more_is_not_well(story: Any) -> None:
    """Trap 9: the alert stays though nothing speaks any more."""
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate")
    [alert] = story.want(2000, (RAISED, 40, 40))
    assert alert.cleared is None


def test_it_tells_what_holds_now(story: Any) -> None:
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate")
    story.push(50, 30.0, "respiration_rate").push(51, 37.0, "temperature")
    [alert] = story.want(60, (RAISED, 40, 40))
    assert alert.detail == "Fièvre et pouls;pulse_rate>100,respiration_rate>21"


def test_a_low_bound_is_one_too(story: Any) -> None:
    story.push(0, 35.0, "temperature").stream(10, 50, 110.0, "pulse_rate")
    assert len(story.want(50, (RAISED, 40, 40))) == 1


@pytest.mark.parametrize("flags", [Quality.PROBE_OFF, Quality.MOTION, Quality.LATE])
def test_doubtful_values_hold_nothing(story: Any, flags: Quality) -> None:
    story.push(0, 39.0, "temperature").stream(10, 60, 110.0, "pulse_rate", flags=flags)
    assert story.want(60) == []


def test_what_was_measured_before_changes_nothing(story: Any) -> None:
    story.push(0, 39.0, "temperature").stream(10, 20, 110.0, "pulse_rate").push(20, 90.0, "pulse_rate")
    # Of a time before the pulse was normal again, and of one before that value.
    story.push(21, 110.0, "pulse_rate", at=15.5).push(22, 110.0, "pulse_rate", at=19.5)
    assert story.want(60) == []


def test_what_is_old_by_the_edges_clock_is_history(story: Any) -> None:
    story.push(60, 39.0, "temperature", at=20.0).stream(61, 120, 110.0, "pulse_rate")
    assert story.want(120) == []


def test_a_new_occurrence_has_its_own_name(story: Any) -> None:
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate").push(50, 80.0, "pulse_rate")
    story.stream(60, 100, 110.0, "pulse_rate")
    first, second = story.want(100, (RAISED, 40, 40), (CLEARED, 50, 50), (RESET, 90, 90), (RAISED, 90, 90))
    assert first.id != second.id


def test_a_rule_whose_clauses_are_others_ends_what_it_rang_for(story: Any) -> None:
    other = CompositeRule(
        "sepsis", "Autre", Priority.MEDIUM, (Clause("spo2", low=90.0), FEVER), least=2, within=300.0
    )
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate").person(50.5, Person((other,)))
    [alert] = story.want(60, (RAISED, 40, 40), (CLEARED, 50.5, 50.5))
    assert story.hub.transitions[alert.id, 2].reason == "rule_withdrawn"


def test_a_rule_that_kept_its_clauses_keeps_its_alert(story: Any) -> None:
    other = CompositeRule("sepsis", "Fièvre et pouls", Priority.HIGH, (FEVER, PULSE), least=2, within=300.0)
    story.push(0, 39.0, "temperature").stream(10, 50, 110.0, "pulse_rate").person(50.5, Person((other,)))
    assert len(story.push(55, 37.0, "temperature").want(60, (RAISED, 40, 40), (CLEARED, 55, 55))) == 1


def test_an_edge_whose_clock_went_back_is_heard_again(story: Any) -> None:
    hub = story.hub
    hub.presence(ahead=3600)
    hub.now = 1
    hub.value(110.0, at=3601, metric="pulse_rate")
    hub.now = 2
    hub.value(80.0, at=3602, metric="pulse_rate")
    hub.now = 3
    hub.value(110.0, at=3603, metric="pulse_rate")
    hub.now = 10
    hub.presence(ahead=0)
    events = hub.value(39.0, metric="temperature")
    for second in range(10, 60):
        hub.now = second
        events += hub.value(110.0, metric="pulse_rate")
    assert events == [RAISED]
    hub.now = 60
    assert hub.value(80.0, metric="pulse_rate") == [CLEARED]
