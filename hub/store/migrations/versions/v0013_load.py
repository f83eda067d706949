"""Thirteenth version: the alerts of a period are found without reading every alert there ever was."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the index."""
    op.create_index(op.f("ix_alerts_raised"), "alerts", ["raised"], unique=False)
