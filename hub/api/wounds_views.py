"""Wounds as pages see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.acts.wounds import Cause, Stage, StageError, may_follow
from hub.api import wounds_models as models
from hub.store.wounds import Finding, Picture
from hub.woundcare import WOUND_NAME, Course

Names = Mapping[str, str]
"Display names by user name."


def wound_view(course: Course, names: Names) -> models.WoundView:
    """Return a wound with everything that was kept of it; what was withdrawn is only named."""
    wound = course.wound
    gone: list[Picture | Finding] = [*course.pictures, *course.findings]
    return models.WoundView.model_validate(
        {
            "id": wound.id,
            "resident": wound.resident,
            "cause": wound.cause,
            "region": wound.region,
            "begun": wound.begun,
            "note": wound.note,
            "time": wound.time,
            "author_name": names.get(wound.author, wound.author),
            "closed": wound.closed,
            "closed_by_name": names.get(wound.closed_by, wound.closed_by),
            "outcome": wound.outcome or None,
            "pictures": [_picture(each, names) for each in course.pictures if each.withdrawn is None],
            "findings": [_finding(each, names) for each in course.findings if each.withdrawn is None],
            "withdrawn": [_withdrawn(each, names) for each in gone if each.withdrawn is not None],
            "stages": [stage.value for stage in _stages(course)],
        }
    )


def _stages(course: Course) -> Iterator[Stage]:
    if course.wound.cause != Cause.PRESSURE:
        return
    before = [Stage(each.stage) for each in course.findings if each.stage and each.withdrawn is None]
    for stage in Stage:
        try:
            may_follow(before, stage)
        except StageError:
            continue
        yield stage


def _withdrawn(what: Picture | Finding, names: Names) -> dict[str, object]:
    return {
        "id": what.id,
        "what": "picture" if isinstance(what, Picture) else "finding",
        "time": what.time,
        "withdrawn": what.withdrawn,
        "author_name": names.get(what.withdrawn_by, what.withdrawn_by),
        "reason": what.withdrawn_for,
    }


def _picture(picture: Picture, names: Names) -> dict[str, object]:
    return {
        "id": picture.id,
        "name": f"{WOUND_NAME}{picture.wound}/{picture.id}",
        "time": picture.time,
        "author_name": names.get(picture.author, picture.author),
        "view": picture.view,
        "note": picture.note,
        "width": picture.width,
        "height": picture.height,
        "sharpness": round(picture.sharpness, 1),
        "brightness": round(picture.brightness, 1),
        "digest": picture.digest,
    }


def _finding(finding: Finding, names: Names) -> dict[str, object]:
    said, points = finding.fields, finding.points
    return {
        "id": finding.id,
        "picture": finding.picture,
        "time": finding.time,
        "author_name": names.get(finding.author, finding.author),
        "length_mm": finding.length_mm,
        "width_mm": finding.width_mm,
        "area_mm2": finding.area_mm2,
        "depth_mm": finding.depth_mm,
        "stage": finding.stage or None,
        **{name: said.get(name) for name in ("healing", "pain", "tissue", "exudate", "odour", "infection")},
        "note": said.get("note", ""),
        "points": None
        if points is None
        else {"scale": points.scale, "scale_mm": points.scale_mm, "outline": list(points.outline)},
    }
