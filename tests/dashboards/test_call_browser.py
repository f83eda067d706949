"""A call with several people in Debian's Chromium: two physicians, a guest by a link, the room. Real hub, real edge, real WebRTC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FloatRect, Locator, Page, expect

from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.rooms_in_call import FLAGS, MeasuringHome

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(420)]

AXE = Path(__file__).parents[2] / "dashboards/node_modules/axe-core/axe.min.js"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
PATIENCE = 60_000
"Milliseconds: three drawn cameras are encoded on whatever this machine has left."
CALL = "document.querySelector('vv-physician').renderRoot.querySelector('vv-call').call"
GUEST = "document.querySelector('vv-guest').call"
FLOWS = """async ([call, seat]) => {
  // Pictures and sound that have come from a page of the call, by the browser's own figures.
  const peer = seat === "room" ? call.peer.peer : call.mesh.pages.get(seat)?.connection;
  const found = { frames: 0, energy: 0 };
  for (const one of (await peer?.getStats())?.values() ?? []) {
    if (one.type !== "inbound-rtp") continue;
    found.frames += one.framesDecoded ?? 0;
    found.energy += one.totalAudioEnergy ?? 0;
  }
  return found;
}"""
BAD = """async () => {
  const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[MeasuringHome]:
    made = MeasuringHome(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium(*FLAGS) as browser:
        yield browser


def calls(browser: Browser, home: MeasuringHome) -> tuple[Page, Page]:
    """Let Dr Benali call, and the room accept; return both pages."""
    screen = browser.new_page()
    screen.goto(home.screen)
    physician = sign_in(tablet(browser, home), "benali")
    physician.goto("/medecin/resident/r12")
    physician.get_by_role("button", name="Ouvrir la visio").click()
    screen.bring_to_front()
    screen.locator("#accept").click(timeout=PATIENCE)
    physician.bring_to_front()
    talking(physician)
    return physician, screen


def talking(page: Page) -> None:
    expect(page.locator(".status.connected")).to_be_attached(timeout=PATIENCE)


def flows(page: Page, call: str, seat: str) -> None:
    """Wait until pictures and sound of a seat come, and go on coming."""
    before = more(page, call, seat, 0, 0.0)
    more(page, call, seat, before["frames"], before["energy"])


def more(page: Page, call: str, seat: str, frames: int, energy: float) -> Any:
    """Wait until there are more pictures and more sound than that."""
    found: Any = None
    for _ in range(PATIENCE // 200):
        found = page.evaluate(f"async (seat) => ({FLOWS})([{call}, seat])", seat)
        if found["frames"] > frames and found["energy"] > energy:
            return found
        page.wait_for_timeout(200)
    raise AssertionError(f"nothing more comes from {seat}: {found}, after {frames} frames and {energy}")


def invited(physician: Page, name: str) -> str:
    """Make a guest's link."""
    physician.get_by_role("button", name="Inviter quelqu").click()
    panel = physician.locator("vv-call-invite")
    panel.get_by_text("La régulation du SAMU").click()
    panel.get_by_label("Nom affiché dans la chambre").fill(name)
    panel.get_by_role("button", name="Créer le lien").click()
    expect(panel.locator("#link")).to_be_visible(timeout=PATIENCE)
    return panel.locator("#link").input_value()


def sound(context: BrowserContext, *pages: Page) -> None:
    """Nothing was blocked by the content security policy."""
    for page in pages:
        assert page.evaluate("window.violations ?? []") == []
    context.close()


def test_two_physicians_a_guest_and_the_room_see_and_hear_each_other(
    browser: Browser, home: MeasuringHome
) -> None:
    physician, screen = calls(browser, home)
    flows(physician, CALL, "room")
    other = sign_in(tablet(browser, home), "dupuis")
    other.goto("/medecin/resident/r12")
    # The page knows from the hub that a call goes on: the same button comes into it.
    expect(other.get_by_text("Benali").first).to_be_visible(timeout=PATIENCE)
    join = other.get_by_role("button", name="Rejoindre").or_(
        other.get_by_role("button", name="Ouvrir la visio")
    )
    join.first.click()
    talking(other)
    flows(other, CALL, "room")
    flows(other, CALL, "p1")
    flows(physician, CALL, "p2")
    for page, name in ((physician, "Dupuis"), (other, "Benali")):
        expect(page.locator(".people vv-person").filter(has_text=name)).to_have_count(1)

    chats(physician, other, screen)
    points(physician, other)
    leaves(physician, other)
    flows(physician, CALL, "room")
    physician.get_by_role("button", name="Raccrocher").click()
    expect(physician.get_by_role("heading", name=f"L{APOSTROPHE}appel est terminé.")).to_be_visible()
    sound(other.context, other)
    sound(physician.context, physician)


def chats(physician: Page, other: Page, screen: Page) -> None:
    """Messages pass between the pages, and the room has none of them."""
    physician.keyboard.press("c")
    physician.get_by_label("Votre message").fill("Regardez le talon droit.")
    physician.keyboard.press("Enter")
    unread = other.get_by_role("button", name="1 message non lu")
    unread.click(timeout=PATIENCE)
    expect(other.locator("vv-call-chat li")).to_contain_text("Regardez le talon droit.")
    expect(screen.get_by_text("talon")).to_have_count(0)
    writes(physician, other, screen)
    for page in (physician, other):
        page.locator("vv-call-chat").get_by_role("button", name="Fermer").click()


def writes(physician: Page, other: Page, screen: Page) -> None:
    """A line stands on the room's screen; who wrote it and the others see that it does, and take it away."""
    panel = physician.locator("vv-call-chat")
    panel.get_by_label("La chambre").check()
    panel.get_by_label("Une phrase courte").fill("Pouvez-vous montrer votre talon droit ?")
    panel.get_by_role("button", name="Afficher").click()
    expect(screen.locator(".captions")).to_have_text("Pouvez-vous montrer votre talon droit ?")
    for page in (physician, other):
        expect(page.locator("vv-call-chat li.on-screen")).to_contain_text("talon droit")
    expect(panel.get_by_label("Une phrase courte")).to_have_value("")
    other.locator("vv-call-chat").get_by_label("La chambre").check()
    other.locator("vv-call-chat").get_by_role("button", name="Effacer").click()
    expect(screen.locator(".captions")).to_have_count(0)
    expect(panel.get_by_text("En grand sur l")).to_be_visible()


def points(physician: Page, other: Page) -> None:
    """A finger in the picture is seen by the other."""
    other.evaluate(
        f"() => {{ window.points = []; {CALL}.addEventListener('point', (e) => points.push(e.detail)) }}"
    )
    drawing = physician.locator("vv-call-stage #drawing")
    for _ in range(4):
        # A connection that is renewed meanwhile takes the finger off the picture; a person presses again.
        if drawing.and_(physician.locator(".active")).count() == 0:
            physician.keyboard.press("p")
        box = settled(physician.locator("vv-call-stage #drawing.active"))
        physician.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
        physician.mouse.down()
        seen = pointed(other)
        if seen:
            break
        physician.mouse.up()
    assert seen, physician.evaluate(
        f"[{CALL}.peer.channel?.readyState, {CALL}.state, document.querySelector('vv-physician').renderRoot.querySelector('vv-call').renderRoot.querySelector('vv-call-stage').spots.size]"
    )
    assert seen[0] == pytest.approx([0.25, 0.5], abs=0.02)
    physician.mouse.up()
    physician.keyboard.press("p")


def pointed(other: Page) -> list[list[float]]:
    """Return where the physician's finger was seen, once it was; nothing after a while."""
    for _ in range(PATIENCE // 4 // 200):
        seen: list[list[float]] = other.evaluate(
            "points.filter(({ from, spot }) => from === 'p1' && spot).map(({ spot }) => [spot.x, spot.y])"
        )
        if seen:
            return seen
        other.wait_for_timeout(200)
    return []


def settled(place: Locator) -> FloatRect:
    """Return where something is, once it stays there: a panel that closes makes the picture larger."""
    before, now = None, place.bounding_box()
    for _ in range(PATIENCE // 300):
        if now is not None and now == before:
            return now
        place.page.wait_for_timeout(300)
        before, now = now, place.bounding_box()
    raise AssertionError(f"it moves: {before}, {now}")


def leaves(physician: Page, other: Page) -> None:
    """Who mutes is marked; who leaves is gone, and the call goes on for the other."""
    other.get_by_role("button", name="Couper le micro (M)").click()
    person = physician.locator(".people vv-person").filter(has_text="Dupuis")
    expect(person).to_contain_text("micro coupé", timeout=PATIENCE)
    other.get_by_role("button", name="Quitter la visio").click()
    expect(other.get_by_text("Vous avez quitté la visio.")).to_be_visible()
    expect(person).to_have_count(0, timeout=PATIENCE)


def test_a_guest_comes_by_a_link_that_opens_once(browser: Browser, home: MeasuringHome) -> None:
    physician, screen = calls(browser, home)
    link = invited(physician, "Dr Durand, SAMU 35")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    guest = context.new_page()
    guest.add_init_script(path=AXE)
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Benali vous invite à une visio")).to_be_visible(
        timeout=PATIENCE
    )
    assert guest.url.endswith("/invitation")
    assert guest.evaluate(BAD) == []
    guest.get_by_role("button", name="Entrer avec caméra et micro").click()
    expect(guest.locator(".status.announced")).to_be_attached(timeout=PATIENCE)
    screen.bring_to_front()
    expect(screen.get_by_text("Durand").first).to_be_visible(timeout=PATIENCE)
    guest.bring_to_front()
    talking(guest)
    flows(guest, GUEST, "room")
    flows(guest, GUEST, "p1")
    expect(guest.locator(".card").filter(has_text="SpO").locator(".number")).to_have_text(
        "97", timeout=PATIENCE
    )
    # Read only: nothing of the room can be touched from here.
    expect(guest.get_by_role("button", name="Caméra à main")).to_have_count(0)
    expect(guest.get_by_role("button", name="Pointer")).to_have_count(0)
    assert guest.evaluate(BAD) == []

    second = browser.new_page(locale="fr-FR")
    second.goto(link)
    expect(second.get_by_role("heading", name="Ce lien a déjà servi.")).to_be_visible(timeout=PATIENCE)
    expect(second.get_by_text("Rappelez la maison")).to_be_visible()
    second.goto("about:blank")
    second.goto(f"{home.url}/invitation#unknown-token")
    expect(second.get_by_role("heading", name=f"Ce lien n{APOSTROPHE}est pas reconnu.")).to_be_visible()
    second.goto("about:blank")
    second.goto(f"{home.url}/invitation")
    expect(second.get_by_role("heading", name=f"Cette page s{APOSTROPHE}ouvre par")).to_be_visible()

    physician.bring_to_front()
    panel = physician.locator("vv-call-invite")
    panel.get_by_role("button", name=f"Retirer l{APOSTROPHE}invitation de Dr Durand, SAMU 35").click()
    expect(guest.get_by_text(f"l{APOSTROPHE}invitation a été retirée")).to_be_visible(timeout=PATIENCE)
    physician.get_by_role("button", name="Raccrocher").click()
    sound(context, guest)
    sound(physician.context, physician)


def test_a_photo_is_measured_and_kept_in_the_record(browser: Browser, home: MeasuringHome) -> None:
    physician, _screen = calls(browser, home)
    physician.evaluate(AXE.read_text())
    expect(physician.get_by_role("button", name=f"Figer l{APOSTROPHE}image")).to_be_enabled(timeout=PATIENCE)
    assert physician.evaluate(BAD) == []
    physician.keyboard.press("f")
    panel = physician.locator("vv-call-still")
    expect(panel).to_contain_text("1. Tracez un trait")
    measures(physician)
    assert physician.evaluate(BAD) == []
    physician.keyboard.press("s")
    panel.get_by_label("Note (facultative)").fill("Talon droit")
    panel.get_by_text("Avec les traits et les mesures").click()
    panel.get_by_role("button", name="Garder dans le dossier").click()
    expect(panel).to_contain_text("La photo est dans le dossier.", timeout=PATIENCE)
    call = physician.evaluate(f"{CALL}.view.id")
    record = physician.request.get(f"/api/v1/calls/{call}/encounter").json()
    [kept] = record["snapshots"]
    assert (kept["source"], kept["note"]) == ("room", "Talon droit")
    picture = physician.request.get(f"/api/v1/calls/{call}/snapshots/{kept['id']}")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.body()[:2] == b"\xff\xd8"
    physician.keyboard.press("Escape")
    expect(physician.locator(".frozen")).to_have_count(0)
    physician.get_by_role("button", name="Raccrocher").click()
    sound(physician.context, physician)


def measures(physician: Page) -> None:
    """Draw a line over the coin and one twice as long, and a third by keyboard alone."""
    panel, drawing = physician.locator("vv-call-still"), physician.locator("vv-call-stage #drawing")
    box = settled(drawing)
    for start, end, height in ((0.2, 0.3, 0.6), (0.4, 0.6, 0.4)):
        physician.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * height)
        physician.mouse.down()
        physician.mouse.move(box["x"] + box["width"] * end, box["y"] + box["height"] * height, steps=3)
        physician.mouse.up()
    expect(panel.locator(".lines li")).to_contain_text("mm (±")
    said = panel.locator(".lines li").inner_text()
    assert 45 <= float(said.split()[0].replace(",", ".")) <= 48
    expect(panel).to_contain_text("Estimation, pas une mesure")
    drawing.focus()
    for key in ("ArrowLeft", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        physician.keyboard.press(key)
    expect(panel.locator(".lines li")).to_have_count(2)
