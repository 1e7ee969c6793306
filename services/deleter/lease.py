"""The heartbeat of a claim: while a call is under way nobody else may think that its worker is gone (T10)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from services.deleter import queries_jobs as queries
from services.deleter.claimed import Claimed

log = structlog.get_logger(__name__)

_BEATS_PER_LEASE = 3


@asynccontextmanager
async def kept_alive(db: Database, claimed: Claimed, lease_s: float) -> AsyncIterator[None]:
    """Renew the lease for as long as the block runs. Whoever lost it notices at the next write, which is refused."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(lease_s / _BEATS_PER_LEASE)
            try:
                async with db.begin() as tx:
                    if not await queries.renew(tx, claimed, lease_s):
                        return
            except (SQLAlchemyError, OSError) as exc:
                log.warning("lease not renewed, trying again", job_id=claimed.job.id, reason=type(exc).__name__)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
