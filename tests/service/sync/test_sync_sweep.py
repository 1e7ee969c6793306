"""What happens without any message: due reads are found, and groups that nobody reports age."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text, update

from libs.common.db import models as m
from libs.common.domain.enums import SnapshotState
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.disks import queries as disks
from services.sync.fetch import PARALLEL_SOURCES, Reader
from services.sync.snapshots import queries
from services.sync.snapshots.lease import SnapshotLostError, kept
from services.sync.sweep import Sweep
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import House

pytestmark = pytest.mark.service


async def complete(house: House) -> list[int]:
    done = select(m.Snapshot.id).where(m.Snapshot.state == SnapshotState.COMPLETE).order_by(m.Snapshot.id)
    return [row.id for row in await house.rows(done)]


async def test_lost_messages_and_dead_readers_lose_no_read(
    house: House, clock: JumpingClock, new_reader: Callable[..., Reader], town: SimulatorServer
) -> None:
    sources = [await house.connect(town.instance("radarr")) for _ in range(3)]
    snapshots = [await house.request(source) for source in sources]
    async with house.db.begin() as tx:
        await queries.claim(tx, snapshots[0], "a reader that died", house.now)
        await queries.claim(tx, snapshots[1], "a reader at work", house.now)
    past = func.clock_timestamp() - text("interval '1 second'")
    await house.execute(update(m.Snapshot).where(m.Snapshot.id == snapshots[0]).values(lease_until=past))

    sweeping = asyncio.create_task(Sweep(house.db, clock, new_reader(), every_s=0.05).run())
    expected = [snapshots[0], snapshots[2]]

    async def read() -> bool:
        return await complete(house) == expected

    await eventually(read)
    sweeping.cancel()
    assert (await house.snapshot(snapshots[1])).lease_owner == "a reader at work"


async def test_no_more_sources_are_read_at_once_than_there_are_places(
    house: House, clock: JumpingClock, reader: Reader, town: SimulatorServer
) -> None:
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=30, path_glob="*/movie*"))
    for _ in range(PARALLEL_SOURCES + 2):
        await house.request(await house.connect(town.instance("radarr")))
    sweep = Sweep(house.db, clock, reader)

    await sweep.look_once()
    await eventually(lambda: hang.hits == PARALLEL_SOURCES)
    await sweep.look_once()
    reading = await house.rows(select(m.Snapshot).where(m.Snapshot.state == SnapshotState.READING))
    town.heal()

    assert len(reading) == PARALLEL_SOURCES

    async def read() -> bool:
        await sweep.look_once()
        return len(await complete(house)) == PARALLEL_SOURCES + 2

    await eventually(read)


async def test_T55_groups_without_any_reporter_go_stale_and_are_reaped_without_a_read(
    house: House, clock: JumpingClock, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await reader.read(await house.request(radarr))
    sweep = Sweep(house.db, clock, reader)
    await sweep.look_once()
    active = await house.groups()

    await house.execute(update(m.Integration).values(enabled=False))
    await sweep.look_once()
    stale = await house.groups()
    clock.jump(days=6, hours=23)
    await sweep.look_once()
    still = await house.groups()
    clock.jump(hours=2)
    await sweep.look_once()

    assert [group.stale_since for group in active.values()] == [None]
    assert stale.keys() == still.keys() == active.keys()
    assert all(group.stale_since is not None for group in stale.values())
    assert await house.groups() == {}
    assert {item.disk_group_id for item in await house.rows(select(m.MediaItem.disk_group_id))} == {None}
    assert await house.events() == ["disk_group_stale", "disk_group_reaped"]


async def test_reader_whose_snapshot_was_taken_over_is_stopped(house: House, town: SimulatorServer) -> None:
    snapshot_id = await house.request(await house.connect(town.instance("radarr")))
    async with house.db.begin() as tx:
        claimed = await queries.claim(tx, snapshot_id, "first", house.now)
    assert claimed is not None

    async def work() -> None:
        async with kept(house.db, claimed, beat_s=0.02):
            await house.execute(update(m.Snapshot).values(lease_owner="second"))
            await asyncio.Event().wait()

    with pytest.raises(SnapshotLostError):
        await asyncio.wait_for(work(), timeout=10)


async def test_snapshot_that_is_being_committed_is_taken_over_by_nobody(house: House, town: SimulatorServer) -> None:
    snapshot_id = await house.request(await house.connect(town.instance("radarr")))
    async with house.db.begin() as tx:
        claimed = await queries.claim(tx, snapshot_id, "first", house.now)
    assert claimed is not None
    past = func.clock_timestamp() - text("interval '1 hour'")
    await house.execute(update(m.Snapshot).values(lease_until=past))

    async with house.db.begin() as committing:
        assert await queries.hold(committing, claimed)
        async with house.db.begin() as tx:
            second = await queries.claim(tx, snapshot_id, "second", house.now)
        complete = queries.Ended(SnapshotState.COMPLETE, rows_read=0)
        await queries.end(committing, claimed, complete, house.now)

    assert second is None
    assert (await house.snapshot(snapshot_id)).state is SnapshotState.COMPLETE


async def test_commit_that_waits_for_another_is_neither_repeated_nor_given_up(
    house: House, new_reader: Callable[..., Reader], town: SimulatorServer
) -> None:
    snapshot_id = await house.request(await house.connect(town.instance("radarr")))
    waiting = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")

    async def commit_waits() -> bool:
        return bool((await house.rows(waiting))[0].count == 1)

    async with house.db.begin() as tx:
        await disks.lock_groups(tx)
        first = asyncio.create_task(new_reader().read(snapshot_id))
        await eventually(commit_waits)
        second = await new_reader().read(snapshot_id)
    report = await first

    assert second is None
    assert report is not None
    assert report.media_count == 10


async def test_lease_of_a_living_reader_does_not_run_out(house: House, town: SimulatorServer) -> None:
    snapshot_id = await house.request(await house.connect(town.instance("radarr")))
    async with house.db.begin() as tx:
        claimed = await queries.claim(tx, snapshot_id, "first", house.now)
    assert claimed is not None
    first = (await house.snapshot(snapshot_id)).lease_until

    async def renewed() -> bool:
        return bool((await house.snapshot(snapshot_id)).lease_until > first)

    async with kept(house.db, claimed, beat_s=0.02):
        assert await eventually(renewed)
