"""Events: what rings, for how long, and that nothing rings twice."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import EventKind
from devices.wire.messages import EventNote
from hub.alerting.happenings import CALL_LASTS, PRIORITIES
from hub.alerting.model import EVENT_CODES, Code, Condition, Event, Response
from tests.hub.alerting.conftest import START, Hub

RAISED, CLEARED, RETURNED = Event.RAISED, Event.CLEARED, Event.RETURNED
CALL, EXIT, RETURN, PAUSE = EventKind.NURSE_CALL, EventKind.BED_EXIT, EventKind.BED_RETURN, EventKind.PAUSE


def happen(hub: Hub, kind: EventKind, identity: str = "1", **more: Any) -> list[Event]:
    time = START + round(more.get("at", hub.now) * SECOND)
    note = EventNote("button", kind, time, identity, more.get("value"))
    resident = more.get("resident", "jeanne")
    hub.engine.happen("room-12", note, resident, hub.utc, late=more.get("late", False))
    return hub.commit()


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not RETURN])
def test_every_kind_raises_its_alert_and_waits_to_be_seen(watched: Hub, kind: EventKind) -> None:
    events = happen(watched, kind, value=3.5)
    assert events == ([RAISED] if kind is EXIT else [RAISED, CLEARED])
    alert = watched.only
    assert (alert.code.value, alert.resident, alert.sensor, alert.value) == (
        kind.value,
        "jeanne",
        "button",
        3.5,
    )
    assert alert.priority is PRIORITIES[alert.code]
    assert alert.technical == (kind is EventKind.SENSOR_FAULT)
    assert alert.latched == (kind is not EXIT)
    watched.act("acknowledge")
    assert watched.open() == ([watched.only] if kind is EXIT else [])
    watched.check()


def test_every_code_of_an_event_has_a_priority() -> None:
    assert PRIORITIES.keys() == EVENT_CODES
    assert PRIORITIES[Code.NURSE_CALL] is Priority.HIGH


def test_a_call_outlives_a_restart(watched: Hub) -> None:
    happen(watched, CALL)
    watched.restart()
    watched.tick(2)
    assert watched.only.code is Code.NURSE_CALL
    assert happen(watched, CALL, at=0) == [], "the same press is not rung twice"
    watched.check()


def test_pressing_again_before_anybody_came_keeps_the_alert_and_its_age(watched: Hub) -> None:
    happen(watched, CALL, "1")
    watched.now = 60
    assert happen(watched, CALL, "2") == [RETURNED]
    assert watched.only.onset == START
    watched.act("take")
    watched.now = 90
    assert happen(watched, CALL, "3") == [RAISED, CLEARED], "somebody is on their way: it rings anew"
    assert len(watched.open()) == 2
    watched.check()


def test_a_call_that_waited_rings_with_its_own_time(watched: Hub) -> None:
    watched.now = 200
    assert happen(watched, CALL, at=20, late=True) == [RAISED, CLEARED]
    assert (watched.only.onset, watched.only.raised) == (START + 20 * SECOND, START + 200 * SECOND)


def test_a_call_of_another_shift_is_history(watched: Hub) -> None:
    watched.now = CALL_LASTS / SECOND + 1
    assert happen(watched, CALL, at=0, late=True) == []
    assert happen(watched, CALL, at=1, late=True) == [RAISED, CLEARED]


@pytest.mark.parametrize("kind", [EXIT, PAUSE, EventKind.APNOEA, EventKind.ATRIAL_FIBRILLATION])
def test_what_is_late_or_old_is_history(watched: Hub, kind: EventKind) -> None:
    watched.now = 200
    assert happen(watched, kind, late=True) == []
    assert happen(watched, kind, at=100) == []
    assert happen(watched, kind, at=300) == [], "nor does the future ring"
    assert watched.open() == []


def test_an_edge_whose_clock_is_ahead_calls_now(watched: Hub) -> None:
    assert happen(watched, CALL, at=500) == [RAISED, CLEARED]
    assert watched.only.onset == START


def test_a_person_out_of_bed_is_so_until_they_are_back(watched: Hub) -> None:
    happen(watched, EXIT, "1")
    assert watched.only.condition is Condition.ACTIVE
    assert happen(watched, RETURN, "0", at=-5) == [], "an earlier return says nothing"
    watched.now = 30
    assert happen(watched, RETURN, "2", late=True) == [CLEARED]
    assert watched.only.latched
    assert happen(watched, RETURN, "3") == []
    watched.check()


def test_a_person_who_left_the_bed_twice_unseen_is_one_alert(watched: Hub) -> None:
    happen(watched, EXIT, "1")
    assert happen(watched, EXIT, "2") == [RETURNED]
    happen(watched, RETURN, "3")
    assert happen(watched, EXIT, "4") == [RETURNED]
    watched.check()


def test_out_of_bed_again_after_it_was_seen_is_another_alert(watched: Hub) -> None:
    happen(watched, EXIT, "1")
    watched.act("acknowledge")
    watched.now = 60
    assert happen(watched, EXIT, "2") == [CLEARED, RAISED]
    assert [alert.response for alert in watched.open()] == [Response.UNACKNOWLEDGED]
    watched.check()


def test_a_restart_keeps_who_is_out_of_bed(watched: Hub) -> None:
    happen(watched, EXIT, "1")
    watched.restart()
    watched.tick(2)
    assert watched.only.condition is Condition.ACTIVE
    assert happen(watched, RETURN, "2") == [CLEARED]
    watched.check()


def test_a_call_from_nobodys_room_rings_and_a_rhythm_of_nobody_does_not(watched: Hub) -> None:
    assert happen(watched, CALL, resident=None) == [RAISED, CLEARED]
    assert watched.only.resident is None
    assert happen(watched, PAUSE, resident=None) == []


def test_a_call_of_the_next_resident_is_theirs(watched: Hub) -> None:
    happen(watched, CALL, "1")
    happen(watched, CALL, "2", resident="paul")
    assert watched.open()[-1].resident == "paul"
    watched.check()


def test_a_pause_that_is_longer_is_shown_longer(watched: Hub) -> None:
    happen(watched, PAUSE, "1", value=3.0)
    assert happen(watched, PAUSE, "2", value=4.5) == [RETURNED]
    assert watched.only.value == 4.5
    assert happen(watched, PAUSE, "3") == [RETURNED]
    assert watched.only.value == 4.5
    watched.check()


def test_who_is_out_of_bed_is_nobodys_business_once_the_room_is_anothers(watched: Hub) -> None:
    happen(watched, EXIT, "1")
    watched.engine.set_edges({"room-12": "paul"}, watched.utc)
    assert watched.commit() == [CLEARED]
    watched.check()
