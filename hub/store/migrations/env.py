"""What Alembic runs: the steps, on the connection and inside the transaction of `hub.store.database`."""

from __future__ import annotations

from alembic import context

from hub.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
