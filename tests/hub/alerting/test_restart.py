"""Properties: a hub that dies at any instant gives the same verdicts, and no alert is lost or told twice (trap 13)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.limits import Limit, Priority
from devices.measurement import Link
from devices.quality import Quality
from devices.wire.messages import Observation
from hub.alerting.responses import Action, AlertError
from hub.alerting.rules.model import Clause, CompositeRule, Person, RateRule, ScoreRule

NARROW = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=3.0, hysteresis=2.0)
BOTH = Limit("both", "spo2", Priority.LOW, low=80.0, high=97.0, gap=4.0)
WEIGHED = Limit("weighed", "spo2", Priority.MEDIUM, low=92.0, area=20.0, delay=1.0)
SETS = ((NARROW, BOTH), (BOTH,), (), (replace(NARROW, low=85.0), BOTH, WEIGHED), (WEIGHED,))

RATE = RateRule("rate", "spo2", Priority.LOW, change=-5.0, within=120.0, smooth=30.0)
SPOT = RateRule("spot", "temperature", Priority.LOW, change=1.0, within=300.0, smooth=0.0)
PAIR = CompositeRule(
    "pair",
    "Deux signes",
    Priority.MEDIUM,
    (Clause("spo2", low=90.0), Clause("pulse_rate", high=100.0), Clause("temperature", high=38.0)),
    least=2,
    delay=4.0,
    within=60.0,
)
SCORE = ScoreRule("news2", medium=3, high=6, delay=10.0, within=60.0, spot=200.0)
PEOPLE = (
    Person((RATE, SPOT, PAIR, SCORE), usual_score=0),
    Person((RATE, replace(PAIR, least=3), SCORE), spo2_scale=2, on_oxygen=True),
    Person((replace(RATE, change=-3.0), replace(SCORE, medium=5))),
    Person(),
)

values = st.tuples(
    st.just("value"),
    st.sampled_from([70.0, 79.0, 86.0, 89.0, 90.0, 95.0, 99.0]),
    # Seconds between reception and measurement: some arrive out of order, some too old.
    st.sampled_from([0.0, 0.0, 0.0, 0.5, 2.5, 7.0, 40.0, -3.0]),
    st.sampled_from([Quality(0), Quality(0), Quality(0), Quality.MOTION, Quality.LOW_BATTERY]),
)
actions = st.tuples(
    st.just("act"), st.integers(0, 3), st.sampled_from(list(Action)), st.sampled_from(["a", "b"])
)
others = st.tuples(
    st.just("other"),
    st.sampled_from(
        [
            ("pulse_rate", 70.0),
            ("pulse_rate", 105.0),
            ("pulse_rate", 140.0),
            ("temperature", 37.0),
            ("temperature", 39.2),
            ("respiration_rate", 16.0),
            ("respiration_rate", 26.0),
            ("consciousness", 0.0),
            ("consciousness", 3.0),
            ("on_oxygen", 1.0),
        ]
    ),
    st.sampled_from([0.0, 0.0, 2.5, 40.0]),
)
runs = st.tuples(st.just("run"), st.sampled_from([70.0, 86.0, 91.0, 97.0]), st.sampled_from([5, 20, 45]))
people_sets = st.tuples(st.just("people"), st.sampled_from(PEOPLE))
limit_sets = st.tuples(st.just("limits"), st.sampled_from(SETS))
facts = st.tuples(
    st.just("fact"),
    st.sampled_from(list(Link)),
    st.sampled_from([Quality(0), Quality.PROBE_OFF]),
    st.sampled_from(["online", "online", "online", "gone"]),
    st.sampled_from([0.0, 0.0, 30.0]),
)
moves = st.tuples(
    st.just("edges"), st.sampled_from([{"room-12": "jeanne"}, {"room-12": "paul", "room-14": None}, {}])
)
passing = st.tuples(st.just("tick"), st.sampled_from([1.0, 5.0, 14.0, 16.0]))


def apply(hub: Any, step: tuple[Any, ...], number: int) -> None:
    """Do one step. Times differ by microseconds, as those of real sensors do."""
    hub.now += 1
    if step[0] == "value":
        hub.value(step[1], at=hub.now - step[2] + number / 1e6, flags=step[3])
    elif step[0] == "act":
        opened = hub.open()
        if opened:
            try:
                hub.act(step[2], opened[step[1] % len(opened)], step[3])
            except AlertError:
                assert not hub.commit()
    elif step[0] == "other":
        metric, value = step[1]
        hub.value(value, at=hub.now - step[2] + number / 1e6, metric=metric)
    elif step[0] == "run":
        for _ in range(step[2]):
            hub.now += 1
            hub.value(step[1], at=hub.now + number / 1e6)
    elif step[0] == "people":
        hub.people = {"jeanne": step[1]}
        hub.engine.set_people("jeanne", step[1], hub.utc)
        hub.commit()
    elif step[0] == "limits":
        hub.limits = {"jeanne": step[1]}
        hub.engine.set_limits("jeanne", step[1], hub.utc)
        hub.commit()
    elif step[0] == "edges":
        hub.edges = step[1]
        hub.engine.set_edges(step[1], hub.utc)
        hub.commit()
    elif step[0] == "fact":
        hub.presence(link=step[1], flags=step[2], state=step[3], ahead=step[4])
    else:
        hub.tick(until=hub.now + step[1])


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(st.one_of(values, values, values, actions, limit_sets), max_size=60),
    cuts=st.sets(st.integers(0, 60)),
)
def test_restarts_change_no_verdict(new_hub: Any, steps: list[tuple[Any, ...]], cuts: set[int]) -> None:
    whole, cut = (new_hub(limits={"jeanne": SETS[0]}) for _ in range(2))
    for number, step in enumerate(steps):
        apply(whole, step, number)
        if number in cuts:
            cut.restart()
        apply(cut, step, number)
    assert cut.alerts == whole.alerts
    assert cut.transitions == whole.transitions
    assert cut.states == whole.states
    whole.check()
    cut.check()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(
        st.one_of(values, others, runs, runs, actions, limit_sets, people_sets, passing), max_size=60
    ),
    cuts=st.sets(st.integers(0, 60)),
)
def test_restarts_change_no_verdict_of_a_rule(
    new_hub: Any, steps: list[tuple[Any, ...]], cuts: set[int]
) -> None:
    whole, cut = (new_hub(limits={"jeanne": SETS[0]}, people={"jeanne": PEOPLE[0]}) for _ in range(2))
    for number, step in enumerate(steps):
        apply(whole, step, number)
        if number in cuts:
            cut.restart()
        apply(cut, step, number)
    assert (cut.alerts, cut.transitions) == (whole.alerts, whole.transitions)
    assert (cut.states, cut.memories) == (whole.states, whole.memories)
    whole.check()
    cut.check()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(st.one_of(values, actions, limit_sets, facts, facts, passing, moves), max_size=60),
    cuts=st.sets(st.integers(0, 60)),
)
def test_every_alert_is_raised_once_and_numbered_without_a_hole(
    new_hub: Any, steps: list[tuple[Any, ...]], cuts: set[int]
) -> None:
    hub = new_hub(limits={"jeanne": SETS[0]}, edges={"room-12": "jeanne", "room-14": None})
    for number, step in enumerate(steps):
        if number in cuts:
            hub.restart()
        apply(hub, step, number)
        hub.check()


@pytest.mark.parametrize("lost", range(8))
def test_a_commit_that_was_lost_is_made_again_by_the_replay(new_hub: Any, lost: int) -> None:
    """The edge sends again what was not acknowledged: the engine, made anew from the disk, says the same."""
    whole, cut = new_hub(), new_hub()
    script = list(
        itertools.chain([(80.0, n) for n in range(12)], [(95.0, 12)], [(80.0, n) for n in range(13, 25)])
    )
    for number, (value, second) in enumerate(script):
        whole.now = cut.now = second
        whole.value(value)
        if number % 8 == lost:
            cut.engine.observe("room-12", "jeanne", _observation(value, cut.utc), cut.utc, late=False)
            cut.engine.take_changes()
            cut.restart()
        cut.value(value)
    assert (cut.alerts, cut.transitions, cut.states) == (whole.alerts, whole.transitions, whole.states)
    assert len(whole.alerts) == 2


def _observation(value: float, time: int) -> Any:
    return Observation("ox", "spo2", time, value)
