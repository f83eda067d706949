"""Defects of other systems that the rules are shown not to have (traps 11, 13, 14, 15, 21, 22); 8 and 9 in test_absence."""

from __future__ import annotations

from typing import Any

import pytest

from devices.limits import Limit, Priority
from devices.quality import Quality
from hub.alerting.model import Event, Response
from hub.alerting.rules.model import AbsenceRule, Clause, CompositeRule, Person, RateRule, ScoreRule

RAISED, CLEARED, RESET = Event.RAISED, Event.CLEARED, Event.RESET
ABSENT = AbsenceRule("absent", "spo2", Priority.MEDIUM, after=60.0)
SCORE = ScoreRule("news2", delay=10.0)
PAIR = CompositeRule(
    "pair",
    "Deux",
    Priority.HIGH,
    (Clause("spo2", low=90.0), Clause("pulse_rate", high=100.0)),
    least=2,
    delay=2.0,
)
LOW = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=2.0)
FALL = RateRule("fall", "spo2", Priority.MEDIUM, -4.0, 600.0)


def test_11_one_residents_trouble_stops_nobody_elses_rules(line: Any) -> None:
    """The first has a memory that cannot be read, the second a silent room, the third is measured: the fourth still rings."""
    names = ("a", "b", "c", "d")
    story = line(
        people={name: Person((ABSENT, SCORE)) for name in names},
        memories={("a", "news2"): "no json"},
        edges={"room-b": "b"},
        killed=False,
    )
    story.stream(0, 100, 97.0, resident="c", edge="room-c")
    story.stream(0, 5, 400.0, "respiration_rate", resident="a", edge="room-a")
    alerts = story.want(100, (RAISED, 15, 15), (RAISED, 60, 60), (RAISED, 60, 60))
    assert [(alert.code.value, alert.resident) for alert in alerts] == [
        ("edge_silent", "b"),
        ("metric_absent", "a"),
        ("metric_absent", "d"),
    ]


@pytest.mark.parametrize("delay", [0.0, 1.3, 7.25])
def test_15_a_delay_is_kept_to_the_microsecond(line: Any, delay: float) -> None:
    limits = {"jeanne": (Limit("low", "spo2", Priority.HIGH, low=88.0, delay=delay),)}
    story = line(limits=limits).push(1.2, 80.0)
    if delay:
        story.push(1.2 + delay - 0.000001, 80.0).push(1.2 + delay, 80.0)
    assert len(story.want(20, (RAISED, 1.2 + delay, 1.2 + delay))) == 1


def test_14_an_absence_is_told_within_a_second_of_its_time_also_when_nothing_ever_comes_back(
    line: Any,
) -> None:
    story = line(people={"jeanne": Person((ABSENT,))}, killed=False).stream(0, 20.7, 97.0)
    assert len(story.want(5000, (RAISED, 80, 81.7))) == 1


def test_21_an_answer_belongs_to_one_occurrence(line: Any) -> None:
    story = line(people={"jeanne": Person((PAIR,))}).push(0, 80.0).stream(1, 5, 120.0, "pulse_rate")
    story.do(5.5, lambda hub: hub.act("acknowledge"))
    story.push(6, 80.0, "pulse_rate").stream(10, 14, 120.0, "pulse_rate")
    first, second = story.want(
        14, (RAISED, 3, 3), (Event.ACKNOWLEDGED, 5.5, 5.5), (CLEARED, 6, 6), (RAISED, 12, 12)
    )
    assert (first.response, second.response) == (Response.ACKNOWLEDGED, Response.UNACKNOWLEDGED)
    assert first.id != second.id


def test_22_what_has_the_same_cause_is_told_all_the_same(line: Any) -> None:
    """A limit, several signs and a fall of one saturation are three alerts; screens may group them, nothing swallows one."""
    story = line(limits={"jeanne": (LOW,)}, people={"jeanne": Person((PAIR, FALL))})
    story.stream(0, 140, 97.0).stream(140, 201, 80.0).stream(140.5, 201, 120.0, "pulse_rate")
    alerts = story.want(201, (RAISED, 142, 142), (RAISED, 142.5, 142.5), (RAISED, 200, 200))
    assert [alert.limit_id for alert in alerts] == ["low", "pair", "fall"]


def test_13_what_is_under_way_is_on_the_disk(line: Any) -> None:
    """`Line` kills the hub before every step; here also between a value and the tick that declares."""
    story = line(people={"jeanne": Person((SCORE,))})
    story.push(5, 26.0, "respiration_rate").push(5.1, 83.0, flags=Quality(0))
    [alert] = story.want(60, (RAISED, 15, 17))
    assert alert.value == 6.0
