"""Tables of residents' dossiers and of the professionals around them (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from hub.store.schema_base import METADATA, NAME

DOSSIER = Table(
    "dossier",
    METADATA,
    Column("resident", NAME, ForeignKey("residents.id"), primary_key=True),
    Column("section", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"Every version of every section, as JSON; rows are only ever added, and the newest version counts."

PROFESSIONALS = Table(
    "professionals",
    METADATA,
    Column("rpps", String(11), primary_key=True),
    Column("family_name", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("profession", Text, nullable=False),
    Column("specialty", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("addresses", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("imported", BigInteger, nullable=False),
    Index(None, "folded"),
)
"""Of the public directory of professionals. `addresses` are those of the secure mail space, as JSON; `folded` is the name
without accents and capitals, by which people are looked for."""
