"""The night's gestures on the ward's tablet: Debian's Chromium, a real hub, its real alert engine and database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from hub.store import deeds, handover, journal
from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.night import Night

SOON = 60_000
"Milliseconds; patience with a busy machine."
APP = "document.querySelector('vv-ward').app"
TAKE = re.compile("Je m.en occupe")

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Night]:
    made = Night(tmp_path, 3)
    yield made
    made.stop()


@pytest.fixture
def context(browser: Browser, home: Night) -> Iterator[BrowserContext]:
    context = tablet(browser, home)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = sign_in(context, "ines")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    expect(page.locator("[data-resident=r1]")).to_be_visible(timeout=SOON)
    yield page
    assert page.evaluate("window.violations") == []
    assert errors == []


def ring(home: Night, page: Page) -> Locator:
    """Let the resident of room 2 fall below their limit, and return the alarm's row."""
    home.ring("r2", spo2=84.0)
    row = page.locator(".alarm.high")
    expect(row).to_contain_text("DURAND", timeout=SOON)
    return row


def sheet_of(page: Page) -> Locator:
    page.locator(".alarm.high [data-sheet]").click()
    sheet = page.get_by_role("dialog", name=re.compile("SpO₂ 84"))
    expect(sheet).to_be_visible()
    return sheet


def burst(page: Page, wanted: str | None) -> None:
    """Wait until this burst sounds, or none."""
    for _ in range(150):
        if page.evaluate(f"{APP}.loudspeaker.ring?.play ?? null") == wanted:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the burst {wanted!r} did not come within 15 s")


def alert(home: Night) -> Any:
    """Return the one alert of a person, and its steps, as they are on the disk."""
    with home.hub.core.database.read() as connection:
        found = [one for one in journal.alerts(connection) if one.resident]
        assert len(found) == 1
        return found[0], [
            (s.event.value, s.author) for s in journal.transitions(connection, [found[0].id])[found[0].id]
        ]


def other(browser: Browser, home: Night, who: str = "paul") -> Page:
    """Return somebody else's tablet, on the ward."""
    page = sign_in(tablet(browser, home), who)
    expect(page.locator(".alarm.high")).to_be_visible(timeout=SOON)
    return page


def waiting(page: Page) -> list[dict[str, Any]]:
    kept = page.evaluate("localStorage.getItem('veilleuse.gestures')")
    return [] if kept is None else list(json.loads(kept)["waiting"])


def test_two_taps_from_the_alarm_to_the_gesture_and_the_sheet_says_all_of_it(home: Night, page: Page) -> None:
    home.past("r2", [(seconds, 95.0) for seconds in range(1500, 40, -5)])
    ring(home, page)
    burst(page, "high")
    sheet = sheet_of(page)
    expect(sheet).to_contain_text("DURAND Paul")
    expect(sheet).to_contain_text("Chambre 2")
    expect(sheet.locator(".numbers b")).to_have_text("84")
    expect(sheet).to_contain_text(re.compile(r"alarme sous\s88\s%"))
    expect(sheet).to_contain_text(re.compile("prescrite par benali · BPCO connue", re.IGNORECASE))
    expect(sheet).to_contain_text("Les 30 dernières minutes")
    curve = sheet.locator("vv-curve")
    expect(curve).to_have_count(1)
    assert curve.evaluate("(curve) => [curve.metric, curve.crossing.limit]") == ["spo2", 88]
    expect(sheet.locator(".told li")).to_contain_text("Écrans du service", timeout=SOON)
    sheet.get_by_role("button", name=TAKE).click()
    expect(sheet).to_contain_text("vous vous en occupez")
    burst(page, None)
    found, steps = alert(home)
    assert (found.response.value, found.taken_by) == ("taken", "ines")
    assert steps == [("raised", "veilleuse"), ("taken", "ines")]
    with home.hub.core.database.read() as connection:
        assert deeds.find(connection, "ines", "") is None, "every gesture has a key"


def test_handed_over_it_asks_once_and_rings_again_and_says_why(home: Night, page: Page) -> None:
    row = ring(home, page)
    row.get_by_role("button", name=TAKE).click()
    burst(page, None)
    sheet = sheet_of(page)
    sheet.get_by_role("button", name="Passer le relais").click()
    expect(sheet).to_contain_text("sonnera de nouveau sur toutes les tablettes")
    assert alert(home)[0].taken_by == "ines", "the first tap changes nothing"
    sheet.get_by_role("button", name="Oui, passer le relais").click()
    burst(page, "high")
    expect(sheet).to_contain_text("Pourquoi elle sonne de nouveau")
    expect(sheet).to_contain_text(re.compile("ines a passé le relais", re.IGNORECASE))
    assert alert(home)[1][-1] == ("released", "ines")


def test_silenced_with_a_reason_and_seen(home: Night, page: Page) -> None:
    ring(home, page)
    sheet = sheet_of(page)
    sheet.get_by_role("button", name="Silence 2 min").click()
    sheet.get_by_role("button", name="Soins en cours").click()
    expect(sheet).to_contain_text(re.compile(r"encore\s[12]:\d\d"))
    expect(sheet).to_contain_text("Soins en cours")
    burst(page, None)
    sheet.get_by_role("button", name="Vu").click()
    expect(sheet).to_contain_text(re.compile("vu par ines", re.IGNORECASE))
    assert [event for event, _ in alert(home)[1]][:3] == ["raised", "silenced", "acknowledged"]


def test_by_keyboard_alone_inside_the_sheet_and_back(home: Night, page: Page) -> None:
    ring(home, page)
    opener = page.locator(".alarm.high [data-sheet]")
    opener.focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("h2")).to_be_focused()
    assert page.url.endswith(f"/service/alarme/{alert(home)[0].id}")
    inside = (
        "() => { let at = document.activeElement; if (at === document.body) return true; "
        "for (; at; at = at.shadowRoot?.activeElement) if (at.closest('dialog') !== null) return true; return false; }"
    )
    for _ in range(14):
        page.keyboard.press("Tab")
        assert page.evaluate(inside), "the focus left the sheet"
    page.keyboard.press("p")
    expect(sheet).to_contain_text("vous vous en occupez")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(opener).to_be_focused()
    assert page.url.endswith("/service")
    page.go_back()
    expect(sheet).to_be_visible()
    page.go_forward()
    expect(sheet).to_have_count(0)


def test_an_alarm_that_rang_before_is_told_with_its_answer(home: Night, page: Page) -> None:
    row = ring(home, page)
    row.get_by_role("button", name=TAKE).click()
    expect(row).to_contain_text("vous vous en occupez")
    home.ring("r2")
    expect(row).to_contain_text("terminée", timeout=SOON)
    row.get_by_role("button", name="Vu").click()
    expect(row).to_have_count(0)
    home.ring("r2", spo2=84.0)
    expect(row).to_be_visible(timeout=SOON)
    sheet = sheet_of(page)
    expect(sheet).to_contain_text("La même alarme a déjà sonné")
    expect(sheet).to_contain_text("une réponse ne vaut que pour une fois")
    expect(
        sheet.get_by_role("heading", name="Ce qui a sonné avant, depuis 24 h").locator("..")
    ).to_contain_text(re.compile("vue par ines", re.IGNORECASE))


def test_ten_minutes_without_network_lose_and_double_nothing(
    home: Night, context: BrowserContext, page: Page
) -> None:
    row = ring(home, page)
    burst(page, "high")
    context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1)
    expect(page.locator(".doubt")).to_contain_text("vous pouvez encore lire les dernières valeurs")
    burst(page, "high")
    row.get_by_role("button", name=TAKE).click()
    expect(row).to_contain_text("pas encore envoyé")
    expect(page.locator(".outbox")).to_contain_text("1 geste attend le réseau")
    burst(page, "medium")
    kept = waiting(page)
    assert [(one["kind"], one["action"], one["by"]) for one in kept] == [("act", "take", "ines")]
    assert "DURAND" not in json.dumps(kept).upper(), "ids and codes alone"
    assert alert(home)[0].response.value == "unacknowledged"
    expect(page.locator("[data-resident=r1] .value b").first).to_contain_text("—")
    context.set_offline(False)
    expect(page.locator(".frame")).to_have_count(0, timeout=SOON)
    expect(row).to_contain_text("vous vous en occupez")
    expect(page.locator(".outbox")).to_have_count(0, timeout=SOON)
    assert alert(home)[1] == [("raised", "veilleuse"), ("taken", "ines")]
    assert waiting(page) == []
    with home.hub.core.database.read() as connection:
        assert deeds.find(connection, "ines", kept[0]["key"]) is not None


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(home: Night, page: Page) -> None:
    row = ring(home, page)
    asked: list[dict[str, Any]] = []

    def swallow(route: Any) -> None:
        asked.append(route.request.post_data_json)
        if len(asked) > 1:
            route.continue_()
            return
        route.fetch()  # the hub does it; the tablet never hears so
        route.abort()

    page.route("**/api/v1/alerts/*", swallow)
    row.get_by_role("button", name=TAKE).click()
    expect(row).to_contain_text("vous vous en occupez")
    for _ in range(200):
        if len(asked) > 1 and waiting(page) == []:
            break
        page.wait_for_timeout(100)
    assert len(asked) == 2, "it asked again"
    assert asked[0]["key"] == asked[1]["key"]
    assert alert(home)[1] == [("raised", "veilleuse"), ("taken", "ines")]
    expect(page.locator(".complaint, .conflict")).to_have_count(0)


def test_who_was_first_keeps_it_and_the_other_reads_so_also_after_a_reload(
    browser: Browser, home: Night, context: BrowserContext, page: Page
) -> None:
    row = ring(home, page)
    context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1)
    row.get_by_role("button", name=TAKE).click()
    expect(page.locator(".outbox")).to_contain_text("1 geste attend le réseau")
    paul = other(browser, home)
    paul.locator(".alarm.high").get_by_role("button", name=TAKE).click()
    expect(paul.locator(".alarm.high")).to_contain_text("vous vous en occupez")
    context.set_offline(False)
    conflict = page.locator("[data-conflict=held_by_other]")
    expect(conflict).to_contain_text(re.compile("paul", re.IGNORECASE), timeout=SOON)
    expect(conflict).to_contain_text(re.compile("Rien n.a été changé"))
    expect(conflict).to_contain_text("DURAND Paul")
    expect(row).to_contain_text(re.compile("pris par paul", re.IGNORECASE))
    assert alert(home)[0].taken_by == "paul"
    page.reload()
    expect(conflict).to_contain_text(re.compile("paul", re.IGNORECASE), timeout=SOON)
    conflict.get_by_role("button", name=re.compile("J.ai lu")).click()
    expect(conflict).to_have_count(0)
    page.reload()
    expect(page.locator(".alarm.high")).to_be_visible(timeout=SOON)
    expect(conflict).to_have_count(0)
    paul.context.close()


def test_a_reload_without_network_opens_the_shell_and_forgets_no_gesture(
    home: Night, context: BrowserContext, page: Page
) -> None:
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    row = ring(home, page)
    context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1)
    row.get_by_role("button", name="Vu").click()
    expect(page.locator(".outbox")).to_contain_text("1 geste attend le réseau")
    page.reload()
    expect(
        page.get_by_text("Hors ligne. La page est affichée depuis la mémoire de la tablette")
    ).to_be_visible()
    expect(page.get_by_text("1 geste fait sur cette tablette attend le réseau.")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("DURAND")
    context.set_offline(False)
    expect(page.locator(".alarm.high")).to_contain_text(
        re.compile("vu par ines", re.IGNORECASE), timeout=SOON
    )
    assert [event for event, _ in alert(home)[1]] == ["raised", "acknowledged"]


def test_a_note_written_without_network_lies_sealed_through_a_reload_and_is_told_once(
    home: Night, context: BrowserContext, page: Page
) -> None:
    page.goto("/transmissions")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.locator(".summary").get_by_role("button", name="Ajouter une note").click(timeout=SOON)
    context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1, timeout=8_000)
    page.get_by_label("Donnée").fill("Toux grasse depuis minuit")
    page.get_by_role("button", name="Enregistrer la note").click()
    waits = page.locator(".waits")
    expect(waits).to_contain_text("1 note attend le réseau sur cette tablette, chiffrée")
    expect(waits).to_contain_text("Toux grasse depuis minuit")
    assert "Toux" not in page.evaluate("JSON.stringify({...localStorage})")
    page.reload()
    expect(waits).to_contain_text("1 note attend le réseau")
    expect(page.locator("body")).not_to_contain_text("Toux")
    context.set_offline(False)
    expect(waits).to_have_count(0, timeout=SOON)
    with home.hub.core.database.read() as connection:
        [[note]] = handover.notes(connection, 0, 2**62)
    assert (note.author, note.data) == ("ines", "Toux grasse depuis minuit")


def test_a_silence_whose_end_has_passed_is_not_begun_late(
    home: Night, context: BrowserContext, page: Page
) -> None:
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    row = ring(home, page)
    context.set_offline(True)
    expect(page.locator(".frame")).to_have_count(1)
    row.get_by_role("button", name="Silence 2 min").click()
    expect(page.get_by_role("button", name="Autre…")).to_have_count(0)
    expect(page.get_by_text("Une raison écrite part seulement avec le réseau")).to_be_visible()
    row.get_by_role("button", name="Je suis dans la chambre").click()
    expect(row).to_contain_text("son coupé")
    # The gesture as if it had been made two minutes ago.
    page.evaluate(
        "() => { const kept = JSON.parse(localStorage.getItem('veilleuse.gestures'));"
        "kept.waiting[0].at -= 118e6; localStorage.setItem('veilleuse.gestures', JSON.stringify(kept)); }"
    )
    page.reload()
    context.set_offline(False)
    expect(page.locator("[data-conflict=too_late]")).to_contain_text("trop tard", timeout=SOON)
    burst(page, "high")
    assert [event for event, _ in alert(home)[1]] == ["raised"]


def test_an_answer_about_somebody_else_is_not_drawn(home: Night, page: Page) -> None:
    ring(home, page)

    def swap(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "resident": "r1"})

    page.route("**/measurements?*", swap)
    sheet = sheet_of(page)
    expect(sheet.locator(".chart")).to_contain_text("autre personne")
    expect(sheet.locator("vv-curve")).to_have_count(0)


def test_an_alert_that_says_it_is_somebody_elses_is_not_drawn(home: Night, page: Page) -> None:
    ring(home, page)
    sheet = sheet_of(page)
    expect(sheet).to_contain_text("DURAND Paul")
    page.evaluate(
        "() => { const { session } = document.querySelector('vv-ward').app;"
        "const alert = [...session.state.alerts.values()].find((one) => one.resident === 'r2');"
        "session.take({ type: 'alert', seq: session.state.seq, time: session.state.time, alert: { ...alert, resident: 'r1' } }); }"
    )
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cette alarme est terminée.")
    expect(dialog.locator(".body, .initials, footer")).to_have_count(0)
    expect(dialog.locator(".head")).not_to_contain_text(re.compile("MARTIN|DURAND"))


def test_a_sound_that_the_browser_takes_away_is_found_within_seconds(home: Night, page: Page) -> None:
    expect(page.get_by_text("Son prêt")).to_be_visible(timeout=SOON)
    page.evaluate(f"{APP}.loudspeaker.context.suspend()")
    expect(page.get_by_text("cette tablette resterait muette")).to_be_visible()
    expect(page.locator(".frame")).to_have_count(1)
    button = page.get_by_role("button", name="Activer le son")
    size = button.bounding_box()
    assert size is not None
    assert size["height"] >= 72
    button.click()
    expect(page.locator(".frame")).to_have_count(0)
    # Running, but nothing comes out: found by what the analyser sees, not by what the browser says.
    page.evaluate(f"{APP}.loudspeaker.out.disconnect()")
    expect(page.get_by_text("Le haut-parleur ne répond pas")).to_be_visible()


def test_everything_else_has_its_place(home: Night, page: Page) -> None:
    page.get_by_role("link", name="Plus").click()
    assert page.url.endswith("/plus")
    more = page.locator(".more")
    expect(more).to_contain_text("Le service répond.")
    expect(more).to_contain_text("Son prêt", timeout=SOON)
    more.get_by_role("button", name="Nuit").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "night"
    more.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="More")).to_be_visible()
    more.get_by_role("button", name="Français").click()
    page.reload()
    expect(page.get_by_role("heading", name="Plus")).to_be_visible()
    page.get_by_role("link", name="Service").click()
    expect(page.locator("[data-resident=r1]")).to_be_visible()
