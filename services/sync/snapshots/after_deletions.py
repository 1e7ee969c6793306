"""Asks for a read of sources whose deletions have ended: the space that came back is seen now, not at the next run."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_REQUEST = text(
    """
    insert into snapshots (integration_id, capability, state, requested_at)
    select g.id, 'media', 'requested', :now
      from integrations g
     where g.enabled and g.removed_at is null
       and (select max(j.started_at) from deletion_jobs j
             where j.integration_id = g.id and j.started_at is not null)
           > coalesce((select max(s.requested_at) from snapshots s where s.integration_id = g.id), '-infinity')
       and not exists (select from deletion_jobs j
                        where j.integration_id = g.id and not j.force_dry_run
                          and (j.state in ('claimed', 'deleting', 'verifying')
                               or (j.state = 'waiting' and j.not_before <= :now)))
    on conflict do nothing
    """
)
"""Once per round of deletions, whatever becomes of the read: a source that fails is not asked again and again."""


async def request_reads(tx: AsyncConnection, now: datetime) -> int:
    """Request the reads; answers how many."""
    return int((await tx.execute(_REQUEST, {"now": now})).rowcount)
