"""The measurement round and the hand-over in Debian's Chromium, on the real pages of a real hub."""

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

from devices.clock import SECOND
from hub.roll import read_roll
from hub.store import records
from hub.store.records import Resident, Room

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("VEILLEUSE_SHOTS")
"Folder into which pictures of each step are put, for documents."
OTHERS = (
    ("paul", "Durand", "Paul", 1931, "4"),
    ("lucie", "Leroy", "Lucie", 1938, "7"),
    ("odette", "Petit", "Odette", 1929, "9"),
    ("andre", "Morel", "André", 1940, "15"),
)
WELL = {
    "respiration_rate": 16.0,
    "spo2": 97.0,
    "on_oxygen": 0.0,
    "systolic": 128.0,
    "diastolic": 74.0,
    "pulse_rate": 72.0,
    "consciousness": 0.0,
    "temperature": 36.8,
}

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("home", [True], indirect=True)]


async def entered(home: Any, resident: str, values: dict[str, float], age: int, name: str) -> None:
    ines = await home.signed_in("ines")
    body = {
        "id": name,
        "resident": resident,
        "time": home.now() - age * SECOND,
        "readings": [{"metric": metric, "value": value} for metric, value in values.items()],
        "confirmed": list(values),
    }
    answer = await ines.post(f"/api/v1/rounds/{resident}/sets", json=body)
    assert answer.status_code == 201, answer.text


@pytest.fixture
async def ward(home: Any) -> AsyncIterator[Any]:
    """Five residents; Jeanne's oximeter speaks, Paul was measured, and Lucie's score is high."""

    def move_in(connection: Any) -> None:
        now = home.now() - 26 * 3600 * SECOND
        for key, family, given, year, room in OTHERS:
            records.add_room(connection, Room(room, f"ch. {room}"))
            records.add_resident(connection, Resident(key, family, given, year, now))
            records.move_resident(connection, key, room, now)

    await asyncio.wrap_future(home.writer.change(move_in))

    with home.services.database.read() as connection:
        home.services.live.enroll(read_roll(connection, home.now()))

    await entered(home, "paul", WELL, 60, "set-paul1")
    await entered(
        home,
        "lucie",
        {**WELL, "respiration_rate": 24.0, "pulse_rate": 112.0, "temperature": 38.4},
        4000,
        "set-lucie",
    )

    async def beat() -> None:
        while True:
            home.heartbeat()
            home.measure(("spo2", 96.0, home.now()), ("pulse_rate", 78.0, home.now()))
            await asyncio.sleep(0.5)

    beats = asyncio.create_task(beat())
    yield home
    beats.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beats


@pytest.fixture
async def page(ward: Any) -> AsyncIterator[Page]:
    ines = await ward.signed_in("ines")
    token = next(iter(ines.cookies.items()))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            base_url=ward.url,
        )
        await context.add_cookies([{"name": token[0], "value": token[1], "url": ward.url}])
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        assert errors == []
        await browser.close()


async def shot(page: Page, root: str, name: str) -> None:
    """Keep a picture by day and by night, if asked."""
    if SHOTS is None:
        return
    for theme in ("day", "night"):
        await page.evaluate(
            "([root, theme]) => { document.querySelector(root).app.preferences.theme = theme;"
            " document.documentElement.dataset.theme = theme; }",
            [root, theme],
        )
        await page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png")


async def unlocked(page: Page) -> None:
    """Let the page sound, as a first touch does."""
    await page.mouse.click(6, 6)
    await expect(page.locator(".truths")).to_contain_text("Son prêt")


async def typed(page: Page, metric: str, keys: str) -> None:
    await page.locator(f"[data-metric={metric}]").click()
    for key in keys:
        await page.locator(f'.keys [data-key="{key}"]').click()


async def test_a_round_by_keypad_with_a_sensor_a_slip_and_the_next_resident(ward: Any, page: Page) -> None:
    await page.goto("/tournee")
    await expect(page.locator(".progress")).to_contain_text("1 sur 5")
    await unlocked(page)
    rows = page.locator(".due .row")
    await expect(rows.first).to_contain_text("LEROY Lucie")
    await expect(rows.first).to_contain_text("score élevé")
    await shot(page, "vv-round", "round-list")
    await page.locator('[data-resident="jeanne"]').click()
    await expect(page.get_by_role("heading", name="MARTIN Jeanne")).to_be_visible()
    await page.get_by_role("button", name=re.compile("Prendre les 2 mesures")).click()
    await expect(page.locator("[data-metric=spo2]")).to_contain_text(re.compile(r"96\s%"))
    await typed(page, "respiration_rate", "16")
    await page.locator("[data-metric=on_oxygen]").click()
    await page.get_by_role("button", name="Air", exact=True).click()
    await page.locator("[data-metric=consciousness]").click()
    await page.get_by_role("button", name=re.compile("Confusion nouvelle")).click()
    await typed(page, "systolic", "12")
    await expect(page.locator(".under")).to_contain_text(re.compile(r"compris\s: 120"))
    await page.locator('.keys [data-key="8"]').click()
    await typed(page, "diastolic", "74")
    # Without the comma, 378 is 37,8; 999 is nobody's.
    await typed(page, "temperature", "999")
    await expect(page.locator("[data-metric=temperature]")).to_contain_text("impossible")
    await expect(page.get_by_role("button", name="Enregistrer")).to_be_disabled()
    for _ in range(3):
        await page.locator('.keys [data-key="erase"]').click()
    for key in "378":
        await page.locator(f'.keys [data-key="{key}"]').click()
    await expect(page.locator("[data-metric=temperature]")).to_contain_text("37,8")
    await expect(page.locator(".news2 .total")).to_contain_text("3")
    await expect(page.locator(".news2 .risk")).to_contain_text("faible à moyen")
    await shot(page, "vv-round", "round-entry")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".done")).to_contain_text("Enregistré")
    await shot(page, "vv-round", "round-recorded")
    await page.locator(".done").get_by_role("button", name="Résident suivant").click()
    await expect(page.get_by_role("heading", name="MARTIN Jeanne")).to_have_count(0)
    ines = await ward.signed_in("ines")
    [kept] = (await ines.get("/api/v1/rounds/jeanne/sets")).json()
    assert {each["metric"]: each["value"] for each in kept["now"]["readings"]} == {
        "respiration_rate": 16.0,
        "spo2": 96.0,
        "on_oxygen": 0.0,
        "systolic": 128.0,
        "diastolic": 74.0,
        "pulse_rate": 78.0,
        "consciousness": 1.0,
        "temperature": 37.8,
    }
    assert {each["metric"] for each in kept["now"]["readings"] if not each["by_hand"]} == {
        "spo2",
        "pulse_rate",
    }


async def test_a_strange_value_is_confirmed_then_corrected_then_withdrawn(ward: Any, page: Page) -> None:
    await page.goto("/tournee/resident/odette")
    await unlocked(page)
    await typed(page, "temperature", "34,0")
    await expect(page.locator(".pad")).to_contain_text("inhabituel")
    await expect(page.get_by_role("button", name="Enregistrer")).to_be_disabled()
    await shot(page, "vv-round", "round-question")
    await page.get_by_role("button", name=re.compile("je confirme")).click()
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".done")).to_contain_text("Enregistré")
    row = page.locator(".set").first
    await row.get_by_role("button", name="Corriger").click()
    await row.get_by_role("button", name="Erreur de saisie").click()
    await page.locator("[data-metric=temperature]").click()
    for _ in range(4):
        await page.locator('.keys [data-key="erase"]').click()
    await typed(page, "temperature", "37,0")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(row).to_contain_text("corrigée une fois")
    await expect(row.locator(".old")).to_contain_text("34,0")
    await shot(page, "vv-round", "round-corrected")
    await row.get_by_role("button", name="Retirer").click()
    await row.get_by_role("button", name="Autre résident").click()
    await expect(row).to_contain_text("retirée")
    ines = await ward.signed_in("ines")
    [kept] = (await ines.get("/api/v1/rounds/odette/sets")).json()
    assert (kept["now"]["withdrawn"], len(kept["before"])) == (True, 2)


async def test_without_network_a_set_waits_and_is_sent_once(ward: Any, page: Page) -> None:
    await page.goto("/tournee")
    await unlocked(page)
    await expect(page.locator(".due .row").first).to_be_visible()
    await page.locator('[data-resident="andre"]').click()
    await expect(page.get_by_role("heading", name="MOREL André")).to_be_visible()
    await page.route("**/api/**", lambda route: route.abort())
    await typed(page, "pulse_rate", "80")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".done")).to_contain_text("Gardé sur cette tablette")
    await expect(page.locator(".notice").first).to_contain_text("attend le réseau")
    await shot(page, "vv-round", "round-offline")
    ines = await ward.signed_in("ines")
    assert (await ines.get("/api/v1/rounds/andre/sets")).json() == []
    await page.unroute("**/api/**")

    async def sent() -> bool:
        return len((await ines.get("/api/v1/rounds/andre/sets")).json()) == 1

    await ward.until(sent, 20)
    await expect(page.locator(".notice")).to_have_count(0)


async def test_a_reload_without_network_opens_every_place_and_the_set_is_sent_once(
    ward: Any, page: Page
) -> None:
    await page.goto("/tournee")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await unlocked(page)
    await page.locator('[data-resident="andre"]').click()
    await expect(page.get_by_role("heading", name="MOREL André")).to_be_visible()
    await page.context.set_offline(True)
    await expect(page.locator(".frame")).to_have_count(1)
    await typed(page, "pulse_rate", "80")
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator(".done")).to_contain_text("Gardé sur cette tablette")
    for path in ("/plus", "/transmissions", "/garde", "/tournee"):
        await page.goto(path)
        await expect(page.get_by_text("Hors ligne. La page est affichée depuis la mémoire")).to_be_visible()
        await expect(page.locator("body")).not_to_contain_text("MOREL")
    await page.reload()
    await expect(page.locator(".notice").first).to_contain_text("1 série de mesures attend le réseau")
    ines = await ward.signed_in("ines")
    assert (await ines.get("/api/v1/rounds/andre/sets")).json() == []
    await page.context.set_offline(False)
    await expect(page.locator(".notice")).to_have_count(0)
    await expect(page.locator('[data-resident="andre"]')).to_be_visible()
    assert len((await ines.get("/api/v1/rounds/andre/sets")).json()) == 1


async def test_the_ward_shows_the_last_score_and_how_many_are_due(page: Page) -> None:
    await page.goto("/service")
    await expect(page.locator('[data-resident="lucie"] .news2')).to_contain_text("N 5 · 1")
    await expect(page.locator('[data-resident="andre"] .news2')).to_have_count(0)
    await expect(page.locator('.places a[href="/tournee"] .number')).to_be_visible()
    await shot(page, "vv-ward", "tiles")


async def test_a_draft_survives_a_look_at_an_alarm(page: Page) -> None:
    await page.goto("/tournee/resident/odette")
    await unlocked(page)
    await typed(page, "temperature", "37,4")
    await page.goto("/service")
    await page.goto("/tournee/resident/odette")
    await expect(page.locator("[data-metric=temperature]")).to_contain_text("37,4")


async def test_on_a_small_tablet_upright_everything_is_in_reach(page: Page) -> None:
    await page.set_viewport_size({"width": 800, "height": 1280})
    await page.goto("/tournee/resident/odette")
    await unlocked(page)
    await typed(page, "respiration_rate", "18")
    await expect(page.locator("[data-metric=respiration_rate]")).to_contain_text("18")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing stands outside"
    for key in await page.locator(".keys button").all():
        box = await key.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 56
    await shot(page, "vv-round", "round-upright")


async def test_the_hand_over_is_read_noted_and_received(ward: Any, page: Page) -> None:
    await entered(ward, "jeanne", {**WELL, "spo2": 91.0}, 1, "set-jean1")
    ward.measure(("spo2", 80.0, ward.now()))
    await page.goto("/transmissions")
    await unlocked(page)
    # Early in a shift the one before is meant: go to the present one.
    later = page.get_by_role("button", name=re.compile("Équipe d.après"))
    await expect(page.locator("h1")).to_have_text("Transmissions")
    if await later.count():
        await later.click()
    jeanne = page.locator('.person[data-resident="jeanne"]')
    await expect(jeanne).to_contain_text("NEWS2")
    await jeanne.get_by_role("button", name=re.compile("Ajouter une note")).click()
    await page.keyboard.type("Toux grasse depuis midi")
    await page.locator(".writing textarea").nth(1).fill("Redressée, oxymètre posé")
    await shot(page, "vv-handover", "handover-writing")
    await page.get_by_role("button", name="Enregistrer la note").click()
    await expect(jeanne.locator(".note")).to_contain_text("Toux grasse depuis midi")
    await expect(jeanne.locator(".note")).to_contain_text("Ines")
    await page.get_by_role("button", name=re.compile("J.ai lu ces transmissions")).click()
    await expect(page.locator(".receipt")).to_contain_text("Vous les avez lues")
    await shot(page, "vv-handover", "handover")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    await expect(jeanne).to_be_visible()
