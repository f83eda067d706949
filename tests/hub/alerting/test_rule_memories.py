"""What rules take and what they leave: the corners that a time line does not reach."""

from __future__ import annotations

from typing import Any

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.measurement import Link
from devices.occurrences import Ending, Watch, WatchState
from devices.quality import NO_DOUBT
from hub.alerting.escalation.climb import Trouble
from hub.alerting.expiry import Expired
from hub.alerting.model import Code, Condition, Event
from hub.alerting.rules.composite import CompositeMemory, CompositeWatch
from hub.alerting.rules.model import Clause, CompositeRule, Person, RateRule, ScoreRule
from hub.alerting.rules.rate import RateMemory, RateWatch
from hub.alerting.rules.sampling import Outcome
from hub.alerting.rules.score import ScoreMemory, ScoreWatch

RAISED, CLEARED = Event.RAISED, Event.CLEARED
SHORT = RateRule("short", "spo2", Priority.LOW, -4.0, within=120.0, smooth=30.0)
LONG = RateRule("long", "spo2", Priority.LOW, -4.0, within=600.0)
PAIR = CompositeRule(
    "pair", "Deux", Priority.LOW, (Clause("spo2", low=90.0), Clause("pulse_rate", high=100.0)), least=2
)


def test_a_slot_gives_one_value() -> None:
    rate = RateWatch(SHORT, RateMemory())
    assert rate.take(97.0, 20 * SECOND) is Outcome.KEPT
    assert rate.take(60.0, 29 * SECOND) is Outcome.NOTHING
    score = ScoreWatch(ScoreRule("s"), ScoreMemory(), Person())
    assert score.take("spo2", 97.0, 20 * SECOND, 0) is Outcome.KEPT
    assert score.take("spo2", 60.0, 29 * SECOND, 0) is Outcome.NOTHING
    assert score.memory.values["spo2"][-1].value == 97.0


def test_a_value_of_a_time_that_is_known_already_changes_nothing() -> None:
    watch = CompositeWatch(PAIR, CompositeMemory())
    assert watch.take(0, 80.0, 20 * SECOND) is Outcome.KEPT
    assert watch.take(0, 95.0, 20 * SECOND) is Outcome.NOTHING
    assert watch.take(0, 95.0, 21 * SECOND) is Outcome.KEPT
    assert watch.take(0, 80.0, 21 * SECOND) is Outcome.NOTHING
    assert watch.take(0, 95.0, 22 * SECOND) is Outcome.NOTHING
    assert watch.holding == []


def test_two_rules_of_one_metric_remember_each_for_itself(line: Any) -> None:
    """One that comes later takes the next value, though the other has that slot already."""
    story = line(people={"jeanne": Person((SHORT,))}).stream(0, 42, 97.0)
    story.person(42.5, Person((SHORT, LONG))).stream(43, 48, 97.0)
    story.want(48)
    assert set(story.hub.memories) == {("jeanne", "short"), ("jeanne", "long")}
    watch = story.hub.engine
    assert watch.open_alerts() == []


def test_what_is_wrong_with_the_escalation_is_replaced_as_a_whole(hub: Any) -> None:
    for number, troubles in enumerate(
        ([], [Trouble("room-12", "jeanne", "one")], [Trouble("room-12", "jeanne", "two")], [], [])
    ):
        hub.now = number
        hub.engine.set_troubles(Code.ROTA_HOLE, troubles, hub.utc)
        hub.commit()
    [alert] = hub.alerts.values()
    assert (alert.code, alert.detail, alert.condition) == (Code.ROTA_HOLE, "two", Condition.CLEARED)


def test_prescriptions_that_are_over_are_replaced_as_a_whole(hub: Any) -> None:
    one = Expired("room-12", "jeanne", hub.utc, (("spo2", "l1"),))
    two = Expired("room-12", "jeanne", hub.utc, (("spo2", "l1"), ("pulse_rate", "l2")))
    paul = Expired("room-12", "paul", hub.utc, (("spo2", "l3"),))
    hub.engine.differ("room-12", "jeanne", "edge_only", hub.utc)
    assert hub.commit() == [RAISED]
    seen = []
    for number, expired in enumerate(([one], [two], [paul], [paul], [])):
        hub.now = number
        hub.engine.set_expired(expired, hub.utc)
        seen.append(hub.commit())
    assert seen == [[RAISED], [], [CLEARED, RAISED], [], [CLEARED]]
    other, first, second = hub.alerts.values()
    assert (other.code, other.condition) == (Code.VERDICTS_DIFFER, Condition.ACTIVE)
    assert (first.detail, second.resident) == ("spo2,pulse_rate", "paul")


def test_a_device_that_disagrees_and_agrees_again(hub: Any) -> None:
    hub.engine.differ("room-12", "jeanne", "edge_only", hub.utc)
    hub.engine.differ("room-12", "jeanne", "hub_only", hub.utc)
    assert hub.commit() == [RAISED]
    assert hub.only.detail == "hub_only"
    hub.engine.agree("room-12", hub.utc)
    assert hub.commit() == [CLEARED]


# ---- occurrences: what the room does with a limit that is replaced ----

LOW = Limit("low", "spo2", Priority.HIGH, low=88.0)


def test_a_crossing_is_no_occurrence_before_its_delay_is_over() -> None:
    watch = Watch(Limit("low", "spo2", Priority.HIGH, low=88.0, delay=2.0))
    assert watch.feed(80.0, SECOND, NO_DOUBT, "ox") == []
    assert (watch.resting, watch.occurrence) == (False, None)
    [begun] = watch.feed(80.0, 3 * SECOND, NO_DOUBT, "ox")
    assert (begun, begun.onset) == (watch.occurrence, SECOND)


def test_a_limit_that_is_replaced_keeps_what_is_there_and_begins_anew_what_was_not_declared() -> None:
    watch = Watch(LOW)
    [begun] = watch.feed(80.0, SECOND, NO_DOUBT, "ox")
    assert begun.bound == 88.0
    wider = Limit("low", "spo2", Priority.HIGH, low=85.0)
    assert watch.replace_limit(wider, 2 * SECOND) == []
    assert watch.occurrence is not None
    [ended] = watch.replace_limit(Limit("low", "spo2", Priority.HIGH, high=99.0), 3 * SECOND)
    assert (ended.ending, ended.cleared) == (Ending.WITHDRAWN, 3 * SECOND)
    assert watch.resting
    weighed = Watch(
        Limit("low", "spo2", Priority.HIGH, low=88.0, area=50.0), WatchState(None, SECOND, area=7.0)
    )
    assert not weighed.resting
    assert weighed.replace_limit(LOW, 2 * SECOND) == []
    assert weighed.resting
    assert watch.replace_limit(LOW, 4 * SECOND) == []


def test_the_link_of_a_sensor_alone_is_no_value(hub: Any) -> None:
    hub.people = {"jeanne": Person((SHORT, PAIR))}
    hub.restart()
    assert hub.status(Link.UP) == []
    assert hub.memories == {}
