"""Leases in Postgres, with a fencing number: one holder at a time, whatever dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.database import Database

log = structlog.get_logger(__name__)

_BEATS_PER_TTL = 3


class LeaseLostError(RuntimeError):
    """The lease ran out while its holder was still at work; what the holder does next would not be alone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease. `fence` is larger than that of every earlier holder: write it with what you do."""

    name: str
    owner: str
    fence: int


_ACQUIRE = text(
    """
    insert into leases (name, owner, fence, expires_at)
    values (:name, :owner, 1, clock_timestamp() + make_interval(secs => :ttl_s))
    on conflict (name) do update
       set owner = excluded.owner, fence = leases.fence + 1, expires_at = excluded.expires_at
     where leases.expires_at < clock_timestamp()
    returning fence
    """
)
_RENEW = text(
    """
    update leases set expires_at = clock_timestamp() + make_interval(secs => :ttl_s)
     where name = :name and owner = :owner and fence = :fence and expires_at >= clock_timestamp()
    """
)
_RELEASE = text(
    "update leases set expires_at = to_timestamp(0) where name = :name and owner = :owner and fence = :fence"
)
_HOLDS = text("select 1 from leases where name = :name and fence = :fence for share")


async def acquire(tx: AsyncConnection, name: str, owner: str, ttl_s: float) -> Lease | None:
    """Take the lease if nobody holds it. Time is the database's real time."""
    fence = (await tx.execute(_ACQUIRE, {"name": name, "owner": owner, "ttl_s": ttl_s})).scalar_one_or_none()
    return None if fence is None else Lease(name, owner, fence)


async def renew(tx: AsyncConnection, lease: Lease, ttl_s: float) -> bool:
    """Hold it for `ttl_s` seconds from now; False when it is no longer ours."""
    values = {"name": lease.name, "owner": lease.owner, "fence": lease.fence, "ttl_s": ttl_s}
    return (await tx.execute(_RENEW, values)).rowcount == 1


async def release(tx: AsyncConnection, lease: Lease) -> None:
    """Give it back; harmless when it is no longer ours. The fence stays, so that it goes on rising."""
    await tx.execute(_RELEASE, {"name": lease.name, "owner": lease.owner, "fence": lease.fence})


async def require(tx: AsyncConnection, lease: Lease) -> None:
    """Refuse to commit under a lease that someone else has taken since. Raises `LeaseLostError`."""
    held = await tx.execute(_HOLDS, {"name": lease.name, "fence": lease.fence})
    if held.scalar_one_or_none() is None:
        raise LeaseLostError(f"the lease {lease.name} was taken by someone else")


@asynccontextmanager
async def hold_lease(db: Database, name: str, owner: str, ttl_s: float) -> AsyncIterator[Lease | None]:
    """Hold `name` for the block, or yield None when someone else does.

    A heartbeat renews it three times per `ttl_s`. When it is lost, the block is cancelled and `LeaseLostError` raised.
    """
    async with db.begin() as tx:
        lease = await acquire(tx, name, owner, ttl_s)
    if lease is None:
        yield None
        return
    block = asyncio.current_task()
    lost = asyncio.Event()
    beating = asyncio.create_task(_beat(db, lease, ttl_s, lost, block))
    try:
        yield lease
    except asyncio.CancelledError:
        # someone else may want this task to end as well; then that wish goes first
        if lost.is_set() and (block is None or block.uncancel() == 0):
            raise LeaseLostError(f"the lease {name} was lost") from None
        raise
    finally:
        beating.cancel()
        if not lost.is_set():
            await _give_back(db, lease)


async def _beat(
    db: Database, lease: Lease, ttl_s: float, lost: asyncio.Event, block: asyncio.Task[object] | None
) -> None:
    loop = asyncio.get_running_loop()
    good_until = loop.time() + ttl_s
    while loop.time() < good_until:
        await asyncio.sleep(ttl_s / _BEATS_PER_TTL)
        began = loop.time()
        try:
            # a database that hangs must not keep us believing in a lease that has run out
            async with asyncio.timeout_at(good_until), db.begin() as tx:
                if not await renew(tx, lease, ttl_s):
                    break
            good_until = began + ttl_s
        except (SQLAlchemyError, OSError) as exc:
            log.warning("lease not renewed, trying again", lease=lease.name, reason=type(exc).__name__)
    lost.set()
    log.warning("lease lost", lease=lease.name)
    if block is not None:
        block.cancel()


async def _give_back(db: Database, lease: Lease) -> None:
    try:
        async with db.begin() as tx:
            await release(tx, lease)
    except (SQLAlchemyError, OSError) as exc:
        log.warning("lease not given back, it will run out", lease=lease.name, reason=type(exc).__name__)
