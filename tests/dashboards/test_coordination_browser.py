"""The coordinator's page in Debian's Chromium, against a real hub whose past is on its disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.occurrences import Occurrence
from devices.wire.messages import Verdict
from hub import provisioning
from hub.alerting.model import Alert, Changes, Code, Condition, Event, Response, Transition
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.config import BrokerSettings, Http, HubConfig
from hub.store import journal, records, verdicts
from hub.store.records import Prescription, Resident, Room
from hub.store.verdicts import DifferenceRecord

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery staple"
HOUR = 3600 * SECOND
PEOPLE = {"claire": "coordinator", "benali": "physician", "ines": "nurse"}
NAMES = [
    "Martin",
    "Bernard",
    "Thomas",
    "Petit",
    "Robert",
    "Richard",
    "Durand",
    "Dubois",
    "Moreau",
    "Laurent",
    "Simon",
    "Michel",
    "Lefebvre",
    "Leroy",
    "Roux",
    "David",
    "Bertrand",
    "Morel",
    "Fournier",
    "Girard",
    "Bonnet",
]
LOUD = (
    (Code.LIMIT_LOW, "spo2", 8),
    (Code.LIMIT_HIGH, "pulse_rate", 3),
    (Code.BED_EXIT, "", 4),
    (Code.NURSE_CALL, "", 6),
    (Code.PROBE_OFF, "", 3),
    (Code.SENSOR_SILENT, "", 2),
    (Code.FALL, "", 1),
)
WATCH_CSP = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]


def spo2(who: str) -> Limit:
    return Limit(f"{who}-spo2", "spo2", Priority.HIGH, low=88.0, delay=10.0, hysteresis=1.0)


class Home:
    """A hub with its pages and as many residents as the test wants, on an event loop of its own."""

    def __init__(self, folder: Path, residents: int) -> None:
        self.folder, self.residents = folder, residents
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="home")
        self._thread.start()
        self.call(self._start)

    def call(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work(*arguments), self._loop).result(60)

    def stop(self) -> None:
        self.call(self._stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        data = self.folder / "hub"
        provisioning.initialise(data, "Les Tilleuls")
        database = provisioning.open_database(provisioning.DataDirectory(data))
        now = SystemClock().utc()
        with database.write() as connection:
            for number in range(self.residents):
                provisioning.add_room(connection, Room(f"{number}", f"Chambre {number + 1}"), "test", now)
                family = NAMES[number % len(NAMES)] if number else "<b>Martin</b>"
                person = Resident(f"r{number}", family, "Jeanne", 1930 + number % 15, now)
                records.add_resident(connection, person)
                records.move_resident(connection, person.id, f"{number}", now - 100 * 24 * HOUR)
                limit = Prescription(spo2(person.id), person.id, "benali", "usual", now - 50 * 24 * HOUR)
                records.prescribe(connection, limit)
        database.close()
        self.hub = Hub(HubConfig(data, Http(port=0), BrokerSettings(port=0)))
        for name, role in PEOPLE.items():
            password = Passwords().hash(PASSWORD)
            self.hub.accounts.add_user(User(name, name.title(), role, password, disabled=False, created=0))
        await self.hub.start()

    async def _stop(self) -> None:
        await self.hub.stop()

    @property
    def url(self) -> str:
        return self.hub.url

    def ring(self, *, seed: int, days: int, count: int) -> None:
        """Let the past have rung: a few residents most, by day more than by night."""
        random, now = Random(seed), SystemClock().utc()
        alerts: dict[str, Alert] = {}
        steps: list[Transition] = []
        for number in range(count):
            code, metric, _ = random.choices(LOUD, [weight for _, _, weight in LOUD])[0]
            who = f"r{min(int(random.expovariate(3 / self.residents)), self.residents - 1)}"
            raised = now - int(random.uniform(0.01, days) * 24 * HOUR)
            answered = random.random() < 0.7
            alert = Alert(
                id=f"past-{number}",
                code=code,
                priority=Priority.MEDIUM,
                edge="past",
                resident=who,
                onset=raised - 10 * SECOND,
                raised=raised,
                metric=metric or None,
                limit_id=f"{who}-spo2" if metric == "spo2" else None,
                cleared=raised + int(random.uniform(20, 900)) * SECOND,
                condition=Condition.CLEARED,
                response=Response.ACKNOWLEDGED if answered else Response.UNACKNOWLEDGED,
            )
            alerts[alert.id] = alert
            steps.append(Transition(alert.id, 1, raised, Event.RAISED, "veilleuse"))
            if answered:
                wait = int(random.expovariate(1 / 90)) * SECOND
                steps.append(Transition(alert.id, 2, raised + wait, Event.TAKEN, "ines"))
        with self.hub.core.database.write() as connection:
            journal.save_changes(connection, Changes(alerts, steps))

    def differ(self) -> None:
        """Let the room of r0 have judged otherwise."""
        now = SystemClock().utc()
        onset = now - 2 * HOUR
        theirs = Verdict(
            "r0-spo2",
            "ox",
            "spo2",
            onset,
            onset,
            bound=88.0,
            worst=84.0,
            cleared=onset + 90 * SECOND,
            rang=True,
        )
        ours = Occurrence(
            spo2("r0"), "ox", onset + 40 * SECOND, onset + 50 * SECOND, "low", 84.0, onset + 90 * SECOND
        )
        told, judged = (msgspec.json.encode(side).decode() for side in (theirs, ours))
        rows = [
            DifferenceRecord("edge-0", "r0-spo2", onset, "other_onset", "r0", now, told, judged),
            DifferenceRecord("edge-0", "r0-spo2", onset - HOUR, "edge_only", "r0", now - 1, told, ""),
            DifferenceRecord("edge-0", "r0-spo2", onset - 9 * HOUR, "hub_only", "r1", now - 2, "", judged),
        ]
        with self.hub.core.database.write() as connection:
            verdicts.save_differences(connection, rows)


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    made = Home(tmp_path, getattr(request, "param", 21))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(browser: Browser, home: Home, who: str, **more: Any) -> Page:
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "fr-FR"} | more
    context = browser.new_context(base_url=home.url, **options)
    context.add_init_script(WATCH_CSP)
    page = context.new_page()
    page.goto("/connexion")
    page.fill("input[name=username]", who)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    return page


def inside(page: Page) -> Any:
    return page.locator("vv-coordination")


@pytest.fixture
def page(browser: Browser, home: Home) -> Iterator[Page]:
    page = signed_in(browser, home, "claire")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.wait_for_url("**/coordination")
    yield page
    assert page.evaluate("window.violations") == []
    assert errors == []
    page.context.close()


def test_a_home_in_which_nothing_rang_says_so(page: Page) -> None:
    expect(page.get_by_role("heading", name="Aucune alarme sur cette période.")).to_be_visible()
    page.get_by_role("link", name="Écarts").click()
    expect(page.get_by_role("heading", name="Aucun écart.")).to_be_visible()
    page.get_by_role("link", name="À signer").click()
    expect(
        page.get_by_role("heading", name="Rien n\N{RIGHT SINGLE QUOTATION MARK}attend de signature.")
    ).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Aucun écart.")).to_be_visible()


def test_the_load_is_read_sorted_and_exported(home: Home, page: Page) -> None:
    home.ring(seed=1, days=20, count=400)
    page.reload()
    expect(page.get_by_text("alarme de constantes par résident et par jour")).to_be_visible()
    worst = inside(page).locator(".worst-row")
    expect(worst).to_have_count(3)  # a tenth of 21, rounded up
    expect(page.get_by_text("3 résidents sur 21 font")).to_be_visible()
    heat = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Règle"))
    row = heat.get_by_role("row", name="SpO₂ : sous la limite")
    cells = [int(text) for text in row.get_by_role("cell").all_inner_texts()]
    assert len(cells) == 25
    assert sum(cells[:24]) == cells[24] > 0
    week = cells[24]
    page.get_by_role("button", name="30 jours").click()
    expect(page.get_by_role("button", name="30 jours")).to_have_attribute("aria-pressed", "true")
    expect(row.get_by_role("cell").last).not_to_have_text(str(week))
    everyone = inside(page).locator("table.people")
    everyone.get_by_role("button", name="Trier par Résident").click()
    expect(everyone.get_by_role("columnheader", name="Résident")).to_have_attribute("aria-sort", "ascending")
    names = everyone.locator("tbody th").all_inner_texts()
    assert names == sorted(names)
    assert "<B>MARTIN</B> Jeanne" in names  # text, never markup
    page.keyboard.press("/")
    page.keyboard.type("chambre 12")
    expect(everyone.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Exporter pour un tableur : Tous les résidents").click()
    table = Path(saved.value.path()).read_text("utf-8")
    assert table.startswith("\N{ZERO WIDTH NO-BREAK SPACE}Résident;Chambre;")
    assert len(table.splitlines()) == 22
    expect(page.get_by_role("status").filter(has_text="alarmes-par-resident.csv")).to_be_visible()


def test_in_english_and_by_night(home: Home, page: Page) -> None:
    home.ring(seed=2, days=6, count=60)
    home.differ()
    page.reload()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Alarm load")).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "night")
    page.get_by_role("link", name="Differences 3").click()
    first = inside(page).locator(".difference").first
    expect(first).to_contain_text(
        "Both told of it, but not from the same moment. Apart by 40\N{NO-BREAK SPACE}s."
    )
    expect(first).to_contain_text("the room rang")


def test_figures_that_are_old_say_so(home: Home, page: Page) -> None:
    home.ring(seed=3, days=6, count=60)
    page.reload()
    expect(inside(page).locator("table.heat")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("document.querySelector('vv-coordination').reread()")
    expect(page.get_by_text("Ces chiffres datent")).to_be_visible()
    expect(inside(page).locator("table.heat")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate("document.querySelector('vv-coordination').reread()")
    expect(page.get_by_text("Ces chiffres datent")).to_have_count(0)


def test_a_limit_is_signed_or_refused_where_it_waits(browser: Browser, home: Home, page: Page) -> None:
    nurse = signed_in(browser, home, "ines")
    nurse.wait_for_url("**/service")
    now = SystemClock().utc()
    for who, low in (("r3", 86.0), ("r4", 84.0)):
        order = {"metric": "spo2", "priority": "high", "low": low, "delay": 10.0, "hysteresis": 1.0}
        more = {
            "review": now + 24 * HOUR,
            "end": now + 48 * HOUR,
            "reason": "insuffisance chronique",
            "sign": False,
        }
        answer = nurse.request.post(f"{home.url}/api/v1/residents/{who}/prescriptions", data=order | more)
        assert answer.status == 201, answer.text()
    nurse.context.close()
    page.goto("/coordination/signatures")
    waiting = inside(page).locator(".waiting")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("alarme sous 86")
    expect(waiting.first).to_contain_text("Ines")
    expect(waiting.first).to_contain_text("insuffisance chronique")
    expect(waiting.first).to_contain_text("Demande une seconde personne")
    page.get_by_role("button", name="Refuser pour ROBERT Jeanne").click()
    page.get_by_label("Pourquoi refuser").fill("trop bas pour elle")
    page.get_by_role("button", name="Confirmer le refus").click()
    expect(waiting).to_have_count(1)
    page.get_by_role("button", name="Signer pour PETIT Jeanne").click()
    expect(page.get_by_role("status").filter(has_text="Signé")).to_be_visible()
    # It loosens an urgent limit: one signature of two.
    expect(waiting.first).to_contain_text("une autre personne doit la signer")
    history = page.request.get(f"{home.url}/api/v1/residents/r4/prescriptions").json()
    assert next(paper["status"] for paper in history["papers"]) == "refused"


def test_another_limit_is_tried_on_the_past(home: Home, page: Page) -> None:
    home.ring(seed=1, days=6, count=100)
    page.reload()
    inside(page).locator(".worst-row").first.get_by_role("link", name="En essayer une autre").click()
    page.wait_for_url("**/coordination/essai/*")
    expect(page.get_by_label("Limite en vigueur")).to_contain_text("alarme sous 88")
    page.get_by_role("button", name="Essayer", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("changez une valeur")
    page.get_by_role("textbox", name="Alarme sous").fill("86")
    page.get_by_role("button", name="7 jours").click()
    page.get_by_role("button", name="Essayer", exact=True).click()
    expect(page.get_by_role("heading", name="Ce que cela aurait donné")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Aucune alarme, ni avec la limite en vigueur, ni avec l")).to_be_visible()


def test_it_is_no_page_of_a_nurse(browser: Browser, home: Home) -> None:
    nurse = signed_in(browser, home, "ines")
    nurse.wait_for_url("**/service")
    nurse.goto("/coordination")
    expect(nurse.get_by_text("Votre compte ne donne pas accès à cette page.")).to_be_visible()
    nurse.context.close()
