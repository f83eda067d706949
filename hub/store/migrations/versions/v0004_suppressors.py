"""Fourth version: people's orders that something does not sound, and which of them covers an alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the table of orders, and name them in the alerts."""
    op.create_table(
        "suppressors",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.String(length=200), nullable=False),
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", _NAME, nullable=False),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressors")),
    )
    op.create_index(op.f("ix_suppressors_ended"), "suppressors", ["ended"], unique=False)
    op.add_column("alerts", sa.Column("muted_by", sa.String(length=32), nullable=True))
    op.add_column("alerts", sa.Column("muted_until", sa.BigInteger(), nullable=True))
