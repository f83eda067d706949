"""Nineteenth version: where people on duty are reached, as said on a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table; what the policy's file says counts until somebody says otherwise."""
    op.create_table(
        "duty_contacts",
        sa.Column("number", _SERIAL, nullable=False),
        sa.Column("person", _NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", _NAME, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_duty_contacts")),
    )
    op.create_index(op.f("ix_duty_contacts_person"), "duty_contacts", ["person"], unique=False)
