"""Twentieth version: questionnaires before a teleconsultation, and what people decided about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "triages",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("ruleset", sa.String(length=32), nullable=False),
        sa.Column("motif", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("measured", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("act", _NAME, nullable=True),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_triages_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triages")),
    )
    op.create_index(op.f("ix_triages_resident_time"), "triages", ["resident", "time"], unique=False)
    op.create_index(op.f("ix_triages_time"), "triages", ["time"], unique=False)
    op.create_table(
        "triage_decisions",
        sa.Column("triage", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["triage"], ["triages.id"], name=op.f("fk_triage_decisions_triage")),
        sa.PrimaryKeyConstraint("triage", "number", name=op.f("pk_triage_decisions")),
    )
