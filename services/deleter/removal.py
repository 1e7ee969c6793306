"""Integrations that were removed: hidden by the api at once, gone for good once nothing of theirs is under way."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_REMOVE = text(
    """
    delete from integrations g
     where g.removed_at is not null
       and not exists (select from deletion_jobs j where j.integration_id = g.id
                          and j.state in ('waiting', 'claimed', 'deleting', 'verifying'))
       and not exists (select from label_states l where l.integration_id = g.id and l.applied_label is not null)
       and not exists (select from poster_states p where p.integration_id = g.id and p.overlay_sha256 is not null)
    """
)


async def forget_removed(tx: AsyncConnection) -> int:
    """Delete the rows; answers how many. Audit entries stay, without their integration."""
    return int((await tx.execute(_REMOVE)).rowcount)
