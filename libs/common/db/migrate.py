"""Brings a database to the schema this code needs; any number of replicas may try at once."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db.database import Database
from libs.common.db.partitions import ensure_partitions
from libs.common.db.seed_rows import seed_rows

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0015"
"""The newest revision. A test compares it with the migrations folder, so that it cannot be forgotten."""

_LOCK = 0x6361_7061_6369  # any constant of ours; it only has to differ from other programs' advisory locks


class SchemaError(RuntimeError):
    """The database holds a schema that this code does not know; a newer version wrote it."""


async def migrate(url: str) -> bool:
    """Upgrade the database at `url`; answers whether anything had to change. Raises `SchemaError` on a newer schema.

    Idempotent. Alembic is imported only when the version differs, because that import costs ten times the check.
    """
    db = Database(url, pool_size=1)
    try:
        async with db.begin() as tx:
            await tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = await schema_version(tx)
            if before != HEAD:
                await tx.run_sync(_upgrade)
            await seed_rows(tx)
            await ensure_partitions(tx, real_now().date())
        return before != HEAD
    finally:
        await db.dispose()


async def schema_version(conn: AsyncConnection) -> str | None:
    """The revision the database is at; None for an empty one."""
    known = await conn.execute(text("select to_regclass('alembic_version')"))
    if known.scalar_one() is None:
        return None
    return (await conn.execute(text("select version_num from alembic_version"))).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config(connection)
    try:
        command.upgrade(config, "head")
    except CommandError as exc:
        raise SchemaError("the database was written by a newer version of Capacitarr; upgrade this one") from exc


def alembic_config(connection: Connection) -> "Config":
    """Alembic's configuration for our migrations over an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
