"""Events written in the transaction of their change: no event without its change, no change without its event."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db import models as m
from libs.common.events.base import Event
from libs.common.ids import uuid7
from libs.common.observability.correlation import correlation_id

CHANNEL = "capacitarr_outbox"
"""Postgres tells its listeners on this channel when a transaction with events has committed."""


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
    shared = {"source": source, "occurred_at": at, "run_id": run_id, "batch_id": batch_id}
    rows = [_row(event, shared) for event in events]
    if not rows:
        return []
    await tx.execute(insert(m.Outbox), rows)
    await tx.execute(text(f"notify {CHANNEL}"))
    return [row["id"] for row in rows]


def _row(event: Event, shared: Mapping[str, Any]) -> dict[str, Any]:
    if not event.durable:
        raise ValueError(f"{event.type} is transient and has no place in the outbox")
    return {
        "id": uuid7(),
        "created_at": real_now(),
        "type": event.type,
        "family": event.family,
        "message": event.message,
        "data": event.data_json(),
        "correlation_id": correlation_id(),
        **shared,
    }
