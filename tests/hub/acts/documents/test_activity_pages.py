"""The two pages of a home's activity: bars that compare, none for a number that is hidden, and months that are many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from devices.clock import SECOND
from hub.acts.activity import ALARMS, HOME, Activity, Hidden, Row, Unit, Value, months
from hub.acts.documents.activity import ACROSS, BARRED, PAGES, WIDE, Print, body
from hub.acts.documents.pdf import pdf
from hub.acts.model import Kind

NOW = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()) * SECOND
MADE = Print(NOW, ZoneInfo("Europe/Paris"))


def home(names: Sequence[str], held: Sequence[Value], asked: Sequence[Value]) -> Activity:
    """Return a home with so many téléconsultations and télé-expertises a month."""
    rows = []
    for area, values in ((Kind.CONSULTATION, held), (Kind.EXPERTISE, asked)):
        for figure, unit in (("held", Unit.ACTS), ("residents", Unit.RESIDENTS)):
            rows.append(Row(area, figure, unit, tuple(values), 40))
    rows.append(Row(HOME, "residents", Unit.RESIDENTS, (), 44))
    rows.append(Row(ALARMS, "measured", Unit.COUNT, (), 7))
    return Activity("Les Tilleuls", tuple(names), tuple(rows))


def table(parts: Sequence[Element], number: int) -> list[list[Element]]:
    """Return the cells of a table of months, its head first."""
    found = [each for part in parts for each in part.iter("table") if "months" in each.get("class", "")]
    return [list(row) for row in found[number].iter("tr")]


def said(cell: Element) -> str:
    return "".join(cell.itertext()).replace("\u00a0", " ")


def width(cell: Element) -> str | None:
    """Return how long a cell's bar is; empty for an empty one, `None` for none."""
    tracks = [each for each in cell.iter("div") if each.get("class") == "track"]
    return None if not tracks else "".join(each.get("style", "") for each in tracks[0])


def test_bars_have_one_scale_and_a_hidden_number_has_none() -> None:
    names = months("2026-08", "2026-10")
    parts = body([home(names, (20, 10, 0), (Hidden.FEW, 5, Hidden.FEW))], MADE)
    head, first, second = table(parts, 0)
    assert [said(cell) for cell in head] == ["Acte", "août 2026", "septembre 2026", "octobre 2026", "Total"]
    assert [width(cell) for cell in first[1:4]] == ["width: 100%", "width: 50%", ""]
    assert [width(cell) for cell in second[1:4]] == [None, "width: 25%", None]
    assert [said(cell) for cell in second] == ["Télé-expertises", "masqué *", "5", "masqué *", "40"]
    assert all(width(cell) is None for row in table(parts, 1) for cell in row)


@pytest.mark.parametrize("count", [ACROSS, ACROSS + 1, BARRED, BARRED + 1])
def test_many_months_have_a_line_each(count: int) -> None:
    names = months("2025-01", "2026-12")[:count]
    rows = table(body([home(names, range(count), range(count))], MADE), 0)
    across = [said(cell) for cell in rows[0]]
    down = [said(row[0]) for row in rows]
    if count > ACROSS:
        across, down = down, across
    assert (across[0], len(across)) == ("Mois" if count > ACROSS else "Acte", count + 2)
    assert across[1] == "janvier 2025"
    assert down[1:] == ["Téléconsultations", "Télé-expertises"]
    barred = [width(cell) is not None for row in rows for cell in row]
    assert any(barred) is (count <= BARRED)


def test_many_homes_have_their_sums_and_a_line_for_how_long_each_waited() -> None:
    names, homes = months("2026-08", "2026-10"), []
    for number in range(WIDE + 1):
        made = home(names, (5, 5, 5), (5, 5, 5))
        wait = Row(Kind.CONSULTATION, "wait_median", Unit.MICROSECONDS, (), (number * 60 + 0.5) * SECOND)
        quick = Row(Kind.CONSULTATION, "wait_ninetieth", Unit.MICROSECONDS, (), (number * 60 + 0.5) * SECOND)
        none = Row(Kind.EXPERTISE, "wait_median", Unit.MICROSECONDS, (), None)
        homes.append(Activity(f"Maison {number}", made.months, (*made.rows, wait, quick, none)))
    tables = [each for part in body(homes, MADE) for each in part.iter("table")]
    [waits] = [each for each in tables if said(next(each.iter("th"), each)) == "Établissement"]
    lines = [[said(cell) for cell in row] for row in waits.iter("tr")][1:]
    assert [line[0] for line in lines] == [f"Maison {number}" for number in range(WIDE + 1)]
    assert [line[1] for line in lines][:2] == ["moins d'une seconde", "1 min"]
    # Nobody waited for an expert.
    assert {line[3] for line in lines} == {"—"}
    [outcomes] = [each for each in tables if said(next(each.iter("th"), each)) == "Issue"]
    assert [said(cell) for cell in next(outcomes.iter("tr"))] == ["Issue", "Ensemble"]


def test_a_year_is_on_two_pages() -> None:
    names = months("2025-11", "2026-10")
    made = pdf(
        "Activité",
        "Veilleuse",
        "2026-11-22T00:00:00Z",
        body([home(names, range(12), range(12))], MADE),
        pages=PAGES,
    )
    document = pypdfium2.PdfDocument(made)
    try:
        assert len(document) == PAGES
    finally:
        document.close()
