"""Sixth version: what edges judge by themselves, what is to be looked back at, and where both differ."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "verdicts",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("occurrence", sa.String(length=128), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("onset", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "subject", "occurrence", name=op.f("pk_verdicts")),
    )
    op.create_index(op.f("ix_verdicts_edge_onset"), "verdicts", ["edge", "onset"], unique=False)
    op.create_table(
        "windows",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edge", name=op.f("pk_windows")),
    )
    op.create_table(
        "differences",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("limit_id", _NAME, nullable=False),
        sa.Column("onset", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "limit_id", "onset", "kind", name=op.f("pk_differences")),
    )
    op.create_index(op.f("ix_differences_found"), "differences", ["found"], unique=False)
