"""The technician's page in Debian's Chromium, against a real hub, a real edge and the virtual radio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from devices.clock import SystemClock
from devices.simulators.ble_broadcast import ClimateBeacon
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.wire.enrolment import Invitation
from edge.app import Edge
from edge.config import load
from edge.enrol import enrol
from hub import provisioning
from hub.store import records
from hub.store.records import Resident, Room
from tests.dashboards.homes import PASSWORD, HubHome, chromium, sign_in, tablet
from tests.edge.pump import Pump

STRAP = "F1:00:00:00:00:01"
CLIMATE = "A4:C1:38:00:00:07"
KEY = "231d39c1d7cc1ab1aee224cd096db932"

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]


class Home(HubHome):
    """A hub with its pages, one enrolled edge and a strap on the air."""

    async def begin(self) -> None:
        self.edges: list[Edge] = []
        air = Radio()
        self._hci = await HciServer.start(air)
        self._strap = HeartRateStrap("strap", Source(Subject("p", Patient(1))), air, STRAP)
        await self._strap.start()
        self._beacon = ClimateBeacon("air", Source(Subject("p", Patient(1))), air, CLIMATE, every=1.0)
        self._beacon.key = bytes.fromhex(KEY)
        await self._beacon.start()
        self._pump = Pump(self._strap, self._beacon, pause=0.1)
        async with httpx.AsyncClient(base_url=self.hub.url, timeout=20) as client:
            await client.post("/api/v1/session", json={"username": "tom", "password": PASSWORD})
            offer = (await client.post("/api/v1/enrolments", json={"room": "12"})).json()
        await self.run_edge(offer["uri"])

    def furnish(self, database: Any) -> None:
        now = SystemClock().utc()
        with database.write() as connection:
            for number, family, given in (("12", "Martin", "Jeanne"), ("4", "<b>Durand</b>", "Paul")):
                provisioning.add_room(connection, Room(number, f"Chambre {number}"), "test", now)
                person = Resident(f"r{number}", family, given, 1932, now)
                provisioning.add_resident(connection, person, number, "test", now)

    async def run_edge(self, uri: str) -> None:
        """Enrol a device, and start it."""
        path = self.folder / f"device{len(self.edges)}" / "edge.toml"
        await asyncio.to_thread(enrol, Invitation.parse(uri), path)
        with path.open("a") as file:
            file.write(f'\n[ble]\nbackend = "bumble"\nhci = "tcp-client:127.0.0.1:{self._hci.port}"\n')
        edge = Edge(load(path))
        await edge.start()
        self.edges.append(edge)

    async def move(self, resident: str, room: str | None) -> None:
        now = SystemClock().utc()
        change = self.hub.core.writer.change(lambda c: records.move_resident(c, resident, room, now))
        await asyncio.wrap_future(change)

    async def stop_edge(self) -> None:
        await self.edges.pop().stop()

    async def end(self) -> None:
        for edge in self.edges:
            await edge.stop()
        await self._pump.end()
        await self._strap.stop()
        await self._beacon.stop()
        await self._hci.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def signed_in(browser: Browser, home: Home, who: str) -> Page:
    return sign_in(tablet(browser, home, height=900), who)


@pytest.fixture
def page(browser: Browser, home: Home) -> Iterator[Page]:
    page = signed_in(browser, home, "tom")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.wait_for_url("**/technicien")
    yield page
    assert page.evaluate("window.violations") == []
    assert errors == []
    page.context.close()


def test_from_a_scan_to_the_ward_and_back_with_undo(browser: Browser, home: Home, page: Page) -> None:
    page.locator("[data-room='12']").click()
    expect(page.get_by_role("heading", name="Chambre 12")).to_be_visible()
    expect(page.get_by_text("Le boîtier répond.")).to_be_visible()
    page.get_by_role("button", name="Rechercher des capteurs").click()
    row = page.locator(f"[data-candidate='{STRAP}']")
    expect(row).to_contain_text("La ceinture cardiaque")
    expect(page.get_by_role("progressbar")).to_be_visible()
    row.get_by_role("button", name="Essayer").click()
    expect(row.locator(".trial dl")).to_contain_text("/min")
    expect(row).to_contain_text("Rien n\N{RIGHT SINGLE QUOTATION MARK}est enregistré")
    assert home.hub.live.ward.values("r12") == []
    row.get_by_role("button", name="Relier…").click()
    question = page.get_by_role("dialog", name="Relier la ceinture cardiaque à MARTIN Jeanne")
    expect(question).to_contain_text("Chambre 12")
    question.get_by_role("button", name="Relier à MARTIN Jeanne").click()
    linked = page.locator("[data-sensor='heart-rate']")
    expect(linked).to_contain_text("Reliée à MARTIN Jeanne")
    expect(linked).to_contain_text("Parle, dernière mesure")
    ward = signed_in(browser, home, "ines")
    tile = ward.locator("[data-resident='r12']")
    expect(tile.locator(".value b").first).to_contain_text("7")
    ward.context.close()
    linked.get_by_role("button", name="Délier").click()
    page.get_by_role("dialog", name="Délier la ceinture").get_by_role("button", name="Délier").click()
    expect(linked).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="La ceinture cardiaque est déliée.")).to_be_visible()
    page.get_by_role("button", name="Annuler", exact=True).click()
    expect(linked).to_contain_text("Reliée à MARTIN Jeanne")


def test_a_sensor_that_encrypts_asks_for_its_key_and_says_when_it_does_not_fit(
    home: Home, page: Page
) -> None:
    page.locator("[data-room='12']").click()
    page.get_by_role("button", name="Rechercher des capteurs").click()
    row = page.locator(f"[data-candidate='{CLIMATE}']")
    field = row.get_by_label("Clé du capteur")
    expect(field).to_be_visible()
    attempt = row.get_by_role("button", name="Essayer")
    attempt.click()
    expect(row).to_contain_text("Ce capteur chiffre ses mesures : donnez sa clé")
    row.get_by_role("button", name="Arrêter").click()
    field.fill("bonjour")
    expect(row.get_by_role("alert")).to_contain_text(
        "Une clé n\N{RIGHT SINGLE QUOTATION MARK}a que des chiffres"
    )
    expect(attempt).to_be_disabled()
    field.fill("0" * 31)
    expect(row).to_contain_text("31 caractères sur 32.")
    expect(attempt).to_be_disabled()
    field.fill("0" * 32)
    attempt.click()
    expect(row).to_contain_text("La clé ne convient pas à ce capteur")
    row.get_by_role("button", name="Arrêter").click()
    field.fill(KEY.upper())
    attempt.click()
    expect(row.locator(".trial dl")).to_contain_text("Humidité")
    row.get_by_role("button", name="Relier…").click()
    question = page.get_by_role("dialog", name="Relier le thermomètre d")
    expect(question.get_by_label("Clé du capteur")).to_have_value(KEY.upper())
    expect(question).to_contain_text("donnée par l\N{RIGHT SINGLE QUOTATION MARK}application du fabricant")
    question.get_by_role("button", name="Relier à la chambre").click()
    linked = page.locator("[data-sensor='bthome']")
    expect(linked).to_contain_text("Appartient à la chambre")
    expect(linked).to_contain_text("Parle, dernière mesure")
    assert KEY not in page.content().lower()


def test_a_sensor_waits_after_the_occupant_changed(home: Home, page: Page) -> None:
    page.locator("[data-room='12']").click()
    page.get_by_role("button", name="Rechercher des capteurs").click()
    row = page.locator(f"[data-candidate='{STRAP}']")
    row.get_by_role("button", name="Relier…").click()
    page.get_by_role("button", name="Relier à MARTIN Jeanne").click()
    linked = page.locator("[data-sensor='heart-rate']")
    expect(linked).to_contain_text("Reliée à MARTIN Jeanne")
    home.call(home.move, "r12", None)
    home.call(home.move, "r4", "12")
    expect(linked).to_contain_text("À réattribuer")
    expect(page.locator("[data-room='12']")).to_contain_text("1 à réattribuer")
    linked.get_by_role("button", name="Relier à <B>DURAND</B> Paul").click()
    page.get_by_role("dialog", name="Relier la ceinture").get_by_role("button", name="Relier à").click()
    expect(linked).to_contain_text("Reliée à <B>DURAND</B> Paul")


def test_a_device_is_added_by_a_code_and_appears(home: Home, page: Page) -> None:
    page.get_by_role("button", name="Ajouter un boîtier").first.click()
    dialog = page.get_by_role("dialog", name="Ajouter un boîtier")
    dialog.get_by_label("Pour quelle chambre").select_option("4")
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/enrolments")) as asked:
        dialog.get_by_role("button", name="Préparer le code").click()
    expect(dialog.get_by_role("img", name="Code à scanner pour Chambre 4")).to_be_visible()
    expect(dialog).to_contain_text("Valable encore 14")
    home.call(home.run_edge, asked.value.json()["uri"])
    expect(dialog).to_contain_text("Le boîtier de Chambre 4 est en service.")
    dialog.get_by_role("button", name="Rechercher des capteurs").click()
    expect(page.locator(f"[data-candidate='{STRAP}']")).to_be_visible()


def test_a_silent_device_says_what_to_do_and_cannot_search(home: Home, page: Page) -> None:
    page.locator("[data-room='12']").click()
    expect(page.get_by_text("Le boîtier répond.")).to_be_visible()
    home.call(home.stop_edge)
    expect(page.locator(".device")).to_contain_text("ne répond plus depuis")
    expect(page.get_by_role("button", name="Rechercher des capteurs")).to_be_disabled()
    expect(page.get_by_role("alert")).to_contain_text(
        "une recherche n\N{RIGHT SINGLE QUOTATION MARK}est pas possible"
    )


def test_the_page_is_used_by_keyboard_and_speaks_english(page: Page) -> None:
    expect(page.locator("[data-room='12']")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("durand")
    expect(page.locator("[data-room='12']")).to_have_count(0)
    page.locator("[data-room='4']").focus()
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("Cette chambre n\N{RIGHT SINGLE QUOTATION MARK}a pas de boîtier.")
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-room='4']")).to_be_focused()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Rooms and sensors")).to_be_visible()
    for button in page.get_by_role("button").all():
        assert button.get_attribute("aria-label") or button.inner_text().strip(), "every button has a name"


def test_a_nurse_has_no_access(browser: Browser, home: Home) -> None:
    page = signed_in(browser, home, "ines")
    page.wait_for_url("**/service")
    page.goto("/technicien")
    expect(page.get_by_role("alert")).to_contain_text("Votre compte ne donne pas accès à cette page.")
    page.context.close()
