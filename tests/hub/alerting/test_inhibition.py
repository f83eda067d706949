"""What mutes what, and that nothing else does (issue: nothing unrelated can silence an alert; traps 11, 20, 22)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.limits import Limit, Priority
from devices.measurement import Cause, Link
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import SensorFact
from hub.alerting.model import Alert, Code, Condition, Event, Kind, Response, Suppression
from hub.alerting.responses import Action, AlertError
from hub.alerting.rules.model import AbsenceRule, Person, RateRule, ScoreRule
from hub.alerting.suppressions import SuppressionError

RAISED, CLEARED = Event.RAISED, Event.CLEARED
LOW = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=10.0, hysteresis=2.0)
LIMITS = {"jeanne": (LOW,), "paul": (LOW,)}
EDGES = {"room-12": "jeanne", "room-14": "paul"}
OFF = SensorFact("ox", Link.UP, flags=int(Quality.PROBE_OFF))
ON = SensorFact("ox", Link.UP)


# ---- probe off and the limit of what it measures ----


def test_with_the_probe_off_nothing_it_says_raises_a_limit(line: Any) -> None:
    story = line(limits=LIMITS, edges=EDGES, killed=False).beat(0, 120, sensors=(OFF,))
    story.beat(0, 120, edge="room-14").stream(0, 120, 60.0, flags=Quality.PROBE_OFF)
    [alert] = story.want(120, (RAISED, 60, 61))
    assert (alert.code, alert.sensor) == (Code.PROBE_OFF, "ox")


def test_what_rang_before_the_probe_came_off_goes_on_ringing(line: Any) -> None:
    """The last thing that is known is that somebody is not well, and a probe is easily pulled off."""
    story = line(limits=LIMITS, edges=EDGES, killed=False).beat(0, 20, sensors=(ON,)).stream(0, 20, 80.0)
    story.beat(20, 120, sensors=(OFF,)).stream(20, 120, 97.0, flags=Quality.PROBE_OFF)
    story.beat(0, 120, edge="room-14")
    limit, probe = story.want(120, (RAISED, 10, 10), (RAISED, 80, 81))
    assert (limit.code, probe.code) == (Code.LIMIT_LOW, Code.PROBE_OFF)
    assert (limit.condition, limit.suppression) == (Condition.ACTIVE, Suppression.NONE)


def test_what_is_measured_again_decides(line: Any) -> None:
    story = line(limits=LIMITS, edges=EDGES, killed=False).beat(0, 20, sensors=(ON,)).stream(0, 20, 80.0)
    story.beat(20, 110, sensors=(OFF,)).stream(20, 110, 60.0, flags=Quality.PROBE_OFF)
    story.beat(110, 140, sensors=(ON,)).stream(110, 140, 96.0).beat(0, 140, edge="room-14")
    limit, probe = story.want(
        140, (RAISED, 10, 10), (RAISED, 80, 81), (CLEARED, 110, 110), (CLEARED, 110, 110)
    )
    assert (limit.code, probe.code) == (Code.LIMIT_LOW, Code.PROBE_OFF)


# ---- a probe that is off, while something else measures ----

MAT = SensorFact("mat", Link.UP)
MAT_OFF = SensorFact("mat", Link.UP, flags=int(Quality.PROBE_OFF))
MAT_DOWN = SensorFact("mat", Link.DOWN)
AIR = SensorFact("air", Link.UP, personal=False)
METER = SensorFact("cuff", Link.UP, continuous=False)


def test_a_probe_waits_for_the_round_while_something_else_measures(line: Any) -> None:
    story = (
        line(edges=EDGES, limits=LIMITS, killed=False)
        .beat(0, 10, sensors=(ON, MAT))
        .beat(0, 600, edge="room-14")
    )
    [alert] = story.beat(10, 600, sensors=(OFF, MAT)).want(599, (RAISED, 490, 491))
    assert (alert.code, alert.sensor, alert.priority) == (Code.PROBE_OFF, "ox", Priority.LOW)


def test_a_probe_that_comes_back_before_the_round_rings_for_nobody(line: Any) -> None:
    story = line(edges=EDGES, limits=LIMITS, killed=False).beat(0, 900, edge="room-14")
    story.beat(0, 470, sensors=(OFF, MAT)).beat(470, 475, sensors=(ON, MAT)).beat(
        475, 900, sensors=(OFF, MAT)
    )
    assert story.want(900) == []


@pytest.mark.parametrize("other", [MAT_OFF, AIR, METER])
def test_what_does_not_measure_the_person_all_the_time_does_not_watch(line: Any, other: SensorFact) -> None:
    story = line(edges=EDGES, limits=LIMITS, killed=False).beat(0, 90, edge="room-14")
    alerts = story.beat(0, 90, sensors=(OFF, other)).want(
        90, *[(RAISED, 60, 61)] * (2 if other is MAT_OFF else 1)
    )
    assert {alert.code for alert in alerts} == {Code.PROBE_OFF}


def test_when_nothing_measures_any_more_the_probe_is_told_at_once(line: Any) -> None:
    story = line(edges=EDGES, limits=LIMITS, killed=False).beat(0, 200, edge="room-14")
    story.beat(0, 150, sensors=(OFF, MAT)).beat(150, 200, sensors=(OFF, MAT_DOWN))
    probe, mat = story.want(190, (RAISED, 150, 151), (RAISED, 165, 166))
    assert (probe.code, mat.code) == (Code.PROBE_OFF, Code.SENSOR_SILENT)


def test_a_probe_of_somebody_who_is_not_well_does_not_wait(line: Any) -> None:
    story = (
        line(edges=EDGES, limits=LIMITS, killed=False)
        .beat(0, 200, edge="room-14")
        .beat(0, 20, sensors=(ON, MAT))
    )
    story.stream(0, 20, 80.0).beat(20, 120, sensors=(OFF, MAT))
    limit, probe = story.want(110, (RAISED, 10, 10), (RAISED, 80, 81))
    assert (limit.code, probe.code) == (Code.LIMIT_LOW, Code.PROBE_OFF)


# ---- a hub without a broker ----


def cut(*, since: bool) -> Any:
    return lambda hub: hub.engine.set_cut_off(hub.utc, cut=since)


def test_a_hub_that_hears_nobody_does_not_call_every_room_silent(line: Any) -> None:
    """One cause rings once, as `broker_down`; whoever is not back 15 s after the broker is silent by itself."""
    people = {"jeanne": Person((AbsenceRule("absent", "spo2", Priority.MEDIUM, after=60.0),))}
    story = line(edges=EDGES, limits={}, people=people, killed=False).stream(0, 20, 97.0)
    story.beat(0, 20).beat(0, 20, edge="room-14").do(22.5, cut(since=True))
    story.do(300.5, cut(since=False)).beat(303, 340, edge="room-14").want(314)
    [alert] = story.want(330, (RAISED, 315, 316))
    assert (alert.code, alert.edge) == (Code.EDGE_SILENT, "room-12")


def test_what_rang_before_the_broker_went_goes_on(line: Any) -> None:
    story = line(edges=EDGES, limits={}, killed=False).beat(0, 20, edge="room-14").do(17.5, cut(since=True))
    story.do(40.5, cut(since=False)).beat(41, 60).beat(41, 60, edge="room-14")
    [alert] = story.want(58, (RAISED, 15, 16), (CLEARED, 41, 41))
    assert alert.edge == "room-12"


def test_no_sensor_is_judged_by_what_a_hub_without_a_broker_last_heard(line: Any) -> None:
    story = (
        line(edges=EDGES, limits={}, killed=False)
        .beat(0, 20, edge="room-14")
        .beat(0, 20, sensors=(MAT_DOWN,))
    )
    story.do(12.5, cut(since=True)).do(80.5, cut(since=False)).beat(81, 100, sensors=(MAT_DOWN,))
    [alert] = story.beat(81, 100, edge="room-14").want(97, (RAISED, 96, 97))
    assert alert.code is Code.SENSOR_SILENT


# ---- a silent room and its sensors ----


def test_a_silent_room_mutes_what_is_said_of_its_sensors_and_rings_once(line: Any) -> None:
    silent = SensorFact("ox", Link.DOWN, battery=3)
    story = line(edges=EDGES, killed=False).beat(0, 31, sensors=(silent,)).beat(0, 120, edge="room-14")
    battery, sensor, edge = story.want(120, (RAISED, 0, 0), (RAISED, 15, 16), (RAISED, 45, 46))
    assert (edge.code, edge.suppression) == (Code.EDGE_SILENT, Suppression.NONE)
    assert {battery.suppression, sensor.suppression} == {Suppression.INHIBITED}


def test_a_silent_room_mutes_nothing_that_is_said_of_a_person(line: Any) -> None:
    people = {"jeanne": Person((RateRule("fall", "spo2", Priority.MEDIUM, -4.0, 600.0),))}
    story = (
        line(limits=LIMITS, people=people, edges=EDGES, killed=False)
        .beat(0, 160)
        .beat(0, 400, edge="room-14")
    )
    story.stream(0, 140, 97.0).stream(140, 160, 80.0)
    limit, edge = story.want(400, (RAISED, 150, 150), (RAISED, 170, 171))
    assert (limit.code, limit.suppression, edge.code) == (Code.LIMIT_LOW, Suppression.NONE, Code.EDGE_SILENT)


# ---- what care covers ----


@pytest.mark.parametrize(("priority", "muted"), [(Priority.MEDIUM, True), (Priority.HIGH, False)])
def test_care_covers_a_fall_of_what_it_disturbs_unless_it_is_critical(
    line: Any, priority: Priority, *, muted: bool
) -> None:
    people = {"jeanne": Person((RateRule("fall", "spo2", priority, -4.0, 600.0),))}
    story = line(people=people, edges=EDGES, killed=False).beat(0, 200).beat(0, 200, edge="room-14")
    story.do(100, lambda hub: hub.suppress(Kind.CARE, 600))
    story.stream(0, 140, 97.0).stream(140, 201, 90.0)
    steps = [(RAISED, 200, 200)] + ([(Event.SILENCED, 200, 200)] if muted else [])
    [alert] = story.want(200, *steps)
    assert (alert.suppression is Suppression.CARE) == muted


def test_care_covers_no_score(line: Any) -> None:
    people = {"jeanne": Person((ScoreRule("news2", delay=10.0),))}
    story = line(people=people, edges=EDGES, killed=False).beat(0, 100).beat(0, 100, edge="room-14")
    story.do(1, lambda hub: hub.suppress(Kind.CARE, 600))
    story.push(5, 26.0, "respiration_rate").push(5.1, 83.0)
    [alert] = story.want(100, (RAISED, 15, 17))
    assert alert.suppression is Suppression.NONE


def test_a_sensor_out_of_service_keeps_its_battery_to_itself(line: Any) -> None:
    story = line(edges=EDGES, killed=False).beat(0, 20, sensors=(ON,)).beat(0, 60, edge="room-14")
    story.do(10, lambda hub: hub.suppress(Kind.OUT_OF_SERVICE, 600, sensor="ox"))
    story.beat(20, 60, sensors=(SensorFact("ox", Link.UP, battery=3),))
    [alert] = story.want(60, (RAISED, 20, 20), (Event.SILENCED, 20, 20))
    assert alert.suppression is Suppression.OUT_OF_SERVICE


# ---- nothing unrelated ----

facts = st.tuples(
    st.just("fact"),
    st.sampled_from(["room-14", "room-12"]),
    st.sampled_from(list(Link)),
    st.sampled_from([NO_DOUBT, Quality.PROBE_OFF, Quality.LOW_BATTERY]),
    st.sampled_from([Cause.NONE, Cause.ADAPTER, Cause.UPDATING, Cause.UNPLUGGED]),
    st.sampled_from(["online", "online", "gone"]),
)
orders = st.tuples(
    st.just("order"),
    st.sampled_from(list(Kind)),
    st.sampled_from(["room-14", "room-12"]),
    st.sampled_from([60.0, 900.0]),
)
values = st.tuples(
    st.just("value"),
    st.sampled_from(["jeanne", "paul"]),
    st.sampled_from([("spo2", 97.0), ("spo2", 70.0), ("pulse_rate", 70.0), ("temperature", 36.0)]),
)
others = st.tuples(st.just("other"), st.integers(0, 6))
passing = st.tuples(st.just("tick"), st.sampled_from([1.0, 20.0, 700.0]))
actions = st.tuples(st.just("act"), st.integers(0, 5), st.sampled_from(list(Action)))


def apply(hub: Any, step: tuple[Any, ...], target: Alert) -> None:
    """Do something that has nothing to do with Jeanne's low saturation, though perhaps with her room."""
    kind, *more = step
    if kind == "tick":
        hub.tick(until=hub.now + more[0], step=5.0)
    elif kind == "other":
        _others(hub, more[0])
    elif kind == "act":
        rest = [each for each in hub.open() if each.id != target.id]
        if rest:
            hub.act(more[1], rest[more[0] % len(rest)])
    elif kind == "order":
        _order(hub, *more, target=target)
    elif kind == "fact":
        edge, link, flags, cause, state = more
        fact = SensorFact("ox", link, flags=int(flags), cause=cause, address="F1:00:00:00:00:01")
        hub.presence(edge=edge, sensors=(fact,), state=state, resident=EDGES[edge])
    elif more != ["jeanne", ("spo2", 97.0)]:
        who, (metric, value) = more
        hub.value(value, metric=metric, resident=who, edge="room-12" if who == "jeanne" else "room-14")
    hub.commit()


def _order(hub: Any, kind: Kind, edge: str, seconds: float, *, target: Alert) -> None:
    """Order something that does not cover it: another alert's silence, care, her sensor out of service."""
    if kind is Kind.SILENCE:
        for alert in [each for each in hub.open() if each.id != target.id]:
            hub.suppress(Kind.SILENCE, min(seconds, 120), alert=alert.id)
    else:
        sensor = "ox" if kind is Kind.OUT_OF_SERVICE else ""
        hub.suppress(kind, seconds, edge=edge, sensor=sensor)


def _others(hub: Any, number: int) -> None:
    """Change what is known of the rest of the home."""
    if number < 2:
        hub.engine.set_system(Code.TABLET_MUTE, "x" if number else None, hub.utc)
    elif number < 4:
        who, rule = (
            ("paul", ScoreRule("news2")),
            ("jeanne", RateRule("r", "spo2", Priority.LOW, -4.0, 600.0)),
        )[number - 2]
        hub.people = {**hub.people, who: Person((rule,))}
        hub.engine.set_people(who, hub.people[who], hub.utc)
    elif number == 4:
        hub.limits = {**hub.limits, "paul": ()}
        hub.engine.set_limits("paul", (), hub.utc)
    elif number == 5:
        hub.restart()
    else:
        hub.edges = {"room-12": "jeanne"} if len(hub.edges) == 2 else EDGES
        hub.engine.set_edges(hub.edges, hub.utc)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(facts, facts, orders, values, others, passing, actions), max_size=40))
def test_nothing_unrelated_silences_or_ends_an_alert(new_hub: Any, steps: list[tuple[Any, ...]]) -> None:
    hub = new_hub(limits=LIMITS, edges=EDGES)
    hub.hold(80.0, until=10)
    target = hub.only
    for step in steps:
        hub.now += 1
        try:
            apply(hub, step, target)
        except (AlertError, SuppressionError):
            hub.commit()
        alert = hub.alerts[target.id]
        assert alert.condition is Condition.ACTIVE
        assert (alert.suppression, alert.muted_by) == (Suppression.NONE, None)
        assert alert.response is Response.UNACKNOWLEDGED
        assert [event for (key, _), event in hub.transitions.items() if key == target.id][1:] == []
    hub.check()
