"""How the events of many jobs are written: in few statements, each with its run and batch."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.job import Job
from libs.common.events.base import Event
from libs.common.messaging.outbox import add_events


async def tell(tx: AsyncConnection, told: Iterable[tuple[Job, Event]], *, source: str, at: datetime) -> None:
    """Write one event per job into the caller's transaction, in the order given."""
    for (run_id, batch_id), pairs in groupby(told, key=_run_and_batch):
        events = [event for _, event in pairs]
        await add_events(tx, events, source=source, at=at, run_id=run_id, batch_id=batch_id)


def _run_and_batch(pair: tuple[Job, Event]) -> tuple[int | None, UUID]:
    return pair[0].run_id, pair[0].batch_id
