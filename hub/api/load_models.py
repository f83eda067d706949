"""What crosses the wire about a ward's alarm load and about differing verdicts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.api.models import MAX_TIME, Model

LONGEST_DAYS = 90
"Days that one answer covers."

Matter = Literal["measured", "happened", "technical"]
"What an alarm is about: a limit or rule, something that happened, equipment."


class LoadQuery(Model):
    """Query: from when to when; the last seven days when absent."""

    since: int | None = Field(default=None, alias="from", ge=0, le=MAX_TIME)
    "Microseconds UTC."
    until: int | None = Field(default=None, alias="to", ge=0, le=MAX_TIME)
    "Excluded; now when absent."


class FiguresView(Model):
    """What some alarms amount to. Shares are 0 to 1 of `count`; `null` when there is nothing to share."""

    count: int
    per_day: float | None
    "For each day that a resident lived in the home; `null` before anybody has for a day."
    answered: float | None
    median: int | None
    "Microseconds until somebody answered, of those that were."
    ninetieth: int | None
    alone: float | None
    "Ended before anybody had answered."
    repeated: float | None
    "The same rule of the same resident within an hour."
    chattering: float | None
    "Three of the same rule and resident within half an hour."


class MattersView(Model):
    """The three kinds of alarm, apart."""

    measured: FiguresView
    happened: FiguresView
    technical: FiguresView


class CountsView(Model):
    """Counts of the three kinds."""

    measured: int
    happened: int
    technical: int


class RuleName(Model):
    """One rule of the ward."""

    code: str
    metric: str
    "Empty for what is not measured."


class RuleView(Model):
    """One rule by the hour of the ward's clock."""

    rule: RuleName
    matter: Matter
    count: int
    hours: list[int]
    "24 counts."


class DayView(Model):
    """One day of the ward's calendar."""

    day: str
    "Such as `2026-11-22`."
    counts: CountsView


class ResidentLoadView(Model):
    """The alarms of one resident."""

    resident: str
    family_name: str
    given_name: str
    room: str
    "Empty for somebody who no longer lives here."
    days: float
    "Lived here within the period."
    counts: CountsView
    per_day: float | None
    "Alarms that are not about equipment."
    worst: bool
    "Of the tenth that makes most."
    loudest: RuleName | None
    loudest_count: int
    limit_id: str
    "Limit by which the loudest rule rings; empty when no limit is behind it."


class WorstView(Model):
    """The tenth of residents who make most alarms."""

    residents: int
    of: int
    share: float | None
    "Of the alarms that are not about equipment."


class ReferenceView(Model):
    """A published figure to compare with."""

    per_day: float
    source: str


class LoadView(Model):
    """How much the ward was alarmed."""

    since: int
    until: int
    zone: str
    resident_days: float
    figures: MattersView
    rules: list[RuleView]
    "The loudest first."
    days: list[DayView]
    residents: list[ResidentLoadView]
    "Everybody who lived here, the loudest first."
    worst: WorstView
    reference: ReferenceView


class DifferencesQuery(Model):
    """Query of differing verdicts, newest first."""

    limit: int = Field(default=100, ge=1, le=1000)


class SideView(Model):
    """What one of two judged."""

    onset: int
    cleared: int | None
    "`null`: it had not ended when it was compared."
    side: Literal["low", "high"]
    bound: float
    worst: float
    rang: bool
    "The room rang for it by itself."


class DifferenceView(Model):
    """Where a room's device judged the same measurements otherwise than the hub."""

    edge: str
    room: str
    resident: str
    family_name: str
    given_name: str
    kind: Literal["edge_only", "hub_only", "other_onset", "other_end", "other_limit"]
    limit_id: str
    metric: str
    onset: int
    found: int
    "When both were compared."
    edge_side: SideView | None
    hub_side: SideView | None
