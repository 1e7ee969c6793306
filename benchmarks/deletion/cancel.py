"""Clearing the deletion queue against cancelling its jobs one by one, in the same run.

Both ways write the same rows, audit entries and events; the ratio says what one statement for all of them saves,
whatever the machine.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import ColumnElement, insert, true

from benchmarks.town import server
from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.deletions import NewJob, cancel_waiting, enqueue_jobs, open_batch, restart_delay
from libs.common.domain.enums import ExecutionMode, IntegrationType, MediaType, Trigger
from libs.local.postgres import EmbeddedPostgres

DELAY_S = 3600

_MOST_ONE_BY_ONE = 300
"""Of a long queue so many are cancelled one by one, and the time for all is worked out from them."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue to fill and to empty; business time stands at the clock's moment."""

    db: Database
    clock: Clock
    integration_id: int

    async def fill(self, count: int) -> list[int]:
        """So many waiting jobs; answers their ids."""
        jobs = [_movie(self.integration_id, number) for number in range(1, count + 1)]
        async with self.db.begin() as tx:
            now = self.clock.now()
            batch = await open_batch(tx, None, now)
            return await enqueue_jobs(tx, jobs, batch=batch, source="engine", now=now, delay_s=DELAY_S)

    async def cancel(self, where: ColumnElement[bool]) -> int:
        """As the api does it for a person; answers how many."""
        async with self.db.begin() as tx:
            now = self.clock.now()
            cancelled = await cancel_waiting(tx, where, "a person cancelled it", "api", now)
            await restart_delay(tx, now)
        return len(cancelled)

    async def clear(self) -> int:
        """All at once."""
        return await self.cancel(true())

    async def cancel_each(self, ids: Sequence[int]) -> int:
        """One request after the other."""
        return sum([await self.cancel(m.DeletionJob.id == job_id) for job_id in ids])


def _movie(integration_id: int, number: int) -> NewJob:
    return NewJob(
        integration_id=integration_id,
        media_type=MediaType.MOVIE,
        external_id=str(number),
        title=f"Movie {number}",
        size_bytes=10_000_000_000,
        trigger=Trigger.ENGINE,
        disk_group_id=None,
        enqueued_mode=ExecutionMode.AUTO,
    )


async def clear_s(queue: Queue, count: int) -> float:
    """Seconds that it takes to clear a queue of `count` jobs; filling it is not counted."""
    await queue.fill(count)
    return await _timed(queue.clear(), count)


async def cancel_each_s(queue: Queue, count: int) -> float:
    """Seconds that it takes to cancel each of `count` jobs for itself."""
    ids = (await queue.fill(count))[:_MOST_ONE_BY_ONE]
    took_s = await _timed(queue.cancel_each(ids), len(ids))
    await queue.clear()
    return took_s * count / len(ids)


async def _timed(cancelling: Awaitable[int], count: int) -> float:
    began = time.monotonic()
    cancelled = await cancelling
    if cancelled != count:
        raise SystemExit(f"{cancelled} of {count} jobs were cancelled")
    return time.monotonic() - began


def table(counts: Sequence[int], rounds: int) -> list[str]:
    """One row for each size of the queue; medians of the rounds."""
    with tempfile.TemporaryDirectory() as folder, server(EmbeddedPostgres(Path(folder))) as url:
        rows = asyncio.run(_measure(url, counts, rounds))
    return ["| waiting jobs | cleared at once, s | one by one, s | times |", "|---|---|---|---|", *rows]


async def _measure(url: str, counts: Sequence[int], rounds: int) -> list[str]:
    """The two ways take turns, so that both meet the same machine."""
    await migrate(url)
    db, clock = Database(url), Clock(None)
    try:
        queue = Queue(db, clock, await _integration(db, clock))
        return [await _compared(queue, count, rounds) for count in counts]
    finally:
        await db.dispose()


async def _compared(queue: Queue, count: int, rounds: int) -> str:
    pairs = [(await clear_s(queue, count), await cancel_each_s(queue, count)) for _ in range(rounds)]
    at_once_s, one_by_one_s = (median(times) for times in zip(*pairs, strict=True))
    return f"| {count:,} | {at_once_s:.2f} | {one_by_one_s:.1f} | {one_by_one_s / at_once_s:.0f} |"


async def _integration(db: Database, clock: Clock) -> int:
    row, now = m.Integration, clock.now()
    values = {"type": IntegrationType.RADARR, "name": "Radarr", "url": "http://127.0.0.1:9", "api_key": b""}
    async with db.begin() as tx:
        added = await tx.execute(insert(row).values(**values, created_at=now, updated_at=now).returning(row.id))
        return int(added.scalar_one())
