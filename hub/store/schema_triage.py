"""Tables of the questionnaire before a teleconsultation (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from hub.store.schema_base import METADATA, NAME

TRIAGES = Table(
    "triages",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("ruleset", String(32), nullable=False),
    Column("motif", String(40), nullable=False),
    Column("answers", Text, nullable=False),
    Column("measured", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("act", NAME),
    Index(None, "resident", "time"),
    Index(None, "time"),
)
"""Questionnaires as they were evaluated; rows are never changed. `ruleset` is the digest of the rules' file; `answers`,
`measured` (vital signs with their ages, facts of the record), `reasons` and `result` are JSON."""

TRIAGE_DECISIONS = Table(
    "triage_decisions",
    METADATA,
    Column("triage", NAME, ForeignKey("triages.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
)
"What people decided instead of what was proposed, or confirmed; rows are never changed."
