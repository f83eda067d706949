"""What crosses the wire about the hand-over between shifts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.api.models import MAX_TIME, AlertView, Model, Score, SuppressionView
from hub.api.rounds_models import VERSIONS, Name, Time

Text = Annotated[str, Field(max_length=600)]


class HandoverQuery(Model):
    """Which shift."""

    at: int | None = Field(default=None, ge=0, le=MAX_TIME)
    "A time in it; without one the shift that is being handed over now."


class NoteIn(Model):
    """A note for the next shift, in the form of a targeted transmission."""

    id: Name
    resident: str = Field(max_length=64)
    "Empty: the whole ward."
    time: Time
    data: Text = ""
    action: Text = ""
    result: Text = ""


class NoteChange(Model):
    """A new version of a note."""

    key: Name
    version: int = Field(ge=1, lt=VERSIONS)
    data: Text = ""
    action: Text = ""
    result: Text = ""
    withdrawn: bool = False


class NoteView(Model):
    """A note as it holds."""

    id: str
    version: int
    resident: str
    time: int
    entered: int
    author: str
    author_name: str
    data: str
    action: str
    result: str
    withdrawn: bool


class NoteHistory(Model):
    """A note and what it was before."""

    now: NoteView
    before: list[NoteView]
    "Earlier versions, newest first."


class ToldAlert(Model):
    """An alert of the shift."""

    alert: AlertView
    answered_by: str
    "Display name; empty: nobody."
    answered_after: int | None
    "Microseconds that it waited."
    inherited: bool
    "Whether it is open still: the next shift has it."


class ExcursionView(Model):
    """A value that was out of the resident's limits, or out of what is usual where there are none."""

    metric: str
    worst: float
    minutes: int


class LimitChange(Model):
    """A limit that began or ended in the shift."""

    metric: str
    low: float | None
    high: float | None
    priority: str
    author_name: str
    reason: str
    began: int | None
    ended: int | None


class CallTold(Model):
    """A call of a physician."""

    caller_name: str
    state: str
    requested: int
    answered: int | None
    ended: int | None


class SilentSensor(Model):
    """A sensor that says nothing now."""

    sensor: str
    kind: str
    why: str
    "Code, as in `WhyView`."


class ScoreTold(Model):
    """NEWS2 at the end of the shift, and before it."""

    score: Score
    time: int
    author_name: str
    sets: int
    "Of the shift."
    before: int | None
    "Total of the last set before the shift."


class ResidentTold(Model):
    """Everything that is told of one resident."""

    resident: str
    family_name: str
    given_name: str
    birth_year: int
    room: str
    alerts: list[ToldAlert]
    excursions: list[ExcursionView]
    news2: ScoreTold | None
    orders: list[SuppressionView]
    limits: list[LimitChange]
    calls: list[CallTold]
    silent: list[SilentSensor]
    unwatched_reason: str | None
    notes: list[NoteHistory]


class ReceiptIn(Model):
    """Somebody has read the hand-over of a shift."""

    since: Time
    "When the shift began."


class ReceiptView(Model):
    """Who has read it."""

    reader: str
    reader_name: str
    read: int


class HandoverView(Model):
    """What one shift tells the next."""

    since: int
    until: int
    time: int
    "Of this answer: open alerts, orders and sensors are as they are now."
    running: bool
    "Whether the shift is not over."
    residents: list[ResidentTold]
    "Worst first; of the others there is nothing to tell."
    calm: int
    "How many these others are."
    inherited: int
    "Alerts that are open still."
    ward: list[ToldAlert]
    "Alerts that are about no resident."
    notes: list[NoteHistory]
    "About the whole ward."
    receipts: list[ReceiptView]
    before: int
    "A time in the shift before."
    after: int | None
    "A time in the shift after; `null`: it has not begun."
