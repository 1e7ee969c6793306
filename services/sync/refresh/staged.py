"""A handful of rows in a temporary table, for statements that work on whole sets."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def stage(tx: AsyncConnection, table: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Make the table and fill it; it is gone with the transaction. `columns` are name to Postgres type."""
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    await tx.execute(text(f"create temporary table {table} ({declared}) on commit drop"))
    raw = await tx.get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.copy_records_to_table(table, records=list(rows), columns=list(columns))
