"""What the Postgres driver raises where it is used without SQLAlchemy, which translates it everywhere else."""

import asyncpg

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""The last but one comes when the server dies between two statements: the connection then refuses the next one."""
