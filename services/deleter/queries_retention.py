"""The SQL that forgets ended jobs and the batches that no job is left of."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PRUNE_JOBS = text(
    """
    with since as (
        select cast(:now as timestamptz) - cast(:rehearsals_kept as interval) as rehearsed,
               case when days > 0 then cast(:now as timestamptz) - make_interval(days => days) end as ended,
               case when days > 0
                    then cast(:now as timestamptz) - make_interval(days => greatest(days, return_days)) end as deleted
          from (select audit_log_retention_days::int as days, boomerang_days::int as return_days from preferences) p),
    reads as (
        select integration_id, max(started_at) as newest from snapshots
         where capability = 'media' and state = 'complete' group by integration_id)
    delete from deletion_jobs where id in (
        select j.id
          from since cross join deletion_jobs j
               join deletion_batches b on b.id = j.batch_id and b.completed_at is not null
               left join disk_groups g on g.id = j.disk_group_id
               left join reads r on r.integration_id = j.integration_id
         where case
                   when j.state = 'simulated' and j.upsert_audit then j.finished_at < since.rehearsed
                   when j.state in ('simulated', 'cancelled', 'failed') then j.finished_at < since.ended
                   when j.state = 'deleted' then
                       j.finished_at < since.deleted and j.finished_at < r.newest
                       and (j.disk_group_id is null or j.finished_at < g.read_at)
               end
         limit :chunk for update of j skip locked)
    """
)
"""A deletion stays while it still explains something: bytes that no reading of its disk has missed yet, items that the
newest complete read of its source still had, and an item that may return within `boomerangDays`."""

_PRUNE_BATCHES = text(
    """
    delete from deletion_batches where id in (
        select b.id from deletion_batches b
         where b.completed_at < :before and not exists (select from deletion_jobs j where j.batch_id = b.id)
         limit :chunk for update skip locked)
    """
)


async def prune_jobs(tx: AsyncConnection, now: datetime, rehearsals_kept: timedelta, chunk: int) -> int:
    """Remove at most `chunk` jobs that ended longer ago than `auditLogRetentionDays` (0: for ever); answers how many.

    What an engine run only simulated goes after `rehearsals_kept`. Only jobs of completed batches go, and none without
    the owner's preferences.
    """
    values = {"now": now, "rehearsals_kept": rehearsals_kept, "chunk": chunk}
    return (await tx.execute(_PRUNE_JOBS, values)).rowcount


async def prune_batches(tx: AsyncConnection, before: datetime, chunk: int) -> int:
    """Remove at most `chunk` batches without jobs that were completed before that time; answers how many went."""
    return (await tx.execute(_PRUNE_BATCHES, {"before": before, "chunk": chunk})).rowcount
