"""Twelfth version: sets of observations that people enter, and the notes and receipts of the hand-over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "spot_checks",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("spo2_scale", sa.Integer(), nullable=False),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_spot_checks_resident")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_spot_checks")),
    )
    op.create_index(op.f("ix_spot_checks_resident_time"), "spot_checks", ["resident", "time"], unique=False)
    op.create_index(op.f("ix_spot_checks_time"), "spot_checks", ["time"], unique=False)
    op.create_table(
        "voided",
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("metric", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("resident", "metric", "time", name=op.f("pk_voided")),
    )
    op.create_table(
        "notes",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_time"), "notes", ["time"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("reader", _NAME, nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "since", name=op.f("pk_receipts")),
    )
