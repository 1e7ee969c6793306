"""Events written in the transaction of their change: no event without its change, no change without its event."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.events.base import Event
from libs.common.ids import uuid7
from libs.common.observability.correlation import correlation_id

CHANNEL = "capacitarr_outbox"
"""Postgres tells its listeners on this channel when a transaction with events has committed."""

_INSERT = text(
    """
    with written as (
        insert into outbox (id, created_at, type, family, source, message, data, occurred_at, run_id, batch_id,
                            correlation_id)
        select e.id, :created_at, e.type, e.family, :source, e.message, e.data, :occurred_at, :run_id, :batch_id,
               :correlation_id
          from unnest(cast(:ids as uuid[]), cast(:types as text[]), cast(:families as text[]),
                      cast(:messages as text[]), cast(:data as text[])) with ordinality
                   as e(id, type, family, message, data, place)
         order by e.place
    )
    select pg_notify(:channel, '')
    """
)
"""Columns instead of rows: of ten thousand events each would be bound and executed by itself."""


async def add_event(
    tx: AsyncConnection,
    event: Event,
    *,
    source: str,
    at: datetime,
    run_id: int | None = None,
    batch_id: UUID | None = None,
) -> UUID:
    """Write one durable event into the caller's transaction; answers its id. `at` is business time."""
    ids = await add_events(tx, [event], source=source, at=at, run_id=run_id, batch_id=batch_id)
    return ids[0]


async def add_events(
    tx: AsyncConnection,
    events: Iterable[Event],
    *,
    source: str,
    at: datetime,
    run_id: int | None = None,
    batch_id: UUID | None = None,
) -> list[UUID]:
    """Write several in one statement, in this order. A transient event is refused with `ValueError`."""
    told = list(events)
    if not told:
        return []
    shared: dict[str, Any] = {"source": source, "occurred_at": at, "run_id": run_id, "batch_id": batch_id}
    rows = _arrays(told)
    shared |= {"created_at": real_now(), "correlation_id": correlation_id(), "channel": CHANNEL}
    await tx.execute(_INSERT, rows | shared)
    return rows["ids"]


def _arrays(events: Sequence[Event]) -> dict[str, list[Any]]:
    for event in events:
        if not event.durable:
            raise ValueError(f"{event.type} is transient and has no place in the outbox")
    return {
        "ids": [uuid7() for _ in events],
        "types": [event.type for event in events],
        "families": [event.family for event in events],
        "messages": [event.message for event in events],
        "data": [event.data_json() for event in events],
    }
