"""NEWS2 as an alarm rule, on a time line (sheet 01; project rule on sets with something missing)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import Link
from devices.quality import Quality
from hub.alerting.model import Code, Event
from hub.alerting.rules.model import Person, ScoreRule

RAISED, CLEARED, RESET = Event.RAISED, Event.CLEARED, Event.RESET
RULE = ScoreRule("news2", red=False, rise=None, delay=60.0)

WELL = {
    "respiration_rate": 16.0,
    "spo2": 98.0,
    "systolic": 125.0,
    "pulse_rate": 72.0,
    "consciousness": 0.0,
    "temperature": 36.8,
    "on_oxygen": 0.0,
}


def jeanne(rule: ScoreRule = RULE, **known: Any) -> dict[str, Person]:
    return {"jeanne": Person((rule,), **known)}


def taken(story: Any, at: float, **values: float) -> Any:
    """Let somebody write down a set: the values are one instant's."""
    for number, (metric, value) in enumerate((WELL | values).items()):
        story.push(at + number / 1000, value, metric)
    return story


def streamed(story: Any, since: float, until: float, **values: float) -> Any:
    for metric, value in values.items():
        story.stream(since, until, value, metric)
    return story


def test_a_set_that_is_well_says_nothing(line: Any) -> None:
    assert taken(line(people=jeanne()), 5).want(300) == []


def test_a_set_taken_by_hand_is_told_after_the_delay_though_nothing_follows(line: Any) -> None:
    story = taken(
        line(people=jeanne()), 5, respiration_rate=21.0, pulse_rate=91.0, spo2=95.0, temperature=38.1
    )
    [alert] = story.want(300, (RAISED, 65, 66.1))
    assert (alert.code, alert.priority, alert.value) == (Code.NEWS2, Priority.MEDIUM, 5.0)
    assert alert.detail == "respiration_rate=2,spo2=1,pulse=1,temperature=1;;"
    assert (alert.limit, alert.limit_id, alert.edge, alert.metric) == (5.0, "news2", "room-12", None)


def test_what_streams_declares_to_the_second(line: Any) -> None:
    story = streamed(line(people=jeanne()), 0, 300, respiration_rate=25.0, pulse_rate=115.0)
    [alert] = story.want(300, (RAISED, 60, 70))
    assert alert.value == 5.0
    assert alert.detail.split(";")[1] == "spo2,on_oxygen,systolic,consciousness,temperature"


def test_a_lower_bound_alerts(line: Any) -> None:
    """Two values alone may be enough to say that somebody must go."""
    story = line(people=jeanne()).push(5, 25.0, "respiration_rate").push(5.1, 83.0)
    [alert] = story.want(100, (RAISED, 65, 66.1))
    assert alert.value == 6.0


def test_a_lower_bound_never_reassures(line: Any) -> None:
    """What is not measured any more has not become well: the alert stays until it was measured again."""
    story = taken(line(people=jeanne()), 5, systolic=90.0, temperature=39.2)
    story.do(14_000, lambda hub: None).stream(15_000, 15_300, 97.0)
    [alert] = story.want(15_300, (RAISED, 65, 66.1))
    assert alert.cleared is None
    taken(story, 15_400)
    story.want(15_500, (RAISED, 65, 66.1), (CLEARED, 15_460, 15_462))


def test_one_parameter_back_is_not_all_of_them(line: Any) -> None:
    story = line(people=jeanne()).push(5, 25.0, "respiration_rate").push(5.1, 88.0)
    story.push(1200, 97.0).stream(1210, 1300, 97.0)
    assert len(story.want(1300, (RAISED, 65, 66.1))) == 1
    story.push(1300, 16.0, "respiration_rate").stream(1310, 1400, 97.0)
    story.want(1400, (RAISED, 65, 66.1), (CLEARED, 1360, 1371))


def test_it_must_stand_both_ways(line: Any) -> None:
    story = streamed(line(people=jeanne()), 0, 25, respiration_rate=25.0, pulse_rate=115.0)
    streamed(story, 25, 300, respiration_rate=16.0, pulse_rate=70.0)
    assert story.want(300) == []


def test_a_score_that_swings_about_its_threshold_is_one_alert(line: Any) -> None:
    story = streamed(
        line(people=jeanne(replace(RULE, calm=300.0))), 0, 200, respiration_rate=25.0, pulse_rate=115.0
    )
    streamed(story, 200, 400, respiration_rate=20.0, pulse_rate=115.0)
    streamed(story, 400, 600, respiration_rate=25.0, pulse_rate=115.0)
    streamed(story, 600, 1000, respiration_rate=20.0, pulse_rate=70.0)
    # The median of a minute is back half a minute after the value is.
    [alert] = story.want(1000, (RAISED, 60, 70), (CLEARED, 900 + 20, 900 + 50))
    assert alert.value == 5.0


def test_a_score_that_is_well_for_long_is_over(line: Any) -> None:
    story = streamed(
        line(people=jeanne(replace(RULE, calm=300.0))), 0, 200, respiration_rate=25.0, pulse_rate=115.0
    )
    streamed(story, 200, 700, respiration_rate=16.0, pulse_rate=70.0)
    assert len(story.want(540, (RAISED, 60, 70), (CLEARED, 520, 540))) == 1


def test_calm_is_no_obstacle_to_a_higher_one(line: Any) -> None:
    story = streamed(
        line(people=jeanne(replace(RULE, calm=900.0))), 0, 200, respiration_rate=25.0, pulse_rate=115.0
    )
    streamed(story, 200, 400, respiration_rate=16.0, pulse_rate=70.0)
    streamed(story, 400, 600, respiration_rate=25.0, pulse_rate=135.0, spo2=93.0)
    _, high = story.want(600, (RAISED, 60, 70), (CLEARED, 450, 500), (RESET, 450, 500), (RAISED, 450, 500))
    assert high.priority is Priority.HIGH


def test_high_is_another_occurrence(line: Any) -> None:
    story = streamed(line(people=jeanne()), 0, 200, respiration_rate=25.0, pulse_rate=115.0)
    streamed(story, 200, 400, respiration_rate=25.0, pulse_rate=135.0, spo2=93.0)
    medium, high = story.want(
        400, (RAISED, 60, 70), (CLEARED, 250, 300), (RESET, 250, 300), (RAISED, 250, 300)
    )
    assert (medium.priority, high.priority, high.value) == (Priority.MEDIUM, Priority.HIGH, 8.0)
    assert (high.limit, story.hub.transitions[medium.id, 2].reason) == (7.0, "worse")
    assert high.id != medium.id


def test_high_at_once_skips_medium(line: Any) -> None:
    story = taken(line(people=jeanne()), 5, respiration_rate=26.0, spo2=90.0, consciousness=3.0)
    [alert] = story.want(100, (RAISED, 65, 66.1))
    assert (alert.priority, alert.value) == (Priority.HIGH, 9.0)


def test_a_high_one_that_falls_to_medium_stays_what_it_was(line: Any) -> None:
    story = taken(line(people=jeanne()), 5, respiration_rate=26.0, spo2=90.0, consciousness=3.0)
    taken(story, 200, respiration_rate=26.0, spo2=92.0)
    [alert] = story.want(400, (RAISED, 65, 66.1))
    assert (alert.priority, alert.value) == (Priority.HIGH, 9.0)
    taken(story, 500)
    story.want(600, (RAISED, 65, 66.1), (CLEARED, 560, 562))


def test_it_tells_the_worst_and_of_what(line: Any) -> None:
    story = taken(line(people=jeanne()), 5, respiration_rate=22.0, spo2=93.0, pulse_rate=95.0)
    taken(story, 200, respiration_rate=22.0, spo2=93.0, pulse_rate=95.0, temperature=38.5)
    [alert] = story.want(300, (RAISED, 65, 66.1))
    assert (alert.value, alert.detail) == (6.0, "respiration_rate=2,spo2=2,pulse=1,temperature=1;;")


@pytest.mark.parametrize(
    ("scale", "oxygen", "spo2", "told"),
    [
        (1, 0.0, 91.0, True),
        (2, 0.0, 91.0, False),
        (2, 0.0, 97.0, False),
        (2, 1.0, 97.0, True),
        (2, 0.0, 83.0, True),
    ],
)
def test_both_scales(line: Any, scale: int, oxygen: float, spo2: float, *, told: bool) -> None:
    rule = replace(RULE, medium=9, high=10, red=True)
    story = taken(line(people=jeanne(rule, spo2_scale=scale)), 5, spo2=spo2, on_oxygen=oxygen)
    alerts = story.want(100, *([(RAISED, 65, 66.1)] if told else []))
    assert [alert.detail.split(";")[2] for alert in alerts] == ["red"] * told


def test_oxygen_is_what_is_known_of_the_resident_until_somebody_writes_it_down(line: Any) -> None:
    rule = replace(RULE, medium=2, high=10)
    values = {key: value for key, value in WELL.items() if key != "on_oxygen"}
    story = line(people=jeanne(rule, on_oxygen=True))
    for number, (metric, value) in enumerate(values.items()):
        story.push(5 + number / 1000, value, metric)
    story.push(100, 0.0, "on_oxygen").push(101, 97.0)
    [alert] = story.want(200, (RAISED, 65, 66.1), (CLEARED, 160, 162))
    assert alert.detail == "on_oxygen=2;;"


@pytest.mark.parametrize(("usual", "told"), [(None, False), (0, True), (1, True), (2, False)])
def test_a_rise_above_the_usual_score(line: Any, usual: int | None, *, told: bool) -> None:
    rule = replace(RULE, rise=3)
    story = taken(line(people=jeanne(rule, usual_score=usual)), 5, respiration_rate=22.0, spo2=93.0)
    alerts = story.want(100, *([(RAISED, 65, 66.1)] if told else []))
    assert [alert.detail.split(";")[2] for alert in alerts] == [f"usual={usual}"] * told


def test_red_alone_only_where_the_rule_says_so(line: Any) -> None:
    assert taken(line(people=jeanne()), 5, systolic=85.0).want(100) == []
    rule = replace(RULE, red=True)
    [alert] = taken(line(people=jeanne(rule)), 5, systolic=85.0).want(100, (RAISED, 65, 66.1))
    assert (alert.priority, alert.value, alert.detail) == (Priority.MEDIUM, 3.0, "systolic=3;;red")


def test_the_median_of_the_minute_counts(line: Any) -> None:
    """One artefact in six values is no score."""
    rule = replace(RULE, medium=3, high=10, delay=10.0)
    story = line(people=jeanne(rule)).stream(0, 100, 97.0).push(100, 80.0).stream(101, 300, 97.0)
    assert story.want(300) == []


def test_one_value_in_ten_seconds_is_taken(line: Any) -> None:
    rule = replace(RULE, medium=3, high=10, delay=10.0)
    # Of a slot the first: what is low in between is not seen by this rule (a limit sees it).
    story = line(people=jeanne(rule)).stream(0, 300, lambda at: 97.0 if at % 10 == 0 else 80.0)
    assert story.want(300) == []


def test_a_pulse_is_a_pulse(line: Any) -> None:
    rule = replace(RULE, medium=3, high=10)
    [alert] = line(people=jeanne(rule)).push(5, 135.0, "heart_rate").want(100, (RAISED, 65, 66.1))
    assert alert.detail.startswith("pulse=3;")


@pytest.mark.parametrize(
    ("metric", "value"), [("respiration_rate", 900.0), ("spo2", 10.0), ("consciousness", 7.0)]
)
def test_a_value_of_no_person_scores_nothing(line: Any, metric: str, value: float) -> None:
    rule = replace(RULE, medium=1, high=10)
    assert line(people=jeanne(rule)).push(5, value, metric).want(200) == []


@pytest.mark.parametrize("flags", [Quality.PROBE_OFF, Quality.QUESTIONABLE])
def test_doubtful_values_score_nothing(line: Any, flags: Quality) -> None:
    story = line(people=jeanne()).push(5, 25.0, "respiration_rate", flags=flags).push(5.1, 83.0, flags=flags)
    assert story.want(200) == []


def test_what_the_resident_is_changes_the_score_with_the_next_value(line: Any) -> None:
    rule = replace(RULE, medium=3, high=10)
    story = taken(line(people=jeanne(rule)), 5, spo2=90.0)
    story.person(100.5, Person((rule,), spo2_scale=2)).stream(110, 200, 90.0)
    assert len(story.want(200, (RAISED, 65, 66.1), (CLEARED, 170, 180))) == 1


def test_another_rule_of_that_name_keeps_the_alert_and_ends_it_by_its_own_measure(line: Any) -> None:
    story = taken(line(people=jeanne()), 5, respiration_rate=26.0, spo2=90.0, consciousness=3.0)
    story.person(100.5, Person((replace(RULE, medium=4, high=20),)))
    [alert] = taken(story, 200, respiration_rate=22.0, spo2=93.0).want(300, (RAISED, 65, 66.1))
    assert alert.cleared is None
    taken(story, 400).want(500, (RAISED, 65, 66.1), (CLEARED, 460, 462))


def test_another_rule_keeps_a_medium_alert_too(line: Any) -> None:
    story = taken(line(people=jeanne()), 5, respiration_rate=25.0, spo2=93.0)
    story.person(100.5, Person((replace(RULE, medium=4),)))
    assert len(taken(story, 200).want(300, (RAISED, 65, 66.1), (CLEARED, 260, 262))) == 1


def test_an_edge_whose_clock_went_back_is_heard_again(line: Any) -> None:
    hub = line(people=jeanne(replace(RULE, medium=3, high=10))).hub
    hub.presence(ahead=3600)
    hub.value(97.0, at=3600)
    hub.now = 20
    hub.presence(ahead=0)
    hub.value(80.0)
    hub.now = 100
    hub.presence(link=Link.UP)
    assert hub.tick() == [RAISED]
    assert hub.only.onset == hub.utc - 80 * SECOND


@pytest.mark.parametrize("rise", [0, None])
def test_a_home_that_does_not_want_it_is_not_told_of_a_rise(line: Any, rise: int | None) -> None:
    people = jeanne(replace(RULE, rise=rise), usual_score=0)
    assert taken(line(people=people), 5, respiration_rate=22.0, spo2=93.0).want(100) == []
