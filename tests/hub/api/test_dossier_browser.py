"""A resident's dossier in Debian's Chromium, against a real hub: read, written by keyboard, two people at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from hub.acts.directory import Entry
from hub.store import professionals

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery staple"
ADDRESS = "/api/v1/residents/jeanne/dossier"
PATIENCE = 30_000
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("home", [True], indirect=True)]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield made
        await made.close()


async def open_page(browser: Browser, home: Any, username: str) -> Page:
    """Sign in and open the dossier, at a tablet's size."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, timezone_id="Europe/Paris", locale="fr-FR"
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    answer = await page.request.post(
        f"{home.url}/api/v1/session", data={"username": username, "password": PASSWORD}
    )
    assert answer.ok
    await page.goto(f"{home.url}/dossier/jeanne")
    await expect(page.get_by_role("heading", name="Allergies", exact=True, level=2)).to_be_visible()
    return page


async def put(page: Page, home: Any, section: str, body: Any, version: int = 0, reason: str = "") -> None:
    order = {"version": version, "reason": reason, "body": body}
    answer = await page.request.put(f"{home.url}{ADDRESS}/{section}", data=order)
    assert answer.ok, await answer.text()


async def test_a_dossier_is_filled_in_by_keyboard_and_corrected(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "claire")
    first = page.locator("[data-first=allergies]")
    await expect(first).to_contain_text("non renseigné")
    await expect(page.locator(".state-line")).to_contain_text("a encore validé ce dossier")

    await page.get_by_role("button", name="Renseigner : Allergies").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#form-title")).to_be_focused()
    await page.keyboard.press("Tab")
    # A group of answers is walked by arrows.
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.get_by_role("button", name="Ajouter").press("Enter")
    await page.get_by_role("button", name="Enregistrer").press("Enter")
    wrong = page.get_by_label("Substance")
    await expect(wrong).to_be_focused()
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await page.keyboard.type("Pénicilline")
    await page.get_by_label("Gravité").select_option("grave")
    await page.get_by_role("button", name="Enregistrer").press("Enter")
    await expect(first).to_contain_text("Réaction grave")
    await expect(page.locator("[data-section=allergies] .by")).to_contain_text("Renseigné par Claire")

    await page.get_by_role("button", name="Modifier : Allergies").click()
    await page.get_by_label("Réaction").fill("urticaire")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("#refusal")).to_contain_text("Indiquez pourquoi vous corrigez")
    await page.get_by_label("Motif de la correction").fill("précisé par la fille")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("[data-section=allergies] .by")).to_contain_text("Corrigé par Claire")
    await page.get_by_role("button", name="Versions : Allergies").click()
    await expect(page.locator(".versions > li")).to_have_count(2)
    await expect(page.locator(".versions > li").first).to_contain_text("motif : précisé par la fille")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog#versions")).to_be_hidden()


async def test_who_writes_at_the_same_time_loses_nothing(home: Any, browser: Browser) -> None:
    page = await open_page(browser, home, "ines")
    await put(page, home, "usual", {"gir": 4})
    await page.reload()
    await page.get_by_role("button", name="Modifier : État habituel").click()
    await page.get_by_label("Poids").fill("54,5")
    await put(page, home, "usual", {"gir": 3}, 1, "réévalué")
    await page.get_by_label("Motif de la correction").fill("pesée")
    await page.get_by_role("button", name="Enregistrer").click()
    conflict = page.locator("#conflict")
    await expect(conflict).to_be_focused()
    await expect(conflict).to_contain_text("GIR (1 à 6) : 4 → 3")
    await expect(page.get_by_label("Poids")).to_have_value("54,5")
    await expect(page.get_by_role("button", name="Enregistrer")).to_be_disabled()
    await page.get_by_role("button", name="Garder ma saisie").click()
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("[data-section=usual]")).to_contain_text("54,5")
    answer = await page.request.get(f"{home.url}{ADDRESS}/usual/versions")
    assert [each["version"] for each in await answer.json()] == [3, 2, 1]


async def test_a_physician_takes_somebody_of_the_directory_and_validates(home: Any, browser: Browser) -> None:
    def fill() -> None:
        with home.services.database.write() as connection:
            entry = Entry(
                "10002909371", "BENALI", "Samir", "Médecin", "Gériatrie", "Dijon", "sb@a.mssante.fr"
            )
            professionals.save(connection, [entry], 1)

    await asyncio.to_thread(fill)
    page = await open_page(browser, home, "benali")
    await page.get_by_role("button", name="Renseigner : Professionnels").click()
    await page.get_by_label("Chercher dans").fill("benali")
    await page.locator(".found button").click()
    await expect(page.get_by_label("Adresse MSSanté")).to_have_value("sb@a.mssante.fr")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("[data-section=physicians]")).to_contain_text("10002909371")
    await page.get_by_role("button", name="valider le dossier").click()
    await expect(page.locator(".state-line")).to_contain_text("Dossier validé")
    await expect(page.get_by_role("button", name="valider le dossier")).to_have_count(0)
    # The office writes the identity, nobody else.
    await expect(page.get_by_role("button", name="Renseigner : Identité")).to_have_count(0)
