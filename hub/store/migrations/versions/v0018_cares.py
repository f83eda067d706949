"""Eighteenth version: which physician cares for whom, records opened in an emergency, and who looked at whom by resident."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _cares()
    _glass()
    op.create_index(op.f("ix_audit_object"), "audit", ["object"], unique=False)


def _cares() -> None:
    op.create_table(
        "cares",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("username", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("ended_by", _NAME, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_cares_resident")),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_cares_username")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cares")),
    )
    op.create_index(op.f("ix_cares_resident"), "cares", ["resident"], unique=False)
    op.create_index(op.f("ix_cares_username"), "cares", ["username"], unique=False)


def _glass() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_break_glass_resident")),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_break_glass_username")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    for column in ("resident", "since", "username"):
        op.create_index(op.f(f"ix_break_glass_{column}"), "break_glass", [column], unique=False)
