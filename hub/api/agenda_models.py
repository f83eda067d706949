"""What crosses the wire about who waits for whom, physicians' slots, calendars, and what is looked at again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.acts.slots import LONGEST, MOST, SHORTEST, WEEKS
from hub.api.acts_models import ActKind, Reason, Reference
from hub.api.models import MAX_TIME, Key, Model

Whom = Literal["home", "physician", "expert", "nobody"]
Sentence = Annotated[str, Field(min_length=1, max_length=600)]


class AgendaItem(Model):
    """An act that is not over."""

    act: str
    kind: ActKind
    state: str
    resident: str
    reason: str
    author_name: str
    opened: int
    since: int
    "When it came into its state."
    whom: Whom
    "Who has to do something."
    named: str
    "Whom it names: the physician of the slot, the expert; empty for whoever comes."
    due: int | None
    late: bool


class AgendaPlanned(Model):
    """A consultation that is planned for today."""

    act: str
    state: str
    resident: str
    reason: str
    at: int
    minutes: int | None
    "Of its slot; without a slot nobody said."
    physician_name: str
    "Of its slot."
    late: bool
    "Its time has come, and nobody is in the waiting room."
    reminded: list[str]
    "Names of who was told before."


class AgendaView(Model):
    """Everybody's open acts, the late ones first, and what is planned for today."""

    time: int
    day: int
    "Microseconds UTC of the midnight before, by the ward's clock."
    items: list[AgendaItem]
    planned: list[AgendaPlanned]


class SlotOrder(Model):
    """Slots that somebody gives."""

    physician: Key = ""
    "Whose; empty for one's own."
    begins: int = Field(ge=0, le=MAX_TIME)
    minutes: int = Field(ge=SHORTEST, le=LONGEST)
    count: int = Field(default=1, ge=1, le=MOST)
    "One after the other."
    weeks: int = Field(default=1, ge=1, le=WEEKS)
    "On the same day of so many weeks."


class SlotView(Model):
    """A physician's slot."""

    id: str
    physician: str
    physician_name: str
    begins: int
    minutes: int
    taken: bool
    act: str | None
    "Which holds it, when one may know."
    resident: str | None


class SlotPhysician(Model):
    """Somebody who can give slots."""

    username: str
    name: str


class SlotList(Model):
    """Slots of a time, the first first."""

    items: list[SlotView]
    physicians: list[SlotPhysician]


class SlotQuery(Model):
    """Which slots."""

    since: int = Field(ge=0, le=MAX_TIME)
    until: int = Field(ge=0, le=MAX_TIME)


class BookingIn(Model):
    """A slot for an act."""

    slot: Reference
    number: int = Field(ge=1, le=10_000)
    "Of the last step that they saw."


class ResidentBookingIn(Model):
    """A consultation that is opened and planned in one."""

    slot: Reference
    id: Key = Field(min_length=8)
    "Named by who asks, so that asking again opens nothing twice."
    reason: Reason = ""
    from_act: Reference | None = None
    alert: Reference | None = None


class CalendarState(Model):
    """Whether somebody's calendar can be read by a link."""

    made: int | None
    "When the link was made; `None`: there is none."
    used: int | None
    "When a program read it last."


class CalendarLink(Model):
    """A new link; it is told once, and never again."""

    path: str
    "Below the hub's own address."


class ReorientedView(Model):
    """A consultation that was not the right way."""

    act: str
    resident: str
    state: Literal["reoriented", "emergency"]
    closed: int
    reoriented_to: str
    reason: str
    asked_for: str
    "The reason of the consultation."
    triage: str | None
    motif_title: str
    outcome: str
    "What the questionnaire said; empty without one."
    reviewed: int | None
    reviewed_by: str
    sentence: str


class ReorientedList(Model):
    """Consultations to look at again, the newest first."""

    items: list[ReorientedView]
    open: int
    "How many nobody has looked at yet."


class ReviewIn(Model):
    """What somebody found when they looked again."""

    sentence: Sentence
