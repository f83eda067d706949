"""A sensor's link on a time line: what is told, and when the link is torn down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.measurement import Cause, Link, SensorStatus
from devices.quality import NO_DOUBT, Quality
from edge.session import (
    BELIEVED,
    SHORTEST_SILENCE,
    Announce,
    Phase,
    Session,
    SessionError,
    TearDown,
)


def told(actions: list[object]) -> list[Link]:
    return [action.link for action in actions if isinstance(action, Announce)]


def said(link: Link, flags: Quality = NO_DOUBT, detail: str = "", cause: Cause = Cause.NONE) -> SensorStatus:
    return SensorStatus("s", 0, link, flags, detail, cause)


def running(interval: float = 1.0) -> Session:
    session = Session(interval=interval)
    session.opened(0)
    session.reading(0)
    return session


def test_a_sensor_never_seen_is_told_as_connecting() -> None:
    assert Session(interval=1).first() == Announce(Link.CONNECTING, NO_DOUBT, "")


def test_a_link_is_up_with_its_first_reading_and_not_before() -> None:
    session = Session(interval=1)
    assert session.opened(0) == []
    assert session.shown is Link.CONNECTING
    assert told(session.reading(SECOND)) == [Link.UP]
    assert session.reading(2 * SECOND) == []


def test_a_link_without_any_reading_is_silent_and_torn_down() -> None:
    session = Session(interval=1)
    session.opened(0)
    assert session.tick(5 * SECOND - 1) == []
    actions = session.tick(5 * SECOND)
    assert told(actions) == [Link.SILENT]
    assert actions[-1] == TearDown()


def test_silence_on_a_running_link_is_told_once_and_torn_down_once() -> None:
    session = running()
    actions = session.tick(5 * SECOND)
    assert actions == [Announce(Link.SILENT, NO_DOUBT, "no reading for 5.0 s", Cause.NO_READINGS), TearDown()]
    assert session.tick(6 * SECOND) == []
    assert session.closed("closed by us", 6 * SECOND) == []
    assert session.shown is Link.SILENT


def test_a_silent_sensor_stays_silent_through_attempts_until_it_is_heard() -> None:
    session = running()
    session.tick(5 * SECOND)
    session.closed("", 6 * SECOND)
    for attempt in range(3):
        session.opened((10 + 10 * attempt) * SECOND)
        actions = session.tick((15 + 10 * attempt) * SECOND)
        assert told(actions) == []
        assert TearDown() in actions
        session.closed("", 6 * SECOND)
    session.opened(60 * SECOND)
    assert told(session.reading(61 * SECOND)) == [Link.UP]


def test_a_lost_link_is_down_with_its_reason_once() -> None:
    session = running()
    assert session.closed("cable pulled", 6 * SECOND, Cause.UNPLUGGED) == [
        Announce(Link.DOWN, NO_DOUBT, "cable pulled", Cause.UNPLUGGED)
    ]
    assert session.failed("no such port", 6 * SECOND, Cause.UNPLUGGED) == []
    assert told(session.opened(9 * SECOND)) == []
    assert told(session.reading(10 * SECOND)) == [Link.UP]


def test_a_silent_sensor_whose_link_cannot_be_had_is_down() -> None:
    session = running()
    session.tick(5 * SECOND)
    session.closed("", 6 * SECOND)
    assert told(session.failed("out of reach", 6 * SECOND)) == [Link.DOWN]


def test_a_reading_under_way_while_torn_down_changes_nothing() -> None:
    session = running()
    session.tick(5 * SECOND)
    assert session.reading(5 * SECOND + 1) == []
    assert session.phase is Phase.ENDING


def test_what_a_sensor_says_of_itself_is_told_when_it_changes() -> None:
    session = Session(interval=1)
    session.opened(0)
    off = said(Link.UP, Quality.PROBE_OFF, "probe")
    assert session.described(off, 1) == [Announce(Link.UP, Quality.PROBE_OFF, "probe")]
    assert session.described(off, 2) == []
    assert session.described(said(Link.UP), 3) == [Announce(Link.UP, NO_DOUBT, "")]


def test_saying_that_the_probe_is_off_is_a_sign_of_life() -> None:
    session = running()
    session.described(said(Link.UP, Quality.PROBE_OFF), 4 * SECOND)
    assert session.tick(8 * SECOND) == []


def test_a_meter_is_never_overdue_and_its_absence_is_no_fault() -> None:
    session = Session(interval=1, continuous=False)
    assert told(session.failed("not heard", 6 * SECOND)) == []
    assert told(session.opened(0)) == [Link.UP]
    assert session.tick(10_000 * SECOND) == []
    assert told(session.closed("asleep", 6 * SECOND)) == [Link.CONNECTING]


def test_the_interval_is_learnt_upwards() -> None:
    session = running()
    for second in range(0, 400, 4):
        session.reading(second * SECOND)
    assert 15 * SECOND < session.patience <= 20 * SECOND


def test_a_fast_sensor_is_not_silent_before_three_seconds() -> None:
    session = running()
    for number in range(300):
        session.reading(number * SECOND // 10)
    assert session.patience == SHORTEST_SILENCE


def test_a_configured_interval_is_not_learnt() -> None:
    session = Session(interval=2, fixed=True)
    session.opened(0)
    for second in range(0, 400, 8):
        session.reading(second * SECOND)
    assert session.patience == 10 * SECOND


def test_the_time_before_a_link_stood_is_not_an_interval() -> None:
    session = running()
    session.closed("", 6 * SECOND)
    session.opened(1000 * SECOND)
    session.reading(1000 * SECOND)
    session.reading(1001 * SECOND)
    assert session.patience == 5 * SECOND


def test_another_reason_is_told_and_the_time_stays() -> None:
    session = running()
    session.closed("gone", 7 * SECOND, Cause.LINK_LOST)
    assert session.since == 7 * SECOND
    assert session.failed("not heard", 20 * SECOND, Cause.NOT_SEEN) == [
        Announce(Link.DOWN, NO_DOUBT, "not heard", Cause.NOT_SEEN)
    ]
    assert session.failed("not heard again", 40 * SECOND, Cause.NOT_SEEN) == []
    assert session.since == 7 * SECOND
    session.opened(50 * SECOND)
    assert session.reading(51 * SECOND) == [Announce(Link.UP, NO_DOUBT, "")]
    assert session.since == 51 * SECOND


def test_a_meter_that_goes_after_use_gives_no_reason_and_one_that_is_busy_does() -> None:
    session = Session(interval=1, continuous=False)
    session.opened(0)
    assert session.closed("asleep", 1, Cause.LINK_LOST) == [Announce(Link.CONNECTING, NO_DOUBT, "asleep")]
    assert session.failed("no slot", 2, Cause.BUSY) == [
        Announce(Link.CONNECTING, NO_DOUBT, "no slot", Cause.BUSY)
    ]


def test_a_sensor_that_says_it_is_down_is_shown_down_and_left_alone() -> None:
    session = running()
    assert session.described(said(Link.DOWN, detail="it goes", cause=Cause.FAULT), SECOND) == [
        Announce(Link.DOWN, NO_DOUBT, "it goes", Cause.FAULT)
    ]
    assert session.tick(60 * SECOND) == []
    assert told(session.reading(61 * SECOND)) == [Link.UP]
    # The time during which it was down is no usual interval.
    assert session.patience == 5 * SECOND


def test_a_sensor_that_says_it_is_down_first_of_all() -> None:
    session = Session(interval=1)
    session.opened(0)
    assert told(session.described(said(Link.DOWN), SECOND)) == [Link.DOWN]
    assert session.phase is Phase.RUNNING


def test_the_word_of_a_sensor_that_is_down_is_not_believed_for_ever() -> None:
    session = running()
    session.described(said(Link.DOWN), SECOND)
    assert session.tick(SECOND + BELIEVED - 1) == []
    assert TearDown() in session.tick(SECOND + BELIEVED)
    assert session.shown is Link.SILENT


def test_saying_that_it_is_down_while_torn_down_changes_nothing() -> None:
    session = running()
    session.tick(5 * SECOND)
    assert session.described(said(Link.DOWN), 6 * SECOND) == []
    assert session.phase is Phase.ENDING


def test_an_update_explains_that_the_port_goes_and_that_nothing_comes() -> None:
    session = running()
    session.described(said(Link.DOWN, cause=Cause.UPDATING), SECOND)
    assert session.closed("port is gone", 2 * SECOND, Cause.UNPLUGGED) == []
    assert session.failed("no port", 3 * SECOND, Cause.UNPLUGGED) == []
    session.opened(4 * SECOND)
    assert session.tick(60 * SECOND) == [TearDown()]
    session.closed("", 61 * SECOND)
    assert (session.shown, session.cause) == (Link.DOWN, Cause.UPDATING)
    assert session.failed("no port", SECOND + BELIEVED, Cause.UNPLUGGED) == [
        Announce(Link.DOWN, NO_DOUBT, "no port", Cause.UNPLUGGED)
    ]


def test_after_an_update_its_first_reading_brings_it_back() -> None:
    session = running()
    session.described(said(Link.DOWN, cause=Cause.UPDATING), SECOND)
    session.closed("", 2 * SECOND)
    session.opened(40 * SECOND)
    assert session.reading(41 * SECOND) == [Announce(Link.UP, NO_DOUBT, "")]


@pytest.mark.parametrize("event", ["opened", "failed", "reading"])
def test_an_event_that_cannot_happen_is_an_error(event: str) -> None:
    session = running()
    if event == "reading":
        session.closed("", 6 * SECOND)
    arguments: dict[str, tuple[object, ...]] = {"opened": (1,), "failed": ("x", 1), "reading": (1,)}
    with pytest.raises(SessionError, match="in phase"):
        getattr(session, event)(*arguments[event])


def test_an_event_that_cannot_happen_changes_nothing() -> None:
    session = running()
    with pytest.raises(SessionError):
        session.opened(4 * SECOND)
    assert TearDown() in session.tick(5 * SECOND)
    session.closed("", 6 * SECOND)
    for event in (session.reading, lambda now: session.described(said(Link.DOWN, Quality.PROBE_OFF), now)):
        with pytest.raises(SessionError):
            event(7 * SECOND)
        assert (session.last, session.flags) == (0, NO_DOUBT)


@given(
    st.lists(
        st.tuples(st.sampled_from(["opened", "failed", "closed", "reading", "tick"]), st.integers(0, 10**8))
    )
)
def test_whatever_happens_up_needs_a_recent_reading(events: list[tuple[str, int]]) -> None:
    session, now = Session(interval=1), 0
    for event, step in events:
        now += step
        try:
            if event in {"failed", "closed"}:
                getattr(session, event)("x", now)
            else:
                getattr(session, event)(now)
        except SessionError:
            continue
        session_ok = session.shown is not Link.UP or session.last is not None
        assert session_ok
        if event == "tick" and session.shown is Link.UP and session.phase is Phase.RUNNING:
            assert session.last is not None
            assert now - session.last < session.patience
