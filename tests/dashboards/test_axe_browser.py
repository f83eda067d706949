"""axe-core finds no violation on any screen of the hub, by day and by night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.night import Night

SOON = 60_000
"Milliseconds; patience with a busy machine."
AXE = Path(__file__).parents[2] / "dashboards" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """
async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.flat().join(" ")} (${failureSummary})`).join("; ")}`);
}
"""
THEMES = ("day", "night")

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--force-prefers-reduced-motion") as browser:
        yield browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    made = Night(tmp_path_factory.mktemp("axe"), 6)
    made.ring("r2", spo2=84.0)
    made.ring("r4", pulse_rate=130.0)
    made.silent.add("r6")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def signed_in() -> dict[str, Any]:
    """Cookies of who has signed in: the hub lets nobody sign in two dozen times in a row."""
    return {}


@pytest.fixture
def page(
    browser: Browser, home: Night, signed_in: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The page of the role that the test asks for."""
    who = getattr(request, "param", "ines")
    context = tablet(browser, home)
    context.add_init_script(path=AXE)
    if who in signed_in:
        context.add_cookies(signed_in[who])
        page = context.new_page()
        page.goto("/coordination" if who == "cadre" else "/service")
    else:
        page = sign_in(context, who)
        signed_in[who] = context.cookies()
    yield page
    context.close()


def clean(page: Page, what: str) -> None:
    """Look at a page as it stands, by day and by night."""
    for theme in THEMES:
        page.evaluate("theme => localStorage.setItem('veilleuse.theme', theme)", theme)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        set_theme(page, theme)
        found: list[Any] = page.evaluate(RUN)
        assert found == [], "\n".join([f"{what} by {theme}", *found])


def set_theme(page: Page, theme: str) -> None:
    page.evaluate(
        "theme => { for (const root of document.body.children) (root.app?.preferences ?? root.preferences)?.setTheme?.(theme); }",
        theme,
    )
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.wait_for_timeout(50)


def test_the_page_to_sign_in(browser: Browser, home: Night) -> None:
    context = tablet(browser, home)
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto("/connexion")
    expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
    clean(page, "sign in")
    context.close()


def test_the_ward_its_sheet_its_questions_and_its_help(page: Page) -> None:
    row = page.locator(".alarm.high")
    expect(row).to_be_visible(timeout=SOON)
    clean(page, "ward")
    row.get_by_role("button", name="Silence 2 min").click()
    clean(page, "ward with the question why")
    page.keyboard.press("Escape")
    row.locator("[data-sheet]").click()
    expect(page.get_by_role("dialog").locator("vv-curve")).to_have_count(1, timeout=SOON)
    clean(page, "sheet")
    page.get_by_role("dialog").get_by_role("button", name="Silence 2 min").click()
    clean(page, "sheet with the question why")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Raccourcis du clavier")).to_be_visible()
    clean(page, "help")


def test_a_resident_and_everything_else(page: Page) -> None:
    page.locator("[data-resident=r2]").click(timeout=SOON)
    expect(page.locator("vv-resident vv-curve").first).to_be_visible(timeout=SOON)
    clean(page, "resident")
    page.get_by_role("link", name="Plus").click()
    expect(page.get_by_role("heading", name="Plus")).to_be_visible()
    state = page.locator("vv-standing")
    expect(state).to_contain_text("Tout va bien.", timeout=SOON)
    expect(state).to_contain_text("Alarme d")
    expect(state.get_by_role("link")).to_have_count(0)
    clean(page, "plus")


@pytest.mark.parametrize("page", ["cadre"], indirect=True)
def test_everything_else_for_who_signs(page: Page) -> None:
    page.goto("/plus")
    link = page.get_by_role("link", name="Limites à signer aucune")
    expect(link).to_be_visible(timeout=SOON)
    clean(page, "plus")
    link.click()
    page.wait_for_url("**/coordination/signatures")


def test_without_network(page: Page) -> None:
    row = page.locator(".alarm.high")
    expect(row).to_be_visible(timeout=SOON)
    page.context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1)
    row.get_by_role("button", name=re.compile("Je m.en occupe")).click()
    expect(page.locator(".outbox")).to_be_visible()
    clean(page, "ward without network")


def test_the_round_and_a_set(page: Page) -> None:
    page.goto("/tournee")
    page.locator("[data-resident=r3]").click(timeout=SOON)
    expect(page.locator("[data-metric=pulse_rate]")).to_be_visible()
    clean(page, "a set")
    page.keyboard.press("Escape")
    expect(page.locator("[data-resident=r3]")).to_be_visible()
    clean(page, "round")


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/transmissions", "Transmissions"),
        ("/garde", "Avant la nuit"),
        ("/limites/r1", "MARTIN"),
        ("/dossier/r1", "MARTIN"),
        ("/actes/r1", "MARTIN"),
        ("/plaies/r1", "MARTIN"),
        ("/documents/r1", "MARTIN"),
        ("/agenda", "Qui attend quoi"),
    ],
)
def test_the_other_places_of_a_nurse(page: Page, address: str, title: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name=title).first).to_be_visible(timeout=SOON)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=SOON)
    clean(page, address)


@pytest.mark.parametrize("page", ["cadre"], indirect=True)
@pytest.mark.parametrize("address", ["", "/signatures", "/essai", "/ecarts"])
def test_the_coordinators_pages(page: Page, address: str) -> None:
    page.goto(f"/coordination{address}")
    expect(page.locator("vv-coordination h1, vv-coordination h2").first).to_be_visible(timeout=SOON)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=SOON)
    clean(page, f"coordination{address}")


@pytest.mark.parametrize("page", ["cadre"], indirect=True)
@pytest.mark.parametrize("address", ["/activite", "/agenda", "/agenda/creneaux", "/agenda/reorientees"])
def test_what_a_coordinator_plans_and_counts(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("main h1, main h2").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    clean(page, address)


@pytest.mark.parametrize("page", ["benali"], indirect=True)
def test_the_physicians_list(page: Page) -> None:
    expect(page.get_by_text("Qui attend, et pourquoi")).to_be_visible(timeout=SOON)
    clean(page, "physician")
    page.goto("/avis")
    expect(page.get_by_text(re.compile("Aucune question n.attend"))).to_be_visible(timeout=SOON)
    clean(page, "questions")


@pytest.mark.parametrize("page", ["tom"], indirect=True)
def test_the_technicians_rooms(page: Page) -> None:
    expect(page.get_by_text("Chambre 1").first).to_be_visible(timeout=SOON)
    clean(page, "technician")
