"""What crosses the wire about the measurement round."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import MAX_TIME, Model, Score

MAX_READINGS = 16
VERSIONS = 1000
"More than any set has; their values are a microsecond apart."
Name = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"Made by the tablet, random: names a set, or one request about it."
Time = Annotated[int, Field(ge=0, le=MAX_TIME)]


class SourceView(Model):
    """The sensor that measured a value, of which somebody said that it is so."""

    edge: str = Field(max_length=64)
    sensor: str = Field(max_length=64)
    time: Time
    "When it measured it."


class ReadingIn(Model):
    """One value, in the unit of the nomenclature."""

    metric: str = Field(max_length=40)
    value: float
    source: SourceView | None = None
    "`null`: written down by hand."


class SetDraft(Model):
    """What somebody is about to write down."""

    readings: list[ReadingIn] = Field(max_length=MAX_READINGS)


class DraftIn(SetDraft):
    """What somebody is about to write down, or to write instead of a set."""

    correcting: str = Field(default="", max_length=64)
    "The set that is corrected: its own values are no values before."


class SetIn(SetDraft):
    """A set of observations."""

    id: Name
    "The set's; sent again, it is not entered again."
    resident: str = Field(max_length=64)
    "Once more: what was written at one bed is never entered for another."
    time: Time
    "When it was measured. At most 12 h ago."
    confirmed: list[str] = Field(default=[], max_length=MAX_READINGS)
    "Metrics of which somebody said that the strange value is so."
    note: str = Field(default="", max_length=400)


class CorrectionIn(SetDraft):
    """A new version of a set."""

    key: Name
    version: int = Field(ge=1, lt=VERSIONS)
    "The version that is corrected; when it is not the last one any more, nothing is changed."
    resident: str = Field(max_length=64)
    confirmed: list[str] = Field(default=[], max_length=MAX_READINGS)
    note: str = Field(default="", max_length=400)
    reason: str = Field(min_length=1, max_length=400)


class WithdrawalIn(Model):
    """A set that does not hold: another person's, a slip."""

    key: Name
    version: int = Field(ge=1, lt=VERSIONS)
    resident: str = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=400)


class DoubtView(Model):
    """Something about one value."""

    metric: str
    fault: Literal["unknown", "impossible", "not_whole", "pressure", "unusual", "changed"]
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    refused: bool
    "Whether it cannot be entered; otherwise it can once somebody says that it is so."


class DraftView(Model):
    """What the hub says of what somebody is about to write down."""

    resident: str
    score: Score
    doubts: list[DoubtView]
    next: int | None
    "When the next set is due if this one is entered now; `null`: now, or never."
    why: Literal["never", "incomplete", "emergency", "urgent", "raised", "settled", "exempt"]


class ReadingView(Model):
    """One value of a set."""

    metric: str
    value: float
    by_hand: bool
    sensor: str
    kind: str
    "What the sensor is, as in `SensorView`; empty by hand."
    time: int


class SetView(Model):
    """One version of a set of observations."""

    id: str
    version: int
    resident: str
    time: int
    entered: int
    author: str
    author_name: str
    spo2_scale: int
    readings: list[ReadingView]
    score: Score
    note: str
    reason: str
    withdrawn: bool


class SetHistory(Model):
    """A set and what it was before."""

    now: SetView
    before: list[SetView]
    "Earlier versions, newest first."


class OfferView(Model):
    """A value that a sensor of the resident measured just now."""

    value: float
    time: int
    edge: str
    sensor: str
    kind: str


class FieldRange(Model):
    """One thing that can be written down, of anybody."""

    metric: str
    low: float
    high: float
    decimals: int
    news2: bool
    "Whether NEWS2 asks for it."


class FieldView(FieldRange):
    """One thing that can be written down, of one resident."""

    before: float | None
    before_time: int | None
    offer: OfferView | None


class SheetView(Model):
    """Everything that the page of one resident starts with."""

    resident: str
    spo2_scale: int
    usual_score: int | None
    profile: str
    fields: list[FieldView]
    state: Literal["due", "soon", "done", "later", "none"]
    why: Literal["never", "incomplete", "emergency", "urgent", "raised", "settled", "exempt"]
    at: int | None
    sets: list[SetHistory]
    "The last ones, newest first."


class RoundEntry(Model):
    """Where one resident stands in the round."""

    resident: str
    state: Literal["due", "soon", "done", "later", "none"]
    why: Literal["never", "incomplete", "emergency", "urgent", "raised", "settled", "exempt"]
    at: int | None
    "When the next set is due; `null`: now, or never."
    last: int | None
    "When the last set was measured."
    author_name: str
    "Who entered it."
    score: Score | None
    streaming: list[str]
    "Parameters of NEWS2 that sensors measure now: these need no hand."


class RoundView(Model):
    """The round of the present shift, in the order in which it is walked."""

    time: int
    since: int
    until: int
    "End of the shift."
    done: int
    total: int
    "Of those who are to be measured in this shift."
    entries: list[RoundEntry]
    fields: list[FieldRange]
    "What can be written down: a tablet that loses the network goes on entering."
