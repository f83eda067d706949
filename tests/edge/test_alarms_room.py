"""A whole edge, a real broker that is cut, and the room's own page in Debian's Chromium: it shows, it sounds, it is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from devices.clock import SystemClock
from devices.limits import Limit, Priority
from devices.measurement import Event, EventKind, Measurement
from devices.wire.messages import LimitSet, Verdict
from edge.app import Edge
from edge.config import load
from edge.kiosk.screen import RoomScreen
from hub.store.verdicts import merged
from tests.edge.support import EDGE, AckingHub, Mosquitto, running, until, until_page, write_keys

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(180)]

LIMIT = Limit("spo2-low", "spo2", Priority.HIGH, low=88, delay=1)
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
CLOCK = SystemClock()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(Mosquitto(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def hub(broker: Mosquitto) -> Iterator[AckingHub]:
    made = AckingHub(broker.port)
    yield made
    made.close()


@pytest.fixture
async def edge(tmp_path: Path, broker: Mosquitto, hub: AckingHub) -> AsyncIterator[Edge]:
    write_keys(tmp_path / "edge.key")
    path = tmp_path / "edge.toml"
    path.write_text(
        f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n[broker]\nport = {broker.port}\n[call]\n'
    )
    made = Edge(load(path))
    await made.start()
    await until("connected", lambda: made.uplink.connected)
    hub.tell("command", LimitSet(CLOCK.utc(), (LIMIT,)))
    yield made
    await made.stop()


class Patient:
    """Measures once a second as an oximeter does, so that the hub always has something to acknowledge.

    Every value outside a limit is a batch of its own: ten of them a second would leave a backlog that takes as long to send
    as the outage took, and nobody would know how long to wait for what was told in it.
    """

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.spo2 = 97.0

    async def run(self) -> None:
        while True:
            self.edge.recorder.record([Measurement("oximeter", "spo2", self.spo2, CLOCK.utc())])
            await asyncio.sleep(1)


@asynccontextmanager
async def patient(edge: Edge) -> AsyncIterator[Patient]:
    made = Patient(edge)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.wait([task])


def screen(edge: Edge) -> RoomScreen:
    assert edge._call is not None
    assert edge._call.screen is not None
    return edge._call.screen


@asynccontextmanager
async def page(edge: Edge) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        opened = await browser.new_page(locale="fr-FR")
        await opened.goto(f"http://127.0.0.1:{screen(edge).port}/")
        yield opened
        await browser.close()


def verdicts(hub: AckingHub) -> dict[str, Verdict]:
    """Return what the hub knows of the newest occurrence of each limit, and of each event."""
    known: dict[tuple[str, int], Verdict] = {}
    for envelope in list(hub.envelopes):
        for verdict in envelope.verdicts:
            key = (verdict.limit or verdict.event, verdict.onset)
            known[key] = merged(known[key], verdict) if key in known else verdict
    return {name: known[name, onset] for name, onset in sorted(known)}


async def test_without_the_hub_the_room_rings_and_with_it_the_room_is_quiet(
    edge: Edge, broker: Mosquitto, hub: AckingHub
) -> None:
    async with patient(edge) as person, page(edge) as opened:
        await until("the page can be heard", lambda: screen(edge).heard == 1)
        person.spo2 = 82
        await until("the hub has the verdict", lambda: "spo2-low" in verdicts(hub))
        assert edge.ringing.view() == ()
        person.spo2 = 97
        await until("the end", lambda: verdicts(hub)["spo2-low"].cleared is not None)

        broker.stop()
        person.spo2 = 82
        await until("the room rings", lambda: any(alarm.ringing for alarm in edge.ringing.view()), 30)
        await expect(opened.get_by_role("heading", name="Oxygène trop bas")).to_be_visible()
        await expect(opened.locator(".alarm.high")).to_contain_text("82")
        await expect(opened.locator("#alone")).to_contain_text("La liaison avec le poste est coupée")
        assert edge.counters["local_alarm_without_screen"] == 0
        await until_page(opened, "document.querySelector('veilleuse-room').siren.running.length > 0")

        await opened.get_by_role("button", name="Vu par un soignant").click()
        await until("quiet", lambda: not any(alarm.ringing for alarm in edge.ringing.view()))
        await expect(opened.locator(".alarm[data-quiet]")).to_be_visible()
        person.spo2 = 97
        await until("the end of what was seen", lambda: edge.ringing.view() == ())

        broker.start()
        await until("told", lambda: verdicts(hub)["spo2-low"].rang, 40)
        await until("what was seen", lambda: verdicts(hub)["spo2-low"].acknowledged is not None, 40)
        await expect(opened.locator(".alarm")).to_have_count(0)


async def test_a_call_without_a_page_rings_for_nobody_and_is_counted(
    edge: Edge, broker: Mosquitto, hub: AckingHub
) -> None:
    broker.stop()
    edge.recorder.record([Event("bell", EventKind.NURSE_CALL, CLOCK.utc(), "1")])
    await until("it rings", lambda: any(alarm.ringing for alarm in edge.ringing.view()), 30)
    assert edge.counters["local_alarm_without_screen"] == 1
    broker.start()
    await until("told", lambda: "1" in verdicts(hub) and verdicts(hub)["1"].rang, 40)
    presence = hub.presences
    await until("counted", lambda: presence[-1].counters.get("local_alarm_without_screen") == 1, 20)
    assert presence[-1].judges
