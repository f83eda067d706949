"""The liaison file (dossier de liaison d'urgence, DLU): two pages that go with a resident to the hospital.

Structure after HAS/ANESM 2015 and later; the list of what each part holds is partly from memory (sheet 07 part 4). What nobody
wrote down stands as "non renseigné" in red: an empty line on a paper reads as "none".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from hub.acts.documents import parts
from hub.acts.documents.french import NBSP, day
from hub.acts.documents.markup import Part, element, known
from hub.acts.documents.model import Issue, Liaison
from hub.acts.documents.parts import Sheet

TITLE = "Dossier de liaison d'urgence (DLU)"
PAGES = 2
STALE_DAYS = 183
"Half a year: an older validation is said to be old, and somebody is asked to look (sheet 07 part 4)."
_DAY = 86_400 * 10**6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    name: str
    rows: tuple[Row, ...]


def _group(name: str, *rows: tuple[str, str]) -> Group:
    return Group(name, tuple(Row(*row) for row in rows))


STANDING: Sequence[Group] = (
    _group(
        "Personnes à prévenir",
        ("trusted", "Personne de confiance"),
        ("family", "Famille, référent"),
        ("guardian", "Tutelle, curatelle"),
        ("insurance", "Mutuelle"),
    ),
    _group(
        "Professionnels",
        ("physician", "Médecin traitant"),
        ("coordinator", "Médecin coordonnateur"),
        ("nurse", "Infirmier de l'établissement"),
        ("specialists", "Spécialistes"),
    ),
    _group(
        "Santé",
        ("history", "Antécédents et maladies"),
        ("admission", "Entrée dans l'établissement, motif"),
        ("allergies", "Allergies, intolérances"),
        ("vaccines", "Vaccinations"),
        ("bacteria", "Risque bactérien (BMR, BHRe)"),
        ("devices", "Dispositifs (stimulateur, sonde, voie…)"),
    ),
    _group(
        "Traitements",
        ("treatments", "Traitements en cours"),
        ("anticoagulant", "Anticoagulant"),
        ("insulin", "Insuline"),
        ("oxygen", "Oxygène"),
    ),
    _group(
        "État habituel",
        ("gir", "GIR"),
        ("mobility", "Mobilité, transferts, aides"),
        ("senses", "Vue, audition, dentition, prothèses"),
        ("cognition", "Cognition, humeur, comportement"),
        ("communication", "Communication"),
        ("nutrition", "Alimentation, texture, déglutition"),
        ("skin", "Peau (risque d'escarre, plaies)"),
        ("continence", "Continence"),
        ("pain", "Douleur"),
        ("weight", "Poids"),
        ("usual", "Constantes habituelles"),
    ),
)
"The standing part, kept current by the physician who coordinates."

TRANSFER: Group = _group(
    "Fiche de transfert — de l'EHPAD vers l'hôpital",
    ("left", "Date et heure du départ"),
    ("reason", "Motif"),
    ("events", "Ce qui s'est passé"),
    ("given", "Derniers traitements donnés (heure)"),
    ("actions", "Gestes déjà faits"),
    ("company", "Accompagné par"),
    ("informed", "Famille informée (qui, heure)"),
)

ATTACHED = (
    "Ordonnance en cours",
    "Biologie récente",
    "ECG",
    "Imagerie",
    "Compte rendu récent",
    "Plan de soins",
    "Carte Vitale, mutuelle",
    "Prothèses, lunettes, appareils auditifs",
    "Objets de valeur",
)
BACK = ("Diagnostic", "Soins donnés", "Traitements changés", "Pansements", "Suivi, prochain rendez-vous")
"For the hospital to fill in by hand."

ROWS: Mapping[str, Row] = {row.key: row for group in (*STANDING, TRANSFER) for row in group.rows}
"Everything that can be filled in, by key."


def body(liaison: Liaison, zone: ZoneInfo, issue: Issue) -> list[Element]:
    """Return the file."""
    sheet = Sheet(
        TITLE,
        "À remettre au SAMU et à l'hôpital avec le résident.",
        liaison.home,
        liaison.resident,
        liaison.now,
        zone,
        issue,
    )
    first = [
        *parts.frame(sheet),
        parts.directives(liaison.directives),
        parts.identity(sheet),
        _validated(liaison, zone),
        element("div", *(_part(group, liaison) for group in STANDING), kind="columns"),
    ]
    second = [
        element("section", element("h2", TRANSFER.name), parts.rows(_pairs(TRANSFER, liaison)), kind="apart"),
        element("h2", "Constantes au départ"),
        parts.measured(liaison.vitals, liaison.now, zone),
        *parts.news2(liaison.score, liaison.now),
        element("h2", "Joints au dossier (cocher)"),
        element("p", "\u2003".join(f"☐{NBSP}{name.replace(' ', NBSP)}" for name in ATTACHED)),
        element("h2", "Retour — de l'hôpital vers l'EHPAD (à remplir par l'hôpital)"),
        _blank(),
        parts.signature(sheet, "à signer par le médecin ou l'infirmier qui transfère"),
    ]
    return [*first, *second]


def stale(liaison: Liaison) -> bool:
    """Tell whether nobody looked at the file for half a year."""
    return liaison.validated is None or liaison.now - liaison.validated.time > STALE_DAYS * _DAY


def _validated(liaison: Liaison, zone: ZoneInfo) -> Element:
    found = liaison.validated
    label = f"Dernière validation par un médecin{NBSP}: "
    if found is None:
        return element("p", label, known(""))
    text = f"{day(found.time, zone)}, {found.author}"
    if stale(liaison):
        return element("p", label, text, " — ", element("strong", "plus de 6 mois, à revoir", kind="missing"))
    return element("p", label, element("b", text))


def _part(group: Group, liaison: Liaison) -> Element:
    return element("section", element("h2", group.name), parts.rows(_pairs(group, liaison)))


def _pairs(group: Group, liaison: Liaison) -> list[tuple[str, Part]]:
    return [(row.label, known(liaison.entries.get(row.key, ""))) for row in group.rows]


def _blank() -> Element:
    lines = [element("tr", element("th", name, scope="row"), element("td", "")) for name in BACK]
    return element("table", element("tbody", *lines), kind="rows blank")
