"""The page of who is on duty, before the night: Debian's Chromium, a real hub, a policy from a file."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hub.alerting.escalation.rota import on_duty
from hub.app import Hub
from hub.config import NotifySettings
from hub.notify.lines import LineSettings
from hub.notify.sms_channel import SmsConfig
from hub.synthetic import Trial
from tests.hub.notify.sms_modem import FakeModem
from tests.hub.watching.whole import PASSWORD, running

CHROMIUM = Path("/usr/bin/chromium")
SOON = 60_000
"Milliseconds; patience with a busy machine."
POLICY = """
[[ladder.high]]
after = 0
tell = ["device:screens"]
channels = ["screen"]
[[ladder.high]]
after = 60
tell = ["role:ide_astreinte"]
channels = ["tablet"]
[person.ines]
name = "Inès Martin"
address = { tablet = "ines" }
[person.luc]
name = "Luc Moreau"
address = { tablet = "luc", sms = "+33612345601" }
[[shift]]
role = "ide_astreinte"
who = ["ines"]
[[shift]]
role = "medecin_astreinte"
who = []
"""

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]


class Home:
    """A hub with its pages in a thread of its own."""

    hub: Hub

    def __init__(self, folder: Path, modem: FakeModem) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="home")
        self._thread.start()
        self._running = running(
            folder,
            POLICY,
            pages=True,
            notify=NotifySettings(sms=SmsConfig(LineSettings(modem.link, 115_200))),
        )
        self.hub = self.call(self._running.__aenter__)

    def call(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work(*arguments), self._loop).result(120)

    def stop(self) -> None:
        self.call(self._running.__aexit__, None, None, None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def on_duty(self) -> tuple[str, ...]:
        return on_duty(self.hub.core.present_policy.rota, "ide_astreinte", self.hub.clock.utc())


@pytest.fixture
def modem() -> Iterator[FakeModem]:
    made = FakeModem()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path, modem: FakeModem) -> Iterator[Home]:
    made = Home(tmp_path, modem)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, home: Home) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    page = context.new_page()
    page.set_default_timeout(SOON)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(home.hub.url + "/connexion")
    page.locator("input").nth(0).fill("cadre")
    page.locator("input").nth(1).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "connexion" not in url)
    page.goto(home.hub.url + "/garde")
    yield page
    context.close()
    assert errors == []


def test_a_coordinator_gives_a_turn_to_somebody_else_and_takes_it_back(page: Page, home: Home) -> None:
    now = page.locator(".card.now")
    expect(now).to_contain_text("Inès Martin", timeout=SOON)
    # What is missing before the night, by name and with what to do; and who is not there at all.
    expect(page.locator(".card.night")).to_contain_text("Une personne de garde ne peut pas être jointe")
    expect(page.locator(".card.week")).to_contain_text(re.compile(r"1 trou"))
    expect(now).to_contain_text("Personne")

    page.get_by_role("button", name=re.compile("Échanger : Infirmier d.astreinte, aujourd.hui")).first.click()
    dialog = page.get_by_role("dialog")
    save = dialog.get_by_role("button", name=re.compile("Enregistrer l.échange"))
    expect(save).to_be_disabled()
    dialog.get_by_role("button", name="Luc Moreau").click()
    dialog.get_by_role("button", name="Maladie").click()
    expect(dialog).to_contain_text("Les alarmes de ce tour iront à Luc Moreau à la place de Inès Martin.")
    expect(dialog).to_contain_text("Luc Moreau ne peut pas être")
    save.click()
    expect(page.get_by_role("status").filter(has_text="enregistré")).to_be_visible(timeout=SOON)
    expect(dialog).not_to_be_visible()
    expect(now).to_contain_text("Luc Moreau")
    # The next step of any ladder asks for who took it.
    assert home.on_duty() == ("luc",)

    page.get_by_role("button", name="Annuler cet échange").click()
    page.get_by_role("button", name=re.compile("Oui, annuler")).click()
    expect(now).to_contain_text("Inès Martin", timeout=SOON)
    expect(page.locator(".exchange.undone")).to_contain_text("annulé par cadre")
    assert home.on_duty() == ("ines",)


def test_a_coordinator_changes_a_telephone_tries_it_and_undoes_it(
    page: Page, home: Home, modem: FakeModem
) -> None:
    ines = page.locator("[data-person=ines]")
    # One does as soon as this page itself can be heard: it is a screen of the ward.
    expect(ines).to_contain_text(re.compile("aucun moyen ne fonctionne|un seul moyen fonctionne"))
    ines.get_by_role("button", name="Modifier les moyens de contact de Inès Martin").click()
    dialog = page.get_by_role("dialog")
    number = dialog.get_by_label("Numéro de portable")
    save = dialog.get_by_role("button", name="Enregistrer")
    number.fill("15")
    number.blur()
    expect(dialog.get_by_role("alert")).to_contain_text("personne qui appelle le 15")
    expect(save).to_be_disabled()
    number.fill("06 12 34 56 09")
    save.click()
    expect(page.get_by_role("status").filter(has_text="Enregistré")).to_be_visible(timeout=SOON)
    expect(ines).to_contain_text("06 12 34 56 09")
    assert home.hub.core.present_policy.people["ines"].address["sms"] == "+33612345609"

    ines.get_by_role("button", name="Envoyer un essai à Inès Martin : SMS").click()
    expect(ines).to_contain_text("en attente de l", timeout=SOON)
    modem.report(41, "33612345609", 0)
    expect(ines).to_contain_text("reçu par l", timeout=SOON)

    ines.get_by_role("button", name="Annuler la modification").click()
    ines.get_by_role("button", name="Oui, revenir en arrière").click()
    expect(ines).not_to_contain_text("06 12", timeout=SOON)
    assert "sms" not in home.hub.core.present_policy.people["ines"].address


def test_the_test_alarm_passes_the_sound_of_a_real_page(page: Page, home: Home) -> None:
    expect(page.locator(".card.now")).to_be_visible(timeout=SOON)
    page.mouse.click(5, 400)
    expect(page.locator(".bar")).to_contain_text("Son prêt", timeout=SOON)

    async def audible() -> bool:
        async with asyncio.timeout(30):
            while True:
                if home.hub.live.audible():
                    return True
                await asyncio.sleep(0.1)

    assert home.call(audible)
    trial: Trial = home.call(home.hub.synthetic.try_once)
    assert trial.arrived
    expect(page.get_by_text(re.compile("jusqu.au son d.une tablette"))).to_be_visible(timeout=SOON)


def test_every_target_is_large_enough_for_gloves(page: Page) -> None:
    expect(page.locator(".card.week")).to_be_visible(timeout=SOON)
    sizes = page.locator("main button, .places a").evaluate_all(
        "found => found.map((one) => { const box = one.getBoundingClientRect(); return [box.width, box.height]; })"
    )
    assert sizes
    assert min(min(size) for size in sizes) >= 56
