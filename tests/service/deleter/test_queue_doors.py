"""How jobs enter and leave the queue, on a real database."""

import asyncio
from datetime import timedelta
from itertools import chain, pairwise

import pytest
from sqlalchemy import ColumnElement, select, true

from libs.common.db import models as m
from libs.common.deletions import NewJob, cancel_waiting, enqueue_jobs, grace_delay_s, restart_delay
from libs.common.domain.enums import ApprovalStatus, AuditAction, ExecutionMode, IntegrationType, MediaType, Trigger
from libs.common.domain.target import InvalidTargetError
from tests.service.deleter.rows import DELAY_S, Owner, movie


async def cancel(
    owner: Owner, where: ColumnElement[bool] | None = None, reason: str = "a person cancelled it"
) -> list[int]:
    """Cancel by a condition, or everything, as the api does it."""
    async with owner.db.begin() as tx:
        chosen = true() if where is None else where
        jobs = await cancel_waiting(tx, chosen, reason, "api", owner.clock.now())
        await restart_delay(tx, owner.clock.now())
    return [job.id for job in jobs]


async def test_T3_a_target_has_one_active_job_however_often_it_is_queued(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)

    first = await owner.enqueue(movie(radarr, "1"), movie(radarr, "1"))
    again = await owner.enqueue(movie(radarr, "1"), movie(radarr, "2"))

    assert len(first) == 1
    assert len(again) == 1
    assert len(await owner.states()) == 2
    assert await owner.events() == ["deletion_queued", "deletion_queued"]


async def test_two_producers_of_the_same_items_do_not_block_each_other(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    jobs = [movie(radarr, str(number)) for number in range(1, 201)]

    created = await asyncio.gather(owner.enqueue(*jobs), owner.enqueue(*reversed(jobs)))

    assert sum(map(len, created)) == 200
    assert await owner.states() == ["waiting"] * 200


async def test_an_ended_job_does_not_keep_its_item_from_being_queued_again(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.enqueue(movie(radarr, "1"))
    await cancel(owner)

    again = await owner.enqueue(movie(radarr, "1"))

    assert len(again) == 1
    assert await owner.states() == ["cancelled", "waiting"]


async def test_T4_each_job_waits_its_own_delay(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    (first,) = await owner.enqueue(movie(radarr, "1"), delay_s=90)
    owner.clock.jump(seconds=60)
    (second,) = await owner.enqueue(movie(radarr, "2"), delay_s=90)

    rows = [await owner.job(first), await owner.job(second)]

    assert [row.not_before - row.created_at for row in rows] == [timedelta(seconds=90)] * 2


@pytest.mark.parametrize("delay_s", [0, -5])
async def test_a_delay_that_is_no_delay_becomes_thirty_seconds(owner: Owner, delay_s: int) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.prefer(deletion_queue_delay_seconds=delay_s)
    (job_id,) = await owner.enqueue(movie(radarr, "1"), delay_s=delay_s)

    row = await owner.job(job_id)
    async with owner.db.connect() as conn:
        preferred = await grace_delay_s(conn)

    assert row.not_before - row.created_at == timedelta(seconds=30)
    assert preferred == 30


@pytest.mark.parametrize("external_id", ["", "0", "-1", "all", "../", "7,8", " 7", "7-s1"])
def test_S01_S02_a_job_without_a_typed_target_cannot_be_built(external_id: str) -> None:
    with pytest.raises(InvalidTargetError):
        movie(1, external_id)


def test_S28_a_job_simulates_unless_somebody_said_otherwise() -> None:
    job = NewJob(
        integration_id=1,
        media_type=MediaType.MOVIE,
        external_id="1",
        title="x",
        size_bytes=1,
        trigger=Trigger.USER,
        disk_group_id=None,
        enqueued_mode=ExecutionMode.AUTO,
    )

    assert job.force_dry_run


async def test_T32_a_cancelled_job_is_recorded_with_all_its_facts(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    group, run = await owner.group(), await owner.run()
    batch = await owner.batch(run)
    (job_id,) = await owner.enqueue(
        movie(radarr, "1", disk_group_id=group, collection_group="Trilogy", score=0.7), batch=batch
    )

    await cancel(owner)

    (entry,) = await owner.audit()
    job = await owner.job(job_id)
    assert entry.action is AuditAction.CANCELLED
    assert (entry.integration_id, entry.external_id, entry.disk_group_id) == (radarr, "1", group)
    assert (entry.score, entry.score_details, entry.size_bytes) == (0.7, job.score_details, job.size_bytes)
    assert (entry.collection_group, entry.run_id, entry.job_id) == ("Trilogy", run, job_id)
    assert entry.reason == job.last_error == "a person cancelled it"
    assert job.finished_at is not None
    assert await owner.events() == ["deletion_queued", "deletion_cancelled"]


async def test_T11_only_the_addressed_job_is_cancelled(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    old, new = await owner.enqueue(movie(radarr, "1", title="Halloween"), movie(radarr, "2", title="Halloween"))

    assert await cancel(owner, m.DeletionJob.id == old) == [old]

    assert (await owner.job(new)).state.value == "waiting"


async def test_T16_a_cancelled_job_sends_its_approval_back_to_the_person(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    approval = await owner.approval(radarr, "1")
    await owner.enqueue(movie(radarr, "1", approval_id=approval, trigger=Trigger.APPROVAL))

    await cancel(owner)

    row = await owner.one(select(m.ApprovalItem.status, m.ApprovalItem.version, m.ApprovalItem.last_error))
    assert tuple(row) == (ApprovalStatus.PENDING, 2, "a person cancelled it")
    assert await owner.events("approval") == ["approval_returned_to_pending"]


async def test_T12_an_approval_of_another_item_never_changes(owner: Owner) -> None:
    """A job that names another item's approval, as after an import of old rows."""
    radarr = await owner.integration(IntegrationType.RADARR)
    other = await owner.approval(radarr, "2")
    await owner.enqueue(movie(radarr, "1", approval_id=other))

    await cancel(owner)

    assert (await owner.one(select(m.ApprovalItem.status))).status is ApprovalStatus.APPROVED


async def test_T31_three_hundred_jobs_are_cleared_by_one_request(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    group, run = await owner.group(), await owner.run()
    jobs = [movie(radarr, str(number), disk_group_id=group, score=number / 1000) for number in range(1, 301)]
    ids = await owner.enqueue(*jobs, batch=await owner.batch(run))

    cancelled = await cancel(owner)

    assert cancelled == sorted(ids)
    assert await owner.states() == ["cancelled"] * 300
    entries = await owner.audit()
    assert sorted(entry.job_id for entry in entries) == sorted(ids)
    assert {(e.integration_id, e.disk_group_id, e.run_id, e.action, e.reason) for e in entries} == {
        (radarr, group, run, AuditAction.CANCELLED, "a person cancelled it")
    }
    assert {(e.external_id, e.media_name, e.score) for e in entries} == {
        (job.external_id, job.title, job.score) for job in jobs
    }
    assert {e.size_bytes for e in entries} == {jobs[0].size_bytes}
    assert {e.score_details for e in entries} == {jobs[0].score_details}
    assert all(e.evidence["diskGroup"]["id"] == group for e in entries)
    assert (await owner.events()).count("deletion_cancelled") == 300


async def test_cancelling_one_lets_the_others_wait_anew_and_none_becomes_due_earlier(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    due, addressed = await owner.enqueue(movie(radarr, "1"), movie(radarr, "2"))
    owner.clock.jump(seconds=DELAY_S + 1)
    (soon,) = await owner.enqueue(movie(radarr, "3"))
    (late,) = await owner.enqueue(movie(radarr, "4"), delay_s=3600)
    before = [(await owner.job(job_id)).not_before for job_id in (due, soon, late)]
    owner.clock.jump(seconds=10)

    await cancel(owner, m.DeletionJob.id == addressed)

    after = [(await owner.job(job_id)).not_before for job_id in (due, soon, late)]
    moved_s = [(later - earlier).total_seconds() for earlier, later in zip(before, after, strict=True)]
    assert moved_s[0] == moved_s[2] == 0
    assert moved_s[1] == pytest.approx(10, abs=2)


async def test_many_people_cancelling_at_once_do_not_block_each_other(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    ids = await owner.enqueue(*(movie(radarr, str(number)) for number in range(1, 21)))

    cancelled = await asyncio.gather(*(cancel(owner, m.DeletionJob.id == job_id) for job_id in ids))

    assert sorted(chain.from_iterable(cancelled)) == sorted(ids)
    assert len(await owner.audit()) == 20


async def test_T17_a_job_that_cannot_be_created_takes_its_approval_with_it(owner: Owner) -> None:
    """The caller's transaction is the unit: nothing of it stays."""
    radarr = await owner.integration(IntegrationType.RADARR)
    batch = await owner.batch()

    async def approve_two() -> None:
        async with owner.db.begin() as tx:
            now = owner.clock.now()
            await enqueue_jobs(tx, [movie(radarr, "1")], batch=batch, source="api", now=now, delay_s=DELAY_S)
            await enqueue_jobs(tx, [movie(radarr, "")], batch=batch, source="api", now=now, delay_s=DELAY_S)

    with pytest.raises(InvalidTargetError):
        await approve_two()

    assert await owner.states() == []
    assert await owner.events() == []


async def test_a_large_run_is_queued_in_few_statements(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    count = 5000

    ids = await owner.enqueue(*(movie(radarr, str(number)) for number in range(1, count + 1)))

    assert len(ids) == count
    assert all(earlier < later for earlier, later in pairwise(sorted(ids)))
    assert len(await cancel(owner)) == count
