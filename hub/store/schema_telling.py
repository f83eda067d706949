"""Tables of who is told: ladders, notifications, experts, devices that receive pushes, exchanges of turns (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from hub.store.schema_base import METADATA, NAME, SERIAL

ESCALATIONS = Table(
    "escalations",
    METADATA,
    Column("alert", String(200), ForeignKey("alerts.id"), primary_key=True),
    Column("ladder", Text, nullable=False),
    Column("origin", BigInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("hole", Text, nullable=False),
    Column("inherited", Boolean, nullable=False),
    Index(None, "mode"),
)
"Where every alert stands on its ladder; `ladder` is JSON, as it was when the alert was born."

NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("alert", String(200), ForeignKey("alerts.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("recipient", NAME, nullable=False),
    Column("role", NAME, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("say", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("reference", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("confirm_by", BigInteger),
    Column("stands_for", String(200), nullable=False, server_default=""),
    Column("recall", String(16), nullable=False, server_default=""),
    Index(None, "alert"),
    Index(None, "stage", "channel"),
    Index(None, "recall", "channel"),
)
"""Who is told of which alert by which channel, once each; `rest` is JSON: what is tried when this fails. `stands_for` is
the alert that what it showed is about now; `recall` is how far taking it back has come."""

NOTIFICATION_STEPS = Table(
    "notification_steps",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("notification", String(32), ForeignKey("notifications.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "notification"),
)
"Everything that became of notifications, in order; rows are never changed."

PUSH_SUBSCRIPTIONS = Table(
    "push_subscriptions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("username", NAME, ForeignKey("users.username"), nullable=False),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", LargeBinary(65), nullable=False),
    Column("auth", LargeBinary(16), nullable=False),
    Column("label", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("taken", BigInteger),
    Column("delivered", BigInteger),
    Column("problem", Text, nullable=False, server_default=""),
    Index(None, "username"),
)
"Devices that receive Web Push, by account. An endpoint is a capability: who has it can send, and it is never logged."

DUTY_CONTACTS = Table(
    "duty_contacts",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    Column("person", NAME, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("author", NAME, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("undone", BigInteger),
    Column("undone_by", NAME, nullable=False, server_default=""),
    Index(None, "person"),
)
"Where people of the policy are reached, as said on a page, in place of the policy's file; `address` is JSON by channel."

DUTY_EXCHANGES = Table(
    "duty_exchanges",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("role", NAME, nullable=False),
    Column("leaves", NAME, nullable=False),
    Column("comes", NAME, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("local_start", String(32), nullable=False),
    Column("local_end", String(32), nullable=False),
    Column("author", NAME, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("undone", BigInteger),
    Column("undone_by", NAME, nullable=False, server_default=""),
)
"""Exchanges of turns of the rota, beside those of the policy's file; `who` is JSON: everybody who has the role then. The
local times are what the rota is made of, the others say when that is."""

EXPERT_TELLINGS = Table(
    "expert_tellings",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("act", NAME, ForeignKey("acts.id"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("occasion", String(16), nullable=False),
    Column("expert", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("again", BigInteger),
    Index(None, "act", "step"),
)
"""Which expert was told that a question waits, by which way, and why not; written after the channel took it. `step` is the act's
that gave rise to it. No address is kept: the id is made of it, so another address is another telling."""
