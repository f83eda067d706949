"""Fifteenth version: prescriptions and settings that begin later than they are signed, and what follows them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns; what is on record began with its last signature."""
    for table in ("limits", "resident_settings"):
        op.add_column(table, sa.Column("begins", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("followed_by", sa.String(length=64), nullable=True))
