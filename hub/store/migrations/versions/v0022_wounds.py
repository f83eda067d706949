"""Version 22: wounds, their pictures, and what was found of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the tables."""
    _wounds()
    _pictures()
    _findings()


def _wounds() -> None:
    op.create_table(
        "wounds",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("begun", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", _NAME, server_default="", nullable=False),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_wounds_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wounds")),
    )
    op.create_index(op.f("ix_wounds_resident"), "wounds", ["resident"], unique=False)


def _pictures() -> None:
    op.create_table(
        "wound_pictures",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("wound", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("view", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sharpness", sa.Float(), nullable=False),
        sa.Column("brightness", sa.Float(), nullable=False),
        sa.Column("clipped", sa.Float(), nullable=False),
        *_withdrawn(),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wound"], ["wounds.id"], name=op.f("fk_wound_pictures_wound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wound_pictures")),
    )
    op.create_index(op.f("ix_wound_pictures_wound_time"), "wound_pictures", ["wound", "time"], unique=False)


def _findings() -> None:
    op.create_table(
        "wound_findings",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("wound", _NAME, nullable=False),
        sa.Column("picture", _NAME, nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("length_mm", sa.Float(), nullable=True),
        sa.Column("width_mm", sa.Float(), nullable=True),
        sa.Column("area_mm2", sa.Float(), nullable=True),
        sa.Column("depth_mm", sa.Float(), nullable=True),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        *_withdrawn(),
        sa.ForeignKeyConstraint(["picture"], ["wound_pictures.id"], name=op.f("fk_wound_findings_picture")),
        sa.ForeignKeyConstraint(["wound"], ["wounds.id"], name=op.f("fk_wound_findings_wound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wound_findings")),
    )
    op.create_index(op.f("ix_wound_findings_wound_time"), "wound_findings", ["wound", "time"], unique=False)


def _withdrawn() -> tuple[sa.Column[int], sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", _NAME, server_default="", nullable=False),
        sa.Column("withdrawn_for", sa.Text(), server_default="", nullable=False),
    )
