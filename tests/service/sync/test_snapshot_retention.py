"""How long reads are remembered."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, SnapshotState
from services.sync.fetch import Reader
from services.sync.snapshots.retention import KEPT_PER_SOURCE, SnapshotRetention
from services.sync.sweep import Sweep
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import House

pytestmark = pytest.mark.service

COMPLETE, FAILED, REQUESTED = SnapshotState.COMPLETE, SnapshotState.FAILED, SnapshotState.REQUESTED
YEAR_AGO, YESTERDAY = timedelta(days=365), timedelta(days=1)


async def reads(house: House, integration_id: int, state: SnapshotState, count: int, age: timedelta) -> list[int]:
    """So many reads, a minute apart; answers their ids, oldest first."""
    rows = []
    for number in range(count):
        at = house.now - age + timedelta(minutes=number)
        done = at if state is COMPLETE else None
        rows.append(
            {
                "integration_id": integration_id,
                "state": state,
                "requested_at": at,
                "started_at": at,
                "completed_at": done,
            }
        )
    async with house.db.begin() as tx:
        wanted = insert(m.Snapshot).returning(m.Snapshot.id, sort_by_parameter_order=True)
        return list((await tx.execute(wanted, rows)).scalars())


async def remembered(house: House, integration_id: int) -> list[int]:
    found = select(m.Snapshot.id).where(m.Snapshot.integration_id == integration_id).order_by(m.Snapshot.id)
    return [row.id for row in await house.rows(found)]


async def test_newest_of_each_source_and_all_of_the_last_week_stay(house: House, clock: JumpingClock) -> None:
    busy, quiet = [await house.integration(IntegrationType.RADARR) for _ in range(2)]
    old = await reads(house, busy, COMPLETE, 100, YEAR_AGO)
    recent = await reads(house, busy, COMPLETE, 60, YESTERDAY)
    few = await reads(house, quiet, COMPLETE, KEPT_PER_SOURCE, YEAR_AGO)

    removed = await SnapshotRetention(house.db, clock).prune_if_due()

    assert removed == len(old)
    assert await remembered(house, busy) == recent
    assert await remembered(house, quiet) == few


async def test_newest_fifty_stay_however_old(house: House, clock: JumpingClock) -> None:
    source = await house.integration(IntegrationType.RADARR)
    old = await reads(house, source, COMPLETE, 80, YEAR_AGO)

    await SnapshotRetention(house.db, clock).prune_if_due()

    assert await remembered(house, source) == old[-KEPT_PER_SOURCE:]


async def test_newest_complete_read_outlives_every_failure_behind_it(house: House, clock: JumpingClock) -> None:
    source = await house.integration(IntegrationType.RADARR)
    complete = await reads(house, source, COMPLETE, 3, YEAR_AGO)
    failed = await reads(house, source, FAILED, 200, YEAR_AGO / 2)

    await SnapshotRetention(house.db, clock).prune_if_due()

    assert await remembered(house, source) == [complete[-1], *failed[-KEPT_PER_SOURCE:]]


async def test_open_read_is_never_forgotten(house: House, clock: JumpingClock) -> None:
    source = await house.integration(IntegrationType.RADARR)
    (waiting,) = await reads(house, source, REQUESTED, 1, YEAR_AGO)
    failed = await reads(house, source, FAILED, 60, YEAR_AGO / 2)

    await SnapshotRetention(house.db, clock).prune_if_due()

    assert await remembered(house, source) == [waiting, *failed[-KEPT_PER_SOURCE:]]


async def test_two_replicas_prune_in_chunks_side_by_side(house: House, clock: JumpingClock) -> None:
    source = await house.integration(IntegrationType.RADARR)
    old = await reads(house, source, FAILED, 300, YEAR_AGO)
    replicas = [SnapshotRetention(house.db, clock, chunk=20) for _ in range(2)]

    removed = await asyncio.gather(*(replica.prune_if_due() for replica in replicas))

    assert sum(removed) == 250
    assert await remembered(house, source) == old[-KEPT_PER_SOURCE:]


async def test_replica_passes_over_rows_that_another_one_is_removing(house: House, clock: JumpingClock) -> None:
    source = await house.integration(IntegrationType.RADARR)
    old = await reads(house, source, FAILED, 100, YEAR_AGO)

    async with house.db.begin() as other:
        await other.execute(delete(m.Snapshot).where(m.Snapshot.id.in_(old[:30])))
        removed = await asyncio.wait_for(SnapshotRetention(house.db, clock).prune_if_due(), timeout=10)

    assert removed == 20
    assert await remembered(house, source) == old[-KEPT_PER_SOURCE:]


async def test_sweep_prunes_now_and_then_not_at_every_look(house: House, clock: JumpingClock, reader: Reader) -> None:
    source = await house.integration(IntegrationType.RADARR)
    sweep = Sweep(house.db, clock, reader)
    await reads(house, source, FAILED, 60, YEAR_AGO)
    await sweep.look_once()
    after_first = len(await remembered(house, source))

    await reads(house, source, FAILED, 10, YEAR_AGO)
    await sweep.look_once()

    assert after_first == KEPT_PER_SOURCE
    assert len(await remembered(house, source)) == KEPT_PER_SOURCE + 10
