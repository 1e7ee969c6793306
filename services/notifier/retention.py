"""The feed keeps seven days (events-notifications.md 4); older months are dropped whole."""

import asyncio
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock, real_now
from libs.common.db import Database
from libs.common.db.partitions import drop_month, ensure_partitions
from libs.common.locks.leases import hold_lease
from services.notifier import queries

log = structlog.get_logger(__name__)

KEPT = timedelta(days=7)
EVERY_S = 600.0
"""Real time. Cheap when there is nothing to do, and often enough for a business clock that runs fast."""

_LEASE = "notifier-retention"
_LEASE_TTL_S = 60.0
_BATCH = 5_000
_TABLE = "activity_events"


class Retention:
    """Prunes the feed and prepares the coming months; replicas take turns by a lease."""

    def __init__(self, db: Database, clock: Clock, owner: str, *, every_s: float = EVERY_S) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._every_s = every_s

    async def run(self) -> None:
        """Until cancelled. A failed pass is logged and made up for by the next."""
        while True:
            try:
                await self.prune_once()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("feed not pruned", reason=type(exc).__name__)
            await asyncio.sleep(self._every_s)

    async def prune_once(self) -> int:
        """Remove what is older than seven days; answers how many rows went one by one. 0 when another replica does."""
        async with hold_lease(self._db, _LEASE, self._owner, _LEASE_TTL_S) as lease:
            if lease is None:
                return 0
            before = self._clock.now() - KEPT
            await self._drop_months(before)
            return await self._delete_rows(before)

    async def _drop_months(self, before: datetime) -> None:
        async with self._db.begin() as tx:
            await ensure_partitions(tx, real_now().date())
            for name in await queries.partition_names(tx):
                month = month_of(name)
                if month is not None and is_over(month, before):
                    await drop_month(tx, _TABLE, month)
                    log.info("month of the feed dropped", month=f"{month:%Y-%m}")

    async def _delete_rows(self, before: datetime) -> int:
        removed = 0
        while True:
            async with self._db.begin() as tx:
                count = await queries.delete_older(tx, before, _BATCH)
            removed += count
            if count < _BATCH:
                return removed


def month_of(partition: str) -> date | None:
    """The month of a partition's name; None for the default one."""
    year, _, month = partition.removeprefix(f"{_TABLE}_").partition("_")
    return date(int(year), int(month), 1) if year.isdigit() and month.isdigit() else None


def is_over(month: date, before: datetime) -> bool:
    """True when the whole month lies before that time."""
    return (month.year, month.month) < (before.year, before.month)
