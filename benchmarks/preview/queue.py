"""From a cancelled deletion to the whole `/preview` that does not show it in the queue any more.

The clock runs from the call that cancels. A client asks for the list again as soon as it has an answer, with the tag of
what it has.
"""

import asyncio
import random
import time
from functools import partial

import httpx
from sqlalchemy import select

from benchmarks.preview.house import House, house_of
from benchmarks.preview.watch import Watch, quantiles
from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions import NewJob, enqueue_jobs, open_batch
from libs.common.domain.enums import ExecutionMode, Trigger

_QUIET_S = 1.5
_SEED = 4
_DELAY_S = 3600
_IN_QUEUE = b'"queueStatus":"deleting"'


def measure(items: int, cancels: int, patience_s: float) -> list[float]:
    """Seconds, one for each of so many cancelled deletions. Nothing here would carry them out."""
    with house_of(items, patience_s) as house:
        return asyncio.run(_measure(house, cancels, patience_s))


async def _measure(house: House, cancels: int, patience_s: float) -> list[float]:
    seconds, chance = [], random.Random(_SEED)
    queued = await _fill(house.database_url, cancels)
    async with httpx.AsyncClient(timeout=patience_s, headers=house.headers) as client:
        watch = Watch(client, house.url)
        await watch.until_shown(partial(_shows, cancels))
        for left, job_id in reversed(list(enumerate(queued))):
            await asyncio.sleep(_QUIET_S + chance.random())
            began = time.monotonic()
            seen = asyncio.create_task(watch.until_shown(partial(_shows, left)))
            answer = await client.delete(f"{house.url}/deletion-queue", params={"id": job_id})
            answer.raise_for_status()
            seconds.append(await seen - began)
    return seconds


def _shows(in_queue: int, text: bytes) -> bool:
    return text.count(_IN_QUEUE) == in_queue


async def _fill(database_url: str, count: int) -> list[int]:
    """So many waiting deletions of movies that are there; answers their ids."""
    db, clock, item = Database(database_url, pool_size=1), Clock(None), m.MediaItem
    try:
        async with db.begin() as tx:
            rows = (await tx.execute(select(item.__table__).order_by(item.id).limit(count))).all()
            batch = await open_batch(tx, None, clock.now())
            jobs = [
                NewJob(
                    integration_id=row.integration_id,
                    media_type=row.media_type,
                    external_id=row.external_id,
                    title=row.title,
                    size_bytes=row.size_bytes,
                    trigger=Trigger.ENGINE,
                    disk_group_id=None,
                    enqueued_mode=ExecutionMode.AUTO,
                    force_dry_run=False,
                )
                for row in rows
            ]
            return await enqueue_jobs(tx, jobs, batch=batch, source="engine", now=clock.now(), delay_s=_DELAY_S)
    finally:
        await db.dispose()


def table(items: int, seconds: list[float]) -> list[str]:
    """One row."""
    rows = ["| items | cancelled | until | p50, s | p95, s | most, s |", "|---|---|---|---|---|---|"]
    return [*rows, f"| {items:,} | {len(seconds)} | gone from the queue in `/preview` | {quantiles(seconds)} |"]
