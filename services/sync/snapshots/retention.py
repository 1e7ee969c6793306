"""How long reads are remembered: a week, and of every source the newest fifty and the newest complete one."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=7)
KEPT_PER_SOURCE = 50

EVERY_S = 600.0
"""Real time. A pass over a week of reads of eleven sources takes some milliseconds, and the business clock may run."""

CHUNK = 5_000

_PRUNE = text(
    """
    with ranked as (
        select id,
               row_number() over (partition by integration_id, capability order by id desc) as place,
               row_number() over (partition by integration_id, capability, state
                                      order by completed_at desc nulls last, id desc) as place_in_state
          from snapshots)
    delete from snapshots where id in (
        select s.id
          from snapshots s join ranked r on r.id = s.id
         where r.place > :kept and s.requested_at < :before
           and (s.state = 'failed' or (s.state = 'complete' and r.place_in_state > 1))
         order by s.id limit :chunk for update of s skip locked)
    """
)
"""Open reads stay, and so does the complete one that the catalogue comes from, however many have failed since."""


async def prune(tx: AsyncConnection, now: datetime, *, chunk: int = CHUNK) -> int:
    """Forget at most `chunk` reads; answers how many. `now` is business time."""
    limits = {"kept": KEPT_PER_SOURCE, "before": now - KEPT_FOR, "chunk": chunk}
    return int((await tx.execute(_PRUNE, limits)).rowcount)


class SnapshotRetention:
    """Prunes now and then when asked; replicas pass over each other's rows."""

    def __init__(self, db: Database, clock: Clock, *, every_s: float = EVERY_S, chunk: int = CHUNK) -> None:
        self._db = db
        self._clock = clock
        self._every_s = every_s
        self._chunk = chunk
        self._pruned_at: float | None = None

    async def prune_if_due(self) -> int:
        """Forget everything that is old, in short transactions, unless that was done a moment ago."""
        now_s = asyncio.get_running_loop().time()
        if self._pruned_at is not None and now_s - self._pruned_at < self._every_s:
            return 0
        self._pruned_at = now_s
        removed, count = 0, self._chunk
        while count >= self._chunk:
            async with self._db.begin() as tx:
                count = await prune(tx, self._clock.now(), chunk=self._chunk)
            removed += count
        log.debug("old reads forgotten", snapshots=removed)
        return removed
