"""Sliding windows in Postgres: shared by the replicas, surviving restarts. A refused request leaves no mark."""

import math

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SERIALISE = text("select pg_advisory_xact_lock(hashtextextended(:bucket || ' ' || :client, 2187))")
_FORGET = text(
    "delete from rate_limit_hits"
    " where bucket = :bucket and client = :client and at <= clock_timestamp() - make_interval(secs => :window_s)"
)
_COUNT = text(
    "select count(*) as hits,"
    " extract(epoch from min(at) + make_interval(secs => :window_s) - clock_timestamp()) as wait_s"
    " from rate_limit_hits where bucket = :bucket and client = :client"
)
_MARK = text("insert into rate_limit_hits (bucket, client, at) values (:bucket, :client, clock_timestamp())")
_PRUNE = text("delete from rate_limit_hits where at < clock_timestamp() - make_interval(secs => :window_s)")


async def take(tx: AsyncConnection, bucket: str, client: str, *, limit: int, window_s: int) -> int | None:
    """Count one request; None when it may go on, else the seconds until the next one may. Real time of the database."""
    key = {"bucket": bucket, "client": client}
    await tx.execute(_SERIALISE, key)
    await tx.execute(_FORGET, key | {"window_s": window_s})
    row = (await tx.execute(_COUNT, key | {"window_s": window_s})).one()
    if int(row.hits) >= limit:
        return max(1, math.ceil(float(row.wait_s)))
    await tx.execute(_MARK, key)
    return None


async def prune(tx: AsyncConnection, window_s: int) -> int:
    """Drop the marks of clients that never came back; answers how many."""
    return (await tx.execute(_PRUNE, {"window_s": window_s})).rowcount
