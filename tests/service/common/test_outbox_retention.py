"""The outbox forgets whole months, and never one that still has something to send."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, text

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.partitions import ensure_partitions
from libs.common.ids import uuid7
from libs.common.messaging.outbox_retention import drop_published_months

TODAY = date(2031, 4, 15)
JANUARY, FEBRUARY, MARCH = (datetime(2031, month, 28, tzinfo=UTC) for month in (1, 2, 3))


async def write(database: Database, created_at: datetime, published_at: datetime | None) -> None:
    row = {
        "id": uuid7(),
        "created_at": created_at,
        "occurred_at": created_at,
        "published_at": published_at,
        "type": "login",
        "family": "auth",
        "source": "api",
        "message": "m",
        "data": "{}",
    }
    async with database.begin() as tx:
        await tx.execute(insert(m.Outbox).values(row))


@pytest.fixture
async def months(database: Database) -> None:
    """Partitions from January to April 2031."""
    async with database.begin() as tx:
        await ensure_partitions(tx, date(2031, 1, 1))
        await ensure_partitions(tx, date(2031, 2, 1))


@pytest.mark.usefixtures("months")
async def test_published_months_go_and_the_last_one_stays(database: Database) -> None:
    for moment in (JANUARY, FEBRUARY, MARCH):
        await write(database, moment, published_at=moment)

    async with database.begin() as tx:
        dropped = await drop_published_months(tx, TODAY)
        left = (await tx.execute(text("select created_at from outbox"))).scalars().all()

    assert {date(2031, 1, 1), date(2031, 2, 1)} <= set(dropped)
    assert left == [MARCH]


@pytest.mark.usefixtures("months")
async def test_month_with_an_unpublished_event_stays(database: Database) -> None:
    await write(database, JANUARY, published_at=None)
    await write(database, FEBRUARY, published_at=FEBRUARY)

    async with database.begin() as tx:
        dropped = await drop_published_months(tx, TODAY)
        left = (await tx.execute(text("select created_at from outbox"))).scalars().all()

    assert date(2031, 1, 1) not in dropped
    assert left == [JANUARY]
