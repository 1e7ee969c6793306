"""How far the open batches have come, counted from their rows (W15), and the grace period as people hear of it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions.grace import GraceState, grace_state
from libs.common.domain.enums import JobState
from libs.common.events.deletion import DeletionGracePeriod, DeletionProgress
from libs.common.messaging.transient import Transient
from services.deleter.queries_due import UNDER_WAY

_SUCCEEDED = (JobState.DELETED, JobState.SIMULATED)
_ENDED = (*_SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
_QUIET_S = 2
"""A countdown that is off by less has not been restarted; the rest is rounding."""


class Progress:
    """Tells about progress and grace periods; both are transient, so nothing is lost when nobody hears them."""

    def __init__(self, db: Database, clock: Clock, transient: Transient) -> None:
        self._db = db
        self._clock = clock
        self._transient = transient
        self._grace = GraceState(is_active=False, remaining_s=0, waiting=0)
        self._ends_at: datetime | None = None

    async def tell(self) -> None:
        """What is being deleted now, and how many are through."""
        async with self._db.connect() as conn:
            event = await progress_of(conn)
        await self._transient.publish(event, at=self._clock.now())

    async def tell_grace(self) -> None:
        """When a grace period begins, begins anew, grows, shrinks or ends."""
        now = self._clock.now()
        async with self._db.connect() as conn:
            state = await grace_state(conn, now)
        if not self._is_news(state, now):
            return
        event = DeletionGracePeriod(
            remaining_seconds=state.remaining_s, queue_size=state.waiting, active=state.is_active
        )
        await self._transient.publish(event, at=now)

    def _is_news(self, state: GraceState, now: datetime) -> bool:
        former, self._grace = self._grace, state
        expected_s = 0.0 if self._ends_at is None else (self._ends_at - now).total_seconds()
        self._ends_at = now + timedelta(seconds=state.remaining_s) if state.is_active else None
        if not state.is_active:
            return former.is_active
        return not former.is_active or former.waiting != state.waiting or abs(expected_s - state.remaining_s) > _QUIET_S


async def progress_of(conn: AsyncConnection) -> DeletionProgress:
    """Counts of all jobs of batches that are still open; `queueDepth` is what waits anywhere."""
    job, batch = m.DeletionJob, m.DeletionBatch
    still_open = select(batch.id).where(batch.completed_at.is_(None))
    row = (
        await conn.execute(
            select(
                func.count().label("total"),
                func.count().filter(job.state.in_(_SUCCEEDED)).label("succeeded"),
                func.count().filter(job.state == JobState.FAILED).label("failed"),
                func.count().filter(job.state.in_(_ENDED)).label("processed"),
            ).where(job.batch_id.in_(still_open))
        )
    ).one()
    return DeletionProgress(
        current_item=await _current_item(conn),
        queue_depth=await _waiting(conn),
        processed=row.processed,
        succeeded=row.succeeded,
        failed=row.failed,
        batch_total=row.total,
    )


async def _current_item(conn: AsyncConnection) -> str:
    """The title of the job that is under way, the oldest claim of several; empty when there is none (T47)."""
    job = m.DeletionJob
    found = await conn.execute(select(job.title).where(job.state.in_(UNDER_WAY)).order_by(job.lease_until).limit(1))
    return found.scalar_one_or_none() or ""


async def _waiting(conn: AsyncConnection) -> int:
    job = m.DeletionJob
    return (await conn.execute(select(func.count()).where(job.state == JobState.WAITING))).scalar_one()
