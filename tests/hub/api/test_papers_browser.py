"""A resident's papers in Debian's Chromium, against a real hub: typed once, read out, made, signed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from hub.api.services import PaperDesk
from hub.notify.papers_config import PapersSettings
from hub.paperwork import Paperwork

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery staple"
PATIENCE = 60_000
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("home", [True], indirect=True)]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield made
        await made.close()


async def test_the_sheet_follows_what_is_typed_and_a_paper_is_signed(home: Any, browser: Browser) -> None:
    services = home.services
    parts = (services.database, services.timeseries, services.live.ward, services.accounts, services.clock)
    settings = PapersSettings(phone="02 40 00 00 00")
    object.__setattr__(services, "papers", PaperDesk(Paperwork(*parts, settings)))
    home.measure(("spo2", 84.0, home.now()), ("pulse_rate", 118.0, home.now()))
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    session = {"username": "ines", "password": PASSWORD}
    assert (await page.request.post(f"{home.url}/api/v1/session", data=session)).ok
    await page.goto(f"{home.url}/documents/jeanne")
    script = page.locator(".spoken")
    await expect(script).to_contain_text("Rappel\u00a0: 02 40 00 00 00")
    await expect(script).to_contain_text("motif non renseigné")
    await page.get_by_label(re.compile("^Motif de l.appel")).fill("essoufflement brutal")
    await expect(script).to_contain_text("essoufflement brutal")
    await expect(page.get_by_text("Aucun opérateur de messagerie sécurisée")).to_be_visible()
    # By keyboard: it works without a finger, and nothing that moves on the page comes in between.
    await page.get_by_role("button", name="Dossier de liaison (PDF)").press("Enter")
    link = page.get_by_role("link", name="Ouvrir le PDF : Dossier de liaison")
    await expect(link).to_be_visible()
    file = await page.request.get(f"{home.url}{await link.get_attribute('href')}")
    assert (await file.body()).startswith(b"%PDF-1.4")
    await page.get_by_role("button", name="Signer : Dossier de liaison").click()
    await expect(page.get_by_text("Signé par Ines")).to_be_visible()
    await expect(page.get_by_role("button", name="Signer : Dossier de liaison")).to_have_count(0)
    await context.close()
