"""The one way to Postgres: an engine, and transactions opened where a handler or a route begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

_SESSION = {"timezone": "UTC", "lock_timeout": "10s", "statement_timeout": "60s", "application_name": "capacitarr"}


class Database:
    """A pool of connections to one database.

    `pool_size` connections stay open, as many again may come under load. Sessions run in UTC and give up on a lock
    after 10 s and on a statement after 60 s, so that nothing waits for ever behind a crashed peer.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # an error's text may be logged, and a parameter may be somebody's key
            connect_args={"server_settings": _SESSION},
        )
        self._each_for_itself = self.engine.execution_options(isolation_level="AUTOCOMMIT")

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

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reads of which each stands for itself: nothing is begun, so nothing has to be ended."""
        async with self._each_for_itself.connect() as conn:
            yield conn

    async def dispose(self) -> None:
        """Close every connection. Safe to repeat."""
        await self.engine.dispose()
