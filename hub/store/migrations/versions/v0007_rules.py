"""Seventh version: limits that weigh depth and time together, and what other rules keep of the recent past."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Add the columns and the table; a limit of earlier versions is a plain one."""
    for table in ("limits", "rule_states"):
        op.add_column(table, sa.Column("area", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "rule_memories",
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("rule_id", _NAME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "rule_id", name=op.f("pk_rule_memories")),
    )
