"""Tenth version: a limit is a prescription with signatures and an end, and residents have settings.

Limits of earlier versions become prescriptions that are in force, or were until somebody ended them; they have no end of
their own and no date of review, and say so on the page.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Add the columns and the tables."""
    with op.batch_alter_table("limits") as limits:
        limits.alter_column("author", existing_type=_NAME, nullable=True)
        limits.alter_column("since", existing_type=sa.BigInteger(), nullable=True)
        for column in _signatures():
            limits.add_column(column)
        limits.create_index(op.f("ix_limits_status"), ["status"], unique=False)
    op.execute(
        "UPDATE limits SET proposed_by = author, proposed = since, signed = since, "
        "status = CASE WHEN until IS NULL THEN 'in_force' ELSE 'withdrawn' END"
    )
    op.create_table(
        "resident_settings",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("profile", _NAME, nullable=False),
        sa.Column("spo2_scale", sa.Integer(), nullable=False),
        sa.Column("on_oxygen", sa.Boolean(), nullable=True),
        sa.Column("usual_score", sa.Integer(), nullable=True),
        sa.Column("author", _NAME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        *_signatures(),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_resident_settings_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_settings")),
    )
    for name in ("resident", "status"):
        op.create_index(op.f(f"ix_resident_settings_{name}"), "resident_settings", [name], unique=False)
    op.create_table(
        "paper_steps",
        sa.Column("paper", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("paper", "number", name=op.f("pk_paper_steps")),
    )


def _signatures() -> list[sa.Column[Any]]:
    return [
        sa.Column("status", sa.String(length=16), nullable=False, server_default="in_force"),
        sa.Column("proposed_by", _NAME, nullable=False, server_default=""),
        sa.Column("proposed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("review", sa.BigInteger(), nullable=True),
        sa.Column("signed", sa.BigInteger(), nullable=True),
        sa.Column("second_author", _NAME, nullable=True),
        sa.Column("second_signed", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", _NAME, nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("settled", sa.BigInteger(), nullable=True),
    ]
