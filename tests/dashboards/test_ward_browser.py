"""The ward in Debian's Chromium, under the real content security policy, against a hub that is told what to say."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboards import server
from devices.clock import SystemClock

CHROMIUM = Path("/usr/bin/chromium")
SECOND = 1_000_000
HEARTBEAT = 0.25
WATCH_CSP = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
WARD = "document.querySelector('vv-ward').app"

pytestmark = pytest.mark.browser


def person(name: str, family: str, room: str) -> dict[str, Any]:
    """A resident as the hub shows them; the value is set when it is sent."""
    return {
        "id": name,
        "family_name": family,
        "given_name": "Jeanne",
        "birth_year": 1934,
        "room": room,
        "edge": f"edge-{name}",
        "values": [],
        "sensors": [],
        "watched": True,
        "unwatched_reason": None,
        "limits": [],
    }


@dataclass
class FakeHub:
    """Speaks the interface's own words; only what the tests need."""

    clock: SystemClock = field(default_factory=SystemClock)
    people: list[dict[str, Any]] = field(
        default_factory=lambda: [person("a", "Martin", "12"), person("b", "<b>Durand</b>", "4")]
    )
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    silent: bool = False
    seq: int = 0
    tablets: list[dict[str, Any]] = field(default_factory=list)

    def now(self) -> int:
        return self.clock.utc()

    def raise_alert(self, name: str, resident: str) -> None:
        now = self.now()
        self.alerts[name] = {
            "id": name,
            "code": "limit_low",
            "category": "physiological",
            "priority": "high",
            "resident": resident,
            "room": "12",
            "edge": f"edge-{resident}",
            "sensor": None,
            "metric": "spo2",
            "value": 84.0,
            "limit": 90.0,
            "limit_id": "l1",
            "onset": now - 20 * SECOND,
            "raised": now,
            "cleared": None,
            "condition": "active",
            "response": "unacknowledged",
            "suppression": "none",
            "muted_by": None,
            "muted_until": None,
            "latched": False,
            "taken_by": None,
            "about": [],
            "other_room": None,
            "history": [],
        }

    def values(self, resident: str) -> list[dict[str, Any]]:
        spo2 = {"a": 96.0, "b": 71.0}[resident]
        value = {
            "metric": "spo2",
            "value": spo2,
            "time": self.now(),
            "flags": [],
            "sensor": "ox",
            "stale_after": 15.0,
        }
        return [value]

    def message(self, kind: str, **more: Any) -> dict[str, Any]:
        self.seq += 1
        return {"type": kind, "seq": self.seq, "time": self.now(), **more}

    def snapshot(self) -> dict[str, Any]:
        people = [{**one, "values": self.values(one["id"])} for one in self.people]
        metrics = [{"name": "spo2", "unit": "%", "loinc": "2708-6", "stale_after": 15.0}]
        alerts = list(self.alerts.values())
        return self.message(
            "snapshot",
            home="Les Tilleuls",
            metrics=metrics,
            residents=people,
            alerts=alerts,
            edges=[],
            suppressions=[],
        )

    def app(self) -> FastAPI:
        app = FastAPI()
        me = {
            "username": "ines",
            "display_name": "Inès",
            "role": "nurse",
            "home": "Les Tilleuls",
            "expires": 0,
        }
        app.get("/api/v1/session")(lambda: me)
        app.get("/api/v1/alerts")(self.past_alerts)
        app.get("/api/v1/residents/{resident}/measurements")(self.measurements)
        app.post("/api/v1/alerts/{alert}")(self.act)
        app.websocket("/api/v1/live")(self.live)
        server.mount(app)
        return app

    def past_alerts(self) -> list[dict[str, Any]]:
        return list(self.alerts.values())

    def measurements(self, resident: str, metric: str) -> dict[str, Any]:
        times = [self.now() - second * SECOND for second in range(600, 0, -5)]
        values = [self.values(resident)[0]["value"]] * len(times)
        flags = [0] * len(times)
        page = {"resident": resident, "metric": metric, "unit": "%", "times": times, "values": values}
        return page | {"flags": flags, "lows": None, "highs": None, "downsampled": True, "next": None}

    def act(self, alert: str, body: dict[str, str]) -> dict[str, Any]:
        responses = {"take": "taken", "acknowledge": "acknowledged", "release": "unacknowledged"}
        self.alerts[alert] |= {"response": responses[body["action"]], "taken_by": "ines"}
        return self.alerts[alert]

    async def live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        listening = asyncio.create_task(self.listen(websocket))
        known = -1
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while not listening.done():
                if not self.silent:
                    changed = known != len(self.alerts)
                    await websocket.send_json(self.snapshot() if changed else self.message("heartbeat"))
                    known = len(self.alerts)
                await asyncio.sleep(HEARTBEAT)
        listening.cancel()

    async def listen(self, websocket: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                self.tablets.append(await websocket.receive_json())


def wait_for_burst(page: Page, wanted: str | None) -> None:
    """Wait until this burst sounds, or none; the policy forbids the page to evaluate a condition by itself."""
    for _ in range(100):
        if page.evaluate(f"{WARD}.loudspeaker.ring?.play ?? null") == wanted:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the burst {wanted!r} did not come within 10 s")


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def address(hub: FakeHub) -> Iterator[str]:
    config = uvicorn.Config(hub.app(), port=0, log_config=None, lifespan="off", ws="websockets-sansio")
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, name="fake hub")
    started = threading.Event()
    startup = serving.startup

    async def start(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    serving.startup = start  # type: ignore[method-assign]  # uvicorn tells nobody when its port is known
    thread.start()
    assert started.wait(10)
    port = serving.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    serving.force_exit = serving.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # No autoplay flag: a page has to earn its sound, as on a real tablet.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR", base_url=address)
    context.add_init_script(WATCH_CSP)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/service")
    yield page
    assert page.evaluate("window.violations") == []
    assert errors == []
    context.close()


def test_the_sound_is_earned_proven_and_told_to_the_hub(hub: FakeHub, page: Page) -> None:
    expect(page.get_by_text("Son bloqué")).to_be_visible()
    expect(page.locator(".frame")).to_have_count(1)
    page.get_by_role("button", name="Activer le son").click()
    expect(page.get_by_text("Son prêt")).to_be_visible()
    expect(page.locator(".frame")).to_have_count(0)
    deadline = hub.now() + 8 * SECOND
    while hub.now() < deadline and not any(told["audio"] == "ready" for told in hub.tablets):
        page.wait_for_timeout(100)
    said = {"type": "tablet", "audio": "ready", "visible": True, "showing": [], "sounding": False, "seen": []}
    assert {**hub.tablets[-1], **said} == hub.tablets[-1]


def test_an_alert_sounds_until_somebody_has_it_and_the_next_one_sounds_again(
    hub: FakeHub, page: Page
) -> None:
    page.get_by_role("button", name="Activer le son").click()
    expect(page.get_by_text("Son prêt")).to_be_visible()
    hub.raise_alert("one", "a")
    row = page.locator(".alarm.high")
    expect(row).to_contain_text("MARTIN Jeanne")
    expect(page.locator("[aria-live=assertive]")).to_contain_text("sous la limite de 90")
    wait_for_burst(page, "high")
    row.get_by_role("button", name="Je m\N{RIGHT SINGLE QUOTATION MARK}en occupe").click()
    expect(row).to_contain_text("vous vous en occupez")
    wait_for_burst(page, None)
    hub.raise_alert("two", "b")
    wait_for_burst(page, "high")


def test_a_dead_link_gives_the_red_frame_within_5_s_and_a_living_one_takes_it_away(
    hub: FakeHub, page: Page
) -> None:
    page.get_by_role("button", name="Activer le son").click()
    expect(page.locator(".frame")).to_have_count(0)
    hub.silent = True
    expect(page.locator(".frame")).to_have_count(1)
    expect(page.get_by_text("Cette tablette ne reçoit plus rien")).to_be_visible()
    hub.silent = False
    expect(page.locator(".frame")).to_have_count(0)


def test_nothing_of_a_resident_stays_when_another_is_shown(page: Page) -> None:
    page.locator("[data-resident=a]").click()
    shown = page.locator("vv-resident")
    expect(shown.locator("h1")).to_have_text("MARTIN Jeanne")
    expect(shown.locator("vv-curve")).to_have_count(1)
    page.evaluate("window.before = document.querySelector('vv-ward').shadowRoot.querySelector('vv-resident')")
    page.goto("/service/resident/b")
    expect(page.locator("vv-resident").locator("h1")).to_contain_text("DURAND")
    page.evaluate("window.before = document.querySelector('vv-ward').shadowRoot.querySelector('vv-resident')")
    page.evaluate(
        "history.pushState(null, '', '/service/resident/a'); dispatchEvent(new PopStateEvent('popstate'))"
    )
    expect(page.locator("vv-resident").locator("h1")).to_have_text("MARTIN Jeanne")
    assert page.evaluate("window.before.isConnected") is False
    assert page.evaluate("window.before.history") is None
    expect(page.locator("vv-resident")).not_to_contain_text("71")


def test_a_name_is_text_and_never_markup(page: Page) -> None:
    expect(page.locator("[data-resident=b] .name")).to_have_text("<B>DURAND</B> Jeanne")


def test_the_ward_can_be_used_by_keyboard(page: Page) -> None:
    expect(page.locator("[data-resident=b]")).to_be_visible()
    page.locator("[data-resident=b]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("vv-resident")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("[data-resident=b]")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Raccourcis du clavier")).to_be_visible()
