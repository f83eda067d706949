"""The fan-out: what leaves when, what is coalesced, and what happens to a screen that falls behind."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.clock import SECOND, ManualClock
from devices.limits import Priority
from devices.measurement import Link
from devices.wire.messages import Observation, Presence, SensorFact
from hub.alerting.model import Alert, Changes, Code, Condition, Event, Transition
from hub.live import (
    MAX_WAITING,
    AlertDue,
    CallDue,
    Committed,
    Due,
    EdgeDue,
    HeartbeatDue,
    Live,
    SnapshotDue,
    Subscription,
    ValuesDue,
)
from hub.store.ports import Latest
from hub.store.records import CallRecord, Resident
from hub.ward import Inhabitant, Roll, Told


def roll(edge: str | None = "room-12") -> Roll:
    people = {
        "jeanne": Inhabitant(Resident("jeanne", "Martin", "Jeanne", 1935, 0), "ch. 12", edge),
        "paul": Inhabitant(Resident("paul", "Durand", "Paul", 1936, 0), "ch. 4", None),
    }
    return Roll("Les Tilleuls", people, {"room-12": "ch. 12"})


def observation(value: float, time: int = 1, metric: str = "spo2", who: str = "jeanne") -> Any:
    return ("room-12", who, Observation("ox", metric, time, value))


def alert(number: int, **changed: Any) -> Changes:
    made = Alert(str(number), Code.LIMIT_LOW, Priority.HIGH, "room-12", "jeanne", 0, 0, **changed)
    return Changes({made.id: made}, [Transition(made.id, 1, 0, Event.RAISED, "veilleuse")])


class Bench:
    """A live fan-out whose hand-over runs at once, and one screen."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.behind = 0
        self.live = Live(self.clock, fell_behind=self.fell_behind)
        self.live.load(roll(), {}, [])
        self._context = self.live.subscribe("ines", devices=True)
        self.screen: Subscription = self._context.__enter__()

    def fell_behind(self) -> None:
        self.behind += 1

    def commit(self, *seen: Any, **more: Any) -> None:
        self.live._apply(
            Committed(self.clock.utc(), [(edge, who, (one,)) for edge, who, one in seen], **more)
        )

    def presence(self, link: Link = Link.UP, **more: Any) -> None:
        sensors = more.pop("sensors", (SensorFact("ox", link),))
        fields: dict[str, Any] = {"session": "s", "state": "online", "sensors": sensors} | more
        presence = Presence("room-12", time=self.clock.utc(), **fields)
        self.commit(presences=[(presence, self.clock.utc())])

    def take(self, advance: float = 0.0) -> list[Due]:
        self.clock.advance(round(advance * SECOND))
        return [due for due in self.screen.take() if not isinstance(due, HeartbeatDue)]


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_first_a_snapshot_which_holds_what_came_before_it(bench: Bench) -> None:
    bench.commit(observation(96.0), changes=alert(1))
    assert bench.take() == [SnapshotDue()]
    assert bench.take(advance=1) == []
    assert bench.live.ward.values("jeanne")[0].value == 96.0
    assert [told.alert.id for told in bench.live.ward.alerts()] == ["1"]


async def test_values_are_coalesced_to_four_messages_a_second(bench: Bench) -> None:
    bench.take()
    sent = []
    for tick in range(100):
        bench.commit(observation(90.0 + tick / 100, time=tick))
        sent += bench.take(advance=0.01)
    assert 4 <= len(sent) <= 5
    assert all(isinstance(due, ValuesDue) for due in sent)
    newest = sent[-1].values["jeanne"]["spo2"]
    assert newest.value == pytest.approx(90.0 + newest.time / 100)


async def test_an_alert_leaves_at_once_however_many_values_wait(bench: Bench) -> None:
    bench.take()
    bench.commit(observation(80.0))
    bench.take()
    bench.commit(observation(79.0, time=2), changes=alert(1))
    [due] = bench.take()
    assert isinstance(due, AlertDue)
    assert due.told.history[0].event is Event.RAISED


async def test_an_alert_keeps_its_history_and_leaves_when_it_is_over(bench: Bench) -> None:
    bench.commit(changes=alert(1))
    over = alert(1, condition=Condition.CLEARED)
    over.transitions = [Transition("1", 2, 5, Event.CLEARED, "veilleuse")]
    bench.take()
    bench.commit(changes=over)
    [due] = bench.take()
    assert isinstance(due, AlertDue)
    assert [step.event for step in due.told.history] == [Event.RAISED, Event.CLEARED]
    assert list(bench.live.ward.alerts()) == []


async def test_a_screen_that_falls_behind_gets_a_snapshot_and_no_alert_is_lost(bench: Bench) -> None:
    bench.take()
    for number in range(MAX_WAITING + 50):
        bench.commit(changes=alert(number))
    assert bench.behind == 1
    assert bench.take() == [SnapshotDue()]
    assert len(list(bench.live.ward.alerts())) == MAX_WAITING + 50
    bench.commit(changes=alert(9999))
    assert len(bench.take()) == 1


async def test_a_call_outlives_the_snapshot_that_does_not_hold_it(bench: Bench) -> None:
    call = CallRecord("c", 1, "jeanne", "room-12", "benali", "ringing", "", 0)
    bench.live._push(CallDue(call, "Dr Benali"))
    assert bench.take() == [SnapshotDue(), CallDue(call, "Dr Benali")]
    for number in range(MAX_WAITING):
        bench.live._push(CallDue(call, str(number)))
    bench.commit(changes=alert(1))
    taken = bench.take()
    assert taken[0] == SnapshotDue()
    assert taken[-1] == CallDue(call, str(MAX_WAITING - 1))
    assert len(taken) == 1 + MAX_WAITING // 2


async def test_the_heart_beats_once_a_second(bench: Bench) -> None:
    bench.screen.take()
    beats = 0
    for _ in range(100):
        bench.clock.advance(SECOND // 10)
        beats += bench.screen.take().count(HeartbeatDue())
    assert beats == 10


async def test_a_beat_of_an_edge_that_changes_nothing_waits_its_turn(bench: Bench) -> None:
    bench.take()
    bench.presence()
    assert bench.take() == [EdgeDue("room-12", ("jeanne",))]
    bench.presence(pending=1)
    bench.presence()
    assert bench.take(advance=0.3) == [EdgeDue("room-12", ())]
    bench.presence(link=Link.SILENT)
    assert bench.take() == [EdgeDue("room-12", ("jeanne",))]
    bench.presence(link=Link.SILENT, pending=31)
    assert bench.take() == [EdgeDue("room-12", ("jeanne",))]


async def test_only_who_looks_after_devices_is_told_of_every_beat(bench: Bench) -> None:
    with bench.live.subscribe("ines", devices=False) as ward:
        ward.take()
        bench.presence()
        assert EdgeDue("room-12", ("jeanne",)) in ward.take()
        bench.presence()
        bench.clock.advance(SECOND)
        assert ward.take() == [HeartbeatDue()]


async def test_silence_is_noticed_as_time_passes(bench: Bench) -> None:
    bench.presence()
    bench.take()
    assert bench.live.ward.unwatched("jeanne") is None
    bench.clock.advance(15 * SECOND - 1)
    bench.live.tick()
    assert bench.take() == []
    bench.clock.advance(1)
    bench.live.tick()
    assert bench.take() == [EdgeDue("room-12", ("jeanne",))]
    assert bench.live.ward.unwatched("jeanne") == "edge_silent"
    bench.live.tick()
    assert bench.take() == []
    bench.presence()
    assert bench.live.ward.unwatched("jeanne") is None


@pytest.mark.parametrize(
    ("sensors", "reason"),
    [
        ((), "no_sensor"),
        ((SensorFact("cuff", Link.UP, continuous=False),), "no_sensor"),
        ((SensorFact("ox", Link.DOWN), SensorFact("strap", Link.CONNECTING)), "sensors_silent"),
        ((SensorFact("ox", Link.DOWN), SensorFact("strap", Link.UP)), None),
    ],
)
async def test_why_a_resident_is_not_watched(bench: Bench, sensors: Any, reason: str | None) -> None:
    bench.presence(sensors=sensors)
    assert bench.live.ward.unwatched("jeanne") == reason
    assert bench.live.ward.unwatched("paul") == "no_device"


async def test_a_will_of_an_older_session_says_nothing(bench: Bench) -> None:
    bench.presence(session="new")
    bench.presence(session="old", state="gone")
    assert bench.live.ward.edges["room-12"].online
    bench.presence(session="new", state="gone")
    assert not bench.live.ward.edges["room-12"].online


async def test_an_older_value_and_a_stranger_change_nothing(bench: Bench) -> None:
    bench.take()
    bench.commit(observation(96.0, time=100), observation(1.0, who="stranger"))
    bench.take(advance=1)
    bench.commit(observation(80.0, time=99))
    assert bench.take(advance=1) == []
    assert bench.live.ward.values("stranger") == []


async def test_an_edge_that_is_on_no_roll_is_not_shown(bench: Bench) -> None:
    bench.take()
    stranger = Presence("room-99", "s", "online", bench.clock.utc())
    bench.commit(presences=[(stranger, bench.clock.utc())])
    assert bench.take(advance=1) == []
    assert list(bench.live.ward.edges) == ["room-12"]


async def test_who_moved_away_leaves_nothing_on_the_screens(bench: Bench) -> None:
    bench.commit(observation(96.0))
    bench.take()
    smaller = Roll("Les Tilleuls", {"paul": roll().inhabitants["paul"]}, {})
    bench.live.enroll(smaller)
    await asyncio.sleep(0)
    assert bench.take() == [SnapshotDue()]
    assert bench.live.ward.values("jeanne") == []
    assert bench.live.ward.edges == {}
    bench.live.enroll(smaller)
    await asyncio.sleep(0)
    assert bench.take() == []


async def test_what_the_store_knew_is_there_at_the_start() -> None:
    live = Live(ManualClock(), fell_behind=lambda: None)
    [changed] = alert(1).alerts.values()
    latest = Latest("spo2", 95.0, 5, 0, "ox", "room-12")
    live.load(roll(), {"jeanne": [latest], "gone": [latest]}, [Told(changed, ())])
    assert live.ward.values("jeanne") == [latest]
    assert list(live.ward.alerts()) == [Told(changed, ())]


async def test_the_writers_thread_hands_over_and_the_screen_wakes() -> None:
    live = Live(ManualClock(), fell_behind=lambda: None)
    live.committed(Committed(0))  # nobody listens yet: nothing happens
    live.load(roll(), {}, [])
    with live.subscribe("ines", devices=True) as screen:
        assert await screen.next() == [SnapshotDue()]
        waiting = asyncio.create_task(screen.next())
        await asyncio.sleep(0)
        thread = threading.Thread(target=live.committed, args=(Committed(0, changes=alert(7)),))
        thread.start()
        async with asyncio.timeout(60):
            [due] = await waiting
        thread.join()
    assert isinstance(due, AlertDue)


def test_a_hub_that_has_stopped_tells_nobody() -> None:
    live = Live(ManualClock(), fell_behind=lambda: None)

    async def start() -> None:
        live.load(roll(), {}, [])

    asyncio.run(start())
    live.committed(Committed(0, changes=alert(7)))
    assert list(live.ward.alerts()) == []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("value"), st.integers(0, 50), st.sampled_from(["spo2", "pulse_rate"])),
        st.tuples(st.just("alert"), st.integers(0, 5), st.just("")),
        st.tuples(st.just("take"), st.integers(0, 400), st.just("")),
        st.tuples(st.just("flood"), st.just(0), st.just("")),
    ),
    max_size=60,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_a_page_that_applies_what_it_gets_ends_where_the_hub_is(script: list[tuple[str, int, str]]) -> None:
    asyncio.run(_follow(script))


async def _follow(script: list[tuple[str, int, str]]) -> None:
    bench = Bench()
    values: dict[str, Latest] = {}
    alerts: dict[str, Alert] = {}

    def read(advance: float) -> None:
        for due in bench.take(advance):
            if isinstance(due, SnapshotDue):
                values.clear()
                alerts.clear()
                values.update({found.metric: found for found in bench.live.ward.values("jeanne")})
                alerts.update({told.alert.id: told.alert for told in bench.live.ward.alerts()})
            elif isinstance(due, ValuesDue):
                values.update(due.values["jeanne"])
            elif isinstance(due, AlertDue):
                alerts[due.told.alert.id] = due.told.alert

    for kind, number, metric in script:
        if kind == "value":
            bench.commit(observation(float(number), time=number, metric=metric))
        elif kind == "alert":
            bench.commit(changes=alert(number))
        elif kind == "flood":
            for more in range(MAX_WAITING + 1):
                bench.commit(changes=alert(1000 + more))
        else:
            read(number / 1000)
    read(1)
    assert list(values.values()) == sorted(
        bench.live.ward.values("jeanne"), key=lambda v: list(values).index(v.metric)
    )
    assert alerts == {told.alert.id: told.alert for told in bench.live.ward.alerts()}
