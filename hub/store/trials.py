"""Test alarms leave nothing behind: they are no part of what happened in the home (hub.synthetic)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from hub.alerting.model import TEST_EDGE, Condition, Response
from hub.store.schema import ALERTS, EVENTS, TRANSITIONS
from hub.store.schema_telling import ESCALATIONS, NOTIFICATION_STEPS, NOTIFICATIONS


def forget_trials(connection: Connection) -> None:
    """Delete the test alarms that are over; one that is still open is still in the writer's hands."""
    over = select(ALERTS.c.id).where(
        ALERTS.c.edge == TEST_EDGE,
        ALERTS.c.condition == Condition.CLEARED.value,
        ~ALERTS.c.latched,
        ALERTS.c.response != Response.TAKEN.value,
    )
    told = select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.alert.in_(over))
    connection.execute(delete(NOTIFICATION_STEPS).where(NOTIFICATION_STEPS.c.notification.in_(told)))
    for table in (NOTIFICATIONS, ESCALATIONS, TRANSITIONS):
        connection.execute(delete(table).where(table.c.alert.in_(over)))
    connection.execute(delete(ALERTS).where(ALERTS.c.id.in_(over)))
    connection.execute(delete(EVENTS).where(EVENTS.c.edge == TEST_EDGE))
