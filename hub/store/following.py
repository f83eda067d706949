"""What the hub noted while a resident was followed at a distance: equipment that failed, orders of people, where they lived."""

from __future__ import annotations

from sqlalchemy import Connection, and_, or_, select

from hub.alerting.model import TEST_EDGE, Alert, Code, Suppressor
from hub.store import journal, records
from hub.store.schema import ALERTS, SUPPRESSORS

MOST = 5_000
"Alerts that are looked at; more than a room's equipment says in a year."


def equipment(
    connection: Connection, resident: str, codes: frozenset[Code], start: int, end: int
) -> list[Alert]:
    """Return alerts of some codes that were there in [start, end) where a resident lived, or in the whole home.

    An alert that never ended is there until now.
    """
    query = (
        select(ALERTS.c.id)
        .where(
            ALERTS.c.code.in_([code.value for code in codes]),
            ALERTS.c.raised < end,
            or_(ALERTS.c.cleared.is_(None), ALERTS.c.cleared > start),
            ALERTS.c.edge != TEST_EDGE,
            or_(ALERTS.c.resident == resident, and_(ALERTS.c.resident.is_(None), ALERTS.c.edge == "")),
        )
        .order_by(ALERTS.c.raised.desc(), ALERTS.c.id)
        .limit(MOST)
    )
    found = [journal.alert(connection, key) for key in connection.execute(query).scalars()]
    return [alert for alert in found if alert is not None]


def orders(connection: Connection, resident: str, start: int, end: int) -> list[Suppressor]:
    """Return people's orders about a resident that were in force at some time of [start, end), oldest first."""
    query = (
        select(SUPPRESSORS.c.id)
        .where(SUPPRESSORS.c.resident == resident, SUPPRESSORS.c.since < end, SUPPRESSORS.c.until > start)
        .order_by(SUPPRESSORS.c.since, SUPPRESSORS.c.id)
        .limit(MOST)
    )
    found = [journal.suppressor(connection, key) for key in connection.execute(query).scalars()]
    return [order for order in found if order is not None]


def away(connection: Connection, resident: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of [start, end) in which a resident lived in no room of the home."""
    lived = sorted(
        (stay.since, end if stay.until is None else stay.until)
        for stay in records.stays(connection)
        if stay.resident == resident
    )
    found, reached = [], start
    for since, until in lived:
        if since > reached:
            found.append((reached, min(since, end)))
        reached = max(reached, until)
    if reached < end:
        found.append((reached, end))
    return [(begin, stop) for begin, stop in found if begin < stop]
