"""The one way to Postgres: an engine, and transactions opened where a handler or a route begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry


class Database:
    """A pool of connections to one database.

    `pool_size` connections stay open, as many again may come under load. Sessions run in UTC and give up on a lock
    after 10 s and on a statement after 60 s, so that nothing waits for ever behind a crashed peer.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self.engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
        event.listen(self.engine.sync_engine, "connect", _prepare)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        async with self.engine.begin() as tx:
            yield tx

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; whatever it began is rolled back at the end."""
        async with self.engine.connect() as conn:
            yield conn

    async def dispose(self) -> None:
        """Close every connection. Safe to repeat."""
        await self.engine.dispose()


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("set time zone 'UTC'; set lock_timeout = '10s'; set statement_timeout = '60s'")
    cursor.close()
