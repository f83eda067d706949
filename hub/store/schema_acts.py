"""Tables of the acts of télémédecine and their steps (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from hub.store.schema_base import METADATA, NAME

ACTS = Table(
    "acts",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("alert", String(200)),
    Column("from_act", NAME, ForeignKey("acts.id")),
    Column("call", NAME, ForeignKey("calls.id")),
    Column("triage", NAME),
    Column("evidence", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("due", BigInteger),
    Index(None, "resident", "opened"),
    Index(None, "from_act"),
    Index(None, "due"),
)
"""Acts as they stand. `evidence`, `context` and `fields` are JSON, the first two empty for none; `due` is when time does
something to it (hub.acts.model.Deadline)."""

ACT_STEPS = Table(
    "act_steps",
    METADATA,
    Column("act", NAME, ForeignKey("acts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("event", String(32), nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("fields", Text, nullable=False),
)
"Everything that happened to acts; rows are never changed. `state` is the one after the step, `fields` JSON."
