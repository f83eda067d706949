"""Escalations, and the log of who was told of what: written before anything is sent, and after everything that came of it.

The log's rows change stage; `notification_steps` keeps every stage with its time and reason, and is never changed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Update, and_, case, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from devices.limits import Priority
from hub.alerting.escalation.model import Escalation, Ladder, Mode, Orders, Telling, Way
from hub.alerting.model import Response
from hub.store.schema import ALERTS
from hub.store.schema_telling import ESCALATIONS, NOTIFICATION_STEPS, NOTIFICATIONS


class Stage(enum.StrEnum):
    """How far a notification has come; different facts, none of which follows from another."""

    QUEUED = "queued"
    SENDING = "sending"
    RESENT = "resent"
    "Only a step of the log: it is queued again though it may have gone out, and the reason says why."
    SENT = "sent"
    "The counterpart took it; nobody was reached by that."
    DELIVERED = "delivered"
    SEEN = "seen"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    "The counterpart gave it up after it had taken it."
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"
    "The alert was over before it was sent."
    RECALLING = "recalling"
    "Only a step of the log, like the two below: what was shown is about to be taken back."
    RECALLED = "recalled"
    NOT_RECALLED = "not_recalled"


class Recall(enum.StrEnum):
    """How far taking back what a notification showed has come."""

    NOT_ASKED = ""
    OWED = "owed"
    DONE = "done"
    FAILED = "failed"
    NONE = "none"
    "It was shown before the hub could take anything back."


RANK = (Stage.SENT, Stage.DELIVERED, Stage.SEEN, Stage.REFUSED, Stage.ACCEPTED)
"Receipts only move forward in this order."
_UNSENT = (Stage.QUEUED.value,)
_TAKEN_BACK_WHEN = (Mode.HELD.value, Mode.OVER.value)
"Somebody has the alert, or it is over. What is paused stays shown: a silence is no answer."
_URGENCY = case({Priority.HIGH.value: 0, Priority.MEDIUM.value: 1}, value=ALERTS.c.priority, else_=2)


@dataclass(frozen=True, slots=True)
class Notification:
    """One row of the log."""

    id: str
    alert: str
    round: int
    step: int
    due: int
    created: int
    recipient: str
    role: str
    channel: str
    address: str
    say: str
    rest: tuple[Way, ...]
    stage: Stage
    reason: str
    attempts: int
    not_before: int
    expires: int
    reference: str
    changed: int
    confirm_by: int | None
    "Hub time by which a receipt must have come; `None` when none may."
    stands_for: str
    "The alert that what it showed is about now: a newer one of the same matter may have taken the place of the first."
    recall: Recall
    "How far taking it back has come."


@dataclass(frozen=True, slots=True)
class NotificationStep:
    """One thing that became of a notification."""

    notification: str
    time: int
    stage: str
    reason: str


# ---- the writer's transaction ----


def save_orders(connection: Connection, orders: Orders, now: int) -> None:
    """Write what a turn ordered; writing it twice changes nothing but the times of pauses, so it is one transaction."""
    if orders.escalations:
        statement = upsert(ESCALATIONS)
        columns = {c.name: statement.excluded[c.name] for c in ESCALATIONS.c if c.name != "alert"}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["alert"], set_=columns),
            [_escalation_values(climb) for climb in orders.escalations.values()],
        )
    for old, new in orders.moved.items():
        # What was not sent yet speaks of the newer alert of the same matter.
        moved = NOTIFICATIONS.c.alert == old, NOTIFICATIONS.c.stage.in_((Stage.QUEUED, Stage.SENDING))
        connection.execute(update(NOTIFICATIONS).where(*moved).values(alert=new))
        # What was shown is still true of the newer one: it is taken back when that one ends.
        shown = update(NOTIFICATIONS).where(NOTIFICATIONS.c.stands_for == old)
        connection.execute(shown.values(stands_for=new))
    for alert, reason in orders.over.items():
        _change_all(connection, _waiting(connection, alert), Stage.CANCELLED, reason, now)
    for alert, away in orders.resumed.items():
        connection.execute(
            update(NOTIFICATIONS)
            .where(NOTIFICATIONS.c.alert == alert, NOTIFICATIONS.c.stage.in_(_UNSENT))
            .values(expires=NOTIFICATIONS.c.expires + away)
        )
    for telling in orders.tellings:
        _add(connection, telling, now)


def _waiting(connection: Connection, alert: str) -> list[str]:
    query = select(NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.alert == alert, NOTIFICATIONS.c.stage.in_(_UNSENT)
    )
    return list(connection.execute(query).scalars())


def _add(connection: Connection, telling: Telling, now: int) -> None:
    stage = Stage.QUEUED if telling.possible else Stage.GIVEN_UP
    values = {
        "id": telling.id,
        "alert": telling.alert,
        "round": telling.round,
        "step": telling.step,
        "due": telling.due,
        "created": telling.created,
        "recipient": telling.recipient,
        "role": telling.role,
        "channel": telling.channel,
        "address": telling.address,
        "say": telling.say,
        "rest": msgspec.json.encode(telling.rest).decode(),
        "stage": stage.value,
        "reason": telling.reason,
        "attempts": 0,
        "not_before": telling.created,
        "expires": telling.expires,
        "reference": "",
        "changed": now,
        "stands_for": telling.alert,
    }
    added = connection.execute(upsert(NOTIFICATIONS).values(values).on_conflict_do_nothing())
    if added.rowcount:
        _step(connection, telling.id, stage, telling.reason, now)


# ---- the dispatcher's transactions ----


def next_queued(connection: Connection, channel: str, now: int) -> Notification | None:
    """Return what a channel should send now, the most urgent and oldest first; only of alerts that climb."""
    query = (
        select(NOTIFICATIONS)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.alert)
        .join(ALERTS, ALERTS.c.id == NOTIFICATIONS.c.alert)
        .where(
            NOTIFICATIONS.c.stage == Stage.QUEUED.value,
            NOTIFICATIONS.c.channel == channel,
            NOTIFICATIONS.c.not_before <= now,
            ESCALATIONS.c.mode == Mode.CLIMBING.value,
        )
        .order_by(_URGENCY, NOTIFICATIONS.c.created, NOTIFICATIONS.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _notification(row)


def queued_channels(connection: Connection) -> set[str]:
    """Return the channels for which something waits."""
    query = select(NOTIFICATIONS.c.channel).where(NOTIFICATIONS.c.stage == Stage.QUEUED.value).distinct()
    return set(connection.execute(query).scalars())


def begin(connection: Connection, key: str, now: int) -> bool:
    """Write down that a notification is about to be sent; false when that is not asked for any more."""
    query = (
        select(ESCALATIONS.c.mode)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.alert == ESCALATIONS.c.alert)
        .where(NOTIFICATIONS.c.id == key, NOTIFICATIONS.c.stage == Stage.QUEUED.value)
    )
    if connection.execute(query).scalar() != Mode.CLIMBING.value:
        return False
    _change(connection, key, Stage.SENDING, "", now, attempts=NOTIFICATIONS.c.attempts + 1)
    return True


def sent(
    connection: Connection,
    key: str,
    reference: str,
    now: int,
    *,
    confirm_by: int | None = None,
    note: str = "",
) -> None:
    """Write down that the counterpart took it, by when a receipt must have come, and what is to be noted of it."""
    _change(connection, key, Stage.SENT, note, now, reference=reference, confirm_by=confirm_by)


def unconfirmed(connection: Connection, now: int) -> Notification | None:
    """Return what was sent and should have had a receipt by now, the longest overdue first; only of alerts that climb."""
    query = (
        select(NOTIFICATIONS)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.alert)
        .where(
            NOTIFICATIONS.c.stage == Stage.SENT.value,
            NOTIFICATIONS.c.confirm_by <= now,
            ESCALATIONS.c.mode == Mode.CLIMBING.value,
        )
        .order_by(NOTIFICATIONS.c.confirm_by)
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _notification(row)


def again(connection: Connection, key: str, reason: str, not_before: int, now: int) -> None:
    """Write down that it did not go and is tried again, unless the alert ended meanwhile."""
    if _over(connection, key):
        _change(connection, key, Stage.CANCELLED, "the alert is over", now)
    else:
        _change(connection, key, Stage.QUEUED, reason, now, not_before=not_before)


def resume(connection: Connection, now: int) -> int:
    """Take up what a hub that ended was sending; it may go out twice, and the log says why. Returns how many."""
    query = select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.stage == Stage.SENDING.value)
    keys = list(connection.execute(query).scalars())
    for key in keys:
        reason = "the hub ended while it was being sent: it may come twice"
        _step(connection, key, Stage.RESENT, reason, now)
        again(connection, key, reason, now, now)
    return len(keys)


def fail(
    connection: Connection, row: Notification, stage: Stage, reason: str, now: int, *, expires: int
) -> bool:
    """Write down that it did not reach its recipient, and queue the next channel; true when that settles it.

    False is: there is no other channel, and the alert is not over.

    Args:
        connection: of a transaction that writes.
        row: the notification.
        stage: `GIVEN_UP` or `FAILED`.
        reason: why, English.
        now: hub time.
        expires: until when the next channel is tried.
    """
    if _over(connection, row.id):
        _change(connection, row.id, Stage.CANCELLED, f"the alert is over; {reason}", now)
        return True
    _change(connection, row.id, stage, reason, now)
    if not row.rest:
        return False
    alert = alert_of(connection, row.id)
    channel, address = row.rest[0]
    telling = Telling(
        alert, row.round, row.step, row.due, row.recipient, row.role, channel, address, row.say, row.rest[1:],
        now, expires, f"{row.channel or 'telling'} failed: {reason}",
    )  # fmt: skip
    _add(connection, telling, now)
    return True


def unreached(connection: Connection, key: str) -> bool:
    """Tell whether nobody at all was reached by a notification's step, and nothing is under way."""
    mine = select(NOTIFICATIONS).where(NOTIFICATIONS.c.id == key).subquery()
    query = select(func.count()).where(
        NOTIFICATIONS.c.alert == mine.c.alert,
        NOTIFICATIONS.c.round == mine.c.round,
        NOTIFICATIONS.c.step == mine.c.step,
        NOTIFICATIONS.c.stage.not_in((Stage.GIVEN_UP, Stage.FAILED, Stage.REFUSED)),
    )
    return connection.execute(query).scalar_one() == 0


def alert_of(connection: Connection, key: str) -> str:
    """Return which alert a notification speaks of now: a newer one may have taken the place of the first."""
    query = select(NOTIFICATIONS.c.alert).where(NOTIFICATIONS.c.id == key)
    return str(connection.execute(query).scalar_one())


def by_reference(connection: Connection, channel: str, reference: str) -> Notification | None:
    """Return the newest sent notification that a counterpart calls so: counterparts use their numbers again."""
    query = (
        select(NOTIFICATIONS)
        .where(
            NOTIFICATIONS.c.channel == channel,
            NOTIFICATIONS.c.reference == reference,
            NOTIFICATIONS.c.stage.in_(RANK),
        )
        .order_by(NOTIFICATIONS.c.changed.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _notification(row)


def receive(connection: Connection, row: Notification, stage: Stage, detail: str, now: int) -> None:
    """Write down a receipt; one that says less than is known is a step of the log only, and the same again is nothing."""
    if RANK.index(stage) > RANK.index(row.stage):
        _change(connection, row.id, stage, detail, now)
    elif (stage, detail) != (row.stage, row.reason):
        _step(connection, row.id, stage, detail, now)


def accept_taken(connection: Connection, now: int) -> None:
    """Write down as accepted what was told to somebody who has taken the alert since, on a page.

    A ward's screen was told to whoever stands before it; a push or a tablet of an account to that account.
    """
    mine = or_(
        NOTIFICATIONS.c.channel == "screen",
        NOTIFICATIONS.c.address == "ward",
        NOTIFICATIONS.c.address == ALERTS.c.taken_by,
    )
    query = (
        select(NOTIFICATIONS.c.id, ALERTS.c.taken_by)
        .join(ALERTS, ALERTS.c.id == NOTIFICATIONS.c.alert)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.alert)
        .where(
            ESCALATIONS.c.mode == Mode.HELD.value,
            ALERTS.c.response == Response.TAKEN.value,
            NOTIFICATIONS.c.stage.in_((Stage.SENT, Stage.DELIVERED, Stage.SEEN)),
            NOTIFICATIONS.c.channel.in_(("screen", "tablet", "push")),
            mine,
        )
    )
    for key, author in connection.execute(query).all():
        _change(connection, key, Stage.ACCEPTED, f"taken by {author}", now)


# ---- what is taken back ----


def next_recall(connection: Connection, channel: str, except_for: Iterable[str] = ()) -> Notification | None:
    """Return what a channel should take back, the oldest first.

    Owed is everything that may be shown (also what a hub was sending when it ended) and stands for an alert that
    somebody has in hand or that is over; that is known from the disk, whatever a process remembers.

    Args:
        connection: of a transaction.
        channel: the channel's name.
        except_for: notifications to be passed over.
    """
    shown = or_(
        NOTIFICATIONS.c.stage.in_(RANK),
        and_(
            NOTIFICATIONS.c.stage.in_((Stage.CANCELLED, Stage.FAILED)),
            NOTIFICATIONS.c.attempts > 0,
        ),
    )
    query = (
        select(NOTIFICATIONS)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.stands_for)
        .where(
            shown,
            NOTIFICATIONS.c.channel == channel,
            NOTIFICATIONS.c.recall.in_((Recall.NOT_ASKED, Recall.OWED)),
            NOTIFICATIONS.c.id.not_in(tuple(except_for)),
            ESCALATIONS.c.mode.in_(_TAKEN_BACK_WHEN),
        )
        .order_by(NOTIFICATIONS.c.changed, NOTIFICATIONS.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _notification(row)


def begin_recall(connection: Connection, row: Notification, reason: str, now: int) -> None:
    """Write down that something is about to be taken back; once, however often it is tried."""
    if row.recall is Recall.NOT_ASKED:
        _recall(connection, row.id, Recall.OWED, Stage.RECALLING, reason, now)


def end_recall(connection: Connection, row: Notification, trouble: str, now: int) -> None:
    """Write down that it was taken back, or why not."""
    if trouble:
        _recall(connection, row.id, Recall.FAILED, Stage.NOT_RECALLED, trouble, now)
    else:
        _recall(connection, row.id, Recall.DONE, Stage.RECALLED, "", now)


def recall_since(connection: Connection, row: Notification) -> int:
    """Return since when something is to be taken back, hub time."""
    query = select(ESCALATIONS.c.since).where(ESCALATIONS.c.alert == row.stands_for)
    return int(connection.execute(query).scalar_one())


def shown(connection: Connection, channel: str) -> dict[str, str]:
    """Return what each address of a channel was told last and has not been taken back: address to notification."""
    query = (
        select(NOTIFICATIONS.c.address, NOTIFICATIONS.c.id)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.stands_for)
        .where(
            NOTIFICATIONS.c.channel == channel,
            NOTIFICATIONS.c.stage.in_(RANK),
            NOTIFICATIONS.c.recall.in_((Recall.NOT_ASKED, Recall.OWED)),
        )
        .order_by(NOTIFICATIONS.c.changed)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _recall(connection: Connection, key: str, recall: Recall, stage: Stage, reason: str, now: int) -> None:
    connection.execute(update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == key).values(recall=recall.value))
    _step(connection, key, stage, reason, now)


# ---- reading ----


def escalations(connection: Connection, *, ended: bool = False) -> list[Escalation]:
    """Return escalations, without those that are over unless asked."""
    query = select(ESCALATIONS).order_by(ESCALATIONS.c.alert)
    if not ended:
        query = query.where(ESCALATIONS.c.mode != Mode.OVER.value)
    return [_escalation(row) for row in connection.execute(query).mappings()]


def told_steps(connection: Connection, alerts: Iterable[str]) -> set[tuple[str, int, int]]:
    """Return the (alert, round, step) of which the log has a row, for some alerts."""
    found: set[tuple[str, int, int]] = set()
    columns = NOTIFICATIONS.c.alert, NOTIFICATIONS.c.round, NOTIFICATIONS.c.step
    for alert in alerts:
        rows = connection.execute(select(*columns).where(NOTIFICATIONS.c.alert == alert).distinct())
        found.update((row[0], row[1], row[2]) for row in rows)
    return found


def oldest_waiting(connection: Connection) -> dict[str, tuple[str, int]]:
    """Return per channel the alert and the time of what has waited longest to be begun, of alerts that climb."""
    query = (
        select(NOTIFICATIONS.c.channel, NOTIFICATIONS.c.alert, NOTIFICATIONS.c.not_before)
        .join(ESCALATIONS, ESCALATIONS.c.alert == NOTIFICATIONS.c.alert)
        .where(NOTIFICATIONS.c.stage == Stage.QUEUED.value, ESCALATIONS.c.mode == Mode.CLIMBING.value)
        .order_by(NOTIFICATIONS.c.not_before.desc())
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def notifications(connection: Connection, alert: str) -> list[Notification]:
    """Return everybody who was or is to be told of an alert, oldest first."""
    query = select(NOTIFICATIONS).where(NOTIFICATIONS.c.alert == alert)
    ordered = query.order_by(NOTIFICATIONS.c.created, NOTIFICATIONS.c.step, NOTIFICATIONS.c.id)
    return [_notification(row) for row in connection.execute(ordered).mappings()]


def steps(connection: Connection, alert: str) -> list[NotificationStep]:
    """Return everything that became of an alert's notifications, in order."""
    query = (
        select(NOTIFICATION_STEPS)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.id == NOTIFICATION_STEPS.c.notification)
        .where(NOTIFICATIONS.c.alert == alert)
        .order_by(NOTIFICATION_STEPS.c.id)
    )
    return [
        NotificationStep(row.notification, row.time, row.stage, row.reason)
        for row in connection.execute(query)
    ]


def _over(connection: Connection, key: str) -> bool:
    query = (
        select(ESCALATIONS.c.mode)
        .join(NOTIFICATIONS, NOTIFICATIONS.c.alert == ESCALATIONS.c.alert)
        .where(NOTIFICATIONS.c.id == key)
    )
    return connection.execute(query).scalar() == Mode.OVER.value


def _change_all(connection: Connection, keys: Iterable[str], stage: Stage, reason: str, now: int) -> None:
    for key in keys:
        _change(connection, key, stage, reason, now)


def _change(connection: Connection, key: str, stage: Stage, reason: str, now: int, **more: Any) -> None:
    changed: Update = update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == key)
    connection.execute(changed.values(stage=stage.value, reason=reason, changed=now, **more))
    _step(connection, key, stage, reason, now)


def _step(connection: Connection, key: str, stage: Stage, reason: str, now: int) -> None:
    values: Mapping[str, object] = {
        "notification": key,
        "time": now,
        "stage": stage.value,
        "reason": reason,
    }
    connection.execute(insert(NOTIFICATION_STEPS).values(values))


def _escalation_values(climb: Escalation) -> dict[str, Any]:
    return {
        "alert": climb.alert,
        "ladder": msgspec.json.encode(climb.ladder).decode(),
        "origin": climb.origin,
        "round": climb.round,
        "step": climb.step,
        "mode": climb.mode.value,
        "since": climb.since,
        "hole": climb.hole,
        "inherited": climb.inherited,
    }


def _escalation(row: RowMapping) -> Escalation:
    values: dict[str, Any] = dict(row)
    values["ladder"] = msgspec.json.decode(row["ladder"], type=Ladder)
    values["mode"] = Mode(row["mode"])
    return Escalation(**values)


def _notification(row: RowMapping) -> Notification:
    values: dict[str, Any] = dict(row)
    values["rest"] = msgspec.json.decode(row["rest"], type=tuple[Way, ...])
    values["stage"] = Stage(row["stage"])
    values["recall"] = Recall(row["recall"])
    return Notification(**values)
