"""Integrations that were removed: hidden by the api at once, gone for good once nothing of theirs is under way."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

AT_MOST = timedelta(hours=1)
"""Business time after which a removed integration goes although a call to it was never cleared up."""

_REMOVE = text(
    """
    delete from integrations g
     where g.removed_at is not null
       and (g.removed_at < :long_ago or not exists (
               select from deletion_jobs j where j.integration_id = g.id
                  and j.state in ('waiting', 'claimed', 'deleting', 'verifying')))
       and (g.removed_at < :long_ago or not exists (
               select from deletion_jobs j join deletion_batches b on b.id = j.batch_id
                where j.integration_id = g.id and b.completed_at is null))
       and not exists (select from label_states l where l.integration_id = g.id and l.applied_label is not null)
       and not exists (select from poster_states p where p.integration_id = g.id and p.overlay_sha256 is not null)
    """
)
"""With the row go its jobs, and an open batch would be told with the wrong numbers."""


async def forget_removed(tx: AsyncConnection, now: datetime) -> int:
    """Delete the rows; answers how many. Audit entries stay, without their integration."""
    return int((await tx.execute(_REMOVE, {"long_ago": now - AT_MOST})).rowcount)
