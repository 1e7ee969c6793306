"""How far the open batches have come, counted from their rows (W15), and the grace period as people hear of it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions.grace import GraceState, grace_state
from libs.common.domain.enums import JobState
from libs.common.events.deletion import DeletionGracePeriod, DeletionProgress
from libs.common.messaging.transient import Transient
from services.deleter.queries_due import IS_UNDER_WAY

log = structlog.get_logger(__name__)

FRAME_S = 0.2
"""Real time between two progress events at least: jobs that end faster are told about together."""

_RESTS = 20
"""So many times as long as counting a long batch takes, nothing is told: counting must not slow the work down."""

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
        self._was_due = False
        # the batches that were open when last looked at: the last one may be closed before its end is told
        self._counted: Sequence[UUID] = ()
        self._quiet_until = 0.0
        self._later: asyncio.Task[None] | None = None

    async def tell(self) -> None:
        """What is being deleted now, and how many are through: at once or, right after another event, a bit later."""
        if self._later is not None:
            return  # it has not looked yet, and will see this too
        wait_s = self._quiet_until - asyncio.get_running_loop().time()
        if wait_s <= 0:
            await self._tell_now()
        else:
            self._later = asyncio.create_task(self._tell_in(wait_s))

    def stop(self) -> None:
        """Say nothing more."""
        if self._later is not None:
            self._later.cancel()

    async def _tell_in(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        self._later = None
        try:
            await self._tell_now()
        except (SQLAlchemyError, OSError) as exc:
            log.warning("progress not told", reason=type(exc).__name__)

    async def _tell_now(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._quiet_until = began + FRAME_S
        async with self._db.look() as conn:
            self._counted = await _open_batches(conn) or self._counted
            event = await progress_of(conn, self._counted)
        self._quiet_until = max(self._quiet_until, began + _RESTS * (loop.time() - began))
        await self._transient.publish(event, at=self._clock.now())

    async def tell_grace(self, *, is_due: bool) -> None:
        """When a grace period begins, begins anew, grows, shrinks or ends.

        Jobs that are due now, and were not a moment ago, had one, even if it was too short to be seen here: the
        gateway has told of its beginning.
        """
        now = self._clock.now()
        async with self._db.look() as conn:
            state = await grace_state(conn, now)
        came_due, self._was_due = is_due and not self._was_due, is_due
        if not self._is_news(state, now, came_due=came_due):
            return
        event = DeletionGracePeriod(
            remaining_seconds=state.remaining_s, queue_size=state.waiting, active=state.is_active
        )
        await self._transient.publish(event, at=now)

    def _is_news(self, state: GraceState, now: datetime, *, came_due: bool) -> bool:
        former, self._grace = self._grace, state
        expected_s = 0.0 if self._ends_at is None else (self._ends_at - now).total_seconds()
        self._ends_at = now + timedelta(seconds=state.remaining_s) if state.is_active else None
        if not state.is_active:
            return former.is_active or came_due
        return not former.is_active or former.waiting != state.waiting or abs(expected_s - state.remaining_s) > _QUIET_S


async def _open_batches(conn: AsyncConnection) -> Sequence[UUID]:
    """A batch is open while a job of it waits or is under way, and until somebody has looked."""
    batch = m.DeletionBatch
    return (await conn.execute(select(batch.id).where(batch.completed_at.is_(None)))).scalars().all()


async def progress_of(conn: AsyncConnection, batches: Sequence[UUID]) -> DeletionProgress:
    """Counts of all jobs of these batches; `queueDepth` is what waits of them.

    The current item is the oldest claim of several, and empty when there is none (T47).
    """
    row = (await conn.execute(_COUNTS, {"batches": list(batches)})).one()
    return DeletionProgress(
        current_item=row.current_item or "",
        queue_depth=row.waiting,
        processed=row.processed,
        succeeded=row.succeeded,
        failed=row.failed,
        batch_total=row.total,
    )


def _counts() -> Select[*tuple[Any, ...]]:
    """Of the jobs of some batches, in one pass."""
    job = m.DeletionJob
    # beside the counts: within them all their rows would be sorted for it
    current = select(job.title).where(IS_UNDER_WAY).order_by(job.lease_until).limit(1).correlate(None)
    return select(
        func.count().label("total"),
        func.count().filter(job.state.in_(_SUCCEEDED)).label("succeeded"),
        func.count().filter(job.state == JobState.FAILED).label("failed"),
        func.count().filter(job.state.in_(_ENDED)).label("processed"),
        func.count().filter(job.state == JobState.WAITING).label("waiting"),
        current.scalar_subquery().label("current_item"),
    ).where(job.batch_id == any_(bindparam("batches", type_=ARRAY(Uuid))))


_COUNTS = _counts()
