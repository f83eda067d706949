"""Physicians' slots, which acts hold them, who was reminded, links to calendars, and what was found when looking again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, and_, insert, or_, select, update

from hub.acts.model import Act, Kind
from hub.acts.slots import Slot, holds
from hub.store import acts
from hub.store.schema_acts import ACT_STEPS, ACTS
from hub.store.schema_slots import ACT_REVIEWS, BOOKINGS, CALENDARS, REMINDERS, SLOTS
from hub.store.schema_triage import TRIAGES

_REORIENTED, _EMERGENCY, _BEGIN = "reoriented", "emergency", "begin"
"States and an event of `hub.acts.machines.consultation`."


@dataclass(frozen=True, slots=True)
class Booking:
    """An act that was planned on a slot."""

    slot: str
    act: str
    author: str
    made: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody is reminded of a consultation, once for each time that it is planned for."""

    id: str
    act: str
    at: int
    recipient: str
    channel: str
    state: str
    "`sending`, `sent` or `failed`."
    reason: str
    time: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A secret link to somebody's calendar."""

    digest: bytes
    username: str
    made: int
    used: int | None = None
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody found when they looked again at a consultation."""

    act: str
    time: int
    author: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reoriented:
    """A consultation that was not the right way, with what led to it and what was found since."""

    act: Act
    reason: str
    "Typed with its last step."
    triage: str | None
    motif: str
    outcome: str
    "What the questionnaire said; empty without one."
    review: Review | None


# ---- slots ----


def add(connection: Connection, slot: Slot) -> None:
    """Write down a slot."""
    connection.execute(insert(SLOTS).values(asdict(slot)))


def find(connection: Connection, key: str) -> Slot | None:
    """Return a slot."""
    row = connection.execute(select(SLOTS).where(SLOTS.c.id == key)).mappings().one_or_none()
    return None if row is None else _slot(row)


def between(connection: Connection, since: int, until: int, physician: str | None = None) -> list[Slot]:
    """Return the slots that begin in [since, until) and were not withdrawn, the first first."""
    query = select(SLOTS).where(SLOTS.c.begins >= since, SLOTS.c.begins < until, SLOTS.c.withdrawn.is_(None))
    if physician is not None:
        query = query.where(SLOTS.c.physician == physician)
    return [
        _slot(row) for row in connection.execute(query.order_by(SLOTS.c.begins, SLOTS.c.physician)).mappings()
    ]


def withdraw(connection: Connection, key: str, author: str, now: int) -> None:
    """Write down that a slot is given no more."""
    connection.execute(update(SLOTS).where(SLOTS.c.id == key).values(withdrawn=now, withdrawn_by=author))


def book(connection: Connection, booking: Booking) -> None:
    """Write down that an act is planned on a slot."""
    connection.execute(insert(BOOKINGS).values(asdict(booking)))


def holders(connection: Connection, slots: Sequence[Slot]) -> dict[str, Act]:
    """Return which act holds each slot; a free one is not in it."""
    known = {slot.id: slot for slot in slots}
    keys = _booked(connection, list(known))
    found = {}
    # An act may have been booked on two slots of the same hour: the last one counts.
    for key, slot in slots_of(connection, keys).items():
        act = acts.find(connection, key) if slot.id in known else None
        if act is not None and holds(act, slot):
            found[slot.id] = act
    return found


def slots_of(connection: Connection, keys: Sequence[str]) -> dict[str, Slot]:
    """Return the slot on which each act was planned last; whether it still holds it says `hub.acts.slots.holds`."""
    query = (
        select(BOOKINGS.c.act.label("for_act"), SLOTS)
        .join(SLOTS, SLOTS.c.id == BOOKINGS.c.slot)
        .where(BOOKINGS.c.act.in_(keys))
        .order_by(BOOKINGS.c.id)
    )
    return {row["for_act"]: _slot(row) for row in connection.execute(query).mappings()}


def booked_with(connection: Connection, physician: str, since: int) -> list[Act]:
    """Return the acts that hold slots of a physician: open ones, and for a while those that are closed."""
    query = (
        select(BOOKINGS.c.act)
        .join(SLOTS, SLOTS.c.id == BOOKINGS.c.slot)
        .join(ACTS, ACTS.c.id == BOOKINGS.c.act)
        .where(SLOTS.c.physician == physician, or_(ACTS.c.closed.is_(None), ACTS.c.closed > since))
        .distinct()
    )
    keys = list(connection.execute(query).scalars())
    last = slots_of(connection, keys)
    found = [acts.find(connection, key) for key in keys]
    return [
        act
        for act in found
        if act is not None and last[act.id].physician == physician and holds(act, last[act.id])
    ]


# ---- open acts ----


def open_acts(connection: Connection, limit: int = 500) -> list[Act]:
    """Return the acts that are not over, the oldest first."""
    query = select(ACTS.c.id).where(ACTS.c.closed.is_(None)).order_by(ACTS.c.opened, ACTS.c.id).limit(limit)
    return _acts(connection, list(connection.execute(query).scalars()))


def planned(connection: Connection, since: int, until: int) -> list[Act]:
    """Return the consultations that were planned for a time in [since, until), whatever became of them, the first first."""
    query = select(ACTS.c.id).where(
        ACTS.c.kind == Kind.CONSULTATION.value, or_(ACTS.c.closed.is_(None), ACTS.c.closed >= since)
    )
    found = [
        (at, act)
        for act in _acts(connection, list(connection.execute(query).scalars()))
        if (at := at_of(act))
    ]
    return [act for at, act in sorted(found, key=lambda each: (each[0], each[1].id)) if since <= at < until]


def at_of(act: Act) -> int:
    """Return for when an act was planned last; 0 for never."""
    at = act.fields.get("at")
    return at if isinstance(at, int) else 0


# ---- reminders ----


def reminders(connection: Connection, keys: Sequence[str]) -> list[Reminder]:
    """Return who was reminded of acts, in the order in which they were."""
    query = select(REMINDERS).where(REMINDERS.c.act.in_(keys)).order_by(REMINDERS.c.time, REMINDERS.c.id)
    return [Reminder(**row) for row in connection.execute(query).mappings()]


def save_reminder(connection: Connection, reminder: Reminder) -> None:
    """Write down a reminder, or what became of it."""
    known = REMINDERS.c.id == reminder.id
    values = asdict(reminder)
    if connection.execute(update(REMINDERS).where(known).values(values)).rowcount == 0:
        connection.execute(insert(REMINDERS).values(values))


# ---- links to calendars ----


def calendar_of(connection: Connection, username: str) -> Calendar | None:
    """Return the link of an account that counts."""
    query = select(CALENDARS).where(CALENDARS.c.username == username, CALENDARS.c.revoked.is_(None))
    row = connection.execute(query.order_by(CALENDARS.c.made.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else Calendar(**row)


def calendar(connection: Connection, digest: bytes) -> Calendar | None:
    """Return the link of a secret, if it was not revoked."""
    query = select(CALENDARS).where(CALENDARS.c.digest == digest, CALENDARS.c.revoked.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Calendar(**row)


def add_calendar(connection: Connection, made: Calendar) -> None:
    """Write down a new link; the one before counts no more."""
    revoke_calendar(connection, made.username, made.made)
    connection.execute(insert(CALENDARS).values(asdict(made)))


def revoke_calendar(connection: Connection, username: str, now: int) -> bool:
    """Let no link of an account count any more; false when none did."""
    mine = and_(CALENDARS.c.username == username, CALENDARS.c.revoked.is_(None))
    return connection.execute(update(CALENDARS).where(mine).values(revoked=now)).rowcount > 0


def used_calendar(connection: Connection, digest: bytes, now: int) -> None:
    """Write down that somebody read a calendar."""
    connection.execute(update(CALENDARS).where(CALENDARS.c.digest == digest).values(used=now))


# ---- looking again at what was reoriented ----


def reoriented(connection: Connection, since: int, limit: int = 200) -> list[Reoriented]:
    """Return the consultations that ended elsewhere since a time, the newest first.

    One that became an emergency belongs to them only if the physician had begun: before that the questionnaire, or a carer,
    had found it.
    """
    begun = ACT_STEPS.alias("begun")
    saw = select(begun.c.act).where(begun.c.act == ACTS.c.id, begun.c.event == _BEGIN).exists()
    query = (
        select(
            ACTS.c.id.label("consultation"),
            ACT_STEPS.c.reason.label("why"),
            TRIAGES.c.id.label("questionnaire"),
            TRIAGES.c.motif,
            TRIAGES.c.outcome,
            ACT_REVIEWS,
        )
        .join(ACT_STEPS, and_(ACT_STEPS.c.act == ACTS.c.id, ACT_STEPS.c.number == ACTS.c.version))
        .outerjoin(TRIAGES, TRIAGES.c.id == ACTS.c.triage)
        .outerjoin(ACT_REVIEWS, ACT_REVIEWS.c.act == ACTS.c.id)
        .where(
            ACTS.c.kind == Kind.CONSULTATION.value,
            ACTS.c.closed >= since,
            or_(ACTS.c.state == _REORIENTED, and_(ACTS.c.state == _EMERGENCY, saw)),
        )
        .order_by(ACTS.c.closed.desc(), ACTS.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).mappings().all()
    known = {act.id: act for act in _acts(connection, [row["consultation"] for row in rows])}
    return [_reoriented(known[row["consultation"]], row) for row in rows]


def review(connection: Connection, key: str) -> Review | None:
    """Return what was found when somebody looked again at an act."""
    row = connection.execute(select(ACT_REVIEWS).where(ACT_REVIEWS.c.act == key)).mappings().one_or_none()
    return None if row is None else Review(**row)


def save_review(connection: Connection, made: Review) -> None:
    """Write down what somebody found."""
    connection.execute(insert(ACT_REVIEWS).values(asdict(made)))


# ---- parts ----


def _acts(connection: Connection, keys: Sequence[str]) -> list[Act]:
    found = [acts.find(connection, key) for key in keys]
    return [act for act in found if act is not None]


def _booked(connection: Connection, slots: Sequence[str]) -> list[str]:
    found: list[str] = []
    # SQLite takes a bounded number of parameters.
    for start in range(0, len(slots), 500):
        query = select(BOOKINGS.c.act).where(BOOKINGS.c.slot.in_(slots[start : start + 500])).distinct()
        found.extend(connection.execute(query).scalars())
    return found


def _slot(row: RowMapping) -> Slot:
    return Slot(**{name: row[name] for name in Slot.__dataclass_fields__})


def _reoriented(act: Act, row: RowMapping) -> Reoriented:
    found = None if row["sentence"] is None else Review(act.id, row["time"], row["author"], row["sentence"])
    return Reoriented(act, row["why"], row["questionnaire"], row["motif"] or "", row["outcome"] or "", found)
