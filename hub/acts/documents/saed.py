"""The SAED sheet on one page, and what is read out of it on the phone in a minute. Order is fixed: S, A, E, D. Pure."""

from __future__ import annotations

from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from hub.acts.documents import parts
from hub.acts.documents.french import MISSING, NBSP
from hub.acts.documents.markup import Part, element, known, yes_no
from hub.acts.documents.model import Issue, Saed
from hub.acts.documents.parts import Sheet
from hub.acts.documents.script import CUT, spoken

TITLE = "Fiche SAED — appel au SAMU, centre 15"
PAGES = 2
"The sheet, and the text to read out, large."
WORRIES = ("aucune", "légère", "forte", "maximale")
"Of the caller, 0 to 3 (sheet 07)."


def body(saed: Saed, zone: ZoneInfo, issue: Issue) -> list[Element]:
    """Return the sheet."""
    sheet = Sheet(
        TITLE,
        "À lire au téléphone dans l'ordre S, A, E, D. Un soignant appelle et confirme : Veilleuse n'appelle jamais le 15.",
        saed.home,
        saed.resident,
        saed.now,
        zone,
        issue,
    )
    return [
        *parts.frame(sheet),
        _band("S", "Situation", *_situation(saed, sheet)),
        _band("A", "Antécédents", *_antecedents(saed)),
        _band("E", "Évaluation", *_evaluation(saed)),
        _band("D", "Demande", *_demande(saed)),
        element(
            "section",
            element("h2", "À lire au téléphone, en une minute"),
            *(element("p", element("b", letter, kind="spoken"), text) for letter, text in spoken(saed, zone)),
            element("p", f"« {CUT} »{NBSP}: la suite est sur la fiche.", kind="note"),
            kind="script",
        ),
    ]


def _band(letter: str, name: str, *inside: Element) -> Element:
    return element(
        "section",
        element("div", letter, kind="letter"),
        element("h2", name),
        *inside,
        kind="band",
    )


def _situation(saed: Saed, sheet: Sheet) -> list[Element]:
    who, home = saed.caller, saed.home
    place = ", ".join(part for part in (saed.resident.room, saed.place, home.address) if part)
    pairs: list[tuple[str, Part]] = [
        ("Appelant", known(", ".join(part for part in (who.name, who.role, home.name) if part))),
        ("Rappel au", known(saed.callback or home.phone)),
        ("Lieu", known(place)),
        ("Motif de l'appel", known(saed.reason)),
        ("Depuis", known(saed.onset)),
    ]
    if saed.alert:
        pairs.append(("Alarme", saed.alert))
    values = element(
        "div",
        parts.measured(saed.vitals, saed.now, sheet.zone, brief=True),
        *parts.news2(saed.score, saed.now),
    )
    return [parts.identity(sheet), element("div", element("div", parts.rows(pairs)), values, kind="halves")]


def _antecedents(saed: Saed) -> list[Element]:
    pairs: list[tuple[str, Part]] = [
        ("Entrée et motif", known(saed.admitted)),
        ("Antécédents et maladies", known(saed.history)),
        ("Allergies", known(saed.allergies)),
        ("Traitements en cours", known(saed.treatments)),
        ("Anticoagulant", yes_no(value=saed.anticoagulant)),
        ("Oxygène habituel", known(saed.oxygen)),
        ("État habituel (GIR, mobilité…)", known(saed.usual)),
        ("Poids", known(saed.weight)),
        ("Résultats récents", known(saed.results)),
    ]
    halves = [element("div", parts.rows(half)) for half in (pairs[:4], pairs[4:])]
    return [element("div", *halves, kind="halves"), parts.directives(saed.directives)]


def _evaluation(saed: Saed) -> list[Element]:
    worry: Part = known("")
    if saed.worry is not None:
        worry = f"{WORRIES[saed.worry]} ({saed.worry}/3)" if 0 <= saed.worry < len(WORRIES) else MISSING
    pairs: list[tuple[str, Part]] = [
        ("Je pense que le problème est", known(saed.hypothesis)),
        ("J'ai déjà fait", known(saed.done)),
        ("Inquiétude", worry),
    ]
    return [parts.rows(pairs)]


def _demande(saed: Saed) -> list[Element]:
    pairs: list[tuple[str, Part]] = [
        ("Je demande", known(saed.request)),
        ("Dans quel délai", known(saed.delay)),
        ("En attendant", known(saed.meanwhile)),
    ]
    answer = f"Décision répétée à voix haute{NBSP}: ______________________  Décidée par{NBSP}: ________________  à ____ h ____"
    return [parts.rows(pairs), element("p", answer, kind="note")]
