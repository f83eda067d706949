"""Rates of change on a time line."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import Quality
from hub.alerting.model import Code, Event
from hub.alerting.rules.model import Person, RateRule

RAISED, CLEARED, RESET = Event.RAISED, Event.CLEARED, Event.RESET
# Minutes of the time line begin at 20 s, 80 s, 140 s ...
FALL = RateRule("fall", "spo2", Priority.MEDIUM, change=-4.0, within=600.0)
WEIGHT = RateRule("weight", "weight", Priority.LOW, change=2.0, within=259_200.0, smooth=0.0)


def jeanne(*rules: RateRule) -> dict[str, Person]:
    return {"jeanne": Person(rules)}


def test_a_fall_is_told_when_the_minute_is_full_that_shows_it(line: Any) -> None:
    [alert] = (
        line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 440, 91.0).want(440, (RAISED, 380, 381))
    )
    assert (alert.code, alert.priority, alert.metric) == (Code.RATE_FALL, Priority.MEDIUM, "spo2")
    assert (alert.value, alert.limit, alert.limit_id) == (91.0, -4.0, "fall")
    assert (alert.edge, alert.sensor, alert.resident) == ("room-12", "ox", "jeanne")
    assert alert.onset % (60 * SECOND) == 0


def test_a_fall_by_less_is_none(line: Any) -> None:
    assert line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 620, 91.1).want(620) == []


def test_a_single_wrong_value_is_no_fall(line: Any) -> None:
    """Trap: one artefact in a minute."""
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).push(320, 60.0)
    assert story.stream(321, 500, 95.0).want(500) == []


def test_it_is_over_when_half_of_it_came_back(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 440, 90.0)
    story.stream(440, 500, 93.0).stream(500, 620, 93.1)
    # 93 is 2 below, half of 4: still there. 93.1 is less.
    assert len(story.want(620, (RAISED, 380, 381), (CLEARED, 560, 561))) == 1


def test_a_level_that_lasts_is_no_change_any_more(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 1120, 90.0)
    # The last full minute of 95 ends at 320; `within` is ten minutes.
    assert len(story.want(1120, (RAISED, 380, 381), (CLEARED, 920, 1041))) == 1


def test_it_tells_the_worst(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 380, 91.0).stream(380, 501, 88.0)
    [alert] = story.want(501, (RAISED, 380, 381))
    assert alert.value == 88.0


def test_a_better_value_does_not_replace_the_worst(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 380, 88.0).stream(380, 501, 91.0)
    [alert] = story.want(501, (RAISED, 380, 381))
    assert alert.value == 88.0


def test_a_rise(line: Any) -> None:
    rule = RateRule("rise", "pulse_rate", Priority.LOW, change=30.0, within=600.0)
    story = line(people=jeanne(rule)).stream(0, 320, 70.0, "pulse_rate").stream(320, 381, 100.0, "pulse_rate")
    [alert] = story.want(381, (RAISED, 380, 381))
    assert (alert.code, alert.value) == (Code.RATE_RISE, 100.0)
    assert not alert.technical


def test_what_somebody_takes_once_a_day_is_judged_at_once(line: Any) -> None:
    day = 86_400.0
    story = line(people=jeanne(WEIGHT), killed=False)
    for number, weight in enumerate((60.0, 60.5, 61.9, 62.1)):
        story.push(10 + number, weight, "weight")
    # Ten seconds are one slot: only the first counts.
    assert story.want(20) == []
    watch = line(people=jeanne(WEIGHT)).hub
    events = []
    for number, weight in enumerate((60.0, 60.5, 61.9, 62.1, 62.2, 62.3)):
        watch.now = number * day
        events.append(watch.value(weight, metric="weight"))
    # 62.1 is compared with 60.0 three days before; 62.2 with 60.5: what is left is more than half.
    assert events == [[], [], [], [RAISED], [], [CLEARED]]


@pytest.mark.parametrize("flags", [Quality.PROBE_OFF, Quality.MOTION, Quality.LATE])
def test_a_doubtful_value_is_no_part_of_it(line: Any, flags: Quality) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0)
    assert story.stream(320, 500, 80.0, flags=flags).want(500) == []


def test_a_piece_of_two_values_is_no_point(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0)
    story.stream(320, 340, 80.0, every=10.0)
    assert story.stream(380, 500, 95.0).want(500) == []


def test_an_edge_whose_clock_went_back_is_heard_again(line: Any) -> None:
    hub = line(people=jeanne(FALL)).hub
    hub.now = 0
    hub.presence(ahead=3600)
    for second in range(130):
        hub.now = second
        hub.value(95.0, at=second + 3600)
    hub.now = 130
    hub.presence(ahead=0)
    events = []
    for second in range(130, 420):
        hub.now = second
        events += hub.value(95.0 if second < 270 else 90.0)
    assert events == [RAISED]


def test_a_rule_that_goes_ends_its_alert(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 420, 90.0).person(420.5, Person())
    [alert] = story.stream(421, 520, 80.0).want(520, (RAISED, 380, 381), (CLEARED, 420.5, 420.5))
    assert story.hub.transitions[alert.id, 2].reason == "rule_withdrawn"
    assert story.hub.memories == {("jeanne", "fall"): ""}


def test_a_rule_that_is_another_begins_anew_and_keeps_its_alert(line: Any) -> None:
    other = RateRule("fall", "spo2", Priority.MEDIUM, change=-3.0, within=600.0)
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 420, 90.0)
    story.person(420.5, Person((other,))).stream(421, 570, 90.0)
    # Nothing is known of before: the first full minute shows no change.
    assert len(story.want(570, (RAISED, 380, 381), (CLEARED, 500, 505))) == 1


def test_a_damaged_memory_begins_anew(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0)
    story.want(320)
    hub = story.hub
    hub.memories["jeanne", "fall"] = "{"
    hub.restart()
    events = []
    for second in range(320, 420):
        hub.now = second
        events += hub.value(80.0)
    assert events == []


def test_an_alert_of_a_rule_that_went_while_the_hub_was_away_ends(line: Any) -> None:
    story = line(people=jeanne(FALL)).stream(0, 320, 95.0).stream(320, 420, 90.0)
    story.want(420, (RAISED, 380, 381))
    hub = story.hub
    hub.people = {}
    hub.restart()
    assert hub.tick() == [CLEARED]
