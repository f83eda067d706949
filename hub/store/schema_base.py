"""What every table is made with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData, String

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"Names are fixed so that a migration can name what it alters on any engine."

NAME = String(64)
SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"SQLite numbers rows by itself only when the type is exactly INTEGER."
