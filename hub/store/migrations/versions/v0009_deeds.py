"""Ninth version: what people asked for once, by its key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "deeds",
        sa.Column("author", _NAME, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("author", "key", name=op.f("pk_deeds")),
    )
    op.create_index(op.f("ix_deeds_time"), "deeds", ["time"], unique=False)
