"""Limits on a time line: delay, hysteresis, latch, restart (sheet 02 part 10; traps 9, 15, 20, 21, 25)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Limit, LimitState, Priority
from devices.quality import Quality
from devices.wire.messages import Observation
from hub.alerting.model import Code, Condition, Event, Response

START = 1_789_000_000 * SECOND
RAISED, CLEARED, RESET = Event.RAISED, Event.CLEARED, Event.RESET


def test_one_second_short_of_the_delay_is_no_alarm(hub: Any) -> None:
    assert hub.hold(80.0, until=9) == []
    hub.now = 10
    assert hub.value(95.0) == []
    assert hub.hold(80.0, until=19) == []


def test_at_the_delay_it_is_declared_and_tells_when_it_began(hub: Any) -> None:
    hub.now = 100
    assert hub.hold(80.0, until=111) == [RAISED]
    alert = hub.only
    assert (alert.code, alert.priority, alert.edge) == (Code.LIMIT_LOW, Priority.HIGH, "room-12")
    assert (alert.onset, alert.raised) == (START + 100 * SECOND, START + 110 * SECOND)
    assert (alert.limit, alert.limit_id, alert.metric, alert.resident) == (88.0, "low", "spo2", "jeanne")


def test_it_clears_only_inside_the_hysteresis(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.now = 11
    assert hub.value(89.9) == []
    hub.now = 12
    assert hub.value(90.0) == [CLEARED]


@pytest.mark.parametrize(
    ("priority", "latched"), [(Priority.HIGH, True), (Priority.MEDIUM, True), (Priority.LOW, False)]
)
def test_what_ended_unseen_stays_on_the_screen(new_hub: Any, priority: Priority, *, latched: bool) -> None:
    hub = new_hub(limits={"jeanne": (Limit("l", "spo2", priority, low=88.0),)})
    hub.value(80.0)
    hub.now = 1
    hub.value(95.0)
    [alert] = hub.alerts.values()
    assert (alert.condition, alert.latched, alert.open) == (Condition.CLEARED, latched, latched)


def test_seeing_it_ends_the_latch(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.now = 11
    hub.value(95.0)
    assert hub.act("acknowledge") == [Event.ACKNOWLEDGED]
    assert hub.open() == []


def test_an_acknowledgement_covers_one_occurrence(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.act("acknowledge")
    first = hub.only
    hub.now = 11
    assert hub.value(95.0) == [CLEARED]
    assert hub.open() == []
    hub.now = 12
    assert hub.hold(80.0, until=22) == [RAISED]
    assert hub.only.id != first.id
    assert hub.only.response is Response.UNACKNOWLEDGED


def test_a_latched_occurrence_gives_way_to_the_next(hub: Any) -> None:
    hub.hold(80.0, until=10)
    first = hub.only
    hub.now = 11
    hub.value(95.0)
    hub.now = 12
    assert hub.hold(80.0, until=22) == [RESET, RAISED]
    assert hub.only.id != first.id
    hub.check()


def test_what_somebody_holds_stays_theirs_when_it_returns(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.act("take")
    hub.now = 11
    hub.value(95.0)
    hub.now = 12
    hub.hold(80.0, until=22)
    assert [alert.taken_by for alert in hub.open()] == ["ines", None]


def test_the_worst_value_is_kept_without_a_step(hub: Any) -> None:
    hub.hold(80.0, until=10)
    for value in (84.0, 71.0, 79.0):
        hub.now += 1
        assert hub.value(value) == []
    assert hub.only.value == 71.0
    hub.now += 1
    hub.engine.observe("room-12", "jeanne", Observation("ox", "spo2", hub.utc, 71.0), hub.utc, late=False)
    assert hub.engine.take_changes().alerts == {}


def test_the_worst_of_a_high_limit_is_the_highest(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (Limit("h", "temperature", Priority.MEDIUM, high=38.5),)})
    for number, value in enumerate((38.6, 39.4, 39.0)):
        hub.now = number
        hub.value(value, metric="temperature")
    assert (hub.only.code, hub.only.value, hub.only.limit) == (Code.LIMIT_HIGH, 39.4, 38.5)


def test_from_too_low_to_too_high_is_another_danger(new_hub: Any) -> None:
    limit = Limit("p", "pulse_rate", Priority.MEDIUM, low=45.0, high=120.0)
    hub = new_hub(limits={"jeanne": (limit,)})
    hub.value(40.0, metric="pulse_rate")
    hub.now = 1
    assert hub.value(150.0, metric="pulse_rate") == [CLEARED, RESET, RAISED]
    assert hub.only.code is Code.LIMIT_HIGH
    hub.check()


def test_zero_is_a_value(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (Limit("p", "pulse_rate", Priority.HIGH, low=45.0),)})
    assert hub.value(0.0, metric="pulse_rate") == [RAISED]
    assert hub.only.value == 0.0


@pytest.mark.parametrize("flag", [Quality.PROBE_OFF, Quality.MOTION, Quality.HELD, Quality.IMPLAUSIBLE])
def test_a_doubtful_value_neither_raises_nor_clears(hub: Any, flag: Quality) -> None:
    hub.hold(80.0, until=9)
    hub.now = 10
    assert hub.value(80.0, flags=flag) == []
    hub.now = 11
    assert hub.value(80.0) == [RAISED]
    hub.now = 12
    assert hub.value(95.0, flags=flag) == []
    assert hub.value(60.0, flags=flag) == []
    assert hub.only.value == 80.0


def test_late_data_raises_nothing(hub: Any) -> None:
    hub.now = 1000
    for second in range(30):
        assert hub.value(70.0, at=second, late=True) == []
        assert hub.value(70.0, at=980 + second / 10, late=True) == []
    assert hub.states == {}


def test_old_data_of_the_live_lane_is_history_too(hub: Any) -> None:
    hub.limits = {"jeanne": (replace(hub.limits["jeanne"][0], delay=0.0),)}
    hub.restart()
    hub.now = 100
    assert hub.value(70.0, at=69.9) == []
    assert hub.value(70.0, at=130.1) == []
    assert hub.value(70.0, at=70.0) == [RAISED]


def test_a_gap_starts_the_delay_anew(hub: Any) -> None:
    hub.value(80.0)
    hub.now = 61
    assert hub.value(80.0) == []
    assert hub.hold(80.0, until=71) == [RAISED]


def test_another_resident_another_metric_and_nobody_change_nothing(hub: Any) -> None:
    assert hub.hold(80.0, until=5) == []
    for resident, metric in (("paul", "spo2"), ("jeanne", "pulse_rate"), (None, "spo2")):
        assert hub.value(20.0, resident=resident, metric=metric) == []
    assert list(hub.states) == [("jeanne", "low")]


def test_a_value_that_is_inside_writes_nothing(hub: Any) -> None:
    hub.hold(96.0, until=100)
    assert (hub.states, hub.alerts) == ({}, {})


def test_a_limit_that_is_withdrawn_ends_its_alert(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.engine.set_limits("jeanne", (), hub.utc)
    assert hub.commit() == [CLEARED]
    assert hub.transitions[hub.only.id, 2].reason == "limit_withdrawn"
    hub.now = 11
    assert hub.value(60.0) == []


def test_a_limit_withdrawn_while_the_hub_was_away_ends_its_alert(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.limits = {}
    hub.restart()
    assert hub.tick() == [CLEARED]
    assert hub.tick() == []


def test_an_alert_keeps_the_limit_it_was_born_with(hub: Any) -> None:
    hub.hold(80.0, until=10)
    eased = replace(hub.limits["jeanne"][0], low=79.0, priority=Priority.LOW)
    hub.engine.set_limits("jeanne", (eased,), hub.utc)
    assert hub.commit() == []
    hub.now = 11
    assert hub.value(81.0) == [CLEARED]
    assert (hub.only.limit, hub.only.priority) == (88.0, Priority.HIGH)


def test_a_changed_limit_counts_its_delay_anew(hub: Any) -> None:
    hub.hold(80.0, until=9)
    hub.engine.set_limits("jeanne", (replace(hub.limits["jeanne"][0], low=85.0),), hub.utc)
    hub.commit()
    hub.now = 10
    assert hub.hold(80.0, until=19) == []
    assert hub.hold(80.0, until=20) == [RAISED]


def test_another_limit_leaves_a_running_delay_alone(hub: Any) -> None:
    hub.hold(80.0, until=9)
    other = Limit("t", "temperature", Priority.LOW, high=38.0)
    hub.engine.set_limits("jeanne", (hub.limits["jeanne"][0], other), hub.utc)
    hub.now = 10
    assert hub.value(80.0) == [RAISED]
    assert hub.value(39.0, metric="temperature") == [RAISED]


def test_a_limit_moved_to_another_metric_ends_its_alert(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.engine.set_limits("jeanne", (replace(hub.limits["jeanne"][0], metric="pulse_rate"),), hub.utc)
    assert hub.commit() == [CLEARED]


def test_a_value_from_before_it_came_to_rest_is_history(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.now = 12
    hub.value(95.0)
    hub.restart()
    assert hub.value(70.0, at=5.0) == []
    assert hub.states["jeanne", "low"].last == START + 12 * SECOND


def test_a_store_that_lost_the_rules_states_does_not_forget_an_alert(hub: Any) -> None:
    hub.hold(80.0, until=10)
    hub.states = {}
    hub.restart()
    hub.now = 11
    assert hub.value(80.0) == []
    hub.now = 12
    assert hub.value(95.0) == [CLEARED]


def test_a_store_that_lost_an_alert_raises_it_anew(hub: Any) -> None:
    hub.states = {("jeanne", "low"): LimitState(START, START, active=True)}
    hub.restart()
    hub.now = 1
    assert hub.hold(80.0, until=11) == [RAISED]


def test_an_edge_whose_clock_went_back_is_still_judged(hub: Any) -> None:
    hub.now = 100
    hub.presence(ahead=3600)
    hub.value(80.0, at=3700)
    hub.presence()
    for second in range(101, 113):
        hub.now = second
        hub.value(80.0)
    assert hub.only.onset == START + 101 * SECOND


def test_an_edge_whose_clock_is_wrong_still_raises_alarms(hub: Any) -> None:
    for second in range(12):
        hub.now = second
        hub.presence(ahead=-900)
        hub.value(80.0, at=second - 900)
    assert {alert.code for alert in hub.open()} == {Code.CLOCK_SKEW, Code.LIMIT_LOW}


def test_a_heartbeat_that_waited_does_not_turn_fresh_values_into_history(hub: Any) -> None:
    hub.presence(ahead=-120)
    assert hub.hold(80.0, until=10) == [RAISED]
