"""Eighth version: devices that receive Web Push; receipts that are owed; what is taken back from displays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add three columns to the log of notifications, and the table of devices."""
    op.add_column("notifications", sa.Column("confirm_by", sa.BigInteger(), nullable=True))
    for name, length in (("stands_for", 200), ("recall", 16)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("notifications", column)
    op.create_index(
        op.f("ix_notifications_recall_channel"), "notifications", ["recall", "channel"], unique=False
    )
    # What was shown before there was a way to take it back is left alone.
    op.execute("UPDATE notifications SET stands_for = alert, recall = 'none'")
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(length=65), nullable=False),
        sa.Column("auth", sa.LargeBinary(length=16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["username"], ["users.username"], name=op.f("fk_push_subscriptions_username")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_username"), "push_subscriptions", ["username"], unique=False)
