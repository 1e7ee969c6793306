"""Seven days of feed, whoever prunes (G25)."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.disk import DiskGroupStale
from libs.common.events.envelope import Envelope
from services.notifier import queries
from services.notifier.queries import FeedRow
from services.notifier.retention import Retention
from tests.harness.jumping_clock import JumpingClock

pytestmark = pytest.mark.service


async def written(database: Database, *times: datetime) -> None:
    event = DiskGroupStale(disk_group_id=3, mount_path="/media")
    rows = [FeedRow(n, Envelope.of_event(event, source="sync", at=at)) for n, at in enumerate(times)]
    async with database.begin() as tx:
        await queries.insert_events(tx, rows)


async def kept(database: Database) -> list[datetime]:
    async with database.connect() as conn:
        found = await conn.execute(select(m.ActivityEvent.created_at).order_by(m.ActivityEvent.created_at))
        return list(found.scalars())


async def test_g25_rows_older_than_seven_days_go_and_younger_ones_stay(database: Database, clock: JumpingClock) -> None:
    now = clock.now()
    young, old = now - timedelta(days=6, hours=23), now - timedelta(days=7, seconds=1)
    await written(database, young, old, now - timedelta(days=90))

    await Retention(database, clock, "one").prune_once()

    assert await kept(database) == [young]


async def test_g25_two_schedulers_do_not_collide(database: Database, clock: JumpingClock) -> None:
    now = clock.now()
    await written(database, *(now - timedelta(days=8, seconds=n) for n in range(50)), now)

    removed = await asyncio.gather(*(Retention(database, clock, name).prune_once() for name in ("one", "two")))

    assert sum(removed) in {0, 50}
    assert await kept(database) == [now]


async def test_month_that_is_over_is_dropped_whole(database: Database, clock: JumpingClock) -> None:
    now = clock.now()
    await written(database, now)
    clock.jump(days=70)

    removed = await Retention(database, clock, "one").prune_once()

    assert removed == 0
    assert await kept(database) == []
