"""The working loop: jobs of silent workers back in line, simulations, one lane per integration, finished batches."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.deletions.grace import grace_state
from libs.common.events.deletion import DeletionGracePeriod
from libs.common.messaging.transient import Transient
from services.deleter import outcomes
from services.deleter import queries_jobs as jobs
from services.deleter.batches import complete_batches
from services.deleter.claim import Pause, claim_next, settle_without_upstream
from services.deleter.progress import progress_of
from services.deleter.queries_jobs import StaleFenceError
from services.deleter.removal import forget_removed
from services.deleter.saga import Saga

log = structlog.get_logger(__name__)

SWEEP_S = 1.0
SHORT_REST_S = 0.05


class DeletionQueue:
    """Every deleter process has one; the rows decide who does what."""

    def __init__(self, db: Database, clock: Clock, saga: Saga, transient: Transient, owner: str) -> None:
        self._db = db
        self._clock = clock
        self._saga = saga
        self._transient = transient
        self._owner = owner
        self._wake = asyncio.Event()
        self._stopping = False
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._grace_was_active = False

    def wake(self) -> None:
        """Look now instead of at the next sweep."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A pass that fails is logged and tried again."""
        while not self._stopping:
            try:
                await self.look_once()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("deletion queue paused", reason=type(exc).__name__)
            await self._rest()

    async def stop(self) -> None:
        """Start nothing new, and let the calls in flight come to their end (T4, T6)."""
        self._stopping = True
        self._wake.set()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def look_once(self) -> None:
        """One pass over everything that is due."""
        now = self._clock.now()
        async with self._db.begin() as tx:
            await jobs.release_expired(tx)
        await self._simulate()
        async with self._db.begin() as tx:
            await complete_batches(tx, now)
            await forget_removed(tx)
            due = await jobs.lanes_with_due_jobs(tx, now)
        for integration_id in due:
            self._open_lane(integration_id)
        await self._tell_grace()

    async def _simulate(self) -> None:
        ended = 1
        while ended and not self._stopping:
            now = self._clock.now()
            async with self._db.begin() as tx:
                found = await settle_without_upstream(tx, now)
                await outcomes.simulated(tx, found, now)
            ended = len(found)

    def _open_lane(self, integration_id: int) -> None:
        running = self._lanes.get(integration_id)
        if not self._stopping and (running is None or running.done()):
            self._lanes[integration_id] = asyncio.create_task(self._drain(integration_id))

    async def _drain(self, integration_id: int) -> None:
        """One job after the other until none may be claimed."""
        while not self._stopping:
            try:
                async with self._db.begin() as tx:
                    claimed = await claim_next(tx, integration_id, self._owner, self._clock.now())
                if claimed is None:
                    break
                if isinstance(claimed, Pause):
                    await asyncio.sleep(min(claimed.seconds, SWEEP_S))
                    continue
                await self._saga.carry_out(claimed)
                await self._tell_progress(claimed.job.title)
            except StaleFenceError as exc:
                log.warning("job lost to another worker", reason=str(exc))
            except (SQLAlchemyError, OSError) as exc:
                log.warning("lane paused", integration_id=integration_id, reason=type(exc).__name__)
                await asyncio.sleep(SWEEP_S)
            except Exception:
                # whatever broke, the row's lease runs out and the job is looked at again (T35)
                log.exception("deletion broke off", integration_id=integration_id)
                await asyncio.sleep(SWEEP_S)
        self.wake()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(SWEEP_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        await asyncio.sleep(SHORT_REST_S)

    async def _tell_progress(self, title: str) -> None:
        now = self._clock.now()
        async with self._db.connect() as conn:
            event = await progress_of(conn, title)
        await self._transient.publish(event, at=now)

    async def _tell_grace(self) -> None:
        """When a grace period begins and when it ends."""
        now = self._clock.now()
        async with self._db.connect() as conn:
            state = await grace_state(conn, now)
        if state.is_active == self._grace_was_active:
            return
        self._grace_was_active = state.is_active
        event = DeletionGracePeriod(
            remaining_seconds=state.remaining_s, queue_size=state.waiting, active=state.is_active
        )
        await self._transient.publish(event, at=now)
