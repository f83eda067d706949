"""Version 24: pictures of calls are encrypted; the hub does it with those that are there when it starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Say of every picture whether it is."""
    op.add_column(
        "call_snapshots", sa.Column("sealed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
