"""Tables of planned téléconsultations: slots, bookings, reminders, calendar links, and reviews (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from hub.store.schema_base import METADATA, NAME, SERIAL

SLOTS = Table(
    "slots",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("physician", NAME, ForeignKey("users.username"), nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("author", NAME, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("withdrawn", BigInteger),
    Column("withdrawn_by", NAME, nullable=False, server_default=""),
    Index(None, "begins"),
    Index(None, "physician"),
)
"When physicians can be seen; a slot never moves."

BOOKINGS = Table(
    "bookings",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("slot", NAME, ForeignKey("slots.id"), nullable=False),
    Column("act", NAME, ForeignKey("acts.id"), nullable=False),
    Column("author", NAME, nullable=False),
    Column("made", BigInteger, nullable=False),
    Index(None, "slot"),
    Index(None, "act"),
)
"Which act was planned on which slot; rows are never changed. Whether it still holds it says the act (`hub.acts.slots.holds`)."

REMINDERS = Table(
    "reminders",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("act", NAME, ForeignKey("acts.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recipient", NAME, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Index(None, "act"),
)
"Who was reminded of a consultation at which time, by which way; written before it is sent. No address is kept."

CALENDARS = Table(
    "calendars",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("username", NAME, ForeignKey("users.username"), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("revoked", BigInteger),
    Index(None, "username"),
)
"Secret links to calendars, by the digest of the secret; one of an account counts at a time."

ACT_REVIEWS = Table(
    "act_reviews",
    METADATA,
    Column("act", NAME, ForeignKey("acts.id"), primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("sentence", Text, nullable=False),
)
"What a coordinator found when they looked again at a consultation that was reoriented; rows are never changed."
