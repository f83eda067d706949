"""What crosses the wire about wounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import Key, Model

CauseName = Literal[
    "pressure",
    "leg_ulcer",
    "diabetic_foot",
    "skin_tear",
    "moisture",
    "burn",
    "surgical",
    "skin_lesion",
    "other",
]
StageName = Literal["1", "2", "3", "4", "unstageable", "deep_tissue"]
ViewName = Literal["overview", "close", "side"]
Outcome = Literal["healed", "grafted", "amputated", "other", "mistake"]
Note = Annotated[str, Field(max_length=600)]
Millimetres = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Percent = Annotated[int, Field(ge=0, le=100)]
Spot = tuple[
    Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)],
    Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)],
]


class WoundIn(Model):
    """A wound that somebody saw for the first time."""

    id: Key = ""
    "Named by who asks, so that asking again writes nothing twice; empty: the hub names it."
    cause: CauseName
    region: Annotated[str, Field(max_length=32, pattern=r"^[a-z_]+$")]
    "On the body map; left and right are the person's own."
    begun: Annotated[str, Field(min_length=1, max_length=120)]
    "Since when, in words."
    note: Note = ""


class WoundEnd(Model):
    """How a wound ended."""

    outcome: Outcome


class WoundMistake(Model):
    """Why something about a wound is withdrawn."""

    reason: Annotated[str, Field(min_length=1, max_length=600)]


class PictureQuery(Model):
    """What a photograph shows."""

    view: ViewName
    note: Note = ""


class WoundPoints(Model):
    """On a picture, in its pixels from the upper left: its scale, and the wound's outline."""

    scale: tuple[Spot, Spot]
    scale_mm: Annotated[float, Field(ge=5, le=300, allow_inf_nan=False)]
    outline: Annotated[list[Spot], Field(min_length=3, max_length=200)]


class WoundMeasure(Model):
    """What points measure."""

    length_mm: Millimetres
    width_mm: Millimetres
    area_mm2: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Tissue(Model):
    """Of what the bed of a wound is, in per cent; together 100."""

    necrosis: Percent
    fibrin: Percent
    granulation: Percent
    epithelium: Percent


class FindingIn(Model):
    """What somebody measured and saw; whatever is not given was not looked at."""

    id: Key = ""
    "Named by who asks, so that asking again writes nothing twice."
    picture: Key | None = None
    points: WoundPoints | None = None
    shown: WoundMeasure | None = None
    "What the page computed from the points and its reader saw; the hub refuses other figures than its own."
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    "Measured by hand; with points they are computed."
    depth_mm: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] | None = None
    stage: StageName | None = None
    healing: bool | None = None
    "Whether a pressure ulcer heals, at the stage that it had."
    pain: Annotated[int, Field(ge=0, le=10)] | None = None
    tissue: Tissue | None = None
    exudate: Literal["none", "low", "moderate", "high"] | None = None
    odour: bool | None = None
    infection: bool | None = None
    "Signs of it."
    note: Note = ""


class WoundPictureView(Model):
    """What is known of a picture."""

    id: str
    name: str
    "As acts name it."
    time: int
    author_name: str
    view: ViewName
    note: str
    width: int
    height: int
    sharpness: float
    brightness: float
    digest: str
    "SHA-256 of the file that came."


class FindingView(Model):
    """What somebody measured and saw."""

    id: str
    picture: str | None
    time: int
    author_name: str
    length_mm: float | None
    width_mm: float | None
    area_mm2: float | None
    depth_mm: float | None
    stage: StageName | None
    healing: bool | None
    pain: int | None
    tissue: Tissue | None
    exudate: Literal["none", "low", "moderate", "high"] | None
    odour: bool | None
    infection: bool | None
    note: str
    points: WoundPoints | None


class WithdrawnView(Model):
    """Something that was a mistake: that there was one stays."""

    id: str
    what: Literal["picture", "finding"]
    time: int
    withdrawn: int
    author_name: str
    reason: str


class WoundView(Model):
    """One wound with everything that was kept of it."""

    id: str
    resident: str
    cause: CauseName
    region: str
    begun: str
    note: str
    time: int
    author_name: str
    closed: int | None
    closed_by_name: str
    outcome: Outcome | None
    pictures: list[WoundPictureView]
    "Oldest first."
    findings: list[FindingView]
    "Oldest first."
    withdrawn: list[WithdrawnView]
    stages: list[StageName]
    "Which it may be given next; none unless it is a pressure ulcer."


class WoundList(Model):
    """The wounds of a resident, those that are open first."""

    resident: str
    items: list[WoundView]
