"""Looking back, from a real broker to a real disk: what came late, what the room judged, what it acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from devices.clock import ManualClock
from devices.measurement import EventKind
from devices.wire.messages import Envelope, EventNote, Lane, Observation, Presence, Verdict
from hub.alerting.model import Alert, Code, Condition, Response, Suppression, Transition
from hub.core import Core
from hub.ingest.hindsight import QUIET
from hub.store import journal, verdicts
from hub.store.verdicts import DifferenceRecord, Told, merged
from tests.hub.ingest.conftest import OpenCore
from tests.hub.ingest.home import SECOND, EdgeStandIn, T, eventually

pytestmark = pytest.mark.broker


def spo2(second: float, value: float) -> Observation:
    return Observation("ox", "spo2", T + round(second * SECOND), value)


def said(onset: float, cleared: float | None = None, **more: object) -> Verdict:
    """A verdict on the home's own limit: below 90 % for 2 s."""
    end = None if cleared is None else T + round(cleared * SECOND)
    start = T + round(onset * SECOND)
    values = {"side": "low", "bound": 90.0, "worst": 82.0, "cleared": end} | more
    ending = "" if end is None else "returned"
    return Verdict("low1", "ox", "spo2", start, start + 2 * SECOND, ending=ending, **values)  # type: ignore[arg-type]


@dataclass
class Home:
    """A hub on a manual clock, and one edge."""

    core: Core
    clock: ManualClock
    edge: EdgeStandIn

    def hello(self, *, judges: bool = True) -> None:
        self.edge.publish("presence", Presence("e1", "s", "online", self.clock.utc(), judges=judges))

    def send(
        self,
        *observations: Observation,
        lane: Lane = Lane.LATE,
        told: tuple[Verdict, ...] = (),
        events: tuple[EventNote, ...] = (),
    ) -> None:
        seq = self.edge.last[lane] = self.edge.last[lane] + 1
        envelope = Envelope(
            "e1",
            "spool-1",
            lane,
            seq,
            self.clock.utc(),
            True,
            observations,
            events=events,
            verdicts=told,
        )
        self.edge.publish(lane.value, envelope)
        eventually(lambda: self.edge.acknowledged[lane] >= seq, "acknowledged")

    def live(self, until: int, value: Callable[[int], float]) -> None:
        """Measure once a second on the live lane, up to a second of the time line."""
        second = (self.clock.utc() - T) // SECOND
        while second < until:
            self.send(spo2(second, value(second)), lane=Lane.LIVE)
            self.clock.advance(SECOND)
            second += 1

    def look_back(self) -> None:
        self.clock.advance(QUIET + SECOND)
        eventually(lambda: not self.rows("SELECT edge FROM windows"), "looked back")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.core.database.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql).all()]

    def alerts(self) -> list[Alert]:
        with self.core.database.read() as connection:
            return [
                each for each in journal.alerts(connection, resident="r1") if each.limit_id or each.technical
            ]

    def of_limit(self) -> list[Alert]:
        return [alert for alert in self.alerts() if alert.limit_id == "low1"]

    def steps(self, alert: Alert) -> list[Transition]:
        with self.core.database.read() as connection:
            return journal.transitions(connection, [alert.id])[alert.id]

    def differences(self) -> list[DifferenceRecord]:
        with self.core.database.read() as connection:
            return verdicts.differences(connection)

    def counted(self, outcome: str) -> float:
        return float(self.core.metrics.verdicts.labels(outcome)._value.get())

    def differing(self) -> list[Alert]:
        with self.core.database.read() as connection:
            found = [alert for alert, _ in journal.open_alerts(connection)]
        return [alert for alert in found if alert.code is Code.VERDICTS_DIFFER]


@pytest.fixture
def home(open_core: OpenCore, keys: dict[str, str]) -> Iterator[Home]:
    clock = ManualClock(T, 100 * SECOND)
    core = open_core(clock=clock)
    assert core.edge_port is not None
    edge = EdgeStandIn("e1", keys["e1"], core.edge_port, clock=clock).connect()
    yield Home(core, clock, edge)
    edge.close()


OUTAGE = [spo2(second, 82 if 10 <= second < 20 else 96) for second in range(5, 40)]


def test_what_came_late_is_told_as_history_and_never_rings(home: Home) -> None:
    home.live(5, lambda _: 96)
    home.clock.advance(60 * SECOND)
    home.send(*OUTAGE)
    assert home.of_limit() == []
    home.look_back()
    (alert,) = home.of_limit()
    assert (alert.onset, alert.cleared, alert.value) == (T + 10 * SECOND, T + 20 * SECOND, 82)
    assert (alert.condition, alert.suppression, alert.latched, alert.detail) == (
        Condition.CLEARED,
        Suppression.INHIBITED,
        True,
        "history",
    )
    home.send(*[spo2(second, 96) for second in range(40, 45)])
    home.look_back()
    assert len(home.of_limit()) == 1


def test_both_brains_agree_after_an_outage_and_nothing_is_told_twice(home: Home) -> None:
    home.hello()
    home.live(5, lambda _: 96)
    home.clock.advance(60 * SECOND)
    home.send(*OUTAGE, told=(said(10, rang=True), said(10, 20, rang=True)))
    home.look_back()
    assert len(home.of_limit()) == 1
    assert home.counted("equal") == 1
    assert home.differences() == home.differing() == []
    assert home.rows("SELECT outcome FROM verdicts") == [("equal",)]


def test_a_condition_that_lasts_beyond_the_outage_is_one_current_alert(home: Home) -> None:
    home.hello()
    home.live(5, lambda _: 96)
    home.clock.advance(25 * SECOND)
    home.live(36, lambda _: 82)
    home.send(*[spo2(second, 82) for second in range(10, 30)], told=(said(10),))
    home.look_back()
    (alert,) = home.of_limit()
    assert (alert.condition, alert.suppression) == (Condition.ACTIVE, Suppression.NONE)
    assert home.counted("equal") == 1
    assert home.differing() == []


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (said(10, 20, bound=84.0), "other_limit"),
        (said(11, 20), "other_onset"),
        (said(10, 21), "other_end"),
        (None, "hub_only"),
    ],
)
def test_a_difference_is_written_down_shown_and_counted(
    home: Home, verdict: Verdict | None, kind: str
) -> None:
    home.hello()
    home.live(5, lambda _: 96)
    home.clock.advance(60 * SECOND)
    home.send(*OUTAGE, told=() if verdict is None else (verdict,))
    home.look_back()
    (record,) = home.differences()
    assert (record.edge, record.limit_id, record.kind, record.resident) == ("e1", "low1", kind, "r1")
    assert bool(record.theirs) == (verdict is not None)
    assert record.ours
    (shown,) = home.differing()
    assert (shown.edge, shown.detail, shown.priority.value) == ("e1", kind, "low")
    assert home.counted(kind) == 1
    home.send(
        *[spo2(second, 82 if second < 105 else 96) for second in range(100, 110)], told=(said(100, 105),)
    )
    home.look_back()
    assert home.differing() == []


def test_an_edge_that_does_not_judge_is_not_said_to_differ(home: Home) -> None:
    home.hello(judges=False)
    home.send(*OUTAGE)
    home.look_back()
    assert home.differences() == []
    assert len(home.of_limit()) == 1


def test_a_live_alert_and_the_edge_s_verdict_agree(home: Home) -> None:
    home.hello()
    home.live(20, lambda second: 82 if 5 <= second < 10 else 96)
    home.send(lane=Lane.LIVE, told=(said(5, 10),))
    home.look_back()
    assert home.counted("equal") == 1
    assert home.differences() == []
    assert [alert.detail for alert in home.of_limit()] == [""]


def test_what_was_seen_in_the_room_is_acknowledged_by_the_room(home: Home) -> None:
    home.live(5, lambda _: 96)
    home.clock.advance(60 * SECOND)
    home.send(*OUTAGE, told=(said(10, 20, rang=True, acknowledged=T + 15 * SECOND),))
    home.look_back()
    eventually(lambda: self_acknowledged(home), "acknowledged")
    (alert,) = home.of_limit()
    assert not alert.open
    assert [(step.event.value, step.author) for step in home.steps(alert)][-1] == ("acknowledged", "room")


def self_acknowledged(home: Home) -> bool:
    home.clock.advance(SECOND)
    return [alert.response for alert in home.of_limit()] == [Response.ACKNOWLEDGED]


def test_a_call_that_was_seen_in_the_room_waits_for_nobody(home: Home) -> None:
    note = EventNote("bell", EventKind.NURSE_CALL, T + 10 * SECOND, "1")
    seen = Verdict("", "bell", "nurse_call", note.time, note.time, event="1", acknowledged=T + 20 * SECOND)
    home.clock.advance(60 * SECOND)
    # The word of the room is quicker than the call itself: the live lane does not wait for the backlog.
    home.send(lane=Lane.LIVE, told=(seen,))
    home.send(events=(note,))

    def acknowledged() -> bool:
        home.clock.advance(SECOND)
        with home.core.database.read() as connection:
            found = [a for a in journal.alerts(connection) if a.code is Code.NURSE_CALL]
        return [alert.response for alert in found] == [Response.ACKNOWLEDGED]

    eventually(acknowledged, "the call is acknowledged")
    assert home.rows("SELECT count(*) FROM verdicts") == [(1,)]


def test_the_room_s_word_does_not_answer_for_what_comes_later(home: Home) -> None:
    home.send(lane=Lane.LIVE, told=(said(0, acknowledged=T + 5 * SECOND),))
    home.clock.advance(120 * SECOND)
    eventually(lambda: home.rows("SELECT answered FROM verdicts") == [(0,)], "kept")
    home.live(130, lambda _: 82)
    eventually(lambda: len(home.of_limit()) == 1, "the alert")
    home.clock.advance(5 * SECOND)
    home.send(spo2(131, 82), lane=Lane.LIVE)
    assert home.of_limit()[0].response is Response.UNACKNOWLEDGED


def test_nothing_is_forgotten_when_the_hub_ends_before_it_looked_back(
    home: Home, open_core: OpenCore, keys: dict[str, str]
) -> None:
    home.hello()
    home.send(*OUTAGE, told=(said(10, 20),))
    home.edge.close()
    home.core.stop()
    again = Home(open_core(clock=home.clock), home.clock, home.edge)
    again.look_back()
    assert len(again.of_limit()) == 1
    assert again.counted("equal") == 1


def test_two_words_about_one_occurrence_say_the_same_in_either_order() -> None:
    first, last = said(10, rang=True, worst=85.0), said(10, 20, worst=82.0, acknowledged=T)
    assert merged(first, last) == merged(last, first)
    assert merged(first, last).rang
    assert Told("e", "r", first).key == ("e", "low1", str(first.onset))


@pytest.mark.parametrize(
    "wrong", [{"bound": float("inf")}, {"worst": float("nan")}, {"acknowledged": -1}, {"event": "x" * 200}]
)
def test_a_verdict_that_is_none_is_kept_apart(home: Home, wrong: dict[str, object]) -> None:
    bad = said(0, **wrong)
    if "bound" in wrong or "worst" in wrong:
        # JSON knows no such number: it comes as nothing at all.
        home.send(lane=Lane.LIVE, told=(bad,))
        eventually(lambda: home.rows("SELECT reason FROM quarantine"), "kept apart")
    else:
        home.send(lane=Lane.LIVE, told=(bad,))
        assert len(home.rows("SELECT reason FROM quarantine")) == 1
    assert home.rows("SELECT edge FROM verdicts") == []


def test_what_waited_too_long_on_its_way_is_history_though_it_came_on_the_live_lane(home: Home) -> None:
    """The broker held it, or the meter: what is no longer about now is not lost in between."""
    home.live(5, lambda _: 96)
    home.clock.advance(60 * SECOND)
    home.send(*OUTAGE, lane=Lane.LIVE)
    assert home.of_limit() == []
    home.look_back()
    (alert,) = home.of_limit()
    assert (alert.onset, alert.cleared, alert.detail) == (T + 10 * SECOND, T + 20 * SECOND, "history")


def test_what_began_in_time_and_was_overtaken_by_an_outage_is_found_whole(home: Home) -> None:
    home.live(5, lambda second: 82 if second >= 4 else 96)
    home.clock.advance(60 * SECOND)
    home.send(*[spo2(second, 82 if second < 20 else 96) for second in range(5, 40)])
    home.look_back()
    (alert,) = home.of_limit()
    assert (alert.onset, alert.cleared, alert.detail) == (T + 4 * SECOND, T + 20 * SECOND, "history")


def test_what_began_in_an_outage_and_ended_too_soon_to_ring_is_found_whole(home: Home) -> None:
    home.hello()
    home.live(5, lambda _: 96)
    home.clock.advance(40 * SECOND)
    home.send(*[spo2(second, 82) for second in (40, 41)], spo2(42, 96), lane=Lane.LIVE)
    home.send(*[spo2(second, 82 if second >= 39 else 96) for second in range(5, 40)])
    assert home.of_limit() == []
    home.look_back()
    (alert,) = home.of_limit()
    assert (alert.onset, alert.cleared, alert.detail) == (T + 39 * SECOND, T + 42 * SECOND, "history")
    assert home.differences() == [], "what the edge says of it comes with its end"
