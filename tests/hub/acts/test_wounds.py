"""Measures of wounds from points, and stages that never go down."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.acts.wounds import (
    MOST_POINTS,
    REGIONS,
    Measure,
    OutlineError,
    Point,
    Scale,
    ShownError,
    Stage,
    StageError,
    agree,
    area,
    breadth,
    crosses,
    may_follow,
    measure,
)
from tests.conftest import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/wounds.json").read_text("utf-8"))
SIZE = (4000, 4000)
SCALE = Scale((0, 0), (500, 0), 50)


def points(found: list[list[float]]) -> list[Point]:
    return [(x, y) for x, y in found]


@pytest.mark.parametrize("vector", VECTORS["measures"], ids=lambda one: one["name"])
def test_measures(vector: dict[str, Any]) -> None:
    start, end = points(vector["scale"])
    scale = Scale(start, end, float(str(vector["scale_mm"])))
    found = measure(scale, points(vector["outline"]), SIZE)
    for name in ("length_mm", "width_mm", "area_mm2"):
        assert getattr(found, name) == pytest.approx(vector[name], rel=1e-6), name


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda one: one["name"])
def test_what_has_no_measure(vector: dict[str, Any]) -> None:
    said = {"crosses": "crosses itself", "flat": "has no area", "few": "points"}[str(vector["fault"])]
    with pytest.raises(OutlineError, match=said):
        measure(SCALE, points(vector["outline"]), SIZE)


@pytest.mark.parametrize(
    ("scale", "outline", "said"),
    [
        (Scale((0, 0), (40, 0), 50), [(0, 0), (9, 0), (9, 9)], "40 pixels"),
        (Scale((0, 0), (500, 0), 4), [(0, 0), (9, 0), (9, 9)], "scale of 4 mm"),
        (Scale((0, 0), (500, 0), 301), [(0, 0), (9, 0), (9, 9)], "scale of 301 mm"),
        (SCALE, [(0, 0), (9, 0), (9, 4001)], "outside the picture"),
        (Scale((-1, 0), (500, 0), 50), [(0, 0), (9, 0), (9, 9)], "outside the picture"),
        (Scale((0, 0), (50, 0), 300), [(0, 0), (4000, 0), (4000, 4000)], "wrong scale"),
        (SCALE, [(0.0, float(y)) for y in range(MOST_POINTS + 1)], "201 points"),
    ],
)
def test_what_cannot_be(scale: Scale, outline: list[Point], said: str) -> None:
    with pytest.raises(OutlineError, match=said):
        measure(scale, outline, SIZE)


angles = st.floats(0, 2 * math.pi)
stars = st.lists(st.floats(40, 200), min_size=3, max_size=24)
"Distances from a middle, one after the other all around: an outline that never crosses itself."


def star(reach: list[float], turned: float = 0.0, by: float = 1.0) -> list[Point]:
    """Return an outline around the middle of the picture, twice as long as it is wide so that its length is one."""
    found = []
    for at, far in enumerate(reach):
        angle = 2 * math.pi * at / len(reach)
        x, y = 2 * far * math.cos(angle), far * math.sin(angle)
        right, down = math.cos(turned), math.sin(turned)
        found.append((2000 + by * (x * right - y * down), 2000 + by * (x * down + y * right)))
    return found


@settings(deadline=None, max_examples=40)
@given(stars, angles)
def test_a_turned_wound_is_as_large(reach: list[float], turned: float) -> None:
    assume(area(star(reach)) > 100)
    before, after = measure(SCALE, star(reach), SIZE), measure(SCALE, star(reach, turned), SIZE)
    assert after.area_mm2 == pytest.approx(before.area_mm2, rel=1e-6)
    assert after.length_mm == pytest.approx(before.length_mm, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(stars, st.floats(0.5, 4))
def test_what_is_seen_larger_with_its_scale_is_as_large(reach: list[float], by: float) -> None:
    assume(area(star(reach)) > 100)
    before = measure(SCALE, star(reach), SIZE)
    after = measure(Scale((0, 0), (500 * by, 0), 50), star(reach, by=by), SIZE)
    assert after.area_mm2 == pytest.approx(before.area_mm2, rel=1e-6)
    assert after.length_mm == pytest.approx(before.length_mm, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(stars)
def test_no_wound_is_larger_than_its_box_nor_wider_than_long(reach: list[float]) -> None:
    assume(area(star(reach)) > 100)
    found = measure(SCALE, star(reach), SIZE)
    assert 0 < found.width_mm <= found.length_mm * (1 + 1e-9)
    assert found.area_mm2 <= found.length_mm * found.length_mm
    back = measure(SCALE, star(reach)[::-1], SIZE)
    assert back.area_mm2 == pytest.approx(found.area_mm2)


@settings(deadline=None, max_examples=40)
@given(st.floats(1.3, 4), st.floats(50, 300), angles)
def test_an_ellipse_is_measured_along_its_axes(slender: float, half: float, turned: float) -> None:
    around = [2 * math.pi * at / 120 for at in range(120)]
    right, down = math.cos(turned), math.sin(turned)
    flat = [(half * slender * math.cos(angle), half * math.sin(angle)) for angle in around]
    found = measure(
        SCALE, [(2000 + x * right - y * down, 2000 + x * down + y * right) for x, y in flat], SIZE
    )
    assert found.length_mm == pytest.approx(half * slender / 5, rel=0.01)
    assert found.width_mm == pytest.approx(half / 5, rel=0.02)
    # Length times width would be a quarter too much (sheet 08).
    assert found.length_mm * found.width_mm / found.area_mm2 == pytest.approx(4 / math.pi, rel=0.02)


def test_a_line_of_no_length_has_no_width() -> None:
    assert breadth([(1, 1), (2, 2), (3, 1)], (1, 1), (1, 1)) == 0


def test_what_only_touches_itself_does_not_cross() -> None:
    assert not crosses([(0, 0), (10, 0), (5, 5), (10, 10), (0, 10), (5, 5)])
    assert crosses([(0, 0), (10, 10), (10, 0), (0, 10), (-5, 5)])


def test_what_was_shown_is_what_is_computed() -> None:
    found = Measure(50, 37.5, 1200)
    agree(Measure(50.4, 37.5, 1211), found)
    with pytest.raises(ShownError, match="area_mm2 was shown as 1220"):
        agree(Measure(50, 37.5, 1220), found)
    with pytest.raises(ShownError, match="width_mm"):
        agree(Measure(50, 39, 1200), found)


S = Stage


@pytest.mark.parametrize(
    ("before", "stage", "may"),
    [
        ([], S.ONE, True),
        ([], S.DEEP_TISSUE, True),
        ([S.ONE], S.TWO, True),
        ([S.FOUR], S.THREE, False),
        ([S.FOUR, S.FOUR], S.FOUR, True),
        ([S.TWO, S.ONE], S.ONE, False),
        ([S.UNSTAGEABLE], S.TWO, False),
        ([S.UNSTAGEABLE], S.THREE, True),
        ([S.THREE], S.UNSTAGEABLE, True),
        ([S.FOUR], S.UNSTAGEABLE, False),
        ([S.DEEP_TISSUE], S.ONE, True),
        ([S.TWO], S.DEEP_TISSUE, True),
        ([S.THREE], S.DEEP_TISSUE, False),
    ],
)
def test_a_stage_never_goes_down(before: list[Stage], stage: Stage, *, may: bool) -> None:
    if may:
        may_follow(before, stage)
        assert may_follow([*before, stage], stage) is None
    else:
        with pytest.raises(StageError, match="never goes down"):
            may_follow(before, stage)


def test_each_side_has_its_region() -> None:
    paired = {name.removesuffix("_left") for name in REGIONS if name.endswith("_left")}
    assert paired == {name.removesuffix("_right") for name in REGIONS if name.endswith("_right")}
    assert {"heel", "hip", "ischium"} <= paired
    assert {"sacrum", "scalp"} <= REGIONS
