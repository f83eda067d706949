"""Everybody in one call, across two networks: physician, nurse, specialist and the room; then a guest by a link.

Each has a Chromium of their own; physician, specialist and guest are far away. The pictures that the documents show are
taken here: `make call-pictures`.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Locator, Page, expect
from playwright.sync_api import TimeoutError as PressTimeout

from tests.integration.home import RoomPlan
from tests.integration.sensors import Oximeter
from tests.network.faces import camera
from tests.network.house import CALL, House, browser_in, someone
from tests.network.people import accept, flow, receives, second, sign_in, talking, within
from tests.network.people import call as ring
from tests.network.spaces import World

pytestmark = [pytest.mark.network, pytest.mark.timeout(420)]

PATIENCE = 90
"Seconds: five pages share two cores with whatever else runs."
SOON = PATIENCE * 1000
FACES = {
    "physician": ("#c9d3d8", "#f4f6f7", "#5a4636"),
    "nurse": ("#d8d2c6", "#3f7f8c", "#2c2320"),
    "specialist": ("#b9c4b4", "#40506b", "#8a8f94"),
}
STAFF = (
    ("benali", "Dr Samir Benali", "physician"),
    ("ines", "Inès Lefèvre", "nurse"),
    ("roux", "Dr Claire Roux", "physician"),
)
REGULATOR = "Dr Durand, SAMU 35"
CALM = """
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 120);
window.cancelAnimationFrame = clearTimeout;
"""
"Pages that draw eight times a second: without a graphics card sixty times take more than the call itself."


@dataclass
class Present:
    """The pages of one call; the nurse and the specialist come in later."""

    screen: Page
    physician: Page
    nurse: Page
    specialist: Page

    @property
    def callers(self) -> tuple[Page, ...]:
        return self.physician, self.nurse, self.specialist


@pytest.fixture
def present(chromium: BrowserType, networks: World, tmp_path: Path) -> Iterator[Present]:
    """A home with an oximeter, and everybody at their screens."""
    room = RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}], [], f"{CALL}fps = 5\n", "Martin")
    house = House(tmp_path, networks, room)
    for account in STAFF:
        house.add_account(*account)
    far = networks.far.argv()
    films = {who: camera(tmp_path / f"{who}.y4m", colours) for who, colours in FACES.items()}
    browsers = [
        browser_in(chromium, tmp_path),
        browser_in(chromium, tmp_path, far, films["physician"]),
        browser_in(chromium, tmp_path, None, films["nurse"]),
        browser_in(chromium, tmp_path, far, films["specialist"]),
    ]
    try:
        with Oximeter(house.edge_folder(room) / "ox", spo2=95, pulse_rate=84) as oximeter:
            oximeter.play(_pulse())
            house.start()
            networks.between(direct=True)
            screen, physician, nurse, specialist = (calm(one) for one in browsers)
            screen.goto(house.screen)
            for page, (username, *_) in zip((physician, nurse, specialist), STAFF, strict=True):
                sign_in(page, username)
            yield Present(screen, physician, nurse, specialist)
    finally:
        for browser in browsers:
            browser.close()
        house.stop()


def _pulse() -> list[int]:
    """Return a drawn pulse wave for the oximeter: 84 beats and 17 breaths a minute, five beats in a breath."""
    beat, breath = 43, 5 * 43
    found = []
    for number in range(breath):
        phase = number % beat / beat
        wave = 90 * math.exp(-((phase - 0.22) ** 2) / 0.012) + 34 * math.exp(-((phase - 0.52) ** 2) / 0.02)
        found.append(round(12 + wave * (1 + 0.12 * math.sin(2 * math.pi * number / breath))))
    return found


def calm(browser: Browser) -> Page:
    context = someone(browser)
    context.add_init_script(CALM)
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.set_default_timeout(SOON)
    return page


def test_physician_nurse_specialist_and_room_in_one_call_then_a_guest(present: Present) -> None:
    began = time.monotonic()
    everybody_comes(present)
    hear_and_see_each_other(present)
    print(f"room and three others in one call {time.monotonic() - began:.0f} s after the first click")
    hand_camera_comes_and_goes(present)
    stethoscope_comes_and_goes(present)
    points(present)
    leaves(present)
    guest = comes(present)
    keep(guest, "guest")
    photo(present.physician)
    press(present.physician, "Raccrocher")
    expect(guest.get_by_role("heading", name="La visio est terminée.")).to_be_visible(timeout=SOON)
    within(present.screen, "the camera is off", partial(absent, present.screen, ".lamp"), PATIENCE)
    print(f"over {time.monotonic() - began:.0f} s after the first click")


def everybody_comes(present: Present) -> None:
    """Let the nurse and a specialist come into a physician's call, one after the other."""
    ring(present.physician)
    accept(present.screen)
    talking(present.physician, PATIENCE)
    present.nurse.get_by_role("link", name=re.compile("Rejoindre l.appel")).click()
    expect(present.nurse.locator("vv-nurse-call .room > .status:not(.waiting)")).to_be_visible(timeout=SOON)
    press(present.physician, "Inviter quelqu")
    panel = present.physician.locator("vv-call-invite")
    panel.get_by_role("button", name="Inviter Dr Claire Roux").click()
    expect(panel.locator(".done")).to_contain_text("Dr Claire Roux", timeout=SOON)
    panel.locator(".head button").click()
    present.specialist.locator("[data-resident=r1]").first.click()
    present.specialist.get_by_role("button", name=re.compile("Rejoindre|Ouvrir la visio")).first.click()
    connected(present.specialist)


def connected(page: Page) -> None:
    expect(page.locator(".status.connected")).to_be_attached(timeout=SOON)


def hear_and_see_each_other(present: Present) -> None:
    """Everybody sees and hears the three others; a microphone that is off sends silence, not nothing."""
    for page in present.callers:
        receives(page, 3, 3, PATIENCE)
    within(present.screen, "the room says who is there", lambda: seats_of(present) == ["p1", "p2", "p3"], 20)


def seats_of(present: Present) -> list[str]:
    """Return who is in the call, by what the room's own device says."""
    found: list[str] = present.screen.evaluate(
        "window.find('veilleuse-room').state.people.map(({ seat }) => seat)"
    )
    return found


def hand_camera_comes_and_goes(present: Present) -> None:
    """Everybody sees it; the nurse, who holds it, may switch it off for all."""
    switch(present.physician, "Allumer la caméra à main", "Éteindre la caméra à main")
    for page in present.callers:
        goes_on(page, "hand")
    said = present.screen.get_by_text(re.compile("caméra à main", re.IGNORECASE)).first
    expect(said).to_be_visible(timeout=SOON)
    switch(present.nurse, "Éteindre la caméra à main", "Allumer la caméra à main")
    for page in present.callers:
        within(page, "the hand camera is gone", partial(absent, page, "video#hand"), PATIENCE)
        assert second(page, "hand") == 0


def stethoscope_comes_and_goes(present: Present) -> None:
    switch(present.physician, "Écouter le stéthoscope", "Ne plus écouter le stéthoscope")
    for page in present.callers:
        goes_on(page, "stethoscope")
    switch(present.physician, "Ne plus écouter le stéthoscope", "Écouter le stéthoscope")
    for page in present.callers:
        within(
            page, "the stethoscope is silent", lambda page=page: second(page, "stethoscope") == 0, PATIENCE
        )


def goes_on(page: Page, role: str) -> None:
    first = within(page, f"{role} comes", partial(second, page, role), PATIENCE)
    # A connection that was renewed meanwhile counts from nothing.
    within(page, f"{role} goes on", lambda: second(page, role) not in {0, first}, PATIENCE)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).click()


def switch(page: Page, name: str, after: str) -> None:
    """Press until the button has its other name: what a page asks of the room is sent once, and may be lost."""
    done = page.get_by_role("button", name=re.compile(after))
    button = page.get_by_role("button", name=re.compile(name))

    def pressed() -> bool:
        if done.count() == 0:
            # What was asked before may be answered while this is under way: then there is nothing to press any more.
            with contextlib.suppress(PressTimeout):
                button.click(timeout=5_000)
            page.wait_for_timeout(2_000)
        return done.count() > 0

    within(page, f"{after!r} is offered", pressed, PATIENCE)


def absent(page: Page, selector: str) -> bool:
    return page.locator(selector).count() == 0


def points(present: Present) -> None:
    """A finger in the picture is seen on every page that may see it, and said in the room."""
    physician = present.physician
    press(physician, "Montrer un endroit")
    box = settled(physician.locator("vv-call-stage #drawing.active"))
    physician.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    for page in (present.nurse, present.specialist):
        within(page, "the pointer is shown", partial(pointed, physician, page), PATIENCE)
    physician.mouse.down()
    said = present.screen.get_by_text("montre un endroit de la chambre").first
    expect(said).to_be_visible(timeout=SOON)
    keep(physician, "physician")
    keep(present.nurse, "nurse", night=True)
    keep(present.screen, "room")
    physician.mouse.up()
    press(physician, "Ne plus montrer")


def pointed(physician: Page, page: Page) -> bool:
    """Point for half a second, and tell whether the other page showed it."""
    physician.mouse.down()
    physician.wait_for_timeout(500)
    shown: bool = page.evaluate("[...window.find('vv-call-stage').spots.keys()].includes('p1')")
    physician.mouse.up()
    return shown


def settled(place: Locator) -> Any:
    """Return where something is, once it stays there."""
    before, now = None, place.bounding_box()
    for _ in range(100):
        if now is not None and now == before:
            return now
        place.page.wait_for_timeout(200)
        before, now = now, place.bounding_box()
    raise AssertionError(f"it moves: {before}, {now}")


def leaves(present: Present) -> None:
    """Who was asked in leaves, and the call goes on."""
    press(present.specialist, "Quitter la visio")
    gone = present.physician.locator(".people vv-person").filter(has_text="Roux")
    expect(gone).to_have_count(0, timeout=SOON)
    receives(present.physician, 2, 2, PATIENCE)


def comes(present: Present) -> Page:
    """Let a guest come in by a link, whom the room's screen names before it admits them, and nobody by the same link again."""
    link = linked(present.physician)
    far = present.specialist.context.browser
    assert far is not None
    guest = calm(far)
    guest.goto(link)
    expect(guest.get_by_role("heading", name=re.compile("Les Tilleuls"))).to_be_visible(timeout=SOON)
    opens_no_second_time(far, link)
    guest.get_by_role("button", name="Entrer sans caméra", exact=True).click()
    expect(present.screen.get_by_text("Durand").first).to_be_visible(timeout=SOON)
    connected(guest)
    receives(guest, 3, 3, PATIENCE)
    within(present.screen, "the room says who is there", lambda: seats_of(present) == ["p1", "p2", "p4"], 20)
    return guest


def linked(physician: Page) -> str:
    """Make a link for the SAMU's regulator."""
    press(physician, "Inviter quelqu")
    panel = physician.locator("vv-call-invite")
    panel.get_by_text("La régulation du SAMU").click()
    panel.get_by_label("Nom affiché dans la chambre").fill(REGULATOR)
    panel.get_by_role("button", name="Créer le lien").click()
    expect(panel.locator("#link")).to_be_visible(timeout=SOON)
    link = panel.locator("#link").input_value()
    panel.locator(".head button").click()
    return link


def opens_no_second_time(far: Browser, link: str) -> None:
    again = calm(far)
    again.goto(link)
    expect(again.get_by_role("heading", name="Ce lien a déjà servi.")).to_be_visible(timeout=SOON)
    assert flow(again).peers == 0
    again.context.close()


def photo(physician: Page) -> None:
    """A picture goes into the record of the call, and nothing else of what was seen."""
    press(physician, "Garder une photo")
    panel = physician.locator("vv-call-still")
    panel.get_by_label("Note (facultative)").fill("Talon droit")
    panel.get_by_role("button", name="Garder dans le dossier").click()
    expect(panel).to_contain_text("La photo est dans le dossier.", timeout=SOON)
    physician.keyboard.press("Escape")
    record = physician.evaluate(RECORD)
    assert [(one["source"], one["note"]) for one in record["snapshots"]] == [("room", "Talon droit")]
    assert [(one["seat"], one["role"]) for one in record["participants"]] == [
        ("p1", "physician"),
        ("p2", "nurse"),
        ("p3", "specialist"),
        ("p4", "regulator"),
    ]


RECORD = """async () => {
  const { id } = window.find("vv-call").call.view;
  return (await fetch(`/api/v1/calls/${id}/encounter`)).json();
}"""


def keep(page: Page, name: str, *, night: bool = False) -> None:
    """Keep a picture of a page for the documents, when they are being taken."""
    folder = os.environ.get("VEILLEUSE_SCREENSHOTS")
    if folder is not None:
        page.evaluate(THEME, "night" if night else "day")
        page.screenshot(path=Path(folder) / f"call-{name}{'-night' if night else ''}.png")


THEME = """(theme) => {
  const kept = [[document.documentElement, "data-theme"]];
  const room = document.querySelector("veilleuse-room");
  if (room !== null) kept.push([room, "theme"]);
  window.keeping?.disconnect();
  const hold = () => kept.forEach(([of, name]) => of.getAttribute(name) === theme || of.setAttribute(name, theme));
  window.keeping = new MutationObserver(hold);
  kept.forEach(([of]) => window.keeping.observe(of, { attributes: true }));
  hold();
}"""
"The pages say day or night by the clock, every second."
