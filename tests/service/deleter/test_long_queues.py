"""What a claim reads of a long queue and of a large library: a few rows, counted by Postgres itself."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import Job
from libs.common.domain.enums import ExecutionMode, IntegrationType, MediaType
from services.deleter.queries_claim import neighbour, next_job, under_way
from services.deleter.queries_due import busy_integrations, due_groups
from services.deleter.queries_switches import read_groups, read_switches
from tests.service.deleter.rows import DELAY_S, Owner, movie

LONG = 1000
FEW = 50

_READ = text("select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = :table")


async def rows_read(tx: AsyncConnection, table: str, asked: Callable[[], Awaitable[Any]]) -> tuple[Any, int]:
    """What was answered, and how many rows of the table were looked at for it."""
    before = (await tx.execute(_READ, {"table": table})).scalar_one()
    answer = await asked()
    return answer, (await tx.execute(_READ, {"table": table})).scalar_one() - before


@pytest.mark.parametrize("is_counted", [False, True], ids=["just queued", "with statistics"])
async def test_a_claim_looks_at_few_of_many_jobs(owner: Owner, is_counted: bool) -> None:
    radarr, group_id = await owner.integration(IntegrationType.RADARR), await owner.group(ExecutionMode.AUTO)
    placed = {"disk_group_id": group_id, "enqueued_mode": ExecutionMode.AUTO, "force_dry_run": False}
    await owner.enqueue(*[movie(radarr, str(number), score=number / LONG, **placed) for number in range(1, LONG + 1)])
    if is_counted:
        await owner.execute(text("analyze deletion_jobs"))
    owner.clock.jump(seconds=DELAY_S + 1)
    now = owner.clock.now()

    async with owner.db.begin() as tx:

        async def claim() -> Any:
            assert await busy_integrations(tx, now) == [radarr]
            found = await due_groups(tx, now, radarr)
            switches, groups = await read_switches(tx), await read_groups(tx, found)
            assert await under_way(tx, radarr) is None
            return await next_job(tx, radarr, now, switches, groups.values())

        best, read = await rows_read(tx, "deletion_jobs", claim)

    assert best.external_id == str(LONG)
    assert read < FEW


async def test_S22_a_neighbour_is_found_without_reading_the_library(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    now = owner.clock.now()
    folders = [f"/movies/{number}" for number in range(1, LONG + 1)] + ["/movies/7 - Extended", "/movies/7/Bonus"]
    items = [
        {
            "integration_id": radarr,
            "external_id": str(number),
            "media_type": MediaType.MOVIE,
            "title": path,
            "size_bytes": 1,
            "path": path,
            "monitored": True,
            "snapshot_id": 1,
            "seen_at": now,
            "first_seen_at": now,
        }
        for number, path in enumerate(folders, 1)
    ]
    async with owner.db.begin() as tx:
        await tx.execute(insert(m.MediaItem), items)
        await tx.execute(text("analyze media_items"))
    (job_id,) = await owner.enqueue(movie(radarr, "7"))
    job = Job.of_row(await owner.job(job_id))

    async with owner.db.begin() as tx:
        inside, read = await rows_read(tx, "media_items", lambda: neighbour(tx, job, "/movies/7"))
        alone = await neighbour(tx, job, "/movies/700")

    assert (inside, alone) == ("/movies/7/Bonus", "/movies/700")
    assert read < FEW
