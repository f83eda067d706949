"""Tables of the papers that leave the dossier, and of where they went (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.schema_base import METADATA, NAME, SERIAL

PAPERS = Table(
    "papers",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("document", NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("act", NAME, ForeignKey("acts.id")),
    Column("call", NAME, ForeignKey("calls.id")),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("fields", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("cda", LargeBinary),
    Column("signed_by", NAME),
    Column("signed", BigInteger),
    Column("digest", String(64)),
    UniqueConstraint("document", "version"),
    Index(None, "resident", "time"),
)
"""Papers, a row for each version of a `document`. `fields` is what somebody typed and `content` everything that is on it, both
JSON; `text` is its words. A signature adds itself, the signed file, its CDA and the file's SHA-256, and nothing else changes."""

DISPATCHES = Table(
    "dispatches",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("paper", NAME, ForeignKey("papers.id"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("address", String(254), nullable=False),
    Column("author", NAME, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger),
    Column("settled", BigInteger),
    Index(None, "paper"),
    Index(None, "due"),
)
"Where papers were sent. `due` is when the next attempt is made, empty once `state` is `sent` or `failed`."
