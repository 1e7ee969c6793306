"""The working loop: what is due is simulated, handed to its lane or called off, and finished batches are told."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from services.deleter import circuit
from services.deleter.batches import complete_batches
from services.deleter.lane import Lane
from services.deleter.progress import Progress
from services.deleter.queries_due import busy_integrations
from services.deleter.removal import forget_removed
from services.deleter.simulate import settle_due

log = structlog.get_logger(__name__)

SWEEP_S = 1.0
STOP_WITHIN_S = 12.0
"""Real time for the calls in flight once the process is to end; what takes longer is cleared up after the restart."""

_SHORT_REST_S = 0.05


class DeletionQueue:
    """Every deleter process has one; the rows decide who does what."""

    def __init__(self, db: Database, clock: Clock, lane: Lane, progress: Progress, stopping: asyncio.Event) -> None:
        self._db = db
        self._clock = clock
        self._lane = lane
        self._progress = progress
        self._stopping = stopping
        self._wake = asyncio.Event()
        self._lanes: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look now instead of at the next sweep."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled or stopped. A pass that fails is logged and made up for by the next."""
        while not self._stopping.is_set():
            try:
                await self.look_once()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("deletion queue paused", reason=type(exc).__name__)
            except Exception:
                log.exception("a look at the deletion queue failed")
            await self._rest()

    async def stop(self) -> None:
        """Start nothing new, let the calls in flight come to their end, and leave the rest to be asked about."""
        self._stopping.set()
        self._wake.set()
        lanes = [lane for lane in self._lanes.values() if not lane.done()]
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=STOP_WITHIN_S)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._progress.stop()

    async def look_once(self) -> None:
        """One pass over everything that is due."""
        async with self._db.look() as conn:
            busy = await busy_integrations(conn, self._clock.now())
        if busy:
            await self._settle()
        for integration_id in busy:
            self._open_lane(integration_id)
        async with self._db.begin() as tx:
            now = self._clock.now()
            await complete_batches(tx, now)
            await forget_removed(tx, now)
            await circuit.let_go_idle(tx, now)
        await self._progress.tell_grace(is_due=bool(busy))

    async def _settle(self) -> None:
        """Everything that needs no upstream, in pieces, so that no transaction is long."""
        while not self._stopping.is_set():
            async with self._db.begin() as tx:
                ended = await settle_due(tx, self._clock.now())
            if not ended:
                return
            await self._progress.tell()

    def _open_lane(self, integration_id: int) -> None:
        running = self._lanes.get(integration_id)
        if not self._stopping.is_set() and (running is None or running.done()):
            task = asyncio.create_task(self._drain(integration_id))
            self._lanes[integration_id] = task

    async def _drain(self, integration_id: int) -> None:
        try:
            if await self._lane.drain(integration_id):
                self.wake()  # a batch may be complete now
        except Exception:
            log.exception("lane broke off", integration_id=integration_id)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(SWEEP_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        await asyncio.sleep(_SHORT_REST_S)
