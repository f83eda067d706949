"""The agenda in Debian's Chromium: slots given, one booked for who waits, a review written, a reoriented one looked at again."""

from __future__ import annotations

import datetime
import re
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from devices.clock import to_datetime
from tests.hub.api.conftest import Home
from tests.hub.api.test_acts import ADMIT, alert_of, does, opened
from tests.hub.api.test_acts_browser import CHROMIUM, accessible, page_of, shot
from tests.hub.api.test_review import watched

PARIS = ZoneInfo("Europe/Paris")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("home", [True], indirect=True),
]


async def reoriented(nurse: httpx.AsyncClient, physician: httpx.AsyncClient) -> dict[str, Any]:
    act = await does(nurse, await opened(nurse, "consultation", reason="Douleur du mollet"), "admit", **ADMIT)
    act = await does(physician, act, "begin")
    return await does(physician, act, "reorient", "Palpation nécessaire", reoriented_to="visit")


async def test_slots_are_given_and_booked_and_what_is_done_is_looked_at_again(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    followed = await watched(home, nurse, physician)
    await alert_of(home, nurse)
    await reoriented(nurse, physician)
    await opened(nurse, "consultation", reason="Contrôle de la toux")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with page_of(browser, home, "benali", errors) as page:
            await gives(page, home)
            await reviews(page, followed["head"]["id"])
        async with page_of(browser, home, "ines", errors) as page:
            await books(page)
        async with page_of(browser, home, "claire", errors) as page:
            await looks_again(page)
        await browser.close()
    assert errors == []


async def gives(page: Page, home: Home) -> None:
    await page.goto("/agenda/creneaux")
    tomorrow = to_datetime(home.now()).astimezone(PARIS).date() + datetime.timedelta(days=1)
    await page.get_by_label("Date").fill(tomorrow.isoformat())
    await page.get_by_label("Premier créneau").fill("14:00")
    await page.get_by_label("Combien à la suite").fill("2")
    await page.get_by_role("button", name="Ouvrir ces créneaux").click()
    await expect(page.locator(".slot")).to_have_count(2)
    await expect(page.get_by_text("2 créneaux sont ouverts.")).to_be_visible()
    await page.get_by_role("button", name="Créer un lien").click()
    await expect(page.get_by_label("Lien du calendrier")).to_have_value(
        re.compile(r"/api/v1/calendars/.+\.ics")
    )
    await accessible(page)
    await shot(page, "agenda-creneaux")


async def reviews(page: Page, act: str) -> None:
    await page.goto(f"/agenda/suivi/{act}")
    await expect(page.get_by_role("heading", name="Ce qui a été fait")).to_be_visible()
    await expect(page.locator("vv-curve")).to_have_count(1)
    await accessible(page)
    await shot(page, "agenda-suivi")
    await page.get_by_label("Ce qui est constaté").fill("Stable, même traitement")
    await page.get_by_role("button", name="Enregistrer la réévaluation").click()
    await expect(page.get_by_text("La réévaluation est enregistrée.")).to_be_visible()
    await expect(page.get_by_text("Stable, même traitement")).to_be_visible()


async def books(page: Page) -> None:
    await page.goto("/agenda/creneaux")
    await page.get_by_role("button", name="Réserver le créneau").first.click()
    waiting = page.get_by_label("Pour qui").locator("option", has_text="Contrôle de la toux")
    await page.get_by_label("Pour qui").select_option(value=await waiting.get_attribute("value"))
    await accessible(page)
    await shot(page, "agenda-reserver")
    await page.get_by_role("button", name="Réserver ce créneau").click()
    await expect(page.locator(".slot.taken")).to_have_count(1)
    await page.get_by_role("link", name="Qui attend quoi").click()
    row = page.locator(".row", has_text="Contrôle de la toux")
    await expect(row).to_contain_text("prévue")
    await expect(row).to_contain_text("Benali")
    await accessible(page)
    await shot(page, "agenda")


async def looks_again(page: Page) -> None:
    await page.goto("/agenda/reorientees")
    card = page.locator("li.panel")
    await expect(card).to_contain_text("Palpation nécessaire")
    # First: in a field the key of the theme is a letter.
    await accessible(page)
    await card.get_by_role("textbox", name=re.compile("faut en retenir")).fill(
        "Demander la palpation avant la visio"
    )
    await shot(page, "agenda-reorientees")
    await card.get_by_role("button", name="Marquer comme relue").click()
    await expect(card).to_contain_text("Relue")
    await expect(page.get_by_text("Toutes sont relues.")).to_be_visible()
