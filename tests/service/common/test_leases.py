"""A lease has one holder; a stale holder cannot commit."""

import asyncio

import pytest
from sqlalchemy import text

from libs.common.db import Database
from libs.common.locks.leases import Lease, LeaseLostError, acquire, hold_lease, release, renew, require


async def take(database: Database, owner: str, ttl_s: float = 60) -> Lease | None:
    async with database.begin() as tx:
        return await acquire(tx, "engine", owner, ttl_s)


async def expire(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update leases set expires_at = clock_timestamp() - interval '1 second'"))


async def test_second_owner_waits_until_the_first_gives_back(database: Database) -> None:
    first = await take(database, "a")
    assert first is not None
    assert await take(database, "b") is None

    async with database.begin() as tx:
        await release(tx, first)

    assert await take(database, "b") is not None


async def test_fence_rises_with_every_holder(database: Database) -> None:
    first = await take(database, "a")
    await expire(database)
    second = await take(database, "b")

    assert first is not None
    assert second is not None
    assert second.fence > first.fence


async def test_stale_holder_can_neither_renew_nor_commit(database: Database) -> None:
    stale = await take(database, "a")
    assert stale is not None
    await expire(database)
    await take(database, "b")

    async with database.begin() as tx:
        assert not await renew(tx, stale, 60)
    with pytest.raises(LeaseLostError):
        async with database.begin() as tx:
            await require(tx, stale)


async def test_race_for_a_lease_has_one_winner(database: Database) -> None:
    taken = await asyncio.gather(*(take(database, f"owner {number}") for number in range(8)))

    assert len([lease for lease in taken if lease is not None]) == 1


async def test_held_lease_is_renewed_beyond_its_time(database: Database) -> None:
    async with hold_lease(database, "engine", "a", 0.6) as lease:
        assert lease is not None
        await asyncio.sleep(0.9)
        assert await take(database, "b") is None

    assert await take(database, "b") is not None


async def test_work_under_a_lost_lease_is_stopped(database: Database) -> None:
    async def work() -> None:
        async with hold_lease(database, "engine", "a", 0.3):
            await expire(database)
            await take(database, "b")
            await asyncio.sleep(10)

    with pytest.raises(LeaseLostError):
        await work()


async def test_block_learns_that_someone_else_holds_the_lease(database: Database) -> None:
    await take(database, "a")

    async with hold_lease(database, "engine", "b", 60) as lease:
        assert lease is None
