"""Silence, care and out of service in Debian's Chromium, on the real pages of a real hub."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("VEILLEUSE_SHOTS")
"Folder into which pictures of each step are put, for documents."
LOUDEST = "document.querySelector('vv-ward').app.loudspeaker.ring"

COUNTDOWN = re.compile(r"encore\s(?:[01]:[0-5]\d|2:00)")

pytestmark = pytest.mark.browser


@pytest.fixture
async def beating(home: Any) -> AsyncIterator[Any]:
    """A home whose room is heard, and whose resident's saturation is low."""

    async def beat() -> None:
        while True:
            home.heartbeat()
            home.measure(("spo2", 80.0, home.now()), ("pulse_rate", 72.0, home.now()))
            await asyncio.sleep(0.5)

    beats = asyncio.create_task(beat())
    yield home
    beats.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beats


@pytest.fixture
async def page(beating: Any) -> AsyncIterator[Page]:
    ines = await beating.signed_in("ines")
    token = next(iter(ines.cookies.items()))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="fr-FR", base_url=beating.url
        )
        await context.add_cookies([{"name": token[0], "value": token[1], "url": beating.url}])
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto("/service")
        yield page
        assert errors == []
        await browser.close()


async def shot(page: Page, name: str) -> None:
    """Keep a picture by day and by night, if asked."""
    if SHOTS is None:
        return
    for theme in ("day", "night"):
        await page.evaluate(
            "theme => { document.querySelector('vv-ward').app.preferences.theme = theme; document.documentElement.dataset.theme = theme; }",
            theme,
        )
        await page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png")


@pytest.mark.parametrize("home", [True], indirect=True)
async def test_two_taps_silence_an_alert_and_one_ends_it(home: Any, page: Page) -> None:
    row = page.locator("[data-alert]").first
    await row.get_by_role("button", name="Silence 2 min").click()
    await shot(page, "reasons")
    assert await page.evaluate(f"{LOUDEST} !== null"), "it sounds until the second tap"
    await row.get_by_role("button", name="Je suis dans la chambre").click()
    await expect(row).to_contain_text("Son coupé")
    await expect(row).to_contain_text("ines : Je suis dans la chambre")
    await expect(row.locator(".left")).to_have_text(COUNTDOWN)
    await expect(row.get_by_role("button", name=re.compile("Je m.en occupe"))).to_be_visible()
    await home.until(lambda: page.evaluate(f"{LOUDEST} === null"))
    await expect(page.locator('[data-resident="jeanne"] footer')).to_contain_text("SpO₂ 80")
    await expect(page.locator(".quiets summary")).to_contain_text("1 mise en silence en cours")
    await page.locator(".quiets summary").click()
    await shot(page, "silenced")
    await row.get_by_role("button", name="Reprendre le son").click()
    await expect(row).to_contain_text("en occupe")
    await home.until(lambda: page.evaluate(f"{LOUDEST} !== null"))
    await expect(page.locator(".quiets")).to_have_count(0)


@pytest.mark.parametrize("home", [True], indirect=True)
async def test_by_keyboard_and_with_a_reason_of_ones_own(page: Page) -> None:
    row = page.locator("[data-alert]").first
    await expect(row).to_be_visible()
    await page.keyboard.press("s")
    await expect(row.get_by_role("button", name="Soins en cours")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(row.locator(".reasons")).to_have_count(0)
    await page.keyboard.press("s")
    await row.get_by_role("button", name="Autre").click()
    await page.keyboard.type("kiné au lit")
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("ines : kiné au lit")


@pytest.mark.parametrize("home", [True], indirect=True)
async def test_care_and_a_sensor_out_of_service_are_said_and_undone(page: Page) -> None:
    await page.locator('[data-resident="jeanne"]').click()
    resident = page.locator("vv-resident")
    await resident.get_by_role("button", name="Soin en cours 15 min").click()
    await expect(resident.locator(".care")).to_contain_text("Soin en cours, par ines")
    # A high alarm is not covered: it goes on.
    await expect(page.locator("[data-alert]").first).to_contain_text("en occupe")
    await resident.get_by_role("button", name="Mettre hors service").click()
    await shot(page, "out-of-service-question")
    await resident.get_by_role("button", name="En charge").click()
    await expect(resident.locator(".out")).to_contain_text("Hors service jusqu")
    await expect(resident).to_contain_text("est pas surveillé")
    await shot(page, "resident")
    await page.get_by_role("button", name="Retour au service").click()
    await expect(page.locator(".quiets summary")).to_contain_text("2 mises en silence en cours")
    await page.locator('[data-resident="jeanne"]').click()
    await resident.get_by_role("button", name="Remettre en service").click()
    await expect(resident.locator(".out")).to_have_count(0)
    await resident.get_by_role("button", name="Terminer le soin").click()
    await expect(resident.locator(".care")).to_have_count(0)
