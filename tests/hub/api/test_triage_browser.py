"""The questionnaire in Debian's Chromium, on the real pages of a real hub: by keyboard and by touch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from devices.clock import SECOND
from tests.hub.acts.triage.asking import SCREEN

CHROMIUM = Path("/usr/bin/chromium")
QUESTIONS = 40
"More than any way through the questionnaire has."

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("home", [True], indirect=True)]


@pytest.fixture
async def page(home: Any) -> AsyncIterator[Page]:
    """The questionnaire of a resident whose oximeter speaks, on a nurse's tablet."""
    home.heartbeat()
    home.measure(("spo2", 98.0, home.now() - 2 * SECOND), ("systolic", 124.0, home.now() - 1500 * SECOND))
    client = await home.signed_in("ines")

    async def measured() -> bool:
        return len((await client.get("/api/v1/residents/jeanne/triage")).json()["values"]) == 2

    await home.until(measured, 40)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="fr-FR", timezone_id="Europe/Paris"
        )
        cookies = [{"name": name, "value": value, "url": home.url} for name, value in client.cookies.items()]
        await context.add_cookies(cookies)
        opened = await context.new_page()
        await opened.goto(f"{home.url}/questionnaire/jeanne")
        await expect(opened.get_by_role("button", name="Oui", exact=True)).to_be_visible()
        yield opened
        await browser.close()


async def step(page: Page, key: str, number: int) -> None:
    """Answer a question of the screen by its key, and wait for the next."""
    await page.keyboard.press(key)
    if number < len(SCREEN):
        await expect(page.get_by_text(f"Question {number + 1} sur 12")).to_be_visible()


async def test_by_keyboard_to_nursing_care_with_the_reasons(home: Any, page: Page) -> None:
    await expect(page.get_by_text("SpO₂ 98")).to_be_visible()
    await expect(page.get_by_text("à reprendre")).to_be_visible()
    await expect(page.get_by_text("Questions non signées")).to_be_visible()
    for number in range(1, len(SCREEN) + 1):
        await step(page, "n", number)
    await page.get_by_role("button", name="Constipation").click()
    verdict = page.get_by_role("heading", name="Soins par l\N{RIGHT SINGLE QUOTATION MARK}infirmier")
    heading = page.locator("section.question h2")
    for _ in range(QUESTIONS):
        await expect(heading.or_(verdict).first).to_be_visible()
        if await verdict.count():
            break
        asked = await heading.inner_text()
        if await page.locator("#typed").count():
            await page.keyboard.press("j")
        else:
            await page.keyboard.press("n")
        await expect(page.locator("section.question h2").get_by_text(asked, exact=True)).to_be_hidden(
            timeout=15_000
        )
    await expect(verdict).to_be_visible()
    await expect(page.get_by_text("Suivez le protocole laxatif", exact=False)).to_be_visible()
    await expect(page.get_by_text("de mémoire, à vérifier").first).to_be_visible()
    await expect(page.get_by_role("link", name="Mesurer maintenant")).to_have_attribute(
        "href", "/tournee/resident/jeanne"
    )
    ines = await home.signed_in("ines")
    [kept] = (await ines.get("/api/v1/residents/jeanne/triages")).json()["items"]
    assert (kept["outcome"], kept["motif"], kept["answers"]["stroke"]) == ("NURSE_CARE", "constipation", "no")


async def test_one_sign_leads_to_the_sheet_for_15_and_nothing_dials(home: Any, page: Page) -> None:
    for number in range(1, 6):
        await step(page, "n", number)
    await page.get_by_role("button", name="Oui", exact=True).click()
    await expect(page.get_by_role("alert").get_by_text("Signe de gravité")).to_be_visible()
    await page.get_by_role("button", name="Conduite à tenir").click()
    await expect(page.get_by_role("heading", name="Appelez le 15")).to_be_visible()
    sheet = page.get_by_role("region", name="Fiche d\N{RIGHT SINGLE QUOTATION MARK}appel du 15")
    for said in (
        "MARTIN Jeanne",
        "Chambre 12",
        "Signes d\N{RIGHT SINGLE QUOTATION MARK}AVC",
        "SpO₂ 98",
        "Veilleuse ne compose jamais",
    ):
        await expect(sheet.get_by_text(said, exact=False).first).to_be_visible()
    await expect(page.get_by_role("link", name="Appeler le 15")).to_have_attribute("href", "tel:15")
    await page.get_by_role("button", name="Orienter autrement").click()
    dialog = page.get_by_role("dialog", name="Orienter autrement")
    await dialog.get_by_role(
        "button", name="Téléconsultation aujourd\N{RIGHT SINGLE QUOTATION MARK}hui"
    ).click()
    await dialog.get_by_role("button", name="Enregistrer").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("écrivez pourquoi")
    await dialog.get_by_role("textbox").fill("Le neurologue vient de le voir")
    await dialog.get_by_role("button", name="Enregistrer").click()
    await expect(page.get_by_text("Décidé par Ines")).to_be_visible()
    ines = await home.signed_in("ines")
    [kept] = (await ines.get("/api/v1/residents/jeanne/triages")).json()["items"]
    assert (kept["outcome"], kept["decided"]) == ("EMERGENCY", "TC_TODAY")
    assert kept["decisions"][0]["reason"] == "Le neurologue vient de le voir"
