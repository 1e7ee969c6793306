"""How far the newest batch has come, counted from its rows (W15)."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import JobState
from libs.common.events.deletion import DeletionProgress

_SUCCEEDED = (JobState.DELETED, JobState.SIMULATED)


async def progress_of(conn: AsyncConnection, current_item: str) -> DeletionProgress:
    """Counts of all jobs of batches that are still open; `queueDepth` is what waits anywhere."""
    job, batch = m.DeletionJob, m.DeletionBatch
    still_open = select(batch.id).where(batch.completed_at.is_(None))
    succeeded = func.count().filter(job.state.in_(_SUCCEEDED))
    failed = func.count().filter(job.state == JobState.FAILED)
    row = (
        await conn.execute(
            select(
                func.count().label("total"),
                succeeded.label("succeeded"),
                failed.label("failed"),
                func.count().filter(job.state == JobState.CANCELLED).label("cancelled"),
                func.count().filter(job.state == JobState.WAITING).label("waiting"),
            ).where(job.batch_id.in_(still_open))
        )
    ).one()
    return DeletionProgress(
        current_item=current_item,
        queue_depth=row.waiting,
        processed=row.succeeded + row.failed + row.cancelled,
        succeeded=row.succeeded,
        failed=row.failed,
        batch_total=row.total,
    )
