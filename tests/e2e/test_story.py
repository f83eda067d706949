"""One resident's bad afternoon through the five acts of télémédecine, as people live it: nobody types a thing twice.

A fast pulse; the nurse asks for help and answers the questionnaire while she waits; the physician guides, then sees the resident in
a téléconsultation, photographs a wound with the hand camera and asks a dermatologist about it; the saturation falls, the SAMU gets
its link and its liaison file; afterwards a télésurveillance with new signed limits. Real hub, real edge, real WebRTC, real Chromium.
The pictures of docs/acts.md are taken here: `VEILLEUSE_SCREENSHOTS=docs/images pytest tests/e2e/test_story.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.rooms_in_call import FLAGS as ROOMS
from tests.e2e.story_home import StoryHome

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(900)]

FLAGS = ("--use-fake-device-for-media-stream=fps=5", *ROOMS[1:])
"Four pages draw at once: five pictures a second are enough to see that they come."
PATIENCE = 60_000
"Milliseconds for anything; three drawn cameras are encoded on whatever this machine has left."
CALLING = 180_000
"Milliseconds for a call to come about."
FINDING = "Pouls rapide, pansement du talon droit souillé"
QUESTION = "Quel pansement pour cette plaie du talon ?"
ADVICE = "Hydrofibre, décharge du talon, revoir à 7 jours"
INSTRUCTIONS = "Oxygène 2 L/min, surveillance toutes les 30 min"


@dataclass
class Story:
    """The home and everybody's pages."""

    home: StoryHome
    browser: Browser
    folder: Path
    errors: list[str] = field(default_factory=list)

    def page(self, who: str, width: int = 1280, height: int = 800) -> Page:
        page = sign_in(tablet(self.browser, self.home, width, height), who)
        return self.watched(page)

    def watched(self, page: Page) -> Page:
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def shot(self, page: Page, name: str) -> None:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=self.folder / f"story-{name}.png")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    expect.set_options(timeout=PATIENCE)
    pictures = Path(os.environ.get("VEILLEUSE_SCREENSHOTS") or tmp_path)
    home = StoryHome(tmp_path)
    with chromium(*FLAGS, "--force-prefers-reduced-motion") as browser:
        yield Story(home, browser, pictures)
    home.stop()
    expect.set_options(timeout=5_000)


def test_a_deterioration_passes_through_the_five_acts_and_nothing_is_typed_twice(story: Story) -> None:
    room = story.watched(story.browser.new_page(viewport={"width": 1280, "height": 800}))
    room.goto(story.home.screen)
    nurse, desk = story.page("ines"), story.page("benali", 1440, 900)
    asks_for_help(story, nurse)
    opens_the_call(nurse, desk, room)
    is_guided(story, nurse, desk)
    becomes_a_consultation(story, nurse, desk)
    asks_a_dermatologist(story, desk)
    goes_through_the_samu(story, desk)
    is_followed_again(story, nurse, desk)
    shows_it_whole(story, desk)
    assert story.errors == []
    for page in (nurse, desk):
        assert page.evaluate("window.violations") == []


def fr(text: str) -> str:
    """Return a French text as the pages write it."""
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=fr(name), exact=True)


def act_of(page: Page) -> Locator:
    """The act beside the call, opened if it is not."""
    beside = page.locator("vv-act-beside")
    if beside.count() == 0:
        page.get_by_role("toolbar").get_by_role("button", name=re.compile("^L.acte")).click()
    return beside


def stands(place: Page | Locator, state: str) -> None:
    expect(place.locator(f"[data-state={state}]")).to_be_visible()


def follows(beside: Locator, kind: str) -> None:
    """Open the next act; the reason is there already."""
    beside.locator(f"[data-kind={kind}]").click()
    expect(beside.locator(".opening textarea")).not_to_have_value("")
    beside.locator(".opening button[type=submit]").click()


def save(place: Page | Locator) -> None:
    button(place, "Enregistrer").click()


def asks_for_help(story: Story, nurse: Page) -> None:
    """Téléassistance: from the alarm in four presses, and the questionnaire while she waits."""
    story.home.happen("arrhythmia")
    nurse.locator(".alarm.medium [data-sheet]").click()
    nurse.get_by_role("dialog").get_by_role("button", name=re.compile("Appeler le médecin pour")).click()
    panel = nurse.get_by_role("dialog", name=re.compile("Appeler le médecin"))
    # The alarm is the reason: nothing is typed.
    expect(panel.get_by_label(re.compile("Pourquoi"))).to_have_value(re.compile("^Pouls 1"))
    panel.get_by_role("button", name=re.compile("Maintenant")).click()
    expect(nurse.get_by_role("heading", name="Le médecin est prévenu")).to_be_visible()
    story.shot(nurse, "asked")
    nurse.get_by_role("link", name=re.compile("Remplir le questionnaire")).click()
    answers(nurse)
    expect(nurse.locator("#verdict")).to_be_visible()
    story.shot(nurse, "questionnaire")
    story.home.happen("well")


def answers(nurse: Page) -> None:
    """Answer no to every sign of danger, and to what is asked after the motif."""
    asked, no = nurse.locator("main h2"), button(nurse, "Non")
    motif, verdict = button(nurse, "Situation inhabituelle"), nurse.locator("#verdict")
    while True:
        expect(no.or_(motif).or_(verdict).first).to_be_visible()
        if verdict.count():
            return
        before = asked.first.inner_text()
        (motif if motif.count() else no).click()
        # The next question stands there, or where it led.
        expect(asked.first).not_to_have_text(before)


def opens_the_call(nurse: Page, desk: Page, room: Page) -> None:
    nurse.locator(".verdict").get_by_role("link").click()
    desk.locator("[data-request]").click()
    button(desk, "Ouvrir la visio").click()
    room.locator("#accept").click()
    expect(desk.locator(".status.connected")).to_be_attached(timeout=CALLING)
    expect(nurse.locator("vv-nurse-call vv-person", has_text="Benali")).to_be_visible()


def is_guided(story: Story, nurse: Page, desk: Page) -> None:
    """The physician begins what the nurse asked for; she notes what she sees."""
    beside = act_of(desk)
    stands(beside, "asked")
    button(beside, "Commencer").click()
    beside.get_by_label("oral", exact=True).check()
    # Who agrees is known.
    expect(beside.get_by_label(re.compile(r"^\s*Donné par"))).to_have_value("MARTIN Jeanne")
    save(beside)
    stands(beside, "guiding")
    bedside = act_of(nurse)
    stands(bedside, "guiding")
    button(bedside, "Noter").click()
    bedside.get_by_label("Constatation").fill(FINDING)
    save(bedside)
    expect(desk.locator("vv-act-beside")).to_contain_text(FINDING)
    story.shot(nurse, "bedside")
    story.shot(desk, "guided")


def becomes_a_consultation(story: Story, nurse: Page, desk: Page) -> None:
    """One press; the questionnaire is there, the nurse's page goes along, and she writes the agreement down."""
    beside, bedside = act_of(desk), act_of(nurse)
    follows(beside, "consultation")
    stands(beside, "asked")
    expect(beside.locator("vv-act-asked")).to_contain_text(
        re.compile("téléconsultation|soins|visite|spécialiste")
    )
    button(bedside, "Entrer en salle d'attente").click()
    bedside.get_by_label("oral", exact=True).check()
    expect(bedside.get_by_label(re.compile(r"^\s*Soignant auprès"))).to_have_value("Ines")
    for question, said in (
        ("Identité", "Oui"),
        ("Lieu calme", "Oui"),
        ("Le résident peut se faire", "Oui"),
        ("Un examen avec les mains", "Non"),
    ):
        bedside.get_by_role("group", name=re.compile(question)).get_by_label(said, exact=True).check()
    story.shot(nurse, "consent")
    save(bedside)
    stands(beside, "waiting")
    button(beside, "Commencer").click()
    stands(bedside, "running")


def asks_a_dermatologist(story: Story, desk: Page) -> None:
    """Two pictures of the hand camera, one question, an answer of a second physician; the resident stays on the screen."""
    photographs(desk, 2)
    beside = act_of(desk)
    follows(beside, "expertise")
    stands(beside, "draft")
    button(beside, "Envoyer la question").click()
    for name in ("plaie", "aujourd'hui", "oral"):
        beside.get_by_label(fr(name), exact=True).check()
    # What was just kept of the hand camera is what the question is about.
    expect(beside.locator("input[name=pictures]:checked")).to_have_count(2)
    beside.locator("[data-expert=dupuis]").click()
    for name, text in (
        ("Question", QUESTION),
        ("Localisation", "talon droit"),
        ("Depuis quand", "10 jours"),
        ("Longueur", "32"),
        ("Largeur", "20"),
        ("Douleur", "4"),
    ):
        beside.get_by_label(re.compile(rf"^\s*{name}")).fill(text)
    beside.get_by_role("group", name=re.compile("Une règle")).get_by_label("Oui", exact=True).check()
    story.shot(desk, "question")
    save(beside)
    stands(beside, "sent")
    answered(story)
    stands(beside, "answered")
    expect(beside).to_contain_text(ADVICE)
    button(beside, "Avis lu").click()
    stands(beside, "closed")


def photographs(desk: Page, count: int) -> None:
    desk.get_by_role("button", name=re.compile("caméra à main", re.IGNORECASE)).first.click()
    panel, hand = desk.locator("vv-call-still"), desk.locator("vv-call-stage video#hand")
    for _ in range(count):
        desk.keyboard.press("Escape")
        # Before its first frame there is nothing to keep, and the page says so.
        expect(hand).not_to_have_js_property("videoWidth", 0)
        desk.keyboard.press("s")
        button(panel, "Garder dans le dossier").click()
        expect(panel).to_contain_text("La photo est dans le dossier.")
    desk.keyboard.press("Escape")


def answered(story: Story) -> None:
    """The dermatologist finds the question among those put to her, with everything that led to it."""
    expert = story.page("dupuis")
    expert.get_by_role("link", name=re.compile("Avis")).click()
    asked = expert.locator("[data-list=waiting] a.row", has_text=QUESTION)
    expect(asked).to_be_visible()
    story.shot(expert, "questions")
    asked.click()
    expect(expert.locator(".photos img")).to_have_count(2)
    expect(expert.get_by_text(FINDING)).to_be_visible()
    button(expert, "Accepter la question").click()
    button(expert, "Rendre l'avis").click()
    expert.get_by_label(re.compile(r"^\s*Diagnostic")).fill("Escarre de stade 3 du talon, non infectée")
    expert.get_by_label(re.compile(r"^\s*Conduite proposée")).fill(ADVICE)
    for name in ("forte", "soins sur place"):
        expert.get_by_label(name, exact=True).check()
    story.shot(expert, "answer")
    save(expert)
    stands(expert, "answered")
    assert expert.evaluate("window.violations") == []
    expert.context.close()


def goes_through_the_samu(story: Story, desk: Page) -> None:
    """The saturation falls: what is read out, the liaison file and the link are one press each."""
    story.home.happen("hypoxia")
    expect(desk.locator("vv-call .alarms .mark.high")).to_be_visible()
    beside = act_of(desk)
    beside.locator(".which").get_by_role("button", name="Téléconsultation").click()
    stands(beside, "running")
    follows(beside, "regulation")
    stands(beside, "prepared")
    expect(beside.locator("vv-act-regulation dd").filter(has_text="talon").first).to_be_visible()
    button(beside, "Noter l'appel").click()
    beside.get_by_label("15", exact=True).check()
    beside.get_by_label(re.compile(r"^\s*Interlocuteur")).fill("Dr Durand, SAMU 35")
    save(beside)
    stands(beside, "called")
    button(beside, "Dossier de liaison (PDF)").click()
    file = beside.get_by_role("link", name="Ouvrir le PDF : Dossier de liaison")
    expect(file).to_be_visible()
    assert desk.request.get(str(file.get_attribute("href"))).body().startswith(b"%PDF")
    button(beside, "Lien visio pour le régulateur").click()
    comes(story, beside.locator("#once").input_value())
    story.shot(desk, "regulation")
    button(beside, "Noter la décision").click()
    # Who was reached is who decided, unless somebody says otherwise.
    expect(beside.get_by_label(re.compile(r"^\s*Décidée par"))).to_have_value("Dr Durand, SAMU 35")
    beside.get_by_label("conseil", exact=True).check()
    beside.get_by_label(re.compile(r"^\s*Consignes")).fill(INSTRUCTIONS)
    beside.get_by_role("group", name=re.compile("relue à voix haute")).get_by_label("Oui", exact=True).check()
    save(beside)
    button(beside, "Noter le maintien sur place").click()
    expect(beside.get_by_label(re.compile(r"^\s*Conduite à tenir"))).to_have_value(INSTRUCTIONS)
    save(beside)
    stands(beside, "stayed")
    story.home.happen("well")


def comes(story: Story, link: str) -> None:
    """The regulator opens the link, which opens once, and is in the call."""
    context = story.browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    guest = story.watched(context.new_page())
    guest.goto(link)
    guest.get_by_role("button", name="Entrer avec caméra et micro").click()
    expect(guest.locator(".status.connected")).to_be_attached(timeout=CALLING)
    context.close()


def is_followed_again(story: Story, nurse: Page, desk: Page) -> None:
    """After the call: télésurveillance, with a limit that is signed on its own page and is part of what is signed."""
    desk.get_by_role("button", name=re.compile("^Raccrocher")).click()
    beside = desk.locator("vv-act-beside[over]")
    stands(beside, "stayed")
    expect(beside.locator("vv-act-regulation dd").first).to_be_visible()
    story.shot(desk, "after")
    follows(beside, "surveillance")
    stands(beside, "proposed")
    beside.get_by_role("link", name=fr("Voir l'acte entier")).click()
    desk.get_by_role("link", name="Voir et changer les limites").click()
    signs_a_limit(desk)
    desk.get_by_role("link", name=fr("Retour à l'acte")).click()
    button(desk, "Signer la prescription").click()
    for name in ("SpO₂", "Pouls", "en continu"):
        desk.get_by_label(name, exact=True).check()
    desk.get_by_label(re.compile(r"^\s*Jusqu.au")).fill(
        desk.evaluate("new Date(Date.now() + 9e9).toISOString().slice(0, 10)")
    )
    desk.get_by_label(re.compile(r"^\s*Réévaluer tous")).fill("7")
    desk.get_by_label(re.compile(r"^\s*Raison")).fill("Désaturation, maintien sur place")
    save(desk)
    stands(desk, "signed")
    agrees(nurse, desk.url)
    stands(desk, "running")
    expect(desk.locator(".list").filter(has_text="sous 90")).to_be_visible()
    story.shot(desk, "surveillance")


def signs_a_limit(desk: Page) -> None:
    """Alert from 90 % on, no longer only from 88 %: tighter, so that one signature is enough."""
    button(desk.locator("[data-metric=spo2]"), "Modifier").click()
    desk.locator("#limit-low").fill("90")
    desk.locator("#limit-reason").fill("Désaturation ce jour")
    button(desk, "Signer").click()
    expect(desk.locator("[data-metric=spo2]")).to_contain_text("90")


def agrees(nurse: Page, address: str) -> None:
    """The nurse writes down what Jeanne says, and it begins."""
    nurse.goto(address)
    button(nurse, "Noter l'accord").click()
    nurse.get_by_label("oral", exact=True).check()
    expect(nurse.get_by_label(re.compile(r"^\s*Donné par"))).to_have_value("MARTIN Jeanne")
    nurse.get_by_role("group", name=re.compile("service d.urgence")).get_by_label("Oui", exact=True).check()
    save(nurse)
    button(nurse, "Commencer").click()
    stands(nurse, "running")


def shows_it_whole(story: Story, desk: Page) -> None:
    """The timeline tells it, oldest last, each with who did it; what came again is looked for where it came first."""
    desk.goto("/actes/r12")
    told = desk.locator(".day li")
    expect(told.first).to_contain_text("Télésurveillance : commencée")
    texts = [re.sub(r"[\u00a0\u202f]", " ", text) for text in told.all_inner_texts()]
    places = [max(at for at, text in enumerate(texts) if re.search(part, text)) for part in WHOLE]
    assert places == sorted(places, reverse=True), list(zip(WHOLE, places, strict=True))
    for act in desk.request.get("/api/v1/residents/r12/acts").json()["items"]:
        whole = desk.request.get(f"/api/v1/acts/{act['id']}").json()
        assert whole["alert"] is not None, act
        if act["kind"] != "assistance":
            assert FINDING in [each["text"] for each in whole["findings"]], act
    story.shot(desk, "timeline")


WHOLE = (
    r"Téléassistance : ouverte[\s\S]*Ines",
    r"Questionnaire :[\s\S]*Ines",
    r"Téléassistance : commencée[\s\S]*Benali",
    FINDING,
    r"Téléconsultation : ouverte[\s\S]*Benali",
    r"Téléconsultation : en salle d.attente[\s\S]*Ines",
    r"Photo de la caméra à main gardée[\s\S]*Benali",
    r"Télé-expertise : question envoyée[\s\S]*Benali",
    r"Télé-expertise : avis rendu[\s\S]*Dupuis",
    r"SpO₂ [\s\S]*Veilleuse",
    r"Régulation \(15\) : ouverte[\s\S]*Benali",
    r"Régulation \(15\) : 15 appelé",
    r"Dossier de liaison[\s\S]*établi",
    r"Lien à usage unique pour Dr Durand",
    r"Dr Durand, SAMU 35 a ouvert son lien",
    r"Régulation \(15\) : transfert évité",
    r"SpO₂[\s\S]*signée[\s\S]*Désaturation ce jour",
    r"Télésurveillance : prescription signée[\s\S]*Benali",
    r"Télésurveillance : accord du résident[\s\S]*Ines",
    r"Télésurveillance : commencée",
)
"What the timeline tells, oldest first."
