"""Exchanges of turns of the rota that are entered on a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "duty_exchanges",
        sa.Column("number", _SERIAL, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("role", _NAME, nullable=False),
        sa.Column("leaves", _NAME, nullable=False),
        sa.Column("comes", _NAME, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("local_start", sa.String(length=32), nullable=False),
        sa.Column("local_end", sa.String(length=32), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", _NAME, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_duty_exchanges")),
        sa.UniqueConstraint("id", name=op.f("uq_duty_exchanges_id")),
    )
