"""Wounds: where they are, how they are measured on a picture, and how a pressure ulcer is staged. Pure.

WoundError
  OutlineError   an outline or a scale gives no measure
  ShownError     a page showed other figures than its points give
  StageError     a stage that this wound cannot have

Measures come from points on the picture, in its pixels: two on a scale whose length is known, and an outline.

* Area: the polygon's, by the shoelace formula (sheet 08). Length times width would be about a quarter too much.
* Length: the greatest distance between two points of the outline. Width: the greatest chord at a right angle to it.
* The scale lies in the plane of the wound, and the picture was taken at a right angle; what is tilted comes out too small.

A pressure ulcer's stage never goes down (NPIAP/EPUAP, sheet 08): what closes is scar and not the tissue that was lost, so a IV
that heals is a IV that heals. What is hidden by slough has lost its full thickness, a III at least. A suspected deep injury says
nothing of its depth yet: anything may come out of it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from devices.errors import VeilleuseError

Point = tuple[float, float]
"Right and down from the upper left corner of the picture, in its pixels."

FEWEST_POINTS: Final = 3
MOST_POINTS: Final = 200
"Of an outline; every pair of its sides is looked at."
SHORTEST_SCALE: Final = 50.0
"Pixels between the points of a scale: a finger is 2 px off, which is then 4 % of a length."
SCALE_MM: Final = (5.0, 300.0)
"How long a scale may be."
LONGEST_MM: Final = 1000.0
TOLERANCE: Final = 0.01
"By how much of itself a shown figure may differ from the computed one: rounding, and nothing else."


class WoundError(VeilleuseError):
    """Something about a wound is not written down; `code` is stable."""

    code = "wound_refused"


class OutlineError(WoundError):
    """An outline or its scale gives no measure."""

    code = "bad_outline"


class ShownError(WoundError):
    """What a page showed is not what its points give."""

    code = "figures_differ"


class StageError(WoundError):
    """A wound cannot have this stage."""

    code = "bad_stage"


class Cause(enum.StrEnum):
    """What kind of wound."""

    PRESSURE = "pressure"
    LEG_ULCER = "leg_ulcer"
    DIABETIC_FOOT = "diabetic_foot"
    SKIN_TEAR = "skin_tear"
    MOISTURE = "moisture"
    BURN = "burn"
    SURGICAL = "surgical"
    SKIN_LESION = "skin_lesion"
    OTHER = "other"


class Stage(enum.StrEnum):
    """Of a pressure ulcer (NPIAP/EPUAP 2014/2019, sheet 08)."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    UNSTAGEABLE = "unstageable"
    DEEP_TISSUE = "deep_tissue"


class View(enum.StrEnum):
    """From where a picture was taken (sheet 08)."""

    OVERVIEW = "overview"
    "30 to 50 cm away: where on the body it is."
    CLOSE = "close"
    "10 to 15 cm away, straight from above: the one that is measured."
    SIDE = "side"


_DEPTH: Final = {Stage.ONE: 1, Stage.TWO: 2, Stage.THREE: 3, Stage.UNSTAGEABLE: 3, Stage.FOUR: 4}
"How much tissue is lost at least; a suspected deep injury is not in it."

_PAIRED: Final = (
    "shoulder",
    "upper_arm",
    "elbow",
    "forearm",
    "hand",
    "groin",
    "thigh_front",
    "knee",
    "shin",
    "foot_top",
    "toes",
    "ear",
    "scapula",
    "hip",
    "buttock",
    "ischium",
    "thigh_back",
    "calf",
    "ankle_inner",
    "ankle_outer",
    "heel",
    "sole",
)
_SINGLE: Final = (
    "face",
    "neck",
    "chest",
    "abdomen",
    "genitals",
    "scalp",
    "nape",
    "upper_back",
    "lower_back",
    "sacrum",
    "coccyx",
)
REGIONS: Final = frozenset({*_SINGLE, *(f"{name}_{side}" for name in _PAIRED for side in ("left", "right"))})
"The regions of the body map; left and right are the person's own."


@dataclass(frozen=True, slots=True)
class Scale:
    """Something of known length in the picture."""

    start: Point
    end: Point
    mm: float

    @property
    def px_per_mm(self) -> float:
        """Return how many pixels a millimetre has.

        Raises:
            OutlineError: its points are too close, or its length is none of a scale.
        """
        low, high = SCALE_MM
        if not low <= self.mm <= high:
            raise OutlineError(f"scale of {self.mm:g} mm, {low:g} to {high:g} allowed")
        length = math.dist(self.start, self.end)
        if length < SHORTEST_SCALE:
            raise OutlineError(f"scale of {length:.0f} pixels, at least {SHORTEST_SCALE:g} expected")
        return length / self.mm


@dataclass(frozen=True, slots=True)
class Measure:
    """What an outline measures: millimetres and square millimetres."""

    length_mm: float
    width_mm: float
    area_mm2: float


def measure(scale: Scale, outline: Sequence[Point], size: tuple[int, int]) -> Measure:
    """Measure an outline.

    Args:
        scale: in the same picture.
        outline: the corners of the wound's edge, in either direction.
        size: of the picture in pixels; no point lies outside.

    Raises:
        OutlineError: it has no area, crosses itself, or is not in the picture.
    """
    if not FEWEST_POINTS <= len(outline) <= MOST_POINTS:
        raise OutlineError(f"outline of {len(outline)} points, {FEWEST_POINTS} to {MOST_POINTS} allowed")
    for x, y in (scale.start, scale.end, *outline):
        if not (0 <= x <= size[0] and 0 <= y <= size[1]):
            raise OutlineError(f"point {x:.0f}, {y:.0f} is outside the picture of {size[0]} x {size[1]}")
    per_mm = scale.px_per_mm
    if crosses(outline):
        raise OutlineError("outline crosses itself")
    pixels = area(outline)
    start, end = farthest(outline)
    length, width = math.dist(start, end), breadth(outline, start, end)
    if pixels < 1:
        raise OutlineError("outline has no area")
    found = Measure(length / per_mm, width / per_mm, pixels / per_mm**2)
    if found.length_mm > LONGEST_MM:
        raise OutlineError(f"wound of {found.length_mm:.0f} mm, at most {LONGEST_MM:g} allowed: wrong scale")
    return found


def area(outline: Sequence[Point]) -> float:
    """Return the area of a polygon by the shoelace formula, in square pixels."""
    # Seen from its first point: far from the corner of the picture nothing is lost to rounding.
    left, top = outline[0]
    near = [(x - left, y - top) for x, y in outline]
    return abs(math.fsum(x * v - u * y for (x, y), (u, v) in _sides(near))) / 2


def farthest(outline: Sequence[Point]) -> tuple[Point, Point]:
    """Return the two points of an outline that are farthest from each other."""
    pairs = ((one, other) for at, one in enumerate(outline) for other in outline[at + 1 :])
    return max(pairs, key=lambda pair: math.dist(*pair))


def breadth(outline: Sequence[Point], start: Point, end: Point) -> float:
    """Return the greatest chord of an outline at a right angle to a line, in pixels; 0 for a line of no length."""
    length = math.dist(start, end)
    if length == 0:
        return 0.0
    along = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    turned = [
        (
            (x - start[0]) * along[0] + (y - start[1]) * along[1],
            (y - start[1]) * along[0] - (x - start[0]) * along[1],
        )
        for x, y in outline
    ]
    # Between two corners the chord grows or shrinks evenly, so the greatest one is at a corner.
    return max(_chord(turned, at) for at, _ in turned)


def _chord(turned: Sequence[Point], at: float) -> float:
    met = list(_met(turned, at))
    return max(met) - min(met)


def _met(turned: Sequence[Point], at: float) -> Iterable[float]:
    """Return where the line at `at` meets the sides; at a corner it always does."""
    for (u, v), (s, t) in _sides(turned):
        if min(u, s) <= at <= max(u, s):
            # A side that lies on the line meets it from end to end.
            yield from (v, t) if u == s else (v + (t - v) * (at - u) / (s - u),)


def crosses(outline: Sequence[Point]) -> bool:
    """Tell whether two sides of an outline cross."""
    sides = _sides(outline)
    count = len(sides)
    for at, one in enumerate(sides):
        for other in range(at + 1, count):
            # Neighbours share a corner.
            if other - at in {1, count - 1}:
                continue
            if _cross(*one, *sides[other]):
                return True
    return False


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    found = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (found > 0) - (found < 0)


def _sides(outline: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(outline, (*outline[1:], outline[0]), strict=True))


def agree(shown: Measure, computed: Measure) -> None:
    """Hold what a page showed to what its points give: a person vouches for what they saw.

    Raises:
        ShownError: they differ.
    """
    for name in ("length_mm", "width_mm", "area_mm2"):
        said, found = getattr(shown, name), getattr(computed, name)
        if abs(said - found) > max(TOLERANCE * found, 0.5):
            raise ShownError(f"{name} was shown as {said:g}, its points give {found:.1f}")


def may_follow(before: Iterable[Stage], stage: Stage) -> None:
    """Hold a stage to those that a wound had.

    Raises:
        StageError: it would go down.
    """
    deepest = max((stage for stage in before if stage in _DEPTH), key=_DEPTH.__getitem__, default=None)
    if deepest is None:
        return
    # A suspicion is about intact skin: nothing of it can be suspected where full thickness is lost already.
    reached = _DEPTH.get(stage, _DEPTH[Stage.TWO])
    if reached < _DEPTH[deepest]:
        raise StageError(f"stage {stage.value} after {deepest.value}: a stage never goes down")
