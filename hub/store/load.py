"""What counting a ward's alarms reads: alerts of a period with their first answer, and who lived here then."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, RowMapping, func, or_, select

from devices.limits import Priority
from hub.alerting.hindsight import HISTORY
from hub.alerting.load import Alarm, Period
from hub.alerting.model import TEST_EDGE, UNHEARD, Code, Event
from hub.store.schema import ALERTS, STAYS, TRANSITIONS

_ANSWERS = (Event.ACKNOWLEDGED.value, Event.TAKEN.value)


def alarms(connection: Connection, since: int, until: int) -> list[Alarm]:
    """Return what rang in [since, until), oldest first; the test alarm is nobody's."""
    first = (
        select(func.min(TRANSITIONS.c.time))
        .where(TRANSITIONS.c.alert == ALERTS.c.id, TRANSITIONS.c.event.in_(_ANSWERS))
        .scalar_subquery()
    )
    columns = (
        ALERTS.c.code,
        ALERTS.c.priority,
        ALERTS.c.edge,
        ALERTS.c.sensor,
        ALERTS.c.resident,
        ALERTS.c.metric,
        ALERTS.c.limit_id,
        ALERTS.c.raised,
        ALERTS.c.cleared,
        first.label("answered"),
    )
    query = select(*columns).where(
        ALERTS.c.raised >= since,
        ALERTS.c.raised < until,
        ALERTS.c.detail.not_in((HISTORY, *sorted(UNHEARD))),
        ALERTS.c.edge != TEST_EDGE,
    )
    ordered = query.order_by(ALERTS.c.raised, ALERTS.c.id)
    return [_alarm(row) for row in connection.execute(ordered).mappings()]


def lived(connection: Connection, period: Period) -> Mapping[str, float]:
    """Return the days of a period that each resident lived in the home."""
    query = select(STAYS).where(
        STAYS.c.since < period.until, or_(STAYS.c.until.is_(None), STAYS.c.until > period.since)
    )
    days: dict[str, float] = {}
    for row in connection.execute(query):
        days[row.resident] = days.get(row.resident, 0.0) + period.days_within(row.since, row.until)
    return days


def _alarm(row: RowMapping) -> Alarm:
    subject = row["resident"] or "/".join(part for part in (row["edge"], row["sensor"]) if part)
    return Alarm(
        code=Code(row["code"]),
        priority=Priority(row["priority"]),
        subject=subject,
        resident=row["resident"],
        metric=row["metric"] or "",
        limit_id=row["limit_id"] or "",
        raised=row["raised"],
        cleared=row["cleared"],
        answered=row["answered"],
    )
