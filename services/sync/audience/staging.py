"""Where the pages of a reading wait until it is whole: one temporary table per capability, on one connection."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Database
from libs.common.domain.enums import Capability
from services.sync.audience.columns import KEPT, SERVERS, USERS, Kept
from services.sync.audience.rows import Row

NAMED = Kept("named_titles", ("server", "native_id"), KEPT[Capability.TITLES].columns)
"""Titles that only plays name; they are kept beside the listed ones."""

_ALL = (*KEPT.values(), USERS, SERVERS, NAMED)


class AudienceStaging:
    """Takes pages by COPY; holds no row in memory and no transaction open between two pages."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def add(self, kept: Kept, rows: Iterable[Row]) -> None:
        """Append one page, committed by itself."""
        raw = await self.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(kept.staged, records=rows, columns=list(kept.columns))

    async def discard(self, kept: Kept) -> None:
        """Throw away what came of a reading that broke off."""
        await self.connection.execute(text(f"truncate {kept.staged}"))
        await self.connection.commit()


@asynccontextmanager
async def audience_staging(db: Database) -> AsyncIterator[AudienceStaging]:
    """Empty staging tables. The connection is closed at the end, and the tables with it."""
    async with db.connect() as connection:
        try:
            for kept in _ALL:
                columns = ", ".join(f"{name} {kind}" for name, kind in kept.columns.items())
                await connection.execute(text(f"create temporary table {kept.staged} ({columns})"))
            await connection.commit()
            yield AudienceStaging(connection)
        finally:
            await connection.invalidate()
