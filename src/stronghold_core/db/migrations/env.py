"""Alembic's entry: always on a connection that `stronghold_core.db.migrate` opened, never from a URL of its own."""

from __future__ import annotations

from alembic import context

from stronghold_core.db.base import Base
from stronghold_core.db.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
