"""Version 23: when physicians can be seen, who was reminded, links to calendars, what was looked at again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _slots()
    _bookings()
    _reminders()
    _calendars()
    _reviews()


def _slots() -> None:
    op.create_table(
        "slots",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("physician", _NAME, nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", _NAME, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["physician"], ["users.username"], name=op.f("fk_slots_physician")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
    )
    op.create_index(op.f("ix_slots_begins"), "slots", ["begins"], unique=False)
    op.create_index(op.f("ix_slots_physician"), "slots", ["physician"], unique=False)


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("slot", _NAME, nullable=False),
        sa.Column("act", _NAME, nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_bookings_act")),
        sa.ForeignKeyConstraint(["slot"], ["slots.id"], name=op.f("fk_bookings_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_act"), "bookings", ["act"], unique=False)
    op.create_index(op.f("ix_bookings_slot"), "bookings", ["slot"], unique=False)


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("act", _NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recipient", _NAME, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_reminders_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_act"), "reminders", ["act"], unique=False)


def _calendars() -> None:
    op.create_table(
        "calendars",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("username", _NAME, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["users.username"], name=op.f("fk_calendars_username")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_calendars")),
    )
    op.create_index(op.f("ix_calendars_username"), "calendars", ["username"], unique=False)


def _reviews() -> None:
    op.create_table(
        "act_reviews",
        sa.Column("act", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["acts.id"], name=op.f("fk_act_reviews_act")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_act_reviews")),
    )
