"""Tables of calls beside the call itself: who was in it, how it began, what went wrong, what was kept (as `hub.store.schema`)."""

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
    false,
)

from hub.store.schema_base import METADATA, NAME, SERIAL

CALL_PARTICIPANTS = Table(
    "call_participants",
    METADATA,
    Column("call", NAME, ForeignKey("calls.id"), primary_key=True),
    Column("seat", String(16), primary_key=True),
    Column("username", NAME, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("guest", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seated", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("admitted", BigInteger),
    Column("left", BigInteger),
    Column("reason", String(32), nullable=False),
)
"""Who was asked into a call, and what became of it. A seat is never given twice. A guest has no `username`; `until` is when a seat
that nobody took is let go."""

CALL_INCIDENTS = Table(
    "call_incidents",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("call", NAME, ForeignKey("calls.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("seat", String(16), nullable=False),
    Column("cause", String(32), nullable=False),
    Column("ended", BigInteger),
    Index(None, "call"),
)
"What interrupted whom in a call, and until when; rows of interruptions that never ended have no `ended`."

CALL_OPENINGS = Table(
    "call_openings",
    METADATA,
    Column("call", NAME, ForeignKey("calls.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("consent", String(16), nullable=False),
    Column("request", String(32)),
    Column("alert", String(200)),
    Column("evidence", Text, nullable=False),
)
"How a call began: why, under which rule, and the alert's evidence as JSON, as it was then; empty for none."

CALL_INVITES = Table(
    "call_invites",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("call", NAME, ForeignKey("calls.id"), nullable=False),
    Column("seat", String(16), nullable=False),
    Column("username", NAME, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("author", NAME, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("token_hash", LargeBinary(32), unique=True),
    Column("pass_hash", LargeBinary(32), unique=True),
    Column("used", BigInteger),
    Column("revoked", BigInteger),
    Column("revoked_by", NAME, nullable=False, server_default=""),
    Index(None, "call"),
)
"""Who was invited into a call. `token_hash` is of a guest's one-time link, `pass_hash` of the cookie that its use gave: neither
is stored itself, so a copied database opens no call."""

CALL_REQUESTS = Table(
    "call_requests",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("urgency", String(8), nullable=False),
    Column("planned", BigInteger),
    Column("asked_by", NAME, nullable=False),
    Column("asked_name", Text, nullable=False),
    Column("asked_role", String(16), nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("alert", String(200)),
    Column("headline", Text, nullable=False),
    Column("score", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("call", NAME, ForeignKey("calls.id")),
    Column("settled", BigInteger),
    Column("settled_by", NAME, nullable=False, server_default=""),
    Index(None, "state"),
    Index(None, "resident"),
)
"Who asked for a physician, and what became of it. `headline` (of the alert) and `score` (NEWS2) are JSON as they were then."

CALL_SNAPSHOTS = Table(
    "call_snapshots",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("call", NAME, ForeignKey("calls.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("source", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("image", LargeBinary, nullable=False),
    Column("sealed", Boolean, nullable=False, server_default=false()),
    Index(None, "call"),
)
"Single pictures that a carer kept of a call: a JPEG, encrypted (`hub.sealing`) under `call/id`. Those before version 24 were not."

CALL_CONSENTS = Table(
    "call_consents",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("rule", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", NAME, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "resident"),
)
"How a resident's room may be opened, each rule with who signed it; the newest holds until its end. Rows are never changed."
