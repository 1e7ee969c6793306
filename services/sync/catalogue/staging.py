"""Where the pages of a read wait until the read is known to be whole: a temporary table on one connection."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Database
from services.sync.catalogue.columns import SOURCE_COLUMNS
from services.sync.catalogue.queries import STAGED

Row = tuple[Any, ...]
"""One item, in the order of `SOURCE_COLUMNS`."""


class Staging:
    """Takes pages by COPY; holds no item in memory and no transaction open between two pages."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(self, rows: Iterable[Row]) -> None:
        """Append one page, committed by itself."""
        raw = await self.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(STAGED, records=rows, columns=list(SOURCE_COLUMNS))


@asynccontextmanager
async def staging(db: Database) -> AsyncIterator[Staging]:
    """An empty staging table. The connection is closed at the end, and the table with it."""
    columns = ", ".join(f"{name} {kind}" for name, kind in SOURCE_COLUMNS.items())
    async with db.connect() as connection:
        try:
            await connection.execute(text(f"create temporary table {STAGED} ({columns})"))
            await connection.commit()
            yield Staging(connection)
        finally:
            await connection.invalidate()
