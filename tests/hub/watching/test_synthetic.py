"""A test alarm through the whole hub, over a real broker and a real WebSocket; and each place at which it can be lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from devices.clock import SECOND
from hub import synthetic
from hub.alerting.model import TEST_EDGE, Code
from hub.app import Hub
from hub.store import journal
from hub.store.schema import ALERTS, EVENTS, SENSORS
from hub.store.schema_telling import ESCALATIONS, NOTIFICATIONS
from hub.supervising import Work
from hub.synthetic import Place, Trial
from tests.hub.watching.whole import Page, opened, running, until

pytestmark = pytest.mark.broker


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with running(tmp_path) as made:
        await until(lambda: "broker" not in made.health.failing_parts())
        yield made


@pytest.fixture
async def page(hub: Hub) -> AsyncIterator[Page]:
    async with opened(hub) as made:
        yield made


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "DEADLINE", 3 * SECOND)


def ringing(hub: Hub, code: Code) -> list[str]:
    with hub.core.database.read() as connection:
        return [alert.detail for alert, _ in journal.open_alerts(connection) if alert.code is code]


async def test_it_comes_through_and_leaves_nothing_behind(hub: Hub, page: Page) -> None:
    trial = await hub.synthetic.try_once()
    assert trial.arrived
    assert trial.ended - trial.started < synthetic.DEADLINE
    assert "probe" in page.kinds
    # No screen was told of it (`Page` looks), none shows it, and it is in no list. On a busy machine the room's own
    # device may have become silent meanwhile.
    assert "nurse_call" not in {told.alert.code for told in hub.live.ward.alerts()}
    with hub.core.database.read() as connection:
        assert TEST_EDGE not in {alert.edge for alert, _ in journal.open_alerts(connection)}
        assert TEST_EDGE not in {alert.edge for alert in journal.alerts(connection)}
        assert journal.events(connection) == []
        assert connection.execute(select(func.count()).select_from(SENSORS)).scalar_one() == 0
    # Of several, the last one at most is in the records.
    for _ in range(3):
        assert (await hub.synthetic.try_once()).arrived
    with hub.core.database.read() as connection:
        for rows in (
            select(ALERTS.c.id).where(ALERTS.c.edge == TEST_EDGE),
            select(EVENTS.c.identity).where(EVENTS.c.edge == TEST_EDGE),
            select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.channel == "probe"),
            select(ESCALATIONS.c.alert).join(ALERTS).where(ALERTS.c.edge == TEST_EDGE),
        ):
            assert len(connection.execute(rows).all()) == 1
    assert hub.watching.arrived is not None
    assert "came through" in hub.health.report().checks["synthetic"]


async def test_a_page_whose_sound_does_not_pass_is_found_out(hub: Hub, page: Page, hasty: None) -> None:
    page.answers = lambda _probe: None
    await lost(hub, Place.DISPATCHER)
    # And it ends with the next one that comes through, which hangs on nothing of the one before.
    page.answers = lambda probe: probe
    assert (await hub.synthetic.try_once()).arrived
    await until(lambda: ringing(hub, Code.SYNTHETIC_LOST) == [])
    assert "synthetic" not in hub.health.failing_parts()


async def test_the_word_of_a_probe_that_was_never_asked_for_proves_nothing(
    hub: Hub, page: Page, hasty: None
) -> None:
    page.answers = lambda _probe: "0" * 32
    await lost(hub, Place.DISPATCHER)


async def test_screens_that_are_mute_are_not_rung_for_twice(hub: Hub, page: Page, hasty: None) -> None:
    page.audio = "locked"
    await page.report("")
    await until(lambda: not hub.live.audible())
    trial = await hub.synthetic.try_once()
    assert (trial.place, trial.unheard, trial.arrived) == (Place.DISPATCHER, True, False)
    assert ringing(hub, Code.SYNTHETIC_LOST) == []
    assert "no screen" in hub.health.report().checks["synthetic"]


async def test_a_dispatcher_that_does_nothing_is_named(
    tmp_path: Path, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting = Hub._lasting

    def without(hub: Hub) -> dict[str, Work]:
        return {name: work for name, work in lasting(hub).items() if name != "dispatcher"}

    monkeypatch.setattr(Hub, "_lasting", without)
    async with running(tmp_path) as hub, opened(hub):
        await lost(hub, Place.ESCALATION)


async def test_a_dispatcher_that_dies_is_started_again_and_loses_nothing(hub: Hub, page: Page) -> None:
    ask, asked = hub._probe._ask, []

    def dies_once(probe: str) -> int:
        asked.append(probe)
        if len(asked) == 1:
            raise ValueError("made up")
        return ask(probe)

    hub._probe._ask = dies_once
    trial = await hub.synthetic.try_once()
    assert trial.arrived
    assert len(set(asked)) == 1
    assert hub.metrics.task_failures.labels("dispatcher")._value.get() == 1
    assert hub.health.report().checks["task_dispatcher"].startswith("the dispatcher failed")


async def test_a_writer_that_is_stuck_is_named(hub: Hub, page: Page, hasty: None) -> None:
    free = threading.Event()
    assert hub.core.writer.inbox.ask(lambda: bool(free.wait(30)) and None)
    trial = await hub.synthetic.try_once()
    assert (trial.place, trial.arrived) == (Place.BROKER, False)
    # Nothing can be put on the disk, so nothing can ring: the hub itself says that it fails, and so does every chain.
    assert hub.health.report().status == "failing"
    hub.watching.look()
    hole = hub.watching.watched["r1"].hole
    assert hole is not None
    free.set()
    await until(lambda: ringing(hub, Code.SYNTHETIC_LOST) == ["broker"])


async def test_a_broker_that_is_away_is_named(hub: Hub, page: Page, hasty: None) -> None:
    assert hub.core._broker is not None
    await asyncio.to_thread(hub.core._broker.stop)
    await lost(hub, Place.EDGE)


async def lost(hub: Hub, place: Place) -> Trial:
    trial = await hub.synthetic.try_once()
    assert (trial.place, trial.arrived, trial.unheard) == (place, False, False)
    await until(lambda: ringing(hub, Code.SYNTHETIC_LOST) == [place.value])
    assert hub.health.report().checks["synthetic"] == f"the test alarm was last seen at: {place}"
    return trial
