"""The report of a consultation at a distance, written from what the hub knows and what the physician added. Pure."""

from __future__ import annotations

from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from hub.acts.documents import parts
from hub.acts.documents.french import NBSP, hour, moment
from hub.acts.documents.markup import Part, element, known
from hub.acts.documents.model import Attendance, Happened, Issue, Report
from hub.acts.documents.parts import Sheet

TITLE = "Compte rendu de téléconsultation"


def body(report: Report, zone: ZoneInfo, issue: Issue) -> list[Element]:
    """Return the report."""
    author = ", ".join(part for part in (report.author.name, report.author.role) if part)
    sheet = Sheet(
        report.act or TITLE, f"Rédigé par {author}.", report.home, report.resident, report.now, zone, issue
    )
    return [
        *parts.frame(sheet),
        parts.identity(sheet),
        element("h2", "Motif et gravité"),
        parts.rows(
            [("Motif", known(report.reason)), ("Gravité, facteurs de risque", known(report.severity))]
        ),
        element("h2", "Constantes"),
        parts.measured(report.vitals, report.ended or report.now, zone, "ancienne"),
        *parts.news2(report.score, report.ended or report.now),
        *_text("Examen et constatations", report.findings),
        *_text("Limites de l'examen à distance", report.limits),
        *_text("Conclusion", report.conclusion),
        *_text("Suite donnée", report.follows),
        *_text("Issue", report.outcome),
        element("h2", "Déroulement"),
        parts.rows(_course(report, zone)),
        _people(report.attendance, zone),
        _incidents(report.incidents, zone),
        parts.signature(sheet, "à signer par le médecin"),
    ]


def _text(heading: str, text: str) -> list[Element]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [element("h2", heading), *([element("p", line) for line in lines] or [element("p", known(""))])]


def _course(report: Report, zone: ZoneInfo) -> list[tuple[str, Part]]:
    times: Part = known("")
    if report.began is not None:
        until = "" if report.ended is None else f", jusqu'à {hour(report.ended, zone)}"
        times = f"{moment(report.began, zone)}{until}"
    return [
        ("Date et heures", times),
        ("Consentement", known(report.consent)),
        ("Médecin", known(report.author.name)),
        ("RPPS", known(report.author.rpps)),
    ]


def _people(attendance: tuple[Attendance, ...], zone: ZoneInfo) -> Element:
    if not attendance:
        return element("p", f"Participants{NBSP}: ", known(""))
    head = element("tr", *(element("th", name, scope="col") for name in ("Participant", "Rôle", "Présence")))
    lines = []
    for seat in attendance:
        if seat.joined is None:
            present = "n'a pas rejoint l'appel"
        else:
            left = "" if seat.left is None else f" à {hour(seat.left, zone)}"
            present = f"{hour(seat.joined, zone)}{left}"
        cells = (element("td", known(seat.who.role)), element("td", present))
        lines.append(element("tr", element("th", seat.who.name, scope="row"), *cells))
    return element("table", element("thead", head), element("tbody", *lines), kind="grid")


def _incidents(incidents: tuple[Happened, ...] | None, zone: ZoneInfo) -> Element:
    label = f"Incidents techniques{NBSP}: "
    if incidents is None:
        return element("p", label, known(""))
    if not incidents:
        return element("p", label, "aucun.")
    lines = [
        element(
            "li",
            f"{hour(each.time, zone)}{NBSP}: {each.what}"
            + ("" if each.until is None else f", jusqu'à {hour(each.until, zone)}"),
        )
        for each in incidents
    ]
    return element("div", element("p", label), element("ul", *lines))
