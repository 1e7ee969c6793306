"""The one engine that runs: claims queued runs, asks for them by the clock, and keeps the preview true between them."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.domain.enums import RunState, RunTrigger
from libs.common.events.engine import EngineError, EngineStart
from libs.common.locks.leases import Lease, LeaseLostError, hold_lease, require
from libs.common.messaging.outbox import add_event
from libs.common.observability.correlation import bind_correlation
from libs.common.preview import mark_scores_outdated
from libs.common.runs import request_run
from services.engine.maintenance import Maintenance
from services.engine.preview.refresh import PreviewRefresh
from services.engine.runs import queries
from services.engine.runs.cycle import Cycle
from services.engine.runs.group import SOURCE
from services.engine.runs.queries import ClaimedRun

log = structlog.get_logger(__name__)

LEASE = "engine"
LEASE_S = 15.0
STANDBY_S = 1.0
SWEEP_S = 1.0
CANCEL_AGAIN_S = 0.5
RUN_FAILED = "run_failed"
INTERRUPTED = "the engine was interrupted; a new run follows"


class Leader:
    """Runs in every engine process; only the holder of the lease does anything. `wake` ends its current rest."""

    def __init__(
        self, db: Database, clock: Clock, owner: str, cycle: Cycle, refresh: PreviewRefresh, maintenance: Maintenance
    ) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._cycle = cycle
        self._refresh = refresh
        self._maintenance = maintenance
        self._wake = asyncio.Event()
        self._began = False

    def wake(self) -> None:
        """Look at the tables now instead of at the next sweep."""
        self._wake.set()
        self._refresh.wake()

    async def run(self) -> None:
        """Until cancelled. Outages and lost leases only send it back to standing by."""
        while True:
            try:
                async with hold_lease(self._db, LEASE, self._owner, LEASE_S) as lease:
                    if lease is not None:
                        log.info("engine leads", fence=lease.fence)
                        await self._lead(lease)
            except LeaseLostError:
                log.warning("another engine leads")
            except (SQLAlchemyError, OSError) as exc:
                log.warning("engine paused, trying again", reason=type(exc).__name__)
            except Exception:
                log.exception("engine paused")
            await asyncio.sleep(STANDBY_S)

    async def _lead(self, lease: Lease) -> None:
        await self._take_over(lease)
        # beside the runs: one that waits for a slow source must not keep people waiting for the preview
        refreshing = asyncio.create_task(self._refresh.run())
        try:
            await self._runs(lease)
        finally:
            # Python 3.11's wait_for, inside nats-py, loses a cancellation that meets the answer: so ask again
            while not refreshing.done():
                refreshing.cancel()
                await asyncio.wait([refreshing], timeout=CANCEL_AGAIN_S)

    async def _runs(self, lease: Lease) -> None:
        while True:
            await self._request_by_clock()
            run = await self._claim(lease)
            if run is not None:
                await self._carry_out(run, lease)
                continue
            await self._maintenance.when_due()
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(SWEEP_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _take_over(self, lease: Lease) -> None:
        """Close what a dead leader left open, and run again in its stead; a fresh process begins with a run."""
        now = self._clock.now()
        async with self._db.begin() as tx:
            interrupted = await queries.close_interrupted(tx, lease.fence, now, INTERRUPTED)
            if interrupted is not None:
                await add_event(tx, EngineError(error=INTERRUPTED), source=SOURCE, at=now, run_id=interrupted.id)
                await request_run(tx, interrupted.trigger, now)
            elif not self._began:
                await request_run(tx, RunTrigger.STARTUP, now)
        self._began = True

    async def _request_by_clock(self) -> None:
        now = self._clock.now()
        async with self._db.begin() as tx:
            if (await queries.timer(tx)).is_due(now):
                await request_run(tx, RunTrigger.TIMER, now)

    async def _claim(self, lease: Lease) -> ClaimedRun | None:
        now = self._clock.now()
        async with self._db.begin() as tx:
            await require(tx, lease)
            run = await queries.claim_queued(tx, now, lease.fence)
            if run is not None:
                await add_event(
                    tx, EngineStart(execution_mode=run.execution_mode), source=SOURCE, at=now, run_id=run.id
                )
        return run

    async def _carry_out(self, run: ClaimedRun, lease: Lease) -> None:
        """A run that fails is closed with its reason; the process and the next run go on."""
        try:
            with bind_correlation(f"run-{run.id}"):
                await self._cycle.run(run, lease)
        except LeaseLostError:
            raise
        except Exception as exc:
            log.exception("run failed", run_id=run.id)
            await self._fail(run, lease, exc)

    async def _fail(self, run: ClaimedRun, lease: Lease, exc: Exception) -> None:
        now, reason = self._clock.now(), f"{type(exc).__name__} while the run was under way; the log says more"
        async with self._db.begin() as tx:
            await require(tx, lease)
            await queries.close_run(tx, run.id, RunState.FAILED, now, {"error_message": reason})
            await add_event(tx, EngineError(error=reason), source=SOURCE, at=now, run_id=run.id)
            await mark_scores_outdated(tx)  # it may have read something that it did not come to score
        await self._refresh.invalidate(RUN_FAILED)
