"""Second version: sensors, whose they are, what was refused of them, and events.

No assignment is made here: a sensor that speaks to this release for the first time is given to who lives in its
room then (hub.ingest.owners), as the first version did with every reading.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAME = sa.String(length=64)


def upgrade() -> None:
    """Create the new tables, and give alerts a detail."""
    op.add_column("alerts", sa.Column("detail", sa.Text(), nullable=False, server_default=""))
    _sensors()
    _assignments()
    op.create_table(
        "refusals",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("metric", _NAME, nullable=False),
        sa.Column("reason", _NAME, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "sensor", "resident", "metric", "reason", name=op.f("pk_refusals")),
    )
    op.create_table(
        "events",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "sensor", "identity", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_resident_time"), "events", ["resident", "time"], unique=False)


def _sensors() -> None:
    op.create_table(
        "sensors",
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("protocol", _NAME, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("continuous", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("first_heard", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("last", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=True),
        sa.Column("battery", sa.Integer(), nullable=True),
        sa.Column("rssi", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "sensor", name=op.f("pk_sensors")),
    )
    op.create_index(op.f("ix_sensors_address"), "sensors", ["address"], unique=False)


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edge", _NAME, nullable=False),
        sa.Column("sensor", _NAME, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("paired", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", _NAME, nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_assignments_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_edge_sensor"), "assignments", ["edge", "sensor"], unique=False)
    op.create_index(op.f("ix_assignments_resident"), "assignments", ["resident"], unique=False)
