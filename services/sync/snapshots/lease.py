"""Keeps a claimed snapshot ours while it is being read, and stops the read when it is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from services.sync.snapshots import queries
from services.sync.snapshots.queries import LEASE_S, Claimed

log = structlog.get_logger(__name__)


class SnapshotLostError(Exception):
    """Somebody else took the snapshot over, because our lease ran out; nothing of this read may be written."""


@asynccontextmanager
async def kept(db: Database, claimed: Claimed, *, beat_s: float = LEASE_S / 3) -> AsyncIterator[None]:
    """Renew the lease in the background. Raises `SnapshotLostError` into the block when it is lost.

    For the reading only: a commit holds the row itself (`queries.hold`) and needs no lease.
    """
    scope = asyncio.timeout(None)
    beating = asyncio.create_task(_beat(db, claimed, scope, beat_s))
    try:
        async with scope:
            yield
    except TimeoutError as exc:
        if not scope.expired():
            raise
        raise SnapshotLostError(f"snapshot {claimed.id} was taken over") from exc
    finally:
        beating.cancel()


async def _beat(db: Database, claimed: Claimed, scope: asyncio.Timeout, beat_s: float) -> None:
    loop = asyncio.get_running_loop()
    sure_until = loop.time() + LEASE_S
    while True:
        await asyncio.sleep(beat_s)
        asked_at = loop.time()
        try:
            async with db.begin() as tx:
                is_ours = await queries.renew(tx, claimed)
        except (SQLAlchemyError, OSError) as exc:
            log.warning("lease not renewed", snapshot_id=claimed.id, error=type(exc).__name__)
            if loop.time() < sure_until:
                continue
            is_ours = False
        if not is_ours:
            scope.reschedule(loop.time())
            return
        sure_until = asked_at + LEASE_S
