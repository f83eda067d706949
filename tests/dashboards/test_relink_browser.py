"""At night, alone: a nurse says whose the waiting sensors are. Debian's Chromium, a real hub, edge and virtual radio."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from devices.clock import SystemClock
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.wire.enrolment import Invitation
from edge.app import Edge
from edge.config import load
from edge.enrol import enrol
from hub import provisioning
from hub.store import records, sensors
from hub.store.records import Resident, Room
from tests.dashboards.homes import PASSWORD, HubHome, chromium, sign_in, tablet
from tests.edge.pump import Pump

STRAP, OXIMETER = "F1:00:00:00:00:01", "F1:00:00:00:00:02"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
SOON = 60_000
"Milliseconds; patience with a busy machine."

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]


class Home(HubHome):
    """A hub with its pages, room 12 with its device, and a strap and an oximeter on Jeanne Martin."""

    async def begin(self) -> None:
        air = Radio()
        self._hci = await HciServer.start(air)
        source = Source(Subject("p", Patient(1)))
        self._worn = [HeartRateStrap("strap", source, air, STRAP), PulseOximeter("ox", source, air, OXIMETER)]
        for each in self._worn:
            await each.start()
        self._pump = Pump(*self._worn, pause=0.1)
        self.client = httpx.AsyncClient(base_url=self.hub.url, timeout=20)
        await self.client.post("/api/v1/session", json={"username": "tom", "password": PASSWORD})
        offer = (await self.client.post("/api/v1/enrolments", json={"room": "12"})).json()
        path = self.folder / "device" / "edge.toml"
        await asyncio.to_thread(enrol, Invitation.parse(offer["uri"]), path)
        with path.open("a") as file:
            file.write(f'\n[ble]\nbackend = "bumble"\nhci = "tcp-client:127.0.0.1:{self._hci.port}"\n')
        self._edge = Edge(load(path))
        await self._edge.start()
        self.edge = offer["enrolment"]["edge"]
        for protocol, address in (("heart-rate", STRAP), ("pulse-oximeter", OXIMETER)):
            order = {"protocol": protocol, "address": address, "resident": "r12"}
            answer = await self.client.post(f"/api/v1/edges/{self.edge}/sensors", json=order)
            assert answer.status_code == 200, answer.text

    def furnish(self, database: Any) -> None:
        now = SystemClock().utc()
        with database.write() as connection:
            provisioning.add_room(connection, Room("12", "Chambre 12"), "test", now)
            jeanne = Resident("r12", "Martin", "Jeanne", 1932, now)
            provisioning.add_resident(connection, jeanne, "12", "test", now)
            for key, family, given in (("next", "Roux", "Simone"), ("third", "Petit", "Luc")):
                provisioning.add_resident(
                    connection, Resident(key, family, given, 1934, now), None, "test", now
                )

    def provision(self, work: Callable[[Any, int], None]) -> None:
        """Change the records as `veilleuse hub` does, beside the running hub."""
        database = provisioning.open_database(self.data)
        with database.write() as connection:
            work(connection, SystemClock().utc())
        database.close()

    def lives(self, resident: str, *, instead_of: str) -> None:
        def swap(connection: Any, now: int) -> None:
            provisioning.move_resident(connection, instead_of, None, "test", now)
            provisioning.move_resident(connection, resident, "12", "test", now)

        self.provision(swap)

    def given(self) -> int:
        """Return when the sensors became somebody's again."""
        with self.hub.core.database.read() as connection:
            return min(made.since for made in sensors.assignments(connection, running=True))

    def newest(self, resident: str) -> int:
        """Return when the newest reading was taken that is kept under a resident."""
        return max(latest.time for latest in self.hub.core.timeseries.latest(resident))

    def owners(self) -> set[str]:
        with self.hub.core.database.read() as connection:
            return {made.resident for made in sensors.assignments(connection, running=True)}

    def audited(self) -> list[tuple[str, str, str]]:
        with self.hub.core.database.read() as connection:
            found = [e for e in records.audit_log(connection) if e.actor == "ines" and "assign" in e.action]
        return sorted((entry.actor, entry.action, entry.detail) for entry in found)

    async def assign_as_technician(self, resident: str) -> None:
        order = {"resident": resident, "sensors": ["heart-rate"]}
        answer = await self.client.post(f"/api/v1/edges/{self.edge}/assignments", json=order)
        assert answer.status_code == 200, answer.text

    async def end(self) -> None:
        await self.client.aclose()
        await self._edge.stop()
        await self._pump.end()
        for each in self._worn:
            await each.stop()
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
    return sign_in(tablet(browser, home), who)


@pytest.fixture
def page(browser: Browser, home: Home) -> Iterator[Page]:
    page = signed_in(browser, home, "ines")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    tile = page.locator("[data-resident='r12']")
    expect(tile.locator(".value b").first).to_contain_text(re.compile(r"\d"), timeout=SOON)
    home.lives("next", instead_of="r12")
    expect(page.locator("[data-alert]")).to_contain_text("Capteurs à réattribuer", timeout=SOON)
    expect(page.locator("[data-resident='next']")).not_to_contain_text(re.compile(r"\d{2,}\s*%"))
    yield page
    assert errors == []
    page.context.close()


def test_two_taps_and_the_values_are_the_new_residents(browser: Browser, home: Home, page: Page) -> None:
    assert home.owners() == set()
    page.get_by_role("button", name="Ce sont les capteurs de ROUX Simone").click()
    sheet = page.get_by_role("dialog", name="Relier ces 2 capteurs à ROUX Simone, chambre 12 ?")
    expect(sheet.locator("label")).to_have_count(2)
    expect(sheet).to_contain_text("La ceinture cardiaque")
    expect(sheet.locator("small").first).to_contain_text("dernière mesure")
    sheet.get_by_role("button", name="Tout relier").click()
    expect(
        page.get_by_role("status").filter(has_text="sont reliés à ROUX Simone, chambre 12.")
    ).to_be_visible()
    expect(page.locator("[data-alert]").filter(has_text="Capteurs à réattribuer")).to_have_count(
        0, timeout=SOON
    )
    tile = page.locator("[data-resident='next']")
    expect(tile.locator(".value b").first).to_contain_text(re.compile(r"\d"), timeout=SOON)
    assert home.owners() == {"next"}
    assert home.newest("r12") < home.given(), "nothing of it became Jeanne's"
    assert home.audited() == [("ines", "assign sensor", "resident next, occupant_changed")] * 2
    # Jeanne is in another room now: her page shows nothing of what her old sensors measure.
    home.provision(
        lambda connection, now: provisioning.add_room(connection, Room("4", "Chambre 4"), "test", now)
    )
    home.provision(lambda connection, now: provisioning.move_resident(connection, "r12", "4", "test", now))
    expect(page.locator("[data-resident='r12']")).to_be_visible(timeout=SOON)
    page.locator("[data-resident='r12']").click()
    expect(page.get_by_role("heading", name="MARTIN Jeanne")).to_be_visible()
    expect(page.locator("vv-resident .rest")).not_to_contain_text("La ceinture cardiaque")
    assert home.newest("r12") < home.given() <= home.newest("next")


def test_one_of_two_on_the_residents_page_and_taken_back(home: Home, page: Page) -> None:
    page.locator("[data-resident='next']").click()
    expect(page.get_by_text("2 capteurs attendent de savoir à qui ils sont.")).to_be_visible()
    name = f"La ceinture cardiaque : c{APOSTROPHE}est le capteur de ROUX Simone"
    # By keyboard alone.
    page.get_by_role("button", name=re.compile(name.replace(" :", r"\s:"))).focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Relier la ceinture cardiaque à ROUX Simone, chambre 12 ?")
    yes = sheet.get_by_role("button", name="Relier")
    expect(yes).to_be_enabled()
    yes.focus()
    page.keyboard.press("Enter")
    said = page.get_by_role("status").filter(has_text="La ceinture cardiaque est reliée à ROUX Simone")
    expect(said).to_be_visible()
    expect(page.get_by_text("1 capteur attend de savoir à qui il est.")).to_be_visible(timeout=SOON)
    said.get_by_role("button", name="Délier").click()
    expect(page.get_by_role("status").filter(has_text="La ceinture cardiaque est déliée")).to_be_visible()
    expect(page.get_by_text("2 capteurs attendent de savoir à qui ils sont.")).to_be_visible(timeout=SOON)
    assert home.owners() == set()
    assert ("ines", "undo assignment", "resident next, undone") in home.audited()


def test_somebody_else_moves_in_while_the_sheet_is_open(home: Home, page: Page) -> None:
    page.get_by_role("button", name="Ce sont les capteurs de ROUX Simone").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Tout relier")).to_be_enabled()
    home.lives("third", instead_of="next")
    expect(sheet.get_by_role("alert")).to_contain_text("a changé entre-temps", timeout=SOON)
    expect(sheet.get_by_role("button", name="Relier")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("button", name="Ce sont les capteurs de PETIT Luc")).to_be_visible(timeout=SOON)
    assert home.owners() == set()


def test_the_hub_does_not_answer_and_somebody_else_was_first(home: Home, page: Page) -> None:
    page.get_by_role("button", name="Ce sont les capteurs de ROUX Simone").click()
    sheet = page.get_by_role("dialog")
    page.route("**/assignments", lambda route: route.abort())
    sheet.get_by_role("button", name="Tout relier").click()
    expect(sheet.get_by_role("alert")).to_contain_text(
        "Le service ne répond pas : rien n\N{RIGHT SINGLE QUOTATION MARK}est confirmé"
    )
    page.unroute("**/assignments")
    home.call(home.assign_as_technician, "next")
    sheet.get_by_role("button", name="Réessayer").click()
    expect(sheet.get_by_role("alert")).to_contain_text(f"tom l{APOSTROPHE}a déjà fait")
    assert home.audited() == []


def test_a_physician_sees_the_notice_and_no_button(browser: Browser, home: Home, page: Page) -> None:
    expect(page.locator("[data-relink]")).to_have_count(1)
    physician = signed_in(browser, home, "benali")
    physician.wait_for_url(lambda url: "connexion" not in url)
    physician.goto("/service")
    expect(physician.locator("[data-alert]")).to_contain_text("Capteurs à réattribuer", timeout=SOON)
    expect(physician.locator("[data-relink]")).to_have_count(0)
    physician.context.close()
