"""Elements of a page. A tree, never glued text: what somebody wrote cannot become markup. Pure."""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import Element, tostring

from hub.acts.documents.french import MISSING, typeset

Part = Element | str


def element(tag: str, *parts: Part, kind: str = "", **attributes: str) -> Element:
    """Return an element with its children; `kind` is its class."""
    made = Element(tag, attributes)
    if kind:
        made.set("class", kind)
    last: Element | None = None
    for part in parts:
        if isinstance(part, str):
            written = clean(part)
            if last is None:
                made.text = (made.text or "") + written
            else:
                last.tail = (last.tail or "") + written
        else:
            made.append(part)
            last = part
    return made


def clean(text: str) -> str:
    """Return a text as it is printed: no control characters, French blanks."""
    kept = "".join(
        char if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs"} else " " for char in text
    )
    return typeset(unicodedata.normalize("NFC", kept))


def missing() -> Element:
    """Return what stands where nobody wrote anything down."""
    return element("strong", MISSING, kind="missing")


def known(text: str) -> Part:
    """Return a text in its lines, or that it is missing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return missing()
    if len(lines) == 1:
        return lines[0]
    parts: list[Part] = []
    for line in lines:
        parts += [line, element("br")]
    return element("span", *parts[:-1])


def yes_no(*, value: bool | None) -> Part:
    """Return yes, no or that it is missing."""
    return missing() if value is None else ("oui" if value else "non")


def document(head: list[Element], body: list[Element]) -> str:
    """Return a whole page as HTML."""
    page = element("html", element("head", *head), element("body", *body), lang="fr")
    return "<!doctype html>" + tostring(page, encoding="unicode", method="html")
