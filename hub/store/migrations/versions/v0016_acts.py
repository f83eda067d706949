"""Sixteenth version: the acts of télémédecine and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    _acts()
    _steps()


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alert", sa.String(length=200), nullable=True),
        sa.Column("from_act", _NAME, nullable=True),
        sa.Column("call", _NAME, nullable=True),
        sa.Column("triage", _NAME, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_acts_call")),
        sa.ForeignKeyConstraint(["from_act"], ["acts.id"], name=op.f("fk_acts_from_act")),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_acts_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
    )
    op.create_index(op.f("ix_acts_due"), "acts", ["due"], unique=False)
    op.create_index(op.f("ix_acts_from_act"), "acts", ["from_act"], unique=False)
    op.create_index(op.f("ix_acts_resident_opened"), "acts", ["resident", "opened"], unique=False)


def _steps() -> None:
    op.create_table(
        "act_steps",
        sa.Column("act", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_act_steps_act")),
        sa.PrimaryKeyConstraint("act", "number", name=op.f("pk_act_steps")),
    )
