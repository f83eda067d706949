"""Papers as files: PDF/A by a checker of others', pages, words, fonts; nothing is blank and nothing is fetched."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from hub.acts.documents import pdf as module
from hub.acts.documents.liaison import ROWS, stale
from hub.acts.documents.markup import element
from hub.acts.documents.model import Identity, Issue, Kind, PaperError, Validation
from hub.acts.documents.pdf import PrinterError, pdf
from hub.acts.documents.printing import Printed, printed
from hub.acts.documents.style import FONT
from tests.hub.acts.documents.papers import (
    BARE,
    DAY,
    EMPTY_LIAISON,
    EMPTY_REPORT,
    EMPTY_SAED,
    LIAISON,
    NOW,
    REPORT,
    SAED,
    ZONE,
)
from tests.hub.acts.documents.preflight import check

SIGNED = Issue(2, "Dr Karim Benali", NOW)


@pytest.fixture(scope="module")
def made() -> Mapping[str, Printed]:
    """Return each paper, made once."""
    return {
        "saed": printed(SAED, ZONE),
        "liaison": printed(LIAISON, ZONE, SIGNED),
        "report": printed(REPORT, ZONE, SIGNED),
        "empty saed": printed(EMPTY_SAED, ZONE),
        "empty liaison": printed(EMPTY_LIAISON, ZONE),
        "empty report": printed(EMPTY_REPORT, ZONE),
    }


def pages(paper: Printed) -> list[str]:
    """Return the words of each page, as a reader finds them in the file."""
    document = pypdfium2.PdfDocument(io.BytesIO(paper.pdf))
    try:
        return [
            page.get_textpage().get_text_range().replace("\u00a0", " ").replace("\r\n", " ")
            for page in document
        ]
    finally:
        document.close()


def test_preflight_takes_every_paper(made: Mapping[str, Printed], tmp_path: Path) -> None:
    files = []
    for name in ("saed", "liaison", "report", "empty liaison"):
        files.append(tmp_path / f"{name.replace(' ', '-')}.pdf")
        files[-1].write_bytes(made[name].pdf)
    said = check(*files).splitlines()
    assert [line for line in said if line] == [
        f"The file {file.name} is a valid PDF/A-1b file" for file in files
    ]


def test_the_checker_refuses_what_is_none(made: Mapping[str, Printed], tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(made["report"].pdf.replace(b"pdfaid:part", b"pdfaid:port"))
    assert "is not a valid PDF/A-1b file" in check(broken)


def test_fonts_are_embedded_and_the_file_is_tagged(made: Mapping[str, Printed]) -> None:
    for paper in made.values():
        assert b"/StructTreeRoot" in paper.pdf
        assert b"/Lang (fr)" in paper.pdf
        assert b"/FontFile" in paper.pdf
        assert FONT.encode() in paper.pdf
    # What stands on every page is not read aloud on every page.
    assert made["saed"].pdf.startswith(b"%PDF-1.4")


def test_the_same_paper_is_the_same_file() -> None:
    assert printed(EMPTY_REPORT, ZONE).pdf == printed(EMPTY_REPORT, ZONE).pdf


def test_the_sheet_and_its_script(made: Mapping[str, Printed]) -> None:
    sheet, script = pages(made["saed"])
    order = [
        "Situation",
        "Né(e) le",
        "Antécédents",
        "Prise en charge palliative",
        "Évaluation",
        "Demande",
    ]
    foot = made["saed"].text.index("\n")
    found = [made["saed"].text.index(mark, foot) for mark in order]
    assert found == sorted(found)
    assert "2380344015012 (qualifié)" in sheet
    assert "14 (échelle SpO₂ 1, à l'air ambiant)" in sheet
    assert "22 min — à" in sheet
    assert "il y a 1 h : 8" in sheet
    assert "À lire au téléphone" in script
    assert "Ici Inès Durand" in script


def test_what_is_missing_is_never_blank(made: Mapping[str, Printed]) -> None:
    sheet = pages(made["empty saed"])[0]
    assert sheet.count("non renseigné") >= 20
    front, back = pages(made["empty liaison"])
    for row in ROWS.values():
        assert f"{row.label} non renseigné" in made["empty liaison"].text
    assert "Dernière validation par un médecin : non renseigné" in front
    assert "Constantes : non renseigné" in back
    assert "Incidents techniques : non renseigné" in pages(made["empty report"])[0]


def test_the_liaison_file_has_two_pages_and_wishes_first(made: Mapping[str, Printed]) -> None:
    front, back = pages(made["liaison"])
    assert front.index("Directives anticipées") < front.index("MARTIN Jeanne") < front.index("Allergies")
    assert "Fiche de transfert" in back
    assert "Signé électroniquement dans Veilleuse par Dr Karim Benali, le 22/11/2026 à 08 h 12." in back
    assert "Document non signé" in pages(made["empty liaison"])[1]


def test_a_full_file_gets_smaller_and_loses_nothing() -> None:
    long = {key: f"{key} " + "mot " * 22 + "fin" for key in ROWS}
    paper = printed(replace(LIAISON, entries=long), ZONE)
    whole = " ".join(pages(paper))
    assert len(pages(paper)) == 3
    assert whole.count("fin") >= len(ROWS)


def test_the_report_says_who_was_there_and_what_went_wrong(made: Mapping[str, Printed]) -> None:
    text = made["report"].text.replace("\u00a0", " ")
    assert made["report"].kind is Kind.REPORT
    for said in (
        "Dr Karim Benali médecin généraliste 07 h 43 à 08 h 07",
        "SAMU 44 régulateur n'a pas rejoint l'appel",
        "07 h 52 : vidéo coupée, jusqu'à 07 h 53",
        "RPPS 10002909371",
        "22/11/2026 à 07 h 42, jusqu'à 08 h 07",
    ):
        assert said in text
    none = printed(replace(REPORT, incidents=()), ZONE)
    assert "Incidents techniques : aucun." in none.text.replace("\u00a0", " ")


def test_half_a_year_is_old() -> None:
    validated = replace(LIAISON, validated=Validation(NOW - 184 * DAY, "Dr Karim Benali"))
    assert stale(validated)
    assert not stale(LIAISON)
    assert stale(EMPTY_LIAISON)
    assert "plus de 6 mois, à revoir" in printed(validated, ZONE).text


def test_what_somebody_wrote_is_no_markup() -> None:
    hostile = "<img src='http://127.0.0.1:9/x'> </style> & \x07 \ud800"
    paper = printed(replace(REPORT, conclusion=hostile), ZONE)
    assert "<img src='http://127.0.0.1:9/x'>" in " ".join(pages(paper))


def test_a_paper_fetches_nothing() -> None:
    with pytest.raises(PaperError, match="a paper fetches nothing"):
        module._refuse("http://127.0.0.1/logo.png")


def test_an_endless_paper_is_refused() -> None:
    with pytest.raises(PaperError, match="at most 40 are made"):
        pdf("t", "a", "2026-11-22T08:12:00+01:00", [element("p", "x", kind="apart") for _ in range(42)])


def test_a_machine_without_pango_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(PrinterError, match="Pango is missing"):
        pdf("t", "a", "2026-11-22T08:12:00+01:00", [])


def test_a_number_without_its_authority_is_refused() -> None:
    with pytest.raises(PaperError, match="belong together"):
        Identity("A", "B", 1940, matricule="2380344015012")
    assert BARE.finess == ""
