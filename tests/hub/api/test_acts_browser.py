"""A resident's timeline and acts in Debian's Chromium: from an alarm to a téléconsultation, nothing typed twice."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import ROOT
from tests.hub.api.conftest import RESIDENT, Home
from tests.hub.api.test_acts import alert_of

CHROMIUM = Path("/usr/bin/chromium")
AXE = ROOT / "dashboards" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
  ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target }) => target.flat().join(" ")).join("; ")}`)"""
SHOTS = os.environ.get("VEILLEUSE_SHOTS")
"Folder into which pictures are put, for documents."
SOON = 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("home", [True], indirect=True),
]


@asynccontextmanager
async def page_of(browser: Browser, home: Home, who: str, errors: list[str]) -> AsyncIterator[Page]:
    client = await home.signed_in(who)
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="fr-FR",
        timezone_id="Europe/Paris",
        base_url=home.url,
        reduced_motion="reduce",
    )
    context.set_default_timeout(SOON)
    cookies: list[Any] = [{"name": k, "value": v, "url": home.url} for k, v in client.cookies.items()]
    await context.add_cookies(cookies)
    await context.add_init_script(path=AXE)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()


async def shot(page: Page, name: str) -> None:
    if SHOTS is not None:
        await page.screenshot(path=Path(SHOTS) / f"actes-{name}.png", full_page=True)


async def accessible(page: Page) -> None:
    """Look by day and by night."""
    for _ in range(2):
        assert await page.evaluate(RUN) == []
        await page.keyboard.press("t")


async def test_an_alarm_becomes_a_consultation_and_nothing_is_typed_twice(home: Home) -> None:
    nurse = await home.signed_in("ines")
    await alert_of(home, nurse)
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with page_of(browser, home, "ines", errors) as page:
            await asks_for_help(page)
            address = page.url
        async with page_of(browser, home, "benali", errors) as page:
            await guides_and_sees(page, address)
        await browser.close()
    assert errors == []


async def asks_for_help(page: Page) -> None:
    await page.goto(f"/actes/{RESIDENT}")
    await expect(page.get_by_role("heading", name="MARTIN Jeanne")).to_be_visible(timeout=SOON)
    await page.locator("[data-kind=assistance]").click()
    # The alarm that rings is the reason, unless somebody says otherwise.
    await expect(page.locator("textarea[name=reason]")).to_have_value(re.compile(r"SpO₂ 82"), timeout=SOON)
    await expect(page.get_by_role("checkbox")).to_be_checked()
    await page.get_by_role("button", name=re.compile("^Ouvrir : Téléassistance")).click()
    await expect(page.locator("[data-state=asked]")).to_be_visible(timeout=SOON)
    await expect(page.get_by_role("img", name=re.compile("^SpO₂, entre 82"))).to_be_visible(timeout=SOON)
    await expect(page.get_by_role("button", name="Commencer")).to_have_count(0)


async def guides_and_sees(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_role("button", name="Commencer").click()
    await page.get_by_role("button", name="Enregistrer").click()
    # Nothing begins without an agreement; who gives it is known already.
    await expect(page.locator("vv-act-form .fault")).to_have_count(1, timeout=SOON)
    await page.get_by_label("oral").check()
    await page.get_by_label("Donné par").fill("Mme Martin")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("[data-state=guiding]")).to_be_visible(timeout=SOON)
    await page.get_by_role("button", name="Noter", exact=True).click()
    await page.get_by_label("Constatation").fill("Lèvres bleues")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".course li").first).to_contain_text("Lèvres bleues", timeout=SOON)
    await page.locator("[data-kind=consultation]").click()
    await expect(page.locator(".opening")).to_contain_text("Cet acte-ci se terminera", timeout=SOON)
    await page.get_by_role("button", name=re.compile("^Ouvrir : Téléconsultation")).click()
    await expect(page.get_by_text("Déjà constaté")).to_be_visible(timeout=SOON)
    await expect(page.get_by_text("Lèvres bleues")).to_be_visible()
    await expect(page.get_by_role("img", name=re.compile("^SpO₂, entre 82"))).to_be_visible(timeout=SOON)
    await accessible(page)
    await shot(page, "un-acte")
    await page.get_by_role("link", name="Parcours").click()
    await expect(page.locator(".going a")).to_have_count(1, timeout=SOON)
    items = page.locator(".day li")
    await expect(items.first).to_contain_text("Téléconsultation", timeout=SOON)
    await accessible(page)
    await shot(page, "parcours")
    await page.locator("[data-group=alert]").click()
    await expect(items).to_have_count(1, timeout=SOON)
    await expect(items.first).to_contain_text("SpO₂ 82")
