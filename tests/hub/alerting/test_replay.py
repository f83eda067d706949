"""The past once more: the same records give the same alerts, and what is left out would have changed none of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.measurement import EventKind, Link
from devices.quality import Quality
from devices.wire.messages import EventNote, Observation, Presence, SensorFact, StatusChange
from hub.alerting.engine import Engine, Settings
from hub.alerting.model import Alert, Changes, Code, Event, Kind, Response, Transition
from hub.alerting.replay import (
    Acted,
    Beginning,
    Happened,
    Heard,
    Lifted,
    Measured,
    Ordered,
    Placed,
    Prescribed,
    Record,
    Replay,
    Settled,
    Stated,
    deciding,
    metrics_of,
    replay,
    telling,
)
from hub.alerting.responses import Action
from hub.alerting.rules.model import AbsenceRule, Clause, CompositeRule, Person, RateRule, ScoreRule
from hub.alerting.suppressions import Wish
from hub.alerting.technical import Delays
from hub.alerting.whatif import compare, first_answer

T = 1_790_000_000 * SECOND
LOW = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=3.0, hysteresis=2.0)
AREA = Limit("area", "spo2", Priority.MEDIUM, low=90.0, high=98.0, area=30.0, gap=20.0)
BOTH = Limit("both", "spo2", Priority.LOW, low=80.0, high=97.0, delay=5.0, gap=8.0)
HIGH = Limit("high", "spo2", Priority.LOW, high=96.0, delay=2.0, hysteresis=1.5)
SLOW = Limit("slow", "spo2", Priority.MEDIUM, low=91.0, delay=12.0, area=20.0)
PERSON = Person(
    (
        ScoreRule("news2", delay=20.0),
        RateRule("fall", "spo2", Priority.LOW, -4.0, 600.0),
        CompositeRule(
            "two",
            "Deux",
            Priority.MEDIUM,
            (Clause("spo2", low=92.0, hysteresis=1.0), Clause("pulse_rate", high=110.0)),
            2,
            delay=5.0,
        ),
    ),
    on_oxygen=False,
)


def seen(second: float, value: float, metric: str = "spo2") -> Measured:
    time = T + round(second * SECOND)
    return Measured(time, "e1", "r1", Observation("ox", metric, time, value))


def story() -> list[Record]:
    """Half a minute of everything that an engine is told."""
    fact = SensorFact("ox", Link.UP)
    low = [seen(second, 80.0) for second in range(2, 12)]
    note = EventNote("bell", EventKind.NURSE_CALL, T + 12 * SECOND, "c1")
    alert = next(iter(replay(Beginning(T, {"r1": (LOW,)}), low, T + 12 * SECOND).alerts))
    silence = Wish(Kind.SILENCE, "ines", "in_room", 60.0, alert)
    care = Wish(Kind.CARE, "ines", "soin", 600.0, edge="e1")
    return [
        Placed(T, {"e1": "r1"}),
        Heard(T, "r1", Presence("e1", "s1", "online", T, sensors=(fact,))),
        Stated(T + SECOND, "e1", "r1", StatusChange("ox", T + SECOND, Link.DOWN)),
        *low,
        Happened(T + 12 * SECOND, "e1", "r1", note),
        Ordered(T + 13 * SECOND, silence),
        Acted(T + 14 * SECOND, alert, Action.TAKE, "ines"),
        Ordered(T + 15 * SECOND, care),
        Lifted(T + 16 * SECOND, "unknown", "ines"),
        Acted(T + 17 * SECOND, "unknown", Action.TAKE, "ines"),
        Settled(T + 19 * SECOND, "r1", PERSON),
        seen(20, 95.0),
        Prescribed(T + 21 * SECOND, "r1", ()),
    ]


def test_everything_that_an_engine_is_told_is_told_again() -> None:
    beginning = Beginning(T, {"r1": (LOW,)}, edges={"e1": "r1"}, delays=Delays(sensor_silent=5.0))
    found = replay(beginning, story(), T + 60 * SECOND)
    codes = {alert.code: alert for alert in found.alerts.values()}
    assert codes.keys() == {Code.LIMIT_LOW, Code.NURSE_CALL, Code.SENSOR_SILENT, Code.EDGE_SILENT}
    assert codes[Code.LIMIT_LOW].response is Response.TAKEN
    assert codes[Code.EDGE_SILENT].raised == T + 15 * SECOND
    events = [step.event for step in found.transitions if step.alert == codes[Code.LIMIT_LOW].id]
    assert events[:3] == [Event.RAISED, Event.SILENCED, Event.TAKEN]
    assert Event.CLEARED in events
    assert found.unmatched == 2


def test_again_is_the_same_bit_for_bit() -> None:
    beginning = Beginning(T, {"r1": (LOW,)}, edges={"e1": "r1"}, delays=Delays(sensor_silent=5.0))
    first, second = (replay(beginning, story(), T + 60 * SECOND) for _ in range(2))
    assert first == second


def test_in_parts_is_the_same_as_at_once() -> None:
    whole = replay(Beginning(T, {"r1": (LOW,)}), story(), T + 60 * SECOND)
    run = Replay(Beginning(T, {"r1": (LOW,)}))
    for record in story():
        run.feed([record])
    assert run.finish(T + 60 * SECOND) == whole


def test_an_absence_is_late_by_the_pace_at_most() -> None:
    absent = Person((AbsenceRule("absent", "spo2", Priority.MEDIUM, 90.0),))
    raised = []
    for pace in (1.0, 60.0):
        beginning = Beginning(T, people={"r1": absent}, edges={"e1": "r1"}, pace=pace)
        [alert] = replay(beginning, [seen(5, 95.0)], T + 600 * SECOND).alerts.values()
        raised.append((alert.raised - T) / SECOND)
    assert raised[0] == 95.0
    assert 0 <= raised[1] - raised[0] < 60.0


class Live:
    """An engine that runs now: it dies and is made again from what was kept, and every call is recorded."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self.limits = limits
        self.kept = Changes()
        self.steps: list[Transition] = []
        self.records: list[Record] = []
        self.engine = self._engine(T)

    def _engine(self, now: int) -> Engine:
        numbers: dict[str, int] = {}
        for step in self.steps:
            numbers[step.alert] = step.number
        opened = [(alert, numbers[alert.id]) for alert in self.kept.alerts.values() if alert.open]
        delays = Beginning(T).delays
        settings = Settings(now, {"e1": "r1"}, delays, memories=dict(self.kept.memories))
        return Engine({"r1": self.limits}, dict(self.kept.states), opened, settings, people={"r1": PERSON})

    def commit(self) -> None:
        changes = self.engine.take_changes()
        self.kept.alerts |= changes.alerts
        self.kept.states |= changes.states
        self.kept.memories |= changes.memories
        self.steps += changes.transitions

    def live(self, script: list[tuple[float, str, bool]], cuts: set[int]) -> None:
        now = T
        for number, (value, metric, act) in enumerate(script):
            for _ in range(3):
                self.engine.tick(now)
                now += SECOND
            self.commit()
            if number in cuts:
                self.engine = self._engine(now)
            waiting = [
                a for a in self.kept.alerts.values() if a.open and a.response is Response.UNACKNOWLEDGED
            ]
            if act and waiting:
                self.records.append(Acted(now - SECOND // 2, waiting[0].id, Action.ACKNOWLEDGE, "ines"))
                self.engine.act(waiting[0].id, Action.ACKNOWLEDGE, "ines", "", now - SECOND // 2)
            record = seen((now - T) / SECOND - 0.25, value, metric)
            self.records.append(record)
            self.engine.observe("e1", "r1", record.observation, record.time, late=False)
            self.commit()
        for _ in range(4):
            self.engine.tick(now)
            now += SECOND
        self.commit()


values = st.tuples(
    st.sampled_from([78.0, 86.0, 89.0, 91.0, 93.0, 95.0, 99.0, 115.0]),
    st.sampled_from(["spo2", "spo2", "pulse_rate"]),
    st.booleans(),
)


@given(script=st.lists(values, max_size=50), cuts=st.sets(st.integers(0, 50)))
def test_what_was_recorded_comes_out_again(script: list[tuple[float, str, bool]], cuts: set[int]) -> None:
    live = Live((LOW, BOTH, AREA))
    live.live(script, cuts)
    end = T + 3 * (len(script) + 1) * SECOND
    beginning = Beginning(T, {"r1": (LOW, BOTH, AREA)}, {"r1": PERSON}, {"e1": "r1"})
    found = replay(beginning, live.records, end)
    assert found.alerts == live.kept.alerts
    assert found.transitions == live.steps
    assert found.unmatched == 0


runs = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from([70.0, 79.0, 86.0, 88.5, 89.5, 91.0, 94.0, 97.5, 99.0]),
        st.sampled_from([1.0, 1.0, 1.0, 4.0, 25.0, 400.0]),
        st.sampled_from([Quality(0)] * 4 + [Quality.MOTION, Quality.LATE, Quality.LOW_PERFUSION]),
    ),
    max_size=25,
)


def column(found: list[tuple[int, float, float, Quality]]) -> list[tuple[int, float, int]]:
    rows, time = [], T
    for count, value, step, flags in found:
        for _ in range(count):
            # Equal times happen: two sensors of one person.
            time += round(step * SECOND)
            rows.append((time, value, int(flags)))
    return rows


def alerts_of(rows: list[tuple[int, float, int]], limits: tuple[Limit, ...], person: Person) -> Any:
    records = [Measured(t, "e1", "r1", Observation("ox", "spo2", t, v, f)) for t, v, f in rows]
    end = (rows[-1][0] if rows else T) + 3600 * SECOND
    pace = Beginning(T, {"r1": limits}, {"r1": person}, {"e1": "r1"}, pace=600.0)
    found = replay(pace, records, end)
    return found.alerts, [replace(step) for step in found.transitions]


def arrays(rows: list[tuple[int, float, int]]) -> tuple[Any, Any, Any]:
    times = np.array([row[0] for row in rows], np.int64)
    return times, np.array([row[1] for row in rows]), np.array([row[2] for row in rows], np.int64)


@pytest.mark.parametrize("limits", [(LOW,), (AREA,), (SLOW,), (HIGH,), (LOW, BOTH), (AREA, BOTH, SLOW)])
@example(found=[])
@example(found=[(5, 95.0, 1.0, Quality(0))])
@example(found=[(20, 70.0, 1.0, Quality(0)), (40, 95.0, 1.0, Quality(0)), (9, 79.0, 400.0, Quality(0))])
@example(found=[(3, 70.0, 1.0, Quality(0))])
@given(found=runs)
def test_values_that_are_left_out_change_no_verdict_of_limits(
    limits: tuple[Limit, ...], found: list[tuple[int, float, float, Quality]]
) -> None:
    rows = column(found)
    chosen = deciding(limits, *arrays(rows))
    kept = [row for row, wanted in zip(rows, chosen, strict=True) if wanted]
    assert alerts_of(kept, limits, Person()) == alerts_of(rows, limits, Person())


@given(found=runs)
def test_values_that_are_left_out_change_no_verdict_of_rules(
    found: list[tuple[int, float, float, Quality]],
) -> None:
    rows = column(found)
    chosen = telling("spo2", (LOW,), PERSON, *arrays(rows))
    kept = [row for row, wanted in zip(rows, chosen, strict=True) if wanted]
    assert alerts_of(kept, (LOW,), PERSON) == alerts_of(rows, (LOW,), PERSON)


def test_of_a_calm_hour_little_is_replayed() -> None:
    rows = [(T + second * SECOND, 95.0, 0) for second in range(3600)]
    assert deciding((LOW,), *arrays(rows)).sum() == 1
    assert telling("spo2", (LOW,), Person(), *arrays(rows)).sum() == 1
    assert telling("spo2", (LOW,), PERSON, *arrays(rows)).sum() <= 361
    assert telling("weight", (LOW,), PERSON, *arrays([])).size == 0


def test_what_must_be_measured() -> None:
    known = metrics_of((Limit("t", "temperature", Priority.LOW, high=39.0),), Person())
    assert known == {"temperature"}
    assert {"spo2", "pulse_rate", "consciousness"} <= metrics_of((), PERSON)
    assert metrics_of((), Person((AbsenceRule("a", "weight", Priority.LOW, 60.0),))) == {"weight"}


# ---- two runs beside each other ----


def alarm(key: str, raised: int, cleared: int | None, **more: Any) -> Alert:
    usual: dict[str, Any] = {"limit_id": "low", "metric": "spo2", "priority": Priority.HIGH}
    return Alert(
        key,
        more.pop("code", Code.LIMIT_LOW),
        edge="e1",
        resident=more.pop("resident", "r1"),
        onset=raised - 2 * SECOND,
        raised=raised,
        cleared=cleared,
        **(usual | more),
    )


@pytest.mark.parametrize(
    ("after", "missed", "appeared", "shifted", "unchanged"),
    [
        ([], 1, 0, 0, 0),
        ([alarm("b", 100 * SECOND, 160 * SECOND)], 0, 0, 0, 1),
        ([alarm("b", 110 * SECOND, 160 * SECOND)], 0, 0, 1, 0),
        ([alarm("b", 100 * SECOND, 160 * SECOND, priority=Priority.LOW)], 0, 0, 1, 0),
        ([alarm("b", 161 * SECOND, None)], 1, 1, 0, 0),
        ([alarm("b", 100 * SECOND, 160 * SECOND, code=Code.LIMIT_HIGH)], 1, 1, 0, 0),
        ([alarm("b", 100 * SECOND, 160 * SECOND, resident="r2")], 1, 1, 0, 0),
        # All night for something less, and the same as before: one more.
        ([alarm("b", 50 * SECOND, None, limit_id="all"), alarm("c", 100 * SECOND, 160 * SECOND)], 0, 1, 0, 1),
        # One becomes two.
        ([alarm("b", 100 * SECOND, 120 * SECOND), alarm("c", 130 * SECOND, 160 * SECOND)], 0, 1, 0, 1),
        ([alarm("b", 100 * SECOND, 160 * SECOND, code=Code.NEWS2, metric=None)], 1, 1, 0, 0),
    ],
)
def test_two_runs_are_compared_alarm_by_alarm(
    after: list[Alert], missed: int, appeared: int, shifted: int, unchanged: int
) -> None:
    found = compare([alarm("a", 100 * SECOND, 160 * SECOND)], after)
    counts = (len(found.missed), len(found.appeared), len(found.shifted), found.unchanged)
    assert counts == (missed, appeared, shifted, unchanged)
    assert [shift.later for shift in found.shifted if shift.after.priority is Priority.HIGH] in (
        [],
        [10 * SECOND],
    )


def test_the_first_answer_counts() -> None:
    steps = [
        Transition("a", 1, 1, Event.RAISED, "veilleuse"),
        Transition("a", 2, 5, Event.TAKEN, "ines"),
        Transition("a", 3, 9, Event.ACKNOWLEDGED, "ines"),
    ]
    answer = first_answer(steps)
    assert answer is not None
    assert (answer.response, answer.time, answer.by) == (Response.TAKEN, 5, "ines")
    assert first_answer(steps[:1]) is None
