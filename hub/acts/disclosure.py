"""What of a home's activity may leave it: no small number from which a person could be known. Pure.

Whoever works in the home knows its residents; a page of theirs shows every figure. A file or a paper for somebody else holds:

* by month only what was held, for how many residents, and the alarms; everything else is told of the whole period alone;
* no count from 1 to 4 of residents, nor of acts or alarms about them (a single act in a small home is a person). Five is the least
  that the hub shows; French practice for health data knows 5 and, for the national health data system, 11 (from memory: an
  agency that wants 11 asks for longer periods). Zero is shown: it is about nobody;
* nothing from which a hidden count could be calculated: of a sum that is shown at least two parts are hidden, and these are not
  all 1; destinations of reorientations are shown together or not at all; no median of fewer than five waits.

Counts of machines' alarms, days and rates are about nobody, but a rate is hidden with the count that it is made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from hub.acts.activity import DESTINATIONS, Activity, Hidden, Row, Unit, Value
from hub.acts.model import Kind

LEAST: Final = 5
"The smallest count that is shown."

_PARTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.CONSULTATION: ("in_charge", "reoriented", "emergency"),
    Kind.REGULATION: ("stayed", "transferred"),
}
"Figures that together make what was held, or nearly."
_BY_MONTH: Final = frozenset(
    {"held", "residents", "measured", "happened", "technical", "per_day", "resident_days"}
)
_INSIDE: Final = frozenset({"asked", "waits"})
"What does not leave: asked for and held, less what was not held, would tell what is still open."
_DEPENDENT: Final = {"residents": "held", "per_day": "measured"}
"Figures that are hidden wherever another one is."


def leaving(activity: Activity) -> Activity:
    """Return what may leave the home."""
    rows = {(row.area, row.figure): row for row in activity.rows}
    made: dict[tuple[str, str], Row] = {}
    for key, row in rows.items():
        if row.figure not in _INSIDE:
            made[key] = _alone(row if row.figure in _BY_MONTH else replace(row, months=()), rows)
    for kind in _PARTS:
        _apart(made, rows, kind)
    _destinations(made)
    for key, row in made.items():
        of = made.get((row.area, _DEPENDENT.get(row.figure, "")))
        if of is not None:
            made[key] = _as(row, of)
    return Activity(activity.home, activity.months, tuple(made.values()))


def few(value: Value) -> bool:
    """Tell whether a count would name somebody."""
    return isinstance(value, int) and 0 < value < LEAST


def hidden(parts: Sequence[int]) -> frozenset[int] | None:
    """Return which parts of a sum that is shown must not be; `None` when the sum must not be shown either.

    Somebody who knows the sum and the parts that are shown finds more than one way to fill in each part that is hidden.
    """
    gone = {place for place, part in enumerate(parts) if few(part)}
    if not gone:
        return frozenset()
    if few(sum(parts)):
        return None
    rest = sorted((part, place) for place, part in enumerate(parts) if part >= LEAST)
    for _, place in rest:
        if len(gone) > 1 and sum(parts[each] for each in gone) > len(gone):
            break
        gone.add(place)
    if len(gone) > 1 and sum(parts[each] for each in gone) > len(gone):
        return frozenset(gone)
    return None


def _alone(row: Row, rows: Mapping[tuple[str, str], Row]) -> Row:
    """Hide what is too small in a row, seen by itself."""
    if row.unit is Unit.RESIDENTS:
        return replace(row, months=tuple(_shown(each) for each in row.months), total=_shown(row.total))
    if row.unit is Unit.MICROSECONDS:
        return replace(row, total=Hidden.FEW) if few(rows[row.area, "waits"].total) else row
    if row.unit is not Unit.ACTS:
        return row
    gone = hidden([_whole(each) for each in row.months]) if row.months else frozenset()
    if gone is None:
        gone = frozenset(place for place, each in enumerate(row.months) if each)
        return replace(row, months=_without(row.months, gone), total=Hidden.FEW)
    return replace(row, months=_without(row.months, gone), total=_shown(row.total))


def _without(values: Sequence[Value], gone: frozenset[int]) -> tuple[Value, ...]:
    return tuple(Hidden.FEW if place in gone else each for place, each in enumerate(values))


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _shown(value: Value) -> Value:
    return Hidden.FEW if few(value) else value


def _apart(made: dict[tuple[str, str], Row], rows: Mapping[tuple[str, str], Row], kind: Kind) -> None:
    """Hide so many parts of what was held that none can be calculated."""
    keys = [(kind.value, part) for part in _PARTS[kind]]
    counts = [_whole(rows[key].total) for key in keys]
    gone = hidden(counts)
    if gone is None:
        gone = frozenset(place for place, each in enumerate(counts) if each)
    for place in gone:
        made[keys[place]] = replace(made[keys[place]], total=Hidden.FEW)


def _destinations(made: dict[tuple[str, str], Row]) -> None:
    """Hide all destinations where one is small, or their sum is hidden."""
    area = Kind.CONSULTATION.value
    keys = [(area, f"to_{each}") for each in DESTINATIONS]
    if all(made[key].total is not Hidden.FEW for key in [*keys, (area, "reoriented")]):
        return
    for key in keys:
        made[key] = replace(made[key], total=Hidden.FEW)


def _as(row: Row, of: Row) -> Row:
    """Hide in a row what is hidden in another."""
    pairs = zip(row.months, of.months, strict=True)
    months = tuple(Hidden.FEW if other is Hidden.FEW else each for each, other in pairs)
    return replace(row, months=months, total=Hidden.FEW if of.total is Hidden.FEW else row.total)
