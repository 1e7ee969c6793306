"""How Alembic reaches the database: always through the connection that `migrate` hands over."""

from alembic import context

from libs.common.db import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Base.metadata,
    compare_server_default=False,
)

with context.begin_transaction():
    context.run_migrations()
