"""Silence, care and out of service, on a time line: what they cover, what they never cover, and that they end."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.measurement import EventKind, Link
from devices.quality import Quality
from hub.alerting.model import Alert, Code, Condition, Event, Kind, Response, Suppression, Suppressor
from hub.alerting.responses import Action, AlertError
from hub.alerting.suppressions import (
    CARE_CODES,
    CARE_METRICS,
    SENSOR_CODES,
    Refused,
    SuppressionError,
    Wish,
    covers,
    identity,
    longest,
)

HIGH = Limit("high", "spo2", Priority.HIGH, low=88.0, delay=0.0, hysteresis=2.0)
MEDIUM = Limit("medium", "spo2", Priority.MEDIUM, low=92.0, delay=0.0, hysteresis=1.0)
PULSE = Limit("pulse", "pulse_rate", Priority.MEDIUM, high=120.0, delay=0.0)
GLUCOSE = Limit("glucose", "glucose", Priority.MEDIUM, high=3.0, delay=0.0)
EDGES = {"room-12": "jeanne", "room-14": "paul"}


@pytest.fixture
def hub(new_hub: Any) -> Any:
    made = new_hub(limits={"jeanne": (HIGH,), "paul": (replace(MEDIUM, id="pm"),)}, edges=dict(EDGES))
    for edge, resident in EDGES.items():
        made.presence(edge=edge, resident=resident)
    made.tick()
    return made


def alive(hub: Any, until: float) -> list[Event]:
    """Let time pass with both rooms heard every second."""
    events: list[Event] = []
    while hub.now < until:
        events += hub.tick(hub.now + 1)
        for edge in hub.edges:
            events += hub.presence(edge=edge, resident=EDGES[edge])
    return events


def test_a_silence_of_two_minutes_is_silent_at_119_s_and_sounds_at_121_s(hub: Any) -> None:
    hub.value(80.0)
    hub.suppress(Kind.SILENCE, 120.0)
    assert hub.only.suppression is Suppression.SILENCED
    assert hub.only.muted_until == hub.utc + 120 * SECOND
    assert alive(hub, 119) == []
    assert hub.only.suppression is Suppression.SILENCED
    assert alive(hub, 120) == [Event.SILENCE_ENDED]
    alive(hub, 121)
    assert (hub.only.suppression, hub.only.muted_by, hub.only.muted_until) == (Suppression.NONE, None, None)
    assert hub.only.response is Response.UNACKNOWLEDGED
    [silenced, ended] = [t for t in hub.transitions.values() if t.event.value.startswith("silence")]
    assert (silenced.author, silenced.reason) == ("ines", "in_room")
    assert (ended.author, ended.reason) == ("veilleuse", "expired")
    hub.check()


def test_a_silence_never_acknowledges_and_the_fields_stay_apart(hub: Any) -> None:
    hub.value(80.0)
    hub.suppress(Kind.SILENCE, 120.0)
    alert = hub.only
    assert (alert.condition, alert.response) == (Condition.ACTIVE, Response.UNACKNOWLEDGED)
    hub.act("take")
    assert (hub.only.response, hub.only.suppression) == (Response.TAKEN, Suppression.SILENCED)


def test_a_new_occurrence_is_not_covered(hub: Any) -> None:
    hub.value(80.0)
    hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 5
    hub.value(95.0)
    assert hub.only.latched
    assert hub.only.suppression is Suppression.SILENCED, "it is over and its silence goes on"
    hub.now = 10
    hub.value(80.0)
    assert hub.only.suppression is Suppression.NONE
    alive(hub, 11)
    assert hub.engine.suppressors() == [], "a silence ends with its alert"
    hub.check()


def test_another_alert_of_the_same_resident_sounds(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (MEDIUM, HIGH)}, edges=EDGES)
    hub.value(90.0)
    hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 1
    hub.value(80.0)
    medium, high = hub.open()
    assert (medium.suppression, high.suppression) == (Suppression.SILENCED, Suppression.NONE)


def test_a_call_that_is_repeated_sounds_again(hub: Any) -> None:
    hub.happen(EventKind.NURSE_CALL, "1")
    hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 30
    assert hub.happen(EventKind.NURSE_CALL, "2") == [Event.RETURNED, Event.SILENCE_ENDED]
    assert hub.only.suppression is Suppression.NONE
    assert hub.engine.suppressors() == []


def test_who_hands_over_is_heard(hub: Any) -> None:
    hub.value(80.0)
    hub.suppress(Kind.SILENCE, 120.0)
    hub.act("take")
    assert hub.act("release") == [Event.RELEASED, Event.SILENCE_ENDED]
    assert hub.only.suppression is Suppression.NONE
    hub.check()


def test_who_hands_over_one_alert_leaves_the_silence_of_another(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (MEDIUM, HIGH)}, edges=EDGES)
    hub.value(90.0)
    kept = hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 1
    hub.value(80.0)
    medium, high = hub.open()
    hub.suppress(Kind.SILENCE, 120.0, alert=high.id)
    hub.act("take", high)
    assert hub.act("release", high) == [Event.RELEASED, Event.SILENCE_ENDED]
    assert [order.id for order in hub.engine.suppressors()] == [kept.id]
    assert hub.alerts[medium.id].suppression is Suppression.SILENCED
    hub.check()


def test_a_second_silence_takes_the_place_of_the_first(hub: Any) -> None:
    hub.value(80.0)
    first = hub.suppress(Kind.SILENCE, 120.0)
    alive(hub, 100)
    second = hub.suppress(Kind.SILENCE, 120.0, "paule")
    assert [order.id for order in hub.engine.suppressors()] == [second.id]
    assert hub.suppressors[first.id].ended_reason == "renewed"
    assert alive(hub, 219) == []
    assert alive(hub, 220) == [Event.SILENCE_ENDED]
    hub.check()


def test_a_person_ends_it(hub: Any) -> None:
    hub.value(80.0)
    order = hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 10
    assert hub.lift(order, "paule") == [Event.SILENCE_ENDED]
    assert hub.only.suppression is Suppression.NONE
    assert hub.suppressors[order.id].ended_by == "paule"
    with pytest.raises(SuppressionError, match="not in force") as error:
        hub.lift(order)
    assert error.value.refused is Refused.NOT_IN_FORCE
    assert hub.commit() == []


@pytest.mark.parametrize(
    ("kind", "priority", "seconds"),
    [
        (Kind.SILENCE, Priority.HIGH, 120.0),
        (Kind.SILENCE, Priority.MEDIUM, 900.0),
        (Kind.SILENCE, Priority.LOW, 900.0),
        (Kind.CARE, None, 1800.0),
        (Kind.OUT_OF_SERVICE, None, 86_400.0),
    ],
)
def test_how_long_each_may_last(new_hub: Any, kind: Kind, priority: Priority | None, seconds: float) -> None:
    assert longest(kind, priority) == seconds
    limit = replace(HIGH, priority=priority or Priority.HIGH)
    hub = new_hub(limits={"jeanne": (limit,)}, edges=EDGES)
    hub.value(80.0)
    sensor = {"sensor": "ox"} if kind is Kind.OUT_OF_SERVICE else {}
    for wrong in (seconds + 1, 0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SuppressionError) as error:
            hub.suppress(kind, wrong, **sensor)
        assert (error.value.refused, error.value.longest) == (Refused.TOO_LONG, seconds)
    assert hub.engine.suppressors() == []
    assert hub.suppress(kind, seconds, **sensor).until == hub.utc + round(seconds * SECOND)


def test_what_is_refused(hub: Any) -> None:
    def refused(kind: Kind, **more: Any) -> Refused:
        with pytest.raises(SuppressionError) as error:
            hub.suppress(kind, 60.0, **more)
        assert hub.commit() == []
        return error.value.refused

    assert refused(Kind.SILENCE, alert="none") is Refused.NOT_OPEN
    assert refused(Kind.CARE, edge="room-99") is Refused.UNKNOWN_EDGE
    assert refused(Kind.CARE, reason="  ") is Refused.NO_REASON
    hub.value(80.0)
    hub.act("acknowledge")
    assert refused(Kind.SILENCE) is Refused.ALREADY_ANSWERED
    assert hub.suppressors == {}


# ---- care ----


def test_care_ends_at_its_end_and_what_is_still_there_sounds(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (PULSE,)}, edges={"room-12": "jeanne"})
    hub.presence()
    hub.suppress(Kind.CARE, 900.0, reason="in_care")
    hub.now = 10
    assert hub.value(140.0, metric="pulse_rate") == [Event.RAISED, Event.SILENCED]
    assert hub.only.suppression is Suppression.CARE
    while hub.now < 899:
        hub.tick(hub.now + 1)
        hub.presence()
    assert hub.only.suppression is Suppression.CARE
    hub.now = 900
    assert hub.tick() == [Event.SILENCE_ENDED]
    assert hub.only.suppression is Suppression.NONE
    hub.check()


def test_in_care_a_call_a_fall_and_a_high_alarm_sound(hub: Any) -> None:
    hub.suppress(Kind.CARE, 900.0)
    hub.happen(EventKind.NURSE_CALL, "1")
    hub.happen(EventKind.FALL, "2")
    hub.happen(EventKind.PAUSE, "3")
    hub.happen(EventKind.APNOEA, "4")
    hub.value(80.0)
    assert len(hub.open()) == 5
    assert {alert.suppression for alert in hub.open()} == {Suppression.NONE}


def test_care_covers_its_room_alone(hub: Any) -> None:
    hub.suppress(Kind.CARE, 900.0)
    hub.value(90.0, edge="room-14", resident="paul")
    assert hub.only.suppression is Suppression.NONE


def test_care_ends_when_somebody_else_lives_there(hub: Any) -> None:
    order = hub.suppress(Kind.CARE, 900.0)
    hub.edges = {"room-12": "paul", "room-14": "jeanne"}
    hub.engine.set_edges(hub.edges, hub.utc)
    hub.commit()
    assert hub.suppressors[order.id].ended_reason == "moved"
    assert hub.engine.suppressors() == []


def test_care_ends_when_somebody_moved_while_the_hub_was_away(hub: Any) -> None:
    order = hub.suppress(Kind.CARE, 900.0)
    hub.edges = {"room-14": "paul"}
    hub.restart()
    hub.tick()
    assert hub.suppressors[order.id].ended_reason == "moved"


def test_a_silence_and_care_end_each_at_its_own_time(new_hub: Any) -> None:
    hub = new_hub(limits={"jeanne": (MEDIUM,)}, edges={"room-12": "jeanne"})
    hub.presence()
    hub.value(90.0)
    hub.suppress(Kind.SILENCE, 60.0)
    hub.suppress(Kind.CARE, 300.0)
    assert hub.only.suppression is Suppression.CARE
    assert Event.SILENCE_ENDED not in alive_one(hub, 299)
    assert hub.only.suppression is Suppression.CARE
    assert alive_one(hub, 300) == [Event.SILENCE_ENDED]
    hub.check()


def alive_one(hub: Any, until: float) -> list[Event]:
    events: list[Event] = []
    while hub.now < until:
        events += hub.tick(hub.now + 1)
        events += hub.presence()
    return [event for event in events if event is not Event.RAISED]


# ---- out of service ----


def test_a_sensor_out_of_service_is_not_said_to_be_silent(new_hub: Any) -> None:
    hub = new_hub(edges=EDGES)
    hub.presence()
    hub.suppress(Kind.OUT_OF_SERVICE, 3600.0, sensor="ox", reason="repair")
    alive_link(hub, 30, Link.SILENT)
    [alert] = [a for a in hub.open() if a.code is Code.SENSOR_SILENT]
    assert alert.suppression is Suppression.OUT_OF_SERVICE
    alive_link(hub, 3599, Link.SILENT)
    assert hub.alerts[alert.id].suppression is Suppression.OUT_OF_SERVICE
    alive_link(hub, 3601, Link.SILENT)
    assert hub.alerts[alert.id].suppression is Suppression.NONE
    hub.check()


def test_what_a_sensor_out_of_service_measures_all_the_same_sounds(hub: Any) -> None:
    hub.suppress(Kind.OUT_OF_SERVICE, 3600.0, sensor="ox", reason="repair")
    hub.value(80.0)
    assert hub.only.suppression is Suppression.NONE


def test_a_silent_edge_inhibits_and_the_order_holds_after_it(new_hub: Any) -> None:
    hub = new_hub(edges={"room-12": "jeanne"})
    hub.presence(flags=Quality.PROBE_OFF)
    hub.beat(65, flags=Quality.PROBE_OFF)
    [probe] = hub.open()
    assert probe.code is Code.PROBE_OFF
    hub.suppress(Kind.SILENCE, 900.0, alert=probe.id)
    hub.tick(90)
    assert hub.alerts[probe.id].suppression is Suppression.INHIBITED
    hub.presence(flags=Quality.PROBE_OFF)
    assert hub.alerts[probe.id].suppression is Suppression.SILENCED
    hub.tick(110)
    assert hub.alerts[probe.id].suppression is Suppression.INHIBITED
    hub.check()


def alive_link(hub: Any, until: float, link: Link) -> None:
    while hub.now < until:
        hub.tick(hub.now + 1)
        hub.presence(link=link)


# ---- the whole table ----

_PHYSIOLOGICAL = {Code.LIMIT_LOW, Code.LIMIT_HIGH, Code.RATE_FALL, Code.RATE_RISE}
NEVER_BY_CARE = set(Code) - CARE_CODES - _PHYSIOLOGICAL
"Also what will be added: a code that nobody thought of sounds."


def order_of(kind: Kind, **more: Any) -> Suppressor:
    target = {"alert": "a1", "edge": "room-12", "sensor": "ox", "resident": "jeanne"} | more
    return Suppressor("o", kind, "ines", "in_room", 0, 100, **target)


def alert_of(code: Code, priority: Priority = Priority.MEDIUM, **more: Any) -> Alert:
    about = {"metric": "spo2", "sensor": "ox"} | more
    return Alert(
        "a1", code, priority, about.pop("edge", "room-12"), about.pop("resident", "jeanne"), 0, 0, **about
    )


@pytest.mark.parametrize(("kind", "code"), list(itertools.product(Kind, Code)))
def test_each_kind_covers_what_the_table_says(kind: Kind, code: Code) -> None:
    alert = alert_of(code)
    expected = {
        Kind.SILENCE: True,
        Kind.CARE: code in CARE_CODES | _PHYSIOLOGICAL,
        Kind.OUT_OF_SERVICE: code in SENSOR_CODES,
    }[kind]
    order = order_of(kind)
    assert covers(order, alert, 50) is expected
    assert not covers(order, alert, 100), "its end is not part of it"
    assert not covers(replace(order, ended=10), alert, 50)
    assert not covers(order, replace(alert, edge="room-14", resident="paul", id="a2"), 50)
    if kind is not Kind.SILENCE:
        assert not covers(order, replace(alert, edge="room-14"), 50)
    if kind is Kind.CARE:
        assert not covers(order, replace(alert, priority=Priority.HIGH), 50)
        assert not covers(order, replace(alert, resident="paul"), 50)
    if kind is Kind.OUT_OF_SERVICE:
        assert not covers(order, replace(alert, sensor="bed"), 50)


@pytest.mark.parametrize(
    "code", [Code.NURSE_CALL, Code.FALL, Code.PAUSE, Code.APNOEA, Code.EDGE_SILENT, Code.SPOOL_FULL]
)
def test_care_never_covers(code: Code) -> None:
    for priority in Priority:
        assert not covers(order_of(Kind.CARE), alert_of(code, priority), 50)


@pytest.mark.parametrize("metric", ["glucose", "temperature", "systolic", "weight"])
def test_care_covers_no_limit_that_it_cannot_disturb(metric: str) -> None:
    assert metric not in CARE_METRICS
    assert not covers(order_of(Kind.CARE), alert_of(Code.LIMIT_HIGH, metric=metric), 50)


def test_an_id_is_of_target_and_beginning() -> None:
    wish = Wish(Kind.SILENCE, "ines", "in_room", 60.0, alert="a1")
    assert identity(wish, 5) == identity(replace(wish, author="paule", seconds=90.0, reason="x"), 5)
    assert len({identity(wish, 5), identity(wish, 6), identity(replace(wish, alert="a2"), 5)}) == 3


# ---- nothing unrelated is silenced, whatever happens; and a hub that dies says the same ----

LIMITS = {
    "jeanne": (HIGH, MEDIUM, PULSE, GLUCOSE),
    "paul": (replace(HIGH, id="ph"), replace(MEDIUM, id="pm")),
}
rooms = st.sampled_from([("room-12", "jeanne"), ("room-14", "paul")])
values = st.tuples(
    st.just("value"),
    rooms,
    st.sampled_from(
        [
            ("spo2", 80.0),
            ("spo2", 90.0),
            ("spo2", 96.0),
            ("pulse_rate", 140.0),
            ("pulse_rate", 70.0),
            ("glucose", 4.0),
            ("glucose", 1.0),
        ]
    ),
)
events = st.tuples(
    st.just("event"),
    rooms,
    st.sampled_from(
        [
            EventKind.NURSE_CALL,
            EventKind.FALL,
            EventKind.BED_EXIT,
            EventKind.BED_RETURN,
            EventKind.SENSOR_FAULT,
        ]
    ),
)
facts = st.tuples(
    st.just("fact"),
    rooms,
    st.sampled_from([Link.UP, Link.SILENT]),
    st.sampled_from([Quality(0), Quality.PROBE_OFF]),
)
orders = st.tuples(
    st.just("order"),
    st.sampled_from(list(Kind)),
    rooms,
    st.integers(0, 5),
    st.sampled_from([20.0, 60.0, 120.0]),
)
ends = st.tuples(st.just("lift"), st.integers(0, 5))
acts = st.tuples(st.just("act"), st.integers(0, 5), st.sampled_from(list(Action)))
passing = st.tuples(st.just("tick"), st.sampled_from([1.0, 4.0, 16.0, 61.0]))
steps = st.lists(st.one_of(values, values, events, facts, orders, orders, ends, acts, passing), max_size=50)


def apply(hub: Any, step: tuple[Any, ...], number: int) -> None:
    hub.now += 1
    kind = step[0]
    if kind == "value":
        (edge, resident), (metric, value) = step[1], step[2]
        hub.value(value, edge=edge, resident=resident, metric=metric)
    elif kind == "event":
        hub.happen(step[2], str(number), edge=step[1][0], resident=step[1][1])
    elif kind == "fact":
        hub.presence(edge=step[1][0], resident=step[1][1], link=step[2], flags=step[3])
    elif kind == "order":
        _order(hub, step)
    elif kind == "lift":
        found = hub.engine.suppressors()
        if found:
            hub.lift(found[step[1] % len(found)])
    elif kind == "act":
        opened = hub.open()
        if opened:
            try:
                hub.act(step[2].value, opened[step[1] % len(opened)])
            except AlertError:
                assert not hub.commit()
    else:
        hub.tick(until=hub.now + step[1])


def _order(hub: Any, step: tuple[Any, ...]) -> None:
    _, kind, (edge, _), number, seconds = step
    more: dict[str, Any] = {"edge": edge, "sensor": "ox"} if kind is Kind.OUT_OF_SERVICE else {"edge": edge}
    if kind is Kind.SILENCE:
        opened = hub.open()
        if not opened:
            return
        more = {"alert": opened[number % len(opened)].id}
    try:
        hub.suppress(kind, seconds, **more)
    except SuppressionError:
        assert not hub.commit()


def related(order: Suppressor, alert: Alert) -> bool:
    """Say again, apart from the code under test, whether an order may concern an alert."""
    if order.kind is Kind.SILENCE:
        return alert.id == order.alert
    if alert.edge != order.edge:
        return False
    if order.kind is Kind.OUT_OF_SERVICE:
        return alert.sensor == order.sensor and alert.metric is None and alert.code is not Code.NURSE_CALL
    never = {Code.NURSE_CALL, Code.FALL, Code.EDGE_SILENT, Code.SENSOR_FAULT}
    return alert.priority is not Priority.HIGH and alert.code not in never and alert.metric != "glucose"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=steps)
def test_nothing_unrelated_is_silenced(new_hub: Any, steps: list[tuple[Any, ...]]) -> None:
    hub = new_hub(limits=LIMITS, edges=dict(EDGES))
    hub.tick()
    for number, step in enumerate(steps):
        apply(hub, step, number)
        hub.check()
        for alert in hub.open():
            if alert.suppression in {Suppression.NONE, Suppression.INHIBITED}:
                continue
            order = hub.suppressors[alert.muted_by]
            assert order.ended is None
            # An end is told by the next tick, a second later at the most.
            assert order.since <= hub.utc <= order.until + SECOND
            assert related(order, alert), (order, alert)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(st.one_of(values, values, events, orders, orders, ends, acts), max_size=50),
    cuts=st.sets(st.integers(0, 50)),
)
def test_a_restart_changes_no_order(new_hub: Any, steps: list[tuple[Any, ...]], cuts: set[int]) -> None:
    whole, cut = (new_hub(limits=LIMITS, edges=dict(EDGES)) for _ in range(2))
    for hub in (whole, cut):
        hub.tick()
    for number, step in enumerate(steps):
        apply(whole, step, number)
        if number in cuts:
            cut.restart()
        apply(cut, step, number)
    assert cut.suppressors == whole.suppressors
    assert cut.alerts == whole.alerts
    assert cut.transitions == whole.transitions


def test_an_end_that_passed_while_the_hub_was_away_is_told_at_the_start(hub: Any) -> None:
    hub.value(80.0)
    order = hub.suppress(Kind.SILENCE, 120.0)
    hub.now = 60
    hub.restart()
    assert hub.only.suppression is Suppression.SILENCED
    assert hub.tick() == []
    hub.now = 500
    hub.restart()
    assert Event.SILENCE_ENDED in hub.tick()
    [alert] = [a for a in hub.open() if a.code is Code.LIMIT_LOW]
    assert alert.suppression is Suppression.NONE
    assert hub.suppressors[order.id].ended == BUILD_FLOOR + 120 * SECOND, "at its own end"
    hub.check()
