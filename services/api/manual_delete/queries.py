"""All SQL about what a person wants deleted: the switches it goes by, and what is stored about each item."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.gone import GONE
from services.api.manual_delete.verdict import Address, Item, Source

_HOLD_GROUPS = text(
    """
    select g.id from disk_groups g
     where g.id in (
           select i.disk_group_id
             from unnest(cast(:integrations as bigint[]), cast(:externals as text[])) a(integration_id, external_id)
                  join media_items i on i.integration_id = a.integration_id and i.external_id = a.external_id)
     order by g.id for share
    """
)

_LOCK_SCORES = text("lock table preview_items in access share mode")
"""Before the row of the preview's state is changed: in this order the engine takes both."""

_ITEMS = text(
    f"""
    with asked as materialized (
        select a.integration_id, a.external_id, split_part(a.external_id, '-', 1) as show_id
          from unnest(cast(:integrations as bigint[]), cast(:externals as text[])) a(integration_id, external_id)),
    shows as materialized (
        select a.integration_id, a.external_id
          from asked a join media_items i on i.integration_id = a.integration_id and i.external_id = a.external_id
         where i.media_type = 'show'),
    family as (
        select a.integration_id, a.external_id, k.id, k.external_id = a.external_id as is_own
          from asked a join media_items k
               on k.integration_id = a.integration_id and k.external_id = any(array[a.external_id, a.show_id])
        union all
        select s.integration_id, s.external_id, k.id, false
          from shows s join media_items k
               on k.integration_id = s.integration_id and k.parent_external_id = s.external_id),
    scored as (
        select f.integration_id, f.external_id,
               bool_or(p.protected) as is_kin_protected, bool_and(p.protected is not null) as is_scored,
               bool_or(p.protected) filter (where f.is_own) as is_protected,
               max(p.score) filter (where f.is_own) as own_score
          from family f
               left join preview_items p
                 on p.preview_id = (select preview_id from preview_state) and p.item_id = f.id
         group by 1, 2),
    snoozed as (
        select a.integration_id, a.external_id, max(q.snoozed_until) as snoozed_until
          from asked a join approval_queue q
               on q.integration_id = a.integration_id and split_part(q.external_id, '-', 1) = a.show_id
                  and (q.external_id in (a.external_id, a.show_id) or a.external_id = a.show_id)
         where q.status = 'rejected' and q.snoozed_until > :now
         group by 1, 2)
    select i.integration_id, i.external_id, i.media_type, i.title, i.show_title, i.size_bytes, i.path, i.poster_url,
           i.file_fingerprint, i.seen_at, i.play_count, i.last_played, i.watch_evidence_at, i.disk_group_id, g.mode,
           coalesce(c.is_protected, false) as is_protected, coalesce(c.is_kin_protected, false) as is_kin_protected,
           c.is_scored, c.own_score, z.snoozed_until,
           exists (select from deletion_jobs j
                    where j.integration_id = i.integration_id and j.external_id = i.external_id
                      and j.state in ('waiting', 'claimed', 'deleting', 'verifying')) as is_queued,
           exists (select from deletion_jobs j
                    where j.integration_id = i.integration_id and j.external_id = i.external_id
                      and {GONE}) as is_gone
      from asked a
           join media_items i on i.integration_id = a.integration_id and i.external_id = a.external_id
           join scored c on c.integration_id = i.integration_id and c.external_id = i.external_id
           left join snoozed z on z.integration_id = i.integration_id and z.external_id = i.external_id
           left join disk_groups g on g.id = i.disk_group_id
    """  # noqa: S608  a constant
)
"""What protects or snoozes a season also speaks for its show, and what does so for a show for its seasons (S-33)."""


async def hold_groups(tx: AsyncConnection, addresses: Collection[Address]) -> None:
    """Nobody changes the modes of these items' groups before the transaction ends; preferences are held before."""
    await tx.execute(_HOLD_GROUPS, _arrays(addresses))


async def load_sources(tx: AsyncConnection, integration_ids: Collection[int]) -> dict[int, Source]:
    """The integrations by id, without those that were removed."""
    row = m.Integration
    rows = await tx.execute(
        select(row.id, row.type, row.name, row.url, row.updated_at, row.enabled, row.add_import_exclusion).where(
            row.id.in_(sorted(set(integration_ids))), row.removed_at.is_(None)
        )
    )
    return {found.id: Source(*found) for found in rows}


async def load_items(tx: AsyncConnection, addresses: Collection[Address], now: datetime) -> dict[Address, Item]:
    """What is stored about the items that the catalogue holds, with what stands against their deletion."""
    await tx.execute(_LOCK_SCORES)
    rows = (await tx.execute(_ITEMS, {**_arrays(addresses), "now": now})).mappings()
    return {(row["integration_id"], row["external_id"]): dict(row) for row in rows}


async def addresses_of(tx: AsyncConnection, job_ids: Collection[int]) -> set[Address]:
    """Which items these jobs are about."""
    job = m.DeletionJob
    rows = await tx.execute(select(job.integration_id, job.external_id).where(job.id.in_(job_ids)))
    return {(row.integration_id, row.external_id) for row in rows}


def _arrays(addresses: Collection[Address]) -> dict[str, Any]:
    return {
        "integrations": [integration_id for integration_id, _ in addresses],
        "externals": [external_id for _, external_id in addresses],
    }
