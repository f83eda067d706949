"""Version 25: which expert was told that a question waits for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "expert_tellings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("act", _NAME, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=16), nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_expert_tellings_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_tellings")),
    )
    op.create_index(op.f("ix_expert_tellings_act_step"), "expert_tellings", ["act", "step"], unique=False)
