"""Sums up and forgets the history of disks as soon as an hour of business time is over, by one replica only."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.locks.leases import hold_lease, require
from services.sync.history import queries
from services.sync.history.levels import LEVELS, WEEKS_KEPT

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
"""Real time. A look is one small read, and the business clock may jump or run fast."""

_LEASE = "history"
_LEASE_TTL_S = 60.0


class HistoryKeeper:
    """Goes by what stands in the tables, not by when it last ran: after downtime everything missed is made up for."""

    def __init__(self, db: Database, clock: Clock, owner: str, *, every_s: float = LOOK_EVERY_S) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._every_s = every_s

    async def run(self) -> None:
        """Until cancelled. A pass that fails is logged and made up for by the next."""
        while True:
            try:
                await self.keep_if_due()
            except Exception:
                log.exception("history not summed up")
            await asyncio.sleep(self._every_s)

    async def keep_if_due(self) -> bool:
        """One pass when a period has ended, or the clock went back; answers whether it was done here."""
        if not await self._is_due():
            return False
        async with hold_lease(self._db, _LEASE, self._owner, _LEASE_TTL_S) as lease:
            if lease is None or not await self._is_due():
                return False
            async with self._db.begin() as tx:
                await keep(tx, self._clock.now())
                await require(tx, lease)
        return True

    async def _is_due(self) -> bool:
        now = self._clock.now()
        async with self._db.connect() as conn:
            done = await queries.checkpoints(conn)
        return any(done.get(level.resolution) != level.end(now) for level in LEVELS)


async def keep(tx: AsyncConnection, now: datetime) -> None:
    """Sum up all that is over, then forget what is old. Repeating it changes nothing.

    The few points go one by one: a month's table cannot be dropped without locking the disk groups against everybody.
    """
    summed = {level.resolution: await queries.sum_up(tx, level, now) for level in LEVELS}
    forgotten = {level.finer: await queries.forget_finer(tx, level, now) for level in LEVELS}
    weeks = await queries.forget_weeks(tx, now - WEEKS_KEPT)
    for level in LEVELS:
        await queries.save_checkpoint(tx, level, now)
    log.debug("history summed up", **summed, forgotten=forgotten, forgotten_weeks=weeks)
