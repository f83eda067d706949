"""What a home's acts came to, or several homes', on two pages. Only what may leave a home is printed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from hub.acts.activity import ALARMS, DESTINATIONS, HOME, Activity, Hidden, Unit, Value
from hub.acts.activity_file import Region, Sum, SumRow, add
from hub.acts.disclosure import LEAST
from hub.acts.documents.french import NBSP, age, moment
from hub.acts.documents.markup import element
from hub.acts.model import Kind
from hub.alerting.load import REFERENCE, REFERENCE_SOURCE

TITLE: Final = "Activité de télémédecine"
PAGES: Final = 2
WIDE: Final = 4
"Homes that stand side by side; of more only the sums are printed, and how long people waited, line by line."
ACROSS: Final = 4
"Months that stand side by side; of more each has a line."
BARRED: Final = 12
"Months that have bars beside their numbers and fit on the first of two pages; more of them take three."
HIDDEN: Final = f"masqué{NBSP}*"
"Printed where a number is not shown: it is small, or would tell one that is."
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
KINDS: Final[Mapping[str, str]] = {
    Kind.CONSULTATION: "Téléconsultations",
    Kind.EXPERTISE: "Télé-expertises",
    Kind.ASSISTANCE: "Téléassistances",
    Kind.REGULATION: "Appels au SAMU (régulation)",
    Kind.SURVEILLANCE: "Télésurveillances mises en place",
}
OUTCOMES: Final[tuple[tuple[str, str, str], ...]] = (
    (Kind.CONSULTATION, "in_charge", "Téléconsultations : prises en charge"),
    (Kind.CONSULTATION, "reoriented", "Téléconsultations : réorientées"),
    *(
        (Kind.CONSULTATION, f"to_{each}", f"— vers {words}")
        for each, words in zip(
            DESTINATIONS,
            ("une visite", "les urgences", "un spécialiste", "l'infirmier", "autre"),
            strict=True,
        )
    ),
    (Kind.CONSULTATION, "emergency", "Téléconsultations : devenues un appel au 15"),
    (Kind.CONSULTATION, "not_held", "Téléconsultations : annulées, refusées, manquées"),
    (Kind.EXPERTISE, "converted", "Télé-expertises : devenues une téléconsultation ou un appel"),
    (Kind.EXPERTISE, "expired", "Télé-expertises : sans réponse après 7 jours"),
    (Kind.ASSISTANCE, "converted", "Téléassistances : devenues une téléconsultation ou un appel"),
    (Kind.REGULATION, "stayed", "Après appel au SAMU : resté sur place (transfert évité)"),
    (Kind.REGULATION, "transferred", "Après appel au SAMU : transféré"),
    (Kind.SURVEILLANCE, "ended", "Télésurveillances : terminées"),
)
WAITS: Final = (
    (Kind.CONSULTATION, "Téléconsultation non programmée : de la demande au médecin"),
    (Kind.ASSISTANCE, "Téléassistance : de la demande au médecin"),
    (Kind.EXPERTISE, "Télé-expertise : de la question à la réponse"),
    (Kind.REGULATION, "Régulation : de l'appel à la décision"),
    (ALARMS, "Alarme sur une mesure : jusqu'à la réponse d'un soignant"),
)


@dataclass(frozen=True, slots=True)
class Print:
    """When, and on which clock, a report is printed."""

    now: int
    zone: ZoneInfo


def body(activities: Sequence[Activity], made: Print) -> list[Element]:
    """Return the report of one home or of several.

    Args:
        activities: what may leave each home (`hub.acts.disclosure.leaving`).
        made: when.

    Raises:
        ActivityFileError: they do not belong together.
    """
    region = add(activities)
    return [
        *_frame(region, made),
        _headline(region),
        element("h2", "Actes par mois"),
        _by_month(region, "held", "Total", barred=True),
        element("h2", "Résidents concernés, par mois"),
        _by_month(region, "residents", "Sur la période"),
        element("section", *_second(region), kind="apart"),
    ]


def _second(region: Region) -> list[Element]:
    parts = [element("h2", "Ce que les actes sont devenus"), _outcomes(region)]
    parts += [element("h2", "Délais (médiane ; neuf sur dix en moins de)"), _waits(region)]
    parts += [element("h2", "Charge d'alarmes"), _alarms(region)]
    return [*parts, *_notes(region)]


def span(region: Region) -> str:
    """Return the period in words."""
    first, last = named(region.months[0]), named(region.months[-1])
    return first if first == last else f"{first} à {last}"


def named(month: str) -> str:
    """Return a month in words."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def told(value: Value | Sum, unit: Unit) -> str:
    """Return a value as it is printed."""
    if isinstance(value, Sum):
        if value.at_least and not value.value:
            return HIDDEN
        plain = told(value.value, unit)
        return f"{plain} ou plus{NBSP}*" if value.at_least else plain
    if value is None:
        return "—"
    if value is Hidden.FEW:
        return HIDDEN
    if unit is Unit.MICROSECONDS:
        return age(int(value)) if value >= SECOND else f"moins d'une{NBSP}seconde"
    if unit is Unit.RATE:
        return f"{value:.1f}".replace(".", ",")
    return f"{round(value):,}".replace(",", NBSP)


def _frame(region: Region, made: Print) -> list[Element]:
    homes = ", ".join(region.homes)
    at = moment(made.now, made.zone)
    return [
        element("div", f"{TITLE} · {homes} · {span(region)}", kind="foot"),
        element(
            "header",
            element("div", element("div", f"Établi le {at}"), kind="made"),
            element("div", homes, kind="home"),
            element(
                "div", f"{len(region.homes)} établissements" if len(region.homes) > 1 else "", kind="where"
            ),
        ),
        element("h1", TITLE),
        element("p", f"{span(region).capitalize()}. Aucun résident n'y est nommé.", kind="subtitle"),
    ]


def _headline(region: Region) -> Element:
    facts = (
        (Kind.CONSULTATION, "held", "téléconsultations"),
        (Kind.CONSULTATION, "residents", "résidents vus en téléconsultation"),
        (HOME, "covered", "résidents concernés par un acte"),
        (HOME, "residents", "résidents accueillis"),
        (Kind.REGULATION, "stayed", "transferts évités après appel au SAMU"),
    )
    cells = []
    for area, figure, words in facts:
        row = region.row(area, figure)
        if row is not None:
            cells.append(element("td", element("b", told(row.total, row.unit)), element("span", words)))
    return element("table", element("tbody", element("tr", *cells)), kind="tally")


def _head(first: str, names: Iterable[str]) -> Element:
    cells = [
        element("th", first, scope="col"),
        *(element("th", name, scope="col", kind="right") for name in names),
    ]
    return element("thead", element("tr", *cells))


def _cells(values: Iterable[str]) -> list[Element]:
    return [element("td", value, kind="right") for value in values]


def _by_month(region: Region, figure: str, last: str, *, barred: bool = False) -> Element:
    """Return a figure of every kind of acts, a line for each; of many months a line for each month."""
    rows = [(words, row) for area, words in KINDS.items() if (row := region.row(area, figure)) is not None]
    # One scale for all, so that one act's bar compares with another's.
    most = max([1, *(each.value or 0 for _, row in rows for each in row.months)])
    scale = most if barred and len(region.months) <= BARRED else 0
    cells = [[*(_cell(each, scale) for each in row.months), _total(row)] for _, row in rows]
    names, kinds = [*map(named, region.months), last], [words for words, _ in rows]
    if len(region.months) <= ACROSS:
        return _table("Acte", names, _lines(kinds, cells), kind="months")
    turned = [[row[place] for row in cells] for place in range(len(names))]
    return _table("Mois", kinds, _lines(names, turned), kind="months")


def _lines(names: Iterable[str], cells: Iterable[list[Element]]) -> list[Element]:
    return [
        element("tr", element("th", name, scope="row"), *row) for name, row in zip(names, cells, strict=True)
    ]


def _total(row: SumRow) -> Element:
    return element("td", element("b", told(row.total, row.unit)), kind="right")


def _cell(value: Sum, most: float) -> Element:
    """Return a number, with a bar unless `most` is 0: an empty one for nothing, none where the number is hidden."""
    words = told(value, Unit.ACTS)
    if not most or (value.at_least and not value.value):
        return element("td", words, kind="right")
    width = round(100 * (value.value or 0) / most)
    bars = [element("div", kind="bar", style=f"width: {width}%")] if width else []
    return element("td", words, element("div", *bars, kind="track"), kind="right")


def _outcomes(region: Region) -> Element:
    lines = [
        element("tr", element("th", words, scope="row"), *_cells(_of_homes(region, area, figure, total=True)))
        for area, figure, words in OUTCOMES
        if region.row(area, figure) is not None
    ]
    return _table("Issue", _columns(region, total=True), lines)


def _waits(region: Region) -> Element:
    found = [(words, _both(region, area)) for area, words in WAITS]
    if len(region.homes) <= WIDE:
        lines = [element("tr", element("th", words, scope="row"), *_cells(both)) for words, both in found]
        return _table("Délai", _columns(region), lines)
    lines = [
        element("tr", element("th", home, scope="row"), *_cells(both[place] for _, both in found))
        for place, home in enumerate(region.homes)
    ]
    return _table("Établissement", [words for words, _ in found], lines)


def _both(region: Region, area: str) -> list[str]:
    pairs = zip(
        _of_homes(region, area, "wait_median"), _of_homes(region, area, "wait_ninetieth"), strict=True
    )
    return [middle if middle == most else f"{middle} ; {most}" for middle, most in pairs]


def _alarms(region: Region) -> Element:
    figures = (
        ("measured", "Alarmes sur une mesure"),
        ("happened", "Appels, chutes, rythmes"),
        ("technical", "Alarmes techniques"),
        ("per_day", "Alarmes sur une mesure, par résident et par jour"),
    )
    lines = [
        element(
            "tr", element("th", words, scope="row"), *_cells(_of_homes(region, ALARMS, figure, total=True))
        )
        for figure, words in figures
    ]
    return _table("Alarmes", _columns(region, total=True), lines)


def _columns(region: Region, *, total: bool = False) -> list[str]:
    if len(region.homes) == 1:
        return ["Sur la période"]
    if not total:
        return list(region.homes)
    return [*(region.homes if len(region.homes) <= WIDE else ()), "Ensemble"]


def _of_homes(region: Region, area: str, figure: str, *, total: bool = False) -> list[str]:
    """Return a figure of the whole period for each column of `_columns`."""
    row = region.row(area, figure)
    if row is None:
        return ["—" for _ in (_columns(region, total=total) if total else region.homes)]
    homes = [told(each, row.unit) for each in row.homes]
    if not total or len(homes) == 1:
        return homes
    return [*(homes if len(homes) <= WIDE else ()), told(row.total, row.unit)]


def _table(first: str, columns: Sequence[str], lines: list[Element], *, kind: str = "") -> Element:
    return element(
        "table", _head(first, columns), element("tbody", *lines), kind=f"grid figures {kind}".strip()
    )


def _notes(region: Region) -> list[Element]:
    notes = [_STAR, _COUNTED, _REFERENCE, *([_TOGETHER] if len(region.homes) > 1 else [])]
    return [element("p", words, kind="note") for words in notes]


_STAR: Final = (
    f"* Un nombre de 1 à {LEAST - 1} n'est pas imprimé, ni celui qui permettrait de le calculer : dans une petite maison il "
    "désignerait quelqu'un."
)
_COUNTED: Final = (
    "Une téléconsultation compte quand un médecin l'a commencée ; un appel au SAMU quand il a été passé ; une télé-expertise "
    "quand elle a reçu sa réponse. Chaque résident compte une fois par mois, et une fois sur la période."
)
_REFERENCE: Final = (
    f"Repère pour les alarmes sur une mesure : {told(REFERENCE, Unit.RATE)} par patient et par jour dans un service aux "
    f"limites réglées ({REFERENCE_SOURCE})."
)
_TOGETHER: Final = (
    "Ensemble : sommes des établissements. Les délais restent ceux de chacun : des médianes ne s'additionnent pas. Aucun "
    "résident ne vit dans deux établissements à la fois."
)
