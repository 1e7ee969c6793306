"""From candidates to rows of the approval queue, and the questions of a disk group as a whole."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.fingerprint import Instance, fingerprint_of, load_instances
from libs.common.events.approval import ApprovalQueueCleared, ApprovalQueueReconciled
from libs.common.messaging.outbox import add_event
from libs.common.preview import mark_body_outdated
from services.engine.approvals import queries

if TYPE_CHECKING:
    import polars as pl

_SOURCE = "engine"


async def ask_about(tx: AsyncConnection, disk_group_id: int, items: "pl.DataFrame", run_id: int, now: datetime) -> None:
    """Let the group's list be exactly these candidates (with `score_details`), besides what people put on it.

    A member of a collection that lies on another disk is listed with the group that asks about the collection.
    """
    instances = await load_instances(tx, items["integration_id"])
    rows = rows_of(items, instances, disk_group_id)
    added = await queries.list_items(tx, rows, run_id, now)
    dropped = await queries.drop_others(tx, disk_group_id, rows)
    await _tell_dropped(tx, disk_group_id, dropped, run_id, now)
    if added or dropped:
        await mark_body_outdated(tx)


async def ask_nothing_more(tx: AsyncConnection, disk_group_id: int, run_id: int, now: datetime) -> None:
    """The group's mode decides by itself now: what the engine had asked before is taken back."""
    dropped = await queries.drop_engines_rows(tx, disk_group_id)
    await _tell_dropped(tx, disk_group_id, dropped, run_id, now)
    if dropped:
        await mark_body_outdated(tx)


async def clear_list(tx: AsyncConnection, disk_group_id: int, run_id: int, now: datetime) -> None:
    """The group is below its threshold: the engine asks about nothing, snoozes stay (T21)."""
    dropped = await queries.drop_engines_rows(tx, disk_group_id)
    if dropped:
        await add_event(tx, ApprovalQueueCleared(count=dropped), source=_SOURCE, at=now, run_id=run_id)
        await mark_body_outdated(tx)


def rows_of(
    items: "pl.DataFrame", instances: Mapping[int, Instance], disk_group_id: int | None
) -> list[dict[str, Any]]:
    """One row an item, with the facts that a person is shown. `disk_group_id` None: each item's own."""
    return [
        {
            "integration_id": item["integration_id"],
            "external_id": item["external_id"],
            "media_name": item["title"],
            "media_type": item["media_type"],
            "size_bytes": item["size_bytes"],
            "score": item["score"],
            "score_details": item["score_details"],
            "poster_url": item["poster_url"],
            "disk_group_id": disk_group_id or item["disk_group_id"],
            "collection_group": item["collection_group"],
            "fingerprint": json.dumps(fingerprint_of(item, instances.get(item["integration_id"]))),
        }
        for item in items.iter_rows(named=True)
    ]


async def _tell_dropped(tx: AsyncConnection, disk_group_id: int, dropped: int, run_id: int, now: datetime) -> None:
    if dropped:
        event = ApprovalQueueReconciled(disk_group_id=disk_group_id, dismissed=dropped)
        await add_event(tx, event, source=_SOURCE, at=now, run_id=run_id)
