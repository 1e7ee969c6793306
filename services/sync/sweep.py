"""Finds snapshots that nobody reads, whatever became of their messages, and disk groups whose time has come."""

import asyncio

import structlog

from libs.common.clock import Clock
from libs.common.db import Database
from services.sync.catalogue.queries import reassign_groups
from services.sync.disks import queries as disks
from services.sync.disks.discovery import discover
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from services.sync.snapshots import queries
from services.sync.snapshots.after_deletions import request_reads
from services.sync.snapshots.retention import SnapshotRetention

log = structlog.get_logger()

SWEEP_EVERY_S = 5.0


class Sweep:
    """The slow timer behind the messages: losing every message loses no work (design.md 4, rule 3)."""

    def __init__(self, db: Database, clock: Clock, reader: Reader, *, every_s: float = SWEEP_EVERY_S) -> None:
        self._db = db
        self._clock = clock
        self._reader = reader
        self._every_s = every_s
        self._reads: set[asyncio.Task[None]] = set()
        self._retention = SnapshotRetention(db, clock)

    async def run(self) -> None:
        """Until cancelled. A pass that fails is logged and tried again at the next one."""
        try:
            while True:
                try:
                    await self.look_once()
                except Exception:
                    log.exception("sweep failed")
                await asyncio.sleep(self._every_s)
        finally:
            for task in self._reads:
                task.cancel()

    async def look_once(self) -> None:
        """Ask for reads after deletions, start due ones, and let groups and old reads go where no read will do it."""
        async with self._db.begin() as tx:
            await request_reads(tx, self._clock.now())
            due = await queries.due(tx, limit=self._reader.free_places)
        for snapshot_id in due:
            task = asyncio.create_task(self._read(snapshot_id))
            self._reads.add(task)
            task.add_done_callback(self._reads.discard)
        await self._tidy_groups()
        await self._retention.prune_if_due()
        await merge_if_outdated(self._db, self._clock.now())

    async def _read(self, snapshot_id: int) -> None:
        try:
            await self._reader.read(snapshot_id)
        except Exception:
            log.exception("read failed", snapshot_id=snapshot_id)

    async def _tidy_groups(self) -> None:
        now = self._clock.now()
        async with self._db.connect() as conn:
            if not await disks.groups_need_a_look(conn, now):
                return
        async with self._db.begin() as tx:
            await disks.lock_groups(tx)
            found = await discover(tx, run_id=None, now=now)
            if found.moves_items:
                await reassign_groups(tx)
