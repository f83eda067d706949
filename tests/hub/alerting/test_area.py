"""Deviation integrated over time: on the hub's time line, and the same verdict in the room."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.occurrences import Ending, Watch, WatchState
from devices.quality import NO_DOUBT
from devices.wire.messages import LimitSet
from hub.alerting.model import Code, Event

RAISED, CLEARED = Event.RAISED, Event.CLEARED
AREA = Limit("low", "spo2", Priority.MEDIUM, low=90.0, area=50.0, delay=5.0, hysteresis=1.0)
LIMITS = {"jeanne": (AREA,)}


def test_shallow_rings_late_and_deep_soon(line: Any) -> None:
    story = line(limits=LIMITS).stream(0, 60, 89.0).stream(60, 70, 95.0).stream(70, 80, 70.0)
    first, second = story.want(
        80, (RAISED, 50, 50), (CLEARED, 60, 60), (Event.RESET, 75, 75), (RAISED, 75, 75)
    )
    assert (first.code, first.onset, first.value) == (Code.LIMIT_LOW, story.hub.utc - 80 * SECOND, 89.0)
    assert second.value == 70.0


def test_short_dips_that_recover_are_none(line: Any) -> None:
    """Ten seconds at 88 %, then as long at 94 %: what came together goes again."""
    story = line(limits=LIMITS).stream(0, 600, lambda at: 88.0 if at % 20 < 10 else 94.0)
    assert story.want(600) == []


def test_short_dips_that_hardly_recover_come_together(line: Any) -> None:
    story = line(limits=LIMITS).stream(0, 120, lambda at: 88.0 if at % 20 < 10 else 90.0)
    # 18 points x seconds of each dip; at the bound a sixth of a point goes each second.
    [alert] = story.want(60, (RAISED, 40, 60))
    assert alert.limit == 90.0


def test_at_rest_nothing_is_written(line: Any) -> None:
    story = line(limits=LIMITS).stream(0, 10, 88.0).stream(10, 60, 95.0)
    story.want(12)
    assert story.hub.states["jeanne", "low"].area > 0
    story.want(60)
    at_rest = story.hub.states["jeanne", "low"]
    assert (at_rest.area, at_rest.crossed) == (0.0, None)
    assert at_rest.last is not None
    assert at_rest.last < story.hub.utc - 30 * SECOND


def test_below_and_above_are_two_dangers(line: Any) -> None:
    both = Limit("both", "heart_rate", Priority.MEDIUM, low=40.0, high=130.0, area=20.0)
    story = line(limits={"jeanne": (both,)}).stream(0, 10, 30.0, "heart_rate")
    story.stream(10, 20, 160.0, "heart_rate")
    low, high = story.want(20, (RAISED, 2, 2), (CLEARED, 10, 10), (Event.RESET, 11, 11), (RAISED, 11, 11))
    assert (low.code, high.code) == (Code.LIMIT_LOW, Code.LIMIT_HIGH)


values = st.lists(
    st.tuples(st.floats(0.5, 90), st.sampled_from([60.0, 80.0, 88.0, 89.5, 90.0, 90.5, 95.0, 99.0])),
    max_size=60,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values, st.floats(0, 200), st.floats(0, 20))
def test_the_room_and_the_hub_give_the_same_verdict(
    new_hub: Any, steps: Any, area: float, delay: float
) -> None:
    limit = Limit("both", "spo2", Priority.HIGH, low=90.0, high=97.0, area=area, delay=delay, hysteresis=1.0)
    hub, watch, theirs = new_hub(limits={"jeanne": (limit,)}), Watch(limit), {}
    for pause, value in steps:
        hub.now = round(hub.now + pause, 6)
        hub.value(value)
        for told in watch.feed(value, hub.utc, NO_DOUBT, "ox"):
            theirs[told.onset] = told
    ours = {alert.onset: alert for alert in hub.alerts.values()}
    assert ours.keys() == theirs.keys()
    for onset, told in theirs.items():
        assert (ours[onset].raised, ours[onset].cleared) == (told.declared, told.cleared)
        assert (ours[onset].value, ours[onset].limit) == (told.worst, told.bound)
        assert told.ending in {None, Ending.RETURNED, Ending.OTHER_SIDE}


def test_a_room_of_an_older_or_a_newer_version_reads_the_limits() -> None:
    """What is on the wire and on disk grew by a field; whoever does not know it goes on as before."""
    old = b'{"type":"limits","issued":1,"limits":[{"id":"low","metric":"spo2","priority":"high","low":88.0}]}'
    assert msgspec.json.decode(old, type=LimitSet).limits == (Limit("low", "spo2", Priority.HIGH, low=88.0),)
    newer = msgspec.json.encode(LimitSet(1, (AREA,))).replace(b'"area":50.0', b'"area":50.0,"more":1')
    assert msgspec.json.decode(newer, type=LimitSet).limits == (AREA,)
    assert msgspec.json.decode(b'{"crossed":5,"last":6}', type=WatchState) == WatchState(5, 6)
    assert b"area" not in msgspec.json.encode(WatchState(5, 6))
    assert WatchState(5, 6, area=3.0).moved(10) == WatchState(15, 16, declared=10, area=3.0)
