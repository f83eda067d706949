"""What crosses the wire about acts counted, and what may be billed."""

from __future__ import annotations

from pydantic import Field

from hub.acts.activity_file import MOST
from hub.api.models import Model

_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class MonthsQuery(Model):
    """Query: from which month to which; the last three that are over when absent."""

    first: str | None = Field(default=None, alias="from", pattern=_MONTH)
    "Such as `2026-09`."
    last: str | None = Field(default=None, alias="to", pattern=_MONTH)
    "Included."


class CellView(Model):
    """One value."""

    value: float | None
    "`null` when there is none, or when it is hidden. Times are microseconds."
    hidden: bool
    "It is small, or would tell one that is: it does not leave the home."


class FigureView(Model):
    """One figure, month by month."""

    area: str
    "A kind of act, `home` or `alarms`."
    figure: str
    unit: str
    "`acts`, `residents`, `count`, `microseconds`, `days` or `rate`."
    months: list[CellView]
    "Empty for what is told of the whole period alone."
    total: CellView


class ActivityView(Model):
    """What a home's acts came to."""

    home: str
    months: list[str]
    figures: list[FigureView]
    now: int
    "Until when, microseconds UTC, if the last month is not over."


class RegionOrder(Model):
    """Other homes' files, to be added to this home's figures."""

    files: list[str] = Field(max_length=MOST)
    "What `GET /api/v1/activity/file` of other homes answered; each of the same months."


class SumView(Model):
    """A figure of several homes."""

    value: float | None
    at_least: bool
    "A home hides its part."


class RegionFigureView(Model):
    """One figure of several homes."""

    area: str
    figure: str
    unit: str
    homes: list[CellView]
    "Of the whole period, in the order of the homes."
    months: list[SumView]
    total: SumView


class RegionView(Model):
    """Several homes, added up: only what may leave each of them."""

    homes: list[str]
    "This one first."
    months: list[str]
    figures: list[RegionFigureView]
