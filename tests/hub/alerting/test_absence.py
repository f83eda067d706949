"""What should be measured and is not: never heard is not healthy (traps 8, 9, 12, 14)."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import Quality
from hub.alerting.model import Code, Event, Suppression
from hub.alerting.rules.model import AbsenceRule, Person

RAISED, CLEARED = Event.RAISED, Event.CLEARED
RULE = AbsenceRule("spo2-absent", "spo2", Priority.MEDIUM, after=120.0)
PEOPLE = {"jeanne": Person((RULE,))}


def test_a_sensor_that_was_never_heard_is_an_absence(line: Any) -> None:
    [alert] = line(people=PEOPLE, killed=False).want(130, (RAISED, 120, 120))
    assert (alert.code, alert.priority, alert.metric) == (Code.METRIC_ABSENT, Priority.MEDIUM, "spo2")
    assert (alert.resident, alert.edge, alert.sensor, alert.limit_id) == ("jeanne", "", None, "spo2-absent")
    assert alert.raised - alert.onset == 120 * SECOND
    assert alert.technical


def test_it_counts_from_the_last_value_and_ends_with_the_next(line: Any) -> None:
    story = line(people=PEOPLE, killed=False).stream(0, 60.5, 97.0).push(300.5, 97.0)
    # Noted once a second, looked at once a second.
    assert len(story.want(310, (RAISED, 180, 181), (CLEARED, 300.5, 300.5))) == 1


def test_zero_is_a_value(line: Any) -> None:
    rule = AbsenceRule("w", "signal_quality", Priority.LOW, after=60.0)
    story = line(people={"jeanne": Person((rule,))}, killed=False).stream(0, 300, 0.0, "signal_quality")
    assert story.want(300) == []


@pytest.mark.parametrize("more", [{"flags": Quality.PROBE_OFF}, {"flags": Quality.HELD}, {"late": True}])
def test_what_is_no_measurement_is_absence(line: Any, more: dict[str, Any]) -> None:
    story = line(people=PEOPLE, killed=False).stream(0, 200, 97.0, **more)
    assert len(story.want(200, (RAISED, 120, 120))) == 1


def test_another_metric_does_not_count(line: Any) -> None:
    story = line(people=PEOPLE, killed=False).stream(0, 200, 70.0, "pulse_rate")
    assert len(story.want(200, (RAISED, 120, 120))) == 1


def test_what_is_old_by_the_edges_clock_does_not_count(line: Any) -> None:
    story = line(people=PEOPLE, killed=False)
    for second in range(60, 200):
        story.do(second, lambda hub: hub.value(97.0, at=hub.now - 40))
    assert len(story.want(200, (RAISED, 120, 120))) == 1


def test_after_a_restart_it_counts_anew_and_what_rang_stays(line: Any) -> None:
    story = line(people=PEOPLE, killed=False).do(100, lambda hub: hub.restart())
    [alert] = story.do(300, lambda hub: hub.restart()).want(600, (RAISED, 220, 220))
    assert alert.cleared is None
    story.push(610, 97.0).want(620, (RAISED, 220, 220), (CLEARED, 610, 610))


def test_a_silent_room_rings_once(line: Any) -> None:
    """The device's silence explains it: it is not told beside it, and counts anew when the device is back."""
    story = line(people=PEOPLE, edges={"room-12": "jeanne"}, killed=False)
    story.beat(0, 61).stream(0, 61, 97.0)
    story.beat(400, 640)
    edge, absent = story.want(640, (RAISED, 75, 76), (CLEARED, 400, 400), (RAISED, 518, 521))
    assert (edge.code, absent.code, absent.edge) == (Code.EDGE_SILENT, Code.METRIC_ABSENT, "room-12")


def test_an_absence_that_rings_is_muted_by_its_rooms_silence_and_by_nothing_else(line: Any) -> None:
    story = line(people=PEOPLE, edges={"room-12": "jeanne", "room-14": "paul"}, killed=False)
    story.beat(0, 200).beat(0, 100, edge="room-14", resident="paul")
    absent, *_ = story.want(200, (RAISED, 110, 110), (RAISED, 120, 121))[::-1]
    assert absent.code is Code.METRIC_ABSENT
    assert absent.suppression is Suppression.NONE
    absent = story.want(300, (RAISED, 110, 110), (RAISED, 120, 121), (RAISED, 210, 216))[1]
    assert (absent.code, absent.suppression) == (Code.METRIC_ABSENT, Suppression.INHIBITED)
    story.beat(300, 310)
    absent = story.want(310, (RAISED, 110, 110), (RAISED, 120, 121), (RAISED, 210, 216), (CLEARED, 300, 300))[
        1
    ]
    assert absent.suppression is Suppression.NONE


def test_one_of_two_devices_is_enough_to_be_heard(line: Any) -> None:
    story = line(people=PEOPLE, edges={"room-12": "jeanne", "bed-12": "jeanne"}, killed=False)
    story.beat(0, 300)
    bed, absent = story.want(300, (RAISED, 15, 15), (RAISED, 120, 121))
    assert (bed.edge, absent.edge, absent.suppression) == ("bed-12", "room-12", Suppression.NONE)


def test_a_rule_that_is_the_same_goes_on_counting(line: Any) -> None:
    story = line(people=PEOPLE, killed=False).person(60.5, Person((RULE,), on_oxygen=True))
    assert len(story.want(130, (RAISED, 120, 120))) == 1


def test_a_rule_that_is_another_counts_anew(line: Any) -> None:
    other = AbsenceRule("spo2-absent", "spo2", Priority.LOW, after=100.0)
    story = line(people=PEOPLE, killed=False).person(60.5, Person((other,)))
    assert len(story.want(200, (RAISED, 160, 161))) == 1


def test_it_ends_with_its_rule(line: Any) -> None:
    story = line(people=PEOPLE, killed=False).person(130.5, Person())
    assert len(story.want(200, (RAISED, 120, 120), (CLEARED, 130.5, 130.5))) == 1


def test_a_device_that_moves_to_another_room_takes_no_absence_along(line: Any) -> None:
    story = line(people=PEOPLE, edges={"room-12": "jeanne"}, killed=False).beat(0, 130)

    def move(hub: Any) -> None:
        hub.edges = {"room-12": "paul"}
        hub.engine.set_edges(hub.edges, hub.utc)

    [alert] = story.do(130.5, move).want(131, (RAISED, 120, 121))
    assert (alert.resident, alert.cleared) == ("jeanne", None)


def test_of_two_devices_one_that_is_heard_is_enough_to_miss_a_value(line: Any) -> None:
    """A device where nobody lives says nothing of Jeanne; the absence is inhibited only when none of hers is heard."""
    edges = {"corridor": None, "room-12": "jeanne", "salon": "jeanne"}
    for lasting in ("room-12", "salon"):
        story = line(people=PEOPLE, edges=edges, killed=False).beat(0, 300, edge="corridor", resident=None)
        for edge in ("room-12", "salon"):
            story.beat(0, 300 if edge == lasting else 20, edge=edge)
        alerts = story.want(300, (RAISED, 30, 31), (RAISED, 120, 121))
        assert [alert.code for alert in alerts] == [Code.EDGE_SILENT, Code.METRIC_ABSENT]
        assert (alerts[1].edge, alerts[1].suppression) == (lasting, Suppression.NONE)
