"""Rows of the activity feed: written in batches, pruned by age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.envelope import Envelope

_INSERT = text(
    """
    insert into activity_events (event_uuid, stream_seq, event_type, message, metadata, created_at)
    select * from unnest(cast(:ids as uuid[]), cast(:sequences as bigint[]), cast(:types as text[]),
                         cast(:messages as text[]), cast(:metadata as text[]), cast(:times as timestamptz[]))
    on conflict (event_uuid, created_at) do nothing
    """
)

_PRUNE = text(
    """
    delete from activity_events where (id, created_at) in
        (select id, created_at from activity_events where created_at < :before order by created_at limit :batch)
    """
)

_PARTITIONS = text("select inhrelid::regclass::text from pg_inherits where inhparent = 'activity_events'::regclass")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An event and its place in the stream."""

    stream_seq: int
    envelope: Envelope


async def insert_events(tx: AsyncConnection, rows: Sequence[FeedRow]) -> int:
    """Write events in one statement; one that is there already is left alone. Answers how many were new."""
    envelopes = [row.envelope for row in rows]
    written = await tx.execute(
        _INSERT,
        {
            "ids": [envelope.id for envelope in envelopes],
            "sequences": [row.stream_seq for row in rows],
            "types": [envelope.type for envelope in envelopes],
            "messages": [envelope.message for envelope in envelopes],
            "metadata": [envelope.metadata() for envelope in envelopes],
            "times": [envelope.occurred_at for envelope in envelopes],
        },
    )
    return written.rowcount


async def delete_older(tx: AsyncConnection, before: datetime, batch: int) -> int:
    """Remove at most `batch` of the oldest rows from before that time; answers how many went."""
    return (await tx.execute(_PRUNE, {"before": before, "batch": batch})).rowcount


async def partition_names(tx: AsyncConnection) -> Sequence[str]:
    """The monthly tables of the feed, and its default one."""
    return (await tx.execute(_PARTITIONS)).scalars().all()
