"""From an alarm to the call: the nurse asks, waits and joins; the physician sees who asks and reads the resident; the room decides."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.measurement import Measurement, Waveform
from hub.store import records
from hub.store.records import Prescription
from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.night import Night
from tests.dashboards.rooms_in_call import FLAGS, CallHome
from tests.dashboards.test_axe_browser import AXE, clean

SOON = 60_000
"Milliseconds; patience with a busy machine."
CALLING = 120_000
"Milliseconds for a call to come about while four pages draw on two cores."
RATE = 75

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*FLAGS, "--force-prefers-reduced-motion") as browser:
        yield browser


class Ward(Night):
    """A ward of six, one of whom is ill."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 6)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    yield made
    made.stop()


def opened(browser: Browser, home: Any, who: str, width: int = 1280, height: int = 800) -> Page:
    context = tablet(browser, home, width, height)
    context.add_init_script(path=AXE)
    page = sign_in(context, who)
    page.set_default_timeout(SOON)
    return page


def answer(page: Page, path: str) -> Any:
    """What the hub says to this page's account."""
    return page.evaluate("async (path) => (await fetch(`/api/v1${path}`)).json()", path)


def test_a_nurse_chooses_why_and_when_by_keyboard_and_takes_it_back(browser: Browser, ward: Ward) -> None:
    page = opened(browser, ward, "ines", 800, 1280)
    page.goto("/service/resident/r3")
    ask = page.get_by_role("button", name=re.compile("Appeler le médecin pour PETIT"))
    ask.click()
    panel = page.get_by_role("dialog", name=re.compile("Appeler le médecin"))
    # Without a word of why nothing leaves, and the page says what is missing.
    panel.get_by_role("button", name=re.compile("Maintenant")).click()
    expect(panel.get_by_role("alert")).to_contain_text("Dites en un mot pourquoi")
    clean(page, "asking for a physician")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(ask).to_be_focused()
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Douleur").click()
    panel.get_by_role("button", name="Chute").click()
    expect(panel.get_by_label(re.compile("Pourquoi"))).to_have_value("Douleur, Chute")
    panel.get_by_role("button", name=re.compile("Plus tard")).click()
    panel.get_by_role("button", name=re.compile(r"^(À|Demain à) \d\d")).first.click()
    page.wait_for_url("**/appel/demande/*")
    expect(page.get_by_role("heading", name=re.compile("Rendez-vous demandé"))).to_be_visible()
    expect(page.get_by_text("Douleur, Chute")).to_be_visible()
    expect(page.get_by_text(re.compile("Personne n.attend avant vous."))).to_be_visible()
    expect(page.get_by_role("link", name="Appeler le 15")).to_have_attribute("href", "tel:15")
    clean(page, "waiting")
    (request,) = answer(page, "/call-requests")["items"]
    assert (request["resident"], request["urgency"]) == ("r3", "planned")
    assert request["planned"] > request["asked"]
    # It stands on the ward, for who asked; then it is taken back, after one question.
    page.get_by_role("link", name="Retour au service").click()
    page.get_by_role("link", name=re.compile("Voir l.attente : PETIT")).click()
    page.get_by_role("button", name="Retirer la demande").click()
    page.get_by_role("button", name="Oui, la retirer").click()
    expect(page.get_by_role("heading", name="La demande est retirée.")).to_be_visible()
    assert answer(page, "/call-requests")["items"] == []
    page.context.close()


def test_a_physician_sees_who_asks_first_and_hears_of_a_new_one(browser: Browser, ward: Ward) -> None:
    ward.ring("r2", spo2=84.0)
    doctor = opened(browser, ward, "benali", 1440, 900)
    nurse = opened(browser, ward, "paul")
    expect(doctor.get_by_text(re.compile("Aucune demande n.attend."))).to_be_visible()
    doctor.get_by_role("button", name="Entendre les nouvelles demandes").click()
    expect(doctor.get_by_role("button", name="Entendre les nouvelles demandes")).to_have_count(0)
    nurse.goto("/service/resident/r5")
    nurse.get_by_role("button", name=re.compile("Appeler le médecin pour")).click()
    nurse.get_by_role("button", name="Avis sur le traitement").click()
    nurse.get_by_role("button", name=re.compile("Aujourd.hui")).click()
    nurse.wait_for_url("**/appel/demande/*")
    rows = doctor.locator(".requests .person")
    expect(rows).to_have_count(1)
    assert doctor.title().startswith("(1) 1 demande")
    expect(doctor.locator("[aria-live=assertive]", has_text="Demande de médecin. MOREAU")).to_have_count(1)
    # One press in the sheet of an urgent alarm: nothing is asked, and it stands before what can wait.
    nurse.goto("/service")
    nurse.locator(".alarm.high [data-sheet]").click()
    nurse.get_by_role("dialog").get_by_role(
        "button", name=re.compile("Appeler le médecin pour DURAND")
    ).click()
    nurse.wait_for_url("**/appel/demande/*")
    expect(nurse.get_by_role("heading", name="Le médecin est prévenu")).to_be_visible()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("DURAND Paul")
    expect(rows.first).to_contain_text("Maintenant")
    rows.first.click()
    glance = doctor.locator("vv-glance")
    expect(glance.locator(".reason")).to_contain_text(re.compile(r"SpO₂ 84\s%, sous la limite de 88\s%"))
    expect(glance).to_contain_text("BPCO connue (limite de SpO₂)")
    expect(glance).to_contain_text("non renseigné")
    expect(glance.locator("vv-curve").first).to_be_visible()
    expect(glance.get_by_text(re.compile("personne n.a répondu")).first).to_be_visible()
    expect(glance).to_contain_text(re.compile("Aucun tracé n.a été enregistré autour de cette alarme."))
    clean(doctor, "at a glance")
    for page in (doctor, nurse):
        page.context.close()


def test_how_a_room_is_opened_is_signed_with_a_reason_and_seen_by_everybody(
    browser: Browser, ward: Ward
) -> None:
    doctor = opened(browser, ward, "benali", 1440, 900)
    doctor.goto("/medecin/resident/r4")
    rule = doctor.locator("vv-glance vv-consent")
    expect(rule).to_contain_text("La chambre accepte")
    expect(doctor.get_by_role("button", name="Ouvrir en urgence")).to_have_count(0)
    rule.get_by_role("button", name="Changer").click()
    doctor.get_by_role("radio", name=re.compile("Urgence sans attendre")).click()
    save = doctor.get_by_role("button", name="Enregistrer")
    # An exception needs a reason, and always has an end.
    expect(save).to_be_disabled()
    expect(doctor.get_by_role("radio", name="sans fin")).to_have_count(0)
    doctor.get_by_label(re.compile("Pourquoi ce choix")).fill("accord écrit du résident")
    doctor.get_by_role("radio", name="7 jours").click()
    clean(doctor, "changing a rule")
    save.click()
    expect(rule).to_contain_text("Urgence sans attendre")
    expect(rule).to_contain_text("accord écrit du résident")
    doctor.reload()
    expect(doctor.get_by_role("button", name="Ouvrir en urgence")).to_be_visible()
    nurse = opened(browser, ward, "ines")
    nurse.goto("/service/resident/r4")
    seen = nurse.locator("vv-consent")
    expect(seen).to_contain_text("décidé par Benali")
    expect(seen.get_by_role("button")).to_have_count(0)
    for page in (doctor, nurse):
        page.context.close()


class Ill(CallHome):
    """Jeanne's oximeter also speaks to the hub, and falls below her limit when told to."""

    spo2 = 96.0

    def furnish(self, database: Any) -> None:
        super().furnish(database)
        limit = Limit("r12-spo2", "spo2", Priority.HIGH, low=88.0, delay=1.0, hysteresis=1.0)
        with database.write() as connection:
            now = SystemClock().utc()
            records.prescribe(connection, Prescription(limit, "r12", "benali", "BPCO connue", now))

    async def begin(self) -> None:
        await super().begin()
        self._speaking = asyncio.create_task(self._speak())

    async def end(self) -> None:
        self._speaking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._speaking
        await super().end()

    async def _speak(self) -> None:
        clock = SystemClock()
        while True:
            now = clock.utc()
            wave = Waveform("oximeter", "pleth", now - SECOND, RATE, tuple(range(RATE)))
            self.edge.recorder.record([Measurement("oximeter", "spo2", self.spo2, now), wave])
            await asyncio.sleep(1)


@pytest.fixture
def ill(tmp_path: Path) -> Iterator[Ill]:
    made = Ill(tmp_path)
    yield made
    made.stop()


def test_from_an_alarm_to_a_call_of_three(browser: Browser, ill: Ill) -> None:
    screen = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    screen.goto(ill.screen)
    doctor = opened(browser, ill, "benali", 1440, 900)
    nurse = opened(browser, ill, "ines")
    for page in (screen, doctor, nurse):
        page.set_default_timeout(CALLING)
    ill.spo2 = 84.0
    nurse.locator(".alarm.high [data-sheet]").click(timeout=CALLING)
    nurse.get_by_role("dialog").get_by_role(
        "button", name=re.compile("Appeler le médecin pour MARTIN")
    ).click()
    expect(nurse.get_by_role("heading", name="Le médecin est prévenu")).to_be_visible()
    doctor.locator("[data-request]").click()
    expect(doctor.locator("vv-glance canvas[data-metric=pleth]")).to_be_visible(timeout=CALLING)
    doctor.get_by_role("button", name="Ouvrir la visio").click()
    # The physician takes it: the wait becomes the call by itself; the room still decides.
    nurse.wait_for_url(lambda url: "/demande/" not in url, timeout=CALLING)
    screen.locator("#accept").click(timeout=CALLING)
    call = nurse.locator("vv-nurse-call")
    # The room's picture is there: nothing is written across its place any more.
    expect(call.locator(".room > .status:not(.waiting)")).to_be_visible(timeout=CALLING)
    expect(call.locator("vv-person", has_text="Benali")).to_be_visible(timeout=CALLING)
    expect(call.locator(".values .card").first).to_be_visible()
    # Beside the bed this tablet is silent; elsewhere it speaks, and the page remembers which.
    microphone = call.get_by_role("button", name="Rétablir le micro (M)")
    expect(microphone).to_be_visible()
    call.get_by_role("radio", name="Ailleurs").click()
    expect(call.get_by_role("button", name="Couper le micro (M)")).to_be_visible()
    (request,) = [answer(doctor, f"/calls/{nurse.url.rsplit('/', 1)[1]}/encounter")]
    assert request["reason"].startswith("SpO₂ 84")
    assert request["alert"]["metric"] == "spo2"
    assert [(one["seat"], one["role"]) for one in request["participants"]] == [
        ("p1", "physician"),
        ("p2", "nurse"),
    ]
    clean(nurse, "the nurse's call")
    nurse.get_by_role("button", name=re.compile("Quitter la visio")).click()
    expect(nurse.get_by_role("heading", name="Vous avez quitté la visio.")).to_be_visible()
    nurse.get_by_role("link", name="Retour au service").click()
    rejoin = nurse.get_by_role("link", name=re.compile("Rejoindre l.appel : Chambre 12"))
    expect(rejoin).to_be_visible(timeout=CALLING)
    doctor.get_by_role("button", name=re.compile("Raccrocher")).click()
    doctor.get_by_role("button", name="Retour au dossier").click(timeout=CALLING)
    past = doctor.locator("vv-past-calls")
    past.get_by_role("button").first.click()
    expect(past).to_contain_text("Ines, infirmier")
    expect(past).to_contain_text(re.compile("Aucun son ni aucune vidéo n.est enregistré"))
    expect(nurse.get_by_role("link", name=re.compile("Rejoindre l.appel"))).to_have_count(0, timeout=CALLING)
    for page in (screen, doctor, nurse):
        page.context.close()
