"""Which physician cares for whom, who opened a record without that, and what else lets a physician see a resident."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, and_, insert, or_, select, update

from hub.acts.model import Kind
from hub.alerting.model import Condition, Response
from hub.auth.care import AFTERWARDS, Ground, Sight
from hub.store import slots
from hub.store.call_requests import Asking
from hub.store.errors import StoreError
from hub.store.schema import ALERTS, CALLS, RESIDENTS, USERS
from hub.store.schema_acts import ACT_STEPS, ACTS
from hub.store.schema_care import BREAK_GLASS, CARES
from hub.store.schema_consult import CALL_PARTICIPANTS, CALL_REQUESTS
from hub.store.schema_telling import NOTIFICATIONS

PHYSICIAN: Final = "physician"
"The role of who can care for somebody; everybody else works in the home and sees all."


@dataclass(frozen=True, slots=True)
class Care:
    """A physician cares for a resident in [since, until)."""

    username: str
    resident: str
    since: int
    until: int | None
    author: str


@dataclass(frozen=True, slots=True)
class Glass:
    """A physician opened the record of somebody they do not care for."""

    id: str
    username: str
    resident: str
    reason: str
    since: int
    until: int


def add(connection: Connection, care: Care) -> bool:
    """Write down that somebody cares for a resident; false when they do already.

    Raises:
        StoreError: the account is no physician's, or the resident is unknown.
    """
    role = connection.execute(select(USERS.c.role).where(USERS.c.username == care.username)).scalar()
    if role != PHYSICIAN:
        raise StoreError(
            f"account {care.username!r} is {'unknown' if role is None else f'a {role}'}, no physician"
        )
    if connection.execute(select(RESIDENTS.c.id).where(RESIDENTS.c.id == care.resident)).first() is None:
        raise StoreError(f"resident {care.resident!r} is unknown")
    mine = CARES.c.username == care.username, CARES.c.resident == care.resident
    if connection.execute(select(CARES.c.id).where(*mine, CARES.c.until.is_(None))).first():
        return False
    connection.execute(insert(CARES).values(asdict(care)))
    return True


def end(connection: Connection, username: str, resident: str, author: str, now: int) -> bool:
    """Let somebody care for a resident no more; false when they did not."""
    theirs = update(CARES).where(
        CARES.c.username == username, CARES.c.resident == resident, CARES.c.until.is_(None)
    )
    return connection.execute(theirs.values(until=now, ended_by=author)).rowcount > 0


def in_force(connection: Connection) -> list[Care]:
    """Return who cares for whom now, by resident and name."""
    query = select(CARES).where(CARES.c.until.is_(None)).order_by(CARES.c.resident, CARES.c.username)
    return [
        Care(row.username, row.resident, row.since, row.until, row.author)
        for row in connection.execute(query)
    ]


def stated(connection: Connection) -> bool:
    """Tell whether the home has ever recorded who cares for whom."""
    return connection.execute(select(CARES.c.id).limit(1)).first() is not None


def break_glass(connection: Connection, glass: Glass) -> None:
    """Write down that somebody opened a record that is not theirs."""
    connection.execute(insert(BREAK_GLASS).values(asdict(glass)))


def broken(connection: Connection, since: int, resident: str | None = None, limit: int = 200) -> list[Glass]:
    """Return who opened records that are not theirs since a time, newest first."""
    query = select(BREAK_GLASS).where(BREAK_GLASS.c.since >= since)
    if resident is not None:
        query = query.where(BREAK_GLASS.c.resident == resident)
    ordered = query.order_by(BREAK_GLASS.c.since.desc(), BREAK_GLASS.c.id).limit(limit)
    return [Glass(*row) for row in connection.execute(ordered)]


def sight(connection: Connection, username: str, contacts: Collection[str], now: int) -> Sight:
    """Return whom a physician sees.

    Args:
        connection: the store.
        username: the physician's account.
        contacts: names under which the policy of escalation knows the account.
        now: microseconds UTC.
    """
    if not stated(connection):
        return Sight(Ground.UNSTATED)
    found: dict[str, Ground] = {}
    # The strongest ground first: who cares for somebody needs no other.
    for ground, residents in _grounds(connection, username, contacts, now):
        for resident in residents:
            found.setdefault(resident, ground)
    return Sight(some=found)


def _grounds(
    connection: Connection, username: str, contacts: Collection[str], now: int
) -> Iterator[tuple[Ground, list[str]]]:
    since = now - AFTERWARDS

    def residents(query: Select[Any]) -> list[str]:
        return [found for found in connection.execute(query).scalars() if found]

    cared = CARES.c.username == username, CARES.c.since <= now, _still(CARES.c.until, now)
    yield Ground.CARE, residents(select(CARES.c.resident).where(*cared))
    mine = and_(CALL_REQUESTS.c.settled_by == username, CALL_REQUESTS.c.settled >= since)
    asked = or_(CALL_REQUESTS.c.state == Asking.OPEN.value, mine)
    yield Ground.REQUEST, residents(select(CALL_REQUESTS.c.resident).where(asked))
    yield Ground.CALL, residents(_called(username, since))
    yield Ground.ALERT, residents(_told(contacts, since))
    yield (
        Ground.ACT,
        [*residents(_acting(username, since)), *_asked(connection, {username, *contacts}, since)],
    )
    yield Ground.ACT, [act.resident for act in slots.booked_with(connection, username, since)]
    opened = BREAK_GLASS.c.username == username, BREAK_GLASS.c.since <= now, BREAK_GLASS.c.until > now
    yield Ground.BREAK_GLASS, residents(select(BREAK_GLASS.c.resident).where(*opened))


def _still(until: Column[Any], now: int) -> ColumnElement[bool]:
    return or_(until.is_(None), until > now)


def _called(username: str, since: int) -> Select[Any]:
    """Return whom calls are about that one began, or has a seat in that is not taken back."""
    seated = and_(
        CALL_PARTICIPANTS.c.username == username,
        or_(CALL_PARTICIPANTS.c.admitted.is_not(None), CALL_PARTICIPANTS.c.left.is_(None)),
    )
    seats = select(CALL_PARTICIPANTS.c.call).where(seated)
    mine = or_(CALLS.c.caller == username, CALLS.c.id.in_(seats))
    return select(CALLS.c.resident).where(mine, _still(CALLS.c.ended, since))


def _told(contacts: Collection[str], since: int) -> Select[Any]:
    """Return whom alerts are about of which one was told: open ones, and for a while those that are over."""
    still = or_(
        ALERTS.c.condition == Condition.ACTIVE.value,
        ALERTS.c.latched,
        ALERTS.c.response == Response.TAKEN.value,
        ALERTS.c.cleared > since,
    )
    told = select(NOTIFICATIONS.c.alert).where(NOTIFICATIONS.c.recipient.in_(contacts))
    return select(ALERTS.c.resident).where(ALERTS.c.id.in_(told), still)


def _acting(username: str, since: int) -> Select[Any]:
    """Return whom acts are about in which one did something."""
    mine = select(ACT_STEPS.c.act).where(ACT_STEPS.c.author == username)
    return select(ACTS.c.resident).where(ACTS.c.id.in_(mine), _still(ACTS.c.closed, since))


def _asked(connection: Connection, names: Collection[str], since: int) -> Iterator[str]:
    """Return whom questions are about that were put to somebody, by the name of their account or of a group of theirs."""
    open_ = _still(ACTS.c.closed, since)
    query = select(ACTS.c.resident, ACTS.c.fields).where(ACTS.c.kind == Kind.EXPERTISE.value, open_)
    for row in connection.execute(query):
        if msgspec.json.decode(row.fields).get("to") in names:
            yield row.resident
