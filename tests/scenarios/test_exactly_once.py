"""Whatever dies between a reading and its acknowledgement: each reading once, each alert once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from devices.clock import SECOND, SystemClock
from devices.quality import Quality
from devices.simulators.load_edge import RETRY, LoadEdge
from devices.wire import topics
from devices.wire.messages import Observation, Presence, encode
from devices.wire.seal import Keys, seal
from tests.integration.processes import wait_for
from tests.scenarios.hub_in_process import (
    EDGE,
    LIMIT,
    RESIDENT,
    SECRET,
    Hub,
    LetterBox,
    furnish,
    running,
)
from tests.scenarios.oracle import alerts, duplicates, expected, in_order, stored

CLOCK = SystemClock()


class Line:
    """Carries messages between a compact edge and a hub, or loses them."""

    def __init__(self, spool: str = "spool-a", window: int = 16) -> None:
        self.edge = LoadEdge(EDGE, SECRET, spool, window=window)
        self.sent = 0

    def deliver(self, hub: Hub, now: int) -> None:
        for topic, message in self.edge.send(now):
            self.sent += 1
            hub.arrive(topic, message)

    def answer(self, hub: Hub) -> None:
        for topic, message in hub.box.take():
            self.edge.receive(topic, message, CLOCK.utc())

    def settle(self, hub: Hub) -> None:
        """Exchange until the hub has acknowledged everything."""

        def settled() -> bool:
            self.deliver(hub, CLOCK.utc())
            self.answer(hub)
            return self.edge.unacknowledged == 0

        wait_for("everything acknowledged", settled, 40)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "hub.db"
    furnish(path, CLOCK.utc() - 3600 * SECOND)
    return path


def spo2(time: int, value: float) -> tuple[Observation, ...]:
    return (Observation("ox", "spo2", time, value),)


def check_store(path: Path, sent: list[tuple[int, float]]) -> None:
    rows = stored(path)[EDGE, "ox", "spo2"]
    assert duplicates(rows) == []
    assert in_order(rows)
    assert sorted((row.time, row.value) for row in rows) == sent
    raised = [alert for alert in alerts(path) if alert.limit_id == LIMIT.id]
    assert [alert.onset for alert in raised] == [each.onset for each in expected(RESIDENT, LIMIT, rows)]
    for alert in raised:
        assert alert.resident == RESIDENT
        assert alert.events.count("raised") == 1
        assert alert.numbers == tuple(range(1, len(alert.numbers) + 1))


def test_a_hub_that_dies_between_commit_and_acknowledgement_takes_nothing_twice(home: Path) -> None:
    line, start = Line(), CLOCK.utc()
    sent = [(start + number * 1000, 80.0 if number == 2 else 96.0) for number in range(5)]
    with running(home, CLOCK, LetterBox(lost=True)) as hub:
        for time, value in sent[:3]:
            line.edge.add(spo2(time, value), time)
        line.deliver(hub, start)
        wait_for("the commit", lambda: len(stored(home).get((EDGE, "ox", "spo2"), [])) == 3)
    assert line.edge.unacknowledged == 3
    with running(home, CLOCK) as hub:
        line.edge.connected(CLOCK.utc())
        for time, value in sent[3:]:
            line.edge.add(spo2(time, value), CLOCK.utc())
        line.settle(hub)
        assert hub.metrics.registry.get_sample_value("veilleuse_duplicate_envelopes_total") == 3
    check_store(home, sent)
    assert [alert.events[0] for alert in alerts(home) if alert.limit_id] == ["raised"]


def test_a_broker_replaced_by_an_empty_one_loses_nothing(home: Path) -> None:
    """What the old broker had confirmed and not delivered is gone with it: PUBACK proves nothing."""
    line, start = Line(), CLOCK.utc()
    sent = [(start + number * 1000, 96.0 - number % 2 * 12) for number in range(6)]
    with running(home, CLOCK) as hub:
        for time, value in sent[:3]:
            line.edge.add(spo2(time, value), start)
        line.edge.send(start)
        for time, value in sent[3:]:
            line.edge.add(spo2(time, value), start)
        line.deliver(hub, start)
        wait_for("the hole", lambda: hub.metrics.registry.get_sample_value(
            "veilleuse_refused_messages_total", {"reason": "hole"}) == 3)  # fmt: skip
        assert stored(home) == {}
        line.edge.send(start + RETRY)
        line.edge.connected(CLOCK.utc())
        line.settle(hub)
    check_store(home, sent)
    assert len([alert for alert in alerts(home) if alert.limit_id]) == 3


@pytest.mark.parametrize("seed", range(4))
def test_deaths_at_seeded_instants_lose_and_double_nothing(home: Path, seed: int) -> None:
    random, line = Random(seed), Line(window=6)
    sent: list[tuple[int, float]] = []
    for _ in range(8):
        with running(home, CLOCK, LetterBox(lost=random.random() < 0.3)) as hub:
            line.edge.connected(CLOCK.utc())
            for _ in range(random.randrange(1, 8)):
                now = CLOCK.utc()
                value = float(random.choice((84, 86, 88, 95, 97)))
                sent.append((now, value))
                line.edge.add(spo2(now, value), now)
                if random.random() < 0.8:
                    line.deliver(hub, now)
                if random.random() < 0.5:
                    line.answer(hub)
    with running(home, CLOCK) as hub:
        line.edge.connected(CLOCK.utc())
        line.settle(hub)
    check_store(home, sent)


def announce(hub: Hub, ahead: int, session: str = "s1") -> None:
    topic = topics.up(EDGE, "presence")
    body = encode(Presence(EDGE, session, "online", CLOCK.utc() + ahead))
    hub.arrive(topic, seal(Keys(SECRET), topic, body))


def sample(hub: Hub, name: str) -> Callable[[], float | None]:
    return lambda: hub.metrics.registry.get_sample_value(name, {"edge": EDGE})


@pytest.mark.parametrize("ahead", [3600 * SECOND, -3600 * SECOND])
def test_an_edge_whose_clock_is_an_hour_off_is_shown_and_still_watched(home: Path, ahead: int) -> None:
    line = Line()
    with running(home, CLOCK) as hub:
        announce(hub, ahead)
        skew = wait_for("the skew", sample(hub, "veilleuse_edge_skew_seconds"))
        assert skew == pytest.approx(ahead / SECOND, abs=5)
        now = CLOCK.utc()
        line.edge.add(spo2(now + ahead, 80.0), now)
        line.settle(hub)
    (row,) = stored(home)[EDGE, "ox", "spo2"]
    assert row.time == now + ahead, "the edge's own time is kept as it is"
    raised = [alert for alert in alerts(home) if alert.limit_id == LIMIT.id]
    assert [alert.onset for alert in raised] == [now + ahead]


def test_history_raises_nothing_about_now(home: Path) -> None:
    line = Line()
    with running(home, CLOCK) as hub:
        announce(hub, 0)
        now = CLOCK.utc()
        line.edge.add(spo2(now - 600 * SECOND, 80.0), now - 600 * SECOND)
        line.settle(hub)
    (row,) = stored(home)[EDGE, "ox", "spo2"]
    assert row.flags & Quality.LATE, "what came late says so"
    assert [alert for alert in alerts(home) if alert.limit_id] == []
