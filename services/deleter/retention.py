"""How long the queue remembers what has ended: as long as the audit log, or a day where every run says it anew."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.locks.leases import hold_lease
from services.deleter import queries_retention as queries
from services.deleter.queries_departed import prune_departed

log = structlog.get_logger(__name__)

REHEARSALS_KEPT = timedelta(days=1)
"""A group in dry-run simulates its candidates in every run, 288 times a day by default; the audit log has one entry."""

EMPTY_KEPT = timedelta(days=1)
"""Of a batch: the run and the events it was told with say the same."""

EVERY_S = 600.0
"""Real time. Cheap when there is nothing to do, and often enough for a business clock that runs fast."""

_LEASE = "deleter-retention"
_LEASE_TTL_S = 60.0
_CHUNK = 5_000

Prune = Callable[[AsyncConnection], Awaitable[int]]


class Retention:
    """Prunes ended jobs and emptied batches; replicas take turns by a lease."""

    def __init__(
        self, db: Database, clock: Clock, owner: str, *, every_s: float = EVERY_S, chunk: int = _CHUNK
    ) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._every_s = every_s
        self._chunk = chunk

    async def run(self) -> None:
        """Until cancelled. A failed pass is logged and made up for by the next."""
        while True:
            try:
                await self.prune_once()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("ended jobs not pruned", reason=type(exc).__name__)
            await asyncio.sleep(self._every_s)

    async def prune_once(self) -> int:
        """Remove what is older than it has to be; answers how many jobs went. 0 when another replica does."""
        async with hold_lease(self._db, _LEASE, self._owner, _LEASE_TTL_S) as lease:
            if lease is None:
                return 0
            now = self._clock.now()
            jobs = await self._in_chunks(lambda tx: queries.prune_jobs(tx, now, REHEARSALS_KEPT, self._chunk))
            batches = await self._in_chunks(lambda tx: queries.prune_batches(tx, now - EMPTY_KEPT, self._chunk))
            await self._in_chunks(lambda tx: prune_departed(tx, now, self._chunk))
        log.debug("ended jobs pruned", jobs=jobs, batches=batches)
        return jobs

    async def _in_chunks(self, prune: Prune) -> int:
        """So that no transaction is long, and a stop in between loses nothing."""
        removed = 0
        while True:
            async with self._db.begin() as tx:
                count = await prune(tx)
            removed += count
            if count < self._chunk:
                return removed
