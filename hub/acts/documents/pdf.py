"""A page as PDF/A: WeasyPrint lays it out and embeds its fonts; level 1b, tagged. Nothing is fetched from anywhere.

PDF/A-1b is what Apache PDFBox's Preflight checks in our tests, and the oldest level, so that every archive takes it. Tags are
there for people who hear a paper; that they satisfy level A no tool here checks, so the file does not claim it.

Whoever calls does so once at a time: Pango and fontconfig are shared by all threads, and a paper takes a core for about a
second.

`weasyprint` is loaded with the first paper: it needs Pango of the system, and a home without it must still be watched.
"""

from __future__ import annotations

import importlib
from typing import Any, Final
from xml.etree.ElementTree import Element

from hub.acts.documents.markup import document, element
from hub.acts.documents.model import PaperError
from hub.acts.documents.style import SIZES, sheet

VARIANT: Final = "pdf/a-1b"
MAX_PAGES: Final = 40
"A paper with more is a mistake, or somebody's attack on the hub's memory."

_NAMESPACES: Final = (
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
    b' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
)


class PrinterError(PaperError):
    """This machine cannot make PDF: a library is missing."""


def pdf(title: str, author: str, created: str, body: list[Element], *, pages: int | None = None) -> bytes:
    """Return a page as PDF/A-1b.

    Args:
        title: of the file; readers show it instead of its name.
        author: of the file.
        created: ISO 8601, with its offset. The same page made at the same time is the same file.
        body: what is on it.
        pages: how many it should fit on; the text gets smaller, down to what can be read, and never loses a line.

    Raises:
        PrinterError: Pango is missing.
        PaperError: the paper is longer than any can be.
    """
    weasyprint = _load()
    head = [
        element("title", title),
        _meta("author", author),
        _meta("generator", "Veilleuse"),
        _meta("dcterms.created", created),
        _meta("dcterms.modified", created),
    ]
    options = {"pdf_variant": VARIANT, "pdf_tags": True, "pdf_identifier": created.encode()}
    sizes = iter(SIZES)
    laid = _laid(weasyprint, head, body, next(sizes), options)
    while pages is not None and len(laid.pages) > pages and (size := next(sizes, None)) is not None:
        laid = _laid(weasyprint, head, body, size, options)
    if len(laid.pages) > MAX_PAGES:
        raise PaperError(f"paper has {len(laid.pages)} pages, at most {MAX_PAGES} are made")
    made: bytes = laid.write_pdf(finisher=_finish, **options)
    return made


def _laid(
    weasyprint: Any, head: list[Element], body: list[Element], size: float, options: dict[str, Any]
) -> Any:
    text = document([*head, element("style", sheet(size))], body)
    return weasyprint.HTML(string=text, url_fetcher=_refuse).render(**options)


def _load() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except OSError as error:
        raise PrinterError(f"no PDF can be made, Pango is missing (libpangoft2-1.0-0): {error}") from None


def _meta(name: str, content: str) -> Element:
    return element("meta", name=name, content=content)


def _refuse(url: str, *_args: Any, **_more: Any) -> Any:
    raise PaperError(f"a paper fetches nothing, not even {url[:60]!r}")


def _finish(_document: Any, made: Any) -> None:
    """Say each namespace of the metadata where it is used.

    WeasyPrint says them once at the top, which is XML; XmpBox, with which Preflight reads them, looks nowhere else.
    """
    metadata = made.objects[int(made.catalog["Metadata"].split()[0])]
    metadata.stream = [part.replace(b"<rdf:Description", _NAMESPACES) for part in metadata.stream]
