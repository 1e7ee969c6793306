"""What has ended is remembered as long as the audit log, and never forgotten while somebody still counts on it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from structlog.testing import capture_logs

from libs.common.db import models as m
from libs.common.deletions import NewJob, cancel_waiting
from libs.common.domain.enums import ExecutionMode, IntegrationType, JobState, SnapshotState
from services.deleter.retention import Retention
from tests.harness.eventually import eventually
from tests.service.deleter.rows import Owner, movie, simulation

pytestmark = pytest.mark.service

ENDED = (JobState.DELETED, JobState.SIMULATED, JobState.CANCELLED, JobState.FAILED)


@pytest.fixture
async def radarr(owner: Owner) -> int:
    return await owner.integration(IntegrationType.RADARR)


async def ended(owner: Owner, *jobs: NewJob, state: JobState = JobState.CANCELLED, **columns: Any) -> list[int]:
    """Jobs of one completed batch that have ended just now."""
    batch = await owner.batch()
    ids = await owner.enqueue(*jobs, batch=batch)
    job, now = m.DeletionJob, owner.clock.now()
    await owner.execute(update(job).where(job.id.in_(ids)).values(state=state, finished_at=now, **columns))
    await owner.execute(update(m.DeletionBatch).where(m.DeletionBatch.id == batch.id).values(completed_at=now))
    return ids


async def read_since(owner: Owner, integration_id: int) -> None:
    """Source and disks have been read once more."""
    now = owner.clock.now()
    read = {"state": SnapshotState.COMPLETE, "requested_at": now, "started_at": now, "completed_at": now}
    await owner.execute(insert(m.Snapshot).values(integration_id=integration_id, rows_read=1, **read))
    await owner.execute(update(m.DiskGroup).values(read_at=now))


async def pruned(owner: Owner, name: str = "one", chunk: int = 5_000) -> int:
    return await Retention(owner.db, owner.clock, name, chunk=chunk).prune_once()


async def kept(owner: Owner) -> list[int]:
    return [row.id for row in await owner.rows(select(m.DeletionJob.id).order_by(m.DeletionJob.id))]


async def batches(owner: Owner) -> int:
    return len(await owner.rows(select(m.DeletionBatch.id)))


@pytest.mark.parametrize("state", ENDED)
async def test_ended_jobs_go_with_the_preference_of_the_audit_log(owner: Owner, radarr: int, state: JobState) -> None:
    await owner.prefer(audit_log_retention_days=40)
    await ended(owner, movie(radarr, "1"), state=state)
    owner.clock.jump(days=2)
    younger = await ended(owner, movie(radarr, "2"), state=state)
    owner.clock.jump(days=39)
    await read_since(owner, radarr)

    assert await pruned(owner) == 1
    assert await kept(owner) == younger
    assert await batches(owner) == 1


async def test_nothing_but_rehearsals_goes_when_the_audit_log_is_kept_for_ever(owner: Owner, radarr: int) -> None:
    await owner.prefer(audit_log_retention_days=0)
    for number, state in enumerate(ENDED):
        await ended(owner, movie(radarr, str(number + 1)), state=state)
    (rehearsal,) = await ended(owner, simulation(radarr, "9"), state=JobState.SIMULATED)
    owner.clock.jump(days=3650)
    await read_since(owner, radarr)

    assert await pruned(owner) == 1
    assert rehearsal not in await kept(owner)
    assert len(await kept(owner)) == len(ENDED)


async def test_nothing_goes_without_preferences(owner: Owner, radarr: int) -> None:
    jobs = await ended(owner, movie(radarr, "1"), simulation(radarr, "2"), state=JobState.SIMULATED)
    await owner.execute(delete(m.Preferences))
    owner.clock.jump(days=3650)

    assert await pruned(owner) == 0
    assert await kept(owner) == jobs


async def test_simulations_of_runs_go_after_a_day_and_a_cancelled_one_stays(owner: Owner, radarr: int) -> None:
    await ended(owner, simulation(radarr, "1"), state=JobState.SIMULATED)
    cancelled = await ended(owner, simulation(radarr, "2"), state=JobState.CANCELLED)
    owner.clock.jump(hours=23)
    fresh = await ended(owner, simulation(radarr, "3"), state=JobState.SIMULATED)
    owner.clock.jump(hours=2)

    assert await pruned(owner) == 1
    assert await kept(owner) == [*cancelled, *fresh]


async def test_audit_entries_stay_when_their_jobs_go(owner: Owner, radarr: int) -> None:
    await owner.enqueue(movie(radarr, "1"))
    async with owner.db.begin() as tx:
        await cancel_waiting(tx, m.DeletionJob.id > 0, "a person cancelled it", "api", owner.clock.now())
    await owner.execute(update(m.DeletionBatch).values(completed_at=owner.clock.now()))
    owner.clock.jump(days=31)

    assert await pruned(owner) == 1
    assert [entry.media_name for entry in await owner.audit()] == ["Movie 1"]


@pytest.mark.parametrize("state", [state for state in JobState if state not in ENDED])
async def test_unfinished_job_stays_however_old_it_is(owner: Owner, radarr: int, state: JobState) -> None:
    jobs = await ended(owner, movie(radarr, "1"), state=state)
    owner.clock.jump(days=3650)
    await read_since(owner, radarr)

    assert await pruned(owner) == 0
    assert await kept(owner) == jobs


async def test_job_of_an_open_batch_stays_so_that_the_batch_is_told_with_the_right_numbers(
    owner: Owner, radarr: int
) -> None:
    batch = await owner.batch()
    over, waiting = await owner.enqueue(movie(radarr, "1"), movie(radarr, "2"), batch=batch)
    job = m.DeletionJob
    await owner.execute(update(job).where(job.id == over).values(state=JobState.FAILED, finished_at=owner.clock.now()))
    owner.clock.jump(days=3650)

    assert await pruned(owner) == 0
    assert await kept(owner) == [over, waiting]
    assert await batches(owner) == 1


async def test_deletion_stays_until_its_disk_and_its_source_have_been_read_again(owner: Owner, radarr: int) -> None:
    group = await owner.group(ExecutionMode.AUTO)
    jobs = await ended(owner, movie(radarr, "1", disk_group_id=group), state=JobState.DELETED)
    owner.clock.jump(days=60)

    assert await pruned(owner) == 0
    await owner.execute(update(m.DiskGroup).values(read_at=owner.clock.now()))
    assert await pruned(owner) == 0, "the source has not been read"
    await read_since(owner, radarr)
    await owner.execute(update(m.DiskGroup).values(read_at=None))
    assert await pruned(owner) == 0, "nobody knows whether the disk has been read"
    assert await kept(owner) == jobs

    await owner.execute(update(m.DiskGroup).values(read_at=owner.clock.now()))
    assert await pruned(owner) == 1


async def test_deletion_is_remembered_while_its_item_may_return(owner: Owner, radarr: int) -> None:
    await owner.prefer(audit_log_retention_days=7, boomerang_days=30)
    deleted = await ended(owner, movie(radarr, "1"), state=JobState.DELETED)
    await ended(owner, movie(radarr, "2"), state=JobState.FAILED)
    owner.clock.jump(days=29)
    await read_since(owner, radarr)

    assert await pruned(owner) == 1
    assert await kept(owner) == deleted
    owner.clock.jump(days=2)
    assert await pruned(owner) == 1


async def test_batches_go_once_they_are_empty_and_told(owner: Owner, radarr: int) -> None:
    now = owner.clock.now()
    told, _open = await owner.batch(), await owner.batch()
    await owner.execute(update(m.DeletionBatch).where(m.DeletionBatch.id == told.id).values(completed_at=now))
    await ended(owner, movie(radarr, "1"))
    owner.clock.jump(days=2)

    await pruned(owner)

    left = {row.id for row in await owner.rows(select(m.DeletionBatch.id))}
    assert told.id not in left
    assert len(left) == 2, "the open one, and the one with a job"


async def test_many_rows_go_in_pieces_under_two_replicas(owner: Owner, radarr: int) -> None:
    await ended(owner, *(movie(radarr, str(number)) for number in range(1, 101)))
    owner.clock.jump(days=31)
    (young,) = await ended(owner, movie(radarr, "101"))

    removed = await asyncio.gather(*(pruned(owner, name, chunk=7) for name in ("one", "two")))

    assert sum(removed) == 100
    assert await kept(owner) == [young]


async def test_row_that_somebody_holds_is_left_for_the_next_pass(owner: Owner, radarr: int) -> None:
    held, free = await ended(owner, movie(radarr, "1"), movie(radarr, "2"))
    owner.clock.jump(days=31)

    async with owner.db.begin() as tx:
        await tx.execute(select(m.DeletionJob.id).where(m.DeletionJob.id == held).with_for_update())
        assert await pruned(owner) == 1
        assert await kept(owner) == [held]

    assert await pruned(owner) == 1
    assert free not in await kept(owner)


async def test_pass_that_fails_is_told_and_made_up_for(owner: Owner, radarr: int) -> None:
    await ended(owner, movie(radarr, "1"))
    owner.clock.jump(days=31)
    await owner.execute(text("alter table leases rename to elsewhere"))
    with capture_logs() as logs:
        running = asyncio.create_task(Retention(owner.db, owner.clock, "one", every_s=0.01).run())
        try:
            await eventually(lambda: [line for line in logs if line["event"] == "ended jobs not pruned"])
            await owner.execute(text("alter table elsewhere rename to leases"))

            async def emptied() -> bool:
                return await kept(owner) == []

            await eventually(emptied)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
