"""What of an edge's word on its sensors is written down."""

from __future__ import annotations

from typing import Any

from devices.measurement import Cause, Link
from devices.quality import Quality
from devices.wire.messages import Presence, SensorFact
from hub.ingest.facts import EVERY, Facts
from hub.store.sensors import SensorRecord


def said(*facts: SensorFact) -> Presence:
    return Presence("e1", "s1", "online", 0, sensors=facts)


def ox(**more: Any) -> SensorFact:
    return SensorFact("ox", more.pop("link", Link.UP), **more)


def test_a_heartbeat_that_says_nothing_new_writes_nothing() -> None:
    facts = Facts({})
    [first] = facts.told(said(ox(last=1, battery=80)), 10)
    assert (first.first_heard, first.last, first.listed, first.updated) == (10, 1, True, 10)
    moving = int(Quality.MOTION)
    assert facts.told(said(ox(last=2, seen=2, rssi=-60, battery=80, flags=moving, detail="x")), 20) == []


def test_what_changed_is_written_at_once() -> None:
    facts = Facts({("e1", "ox"): SensorRecord("e1", "ox", 3, link="up", updated=5)})
    for time, fact in enumerate(
        (
            ox(link=Link.DOWN),
            ox(link=Link.DOWN, cause=Cause.NOT_SEEN),
            ox(link=Link.DOWN, cause=Cause.NOT_SEEN, battery=12),
            ox(battery=12, flags=int(Quality.PROBE_OFF)),
            ox(battery=12, personal=False),
        ),
        10,
    ):
        [row] = facts.told(said(fact), time)
        assert (row.first_heard, row.updated) == (3, time)


def test_what_moves_all_the_time_is_written_now_and_then() -> None:
    facts = Facts({})
    facts.told(said(ox(last=1)), 0)
    assert facts.told(said(ox(last=2)), EVERY - 1) == []
    [row] = facts.told(said(ox(last=3)), EVERY)
    assert row.last == 3
    # A clock that went back does not stop it.
    assert facts.told(said(ox(last=4)), 0) != []


def test_a_sensor_that_is_named_no_more_is_said_so_once() -> None:
    facts = Facts({})
    facts.told(said(ox(), SensorFact("cuff", Link.DOWN)), 10)
    [row] = facts.told(said(ox()), 15)
    assert (row.sensor, row.listed) == ("cuff", False)
    assert facts.told(said(ox()), 20) == []
    [back] = facts.told(said(ox(), SensorFact("cuff", Link.DOWN)), 25)
    assert (back.listed, back.first_heard) == (True, 10)


def test_a_reading_makes_a_sensor_known_once_and_an_edge_cannot_make_up_names_without_end() -> None:
    facts = Facts({})
    first = facts.heard("e1", "ox", 10)
    assert first == SensorRecord("e1", "ox", 10, updated=10)
    assert facts.heard("e1", "ox", 11) is None
    made = [facts.heard("e1", f"sensor-{number}", 12) for number in range(1_000)]
    assert sum(row is not None for row in made) == 499
