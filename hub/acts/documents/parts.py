"""What all papers share: heading, whom it is about, values, score, signature. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from hub.acts.documents.french import (
    MISSING,
    NBSP,
    OLD,
    PARAMETERS,
    age,
    born,
    hour,
    moment,
    said,
    score,
    sex,
    trend,
    years,
)
from hub.acts.documents.markup import Part, element, known, missing
from hub.acts.documents.model import Directives, Home, Identity, Issue, Scored, Vital


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around a paper's own contents."""

    title: str
    subtitle: str
    home: Home
    resident: Identity
    now: int
    zone: ZoneInfo
    issue: Issue = field(default_factory=Issue)


def frame(sheet: Sheet) -> list[Element]:
    """Return foot, heading and title; the foot stands on every page, so that loose sheets find each other."""
    who = f"{sheet.resident.name} {sheet.resident.given_names}, né(e) en {sheet.resident.birth_year}"
    issue = f"version {sheet.issue.version}"
    foot = f"{sheet.title} · {who} · {issue} du {moment(sheet.now, sheet.zone)}"
    return [
        element("div", foot, kind="foot"),
        element(
            "header",
            element(
                "div",
                element("div", f"Établi le {moment(sheet.now, sheet.zone)}"),
                element("div", issue.capitalize()),
                kind="made",
            ),
            element("div", sheet.home.name, kind="home"),
            element("div", *_where(sheet.home), kind="where"),
        ),
        element("h1", sheet.title),
        element("p", sheet.subtitle, kind="subtitle"),
    ]


def _where(home: Home) -> list[Part]:
    facts = [home.address, home.phone and f"Tél. {home.phone}", home.finess and f"FINESS {home.finess}"]
    return [" · ".join(fact for fact in facts if fact)]


def identity(sheet: Sheet) -> Element:
    """Return who the paper is about."""
    who = sheet.resident
    use = "" if who.used_name in {"", who.birth_name} else f" (nom de naissance{NBSP}: {who.birth_name})"
    ins: Part = "identité non qualifiée" if not who.matricule else f"{who.matricule} (qualifié)"
    facts: list[tuple[str, Part]] = [
        ("Né(e) le", f"{born(who)}, {years(who, sheet.now, sheet.zone)}"),
        ("Sexe", known(sex(who))),
        ("Chambre", known(who.room)),
        ("Matricule INS", ins),
        ("Lieu de naissance (INSEE)", known(who.birth_place)),
    ]
    return element(
        "section",
        element("div", f"{who.name} {who.given_names}", element("small", use), kind="name"),
        element("p", *_inline(facts), kind="facts"),
        kind="who",
    )


def _inline(facts: Iterable[tuple[str, Part]]) -> list[Part]:
    """Return labels and values one behind the other; each keeps together."""
    parts: list[Part] = []
    for label, value in facts:
        parts += [element("span", element("i", f"{label}{NBSP}: "), value), " "]
    return parts


def rows(pairs: Iterable[tuple[str, Part]]) -> Element:
    """Return a table of labels and what is known of each."""
    lines = [element("tr", element("th", label, scope="row"), element("td", value)) for label, value in pairs]
    return element("table", element("tbody", *lines), kind="rows")


def directives(found: Directives) -> Element:
    """Return what a person wants, in a frame."""
    flag: Part = missing()
    if found.palliative is not None:
        flag = "OUI" if found.palliative else "non"
    return element(
        "section",
        element("h2", "Directives anticipées et soins palliatifs"),
        element("p", f"Prise en charge palliative{NBSP}: ", element("span", flag, kind="flag")),
        element("p", f"Directives anticipées{NBSP}: ", known(found.text)),
        element("p", f"Limitation ou arrêt de traitements{NBSP}: ", known(found.limitation)),
        kind="first",
    )


def measured(
    vitals: tuple[Vital, ...], now: int, zone: ZoneInfo, remark: str = "à remesurer", *, brief: bool = False
) -> Element:
    """Return the last values, each with its hour and its age at `now`; what is old says so, with a remark.

    `brief` names them by their abbreviations and leaves out what changes over weeks.
    """
    found = [row for row in said(vitals) if not (brief and row[0].lasting)]
    if not found:
        return element("p", f"Constantes{NBSP}: ", missing())
    head = element(
        "tr", *(element("th", name, scope="col") for name in ("Constante", "Valeur", "Mesurée", "Âge"))
    )
    lines = []
    for label, value, time in found:
        old = now - time > OLD and not label.lasting
        ago: Part = age(now - time)
        if old:
            ago = element("span", f"{age(now - time)} — {remark}", kind="old")
        at = hour(time, zone) if now - time < 12 * 3600 * 10**6 else moment(time, zone)
        cells = (element("td", value, kind="value"), element("td", at), element("td", ago))
        lines.append(element("tr", element("th", label.short if brief else label.long, scope="row"), *cells))
    return element("table", element("thead", head), element("tbody", *lines), kind="grid")


def news2(found: Scored | None, now: int) -> list[Element]:
    """Return the score with its scale, oxygen, age, trend and what is missing in it."""
    if found is None:
        return [element("p", f"NEWS2{NBSP}: ", missing(), kind="score")]
    lines = [
        element(
            "p",
            f"NEWS2{NBSP}: ",
            element("b", score(found)),
            f", il y a {age(now - found.time)}",
            kind="score",
        )
    ]
    if found.earlier:
        lines.append(element("p", f"Avant{NBSP}: {trend(found)}"))
    if found.missing:
        names = ", ".join(PARAMETERS.get(name, name) for name in found.missing)
        lines.append(element("p", element("span", f"Sans{NBSP}: {names} ({MISSING})", kind="missing")))
    return lines


def signature(sheet: Sheet, role: str) -> Element:
    """Return who signed, or that nobody has."""
    issue = sheet.issue
    if issue.signed is None or not issue.signed_by:
        return element("p", element("span", f"Document non signé ({role})", kind="draft"), kind="signed")
    text = (
        f"Signé électroniquement dans Veilleuse par {issue.signed_by}, le {moment(issue.signed, sheet.zone)}."
    )
    return element("p", text, kind="signed")
