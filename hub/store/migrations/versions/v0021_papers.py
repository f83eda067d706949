"""Version 21: papers that leave the dossier, and where they were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _papers()
    _dispatches()


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("document", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("act", _NAME, nullable=True),
        sa.Column("call", _NAME, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("cda", sa.LargeBinary(), nullable=True),
        sa.Column("signed_by", _NAME, nullable=True),
        sa.Column("signed", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_papers_act")),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_papers_call")),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_papers_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("document", "version", name=op.f("uq_papers_document_version")),
    )
    op.create_index(op.f("ix_papers_resident_time"), "papers", ["resident", "time"], unique=False)


def _dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("paper", _NAME, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name=op.f("fk_dispatches_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_due"), "dispatches", ["due"], unique=False)
    op.create_index(op.f("ix_dispatches_paper"), "dispatches", ["paper"], unique=False)
