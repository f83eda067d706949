"""Reads what a home's activity and its billing lines are made of, and hands it to what counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.acts.activity import Activity, Counted, Span, activity, month_of, period
from hub.acts.billing import DEFAULT, Bill, Terms, bill, parse, year_of
from hub.config import BillingSettings
from hub.store import activity as reading
from hub.store import load, records


@dataclass(frozen=True, slots=True)
class Asked:
    """Months of a report."""

    months: Sequence[str]
    zone: ZoneInfo
    now: int


def home_activity(connection: Connection, asked: Asked) -> Activity:
    """Return everything that is counted of a home.

    Raises:
        PeriodError: the first month has not begun.
    """
    first, last = asked.months[0], asked.months[-1]
    whole = period(first, last, asked.zone, asked.now)
    begun = [name for name in asked.months if name <= month_of(whole.until - 1, asked.zone)]
    periods = [period(name, name, asked.zone, asked.now) for name in begun]
    spans = [Span(each, load.lived(connection, each)) for each in (*periods, whole)]
    counted = Counted(
        reading.stories(connection, whole.since, whole.until),
        load.alarms(connection, whole.since, whole.until),
        spans,
    )
    return activity(records.home_name(connection) or "", begun, counted)


def home_bill(connection: Connection, asked: Asked, settings: BillingSettings) -> Bill:
    """Return which acts of some months could be billed, and why the others could not.

    Raises:
        PeriodError: the first month has not begun.
        TariffError: the file of tariffs cannot be used.
    """
    whole = period(asked.months[0], asked.months[-1], asked.zone, asked.now)
    year = f"{year_of(whole.since, asked.zone)}-01"
    since = period(year, year, asked.zone, asked.now).since
    tariffs = parse(DEFAULT.read_text("utf-8"), str(DEFAULT))
    terms = Terms(tariffs, settings.people, asked.zone, settings.overseas)
    return bill(reading.stories(connection, since, whole.until), terms, whole.since, whole.until)
