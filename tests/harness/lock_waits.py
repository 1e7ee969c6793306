"""Letting transactions really wait for each other, so that a test decides in which order they go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select, text

from libs.common.db import Database
from libs.common.db import models as m
from tests.harness.eventually import eventually

_WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


async def waiting_for_locks(db: Database, count: int) -> None:
    """Until so many transactions of this database wait for a lock."""

    async def is_so() -> bool:
        async with db.connect() as conn:
            return bool((await conn.execute(_WAITING)).scalar_one() >= count)

    await eventually(is_so)


@asynccontextmanager
async def preview_state_held(db: Database) -> AsyncIterator[None]:
    """Somebody has changed the preview's state and has not committed yet."""
    async with db.begin() as tx:
        await tx.execute(select(m.PreviewState.id).with_for_update())
        yield
