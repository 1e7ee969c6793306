"""Finds what is to be read without any message: second reads after a burst, retries, and lost nudges."""

import asyncio

import structlog

from libs.common.clock import Clock
from libs.common.db import Database
from services.sync.refresh import queries
from services.sync.refresh.refresher import Refresher

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 1.0
_PRUNE_EVERY_S = 600.0


class RefreshSweep:
    """The timer behind the nudges. It looks often: a merged event waits for it five seconds already."""

    def __init__(self, db: Database, clock: Clock, refresher: Refresher, *, every_s: float = SWEEP_EVERY_S) -> None:
        self._db = db
        self._clock = clock
        self._refresher = refresher
        self._every_s = every_s
        self._running: dict[int, asyncio.Task[None]] = {}
        self._pruned_at: float | None = None

    async def run(self) -> None:
        """Until cancelled. A pass that fails is logged and tried again at the next one."""
        try:
            while True:
                try:
                    await self.look_once()
                except Exception:
                    log.exception("refresh sweep failed")
                await asyncio.sleep(self._every_s)
        finally:
            for task in self._running.values():
                task.cancel()

    async def look_once(self) -> None:
        """Start a refresh of every integration that has something due, unless one of ours is at it."""
        async with self._db.connect() as conn:
            due = await queries.due_integrations(conn, self._clock.now())
        for integration_id in due:
            if integration_id not in self._running:
                self._running[integration_id] = asyncio.create_task(self._refresh(integration_id))
        await self._prune()

    async def _refresh(self, integration_id: int) -> None:
        try:
            await self._refresher.refresh(integration_id)
        except Exception:
            log.exception("refresh failed", integration_id=integration_id)
        finally:
            del self._running[integration_id]

    async def _prune(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._pruned_at is not None and now_s - self._pruned_at < _PRUNE_EVERY_S:
            return
        self._pruned_at = now_s
        async with self._db.begin() as tx:
            await queries.prune(tx, self._clock.now())
