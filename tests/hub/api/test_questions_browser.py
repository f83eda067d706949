"""An expert's page in Debian's Chromium: nothing waits, a question comes, is opened by the keyboard and taken; another cannot be read."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.hub.api import test_wounds as woundcare
from tests.hub.api.conftest import RESIDENT, Home
from tests.hub.api.test_acts_browser import CHROMIUM, accessible, page_of, shot
from tests.hub.api.test_questions import HOUR, asked, telling, with_experts
from tests.hub.photos import jpeg, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("home", [True], indirect=True),
]


async def test_a_question_comes_is_taken_and_stands_where_it_belongs(home: Home) -> None:
    nurse = await with_experts(home).signed_in("ines")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with page_of(browser, home, "weber", errors) as page:
            await page.goto("/avis")
            await expect(page.get_by_text(re.compile("Aucune question n.attend"))).to_be_visible()
            await accessible(page)
            await shot(page, "avis-vide")
            await page.get_by_text("Recevoir une notification quand une question arrive").click()
            await expect(page.locator("vv-push")).to_contain_text(re.compile("n.envoie pas de notifications"))
            await accessible(page)
            await shot(page, "avis-notification")
            await page.get_by_text("Recevoir une notification quand une question arrive").click()
            object.__setattr__(home.services, "answer_within", 24 * HOUR)
            await asked(nurse, "@derm")
            # It comes by itself, and is said.
            await expect(page.locator("[data-list=waiting] .row")).to_have_count(1)
            await expect(page.get_by_role("status")).to_contain_text(
                re.compile("Une question vient d.arriver")
            )
            object.__setattr__(home.services, "answer_within", 0)
            late = (await asked(nurse, "weber", urgency="today", question="Peut-on biopsier ici ?"))["head"][
                "id"
            ]
            await takes(page, late)
            await cannot_read(page)
            await page.goto("/medecin")
            await page.get_by_role("link", name="Avis demandés 2 questions vous attendent").click()
            await expect(page.get_by_role("heading", name="Avis demandés")).to_be_visible()
            await expect(page.get_by_role("link", name="Agenda")).to_have_attribute("href", "/agenda")
        async with page_of(browser, home, "ines", errors) as page:
            await page.goto("/avis")
            await expect(page.get_by_role("alert")).to_be_visible()
            await asks_about_a_wound(page, nurse)
            await sees_who_was_told(page, home)
        await browser.close()
    assert errors == []


async def takes(page: Page, late: str) -> None:
    """Open what is late, which stands first, by the keyboard, and take it."""
    rows = page.locator("[data-list=waiting] .row")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_have_attribute("data-act", late)
    await expect(rows.first).to_contain_text("en retard de")
    await expect(rows.last).to_contain_text(re.compile("d.ici 23"))
    await expect(rows.last).to_contain_text("Dermatologie du CHU")
    await accessible(page)
    await shot(page, "avis")
    await page.keyboard.press("ArrowDown")
    await expect(rows.first).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Accepter la question").click()
    await expect(page.locator("[data-state=accepted]")).to_be_visible()
    await page.goto("/avis")
    await expect(page.locator("[data-list=mine] .row")).to_have_attribute("data-act", late)
    await expect(rows).to_have_count(1)


async def sees_who_was_told(page: Page, home: Home) -> None:
    """Who asked sees by itself who was told, and what to do about whom nothing reached."""
    await page.go_back()
    await expect(page.locator("[data-state=sent]")).to_be_visible()
    await telling(home).look()
    lines = page.locator(".told li")
    await expect(lines.filter(has_text="Dr Weber")).to_contain_text(
        re.compile(r"Message envoyé à Dr Weber par courriel à")
    )
    nobody = lines.filter(has_text="Dr Nguyen")
    await expect(nobody).to_contain_text(re.compile("aucune adresse connue"))
    await expect(nobody).to_contain_text("Prévenez par téléphone.")
    await accessible(page)
    await shot(page, "avis-qui-est-prévenu")


async def cannot_read(page: Page) -> None:
    """Without an answer of the hub the page says so, and reads again when asked to."""
    await page.route(
        "**/api/v1/expertises", lambda route: route.fulfill(status=503, json={"code": "store_away"})
    )
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("n.ont pas pu être lues"))
    await page.unroute("**/api/v1/expertises")
    await page.get_by_role("button", name="Réessayer").click()
    await expect(page.locator("[data-list=mine] .row")).to_have_count(1)


async def asks_about_a_wound(page: Page, nurse: httpx.AsyncClient) -> None:
    """What is known of the only wound stands in the question's form as soon as it is about a wound; nobody types it."""
    wound = await woundcare.opened(nurse)
    for view in ("overview", "close"):
        kept = (await woundcare.shown(nurse, wound["id"], jpeg(picture(seed=len(view))), view)).json()[
            "pictures"
        ]
    measured = {
        "picture": kept[-1]["id"],
        "points": woundcare.POINTS,
        "shown": woundcare.MEASURED,
        "pain": 4,
        "stage": "3",
    }
    await woundcare.found(nurse, wound["id"], **measured)
    await page.goto(f"/actes/{RESIDENT}")
    await page.locator("[data-kind=expertise]").click()
    await page.locator("textarea[name=reason]").fill("Escarre du talon")
    await page.get_by_role("button", name=re.compile("^Ouvrir : Télé-expertise")).click()
    await page.get_by_role("button", name="Envoyer la question").click()
    await page.get_by_role("button", name="Dermatologie du CHU (groupe de 2)").click()
    await page.get_by_label("plaie", exact=True).check()
    await expect(page.get_by_role("radio", name=re.compile("Talon gauche, escarre"))).to_be_checked()
    await expect(page.locator("input[name=pictures]:checked")).to_have_count(2)
    for name, value in (("length_mm", "50"), ("width_mm", "37,5"), ("pain", "4"), ("stage", "Stade III")):
        await expect(page.locator(f"input[name={name}]")).to_have_value(value)
    await accessible(page)
    await shot(page, "avis-question")
    await page.get_by_label("courante", exact=True).check()
    await page.get_by_label("oral", exact=True).check()
    await page.locator("textarea[name=question]").fill("Quel pansement ?")
    scale = page.get_by_role("group", name=re.compile("Une règle"))
    await scale.get_by_label("Oui", exact=True).check()
    await page.get_by_role("button", name="Enregistrer").click()
    await expect(page.locator("[data-state=sent]")).to_be_visible()
    await expect(page.locator(".photos img")).to_have_count(2)
    await expect(page.locator(".course")).to_contain_text("Dermatologie du CHU")
    course = page.get_by_role("link", name="La plaie au fil du temps")
    await expect(course).to_have_attribute("href", f"/plaies/{RESIDENT}#{wound['id']}")
    await page.get_by_role("link", name="Parcours", exact=True).click()
    told = page.locator("li[data-kind=wound]")
    await expect(told.filter(has_text="évaluée")).to_contain_text(re.compile(r"5,0\s+cm . 3,8\s+cm"))
    await shot(page, "plaie-parcours")
