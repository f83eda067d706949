"""Tables of which physician cares for whom, and who looked without that (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from hub.store.schema_base import METADATA, NAME, SERIAL

CARES = Table(
    "cares",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("username", NAME, ForeignKey("users.username"), nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("author", NAME, nullable=False),
    Column("ended_by", NAME, nullable=False, server_default=""),
    Index(None, "username"),
    Index(None, "resident"),
)
"A physician cares for a resident in [since, until)."

BREAK_GLASS = Table(
    "break_glass",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("username", NAME, ForeignKey("users.username"), nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index(None, "username"),
    Index(None, "resident"),
    Index(None, "since"),
)
"Who opened a record that is not theirs, why, and until when; rows are never changed."
