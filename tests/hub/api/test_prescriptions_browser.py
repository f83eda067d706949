"""A resident's limits in Debian's Chromium, against a real hub: two people, two browsers, one critical limit."""

from __future__ import annotations

import datetime
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from devices.clock import SECOND
from devices.limits import Limit, Priority
from hub.alerting.rules.model import Profile, RuleSet

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery staple"
RULES = RuleSet(
    "v1",
    {
        "standard": Profile(
            "standard",
            "Standard",
            (
                Limit("spo2-critical", "spo2", Priority.HIGH, low=85.0, delay=10.0),
                Limit("temperature", "temperature", Priority.MEDIUM, high=38.5),
            ),
        )
    },
)
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("home", [True], indirect=True)]


@pytest.fixture
def ruleset() -> RuleSet:
    return RULES


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield made
        await made.close()


async def open_page(browser: Browser, home: Any, username: str, **options: Any) -> Page:
    """Sign in and open the page, at a tablet's size."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": 1280, "height": 800}, timezone_id="Europe/Paris", **options
    )
    page = await context.new_page()
    credentials = {"username": username, "password": PASSWORD}
    answer = await page.request.post(f"{home.url}/api/v1/session", data=credentials)
    assert answer.ok
    await page.goto(f"{home.url}/limites/jeanne")
    await expect(page.get_by_role("heading", name="En vigueur")).to_be_visible()
    return page


async def begin(page: Page, low: str) -> None:
    """Open the form of the SpO2 limit and type a bound."""
    await page.locator("[data-metric=spo2] .limit").get_by_role("button", name="Modifier").click()
    await page.get_by_label("Alerter en dessous de").fill(low)
    await page.get_by_label("Motif", exact=True).fill("cible 88 à 92 %")


async def test_two_people_sign_what_loosens(home: Any, browser: Browser) -> None:
    home.measure(("spo2", 93.0, home.now()))
    doctor = await open_page(browser, home, "benali")
    await begin(doctor, "82")
    await expect(doctor.locator(".comparison")).to_contain_text("la borne passe de 88")
    await doctor.get_by_role("button", name="Signer et demander une 2e signature").click()
    await expect(doctor.locator(".notice")).to_contain_text("Une deuxième personne doit signer")
    waiting = doctor.locator(".paper.waiting")
    await expect(waiting).to_contain_text("il faut maintenant une autre personne")
    await expect(waiting.get_by_role("button", name="Signer", exact=True)).to_have_count(0)
    assert [limit.low for limit in home.writer.directory.limits["jeanne"] if limit.metric == "spo2"] == [88.0]

    coordinator = await open_page(browser, home, "claire")
    await coordinator.locator(".paper.waiting").get_by_role("button", name="Signer", exact=True).click()
    await expect(coordinator.locator("[data-metric=spo2] .limit")).to_contain_text("contresigné par Claire")
    assert [limit.low for limit in home.writer.directory.limits["jeanne"] if limit.metric == "spo2"] == [82.0]


async def test_what_was_asked_can_be_undone_before_the_second_signature(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "benali")
    await begin(page, "80")
    await page.get_by_role("button", name="Signer et demander une 2e signature").click()
    await page.locator(".notice").get_by_role("button", name="Annuler").click()
    await expect(page.locator(".paper.waiting")).to_have_count(0)
    await expect(page.locator(".notice")).to_contain_text("Demande annulée")
    with home.services.database.read() as connection:
        statuses = connection.exec_driver_sql("SELECT status FROM limits ORDER BY proposed").scalars().all()
    assert statuses == ["in_force", "withdrawn"]


async def test_tightening_is_in_force_at_once(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "benali")
    await begin(page, "90")
    await expect(page.locator(".comparison")).to_contain_text(re.compile("n.assouplit rien de critique"))
    await page.get_by_role("button", name="Signer", exact=True).click()
    await expect(page.locator("[data-metric=spo2] .limit")).to_contain_text("90")
    await expect(page.locator("[data-metric=spo2] .limit")).to_contain_text("Prescrit par Benali")


async def test_a_limit_is_prescribed_for_a_later_day_and_cancelled_before_it_comes(
    home: Any, browser: Browser
) -> None:
    page = await open_page(browser, home, "benali")
    await begin(page, "90")
    start = page.get_by_label("À partir du")
    day = datetime.datetime.fromtimestamp(home.now() / SECOND, ZoneInfo("Europe/Paris")).date()
    await start.fill((day - datetime.timedelta(days=1)).isoformat())
    await expect(page.get_by_role("alert").filter(has_text="Cette date est passée")).to_be_visible()
    await expect(page.get_by_role("button", name="Signer", exact=True)).to_be_disabled()
    later = day + datetime.timedelta(days=3)
    await start.fill(later.isoformat())
    await expect(page.locator(".comparison")).to_contain_text(f"à partir du {later:%d/%m/%Y}")
    await expect(page.locator(".comparison")).to_contain_text("Juste avant cette date")
    await page.get_by_role("button", name="Signer", exact=True).click()
    coming = page.locator(".paper.coming")
    await expect(coming).to_contain_text(f"À partir du {later:%d/%m/%Y}")
    await expect(page.locator("[data-metric=spo2] .limit")).to_contain_text("88")
    assert [limit.low for limit in home.writer.directory.limits["jeanne"] if limit.metric == "spo2"] == [88.0]
    await coming.get_by_role("button", name="Annuler cette limite à venir").click()
    await page.get_by_label("Motif").fill("plus nécessaire")
    await page.get_by_role("dialog").get_by_role("button", name="Annuler cette limite à venir").click()
    await expect(coming).to_have_count(0)
    await expect(page.locator(".notice")).to_contain_text("appliquera pas")


async def test_a_mistake_is_said_while_it_is_typed(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "benali")
    await begin(page, "8x")
    field = page.get_by_label("Alerter en dessous de")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert").filter(has_text="pas un nombre")).to_be_visible()
    await expect(page.get_by_role("button", name="Signer", exact=True)).to_be_disabled()
    await field.fill("20")
    await expect(page.get_by_role("alert").filter(has_text="de 35 à 100")).to_be_visible()
    await field.fill("89")
    await expect(page.get_by_role("button", name="Signer", exact=True)).to_be_enabled()


async def test_a_nurse_proposes_with_the_keyboard_alone(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "ines")
    button = page.locator("[data-metric=temperature] .limit").get_by_role("button", name="Modifier")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#form-title")).to_be_focused()
    await page.get_by_label("Alerter au-dessus de").focus()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("38,2")
    await page.get_by_label("Motif", exact=True).focus()
    await page.keyboard.type("infection")
    await expect(page.get_by_role("button", name="Proposer à la signature")).to_be_enabled()
    await page.get_by_role("button", name="Proposer à la signature").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".paper.waiting")).to_contain_text("38,2")
    await expect(page.get_by_role("button", name="Retirer")).to_have_count(0)


async def test_an_expired_one_says_so_and_the_default_is_shown(home: Any, browser: Browser) -> None:
    doctor = await home.signed_in("benali")
    now = home.now()
    body = {"metric": "temperature", "priority": "medium", "high": 37.8, "reason": "fièvre"}
    body |= {"review": now + SECOND, "end": now + 2 * SECOND}
    answer = await doctor.post("/api/v1/residents/jeanne/prescriptions", json=body)
    assert answer.status_code == 201, answer.text

    async def over() -> bool:
        return bool((await doctor.get("/api/v1/residents/jeanne/prescriptions")).json()["expired"])

    await home.until(over, 10.0)
    page = await open_page(browser, home, "benali")
    await expect(page.locator(".paper.expired")).to_contain_text(
        re.compile("La limite par défaut s.applique")
    )
    await expect(page.locator("[data-metric=temperature] .limit")).to_contain_text(
        "la prescription est échue"
    )
    await page.get_by_role("button", name="La limite par défaut convient").click()
    await expect(page.locator(".paper.expired")).to_have_count(0)


async def test_at_twice_the_size_nothing_is_cut_off(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "benali")
    await begin(page, "82")
    await page.set_viewport_size({"width": 640, "height": 400})
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    small = await page.evaluate(
        "[...document.querySelector('vv-limits').shadowRoot.querySelectorAll('main button, main a, .choice')]"
        ".filter((each) => each.getBoundingClientRect().height < 56).length"
    )
    assert small == 0
