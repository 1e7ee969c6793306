"""A read of everything, where a source cannot be asked for what changed alone."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.refresh.told import Ending, Outcome, Told
from services.sync.snapshots.queries import is_read_since, request


async def keep(tx: AsyncConnection, told: Told[None]) -> Ending:
    """Ask for a snapshot, unless one has begun since the event."""
    if await is_read_since(tx, told.source.id, told.claimed.asked_at):
        return Ending(Outcome.OVERTAKEN)
    await request(tx, told.source.id, told.claimed.began_at)
    return Ending(Outcome.WHOLE)
