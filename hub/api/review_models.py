"""What crosses the wire about how télésurveillance was carried out, and what happened since it was reviewed last."""

from __future__ import annotations

from typing import Literal

from hub.api.acts_models import ActHead, TimelineItem
from hub.api.models import Model

Cause = Literal["link", "battery", "care", "sensor", "unknown"]


class ShareView(Model):
    """Days with a value, of days that count."""

    counted: int
    covered: int
    value: float | None
    "Between 0 and 1; `None` of no days."


class GapView(Model):
    """Days in a row without a value."""

    start: int
    end: int
    days: int
    cause: Cause


class MarkView(Model):
    """One of the first two months beside the mark of half of its days."""

    month: int
    "1 or 2."
    share: ShareView
    over: bool
    reached: bool | None
    "`None` while that can still change."


class MeterView(Model):
    """How one parameter was measured."""

    metric: str
    share: ShareView
    missing: dict[Cause, int]
    "Days without a value since the last review, by cause."
    gaps: list[GapView]
    marks: list[MarkView]


class AdherenceView(Model):
    """On how many days what is followed was really measured."""

    act: str
    resident: str
    begun: int | None
    since: int | None
    "When it was reviewed last, or began."
    together: ShareView
    meters: list[MeterView]


class ReviewAlarm(Model):
    """An alarm about the resident since the last review, and what was done."""

    id: str
    code: str
    metric: str | None
    priority: str
    raised: int
    cleared: int | None
    value: float | None
    limit: float | None
    detail: str
    answered: int | None
    answered_by: str
    reason: str
    "What who answered wrote."


class ReviewCount(Model):
    """How often one kind of alarm rang."""

    code: str
    metric: str | None
    times: int
    unanswered: int
    "Over before anybody answered, or open still."


class ReviewLimit(Model):
    """Something that was done to a limit since the last review."""

    time: int
    act: str
    "What was done: proposed, signed, withdrawn ..."
    metric: str
    low: float | None
    high: float | None
    priority: str
    author_name: str
    reason: str


class FollowUpView(Model):
    """Everything that a periodic review of télésurveillance looks at."""

    head: ActHead
    number: int
    "Of the last step, for the review that is written."
    time: int
    may_review: bool
    "Whether who asks may write the review now."
    since: int | None
    since_event: str
    since_name: str
    last_findings: str
    "What the last review found."
    parameters: list[str]
    frequency: str
    until: int | None
    review_days: int | None
    adherence: AdherenceView
    counts: list[ReviewCount]
    "Most often first."
    alarms: list[ReviewAlarm]
    "Newest first."
    more_alarms: bool
    done: list[TimelineItem]
    "Acts, calls, notes, questionnaires and papers since then, newest first."
    limits: list[ReviewLimit]
