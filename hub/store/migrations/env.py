"""What Alembic runs: the steps, on the connection and inside the transaction of `hub.store.database`."""

from __future__ import annotations

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
