"""Fourteenth version: who was in a call, guests, requests for a physician, incidents, snapshots, and rules of consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NAME = sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _consents()
    _incidents()
    _invites()
    _openings()
    _participants()
    _requests()
    _snapshots()


def _consents() -> None:
    op.create_table(
        "call_consents",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_call_consents_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_consents")),
    )
    op.create_index(op.f("ix_call_consents_resident"), "call_consents", ["resident"], unique=False)


def _incidents() -> None:
    op.create_table(
        "call_incidents",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("call", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("seat", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_incidents_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_incidents")),
    )
    op.create_index(op.f("ix_call_incidents_call"), "call_incidents", ["call"], unique=False)


def _invites() -> None:
    op.create_table(
        "call_invites",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", _NAME, nullable=False),
        sa.Column("seat", sa.String(length=16), nullable=False),
        sa.Column("username", _NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("pass_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", _NAME, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_invites_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_invites")),
        sa.UniqueConstraint("pass_hash", name=op.f("uq_call_invites_pass_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_call_invites_token_hash")),
    )
    op.create_index(op.f("ix_call_invites_call"), "call_invites", ["call"], unique=False)


def _openings() -> None:
    op.create_table(
        "call_openings",
        sa.Column("call", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.String(length=16), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=True),
        sa.Column("alert", sa.String(length=200), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_openings_call")),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_call_openings")),
    )


def _participants() -> None:
    op.create_table(
        "call_participants",
        sa.Column("call", _NAME, nullable=False),
        sa.Column("seat", sa.String(length=16), nullable=False),
        sa.Column("username", _NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seated", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("admitted", sa.BigInteger(), nullable=True),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_participants_call")),
        sa.PrimaryKeyConstraint("call", "seat", name=op.f("pk_call_participants")),
    )


def _requests() -> None:
    op.create_table(
        "call_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("resident", _NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("planned", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", _NAME, nullable=False),
        sa.Column("asked_name", sa.Text(), nullable=False),
        sa.Column("asked_role", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.String(length=200), nullable=True),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("score", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("call", _NAME, nullable=True),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", _NAME, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_requests_call")),
        sa.ForeignKeyConstraint(["resident"], ["residents.id"], name=op.f("fk_call_requests_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_requests")),
    )
    op.create_index(op.f("ix_call_requests_resident"), "call_requests", ["resident"], unique=False)
    op.create_index(op.f("ix_call_requests_state"), "call_requests", ["state"], unique=False)


def _snapshots() -> None:
    op.create_table(
        "call_snapshots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", _NAME, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("author", _NAME, nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name=op.f("fk_call_snapshots_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_snapshots")),
    )
    op.create_index(op.f("ix_call_snapshots_call"), "call_snapshots", ["call"], unique=False)
