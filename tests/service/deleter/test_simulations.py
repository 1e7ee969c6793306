"""Simulations: many, fast, without any upstream, and never mistaken for the real thing."""

import asyncio

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import ApprovalStatus, AuditAction, DryRunReason, ExecutionMode, IntegrationType, Trigger
from services.deleter.simulate import settle_due
from tests.service.deleter.rows import DELAY_S, Owner, movie, simulation

pytestmark = pytest.mark.service


async def settle(owner: Owner) -> int:
    """Let the grace period pass and end what needs no upstream; answers how many jobs that were."""
    owner.clock.jump(seconds=DELAY_S + 1)
    count = 0
    while True:
        async with owner.db.begin() as tx:
            ended = await settle_due(tx, owner.clock.now())
        if not ended:
            return count
        count += len(ended)


@pytest.fixture
async def radarr(owner: Owner) -> int:
    return await owner.integration(IntegrationType.RADARR)


@pytest.fixture
async def dry(owner: Owner) -> int:
    return await owner.group(ExecutionMode.DRY_RUN)


async def test_T45_ten_dry_runs_over_an_item_leave_one_row_with_the_newest_values(
    owner: Owner, radarr: int, dry: int
) -> None:
    for number in range(1, 11):
        await owner.enqueue(simulation(radarr, "1", disk_group_id=dry, score=number / 10, size_bytes=number))
        await settle(owner)

    (entry,) = await owner.audit()
    assert (entry.action, entry.dry_run_reason) == (AuditAction.DRY_RUN, DryRunReason.EXECUTION_MODE)
    assert (entry.score, entry.size_bytes, entry.disk_group_id) == (1.0, 10, dry)
    assert await owner.states() == ["simulated"] * 10
    assert await owner.lifetime() == (0, 0)


async def test_T46_real_rows_are_never_replaced_by_a_simulation(owner: Owner, radarr: int, dry: int) -> None:
    await owner.enqueue(simulation(radarr, "1", disk_group_id=dry))
    await settle(owner)
    await owner.execute(update(m.AuditEntry).values(action=AuditAction.DELETED, replaces_simulation=False))

    await owner.enqueue(simulation(radarr, "1", disk_group_id=dry))
    await settle(owner)

    assert [entry.action for entry in await owner.audit()] == [AuditAction.DELETED, AuditAction.DRY_RUN]


async def test_W21_two_items_with_one_title_have_a_row_each(owner: Owner, radarr: int, dry: int) -> None:
    await owner.enqueue(*(simulation(radarr, number, title="Halloween", disk_group_id=dry) for number in ("1", "2")))
    await settle(owner)

    assert len(await owner.audit()) == 2


async def test_two_simulations_of_an_item_that_end_together_leave_one_row(owner: Owner, radarr: int, dry: int) -> None:
    """The first was cancelled long ago in the rows of an import; only the newest one is shown."""
    await owner.enqueue(simulation(radarr, "1", disk_group_id=dry, score=0.1))
    await owner.execute(update(m.DeletionJob).values(state="failed"))
    await owner.enqueue(simulation(radarr, "1", disk_group_id=dry, score=0.2))
    await settle(owner)

    (entry,) = await owner.audit()
    assert entry.score == 0.2


async def test_T25_job_with_real_intent_says_that_deletions_are_off(owner: Owner, radarr: int) -> None:
    auto = await owner.group(ExecutionMode.AUTO)
    await owner.prefer(deletions_enabled=False)
    await owner.enqueue(movie(radarr, "1", disk_group_id=auto, force_dry_run=True))
    await owner.enqueue(movie(radarr, "2", disk_group_id=auto, force_dry_run=False))

    await settle(owner)

    reasons = {(entry.action, entry.dry_run_reason) for entry in await owner.audit()}
    assert reasons == {(AuditAction.DRY_DELETE, DryRunReason.DELETIONS_DISABLED)}
    assert await owner.states() == ["simulated", "simulated"]
    assert (await owner.events()).count("deletion_dry_run") == 2


async def test_approved_item_that_was_only_simulated_waits_for_the_person_again(owner: Owner, radarr: int) -> None:
    group = await owner.group(ExecutionMode.APPROVAL)
    approval = await owner.approval(radarr, "1")
    decided = {"enqueued_mode": ExecutionMode.APPROVAL, "trigger": Trigger.APPROVAL, "approval_id": approval}
    await owner.prefer(deletions_enabled=False)
    await owner.enqueue(movie(radarr, "1", disk_group_id=group, **decided))

    await settle(owner)

    row = await owner.one(select(m.ApprovalItem.status, m.ApprovalItem.last_error))
    assert tuple(row) == (ApprovalStatus.PENDING, "")
    assert await owner.events("approval") == ["approval_returned_to_pending"]


async def test_job_without_group_goes_by_the_default_mode(owner: Owner, radarr: int) -> None:
    await owner.prefer(default_disk_group_mode=ExecutionMode.DRY_RUN)
    await owner.enqueue(movie(radarr, "1"), movie(radarr, "2", enqueued_mode=ExecutionMode.DRY_RUN))

    await settle(owner)

    assert await owner.states() == ["cancelled", "simulated"]


async def test_T34_thousands_are_simulated_also_behind_better_real_jobs(owner: Owner, radarr: int, dry: int) -> None:
    auto = await owner.group(ExecutionMode.AUTO, "/data/other")
    small = {"disk_group_id": auto, "score": 0.9, "size_bytes": 1_000_000}
    real = [movie(radarr, str(number), **small) for number in range(1, 1201)]
    pretended = [simulation(radarr, str(number), disk_group_id=dry, score=0.1) for number in range(2001, 4001)]
    await owner.enqueue(*real, *pretended)

    ended = await settle(owner)

    assert ended == 2000
    assert (await owner.states()).count("waiting") == 1200


async def test_two_replicas_simulate_each_job_once(owner: Owner, radarr: int, dry: int) -> None:
    await owner.enqueue(*(simulation(radarr, str(number), disk_group_id=dry) for number in range(1, 301)))
    owner.clock.jump(seconds=DELAY_S + 1)

    async def replica() -> int:
        async with owner.db.begin() as tx:
            return len(await settle_due(tx, owner.clock.now()))

    counts = [await asyncio.gather(replica(), replica()) for _ in range(2)]

    assert sum(map(sum, counts)) == 300
    assert len(await owner.audit()) == 300
    assert (await owner.events()).count("deletion_dry_run") == 300


async def test_change_of_mode_and_a_settling_queue_do_not_block_each_other(owner: Owner, radarr: int) -> None:
    """The api locks the group and then its jobs; the other order here would be a deadlock."""
    group = await owner.group(ExecutionMode.AUTO)
    await owner.enqueue(*(movie(radarr, str(number), disk_group_id=group) for number in range(1, 101)))
    owner.clock.jump(seconds=DELAY_S + 1)

    async def switch(mode: ExecutionMode) -> None:
        async with owner.db.begin() as tx:
            await tx.execute(update(m.DiskGroup).values(mode=mode, updated_at=owner.clock.now()))
            await asyncio.sleep(0.01)
            await cancel_waiting(tx, m.DeletionJob.disk_group_id == group, "mode", "api", owner.clock.now())

    async def look() -> None:
        async with owner.db.begin() as tx:
            await settle_due(tx, owner.clock.now())

    await asyncio.gather(*(look() for _ in range(5)), switch(ExecutionMode.APPROVAL), *(look() for _ in range(5)))

    assert await owner.states() == ["cancelled"] * 100
    assert len(await owner.audit()) == 100
