"""The file in which a home's activity leaves it, and several such files read back and added up. Pure.

One line for each figure and month; the line without a month is of the whole period. `*` stands where a small number is not shown
(`hub.acts.disclosure`). Semicolons and the mark at the start are for the spreadsheets of French desks.

Adding up adds what may be added: of counts a lower bound where a home hides one, of residents because nobody lives in two homes at
once, of alarms for each resident and day anew from both counts. Medians of several homes are not a median: they stay side by side.

    ActivityFileError     a file that is none, or files that do not belong together
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from devices.errors import VeilleuseError
from hub.acts.activity import ALARMS, HOME, Activity, Hidden, PeriodError, Row, Unit, Value, months
from hub.acts.model import Kind

VERSION: Final = "veilleuse-activity-1"
HEAD: Final = ("version", "home", "first", "last", "area", "figure", "unit", "month", "value")
MARK: Final = "\ufeff"
STAR: Final = "*"
LARGEST: Final = 60_000
"Characters of one file: a report of two years has about 20 000."
MOST: Final = 40
"Homes that are added up; the pilot region has 24."
_AREAS: Final = frozenset({HOME, ALARMS, *Kind})
_SUMMED: Final = frozenset({Unit.ACTS, Unit.RESIDENTS, Unit.COUNT, Unit.DAYS})
_WHOLE: Final = re.compile(r"[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"[0-9]{1,12}([.,][0-9]{1,6})?")


class ActivityFileError(VeilleuseError):
    """A file that cannot be what it says; `line` counts from 1, and is 0 where it is about all of it."""

    def __init__(self, violation: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {violation}" if line else violation)
        self.line = line


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure of several homes."""

    value: int | float | None
    at_least: bool = False
    "A home hides its part."


@dataclass(frozen=True, slots=True)
class SumRow:
    """One figure of several homes."""

    area: str
    figure: str
    unit: Unit
    homes: tuple[Value, ...]
    "Of the whole period, in the order of the homes."
    months: tuple[Sum, ...]
    total: Sum


@dataclass(frozen=True, slots=True)
class Region:
    """Several homes, added up."""

    homes: tuple[str, ...]
    months: tuple[str, ...]
    rows: tuple[SumRow, ...]

    def row(self, area: str, figure: str) -> SumRow | None:
        """Return a figure."""
        return next((row for row in self.rows if (row.area, row.figure) == (area, figure)), None)


def write(activity: Activity) -> str:
    """Return the file of what may leave a home (`hub.acts.disclosure.leaving`)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    about = (VERSION, plain(activity.home), activity.months[0], activity.months[-1])
    for row in activity.rows:
        start = (*about, row.area, row.figure, row.unit.value)
        for month, value in zip(activity.months, row.months, strict=False):
            writer.writerow((*start, month, _text(value)))
        writer.writerow((*start, "", _text(row.total)))
    return MARK + out.getvalue()


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def read(text: str) -> Activity:
    """Read a file back.

    Raises:
        ActivityFileError: it is none, or a line of it is wrong.
    """
    if len(text) > LARGEST:
        raise ActivityFileError(f"{len(text)} characters, at most {LARGEST} allowed")
    lines = csv.reader(io.StringIO(text.removeprefix(MARK)), delimiter=";", strict=True)
    found: dict[tuple[str, str], dict[str, Value]] = {}
    units: dict[tuple[str, str], Unit] = {}
    about: tuple[str, str, str] | None = None
    try:
        if tuple(next(lines, ())) != HEAD:
            raise ActivityFileError(f"is no file of activity: expected {';'.join(HEAD)}", 1)
        for number, cells in enumerate(lines, 2):
            given = _line(cells, number)
            if about is not None and given.about != about:
                raise ActivityFileError("speaks of another home or period than the lines before", number)
            about = given.about
            values = found.setdefault(given.key, {})
            if given.month in values or units.setdefault(given.key, given.unit) is not given.unit:
                raise ActivityFileError(f"tells {' '.join(given.key)} twice", number)
            values[given.month] = given.value
    except csv.Error as error:
        raise ActivityFileError(str(error), lines.line_num) from None
    if about is None:
        raise ActivityFileError("holds no figure")
    return _activity(about, found, units)


def add(activities: Sequence[Activity]) -> Region:
    """Add homes up.

    Raises:
        ActivityFileError: they are of different periods, one comes twice, or there are none or too many.
    """
    if not 0 < len(activities) <= MOST:
        raise ActivityFileError(f"{len(activities)} homes, expected 1 to {MOST}")
    first = activities[0]
    for place, each in enumerate(activities):
        if each.months != first.months:
            raise ActivityFileError(
                f"{each.home} tells of {each.months[0]} to {each.months[-1]}, "
                f"{first.home} of {first.months[0]} to {first.months[-1]}"
            )
        if each.home in {other.home for other in activities[:place]}:
            raise ActivityFileError(f"{each.home} comes twice")
    keys = list(dict.fromkeys((row.area, row.figure) for each in activities for row in each.rows))
    rows = {key: _added(key, activities) for key in keys}
    made = tuple(_rated(row, rows) for row in rows.values())
    return Region(tuple(each.home for each in activities), first.months, made)


# ---- parts ----


@dataclass(frozen=True, slots=True)
class _Line:
    about: tuple[str, str, str]
    key: tuple[str, str]
    unit: Unit
    month: str
    value: Value


def _line(cells: Sequence[str], number: int) -> _Line:
    if len(cells) != len(HEAD):
        raise ActivityFileError(f"has {len(cells)} fields, expected {len(HEAD)}", number)
    version, home, first, last, area, figure, unit, month, value = cells
    if version != VERSION:
        raise ActivityFileError(f"version {version[:32]!r} is not {VERSION}", number)
    try:
        names = months(first, last)
    except PeriodError as error:
        raise ActivityFileError(str(error), number) from None
    if not home.strip() or len(home) > 200:
        raise ActivityFileError("names no home", number)
    if area not in _AREAS or not figure.isidentifier() or len(figure) > 40:
        raise ActivityFileError(f"figure {area[:20]!r} {figure[:40]!r} is unknown", number)
    if month and month not in names:
        raise ActivityFileError(f"month {month[:16]!r} is outside of the period", number)
    if unit not in set(Unit):
        raise ActivityFileError(f"unit {unit[:20]!r} is unknown", number)
    about = (home.removeprefix("'"), first, last)
    return _Line(about, (area, figure), Unit(unit), month, _value(value, Unit(unit), number))


def _value(text: str, unit: Unit, number: int) -> Value:
    if text == STAR:
        return Hidden.FEW
    if not text:
        return None
    whole = unit not in {Unit.DAYS, Unit.RATE}
    if (_WHOLE if whole else _DECIMAL).fullmatch(text) is None:
        raise ActivityFileError(f"{text[:32]!r} is no number that can be here", number)
    return int(text) if whole else float(text.replace(",", "."))


def _text(value: Value) -> str:
    if value is None:
        return ""
    if value is Hidden.FEW:
        return STAR
    return str(value) if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",")


def _activity(
    about: tuple[str, str, str],
    found: dict[tuple[str, str], dict[str, Value]],
    units: dict[tuple[str, str], Unit],
) -> Activity:
    home, first, last = about
    names = months(first, last)
    rows = []
    for key, values in found.items():
        if "" not in values:
            raise ActivityFileError(f"{' '.join(key)} has no line of the whole period")
        by_month = tuple(values.get(name) for name in names) if len(values) > 1 else ()
        rows.append(Row(*key, units[key], by_month, values[""]))
    return Activity(home, names, tuple(rows))


def _added(key: tuple[str, str], activities: Sequence[Activity]) -> SumRow:
    found = [each.row(*key) for each in activities]
    units = {row.unit for row in found if row is not None}
    if len(units) != 1:
        raise ActivityFileError(f"{' '.join(key)} is counted in different units")
    unit = units.pop()
    totals = tuple(None if row is None else row.total for row in found)
    by_month: tuple[Sum, ...] = ()
    if all(row is None or row.months for row in found):
        size = len(activities[0].months)
        by_month = tuple(
            _sum((None if row is None else row.months[place] for row in found), unit) for place in range(size)
        )
    return SumRow(*key, unit, totals, by_month, _sum(totals, unit))


def _sum(values: Iterable[Value], unit: Unit) -> Sum:
    if unit not in _SUMMED:
        return Sum(None)
    given = list(values)
    known = [each for each in given if isinstance(each, (int, float))]
    # A home whose file knows no such figure may have had some.
    at_least = len(known) < len(given)
    total = sum(known)
    return Sum(round(total, 1) if unit is Unit.DAYS else total, at_least)


def _rated(row: SumRow, rows: dict[tuple[str, str], SumRow]) -> SumRow:
    """Return alarms for each resident and day of all homes, from what they are made of."""
    counts, days = rows.get((ALARMS, "measured")), rows.get((HOME, "resident_days"))
    if (row.area, row.figure) != (ALARMS, "per_day") or counts is None or days is None:
        return row
    by_month = tuple(_rate(some, many) for some, many in zip(counts.months, days.months, strict=False))
    return SumRow(row.area, row.figure, row.unit, row.homes, by_month, _rate(counts.total, days.total))


def _rate(some: Sum, many: Sum) -> Sum:
    if some.at_least or many.at_least or some.value is None or not many.value:
        return Sum(None)
    return Sum(some.value / many.value)
