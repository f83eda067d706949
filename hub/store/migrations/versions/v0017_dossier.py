"""Seventeenth version: residents' dossiers, and the professionals of the public directory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "dossier",
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("section", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_dossier_resident")),
        sa.PrimaryKeyConstraint("resident", "section", "version", name=op.f("pk_dossier")),
    )
    op.create_table(
        "professionals",
        sa.Column("rpps", sa.String(length=11), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), nullable=False),
        sa.Column("specialty", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rpps", name=op.f("pk_professionals")),
    )
    op.create_index(op.f("ix_professionals_folded"), "professionals", ["folded"], unique=False)
