"""Third version: sensors given to edges by a technician, and one-time codes with which edges are enrolled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "given",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("protocol", _NAME, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("author", _NAME, nullable=False),
        sa.ForeignKeyConstraint(["edge"], ["edges.id"], name=op.f("fk_given_edge")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_given")),
    )
    op.create_index(op.f("ix_given_edge_sensor"), "given", ["edge", "sensor"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("room", _NAME, nullable=False),
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_enrolments_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
    )
    op.create_index(op.f("ix_enrolments_expires"), "enrolments", ["expires"], unique=False)
