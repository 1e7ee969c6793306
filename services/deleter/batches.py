"""Telling when all jobs of a run, or of one request, have ended: once a batch, an empty one too (T39, T40)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.deletion import DeletionBatchComplete
from libs.common.messaging.outbox import add_event
from services.deleter.claimed import SOURCE

_COMPLETE = text(
    """
    update deletion_batches b set completed_at = :now
     where b.completed_at is null
       and not exists (select from engine_runs r where r.id = b.run_id and r.state in ('queued', 'running'))
       and not exists (select from deletion_jobs j where j.batch_id = b.id
                          and j.state in ('waiting', 'claimed', 'deleting', 'verifying'))
    returning b.id, b.run_id,
              (select count(*) from deletion_jobs j
                where j.batch_id = b.id and j.state in ('deleted', 'simulated')) as good,
              (select count(*) from deletion_jobs j where j.batch_id = b.id and j.state = 'failed') as bad
    """
)
"""A run's batch can end only after the run, however that ended: before, jobs may still join it."""


async def complete_batches(tx: AsyncConnection, now: datetime) -> int:
    """Close the batches whose jobs have all ended; answers how many. Cancelled jobs count as neither."""
    closed = (await tx.execute(_COMPLETE, {"now": now})).all()
    for batch in closed:
        event = DeletionBatchComplete(succeeded=batch.good, failed=batch.bad)
        await add_event(tx, event, source=SOURCE, at=now, run_id=batch.run_id, batch_id=batch.id)
    return len(closed)
