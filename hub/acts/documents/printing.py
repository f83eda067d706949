"""From a paper's contents to its file and its text. Pure: no clock, no disk, no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from devices.clock import to_datetime
from hub.acts.documents import liaison, report, saed
from hub.acts.documents.model import Issue, Kind, Liaison, Report, Saed
from hub.acts.documents.pdf import pdf

Paper = Report | Liaison | Saed
FIRST = Issue()


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper as it is kept."""

    kind: Kind
    title: str
    pdf: bytes
    text: str
    "Every word on it, for who searches and for the log (sheet 07 part 6)."


def printed(paper: Paper, zone: ZoneInfo, issue: Issue = FIRST) -> Printed:
    """Make a paper.

    Raises:
        PaperError: it cannot be made.
    """
    kind, title, author, pages, body = _contents(paper, zone, issue)
    created = to_datetime(paper.now).astimezone(zone).isoformat(timespec="seconds")
    made = pdf(
        f"{title} — {paper.resident.name} {paper.resident.given_names}", author, created, body, pages=pages
    )
    return Printed(kind, title, made, text(body))


def text(body: list[Element]) -> str:
    """Return the words of a page, a line for each block."""
    lines: list[str] = []
    for top in body:
        _lines(top, lines)
    return "\n".join(lines)


_BLOCKS = frozenset({"p", "h1", "h2", "tr", "li"})


def _lines(block: Element, lines: list[str]) -> None:
    deeper = [child for child in block.iter() if child is not block and child.tag in _BLOCKS]
    if block.tag in _BLOCKS or not deeper:
        words = re.sub(r"[ \n]+", " ", " ".join(block.itertext())).replace(" ,", ",").strip()
        if words:
            lines.append(words)
        return
    for child in block:
        _lines(child, lines)


def _contents(paper: Paper, zone: ZoneInfo, issue: Issue) -> tuple[Kind, str, str, int | None, list[Element]]:
    if isinstance(paper, Report):
        title = paper.act or report.TITLE
        return Kind.REPORT, title, paper.author.name, None, report.body(paper, zone, issue)
    if isinstance(paper, Liaison):
        return Kind.LIAISON, liaison.TITLE, paper.author, liaison.PAGES, liaison.body(paper, zone, issue)
    return Kind.SAED, saed.TITLE, paper.caller.name, saed.PAGES, saed.body(paper, zone, issue)
